//! Pairings: propose, accept, decline, withdraw, find, list.

use exemplar_kernel::db::is_check;
use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, OrganisationId, Page, Paging, Principal, Role, Timestamp, Tx, Written,
};

use super::Network;
use crate::model::pairing::Party;
use crate::store::designations;
use crate::store::pairings::{self as store, Sight};
use crate::{Designation, DesignationKind, Error, Pairing, PairingId, Step, Terms, WantedPairings};

impl Network {
    /// One pairing, if the caller may know of it.
    pub async fn pairing(&self, caller: &Principal, id: PairingId) -> Result<Pairing, Error> {
        let found = store::find(self.db.read(), id).await?;
        found.and_then(|pairing| pairing.seen_by(caller)).ok_or(Error::PairingNotFound(id))
    }

    /// The pairings that the caller may know of, newest first.
    pub async fn pairings(
        &self,
        caller: &Principal,
        wanted: &WantedPairings,
        paging: &Paging,
    ) -> Result<Page<Pairing>, Error> {
        let sight = if caller.holds_network(NetworkRole::Programme) {
            Sight::All
        } else {
            Sight::PublicAnd(caller.organisations().cloned().collect())
        };
        let rows = store::list(self.db.read(), wanted, &sight, paging).await?;
        let Page { items, next } = paging.page(rows, store::keys);
        Ok(Page { items: items.into_iter().filter_map(|pairing| pairing.seen_by(caller)).collect(), next })
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
        if store::insert(&*tx, &proposal, &pair).await? {
            places.has_room()?;
            let change = Change::new("network.pairing.propose", &proposal.id).on_behalf(proposal.terms.proposer());
            tx.append(change.after(&proposal));
            return Ok(tx.commit(proposal).await?);
        }
        let standing = store::lock_live(&*tx, &pair).await?.ok_or(Error::PairingExists(pair))?;
        let accepted = standing.clone().meet(&proposal.terms, tx.now())?;
        save(&mut tx, Step::Accept, Party::Answerer, &standing, &accepted).await?;
        Ok(tx.commit(accepted).await?)
    }

    /// Accepts a proposal: due diligence begins and a place is taken.
    pub async fn accept(
        &self,
        caller: &Principal,
        id: PairingId,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<Pairing>, Error> {
        self.step(caller, id, Step::Accept, expected, key, Pairing::accept).await
    }

    /// Declines a proposal.
    pub async fn decline(
        &self,
        caller: &Principal,
        id: PairingId,
        reason: String,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<Pairing>, Error> {
        let decline = |standing: Pairing, by, now| standing.decline(by, reason, now);
        self.step(caller, id, Step::Decline, expected, key, decline).await
    }

    /// Withdraws a proposal, or a pairing in due diligence, which frees its place.
    pub async fn withdraw(
        &self,
        caller: &Principal,
        id: PairingId,
        reason: String,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<Pairing>, Error> {
        let withdraw = |standing: Pairing, by, now| standing.withdraw(by, reason, now);
        self.step(caller, id, Step::Withdraw, expected, key, withdraw).await
    }

    async fn step(
        &self,
        caller: &Principal,
        id: PairingId,
        step: Step,
        expected: Expected,
        key: Option<RequestKey>,
        transition: impl FnOnce(Pairing, Party, Timestamp) -> Result<Pairing, Error>,
    ) -> Result<Written<Pairing>, Error> {
        // Who may not act does not get as far as the queue of writers.
        party(caller, &self.pairing(caller, id).await?, step)?;
        let mut tx = match self.db.once(verb(step), caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let standing = store::lock(&*tx, id).await?.ok_or(Error::PairingNotFound(id))?;
        expected.check(standing.version)?;
        let by = party(caller, &standing, step)?;
        let after = transition(standing.clone(), by, tx.now())?;
        if step == Step::Accept {
            self.both_open(&tx, &standing.terms).await?;
        }
        save(&mut tx, step, by, &standing, &after).await?;
        Ok(tx.commit(after).await?)
    }

    async fn both_open(&self, tx: &Tx, terms: &Terms) -> Result<(), Error> {
        self.open(tx, &terms.exemplar).await?;
        self.open(tx, &terms.partner).await
    }
}

/// As whom the caller takes a step: for a side that they lead, or for the programme.
fn party(caller: &Principal, pairing: &Pairing, step: Step) -> Result<Party, Error> {
    let (parties, needs) = step.open_to(pairing.state);
    let acts_as = |party: &Party| match pairing.organisation_of(*party) {
        Some(organisation) => caller.holds(Role::Lead, organisation),
        None => caller.holds_network(NetworkRole::Programme),
    };
    let refusal = match caller.person {
        Some(_) => exemplar_kernel::Error::Denied { needs },
        None => exemplar_kernel::Error::NotSignedIn,
    };
    Ok(parties.iter().copied().find(acts_as).ok_or(refusal)?)
}

const fn verb(step: Step) -> &'static str {
    match step {
        Step::Accept => "network.pairing.accept",
        Step::Decline => "network.pairing.decline",
        Step::Withdraw => "network.pairing.withdraw",
    }
}

/// The designation of which a pairing on these terms takes a place, when the sides have all that its kind needs.
pub(super) async fn designated(tx: &Tx, terms: &Terms) -> Result<Designation, Error> {
    if let Some((side, kind)) = terms.kind.also_needs() {
        designation(tx, terms.side(side), kind).await?;
    }
    let (side, kind) = terms.kind.takes_place_of();
    designation(tx, terms.side(side), kind).await
}

async fn designation(tx: &Tx, organisation: &OrganisationId, kind: DesignationKind) -> Result<Designation, Error> {
    let found = designations::find(&**tx, organisation, kind).await?;
    found.ok_or_else(|| Error::NotDesignated { organisation: organisation.clone(), kind })
}

/// Writes a step that was taken, with the place that it takes or frees, and notes it for the journal.
async fn save(tx: &mut Tx, step: Step, by: Party, before: &Pairing, after: &Pairing) -> Result<(), Error> {
    match (before.state.takes_place(), after.state.takes_place()) {
        (false, true) => take_place(tx, &after.terms).await?,
        (true, false) => free_place(tx, &after.terms).await?,
        (true, true) | (false, false) => {}
    }
    store::update(&**tx, after).await?;
    let change = Change::new(verb(step), &after.id).before(before).after(after);
    tx.append(match after.organisation_of(by) {
        Some(organisation) => change.on_behalf(organisation),
        None => change,
    });
    Ok(())
}

/// Takes a place; the database refuses when there is none left, however many ask at once.
pub(super) async fn take_place(tx: &Tx, terms: &Terms) -> Result<(), Error> {
    let (side, kind) = terms.kind.takes_place_of();
    let organisation = terms.side(side).clone();
    match designations::take(&**tx, &organisation, kind, 1).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::NotDesignated { organisation, kind }),
        Err(error) if is_check(&error) => Err(Error::CapacityFull { organisation, kind }),
        Err(error) => Err(error.into()),
    }
}

async fn free_place(tx: &Tx, terms: &Terms) -> Result<(), Error> {
    let (side, kind) = terms.kind.takes_place_of();
    let organisation = terms.side(side);
    if !designations::take(&**tx, organisation, kind, -1).await? {
        let what = format!("a pairing holds a place of {organisation}, which is not designated {kind}");
        return Err(exemplar_kernel::Error::Inconsistent(what).into());
    }
    Ok(())
}
