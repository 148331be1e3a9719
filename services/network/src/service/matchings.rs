//! Matching runs: preview, publish, certificates.

use std::collections::{BTreeSet, HashMap};

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, OrganisationId, Page, Paging, Principal, Tx, Violations, Written};

use super::Network;
use super::pairings::designated;
use super::suggestions::Readers;
use crate::model::certificate::{self, Certificate, Check};
use crate::model::ranking::Published;
use crate::model::run::{Entrant, Inputs};
use crate::store::{designations, matchings as store, pairings};
use crate::{DesignationKind, Error, Features, MatchingId, Pairing, PairingId, PairingKind, Setup, Side, Terms};

impl Network {
    /// What a run would bring; nothing is changed.
    pub async fn preview_matching(&self, caller: &Principal, setup: Setup) -> Result<Certificate, Error> {
        caller.require_network(NetworkRole::Programme)?;
        issue(self.snapshot(setup).await?).await
    }

    /// Keeps a run and proposes the pairings that it found, on behalf of the followers.
    pub async fn publish_matching(
        &self,
        caller: &Principal,
        setup: Setup,
        seen_digest: Option<String>,
        accept_unproven: bool,
        key: Option<RequestKey>,
    ) -> Result<Written<(Published, Certificate, Vec<PairingId>)>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        // Solved before the transaction begins, so that no other write waits for it: what changes in between is met by
        // the rules of proposals. A repeated request is answered whatever would come out now.
        let issued = match self.snapshot(setup).await {
            Ok(inputs) => issue(inputs).await,
            Err(error) => Err(error),
        };
        let mut tx = match self.db.once("network.matching.publish", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let certificate = issued?;
        if seen_digest.is_some_and(|seen| seen != certificate.input_digest) {
            return Err(Error::MatchingChanged);
        }
        if !certificate.proven() && !accept_unproven {
            return Err(Error::MatchingUnproven);
        }
        let text = String::from_utf8(certificate.bytes())
            .map_err(|error| exemplar_kernel::Error::Inconsistent(error.to_string()))?;
        let run = Published {
            id: MatchingId::new(tx.id()),
            solver: certificate.inputs.solver,
            input_digest: certificate.input_digest.clone(),
            certificate_digest: certificate::document_digest(text.as_bytes()),
            at: tx.now(),
        };
        store::insert(&*tx, &run, text).await?;
        tx.append(Change::new("network.matching.publish", &run.id).after(&run));
        let mut proposed = Vec::new();
        for placed in &certificate.result {
            if let Some(exemplar) = &placed.exemplar {
                proposed.push(propose(&mut tx, run.id, &placed.follower, exemplar).await?);
            }
        }
        Ok(tx.commit((run, certificate, proposed)).await?)
    }

    /// The certificate of a published run, as it was published.
    pub async fn certificate(&self, id: MatchingId) -> Result<(Published, Certificate, Vec<u8>), Error> {
        let (run, text) = store::find(self.db.read(), id).await?.ok_or(Error::MatchingNotFound(id))?;
        let certificate = serde_json::from_str(&text)
            .map_err(|error| exemplar_kernel::Error::Inconsistent(format!("the certificate of {id}: {error}")))?;
        Ok((run, certificate, text.into_bytes()))
    }

    /// The published runs, newest first.
    pub async fn matchings(&self, paging: &Paging) -> Result<Page<Published>, Error> {
        let rows = store::list(self.db.read(), paging).await?;
        Ok(paging.page(rows, store::keys))
    }

    /// Checks any certificate; whether a run published here has it.
    pub async fn verify_certificate(&self, document: Vec<u8>) -> Result<(Vec<Check>, String, bool), Error> {
        let digest = certificate::document_digest(&document);
        let here = store::is_published(self.db.read(), &digest).await?;
        let checks = blocking(move || certificate::check(&document)).await?;
        Ok((checks, digest, here))
    }

    /// Everything that the run depends on, as it is now.
    async fn snapshot(&self, setup: Setup) -> Result<Inputs, Error> {
        let db = self.db.read();
        let everybody: Vec<OrganisationId> = setup.followers.iter().chain(&setup.exemplars).cloned().collect();
        let known = self.directory.organisations_by_id(&everybody).await?;
        let today = self.directory.clock().now().date();
        for code in &everybody {
            let organisation =
                known.get(code).ok_or_else(|| exemplar_directory::Error::OrganisationNotFound(code.clone()))?;
            if !organisation.is_open(today) {
                return Err(exemplar_directory::Error::OrganisationClosed(code.clone()).into());
            }
        }
        let mut facts = self.features(&everybody, Readers::Everybody).await?;
        let designated = designations::of(db, DesignationKind::GlobalExemplar, &setup.exemplars).await?;
        let places: HashMap<_, _> = designated
            .into_iter()
            .map(|one| (one.organisation.clone(), ((one.capacity - one.taken).max(0), one.capacity)))
            .collect();
        let handed_in = store::rankings(db, &everybody).await?;
        let mut rankings: HashMap<_, _> =
            handed_in.into_iter().map(|ranking| (ranking.organisation, ranking.partners)).collect();
        let mut exclusions = setup.exclusions.clone();
        exclusions.extend(paired(&pairings::live_among(db, &everybody).await?, &setup));
        let waiting = pairings::left_among(db, &everybody).await?;
        let mut entrant = |code: &OrganisationId, places: Option<(i32, i32)>| {
            let known = facts.remove(code);
            let known = known.ok_or_else(|| exemplar_directory::Error::OrganisationNotFound(code.clone()))?;
            let features = Features { places, ..known };
            Ok::<_, Error>(Entrant { features, ranking: rankings.remove(code), priority: waiting.contains(code) })
        };
        let mut exemplars = Vec::new();
        for code in &setup.exemplars {
            let kind = DesignationKind::GlobalExemplar;
            let places = places.get(code).ok_or_else(|| Error::NotDesignated { organisation: code.clone(), kind })?;
            exemplars.push(entrant(code, Some(*places))?);
        }
        let followers = setup.followers.iter().map(|code| entrant(code, None)).collect::<Result<_, _>>()?;
        Ok(Inputs {
            solver: setup.solver,
            seed: setup.seed.to_string(),
            weights: setup.weights,
            followers,
            exemplars,
            exclusions,
            together: setup.together,
        })
    }
}

impl Setup {
    /// Notes what is wrong with it as a whole.
    pub(crate) fn check(&self, violations: &mut Violations) {
        let mut seen = BTreeSet::new();
        for (field, codes) in [("setup.followers", &self.followers), ("setup.exemplars", &self.exemplars)] {
            for (at, code) in codes.iter().enumerate().filter(|(_, code)| !seen.insert(*code)) {
                violations.add(format!("{field}[{at}]"), format!("{} takes part already", code.code()));
            }
        }
        for (at, [follower, exemplar]) in self.exclusions.iter().enumerate() {
            if !self.followers.contains(follower) || !self.exemplars.contains(exemplar) {
                violations.add(format!("setup.exclusions[{at}]"), "must be a follower and an exemplar of this run");
            }
        }
        let mut bound = BTreeSet::new();
        for (at, pair) in self.together.iter().enumerate() {
            if !pair.iter().all(|member| self.followers.contains(member)) {
                violations.add(format!("setup.together[{at}]"), "must be two followers of this run");
            } else if !pair.iter().all(|member| bound.insert(member)) {
                violations.add(format!("setup.together[{at}]"), "names somebody a second time");
            }
        }
    }
}

/// Pairs of a follower and an exemplar of this run that have a live pairing.
fn paired(live: &[Pairing], setup: &Setup) -> Vec<[OrganisationId; 2]> {
    let mut pairs = Vec::new();
    for pairing in live {
        let (one, other) = (&pairing.terms.exemplar, &pairing.terms.partner);
        for [follower, exemplar] in [[other, one], [one, other]] {
            if setup.followers.contains(follower) && setup.exemplars.contains(exemplar) {
                pairs.push([follower.clone(), exemplar.clone()]);
            }
        }
    }
    pairs
}

/// Runs the solver off the runtime's own threads.
async fn issue(inputs: Inputs) -> Result<Certificate, Error> {
    blocking(move || Certificate::issue(inputs)).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| exemplar_kernel::Error::Inconsistent(format!("a run of the matching: {error}")))?)
}

/// Proposes what a run found, as the follower's proposal, in the transaction of the run.
async fn propose(
    tx: &mut Tx,
    run: MatchingId,
    follower: &OrganisationId,
    exemplar: &OrganisationId,
) -> Result<PairingId, Error> {
    let terms = Terms {
        exemplar: exemplar.clone(),
        partner: follower.clone(),
        kind: PairingKind::ExemplarFollower,
        mode: None,
        proposer: Side::Partner,
    };
    let pair = terms.pair()?;
    designated(tx, &terms).await?.as_ref().map_or(Ok(()), crate::Designation::has_room)?;
    let message = format!("The matching round {run} found you for each other; its certificate says why.");
    let proposal = Pairing::propose(PairingId::new(tx.id()), terms, message, tx.now());
    if !pairings::insert(&**tx, &proposal, &pair).await? {
        return Err(Error::PairingExists(pair));
    }
    let change = Change::new("network.pairing.propose", &proposal.id).on_behalf(follower);
    tx.append(change.after(&proposal));
    Ok(proposal.id)
}
