//! Giving the places of a cohort.

use std::collections::HashMap;

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, OrganisationId, Principal, Tx, Written};

use super::Academy;
use super::enrolments::{Begun, begin, take};
use crate::Error;
use crate::model::application::{Application, ApplicationState};
use crate::model::cohort::{Cohort, CohortId};
use crate::model::enrolment::EnrolmentState;
use crate::model::selection::{Candidate, Decision, Outcome, SelectionRules, select};
use crate::store::{applications as store, cohorts};

impl Academy {
    /// Gives the free places of a cohort, each by a rule that is said; again, it gives those that became free since to
    /// the reserve list in its order. With `validate_only` it only tells.
    pub async fn select_applicants(
        &self,
        caller: &Principal,
        id: CohortId,
        validate_only: bool,
        key: Option<RequestKey>,
    ) -> Result<Written<Vec<Decision>>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        // Asked before the transaction, so that nobody waits for a second connection while holding one.
        let designated = self.links.designations.designated(self.today()).await?;
        let key = key.filter(|_| !validate_only);
        let mut tx = match self.db.once("academy.cohort.select", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let cohort = cohorts::lock(&*tx, id).await?.ok_or(Error::CohortNotFound(id))?;
        let applications = store::lock_all(&*tx, id).await?;
        let employers: Vec<_> = applications.iter().map(|application| application.organisation.clone()).collect();
        let known = self.directory.organisations_in(&*tx, &employers).await?;
        let candidate = |application: &Application| {
            let organisation = known.get(&application.organisation);
            let profile = organisation.map(|organisation| &organisation.profile);
            let of = |part: fn(&exemplar_directory::Profile) -> String| profile.map(part).unwrap_or_default();
            Candidate {
                application: application.id,
                score: application.score,
                sponsored: application.sponsorship.is_some(),
                ring_fenced: application.carried_from.is_some(),
                in_network: designated.contains_key(&application.organisation),
                region: of(|profile| profile.region.clone()),
                profession: application.profession.clone(),
                organisation_type: of(|profile| profile.care_settings.first().cloned().unwrap_or_default()),
                order: application.submitted.micros(),
            }
        };
        let in_state = |states: &[ApplicationState]| -> Vec<Candidate> {
            applications.iter().filter(|application| states.contains(&application.state)).map(candidate).collect()
        };
        let given = in_state(&[ApplicationState::Offered]);
        let waiting = in_state(&[ApplicationState::Submitted, ApplicationState::Sponsored, ApplicationState::Reserve]);
        let rules = SelectionRules {
            places: cohort.places - cohort.enrolled,
            automatic_score: cohort.settings.automatic_score,
            network_first: cohort.settings.network_first,
        };
        let decisions = select(rules, &given, &waiting);
        if validate_only {
            return Ok(Written { value: decisions, sequence: 0 });
        }
        let by_id: HashMap<_, _> = applications.into_iter().map(|application| (application.id, application)).collect();
        for decision in &decisions {
            if let Some(before) = by_id.get(&decision.application) {
                decide(&mut tx, caller, &cohort, before, decision).await?;
            }
        }
        tx.append(Change::new("academy.cohort.select", &id).after(&decisions));
        Ok(tx.commit(decisions).await?)
    }
}

/// Writes a decision; an offer is an enrolment that the learner may take up.
async fn decide(
    tx: &mut Tx,
    caller: &Principal,
    cohort: &Cohort,
    before: &Application,
    decision: &Decision,
) -> Result<(), Error> {
    let version = before.version + 1;
    let rule = decision.rule.clone();
    let after = match decision.outcome {
        Outcome::Undecided => return Ok(()),
        Outcome::Reserve(place) => {
            let (state, reserve) = (ApplicationState::Reserve, Some(place));
            Application { state, reserve, rule, version, ..before.clone() }
        }
        Outcome::Offer => {
            take(tx, cohort.id, 1).await?;
            let begun = Begun {
                cohort: cohort.id,
                learner: before.applicant,
                learner_name: before.applicant_name.clone(),
                organisation: OrganisationId::clone(&before.organisation),
                sponsor: before.sponsorship.as_ref().map(|sponsorship| sponsorship.sponsor),
                state: EnrolmentState::Offered,
                continues: None,
            };
            let enrolment = Some(begin(tx, caller, begun).await?.id);
            Application { state: ApplicationState::Offered, reserve: None, rule, enrolment, version, ..before.clone() }
        }
    };
    if after.state == before.state && after.reserve == before.reserve && after.rule == before.rule {
        return Ok(());
    }
    store::update(&**tx, &after).await?;
    tx.append(Change::new("academy.application.decide", &after.id).before(before).after(&after));
    Ok(())
}
