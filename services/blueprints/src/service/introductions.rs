//! Introductions: ask, accept, decline, answer, complete, withdraw, find; and the hours that organisations give.

use exemplar_kernel::db::is_check;
use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, OrganisationId, Page, Paging, PersonId, Principal, Role, Tx, Written,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::Date;

use super::Blueprints;
use super::adoptions::known_by_name;
use crate::Error;
use crate::model::introduction::{
    Ask, Introduction, IntroductionId, IntroductionKind, IntroductionStep, Move, first_of_month,
};
use crate::model::{Header, Willing};
use crate::store::introductions::{self as rows, WantedIntroductions};
use crate::store::{self, DRAFT, adoptions};

/// An introduction, and who has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenIntroduction {
    /// The introduction.
    pub introduction: Introduction,
    /// The expert while they are of the asked organisation; none: its leads.
    pub recipient: Option<PersonId>,
}

/// The hours of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourBudget {
    /// Whose.
    pub organisation: OrganisationId,
    /// Hours a month.
    pub hours: i32,
    /// The present month, its first day.
    pub month: Date,
    /// Hours that are promised this month.
    pub promised: i32,
}

impl Blueprints {
    /// Asks the authors of a blueprint, or an adopter who is willing.
    pub async fn request_introduction(
        &self,
        caller: &Principal,
        ask: Ask,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenIntroduction>, Error> {
        known_by_name(caller)?;
        self.known(caller, ask.blueprint).await?;
        caller.require(Role::Contributor, &ask.asker)?;
        let verb = "blueprints.introduction.request";
        let mut tx = match self.db.once(verb, caller, key.as_ref()).await? {
            Once::Again(answer) => return self.with_recipient(answer).await,
            Once::First(tx) => tx,
        };
        let header = store::header(&*tx, ask.blueprint).await?.ok_or(Error::NotFound(ask.blueprint))?;
        let id = IntroductionId::new(tx.id());
        let new = Introduction::ask(id, ask, &header.organisation, caller.person, tx.now())?;
        self.directory.open_organisation(&*tx, &new.asker).await?;
        self.directory.open_organisation(&*tx, &new.asked).await?;
        may_be_asked(&tx, &new, header).await?;
        if !rows::insert(&*tx, &new).await? {
            return Err(Error::IntroductionExists);
        }
        let change = Change::new("blueprints.introduction.request", &new.id).on_behalf(&new.asker);
        tx.append(change.after(&told(&new)));
        self.with_recipient(tx.commit(new).await?).await
    }

    /// Takes a step.
    pub async fn move_introduction(
        &self,
        caller: &Principal,
        id: IntroductionId,
        step: Move,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenIntroduction>, Error> {
        let known = self.introduction(caller, id).await?.introduction;
        let verb = verb(step.step());
        acting(caller, &known, step.step())?;
        let mut tx = match self.db.once(verb, caller, key.as_ref()).await? {
            Once::Again(answer) => return self.with_recipient(answer).await,
            Once::First(tx) => tx,
        };
        let before = rows::lock(&*tx, id).await?.ok_or(Error::IntroductionNotFound(id))?;
        expected.check(before.version)?;
        let side = acting(caller, &before, step.step())?.clone();
        let (after, charge) = before.take(step, tx.now())?;
        if let Some(charge) = charge {
            let budget = rows::budget(&*tx, &after.asked).await?;
            rows::charge(&*tx, &after.asked, charge, budget).await.map_err(|error| {
                if is_check(&error) { Error::HoursSpent(after.asked.clone()) } else { error.into() }
            })?;
        }
        rows::update(&*tx, &after).await?;
        tx.append(Change::new(verb, &id).on_behalf(&side).before(&told(&before)).after(&told(&after)));
        self.with_recipient(tx.commit(after).await?).await
    }

    /// One introduction, if the caller may know of it.
    pub async fn introduction(&self, caller: &Principal, id: IntroductionId) -> Result<SeenIntroduction, Error> {
        known_by_name(caller)?;
        let found = rows::find(self.db.read(), caller, id).await?.ok_or(Error::IntroductionNotFound(id))?;
        let recipient = self.recipients(std::slice::from_ref(&found)).await?.pop().flatten();
        Ok(SeenIntroduction { introduction: found, recipient })
    }

    /// A page of the introductions that the caller may know of, newest first.
    pub async fn introductions(
        &self,
        caller: &Principal,
        wanted: &WantedIntroductions,
        paging: &Paging,
    ) -> Result<Page<SeenIntroduction>, Error> {
        known_by_name(caller)?;
        let found = rows::list(self.db.read(), caller, wanted, paging).await?;
        let Page { items, next } = paging.page(found, |last| vec![last.id.uuid().to_string()]);
        let recipients = self.recipients(&items).await?;
        let seen = |(introduction, recipient)| SeenIntroduction { introduction, recipient };
        Ok(Page { items: items.into_iter().zip(recipients).map(seen).collect(), next })
    }

    /// The hours that an organisation gives, and has promised this month.
    pub async fn hour_budget(&self, caller: &Principal, organisation: &OrganisationId) -> Result<HourBudget, Error> {
        if !caller.holds_network(NetworkRole::Programme) {
            caller.require(Role::Member, organisation)?;
        }
        let id = self.directory.organisation(organisation).await?.organisation.id;
        let month = first_of_month(self.db.clock().now());
        let hours = rows::budget(self.db.read(), &id).await?;
        let promised = rows::promised(self.db.read(), &id, month).await?;
        Ok(HourBudget { organisation: id, hours, month, promised })
    }

    /// Sets the hours that an organisation gives from this month on.
    pub async fn set_hour_budget(
        &self,
        caller: &Principal,
        organisation: OrganisationId,
        hours: i32,
        key: Option<RequestKey>,
    ) -> Result<Written<HourBudget>, Error> {
        caller.require(Role::Lead, &organisation)?;
        let mut tx = match self.db.once("blueprints.hour_budget.set", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        self.directory.open_organisation(&*tx, &organisation).await?;
        let month = first_of_month(tx.now());
        let before = rows::budget(&*tx, &organisation).await?;
        rows::set_budget(&*tx, &organisation, hours, month).await?;
        let promised = rows::promised(&*tx, &organisation, month).await?;
        let change = Change::new("blueprints.hour_budget.set", &organisation).on_behalf(&organisation);
        tx.append(change.before(&json!({ "hours": before })).after(&json!({ "hours": hours })));
        Ok(tx.commit(HourBudget { organisation, hours, month, promised }).await?)
    }

    async fn with_recipient(&self, written: Written<Introduction>) -> Result<Written<SeenIntroduction>, Error> {
        let recipient = self.recipients(std::slice::from_ref(&written.value)).await?.pop().flatten();
        Ok(written.map(|introduction| SeenIntroduction { introduction, recipient }))
    }

    /// Who has each introduction now: an expert who has left their organisation no longer has any.
    async fn recipients(&self, introductions: &[Introduction]) -> Result<Vec<Option<PersonId>>, Error> {
        let mut experts: Vec<PersonId> = introductions.iter().filter_map(|asked| asked.expert).collect();
        experts.sort_unstable();
        experts.dedup();
        let people = if experts.is_empty() { Vec::new() } else { self.directory.people_by_id(&experts).await? };
        let is_there = |introduction: &Introduction| {
            introduction.expert.filter(|expert| {
                people.iter().any(|person| {
                    person.id == *expert && person.active && person.roles.memberships.contains_key(&introduction.asked)
                })
            })
        };
        Ok(introductions.iter().map(is_there).collect())
    }
}

/// Whether those who are asked may be: the authors, or an adopter who said so; an expert who is a contact there.
async fn may_be_asked(tx: &Tx, new: &Introduction, header: Header) -> Result<(), Error> {
    let author = header.organisation.clone();
    let blueprint = header.id;
    if new.asked != author && !adoptions::is_willing(&**tx, blueprint, &new.asked).await? {
        return Err(Error::NotWilling);
    }
    let Some(expert) = new.expert else { return Ok(()) };
    let revision = if header.latest_revision > 0 { header.latest_revision } else { DRAFT };
    let read = store::read(&**tx, vec![(revision, header)], false).await?;
    let contacts = read.into_iter().next().map(|read| read.content.contacts).unwrap_or_default();
    let least = match new.kind {
        IntroductionKind::Question => Willing::Question,
        IntroductionKind::Call => Willing::Call,
        IntroductionKind::Visit => Willing::Visit,
    };
    let fits = contacts.iter().any(|contact| {
        let works_at = contact.organisation.as_ref().unwrap_or(&author);
        contact.person == Some(expert) && *works_at == new.asked && contact.willing >= least
    });
    if fits { Ok(()) } else { Err(Error::NotWilling) }
}

/// For which side the caller takes a step.
fn acting<'a>(
    caller: &Principal,
    introduction: &'a Introduction,
    step: IntroductionStep,
) -> Result<&'a OrganisationId, Error> {
    let asks = caller.holds(Role::Contributor, &introduction.asker);
    let is_expert = caller.person.is_some() && caller.person == introduction.expert;
    let answers =
        caller.holds(Role::Lead, &introduction.asked) || (is_expert && caller.holds(Role::Member, &introduction.asked));
    let (may, side, needs) = match step {
        IntroductionStep::Withdraw => (asks, &introduction.asker, Role::Contributor),
        IntroductionStep::Complete if asks && !answers => (true, &introduction.asker, Role::Contributor),
        IntroductionStep::Accept
        | IntroductionStep::Decline
        | IntroductionStep::Answer
        | IntroductionStep::Complete => (answers, &introduction.asked, Role::Lead),
    };
    caller.granted(may, needs.name())?;
    Ok(side)
}

const fn verb(step: IntroductionStep) -> &'static str {
    match step {
        IntroductionStep::Accept => "blueprints.introduction.accept",
        IntroductionStep::Decline => "blueprints.introduction.decline",
        IntroductionStep::Answer => "blueprints.introduction.answer",
        IntroductionStep::Complete => "blueprints.introduction.complete",
        IntroductionStep::Withdraw => "blueprints.introduction.withdraw",
    }
}

/// An introduction as the journal tells it: both organisations by their names, so that a ledger of the two can count.
fn told(introduction: &Introduction) -> serde_json::Value {
    json!({
        "blueprint": introduction.blueprint.to_string(),
        "asker": introduction.asker.to_string(),
        "asked_by": introduction.asked_by.map(|person| person.to_string()),
        "asked": introduction.asked.to_string(),
        "expert": introduction.expert.map(|expert| expert.to_string()),
        "kind": introduction.kind,
        "state": introduction.state,
        "hours": introduction.hours,
        "outcome": introduction.outcome,
    })
}
