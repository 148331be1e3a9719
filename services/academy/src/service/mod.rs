//! The verbs of the academy: authorise, decide, one transaction.

pub(crate) mod applications;
pub(crate) mod attendance;
pub(crate) mod batches;
mod book;
pub(crate) mod checks;
pub(crate) mod cohorts;
mod competencies;
pub(crate) mod credentials;
mod curricula;
pub(crate) mod enrolments;
pub(crate) mod exports;
pub(crate) mod imports;
pub(crate) mod journal;
pub(crate) mod marking;
pub(crate) mod portfolio;
pub(crate) mod records;
pub(crate) mod reports;
pub(crate) mod rulings;
mod selection;
pub(crate) mod sheets;
mod steps;
pub(crate) mod timetable;
pub(crate) mod transfers;
pub(crate) mod watch;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use exemplar_directory::{Directory, KeyRing};
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Db, NetworkRole, OrganisationId, Principal, Timestamp, Written};
use sea_orm::ConnectionTrait;
use time::Date;

use crate::Error;
use crate::model::badge::Issuer;
use crate::model::cohort::CohortId;
use crate::model::enrolment::Enrolment;
use crate::model::portfolio::ProjectDraft;
use crate::model::standing::Detail;
use crate::store::cohorts::is_staff;
use crate::store::enrolments::Visible;
use book::Remembered;

/// The academy's public face; cheap to clone.
#[derive(Clone, Debug)]
pub struct Academy {
    db: Db,
    directory: Directory,
    links: Links,
    issuing: Arc<Issuing>,
    remembered: Arc<Remembered>,
}

/// What the academy asks of other contexts.
#[derive(Clone, Debug)]
pub struct Links {
    /// Who was named what.
    pub designations: Arc<dyn Designations>,
    /// What projects are in the network.
    pub works: Arc<dyn Works>,
}

/// Who issues credentials, and with which keys they are signed.
#[derive(Clone, Debug)]
pub struct Issuing {
    /// Who issues.
    pub issuer: Issuer,
    /// The keys of this purpose alone.
    pub keys: KeyRing,
}

/// What the academy asks of the network: who was named exemplar, follower or partner.
pub trait Designations: fmt::Debug + Send + Sync {
    /// The organisations that are designated on a day, each with what it was named to be, in words.
    fn designated(&self, day: Date) -> Answer<'_, HashMap<OrganisationId, String>>;
}

/// What the academy asks of the blueprints: what a learner's project is there.
pub trait Works: fmt::Debug + Send + Sync {
    /// Who does an adoption, `adoptions/{id}`; none when the caller may not know of it.
    fn adopter<'a>(&'a self, caller: &'a Principal, adoption: &'a str) -> Answer<'a, Option<OrganisationId>>;

    /// Starts the draft of a blueprint in the caller's name, once for each key; its name, `blueprints/{id}`.
    fn draft<'a>(
        &'a self,
        caller: &'a Principal,
        draft: ProjectDraft,
        key: Option<RequestKey>,
    ) -> Answer<'a, Written<String>>;
}

/// An answer that another context will give.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

impl Academy {
    /// An academy over an open, migrated database, whose learners are the directory's people.
    pub fn new(db: Db, directory: Directory, links: Links, issuing: Issuing) -> Self {
        Self { db, directory, links, issuing: Arc::new(issuing), remembered: Arc::default() }
    }

    /// The instant by the database's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    fn today(&self) -> Date {
        self.db.clock().now().date()
    }

    /// What the caller is called, for what is kept for ever.
    async fn name_of(&self, caller: &Principal) -> Result<String, Error> {
        let Some(person) = caller.person else { return Ok("the service".to_owned()) };
        let found = self.directory.people_by_id(&[person]).await?;
        Ok(found.into_iter().next().map_or_else(|| person.to_string(), |person| person.display_name))
    }
}

/// The academy knows of everybody's training, others of what is theirs.
fn visible(caller: &Principal) -> Result<Visible, Error> {
    if caller.holds_network(NetworkRole::Academy) { Ok(Visible::All) } else { Ok(Visible::Of(caller.signed_in()?)) }
}

/// Refuses all but the academy and those who work for the cohort.
async fn require_staff(db: &impl ConnectionTrait, caller: &Principal, cohort: CohortId) -> Result<(), Error> {
    Ok(caller.granted(works_for(db, caller, cohort).await?, NetworkRole::Academy.name())?)
}

/// Whether the caller is the academy, or works for the cohort.
async fn works_for(db: &impl ConnectionTrait, caller: &Principal, cohort: CohortId) -> Result<bool, Error> {
    if caller.holds_network(NetworkRole::Academy) {
        return Ok(true);
    }
    match caller.person {
        Some(person) => Ok(is_staff(db, cohort, person).await?),
        None => Ok(false),
    }
}

/// How much of a record a caller is told who may know of the enrolment: a sponsor its progress, all others its marks.
fn detail(caller: &Principal, staff: bool, enrolment: &Enrolment) -> Detail {
    if staff || caller.person == Some(enrolment.learner) { Detail::Marks } else { Detail::Progress }
}
