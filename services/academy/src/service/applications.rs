//! Applications: apply, sponsor, score blind, moderate, carry to a later cohort.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, OrganisationId, Page, Paging, PersonId, Principal, Role, Tx, Written, db::is_unique,
};
use serde::{Deserialize, Serialize};

use super::{Academy, cohorts};
use crate::Error;
use crate::model::application::{Application, ApplicationId, ApplicationState, Score, ScoreModeration, Sponsorship};
use crate::model::cohort::CohortId;
use crate::store::applications::{self as store, Known};

/// An application to be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmitApplication {
    /// For which cohort.
    pub cohort: CohortId,
    /// The applicant's employer.
    pub organisation: OrganisationId,
    /// The applicant's role there.
    pub profession: String,
    /// The four answers.
    pub answers: Vec<String>,
}

/// An application with as much of its scores as the caller is told: all of them once both are there, before that only
/// their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// The application.
    pub application: Application,
    /// The scores.
    pub scores: Vec<Score>,
}

impl Academy {
    /// Applies for a place: anybody who has signed in may, for themselves, once a cohort.
    pub async fn submit_application(
        &self,
        caller: &Principal,
        submit: SubmitApplication,
        key: Option<RequestKey>,
    ) -> Result<Written<Scored>, Error> {
        let applicant = caller.signed_in()?;
        let name = self.name_of(caller).await?;
        self.directory.open_organisation(self.db.read(), &submit.organisation).await?;
        let mut tx = match self.db.once("academy.application.submit", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let cohort = cohorts::find(&*tx, submit.cohort).await?;
        if !cohort.settings.is_open(tx.now().date()) {
            return Err(Error::ApplicationsClosed(cohort.id));
        }
        let SubmitApplication { cohort, organisation, profession, answers } = submit;
        let application = Application {
            id: ApplicationId::new(tx.id()),
            cohort,
            applicant,
            applicant_name: name,
            organisation,
            profession,
            answers,
            state: ApplicationState::Submitted,
            submitted: tx.now(),
            sponsorship: None,
            score: None,
            moderation: None,
            reserve: None,
            rule: String::new(),
            carried_from: None,
            enrolment: None,
            version: 1,
        };
        insert(&tx, &application).await?;
        let change = Change::new("academy.application.submit", &application.id).after(&application);
        tx.append(change.on_behalf(&application.organisation));
        Ok(tx.commit(Scored { application, scores: Vec::new() }).await?)
    }

    /// The sponsor's statement: an approver of the applicant's employer makes it.
    pub async fn sponsor_application(
        &self,
        caller: &Principal,
        id: ApplicationId,
        statement: Sponsorship,
        key: Option<RequestKey>,
    ) -> Result<Written<Scored>, Error> {
        let found = self.find_application(caller, id).await?;
        caller.require(Role::Approver, &found.organisation)?;
        let sponsor = caller.signed_in()?;
        self.change(caller, "academy.application.sponsor", id, key, |tx, application, _| {
            application.sponsored(Sponsorship { sponsor, at: tx.now(), ..statement })
        })
        .await
    }

    /// One of two scores. A scorer does not know the other's.
    pub async fn score_application(
        &self,
        caller: &Principal,
        id: ApplicationId,
        points: Vec<i32>,
        key: Option<RequestKey>,
    ) -> Result<Written<Scored>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let scorer = caller.signed_in()?;
        let mut tx = match self.db.once("academy.application.score", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = store::lock(&*tx, id).await?.ok_or(Error::ApplicationNotFound(id))?;
        let mut given = store::scores(&*tx, &[id]).await?.remove(&id).unwrap_or_default();
        let score = Score { scorer, points, at: tx.now() };
        let after = before.scored(&given, &score)?;
        let place = i32::try_from(given.len()).unwrap_or(2) + 1;
        store::insert_score(&*tx, id, place, &score).await?;
        store::update(&*tx, &after).await?;
        tx.append(Change::new("academy.application.score", &id).after(&score));
        given.push(score);
        Ok(tx.commit(blind(caller, after, given)).await?)
    }

    /// A third person's score, where the two differ.
    pub async fn moderate_application(
        &self,
        caller: &Principal,
        id: ApplicationId,
        score: i32,
        note: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Scored>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let moderator = caller.signed_in()?;
        self.change(caller, "academy.application.moderate", id, key, |_, application, scores| {
            application.moderated(scores, ScoreModeration { moderator, score, note })
        })
        .await
    }

    /// The applicant takes their application back.
    pub async fn withdraw_application(
        &self,
        caller: &Principal,
        id: ApplicationId,
        key: Option<RequestKey>,
    ) -> Result<Written<Scored>, Error> {
        let found = self.find_application(caller, id).await?;
        if caller.person != Some(found.applicant) {
            return Err(Error::ApplicationNotFound(id));
        }
        self.change(caller, "academy.application.withdraw", id, key, |_, application, _| {
            use ApplicationState::{Reserve, Sponsored, Submitted, Withdrawn};
            application.must_be(&[Submitted, Sponsored, Reserve])?;
            Ok(Application { state: Withdrawn, reserve: None, version: application.version + 1, ..application.clone() })
        })
        .await
    }

    /// Ring-fences a place in a later cohort for somebody on the reserve list: their application goes there with its
    /// answers, sponsor and score.
    pub async fn carry_application(
        &self,
        caller: &Principal,
        id: ApplicationId,
        cohort: CohortId,
        key: Option<RequestKey>,
    ) -> Result<Written<Scored>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.application.carry", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = store::lock(&*tx, id).await?.ok_or(Error::ApplicationNotFound(id))?;
        before.must_be(&[ApplicationState::Reserve])?;
        let title = cohorts::find(&*tx, cohort).await?.title;
        let carried = Application {
            id: ApplicationId::new(tx.id()),
            cohort,
            state: ApplicationState::Sponsored,
            submitted: tx.now(),
            reserve: None,
            rule: String::new(),
            carried_from: Some(id),
            version: 1,
            ..before.clone()
        };
        insert(&tx, &carried).await?;
        let rule = format!("a place is ring-fenced in {title}");
        let state = ApplicationState::Declined;
        let after = Application { state, reserve: None, rule, version: before.version + 1, ..before.clone() };
        store::update(&*tx, &after).await?;
        tx.append(Change::new("academy.application.carry", &id).before(&before).after(&after));
        tx.append(Change::new("academy.application.submit", &carried.id).after(&carried));
        Ok(tx.commit(Scored { application: carried, scores: Vec::new() }).await?)
    }

    /// One application, as far as the caller may know of it.
    pub async fn application(&self, caller: &Principal, id: ApplicationId) -> Result<Scored, Error> {
        let application = self.find_application(caller, id).await?;
        let scores = store::scores(self.db.read(), &[id]).await?.remove(&id).unwrap_or_default();
        Ok(blind(caller, application, scores))
    }

    /// The applications for a cohort that the caller may know of, in the order in which they came.
    pub async fn list_applications(
        &self,
        caller: &Principal,
        cohort: CohortId,
        state: Option<ApplicationState>,
        paging: &Paging,
    ) -> Result<Page<Scored>, Error> {
        let known = known(caller)?;
        cohorts::find(self.db.read(), cohort).await?;
        let rows = store::list(self.db.read(), &known, cohort, state, paging).await?;
        let page = paging.page(rows, |last| vec![last.submitted.micros().to_string(), last.id.uuid().to_string()]);
        let ids: Vec<_> = page.items.iter().map(|application| application.id).collect();
        let mut scores = store::scores(self.db.read(), &ids).await?;
        Ok(page.map(|application| {
            let scores = scores.remove(&application.id).unwrap_or_default();
            blind(caller, application, scores)
        }))
    }

    async fn find_application(&self, caller: &Principal, id: ApplicationId) -> Result<Application, Error> {
        store::find(self.db.read(), &known(caller)?, id).await?.ok_or(Error::ApplicationNotFound(id))
    }

    /// Changes an application by a pure rule.
    async fn change(
        &self,
        caller: &Principal,
        verb: &'static str,
        id: ApplicationId,
        key: Option<RequestKey>,
        rule: impl FnOnce(&Tx, &Application, &[Score]) -> Result<Application, Error>,
    ) -> Result<Written<Scored>, Error> {
        let mut tx = match self.db.once(verb, caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = store::lock(&*tx, id).await?.ok_or(Error::ApplicationNotFound(id))?;
        let scores = store::scores(&*tx, &[id]).await?.remove(&id).unwrap_or_default();
        let after = rule(&tx, &before, &scores)?;
        store::update(&*tx, &after).await?;
        tx.append(Change::new(verb, &id).before(&before).after(&after));
        Ok(tx.commit(blind(caller, after, scores)).await?)
    }
}

async fn insert(tx: &Tx, application: &Application) -> Result<(), Error> {
    let there = |error| if is_unique(&error) { Error::ApplicationExists } else { error.into() };
    store::insert(&**tx, application).await.map_err(there)
}

/// The academy knows of every application, others of their own and of those that they may sponsor.
fn known(caller: &Principal) -> Result<Known, Error> {
    if caller.holds_network(NetworkRole::Academy) {
        return Ok(Known::All);
    }
    let person: PersonId = caller.signed_in()?;
    let sponsored = caller.organisations().filter(|id| caller.holds(Role::Approver, id)).cloned().collect();
    Ok(Known::Of(person, sponsored))
}

/// What the caller is told of the scores: nothing outside of the academy; a scorer who is alone so far knows their own.
fn blind(caller: &Principal, application: Application, scores: Vec<Score>) -> Scored {
    if !caller.holds_network(NetworkRole::Academy) {
        let mut application = application;
        (application.score, application.moderation) = (None, None);
        return Scored { application, scores: Vec::new() };
    }
    let both = scores.len() >= 2;
    let told = scores.into_iter().filter(|score| both || Some(score.scorer) == caller.person).collect();
    Scored { application, scores: told }
}
