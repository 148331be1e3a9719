//! Suggestions: who would fit an organisation best, and who is out of the question.

use std::collections::{HashMap, HashSet};

use exemplar_directory::{Comparable, Level, TermId, Vocabulary};
use exemplar_kernel::{NetworkRole, OrganisationId, Principal, Role};

use super::Network;
use crate::model::fit::Spread;
use crate::store::{designations, pairings};
use crate::{DesignationKind, Error, Features, Fit, Weights};

/// Designations of a kind that are looked at, at the most.
const MAX_POOL: u64 = 499;
/// Partners of whom it is said why not, at the most.
const MAX_INELIGIBLE: usize = 200;

/// Who will read what is made of an organisation's features.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Readers {
    /// People who are signed in.
    SignedIn,
    /// Everybody.
    Everybody,
}

/// What was found for one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestions {
    /// Those that fit, best first, with their places left.
    pub fits: Vec<(Fit, i32)>,
    /// Those that are out of the question, and why.
    pub ineligible: Vec<(OrganisationId, &'static str)>,
}

impl Network {
    /// The partners of a kind that would fit an organisation best. MEMBER of the organisation or PROGRAMME may ask:
    /// whoever sees its pairings.
    pub async fn suggest_partners(
        &self,
        caller: &Principal,
        organisation: &OrganisationId,
        wanted: DesignationKind,
        weights: &Weights,
        limit: usize,
    ) -> Result<Suggestions, Error> {
        let may = caller.holds(Role::Member, organisation) || caller.holds_network(NetworkRole::Programme);
        caller.granted(may, "MEMBER of the organisation, or PROGRAMME")?;
        let db = self.db.read();
        self.directory.open_organisation(db, organisation).await?;
        let pool = designations::of_kind(db, wanted, MAX_POOL).await?;
        let codes: Vec<_> = pool.iter().map(|designation| designation.organisation.clone()).collect();
        let known = self.directory.organisations_by_id(&codes).await?;
        let codes: Vec<_> = codes.into_iter().chain([organisation.clone()]).collect();
        let mut facts = self.features(&codes, Readers::SignedIn).await?;
        let paired: HashSet<_> = pairings::live_partners(db, organisation).await?.into_iter().collect();
        let today = self.directory.clock().now().date();
        let mut found = Suggestions { fits: Vec::new(), ineligible: Vec::new() };
        let mut candidates = Vec::new();
        for designation in &pool {
            let id = &designation.organisation;
            let left = designation.capacity - designation.taken;
            let Some(candidate) = known.get(id) else { continue };
            let why_not = match () {
                () if id == organisation => Some("it is the organisation itself"),
                () if !candidate.is_open(today) => Some("it has closed"),
                () if paired.contains(id) => Some("the two have a live pairing"),
                () if has_places(wanted) && left <= 0 => Some("it has no place left"),
                () => None,
            };
            match (why_not, facts.get(id)) {
                (Some(why_not), _) => found.ineligible.push((id.clone(), why_not)),
                (None, Some(known)) => {
                    candidates.push(Features { places: Some((left, designation.capacity)), ..known.clone() });
                }
                (None, None) => {}
            }
        }
        let missing = || exemplar_directory::Error::OrganisationNotFound(organisation.clone());
        let own = facts.remove(organisation).ok_or_else(missing)?;
        let spread = Spread::of(&candidates.iter().chain([&own]).cloned().collect::<Vec<_>>());
        let places: HashMap<_, _> =
            candidates.iter().map(|one| (one.organisation.clone(), one.places.map_or(0, |(left, _)| left))).collect();
        let mut fits: Vec<_> = candidates.iter().map(|partner| Fit::judge(&own, partner, weights, &spread)).collect();
        fits.sort_by(|one, other| other.score().cmp(&one.score()).then_with(|| one.partner.cmp(&other.partner)));
        let with_places = |fit: Fit| {
            let left = places.get(&fit.partner).copied().unwrap_or(0);
            (fit, left)
        };
        found.fits = fits.into_iter().take(limit).map(with_places).collect();
        found.ineligible.sort();
        found.ineligible.truncate(MAX_INELIGIBLE);
        Ok(found)
    }
}

/// Whether partners of this kind have places that pairings take.
const fn has_places(kind: DesignationKind) -> bool {
    matches!(kind, DesignationKind::GlobalExemplar | DesignationKind::InternationalPartner)
}

impl Network {
    /// What the directory knows of these organisations that matters for how they fit each other; at most 500 of them.
    /// Everybody who is signed in reads every assessment of maturity, everybody else the published ones.
    pub(super) async fn features(
        &self,
        of: &[OrganisationId],
        readers: Readers,
    ) -> Result<HashMap<OrganisationId, Features>, Error> {
        let known = self.directory.profiles(of).await?;
        let mut levels = match readers {
            Readers::SignedIn => self.directory.maturity_levels(of).await?,
            Readers::Everybody => self.directory.published_maturity_levels(of).await?,
        };
        let words = self.directory.vocabularies().await?;
        let features = |(id, profile): (OrganisationId, Comparable)| {
            let label = |vocabulary: Vocabulary, slug: &str| words.label(vocabulary, slug).to_owned();
            let topics = |topics: &[TermId]| topics.iter().map(|topic| label(topic.vocabulary, &topic.slug)).collect();
            let epr = profile.epr().cloned().unwrap_or_default();
            let level = |level: Level| (level.framework.name().to_owned(), i64::from(level.overall));
            let features = Features {
                organisation: id.clone(),
                region: label(Vocabulary::Region, &profile.region),
                supplier: label(Vocabulary::EprSupplier, &epr.supplier),
                product: label(Vocabulary::EprProduct, &epr.product),
                size: profile.size_rank(),
                offered: topics(&profile.topics_offered),
                sought: topics(&profile.topics_sought),
                maturity: levels.remove(&id).unwrap_or_default().into_iter().map(level).collect(),
                places: None,
                country: profile.country,
                care_settings: profile.care_settings.iter().map(|slug| label(Vocabulary::CareSetting, slug)).collect(),
            };
            (id, features)
        };
        Ok(known.into_iter().map(features).collect())
    }
}
