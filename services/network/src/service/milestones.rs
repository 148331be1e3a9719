//! Milestones and check-ins: add, complete, drop, say how it goes; the health that follows.

use std::collections::HashMap;

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, Page, Paging, Principal, Role, Timestamp, Tx, Written};

use super::Network;
use super::pairings::{goes_on, inside, locked};
use crate::model::health::health;
use crate::model::ledger::{Gift, Given};
use crate::store::ledger;
use crate::store::milestones as store;
use crate::{CheckIn, Error, HealthReport, Milestone, NewMilestone, Pairing, PairingId, Side};

/// Milestones of one pairing that are looked at together at the most.
const MAX_MILESTONES: i32 = 200;

impl Network {
    /// Adds a milestone to a pairing.
    pub async fn add_milestone(
        &self,
        caller: &Principal,
        pairing: PairingId,
        new: NewMilestone,
        key: Option<RequestKey>,
    ) -> Result<Written<Milestone>, Error> {
        may_add(caller, &self.pairing(caller, pairing).await?, &new)?;
        let mut tx = match self.db.once("network.milestone.add", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let standing = locked(&tx, caller, pairing).await?;
        may_add(caller, &standing, &new)?;
        goes_on(&standing)?;
        let number = store::next_number(&*tx, pairing).await?;
        if number > MAX_MILESTONES {
            let mut violations = exemplar_kernel::Violations::new();
            violations.add("pairing", format!("has {MAX_MILESTONES} milestones, and no more are kept"));
            return Err(violations.refuse().into());
        }
        let milestone = Milestone::add(pairing, number, new, tx.now());
        store::insert(&*tx, &milestone).await?;
        note(&mut tx, "network.milestone.add", &standing, caller, &milestone);
        Ok(tx.commit(milestone).await?)
    }

    /// Completes a milestone with its evidence.
    pub async fn complete_milestone(
        &self,
        caller: &Principal,
        pairing: PairingId,
        number: i32,
        evidence: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Milestone>, Error> {
        let meet = |milestone: Milestone, now| milestone.meet(evidence, None, now);
        self.close(caller, pairing, number, "network.milestone.complete", key, true, meet).await
    }

    /// Drops a milestone that is no longer wanted.
    pub async fn drop_milestone(
        &self,
        caller: &Principal,
        pairing: PairingId,
        number: i32,
        reason: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Milestone>, Error> {
        let drop = |milestone: Milestone, now| milestone.drop(reason, now);
        self.close(caller, pairing, number, "network.milestone.drop", key, false, drop).await
    }

    #[expect(clippy::too_many_arguments, reason = "the two ways to close a milestone share all but the last two")]
    async fn close(
        &self,
        caller: &Principal,
        id: PairingId,
        number: i32,
        verb: &'static str,
        key: Option<RequestKey>,
        only_owner: bool,
        closed: impl FnOnce(Milestone, Timestamp) -> Result<Milestone, Error>,
    ) -> Result<Written<Milestone>, Error> {
        leads(caller, &self.pairing(caller, id).await?)?;
        let mut tx = match self.db.once(verb, caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let pairing = locked(&tx, caller, id).await?;
        leads(caller, &pairing)?;
        let found = store::list(&*tx, id, number - 1, 1).await?.pop().filter(|found| found.number == number);
        let standing = found.ok_or(Error::MilestoneNotFound(number))?;
        if only_owner {
            caller.granted(caller.holds(Role::Lead, pairing.terms.side(standing.owner)), "LEAD of the owner")?;
        }
        goes_on(&pairing)?;
        let milestone = closed(standing, tx.now())?;
        store::update(&*tx, &milestone).await?;
        note(&mut tx, verb, &pairing, caller, &milestone);
        Ok(tx.commit(milestone).await?)
    }

    /// The milestones of a pairing, in the order they were added.
    pub async fn milestones(
        &self,
        caller: &Principal,
        pairing: &Pairing,
        paging: &Paging,
    ) -> Result<Page<Milestone>, Error> {
        inside(caller, pairing)?;
        let after = paging.after.first().and_then(|number| number.parse().ok()).unwrap_or(0);
        let rows = store::list(self.db.read(), pairing.id, after, paging.fetch()).await?;
        Ok(paging.page(rows, |milestone| vec![milestone.number.to_string()]))
    }

    /// Records one side's word of how it goes.
    pub async fn check_in(
        &self,
        caller: &Principal,
        mut said: CheckIn,
        key: Option<RequestKey>,
    ) -> Result<Written<CheckIn>, Error> {
        let seen = self.pairing(caller, said.pairing).await?;
        let organisation = said.organisation.clone();
        let speaks = |pairing: &Pairing| {
            let side = Side::of(&organisation, &pairing.terms.exemplar, &pairing.terms.partner);
            let may = side.is_some() && caller.holds(Role::Contributor, &organisation);
            caller.granted(may, "CONTRIBUTOR of either side").map(|()| side)
        };
        speaks(&seen)?;
        let mut tx = match self.db.once("network.check_in.record", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let pairing = locked(&tx, caller, said.pairing).await?;
        let side = speaks(&pairing)?;
        goes_on(&pairing)?;
        let last = store::check_ins(&*tx, pairing.id, i32::MAX, 1).await?.pop().map_or(0, |last| last.number);
        (said.number, said.at, said.person) = (last + 1, tx.now(), caller.person);
        store::insert_check_in(&*tx, &said).await?;
        if let (Some(side), 1..) = (side, said.visits) {
            let giver = pairing.terms.side(side.other()).clone();
            let (receiver, count) = (said.organisation.clone(), i64::from(said.visits));
            ledger::add(&*tx, &Given { giver, receiver, gift: Gift::Visit, count }).await?;
        }
        tx.append(Change::new("network.check_in.record", &pairing.id).on_behalf(&said.organisation).after(&said));
        Ok(tx.commit(said).await?)
    }

    /// What was said of a pairing, newest first.
    pub async fn check_ins(
        &self,
        caller: &Principal,
        pairing: &Pairing,
        paging: &Paging,
    ) -> Result<Page<CheckIn>, Error> {
        inside(caller, pairing)?;
        let before = paging.after.first().and_then(|number| number.parse().ok()).unwrap_or(i32::MAX);
        let rows = store::check_ins(self.db.read(), pairing.id, before, paging.fetch()).await?;
        Ok(paging.page(rows, |said| vec![said.number.to_string()]))
    }

    /// How well some pairings go; those that are not at work are left out. Two statements, however many there are.
    pub async fn health_of(&self, pairings: &[Pairing]) -> Result<HashMap<PairingId, HealthReport>, Error> {
        let ids: Vec<_> = pairings.iter().map(|pairing| pairing.id).collect();
        let mut milestones: HashMap<PairingId, Vec<Milestone>> = HashMap::new();
        for milestone in store::of(self.db.read(), &ids).await? {
            milestones.entry(milestone.pairing).or_default().push(milestone);
        }
        let words: HashMap<_, _> = store::last_words(self.db.read(), &ids).await?.into_iter().collect();
        let today = self.db.clock().now().date();
        let report = |pairing: &Pairing| {
            let own = milestones.get(&pairing.id).map(Vec::as_slice).unwrap_or_default();
            let closed = own.iter().filter_map(|milestone| milestone.closed).max();
            let heard = [words.get(&pairing.id).copied(), closed, pairing.started, Some(pairing.proposed)];
            let heard = heard.into_iter().flatten().max()?;
            Some((pairing.id, health(pairing.state, own, heard.date(), today)?))
        };
        Ok(pairings.iter().filter_map(report).collect())
    }
}

/// Refuses those who lead neither side.
fn leads(caller: &Principal, pairing: &Pairing) -> Result<(), Error> {
    let either = Side::ALL.iter().any(|side| caller.holds(Role::Lead, pairing.terms.side(*side)));
    Ok(caller.granted(either, "LEAD of either side")?)
}

/// A milestone that an event completes tells the other side of the event: its owner must want that.
fn may_add(caller: &Principal, pairing: &Pairing, new: &NewMilestone) -> Result<(), Error> {
    leads(caller, pairing)?;
    let owner = caller.holds(Role::Lead, pairing.terms.side(new.owner));
    Ok(caller.granted(new.event.is_none() || owner, "LEAD of the owner")?)
}

fn note(tx: &mut Tx, verb: &'static str, pairing: &Pairing, caller: &Principal, milestone: &Milestone) {
    let owner = pairing.terms.side(milestone.owner);
    let other = pairing.terms.side(milestone.owner.other());
    let by = if caller.holds(Role::Lead, owner) { owner } else { other };
    tx.append(Change::new(verb, &pairing.id).on_behalf(by).after(milestone));
}
