//! Personal data: a copy of what is held about somebody, erasing them, and letting records go when their time is over.
//!
//! What that is, each context says of its own tables ([`exemplar_kernel::personal`]); here it is asked, decided and done.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use exemplar_kernel::personal::{self, Erased, Packed, Personal, RecordClass, STEP, Subject};
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Page, Paging, PersonId, Principal, Sequence, Tx, Written, journal};
use serde_json::json;
use tokio::sync::mpsc;

use super::Directory;
use super::people::keep_an_admin;
use crate::Error;
use crate::model::erasure::{Erasure, ErasureId};
use crate::model::person::email_key;
use crate::store::{erasures as store, people, sessions};

/// Entries of the journal that one step of an erasure looks through.
const RANGE: Sequence = 20_000;
/// Bytes of a piece of a copy.
const CHUNK: usize = 64 << 10;
/// Resource names that one query asks for.
const NAMES: usize = 500;

/// The verbs about personal data, over what every context says it holds; cheap to clone.
#[derive(Clone, Debug)]
pub struct PersonalData {
    directory: Directory,
    contexts: Arc<[Personal]>,
    days: Arc<BTreeMap<String, u32>>,
}

/// A class of records, how long it is kept here, and how much of it is due.
#[derive(Clone, Copy, Debug)]
pub struct ClassDue {
    /// Which.
    pub class: RecordClass,
    /// Days that it is kept; none: it is not deleted by age.
    pub days: Option<u32>,
    /// Rows that are due to go.
    pub rows: u64,
}

impl PersonalData {
    /// Over what `contexts` hold; `days` replaces the periods of classes by their names.
    ///
    /// # Errors
    /// A name that is no class, or one whose records do not go by age.
    pub fn new(
        directory: Directory,
        contexts: impl Into<Arc<[Personal]>>,
        days: BTreeMap<String, u32>,
    ) -> Result<Self, Error> {
        let (contexts, days) = (contexts.into(), Arc::new(days));
        let made = Self { directory, contexts, days };
        let kept = |name: &&String| made.classes().any(|class| class.name == name.as_str() && !class.rows.is_empty());
        match made.days.keys().find(|name| !kept(name)) {
            Some(unknown) => Err(Error::RecordClassNotFound(unknown.clone())),
            None => Ok(made),
        }
    }

    /// What the contexts hold, for those who look over it.
    pub fn contexts(&self) -> &[Personal] {
        &self.contexts
    }

    fn classes(&self) -> impl Iterator<Item = &RecordClass> {
        self.contexts.iter().flat_map(|context| context.classes)
    }

    /// Everything held about a person, as pieces of an archive: one's own, or for the programme another's.
    pub async fn copy(
        &self,
        caller: &Principal,
        person: Option<PersonId>,
    ) -> Result<mpsc::Receiver<Result<Vec<u8>, Error>>, Error> {
        let id = allowed(caller, person)?;
        let subject = self.subject(id).await?;
        let mut tx = self.directory.db.begin("directory.person.copy", caller).await?;
        tx.append(Change::new("directory.person.copy", &id));
        tx.commit(()).await?;
        let (sender, receiver) = mpsc::channel(4);
        let (parts, packed) = mpsc::channel(2);
        let out = sender.clone();
        let packing = tokio::task::spawn_blocking(move || pack(packed, out));
        let (this, own) = (self.clone(), caller.person == Some(id));
        tokio::spawn(async move {
            let read = this.send_parts(&subject, own, &parts).await;
            drop(parts);
            let packed = packing.await;
            if let Err(error) = read {
                let _ = sender.send(Err(error)).await;
            } else if let Ok(Err(error)) = packed {
                let _ = sender.send(Err(error.into())).await;
            }
        });
        Ok(receiver)
    }

    async fn send_parts(&self, subject: &Subject, own: bool, parts: &mpsc::Sender<Packed>) -> Result<(), Error> {
        let db = self.directory.db.read();
        for context in &*self.contexts {
            for (place, holding) in context.holdings.iter().enumerate() {
                // Two lists of one table differ by how they lead to the person.
                let again = context.holdings[..place].iter().filter(|other| other.table == holding.table).count();
                let base = match again {
                    0 => format!("{}/{}", context.context, holding.table),
                    _ => format!("{}/{}-{}", context.context, holding.table, again + 1),
                };
                let mut from = 0;
                loop {
                    let page = personal::read(db, holding, subject, own, from).await?;
                    let rows = u64::try_from(page.len()).unwrap_or(STEP);
                    if rows > 0 {
                        let name = if from == 0 { base.clone() } else { format!("{base}-from-{}", from + 1) };
                        // Nobody may be listening any more.
                        let _ = parts.send(Packed::Rows(name, holding.words, page)).await;
                    }
                    if rows < STEP {
                        break;
                    }
                    from += rows;
                }
            }
        }
        let about = self.about(subject).await?;
        if !about.is_empty() {
            let words = "Changes of what is yours, by whomever";
            let _ = parts.send(Packed::Rows("directory/changes-of-yours".to_owned(), words, about)).await;
        }
        let _ = parts.send(Packed::About(self.manifest(subject, own))).await;
        Ok(())
    }

    /// The entries of the journal about what is the person's; who made them is not told, as it is not elsewhere.
    async fn about(&self, subject: &Subject) -> Result<personal::Page, Error> {
        let db = self.directory.db.read();
        let mut names = vec![subject.person.to_string()];
        for holding in self.contexts.iter().flat_map(|context| context.holdings) {
            names.extend(personal::names(db, holding, subject).await?);
        }
        let mut entries = Vec::new();
        for names in names.chunks(NAMES) {
            entries.extend(journal::about(db, names).await?);
        }
        entries.sort_by_key(|entry| entry.sequence);
        let row = |entry: journal::Entry| {
            let members = [
                ("sequence", json!(entry.sequence)),
                ("at", json!(entry.at)),
                ("verb", json!(entry.verb)),
                ("resource", json!(entry.resource)),
            ];
            members.into_iter().map(|(member, value)| (member.to_owned(), value)).collect()
        };
        Ok(entries.into_iter().map(row).collect())
    }

    fn manifest(&self, subject: &Subject, own: bool) -> serde_json::Value {
        let kept = |class: &RecordClass| {
            let days = self.days_of(class);
            json!({ "records": class.words, "days": days, "source": class.source })
        };
        let stays = |context: &Personal| {
            let staying = context.holdings.iter().filter_map(|holding| match holding.erased {
                Erased::Stays(why) => Some(json!({ "list": holding.table, "because": why })),
                Erased::Rows | Erased::Columns(_) => None,
            });
            staying.collect::<Vec<_>>()
        };
        json!({
            "person": subject.person,
            "made": self.directory.db.clock().now(),
            "left_out": if own {
                vec!["marks that are not released", "applications that are not decided", "secrets of your sign-in"]
            } else {
                vec![
                    "marks that are not released", "applications that are not decided", "secrets of their sign-in",
                    "what the person alone may read: a journal that is not shared, saved searches",
                ]
            },
            "kept_for": self.classes().map(kept).collect::<Vec<_>>(),
            "stays_after_an_erasure": self.contexts.iter().flat_map(stays).collect::<Vec<_>>(),
        })
    }

    async fn subject(&self, id: PersonId) -> Result<Subject, Error> {
        let found = self.directory.person(id).await?;
        Ok(Subject { person: id, name: found.display_name, email: found.email })
    }

    /// Ends the account of a person and erases them; asked again, goes on where it was.
    pub async fn erase(
        &self,
        caller: &Principal,
        person: Option<PersonId>,
        confirm_email: &str,
        key: Option<RequestKey>,
    ) -> Result<Written<Erasure>, Error> {
        let begun = self.begin_erasure(caller, person, confirm_email, key).await?;
        self.finish(begun).await
    }

    /// The first step of [`PersonalData::erase`]: from its end on the account is closed, and the rest goes on by itself.
    pub async fn begin_erasure(
        &self,
        caller: &Principal,
        person: Option<PersonId>,
        confirm_email: &str,
        key: Option<RequestKey>,
    ) -> Result<Written<Erasure>, Error> {
        let id = allowed(caller, person)?;
        let mut tx = match self.directory.db.once("directory.person.erase", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        // Whoever enrols or invites the person meanwhile waits for this row.
        let before = people::lock(&*tx, id).await?.ok_or(Error::PersonNotFound(id))?;
        if let Some(value) = store::of(&*tx, id).await? {
            return Ok(Written { value, sequence: 0 });
        }
        if email_key(confirm_email) != email_key(&before.email) {
            return Err(Error::EmailDiffers);
        }
        let subject = Subject { person: id, name: before.display_name.clone(), email: before.email.clone() };
        let mut open = Vec::new();
        for context in &*self.contexts {
            open.extend(personal::blocked(&*tx, context.obstacles, &subject).await?);
        }
        if !open.is_empty() {
            return Err(Error::ErasureBlocked(open));
        }
        for organisation in before.roles.memberships.keys().filter(|organisation| before.is_admin_of(organisation)) {
            keep_an_admin(&tx, organisation, id).await?;
        }
        people::update(&*tx, &before.deactivated()).await?;
        sessions::end_all(&*tx, id, tx.now()).await?;
        let erasure = Erasure {
            id: ErasureId::new(tx.id()),
            person: id,
            asked_by: caller.person,
            asked: tx.now(),
            step: 0,
            scanned: 0,
            rows: 0,
            changes: 0,
            done: None,
        };
        store::insert(&*tx, &erasure).await?;
        tx.append(Change::new("directory.person.erase", &id).after(&json!({ "erasure": erasure.id.to_string() })));
        let written = tx.commit(erasure).await?;
        self.directory.remembered.rights_changed(id);
        Ok(written)
    }

    /// Brings erasures to their end that something stopped; how many.
    pub async fn finish_erasures(&self) -> Result<usize, Error> {
        let open = store::open(self.directory.db.read()).await?;
        let count = open.len();
        for value in open {
            self.finish(Written { value, sequence: 0 }).await?;
        }
        Ok(count)
    }

    async fn finish(&self, mut erasure: Written<Erasure>) -> Result<Written<Erasure>, Error> {
        loop {
            // What was answered before may be older than what is.
            let next = self.advance_erasure(erasure.value.id).await?;
            let sequence = if next.sequence == 0 { erasure.sequence } else { next.sequence };
            erasure = Written { sequence, ..next };
            if erasure.value.done.is_some() {
                return Ok(erasure);
            }
        }
    }

    /// One step: a context, a part of the journal, or the account itself at the end. Each is one transaction under the
    /// erasure's lock, so that it is done once however many try, and nothing is lost when it is stopped between two.
    pub async fn advance_erasure(&self, id: ErasureId) -> Result<Written<Erasure>, Error> {
        let mut tx = self.directory.db.begin("directory.erasure.advance", &Principal::system()).await?;
        let missing = || exemplar_kernel::Error::Inconsistent(format!("no {id}"));
        let mut erasure = store::lock(&*tx, id).await?.ok_or_else(missing)?;
        if erasure.done.is_some() {
            return Ok(Written { value: erasure, sequence: 0 });
        }
        let found = people::find(&*tx, erasure.person).await?.ok_or_else(missing)?;
        let subject = Subject { person: found.id, name: found.display_name, email: found.email };
        let head = journal::head(&*tx).await?;
        if let Some(context) = self.contexts.get(erasure.step) {
            let traces = personal::advance(&mut tx, context, &subject).await?;
            (erasure.rows, erasure.changes) = (erasure.rows + traces.rows, erasure.changes + traces.details);
            erasure.step += 1;
        } else if erasure.scanned + RANGE < head {
            let to = erasure.scanned + RANGE;
            self.scan(&tx, &mut erasure, &subject, to).await?;
        } else {
            // Once more over all of it: what was written while this went on is met here.
            for context in &*self.contexts {
                erasure.changes += personal::advance(&mut tx, context, &subject).await?.details;
            }
            self.scan(&tx, &mut erasure, &subject, head).await?;
            people::forget(&*tx, erasure.person, &subject.pseudonym()).await?;
            erasure.done = Some(tx.now());
        }
        store::update(&*tx, &erasure).await?;
        let verb = if erasure.done.is_some() { "directory.erasure.complete" } else { "directory.erasure.advance" };
        tx.append(Change::new(verb, &id).after(&erasure));
        Ok(tx.commit(erasure).await?)
    }

    async fn scan(&self, tx: &Tx, erasure: &mut Erasure, subject: &Subject, to: Sequence) -> Result<(), Error> {
        let spoken: Vec<&str> = self.contexts.iter().flat_map(|context| context.spoken).copied().collect();
        erasure.changes += personal::scan(&**tx, subject, &spoken, erasure.scanned, to).await?;
        erasure.scanned = to;
        Ok(())
    }

    /// The classes of records and what of them is due: the dry run.
    pub async fn record_classes(&self, caller: &Principal, paging: &Paging) -> Result<Page<ClassDue>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let (db, now) = (self.directory.db.read(), self.directory.db.clock().now());
        let last = paging.after.first();
        let behind = self.classes().position(|class| Some(class.name) == last.map(String::as_str));
        let fetch = usize::try_from(paging.fetch()).unwrap_or(usize::MAX);
        let mut told = Vec::new();
        for class in self.classes().skip(behind.map_or(0, |last| last + 1)).take(fetch) {
            let (days, mut rows) = (self.days_of(class), 0);
            if let Some(days) = days {
                for aged in class.rows {
                    rows += personal::due(db, aged, now.minus(length(days))).await?.rows;
                }
            }
            told.push(ClassDue { class: *class, days, rows });
        }
        Ok(paging.page(told, |last| vec![last.class.name.to_owned()]))
    }

    /// Deletes what is due, of one class or of all, step by step; how many rows. Stopped between two steps, the next call
    /// goes on.
    pub async fn apply_retention(
        &self,
        caller: &Principal,
        only: Option<&str>,
        key: Option<RequestKey>,
    ) -> Result<Written<u64>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        if let Some(unknown) = only.filter(|name| self.classes().all(|class| class.name != *name)) {
            return Err(Error::RecordClassNotFound(unknown.to_owned()));
        }
        let mut rows = 0;
        for class in self.classes().filter(|class| only.is_none_or(|name| class.name == name)) {
            let Some(days) = self.days_of(class) else { continue };
            for aged in class.rows {
                loop {
                    let mut tx = self.directory.db.begin("directory.record_class.forget", caller).await?;
                    let gone = personal::forget(&*tx, aged, tx.now().minus(length(days))).await?;
                    if gone == 0 {
                        break;
                    }
                    let change = Change::new("directory.record_class.forget", &format!("recordClasses/{}", class.name));
                    tx.append(change.after(&json!({ "rows": gone, "days": days })));
                    tx.commit(()).await?;
                    rows += gone;
                    if gone < STEP {
                        break;
                    }
                }
            }
        }
        if rows == 0 && caller.is_system() {
            return Ok(Written { value: 0, sequence: 0 });
        }
        let mut tx = match self.directory.db.once("directory.record_class.apply", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let resource = format!("recordClasses/{}", only.unwrap_or("-"));
        tx.append(Change::new("directory.record_class.apply", &resource).after(&json!({ "rows": rows })));
        Ok(tx.commit(rows).await?)
    }

    fn days_of(&self, class: &RecordClass) -> Option<u32> {
        self.days.get(class.name).copied().or(class.days)
    }
}

/// Whose data: the caller's own, or another's for the programme.
fn allowed(caller: &Principal, person: Option<PersonId>) -> Result<PersonId, Error> {
    match person {
        Some(id) if caller.person == Some(id) => Ok(id),
        Some(id) => {
            caller.require_network(NetworkRole::Programme)?;
            Ok(id)
        }
        None => Ok(caller.signed_in()?),
    }
}

fn length(days: u32) -> Duration {
    Duration::from_hours(24 * u64::from(days))
}

/// Packs parts as they come, on a thread that may wait for whoever reads.
fn pack(
    mut parts: mpsc::Receiver<Packed>,
    out: mpsc::Sender<Result<Vec<u8>, Error>>,
) -> Result<(), exemplar_kernel::Error> {
    let pieces = Pieces { out, piece: Vec::with_capacity(CHUNK) };
    personal::pack(std::iter::from_fn(move || parts.blocking_recv()), pieces)
}

/// Sends what is written in pieces.
struct Pieces {
    out: mpsc::Sender<Result<Vec<u8>, Error>>,
    piece: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == CHUNK {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(CHUNK));
        self.out.blocking_send(Ok(piece)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}
