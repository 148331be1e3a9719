//! What organisations are compared by, for hits that fit.

use exemplar_directory::{Framework, Level, Vocabulary};
use exemplar_kernel::{OrganisationId, Violations};

use super::Blueprints;
use crate::Error;
use crate::search::{Facet, Likeness};

/// What organisations are compared by, and what sharing it weighs: pairings worked where technology, setting and
/// geography matched, in this order; size and maturity say less.
pub(crate) const TRAITS: [(Facet, u32); 6] = [
    (Facet::EprProduct, 35),
    (Facet::EprSupplier, 15),
    (Facet::CareSetting, 20),
    (Facet::Region, 10),
    (Facet::SizeBand, 10),
    (Facet::Maturity, 10),
];

impl Blueprints {
    /// What an organisation is like, with what each trait weighs. Of its maturity only what it published: anybody may
    /// compare with anybody.
    pub(super) async fn likeness(&self, organisation: Option<&OrganisationId>) -> Result<Likeness, Error> {
        let Some(id) = organisation else { return Ok(Likeness::default()) };
        let ids = std::slice::from_ref(id);
        let Some(organisation) = self.directory.organisations_by_id(ids).await?.remove(id) else {
            let mut violations = Violations::new();
            violations.add("fit_for", format!("there is no {id}"));
            return Err(violations.refuse().into());
        };
        let profile = organisation.profile;
        let levels = self.directory.published_maturity_levels(ids).await?.remove(id).unwrap_or_default();
        let words = self.directory.vocabularies().await?;
        let epr = profile.epr(words.today()).cloned().unwrap_or_default();
        let one = |vocabulary: Vocabulary, text: String| {
            if text.is_empty() { Vec::new() } else { vec![words.canonical(vocabulary, &text).to_owned()] }
        };
        let traits = TRAITS.into_iter().zip([
            one(Vocabulary::EprProduct, epr.product),
            one(Vocabulary::EprSupplier, epr.supplier),
            profile.care_settings,
            one(Vocabulary::Region, profile.region),
            one(Vocabulary::SizeBand, profile.size_band),
            maturity(&levels),
        ]);
        let known = traits.filter(|(_, keys)| !keys.is_empty());
        Ok(Likeness { traits: known.map(|((facet, weight), keys)| (facet, keys, weight)).collect() })
    }
}

/// How mature an organisation is, framework by framework, in steps that two may share: the stage or the level, and a
/// fifth of the scale where the scale is of percents.
pub(crate) fn maturity(levels: &[Level]) -> Vec<String> {
    let step = |level: &Level| {
        let whole = level.overall / 100;
        match level.framework {
            Framework::Dma2016 => format!("{} {}", level.framework.name(), (whole / 20 * 20).min(80)),
            Framework::Dma2023 | Framework::Emram => format!("{} {whole}", level.framework.name()),
        }
    };
    levels.iter().map(step).collect()
}
