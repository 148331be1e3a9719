//! Agreements: draft a revision, sign it, group pairings that share one.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, OrganisationId, Page, Paging, Principal, Role, Tx, Written};
use serde::{Deserialize, Serialize};

use super::Network;
use super::pairings::{goes_on, inside, locked, save};
use crate::model::agreement::{Scope, scope_of};
use crate::model::step::Party;
use crate::store::agreements as store;
use crate::store::pairings;
use crate::{Agreement, Error, GroupId, Pairing, PairingId, PairingState, Signature, Step};

/// An agreement as it stands, with the pairing that it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The revision.
    pub agreement: Agreement,
    /// Who has not signed it.
    pub missing: Vec<OrganisationId>,
    /// The pairing.
    pub pairing: Pairing,
}

/// A group that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grouped {
    /// The group.
    pub group: GroupId,
    /// Its pairings.
    pub pairings: Vec<Pairing>,
}

impl Network {
    /// Writes the next revision of a pairing's agreement.
    pub async fn draft_agreement(
        &self,
        caller: &Principal,
        pairing: PairingId,
        organisation: OrganisationId,
        text: String,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<Signed>, Error> {
        party_to(caller, &self.pairing(caller, pairing).await?, &organisation, Role::Lead)?;
        let mut tx = match self.db.once("network.agreement.draft", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let scope = scope(&tx, caller, pairing).await?;
        expected.check(scope.asked.version)?;
        party_to(caller, &scope.asked, &organisation, Role::Lead)?;
        goes_on(&scope.asked)?;
        let revision = store::newest(&*tx, scope.key()).await?.map_or(0, |newest| newest.revision) + 1;
        let agreement = Agreement { revision, text, organisation, drafted: tx.now(), signatures: Vec::new() };
        store::insert(&*tx, scope.key(), &agreement).await?;
        note(&mut tx, "network.agreement.draft", &scope, &agreement.organisation, &agreement);
        let missing = agreement.missing(&scope.signatories());
        Ok(tx.commit(Signed { agreement, missing, pairing: scope.asked }).await?)
    }

    /// Signs the newest revision for an organisation. With the last signature it is in force, and whatever pairing of it
    /// was in due diligence is agreed.
    pub async fn sign_agreement(
        &self,
        caller: &Principal,
        pairing: PairingId,
        organisation: OrganisationId,
        read: i32,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<Signed>, Error> {
        let person = party_to(caller, &self.pairing(caller, pairing).await?, &organisation, Role::Approver)?;
        let mut tx = match self.db.once("network.agreement.sign", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let mut scope = scope(&tx, caller, pairing).await?;
        expected.check(scope.asked.version)?;
        party_to(caller, &scope.asked, &organisation, Role::Approver)?;
        goes_on(&scope.asked)?;
        self.open(&tx, &organisation).await?;
        let newest = store::newest(&*tx, scope.key()).await?.ok_or(Error::AgreementNotFound(pairing))?;
        let signature = Signature { organisation: organisation.clone(), person, at: tx.now() };
        let agreement = newest.sign(read, signature.clone())?;
        store::sign(&*tx, scope.key(), read, &signature).await?;
        note(&mut tx, "network.agreement.sign", &scope, &organisation, &agreement);
        let missing = agreement.missing(&scope.signatories());
        if missing.is_empty() {
            for standing in scope.pairings.iter_mut().filter(|pairing| pairing.state.takes_place()) {
                let agreed = standing.clone().agree(read)?;
                save(&mut tx, Step::Agree, Party::System, standing, &agreed).await?;
                *standing = agreed;
            }
        }
        let pairing = scope.pairings.into_iter().find(|known| known.id == pairing).unwrap_or(scope.asked);
        Ok(tx.commit(Signed { agreement, missing, pairing }).await?)
    }

    /// The revisions of a pairing's agreement, newest first, with who is missing on each.
    pub async fn agreements(
        &self,
        caller: &Principal,
        id: PairingId,
        paging: &Paging,
    ) -> Result<Page<(Agreement, Vec<OrganisationId>)>, Error> {
        let asked = self.pairing(caller, id).await?;
        let pairings = match asked.group {
            Some(group) => pairings::of_group(self.db.read(), group).await?,
            None => vec![asked.clone()],
        };
        if !pairings.iter().any(|pairing| pairing.is_inside(caller)) {
            inside(caller, &asked)?;
        }
        let before = paging.after.first().and_then(|number| number.parse().ok()).unwrap_or(i32::MAX);
        let rows = store::revisions(self.db.read(), scope_of(&asked), before, paging.fetch()).await?;
        let signatories = Scope { asked, pairings }.signatories();
        let page = paging.page(rows, |agreement| vec![agreement.revision.to_string()]);
        Ok(page.map(|agreement| {
            let missing = agreement.missing(&signatories);
            (agreement, missing)
        }))
    }

    /// Makes a group of pairings that share one agreement.
    pub async fn group_pairings(
        &self,
        caller: &Principal,
        ids: Vec<PairingId>,
        display_name: String,
        source: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Grouped>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("network.pairing.group", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let standing = pairings::lock_all(&*tx, &ids).await?;
        if let Some(missing) = ids.iter().find(|id| !standing.iter().any(|known| known.id == **id)) {
            return Err(Error::PairingNotFound(*missing));
        }
        let group = GroupId::new(tx.id());
        store::insert_group(&*tx, group, &display_name, &source, tx.now()).await?;
        let mut grouped = Vec::with_capacity(standing.len());
        for before in standing {
            if before.group.is_some() {
                return Err(Error::PairingGrouped(before.id));
            }
            if before.state != PairingState::DueDiligence {
                return Err(Error::PairingEnded { pairing: before.id, state: before.state });
            }
            let after = Pairing { group: Some(group), version: before.version + 1, ..before.clone() };
            super::pairings::write(&tx, &after).await?;
            tx.append(Change::new("network.pairing.group", &after.id).before(&before).after(&after));
            grouped.push(after);
        }
        Ok(tx.commit(Grouped { group, pairings: grouped }).await?)
    }
}

/// The pairings that share an agreement, all locked in the order of their ids.
async fn scope(tx: &Tx, caller: &Principal, id: PairingId) -> Result<Scope, Error> {
    let found = pairings::find(&**tx, id).await?.ok_or(Error::PairingNotFound(id))?;
    let Some(group) = found.group else {
        let asked = locked(tx, caller, id).await?;
        // It may have been grouped in between; whoever asks again finds the group.
        if asked.group.is_some() {
            return Err(exemplar_kernel::Error::Stale.into());
        }
        return Ok(Scope { pairings: vec![asked.clone()], asked });
    };
    let pairings = pairings::lock_group(&**tx, group).await?;
    let asked = pairings.iter().find(|pairing| pairing.id == id).cloned().ok_or(Error::PairingNotFound(id))?;
    Ok(Scope { asked, pairings })
}

/// Refuses those who do not hold a role at an organisation that is a side of the pairing; who signs or writes.
fn party_to(
    caller: &Principal,
    pairing: &Pairing,
    organisation: &OrganisationId,
    role: Role,
) -> Result<exemplar_kernel::PersonId, Error> {
    let person = caller.signed_in()?;
    let is_side = [&pairing.terms.exemplar, &pairing.terms.partner].contains(&organisation);
    let needs = if role == Role::Approver { "APPROVER of either side" } else { "LEAD of either side" };
    caller.granted(is_side && caller.holds(role, organisation), needs)?;
    Ok(person)
}

/// An agreement as the journal tells it: with the two sides of the pairing, so that it is known who is to sign.
#[derive(Serialize)]
struct Noted<'a> {
    #[serde(flatten)]
    agreement: &'a Agreement,
    sides: [&'a OrganisationId; 2],
}

/// Notes something about an agreement under every pairing that it is of, so that each history is whole.
fn note(tx: &mut Tx, verb: &'static str, scope: &Scope, by: &OrganisationId, agreement: &Agreement) {
    for pairing in &scope.pairings {
        let sides = [&pairing.terms.exemplar, &pairing.terms.partner];
        tx.append(Change::new(verb, &pairing.id).on_behalf(by).after(&Noted { agreement, sides }));
    }
}
