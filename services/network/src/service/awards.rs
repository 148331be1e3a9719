//! Money: record awards, plan, approve, pay and cancel tranches, record what is put beside them.

use std::collections::HashMap;

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, OrganisationId, Page, Paging, Principal, Role, Tx, Written};

use super::Network;
use super::pairings::sight;
use crate::model::award::{Grounds, MAX_PARTS};
use crate::store::awards as store;
use crate::store::{milestones, pairings};
use crate::{Award, AwardId, Error, Milestone, NewAward, NewTranche, Offer, Pairing, PairingId, Source, WantedAwards};

/// An award with, for each of its tranches, why it is not payable now.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The award.
    pub award: Award,
    /// By the number of the tranche; what is not there is payable, paid or cancelled.
    pub blocks: HashMap<i32, Vec<String>>,
}

impl Network {
    /// One award, if the caller may see it.
    pub async fn award(&self, caller: &Principal, id: AwardId) -> Result<Judged, Error> {
        let found = store::find(self.db.read(), id, &sight(caller)).await?.ok_or(Error::AwardNotFound(id))?;
        self.judged(vec![found]).await?.pop().ok_or(Error::AwardNotFound(id))
    }

    /// The awards that the caller may see, newest first.
    pub async fn awards(
        &self,
        caller: &Principal,
        wanted: &WantedAwards,
        paging: &Paging,
    ) -> Result<Page<Judged>, Error> {
        let rows = store::list(self.db.read(), wanted, &sight(caller), paging).await?;
        let Page { items, next } = paging.page(rows, store::keys);
        Ok(Page { items: self.judged(items).await?, next })
    }

    /// Awards with why their tranches are not payable: two statements, however many there are.
    pub async fn judged(&self, awards: Vec<Award>) -> Result<Vec<Judged>, Error> {
        let ids: Vec<_> = awards.iter().filter_map(|award| award.pairing).collect();
        let found = pairings::find_all(self.db.read(), &ids).await?;
        let now = self.db.clock().now();
        let found: HashMap<_, _> = found.into_iter().map(|pairing| (pairing.id, pairing.at(now))).collect();
        let mut reached: HashMap<PairingId, Vec<Milestone>> = HashMap::new();
        for milestone in milestones::of(self.db.read(), &ids).await? {
            reached.entry(milestone.pairing).or_default().push(milestone);
        }
        let grounds = |award: &Award| Grounds {
            pairing: award.pairing.and_then(|id| found.get(&id).cloned()),
            milestones: award.pairing.and_then(|id| reached.get(&id).cloned()).unwrap_or_default(),
        };
        let judge = |award: Award| {
            let grounds = grounds(&award);
            let blocks = award.blocks_in_words(&grounds)?;
            Ok(Judged { award, blocks })
        };
        awards.into_iter().map(judge).collect()
    }

    /// Records an award.
    pub async fn create_award(
        &self,
        caller: &Principal,
        new: NewAward,
        key: Option<RequestKey>,
    ) -> Result<Written<Award>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("network.award.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        for organisation in &new.organisations {
            self.registered(&tx, organisation).await?;
        }
        if let Some(id) = new.pairing {
            pairings::find(&*tx, id).await?.ok_or(Error::PairingNotFound(id))?;
        }
        let award = Award::record(AwardId::new(tx.id()), new, tx.now())?;
        store::insert(&*tx, &award).await?;
        tx.append(Change::new("network.award.create", &award.id).after(&award));
        Ok(tx.commit(award).await?)
    }

    /// Plans a tranche of an award.
    pub async fn plan_tranche(
        &self,
        caller: &Principal,
        id: AwardId,
        new: NewTranche,
        key: Option<RequestKey>,
    ) -> Result<Written<Award>, Error> {
        let plan = |award: Award, grounds: &Grounds, now| award.plan(new, grounds, now);
        self.change_award(caller, id, "network.tranche.plan", key, plan).await
    }

    /// Approves a tranche that is payable.
    pub async fn approve_tranche(
        &self,
        caller: &Principal,
        id: AwardId,
        number: i32,
        key: Option<RequestKey>,
    ) -> Result<Written<Award>, Error> {
        let approve = |award: Award, grounds: &Grounds, now| award.approve(number, grounds, now);
        self.change_award(caller, id, "network.tranche.approve", key, approve).await
    }

    /// Records that an approved tranche was paid.
    pub async fn pay_tranche(
        &self,
        caller: &Principal,
        id: AwardId,
        number: i32,
        reference: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Award>, Error> {
        let pay = |award: Award, grounds: &Grounds, now| award.pay(number, reference, grounds, now);
        self.change_award(caller, id, "network.tranche.pay", key, pay).await
    }

    /// Cancels a tranche that was not paid.
    pub async fn cancel_tranche(
        &self,
        caller: &Principal,
        id: AwardId,
        number: i32,
        reason: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Award>, Error> {
        let cancel = |award: Award, _: &Grounds, now| award.cancel(number, reason, now);
        self.change_award(caller, id, "network.tranche.cancel", key, cancel).await
    }

    /// Records what a receiver puts beside an award.
    pub async fn record_match(
        &self,
        caller: &Principal,
        id: AwardId,
        organisation: OrganisationId,
        offer: Offer,
        source: Source,
        key: Option<RequestKey>,
    ) -> Result<Written<Award>, Error> {
        let seen = store::find(self.db.read(), id, &sight(caller)).await?.ok_or(Error::AwardNotFound(id))?;
        may_match(caller, &seen, &organisation)?;
        let (mut tx, award) = match self.first(caller, id, "network.match.record", key).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, award) => (tx, award),
        };
        may_match(caller, &award, &organisation)?;
        is_receiver(&award, &organisation)?;
        few(award.matches.len())?;
        let after = award.matched(organisation.clone(), offer, source)?;
        if let Some(new) = after.matches.last() {
            store::insert_match(&*tx, id, new).await?;
            tx.append(Change::new("network.match.record", &id).on_behalf(&organisation).after(new));
        }
        Ok(tx.commit(after).await?)
    }

    async fn change_award(
        &self,
        caller: &Principal,
        id: AwardId,
        verb: &'static str,
        key: Option<RequestKey>,
        changed: impl FnOnce(Award, &Grounds, exemplar_kernel::Timestamp) -> Result<Award, Error>,
    ) -> Result<Written<Award>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let (mut tx, award) = match self.first(caller, id, verb, key).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, award) => (tx, award),
        };
        let grounds = grounds(&tx, award.pairing).await?;
        let before = award.clone();
        let after = changed(award, &grounds, tx.now())?;
        few(after.tranches.len().saturating_sub(1))?;
        let news = after.tranches.iter().filter(|tranche| !before.tranches.contains(tranche));
        for tranche in news {
            match before.tranches.iter().find(|known| known.number == tranche.number) {
                None => store::insert_tranche(&*tx, id, tranche).await?,
                Some(_) => store::update_tranche(&*tx, id, tranche).await?,
            }
            tx.append(Change::new(verb, &id).after(tranche));
        }
        Ok(tx.commit(after).await?)
    }

    async fn first(
        &self,
        caller: &Principal,
        id: AwardId,
        verb: &'static str,
        key: Option<RequestKey>,
    ) -> Result<Begun, Error> {
        let tx = match self.db.once(verb, caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(Begun::Again(answer)),
            Once::First(tx) => tx,
        };
        let award = store::lock(&*tx, id).await?.ok_or(Error::AwardNotFound(id))?;
        Ok(Begun::First(tx, award))
    }
}

enum Begun {
    First(Tx, Award),
    Again(Written<Award>),
}

/// What decides whether an award's money may flow, locked until the transaction ends: no pairing is dropped while its
/// money is being paid.
async fn grounds(tx: &Tx, pairing: Option<PairingId>) -> Result<Grounds, Error> {
    let Some(id) = pairing else { return Ok(Grounds::default()) };
    let pairing = pairings::lock(&**tx, id).await?.map(|pairing: Pairing| pairing.at(tx.now()));
    Ok(Grounds { pairing, milestones: milestones::of(&**tx, &[id]).await? })
}

fn may_match(caller: &Principal, award: &Award, organisation: &OrganisationId) -> Result<(), Error> {
    let receives = award.organisations.contains(organisation);
    let may = caller.holds_network(NetworkRole::Programme) || (receives && caller.holds(Role::Lead, organisation));
    Ok(caller.granted(may, "LEAD of a receiver, or PROGRAMME")?)
}

fn is_receiver(award: &Award, organisation: &OrganisationId) -> Result<(), Error> {
    if award.organisations.contains(organisation) {
        return Ok(());
    }
    let mut violations = exemplar_kernel::Violations::new();
    violations.add("match.organisation", "does not receive this award");
    Err(violations.refuse().into())
}

/// Refuses a list that has as many entries as are kept.
fn few(there: usize) -> Result<(), Error> {
    if there < MAX_PARTS {
        return Ok(());
    }
    let mut violations = exemplar_kernel::Violations::new();
    violations.add("award", format!("has {MAX_PARTS} of them, and no more are kept"));
    Err(violations.refuse().into())
}
