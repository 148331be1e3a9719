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
use crate::model::enrolment::{EnrolLearner, Enrolment, EnrolmentId};
use crate::store::cohorts::take_places;
use crate::store::enrolments as store;

/// What the directory knows of those who are to be enrolled.
struct Register {
    /// What active people are called.
    names: HashMap<PersonId, String>,
    organisations: HashSet<OrganisationId>,
}

impl Academy {
    /// One enrolment: anybody's for the academy, their own for others.
    pub async fn enrolment(&self, caller: &Principal, id: EnrolmentId) -> Result<Enrolment, Error> {
        let found = store::find(self.db.read(), visible(caller)?, id).await?;
        found.ok_or(Error::EnrolmentNotFound(id))
    }

    /// The enrolments of a cohort by name: all of them for the academy, their own for others.
    pub async fn list_enrolments(
        &self,
        caller: &Principal,
        cohort: CohortId,
        paging: &Paging,
    ) -> Result<Page<Enrolment>, Error> {
        let visible = visible(caller)?;
        cohorts::find(self.db.read(), cohort).await?;
        let rows = store::list(self.db.read(), visible, cohort, paging).await?;
        Ok(paging.page(rows, |last| vec![last.learner_name.clone(), last.id.uuid().to_string()]))
    }

    /// Enrols a person.
    pub async fn enrol_learner(
        &self,
        caller: &Principal,
        enrol: EnrolLearner,
        key: Option<RequestKey>,
    ) -> Result<Written<Enrolment>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        // Asked before the transaction, so that nobody waits for a second connection while holding one; judged in it,
        // so that a repeated request_id brings its answer whatever has become of the person since.
        let register = self.register(&[(enrol.learner, enrol.organisation.clone())]).await?;
        let mut tx = match self.db.once("academy.enrolment.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        take(&tx, enrol.cohort, 1).await?;
        let enrolment = register.enrol(&mut tx, enrol).await?;
        Ok(tx.commit(enrolment).await?)
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
            enrolments.push(register.enrol(&mut tx, EnrolLearner { cohort, learner, organisation }).await?);
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
    async fn enrol(&self, tx: &mut Tx, enrol: EnrolLearner) -> Result<Enrolment, Error> {
        let EnrolLearner { cohort, learner, organisation } = enrol;
        let learner_name = self.names.get(&learner).cloned();
        let learner_name = learner_name.ok_or(exemplar_directory::Error::PersonNotFound(learner))?;
        if !self.organisations.contains(&organisation) {
            return Err(exemplar_directory::Error::OrganisationNotFound(organisation).into());
        }
        let id = EnrolmentId::new(tx.id());
        let enrolment = Enrolment { id, cohort, learner, learner_name, organisation, enrolled: tx.now() };
        let taken = |error| if is_unique(&error) { Error::AlreadyEnrolled { learner, cohort } } else { error.into() };
        store::insert(&**tx, &enrolment).await.map_err(taken)?;
        tx.append(Change::new("academy.enrolment.create", &enrolment.id).after(&enrolment));
        Ok(enrolment)
    }
}

/// Takes places in a cohort, as many as are left and no more.
async fn take(tx: &Tx, cohort: CohortId, places: i32) -> Result<(), Error> {
    match take_places(&**tx, cohort, places).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::CohortNotFound(cohort)),
        Err(error) if is_check(&error) => Err(Error::CohortFull(cohort)),
        Err(error) => Err(error.into()),
    }
}
