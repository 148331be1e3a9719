//! Enrolments: enrol, look up.

use std::collections::{HashMap, HashSet};

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, OrganisationId, Page, Paging, PersonId, Principal, Tx, Violations, Written,
    db::{is_check, is_unique},
};

use super::{Academy, cohorts, visible};
use crate::Error;
use crate::model::cohort::{CohortId, MAX_PLACES};
use crate::model::enrolment::{EnrolLearner, Enrolment, EnrolmentEvent, EnrolmentId, EnrolmentState};
use crate::store::cohorts::take_places;
use crate::store::enrolments as store;

/// An enrolment, and who carries on its employer today.
pub type Employed = (Enrolment, Vec<OrganisationId>);

/// What the directory knows of those who are to be enrolled.
struct Register {
    /// What active people are called.
    names: HashMap<PersonId, String>,
    organisations: HashSet<OrganisationId>,
}

impl Academy {
    /// One enrolment that the caller may know of, and who carries on its employer today.
    pub async fn enrolment(&self, caller: &Principal, id: EnrolmentId) -> Result<Employed, Error> {
        let found = store::find(self.db.read(), visible(caller)?, id).await?.ok_or(Error::EnrolmentNotFound(id))?;
        self.employed(vec![found]).await?.pop().ok_or(Error::EnrolmentNotFound(id))
    }

    /// The enrolments with who carries on their employers today.
    pub(crate) async fn employed(&self, enrolments: Vec<Enrolment>) -> Result<Vec<Employed>, Error> {
        let current = self.current(enrolments.iter().map(|enrolment| &enrolment.organisation)).await?;
        let with = |enrolment: Enrolment| {
            let employers = current.get(&enrolment.organisation).cloned();
            let employers = employers.unwrap_or_else(|| vec![enrolment.organisation.clone()]);
            (enrolment, employers)
        };
        Ok(enrolments.into_iter().map(with).collect())
    }

    /// Who carries on some organisations today.
    pub(super) async fn current(
        &self,
        organisations: impl Iterator<Item = &OrganisationId>,
    ) -> Result<HashMap<OrganisationId, Vec<OrganisationId>>, Error> {
        let ids: Vec<_> = organisations.cloned().collect::<HashSet<_>>().into_iter().collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(self.directory.carried_on_by(&ids).await?)
    }

    /// The enrolments of a cohort by name that the caller may know of.
    pub async fn list_enrolments(
        &self,
        caller: &Principal,
        cohort: CohortId,
        paging: &Paging,
    ) -> Result<Page<Employed>, Error> {
        let visible = visible(caller)?;
        cohorts::find(self.db.read(), cohort).await?;
        let rows = store::list(self.db.read(), visible, cohort, paging).await?;
        let page = paging.page(rows, |last| vec![last.learner_name.clone(), last.id.uuid().to_string()]);
        let (next, items) = (page.next, self.employed(page.items).await?);
        Ok(Page { items, next })
    }

    /// Enrols a person.
    pub async fn enrol_learner(
        &self,
        caller: &Principal,
        enrol: EnrolLearner,
        key: Option<RequestKey>,
    ) -> Result<Written<Enrolment>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        self.require_people(enrol.sponsor).await?;
        // Asked before the transaction, so that nobody waits for a second connection while holding one; judged in it,
        // so that a repeated request_id brings its answer whatever has become of the person since.
        let register = self.register(&[(enrol.learner, enrol.organisation.clone())]).await?;
        let mut tx = match self.db.once("academy.enrolment.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        take(&tx, enrol.cohort, 1).await?;
        let enrolment = register.enrol(&mut tx, caller, enrol).await?;
        Ok(tx.commit(enrolment).await?)
    }

    async fn require_people(&self, person: Option<PersonId>) -> Result<(), Error> {
        let Some(person) = person else { return Ok(()) };
        let found = self.directory.people_by_id(&[person]).await?;
        if found.iter().any(|found| found.active) {
            return Ok(());
        }
        Err(exemplar_directory::Error::PersonNotFound(person).into())
    }

    /// Sets who sponsors a learner; none takes the sponsor away.
    pub async fn set_sponsor(
        &self,
        caller: &Principal,
        id: EnrolmentId,
        sponsor: Option<PersonId>,
        key: Option<RequestKey>,
    ) -> Result<Written<Enrolment>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        self.require_people(sponsor).await?;
        let mut tx = match self.db.once("academy.enrolment.set_sponsor", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = store::lock(&*tx, &[id]).await?.remove(&id).ok_or(Error::EnrolmentNotFound(id))?;
        if sponsor == Some(before.learner) {
            return Err(Error::SponsorIsApplicant);
        }
        let after = Enrolment { sponsor, version: before.version + 1, ..before.clone() };
        store::update(&*tx, &after).await?;
        tx.append(Change::new("academy.enrolment.set_sponsor", &id).before(&before).after(&after));
        Ok(tx.commit(after).await?)
    }

    /// Enrols people in a cohort, all of them or none.
    pub async fn enrol_all(
        &self,
        caller: &Principal,
        cohort: CohortId,
        learners: Vec<(PersonId, OrganisationId)>,
    ) -> Result<Written<Vec<Enrolment>>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut violations = Violations::new();
        violations.at_most("learners", &learners, usize::try_from(MAX_PLACES).unwrap_or(usize::MAX));
        violations.check()?;
        if learners.is_empty() {
            return Ok(Written { value: Vec::new(), sequence: 0 });
        }
        let register = self.register(&learners).await?;
        let mut tx = self.db.begin("academy.enrolment.create_all", caller).await?;
        take(&tx, cohort, i32::try_from(learners.len()).unwrap_or(i32::MAX)).await?;
        let mut enrolments = Vec::with_capacity(learners.len());
        for (learner, organisation) in learners {
            let enrol = EnrolLearner { cohort, learner, organisation, sponsor: None };
            enrolments.push(register.enrol(&mut tx, caller, enrol).await?);
        }
        Ok(tx.commit(enrolments).await?)
    }

    async fn register(&self, learners: &[(PersonId, OrganisationId)]) -> Result<Register, Error> {
        let (people, organisations): (Vec<_>, Vec<_>) = learners.iter().cloned().unzip();
        let people = self.directory.people_by_id(&people).await?;
        let active = people.into_iter().filter(|person| person.active);
        let organisations = self.directory.organisations_by_id(&organisations).await?;
        Ok(Register {
            names: active.map(|person| (person.id, person.display_name)).collect(),
            // One that has closed since is still where they were employed.
            organisations: organisations.into_keys().collect(),
        })
    }
}

impl Register {
    async fn enrol(&self, tx: &mut Tx, caller: &Principal, enrol: EnrolLearner) -> Result<Enrolment, Error> {
        let EnrolLearner { cohort, learner, organisation, sponsor } = enrol;
        if sponsor == Some(learner) {
            return Err(Error::SponsorIsApplicant);
        }
        let learner_name = self.names.get(&learner).cloned();
        let learner_name = learner_name.ok_or(exemplar_directory::Error::PersonNotFound(learner))?;
        if !self.organisations.contains(&organisation) {
            return Err(exemplar_directory::Error::OrganisationNotFound(organisation).into());
        }
        let state = EnrolmentState::Enrolled;
        let begun = Begun { cohort, learner, learner_name, organisation, sponsor, state, continues: None };
        begin(tx, caller, begun).await
    }
}

/// A new enrolment.
pub(super) struct Begun {
    pub(super) cohort: CohortId,
    pub(super) learner: PersonId,
    pub(super) learner_name: String,
    pub(super) organisation: OrganisationId,
    pub(super) sponsor: Option<PersonId>,
    pub(super) state: EnrolmentState,
    pub(super) continues: Option<EnrolmentId>,
}

/// Writes a new enrolment and its first event; its place is taken already.
pub(super) async fn begin(tx: &mut Tx, caller: &Principal, begun: Begun) -> Result<Enrolment, Error> {
    let Begun { cohort, learner, learner_name, organisation, sponsor, state, continues } = begun;
    let (enrolled, today) = (tx.now(), tx.now().date());
    let enrolment = Enrolment {
        id: EnrolmentId::new(tx.id()),
        cohort,
        learner,
        learner_name,
        organisation,
        enrolled,
        state,
        state_date: Some(today),
        state_reason: String::new(),
        sponsor,
        continues,
        version: 1,
    };
    let taken = |error| if is_unique(&error) { Error::AlreadyEnrolled { learner, cohort } } else { error.into() };
    store::insert(&**tx, &enrolment).await.map_err(taken)?;
    let (number, reason, recorded, recorded_by) = (1, String::new(), tx.now(), caller.person);
    let event = EnrolmentEvent { number, state, date: today, reason, recorded, recorded_by };
    store::insert_event(&**tx, enrolment.id, &event).await?;
    tx.append(Change::new("academy.enrolment.create", &enrolment.id).after(&enrolment));
    Ok(enrolment)
}

/// Takes places in a cohort, as many as are left and no more.
pub(super) async fn take(tx: &Tx, cohort: CohortId, places: i32) -> Result<(), Error> {
    match take_places(&**tx, cohort, places).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::CohortNotFound(cohort)),
        Err(error) if is_check(&error) => Err(Error::CohortFull(cohort)),
        Err(error) => Err(error.into()),
    }
}
