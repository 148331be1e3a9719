//! Who may know of what. A blueprint that a caller may not see is no blueprint, in every verb alike.

use std::collections::BTreeSet;
use std::sync::Arc;

use exemplar_kernel::{NetworkRole, OrganisationId, Principal, Sequence};
use moka::sync::Cache;
use time::Date;

use super::Blueprints;
use crate::Error;
use crate::model::{BlueprintId, Header, Reader, Review, Visibility};
use crate::store;

/// Who is paired with whom: another context knows, and the server hands it in.
#[tonic::async_trait]
pub trait Partners: Send + Sync {
    /// The organisations that any of these are paired with today.
    async fn partners(&self, of: &[OrganisationId]) -> Result<BTreeSet<OrganisationId>, exemplar_kernel::Error>;
}

/// Whose blueprints for partners a set of organisations may read, remembered while no commit was made since, which only
/// SQLite's sole writer can know.
pub(crate) struct Owners(Cache<Vec<OrganisationId>, Remembered>);

/// When it was asked, on which day, and the answer.
type Remembered = (Sequence, Date, Arc<BTreeSet<OrganisationId>>);

/// Sets of organisations that are remembered at the most.
const MAX_OWNERS: u64 = 10_000;

impl Owners {
    pub(crate) fn new() -> Self {
        Self(Cache::new(MAX_OWNERS))
    }
}

impl Blueprints {
    /// The caller as a reader, with every owner whose blueprints for partners they may read.
    pub(crate) async fn reader<'a>(&self, caller: &'a Principal) -> Result<Reader<'a>, Error> {
        Ok(Reader { caller, owners: self.owners(caller).await? })
    }

    /// Those that the caller's organisations, and those that these carry on, are paired with today; and those that these
    /// carry on.
    async fn owners(&self, caller: &Principal) -> Result<Arc<BTreeSet<OrganisationId>>, Error> {
        let own: Vec<OrganisationId> = caller.organisations().cloned().collect();
        if own.is_empty() {
            return Ok(Arc::default());
        }
        let (head, today) = (self.db.sole_writer_head(), self.db.clock().now().date());
        if let Some((at, day, owners)) = self.owners.0.get(&own)
            && Some(at) == head
            && day == today
        {
            return Ok(owners);
        }
        let mut sides = self.directory.predecessors(&own).await?;
        sides.extend(own.iter().cloned());
        let sides: Vec<_> = sides.into_iter().collect();
        let mut owners = self.partners.partners(&sides).await?;
        let paired: Vec<_> = owners.iter().cloned().collect();
        owners.extend(self.directory.predecessors(&paired).await?);
        let owners = Arc::new(owners);
        if let Some(head) = head {
            self.owners.0.insert(own, (head, today, Arc::clone(&owners)));
        }
        Ok(owners)
    }

    /// The organisations whose people may read a released blueprint as partners of its owner, or of whoever carries the
    /// owner on: those that are paired today, and those that carry these on. None where that does not matter.
    pub(crate) async fn partners_who_read(&self, header: &Header) -> Result<Option<BTreeSet<OrganisationId>>, Error> {
        if header.visibility != Visibility::Pair {
            return Ok(None);
        }
        let owner = [header.organisation.clone()];
        let mut sides = self.directory.successors(&owner).await?;
        sides.extend(owner);
        let mut readers = self.partners.partners(&sides.into_iter().collect::<Vec<_>>()).await?;
        let paired: Vec<_> = readers.iter().cloned().collect();
        readers.extend(self.directory.successors(&paired).await?);
        Ok(Some(readers))
    }

    /// The header of a blueprint that the caller may know of.
    pub(crate) async fn known(&self, caller: &Principal, id: BlueprintId) -> Result<Header, Error> {
        let header = store::header(self.db.read(), id).await?.ok_or(Error::NotFound(id))?;
        if header.shows_draft_to(caller) || self.shows_revisions(caller, &header).await? {
            return Ok(header);
        }
        if self.reviewed_by(caller, &header).await?.is_some() { Ok(header) } else { Err(Error::NotFound(id)) }
    }

    /// The header of a blueprint whose draft the caller may read.
    pub(crate) async fn known_draft(&self, caller: &Principal, id: BlueprintId) -> Result<Header, Error> {
        let header = store::header(self.db.read(), id).await?.ok_or(Error::NotFound(id))?;
        if self.shows_draft(caller, &header).await? { Ok(header) } else { Err(Error::NotFound(id)) }
    }

    /// Whether the caller may read the draft: the owning organisation's people, and reviewers of what is signed off.
    pub(crate) async fn shows_draft(&self, caller: &Principal, header: &Header) -> Result<bool, Error> {
        Ok(header.shows_draft_to(caller) || self.reviewed_by(caller, header).await?.is_some())
    }

    /// Whether the caller may read the released revisions; partners are only asked for where it depends on them.
    pub(crate) async fn shows_revisions(&self, caller: &Principal, header: &Header) -> Result<bool, Error> {
        let owners = if header.visibility == Visibility::Pair { self.owners(caller).await? } else { Arc::default() };
        Ok(header.shows_revisions_to(&Reader { caller, owners }))
    }

    /// The open, signed-off review for which a reviewer may read everything.
    async fn reviewed_by(&self, caller: &Principal, header: &Header) -> Result<Option<Review>, Error> {
        if !caller.holds_network(NetworkRole::Reviewer) {
            return Ok(None);
        }
        let open = store::reviews::open_of(self.db.read(), header.id).await?;
        Ok(open.filter(Review::shows_to_reviewers))
    }
}
