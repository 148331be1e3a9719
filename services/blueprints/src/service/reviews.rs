//! The verbs of reviews. Each step locks the blueprint first, so that of two at once the second meets what the first
//! has made of it.

use std::collections::BTreeSet;

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, OrganisationId, Page, Paging, PersonId, Principal, Role, Timestamp, Tx, Written,
};
use serde_json::json;

use super::{Blueprints, artefacts};
use crate::Error;
use crate::model::{BlueprintId, Candidate, Purpose, Review, ReviewId, ReviewState};
use crate::store::{self, WantedReviews, reviews};

/// Submits a draft.
#[derive(Clone, Debug)]
pub struct Submit {
    /// Which.
    pub id: BlueprintId,
    /// What changed since the revision before.
    pub change_note: String,
    /// Whether the change is a small one.
    pub minor: bool,
    /// What for.
    pub purpose: Purpose,
    /// Which version of the draft.
    pub expected: Expected,
}

/// A step of one review.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which review.
    pub id: ReviewId,
    /// Against which version.
    pub expected: Expected,
}

/// A step that was begun: done before, or to be decided on.
enum Begun {
    Again(Written<Review>),
    First(Tx, Review),
}

impl Blueprints {
    /// Submits a draft for sign-off; the draft stands still until the review is closed.
    pub async fn submit(
        &self,
        caller: &Principal,
        submit: Submit,
        key: Option<RequestKey>,
    ) -> Result<Written<Review>, Error> {
        let known = self.known(caller, submit.id).await?;
        caller.require(Role::Contributor, &known.organisation)?;
        let submitted_by = caller.signed_in()?;
        let mut tx = match self.db.once("blueprints.review.submit", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let draft = super::locked_draft(&tx, submit.id, submit.expected).await?;
        if draft.header.withdrawn.is_some() {
            return Err(Error::Withdrawn(submit.id));
        }
        let missing = draft.content.missing();
        if !missing.is_empty() {
            return Err(Error::Incomplete(missing));
        }
        let latest = draft.header.latest_revision;
        let newest = if latest == 0 {
            Vec::new()
        } else {
            store::read(&*tx, vec![(latest, draft.header.clone())], true).await?
        };
        let files = artefacts::passed(&tx, submit.id).await?;
        let same_text = newest.first().is_some_and(|newest| newest.content == draft.content);
        let unchanged = same_text && artefacts::same_as(&tx, submit.id, latest, &files).await?;
        match (submit.purpose, unchanged) {
            (Purpose::Release, true) => return Err(Error::Unchanged(latest)),
            (Purpose::Renewal, false) => return Err(Error::RenewalChanged(submit.id)),
            (Purpose::Release, false) | (Purpose::Renewal, true) => {}
        }
        let now = tx.now();
        let review = Review {
            id: ReviewId::new(tx.id()),
            blueprint: submit.id,
            organisation: draft.header.organisation,
            purpose: submit.purpose,
            change_note: submit.change_note,
            minor: submit.minor,
            state: ReviewState::Submitted,
            submitted_by,
            submitted: now,
            signed_off_by: None,
            signed_off: None,
            needed: self.settings.reviewers,
            due: now.plus(self.settings.due),
            assignments: Vec::new(),
            reason: String::new(),
            closed: None,
            revision: None,
            version: 1,
        };
        if !reviews::insert(&*tx, &review).await? {
            return Err(Error::OpenReviewExists(submit.id));
        }
        let change = Change::new("blueprints.review.submit", &review.id).on_behalf(&review.organisation);
        tx.append(change.after(&review));
        Ok(tx.commit(review).await?)
    }

    /// Signs off for the trust.
    pub async fn sign_off(
        &self,
        caller: &Principal,
        step: Step,
        key: Option<RequestKey>,
    ) -> Result<Written<Review>, Error> {
        const VERB: &str = "blueprints.review.sign_off";
        let seen = self.seen_review(caller, step.id).await?;
        caller.require(Role::Approver, &seen.organisation)?;
        let by = caller.signed_in()?;
        let (tx, review) = match self.begin(caller, &step, VERB, key).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, review) => (tx, review),
        };
        let next = review.sign_off(by, tx.now(), tx.now().plus(self.settings.due))?;
        finish(tx, VERB, review, next).await
    }

    /// Names a reviewer: the caller, or, by PROGRAMME, anybody.
    pub async fn assign(
        &self,
        caller: &Principal,
        step: Step,
        reviewer: Option<PersonId>,
        key: Option<RequestKey>,
    ) -> Result<Written<Review>, Error> {
        const VERB: &str = "blueprints.review.assign";
        let seen = self.seen_review(caller, step.id).await?;
        let reviewer = reviewer.or(caller.person);
        let own = reviewer == caller.person && caller.holds_network(NetworkRole::Reviewer);
        caller.granted(own || caller.holds_network(NetworkRole::Programme), NetworkRole::Programme.name())?;
        let Some(reviewer) = reviewer else { return Err(exemplar_kernel::Error::NotSignedIn.into()) };
        let people = self.directory.people_by_id(&[reviewer]).await?;
        let person = people.first().filter(|person| person.active);
        let person = person.filter(|person| person.roles.network.contains(&NetworkRole::Reviewer));
        let Some(person) = person else { return Err(Error::ReviewerUnfit("holds no role REVIEWER")) };
        let of_the_trust = self.is_of_trust(person.roles.memberships.keys(), &seen.organisation).await?;
        let (tx, review) = match self.begin(caller, &step, VERB, key).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, review) => (tx, review),
        };
        let conflicted = reviews::has_conflict(&*tx, review.blueprint, reviewer).await?;
        let candidate = Candidate { person: reviewer, of_the_trust, conflicted };
        let next = review.assign(candidate, tx.now(), tx.now().plus(self.settings.due))?;
        if !reviews::occupy(&*tx, reviewer, self.settings.load).await? {
            return Err(Error::ReviewerBusy(self.settings.load));
        }
        finish(tx, VERB, review, next).await
    }

    /// Says that it holds.
    pub async fn assure(
        &self,
        caller: &Principal,
        step: Step,
        note: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Review>, Error> {
        const VERB: &str = "blueprints.review.assure";
        let seen = self.seen_review(caller, step.id).await?;
        caller.require_network(NetworkRole::Reviewer)?;
        let person = caller.signed_in()?;
        let of_the_trust = self.is_of_trust(caller.organisations(), &seen.organisation).await?;
        let (tx, review) = match self.begin(caller, &step, VERB, key).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, review) => (tx, review),
        };
        let conflicted = reviews::has_conflict(&*tx, review.blueprint, person).await?;
        let next = review.assure(Candidate { person, of_the_trust, conflicted }, note, tx.now())?;
        finish(tx, VERB, review, next).await
    }

    /// Sends it back (`CHANGES_REQUESTED`) or refuses it (`REJECTED`).
    pub async fn judge(
        &self,
        caller: &Principal,
        step: Step,
        (state, reason): (ReviewState, String),
        key: Option<RequestKey>,
    ) -> Result<Written<Review>, Error> {
        let verb = if state == ReviewState::Rejected {
            "blueprints.review.reject"
        } else {
            "blueprints.review.request_changes"
        };
        let seen = self.seen_review(caller, step.id).await?;
        let approves = caller.holds(Role::Approver, &seen.organisation);
        caller.granted(approves || caller.holds_network(NetworkRole::Reviewer), Role::Approver.name())?;
        let by = caller.signed_in()?;
        let (tx, review) = match self.begin(caller, &step, verb, key).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, review) => (tx, review),
        };
        review.judged_by(by, approves)?;
        let next = review.close(state, reason, tx.now())?;
        finish(tx, verb, review, next).await
    }

    /// Takes a submission back.
    pub async fn retract(
        &self,
        caller: &Principal,
        step: Step,
        reason: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Review>, Error> {
        const VERB: &str = "blueprints.review.retract";
        let seen = self.seen_review(caller, step.id).await?;
        caller.require(Role::Contributor, &seen.organisation)?;
        let (tx, review) = match self.begin(caller, &step, VERB, key).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, review) => (tx, review),
        };
        let next = review.close(ReviewState::Retracted, reason, tx.now())?;
        finish(tx, VERB, review, next).await
    }

    /// Declares that the caller cannot judge the blueprint impartially, now and later.
    pub async fn declare_conflict(
        &self,
        caller: &Principal,
        step: Step,
        reason: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Review>, Error> {
        const VERB: &str = "blueprints.review.declare_conflict";
        self.seen_review(caller, step.id).await?;
        caller.require_network(NetworkRole::Reviewer)?;
        let by = caller.signed_in()?;
        let (tx, review) = match self.begin(caller, &step, VERB, key).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, review) => (tx, review),
        };
        if !review.state.is_open() {
            return Err(Error::WrongState);
        }
        reviews::declare_conflict(&*tx, review.blueprint, by, &reason, tx.now()).await?;
        let next = review.conflict_declared(by, &reason, tx.now());
        finish(tx, VERB, review, next).await
    }

    /// One review, for those who may know of it.
    pub async fn review(&self, caller: &Principal, id: ReviewId) -> Result<Review, Error> {
        self.seen_review(caller, id).await
    }

    /// A page of the reviews that the caller may know of, newest first.
    pub async fn list_reviews(
        &self,
        caller: &Principal,
        wanted: &WantedReviews,
        paging: &Paging,
    ) -> Result<Page<Review>, Error> {
        if !caller.is_system() {
            caller.signed_in()?;
        }
        let rows = reviews::list(self.db.read(), caller, wanted, paging).await?;
        Ok(paging.page(rows, |last| vec![last.id.uuid().to_string()]))
    }

    async fn seen_review(&self, caller: &Principal, id: ReviewId) -> Result<Review, Error> {
        let review = reviews::find(self.db.read(), id).await?;
        let network = caller.holds_network(NetworkRole::Reviewer) || caller.holds_network(NetworkRole::Programme);
        let shown = |review: &Review| {
            caller.holds(Role::Member, &review.organisation) || (network && review.signed_off.is_some())
        };
        review.filter(shown).ok_or(Error::ReviewNotFound(id))
    }

    /// Whether any of these organisations is the trust, or was merged into it or from it.
    async fn is_of_trust(
        &self,
        organisations: impl Iterator<Item = &OrganisationId>,
        trust: &OrganisationId,
    ) -> Result<bool, Error> {
        let own: BTreeSet<OrganisationId> = organisations.cloned().collect();
        if own.is_empty() || own.contains(trust) {
            return Ok(own.contains(trust));
        }
        let before = self.directory.predecessors(std::slice::from_ref(trust)).await?;
        if before.iter().any(|organisation| own.contains(organisation)) {
            return Ok(true);
        }
        let own: Vec<_> = own.into_iter().collect();
        Ok(self.directory.predecessors(&own).await?.contains(trust))
    }

    async fn begin(
        &self,
        caller: &Principal,
        step: &Step,
        verb: &'static str,
        key: Option<RequestKey>,
    ) -> Result<Begun, Error> {
        let tx = match self.db.once(verb, caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(Begun::Again(answer)),
            Once::First(tx) => tx,
        };
        let found = reviews::find(&*tx, step.id).await?.ok_or(Error::ReviewNotFound(step.id))?;
        store::lock(&*tx, found.blueprint).await?.ok_or(Error::NotFound(found.blueprint))?;
        let review = reviews::find(&*tx, step.id).await?.ok_or(Error::ReviewNotFound(step.id))?;
        step.expected.check(review.version)?;
        Ok(Begun::First(tx, review))
    }
}

async fn finish(mut tx: Tx, verb: &'static str, before: Review, after: Review) -> Result<Written<Review>, Error> {
    reviews::update(&*tx, &before, &after).await?;
    tx.append(stepped(verb, &before, &after));
    Ok(tx.commit(after).await?)
}

/// The journal's entry of a step.
pub(super) fn stepped(verb: &'static str, before: &Review, after: &Review) -> Change {
    let told = |review: &Review| {
        json!({
            "blueprint": review.blueprint.to_string(),
            "state": review.state,
            "reason": review.reason,
            "assignments": review.assignments,
        })
    };
    Change::new(verb, &after.id).on_behalf(&after.organisation).before(&told(before)).after(&told(after))
}

/// Closes the open review of a blueprint that is withdrawn, in the transaction that withdraws it.
pub(super) async fn close_for_withdrawal(
    tx: &mut Tx,
    id: BlueprintId,
    reason: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(open) = reviews::open_of(&**tx, id).await? else { return Ok(()) };
    let next = open.close(ReviewState::Retracted, format!("the blueprint was withdrawn: {reason}"), now)?;
    reviews::update(&**tx, &open, &next).await?;
    tx.append(stepped("blueprints.review.retract", &open, &next));
    Ok(())
}
