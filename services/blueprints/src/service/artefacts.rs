//! The verbs of artefacts that are there: read, change what is said of them, take them out, get their content.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, Page, Paging, Principal, Role, Tx, Violations, Written};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::Stream;

use super::Blueprints;
use super::uploads::within;
use crate::Error;
use crate::blob::{Blobs, Clamd, Limits};
use crate::model::artefact::error::{ArtefactError, StorageError};
use crate::model::artefact::format::Format;
use crate::model::artefact::{Artefact, ArtefactId, DetailsUpdate, State};
use crate::model::usage::Use;
use crate::model::{BlueprintId, Header, RevisionNumber, Which};
use crate::store::artefacts::Seen;
use crate::store::{self, DRAFT, artefacts, blobs, uploads};

/// How artefacts are kept.
#[derive(Debug)]
pub struct Artefacts {
    pub(crate) blobs: Blobs,
    /// A file's length at the most, in bytes.
    pub(crate) max_bytes: u64,
    pub(crate) limits: Limits,
    pub(crate) scanner: Option<Clamd>,
    /// How long an upload that is not finished stays.
    pub(crate) upload_life: Duration,
    /// How long content stays that nothing refers to.
    pub(crate) grace: Duration,
    places: Arc<Semaphore>,
    /// Wakes the custody when there is something to look at.
    pub(crate) wake: Notify,
}

/// The settings of artefacts.
#[derive(Clone, Debug)]
pub struct ArtefactSettings {
    /// A file's length at the most, in bytes.
    pub max_bytes: u64,
    /// What archives may hold.
    pub limits: Limits,
    /// Who looks at content; without one, nobody does, and answers say so.
    pub scanner: Option<Clamd>,
    /// How long an upload that is not finished stays.
    pub upload_life: Duration,
    /// How long content stays that nothing refers to.
    pub grace: Duration,
    /// How many files are sent at a time, in both directions together; more are told to wait.
    pub transfers: usize,
}

impl Artefacts {
    /// Artefacts with their content in `blobs`.
    pub fn new(blobs: Blobs, settings: ArtefactSettings) -> Self {
        Self {
            blobs,
            max_bytes: settings.max_bytes,
            limits: settings.limits,
            scanner: settings.scanner,
            upload_life: settings.upload_life,
            grace: settings.grace,
            places: Arc::new(Semaphore::new(settings.transfers)),
            wake: Notify::new(),
        }
    }

    /// A place to send a file in.
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| exemplar_kernel::Error::Busy.into())
    }
}

/// Changes what the draft says of an artefact.
#[derive(Clone, Debug)]
pub struct UpdateArtefact {
    /// Which.
    pub id: ArtefactId,
    /// What is to be changed.
    pub update: DetailsUpdate,
    /// Against which version.
    pub expected: Expected,
}

/// Takes an artefact out of the draft.
#[derive(Clone, Copy, Debug)]
pub struct RemoveArtefact {
    /// Which.
    pub id: ArtefactId,
    /// Against which version.
    pub expected: Expected,
}

/// Content on its way to a reader. It ends with an error when less comes than was wanted.
#[derive(Debug)]
pub struct Content {
    receiver: mpsc::Receiver<Result<Bytes, StorageError>>,
    left: u64,
    _place: OwnedSemaphorePermit,
}

impl Content {
    /// Content of `left` bytes on its way, for which a place is held.
    pub(super) fn new(
        receiver: mpsc::Receiver<Result<Bytes, StorageError>>,
        left: u64,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self { receiver, left, _place: place }
    }
}

impl Stream for Content {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = std::task::ready!(self.receiver.poll_recv(context));
        Poll::Ready(match next {
            Some(Ok(bytes)) => {
                self.left = self.left.saturating_sub(bytes.len() as u64);
                Some(Ok(bytes))
            }
            Some(Err(error)) => {
                self.left = 0;
                Some(Err(error.into()))
            }
            None if self.left > 0 => {
                self.left = 0;
                Some(Err(StorageError::of("the content was not taken in time", std::io::ErrorKind::TimedOut).into()))
            }
            None => None,
        })
    }
}

impl Blueprints {
    /// What is said of an artefact: in the draft for the owning organisation, in the newest revision that has it for
    /// others; for those who may not see it there is none. The owning organisation is told what the scanner said.
    pub async fn artefact(&self, caller: &Principal, id: ArtefactId) -> Result<(Artefact, bool), Error> {
        let found = artefacts::find(self.db.read(), id).await?;
        let blueprint = found.first().ok_or(ArtefactError::NotFound(id))?.blueprint;
        let header = store::header(self.db.read(), blueprint).await?.ok_or(ArtefactError::NotFound(id))?;
        let own = header.shows_draft_to(caller);
        let admitted = header.admitted(&self.reader(caller).await?);
        let seen = |artefact: &Artefact| {
            let readable = artefact.revision != DRAFT && artefact.state == State::Available;
            own || (readable && admitted.contains(&artefact.details.visibility))
        };
        let artefact = found.into_iter().find(seen).ok_or(ArtefactError::NotFound(id))?;
        Ok((artefact, own))
    }

    /// A page of the artefacts of a revision or the draft, by file name; whether the caller is of the owning organisation.
    pub async fn list_artefacts(
        &self,
        caller: &Principal,
        blueprint: BlueprintId,
        which: Which,
        paging: &Paging,
    ) -> Result<(Page<Artefact>, bool), Error> {
        // The text tells whether there is such a revision, and whether the caller may read it.
        let read = self.get(caller, blueprint, which).await?;
        let own = read.header.shows_draft_to(caller);
        let admitted = read.header.admitted(&self.reader(caller).await?);
        let seen = if own { Seen::All } else { Seen::Admitted(&admitted) };
        let rows = artefacts::list(self.db.read(), blueprint, read.revision, seen, paging).await?;
        Ok((paging.page(rows, |last| vec![last.details.file_name.clone()]), own))
    }

    /// Changes what the draft says of an artefact.
    pub async fn update_artefact(
        &self,
        caller: &Principal,
        update: UpdateArtefact,
        key: Option<RequestKey>,
    ) -> Result<Written<Artefact>, Error> {
        let header = self.owner_of(caller, update.id).await?;
        let mut tx = match self.db.once("blueprints.artefact.update", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked_draft_entry(&tx, &header, update.id, update.expected).await?;
        let after =
            Artefact { details: before.details.updated(update.update), version: before.version + 1, ..before.clone() };
        let mut violations = Violations::new();
        if Format::of_name(&after.details.file_name) != Some(before.format) {
            violations.add("details.file_name", format!("must keep an extension of {}", before.format));
        }
        within("details.visibility", &mut violations, &after.details, &header);
        violations.check()?;
        if !artefacts::update(&*tx, &after).await? {
            return Err(ArtefactError::NameTaken.into());
        }
        artefacts::touch_draft(&*tx, header.id).await?;
        let change = Change::new("blueprints.artefact.update", &update.id).on_behalf(&header.organisation);
        tx.append(change.before(&before.details).after(&after.details));
        Ok(tx.commit(after).await?)
    }

    /// Takes an artefact out of the draft.
    pub async fn remove_artefact(
        &self,
        caller: &Principal,
        remove: RemoveArtefact,
        key: Option<RequestKey>,
    ) -> Result<Written<()>, Error> {
        let header = self.owner_of(caller, remove.id).await;
        let header = match (header, &key) {
            (Ok(header), _) => header,
            // It may be gone because this very request was answered before.
            (Err(error), Some(key)) => {
                return match self.db.once("blueprints.artefact.remove", caller, Some(key)).await? {
                    Once::Again(answer) => Ok(answer),
                    Once::First(_) => Err(error),
                };
            }
            (Err(error), None) => return Err(error),
        };
        let mut tx = match self.db.once("blueprints.artefact.remove", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked_draft_entry(&tx, &header, remove.id, remove.expected).await?;
        artefacts::remove(&*tx, remove.id).await?;
        artefacts::touch_draft(&*tx, header.id).await?;
        let change = Change::new("blueprints.artefact.remove", &remove.id).on_behalf(&header.organisation);
        tx.append(change.before(&before));
        Ok(tx.commit(()).await?)
    }

    /// An artefact whose content the caller may have. Its authors can see that it was fetched.
    pub async fn artefact_to_download(&self, caller: &Principal, id: ArtefactId) -> Result<Artefact, Error> {
        let (artefact, _) = self.artefact(caller, id).await?;
        match artefact.state {
            State::Available => {
                if let Some(header) = store::header(self.db.read(), artefact.blueprint).await? {
                    self.note(caller, &header, Use::Download);
                }
                Ok(artefact)
            }
            State::Quarantined => Err(ArtefactError::Quarantined.into()),
            State::Refused => Err(ArtefactError::RefusedByScanner.into()),
        }
    }

    /// The bytes of an artefact's content in a range that it has.
    pub async fn artefact_content(&self, artefact: &Artefact, range: Range<u64>) -> Result<Content, Error> {
        let place = self.artefacts.place()?;
        let location = blobs::location(self.db.read(), &artefact.digest).await?;
        let location = location.ok_or(ArtefactError::NotFound(artefact.id))?;
        let parts = uploads::parts(self.db.read(), location).await?;
        let left = range.end - range.start;
        Ok(Content::new(self.artefacts.blobs.read(parts, range), left, place))
    }

    /// The texts of the artefacts of a revision that can be had, for the index.
    pub async fn artefact_texts(
        &self,
        blueprint: BlueprintId,
        revision: RevisionNumber,
    ) -> Result<Vec<blobs::ArtefactText>, Error> {
        Ok(blobs::artefact_texts(self.db.read(), blueprint, revision).await?)
    }

    /// Who scans files, if anybody does.
    pub fn scanner(&self) -> Option<String> {
        self.artefacts.scanner.as_ref().map(ToString::to_string)
    }

    /// The header of the blueprint of an artefact whose draft the caller may change.
    async fn owner_of(&self, caller: &Principal, id: ArtefactId) -> Result<Header, Error> {
        let (artefact, _) = self.artefact(caller, id).await?;
        let header = self.known(caller, artefact.blueprint).await?;
        caller.require(Role::Contributor, &header.organisation)?;
        Ok(header)
    }
}

/// What the draft says of an artefact, while nobody else changes the draft.
async fn locked_draft_entry(tx: &Tx, header: &Header, id: ArtefactId, expected: Expected) -> Result<Artefact, Error> {
    store::lock(&**tx, header.id).await?.ok_or(Error::NotFound(header.id))?;
    super::draft_moves(tx, header.id).await?;
    let found = artefacts::find(&**tx, id).await?.into_iter().find(|artefact| artefact.revision == DRAFT);
    let artefact = found.ok_or(ArtefactError::NotFound(id))?;
    expected.check(artefact.version)?;
    Ok(artefact)
}

/// The draft's artefacts, when each of them may be released.
pub(super) async fn passed(tx: &Tx, blueprint: BlueprintId) -> Result<Vec<Artefact>, Error> {
    all_passed(artefacts::of_draft(&**tx, blueprint).await?)
}

/// These artefacts, when the scanner has passed each of them.
pub(super) fn all_passed(draft: Vec<Artefact>) -> Result<Vec<Artefact>, Error> {
    let waiting: Vec<&str> = draft
        .iter()
        .filter(|artefact| artefact.state != State::Available)
        .map(|artefact| artefact.details.file_name.as_str())
        .collect();
    if waiting.is_empty() { Ok(draft) } else { Err(ArtefactError::NotPassed(waiting.join(", ")).into()) }
}

/// Whether a revision has these artefacts, and says the same of them.
pub(super) async fn same_as(
    tx: &Tx,
    blueprint: BlueprintId,
    revision: RevisionNumber,
    draft: &[Artefact],
) -> Result<bool, Error> {
    let there = artefacts::of_revision(&**tx, blueprint, revision).await?;
    let says = |list: &[Artefact]| list.iter().map(|one| (one.id, one.details.clone())).collect::<Vec<_>>();
    Ok(says(&there) == says(draft))
}
