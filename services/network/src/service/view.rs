//! The network as a picture: organisations, pairings between them, and what each side gave the other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use exemplar_directory::Organisation;
use exemplar_kernel::{OrganisationId, Principal};

use super::Network;
use crate::model::health::HealthReport;
use crate::store::{designations, ledger, pairings, sides};
use crate::{Designation, Error, Exchange, Health, Pairing, PairingId, Side};

/// Pairings of one picture at the most.
pub(crate) const MAX_EDGES: usize = 1000;

/// Which part of the network is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedView {
    /// Pairings of which a side is in this region.
    pub region: Option<String>,
    /// Pairings of which a side is in this country.
    pub country: Option<String>,
    /// Those that have ended, too.
    pub ended: bool,
}

/// The network.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Who is in it, in the order of their codes.
    pub nodes: Vec<(Organisation, Vec<Designation>)>,
    /// Who is with whom, newest first.
    pub edges: Vec<Edge>,
    /// Whether there are more.
    pub truncated: bool,
}

/// Two who are paired.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The pairing, as the caller may see it.
    pub pairing: Pairing,
    /// How well it goes.
    pub health: Option<Health>,
    /// What the exemplar's side gave.
    pub from_exemplar: Exchange,
    /// What the partner's side gave.
    pub from_partner: Exchange,
}

impl Network {
    /// The public network, as drawn: eight statements, however large it is.
    pub async fn view(&self, caller: &Principal, wanted: &WantedView) -> Result<View, Error> {
        let db = self.db.read();
        let limit = u64::try_from(MAX_EDGES).unwrap_or(u64::MAX) + 1;
        let mut found = pairings::public(db, wanted.ended, limit).await?;
        let truncated = found.len() > MAX_EDGES;
        found.truncate(MAX_EDGES);
        let known = self.directory.organisations_by_id(&codes(&found)).await?;
        found.retain(|pairing| {
            [&pairing.terms.exemplar, &pairing.terms.partner]
                .into_iter()
                .any(|code| known.get(code).is_some_and(|organisation| wanted.includes(organisation)))
        });
        let health = self.health_of(&found).await?;
        let gifts = self.gifts(&found).await?;
        let shown = codes(&found);
        let mut named: HashMap<OrganisationId, Vec<Designation>> = HashMap::new();
        for designation in designations::all_of(db, &shown, wanted.ended).await? {
            named.entry(designation.organisation.clone()).or_default().push(designation);
        }
        let nodes = shown.iter().filter_map(|code| {
            let designations = named.remove(code).unwrap_or_default();
            Some((known.get(code)?.clone(), designations))
        });
        let nodes = nodes.collect();
        let edges =
            found.into_iter().filter_map(|pairing| Some(edge(pairing.seen_by(caller)?, &health, &gifts))).collect();
        Ok(View { nodes, edges, truncated })
    }

    /// What the sides of some pairings gave each other, predecessors included: two statements.
    async fn gifts(&self, found: &[Pairing]) -> Result<HashMap<PairingId, (Exchange, Exchange)>, Error> {
        let ids: Vec<_> = found.iter().map(|pairing| pairing.id).collect();
        let mut holders: BTreeMap<PairingId, [Vec<OrganisationId>; 2]> = BTreeMap::new();
        for (pairing, holder) in sides::of(self.db.read(), &ids).await? {
            let [exemplar, partner] = holders.entry(pairing).or_default();
            if holder.side == Side::Exemplar { exemplar } else { partner }.push(holder.organisation);
        }
        let all: BTreeSet<_> = holders.values().flatten().flatten().cloned().collect();
        let given = ledger::among(self.db.read(), &all.into_iter().collect::<Vec<_>>()).await?;
        let mut of: HashMap<(OrganisationId, OrganisationId), Exchange> = HashMap::new();
        for given in given {
            let sum = of.entry((given.giver, given.receiver)).or_default();
            *sum = sum.with(given.gift, given.count);
        }
        let sum = |givers: &[OrganisationId], receivers: &[OrganisationId]| {
            let pairs = givers.iter().flat_map(|giver| receivers.iter().map(move |to| (giver.clone(), to.clone())));
            pairs.filter_map(|pair| of.get(&pair)).fold(Exchange::default(), Exchange::and)
        };
        Ok(holders
            .iter()
            .map(|(id, [exemplar, partner])| (*id, (sum(exemplar, partner), sum(partner, exemplar))))
            .collect())
    }
}

impl WantedView {
    fn includes(&self, organisation: &Organisation) -> bool {
        self.region.as_ref().is_none_or(|region| *region == organisation.profile.region)
            && self.country.as_ref().is_none_or(|country| *country == organisation.country)
    }
}

fn edge(
    pairing: Pairing,
    health: &HashMap<PairingId, HealthReport>,
    gifts: &HashMap<PairingId, (Exchange, Exchange)>,
) -> Edge {
    let health = health.get(&pairing.id).map(|report| report.health);
    let (from_exemplar, from_partner) = gifts.get(&pairing.id).copied().unwrap_or_default();
    Edge { pairing, health, from_exemplar, from_partner }
}

/// The organisations of some pairings, each once, in the order of their codes.
fn codes(found: &[Pairing]) -> Vec<OrganisationId> {
    let codes = found.iter().flat_map(|pairing| [pairing.terms.exemplar.clone(), pairing.terms.partner.clone()]);
    codes.collect::<BTreeSet<_>>().into_iter().collect()
}
