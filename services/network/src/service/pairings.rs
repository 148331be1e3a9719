//! Pairings: propose, take a step, find, list; what expires by the clock.

use exemplar_kernel::db::{is_check, is_unique};
use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, OrganisationId, Page, Paging, Principal, Role, Tx, Written};

use super::Network;
use crate::model::step::Party;
use crate::store::designations;
use crate::store::pairings::{self as store, Sight};
use crate::{Designation, DesignationKind, Error, Move, Pairing, PairingId, Priority, Step, Terms, WantedPairings};

/// Proposals that one sweep ends at the most; the next sweep goes on.
const EXPIRE_AT_ONCE: u64 = 500;

impl Network {
    /// One pairing, if the caller may know of it.
    pub async fn pairing(&self, caller: &Principal, id: PairingId) -> Result<Pairing, Error> {
        let found = store::find(self.db.read(), id).await?.map(|pairing| pairing.at(self.db.clock().now()));
        found.and_then(|pairing| pairing.seen_by(caller)).ok_or(Error::PairingNotFound(id))
    }

    /// The pairings that the caller may know of, newest first.
    pub async fn pairings(
        &self,
        caller: &Principal,
        wanted: &WantedPairings,
        paging: &Paging,
    ) -> Result<Page<Pairing>, Error> {
        let now = self.db.clock().now();
        let rows = store::list(self.db.read(), wanted, &sight(caller), now, paging).await?;
        let Page { items, next } = paging.page(rows, store::keys);
        let seen = items.into_iter().filter_map(|pairing| pairing.at(now).seen_by(caller));
        Ok(Page { items: seen.collect(), next })
    }

    /// Those who were left behind by the other side and found no other since, longest waiting first.
    pub async fn priorities(&self, paging: &Paging) -> Result<Page<Priority>, Error> {
        let rows = store::left_behind(self.db.read(), paging).await?;
        let Page { items, next } = paging.page(rows, store::left_keys);
        let priority = |pairing: Pairing| {
            let side = pairing.left_behind?;
            let since = pairing.ended?;
            let organisation = pairing.terms.side(side).clone();
            Some(Priority { organisation, pairing: pairing.id, side, since, reason: pairing.reason })
        };
        Ok(Page { items: items.into_iter().filter_map(priority).collect(), next })
    }

    /// Proposes a pairing, or accepts the other side's own proposal when that stands.
    pub async fn propose(
        &self,
        caller: &Principal,
        terms: Terms,
        message: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Pairing>, Error> {
        caller.require(Role::Lead, terms.proposer())?;
        let pair = terms.pair()?;
        let mut tx = match self.db.once("network.pairing.propose", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        self.both_open(&tx, &terms).await?;
        let places = designated(&tx, &terms).await?;
        let proposal = Pairing::propose(PairingId::new(tx.id()), terms, message, tx.now());
        let mut new = store::insert(&*tx, &proposal, &pair).await?;
        if !new {
            let standing = store::lock_live(&*tx, &pair).await?.ok_or(Error::PairingExists(pair.clone()))?;
            if let Some(lapsed) = lapsed(&tx, &standing) {
                save(&mut tx, Step::Expire, Party::System, &standing, &lapsed).await?;
                new = store::insert(&*tx, &proposal, &pair).await?;
            } else {
                let accepted = standing.clone().meet(&proposal.terms, tx.now())?;
                save(&mut tx, Step::Accept, Party::Answerer, &standing, &accepted).await?;
                return Ok(tx.commit(accepted).await?);
            }
        }
        if !new {
            return Err(Error::PairingExists(pair));
        }
        places.as_ref().map_or(Ok(()), Designation::has_room)?;
        let change = Change::new("network.pairing.propose", &proposal.id).on_behalf(proposal.terms.proposer());
        tx.append(change.after(&proposal));
        Ok(tx.commit(proposal).await?)
    }

    /// Takes a pairing a step further. A place is taken with the acceptance and freed with the end.
    ///
    /// # Errors
    /// [`Error::PairingNotFound`], [`Error::PairingState`], [`Error::CapacityFull`], `ROLE_MISSING`, `ETAG_STALE`; for an
    /// override also [`Error::AgreementUnsigned`] and [`Error::PairingExists`].
    pub async fn take(
        &self,
        caller: &Principal,
        id: PairingId,
        taken: Move,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<Pairing>, Error> {
        let step = taken.step();
        // Who may not act does not get as far as the queue of writers.
        party(caller, &self.pairing(caller, id).await?, step)?;
        let mut tx = match self.db.once(step.verb(), caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let standing = store::lock(&*tx, id).await?.ok_or(Error::PairingNotFound(id))?;
        expected.check(standing.version)?;
        let standing = standing.at(tx.now());
        let by = party(caller, &standing, step)?;
        let after = standing.clone().take(taken, by, tx.now())?;
        if matches!(step, Step::Accept | Step::Counter) {
            self.both_open(&tx, &standing.terms).await?;
        }
        save(&mut tx, step, by, &standing, &after).await?;
        Ok(tx.commit(after).await?)
    }

    /// Writes down which proposals nobody answered in time; how many.
    pub async fn expire(&self) -> Result<usize, Error> {
        let due = store::lapsed(self.db.read(), self.db.clock().now(), EXPIRE_AT_ONCE).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let mut tx = self.db.begin("network.pairing.expire", &Principal::system()).await?;
        let mut count = 0;
        for standing in store::lock_all(&*tx, &due).await? {
            if let Some(lapsed) = lapsed(&tx, &standing) {
                save(&mut tx, Step::Expire, Party::System, &standing, &lapsed).await?;
                count += 1;
            }
        }
        if count > 0 {
            tx.commit(()).await?;
        }
        Ok(count)
    }

    /// Refuses unless both sides are registered and open.
    pub(super) async fn both_open(&self, tx: &Tx, terms: &Terms) -> Result<(), Error> {
        self.open(tx, &terms.exemplar).await?;
        self.open(tx, &terms.partner).await
    }
}

/// Of which pairings the caller may know.
pub(super) fn sight(caller: &Principal) -> Sight {
    if caller.holds_network(NetworkRole::Programme) {
        return Sight::All;
    }
    Sight::PublicAnd(caller.organisations().cloned().collect())
}

/// The pairing as expired, when its proposal has run out and that is not written down yet.
fn lapsed(tx: &Tx, standing: &Pairing) -> Option<Pairing> {
    let now = standing.clone().at(tx.now());
    (now.state != standing.state).then_some(now)
}

/// As whom the caller takes a step: for a side that they lead, or for the programme.
fn party(caller: &Principal, pairing: &Pairing, step: Step) -> Result<Party, Error> {
    let (parties, needs) = step.open_to(pairing.state);
    let acts_as = |party: &Party| match (pairing.organisation_of(*party), party) {
        (Some(organisation), _) => caller.holds(Role::Lead, organisation),
        (None, Party::Programme) => caller.holds_network(NetworkRole::Programme),
        (None, _) => caller.is_system(),
    };
    let refusal = match caller.person {
        Some(_) => exemplar_kernel::Error::Denied { needs },
        None => exemplar_kernel::Error::NotSignedIn,
    };
    Ok(parties.iter().copied().find(acts_as).ok_or(refusal)?)
}

/// The designation of which a pairing on these terms takes a place, if it takes any, when the sides have all that its
/// kind needs.
pub(super) async fn designated(tx: &Tx, terms: &Terms) -> Result<Option<Designation>, Error> {
    let mut places = None;
    for (side, kind) in terms.kind.needs() {
        let found = designation(tx, terms.side(*side), *kind).await?;
        if terms.kind.takes_place_of() == Some((*side, *kind)) {
            places = Some(found);
        }
    }
    Ok(places)
}

async fn designation(tx: &Tx, organisation: &OrganisationId, kind: DesignationKind) -> Result<Designation, Error> {
    let found = designations::find(&**tx, organisation, kind).await?;
    found.ok_or_else(|| Error::NotDesignated { organisation: organisation.clone(), kind })
}

/// Writes a step that was taken, with the place that it takes or frees, and notes it for the journal.
pub(super) async fn save(tx: &mut Tx, step: Step, by: Party, before: &Pairing, after: &Pairing) -> Result<(), Error> {
    match (before.state.takes_place(), after.state.takes_place()) {
        (false, true) => take_place(tx, &after.terms).await?,
        (true, false) => free_place(tx, &before.terms).await?,
        (true, true) | (false, false) => {}
    }
    write(tx, after).await?;
    let change = Change::new(step.verb(), &after.id).before(before).after(after);
    tx.append(match after.organisation_of(by) {
        Some(organisation) => change.on_behalf(organisation),
        None => change,
    });
    Ok(())
}

/// Writes a pairing; the database refuses a second live one of the two.
pub(super) async fn write(tx: &Tx, pairing: &Pairing) -> Result<(), Error> {
    store::update(&**tx, pairing)
        .await
        .map_err(|error| if is_unique(&error) { Error::PairingExists(pairing.terms.sides()) } else { error.into() })
}

/// Takes a place; the database refuses when there is none left, however many ask at once.
pub(super) async fn take_place(tx: &Tx, terms: &Terms) -> Result<(), Error> {
    let Some((side, kind)) = terms.kind.takes_place_of() else { return Ok(()) };
    let organisation = terms.side(side).clone();
    match designations::take(&**tx, &organisation, kind).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::NotDesignated { organisation, kind }),
        Err(error) if is_check(&error) => Err(Error::CapacityFull { organisation, kind }),
        Err(error) => Err(error.into()),
    }
}

/// Frees a place that a pairing holds.
pub(super) async fn free_place(tx: &Tx, terms: &Terms) -> Result<(), Error> {
    let Some((side, kind)) = terms.kind.takes_place_of() else { return Ok(()) };
    let organisation = terms.side(side);
    if !designations::free(&**tx, organisation, kind).await? {
        let what = format!("a pairing holds a place of {organisation}, of which none is taken as {kind}");
        return Err(exemplar_kernel::Error::Inconsistent(what).into());
    }
    Ok(())
}

/// One pairing by its id, locked, as it is at the transaction's instant; hidden from those who may not know of it.
pub(super) async fn locked(tx: &Tx, caller: &Principal, id: PairingId) -> Result<Pairing, Error> {
    let found = store::lock(&**tx, id).await?.map(|pairing| pairing.at(tx.now()));
    found.filter(|pairing| pairing.accepted.is_some() || pairing.is_inside(caller)).ok_or(Error::PairingNotFound(id))
}

/// Refuses unless a pairing is accepted and goes on.
pub(super) fn goes_on(pairing: &Pairing) -> Result<(), Error> {
    if pairing.state.takes_place() {
        return Ok(());
    }
    Err(Error::PairingEnded { pairing: pairing.id, state: pairing.state })
}

/// Refuses those who belong to neither side nor to the programme.
pub(super) fn inside(caller: &Principal, pairing: &Pairing) -> Result<(), Error> {
    Ok(caller.granted(pairing.is_inside(caller), "MEMBER of either side, or PROGRAMME")?)
}
