//! Decision cards: of one blueprint, of a list of hits, side by side. Always the same number of queries.

use std::collections::HashMap;

use exemplar_directory::Vocabulary;
use exemplar_kernel::{OrganisationId, Principal};

use super::Blueprints;
use crate::Error;
use crate::model::BlueprintId;
use crate::model::adoption::Adoption;
use crate::model::card::{Card, Known};
use crate::model::evidence::Setting;
use crate::store::{self, adoptions};

impl Blueprints {
    /// The card of one blueprint.
    pub async fn card(&self, caller: &Principal, id: BlueprintId) -> Result<Card, Error> {
        self.decision_cards(caller, &[id]).await?.pop().ok_or(Error::NotFound(id))
    }

    /// Blueprints side by side: all of them, or none.
    pub async fn compare(&self, caller: &Principal, ids: &[BlueprintId]) -> Result<Vec<Card>, Error> {
        let cards = self.decision_cards(caller, ids).await?;
        match ids.iter().find(|id| !cards.iter().any(|card| card.blueprint.header.id == **id)) {
            Some(missing) => Err(Error::NotFound(*missing)),
            None => Ok(cards),
        }
    }

    /// The cards of some blueprints, in their order; those that the caller may not see are left out.
    pub async fn decision_cards(&self, caller: &Principal, ids: &[BlueprintId]) -> Result<Vec<Card>, Error> {
        let reader = self.reader(caller).await?;
        let uuids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        let mut headers: HashMap<_, _> = store::headers(self.db.read(), &uuids)
            .await?
            .into_iter()
            .filter(|header| header.shows_revisions_to(&reader))
            .map(|header| (header.id, header))
            .collect();
        let wanted: Vec<_> =
            ids.iter().filter_map(|id| headers.remove(id)).map(|header| (header.latest_revision, header)).collect();
        let shown: Vec<_> = wanted.iter().map(|(_, header)| header.id).collect();
        if shown.is_empty() {
            return Ok(Vec::new());
        }
        let blueprints = store::read(self.db.read(), wanted, false).await?;
        let mut adopted: HashMap<BlueprintId, Vec<Adoption>> = HashMap::new();
        for adoption in adoptions::of_blueprints(self.db.read(), &shown).await? {
            adopted.entry(adoption.blueprint).or_default().push(adoption);
        }
        let assured = store::reviews::assured(self.db.read(), &shown).await?;
        let mut organisations: Vec<OrganisationId> =
            blueprints.iter().map(|blueprint| blueprint.header.organisation.clone()).collect();
        organisations.extend(adopted.values().flatten().map(|adoption| adoption.organisation.clone()));
        organisations.sort();
        organisations.dedup();
        let known = self.known_organisations(&organisations).await?;
        let named = caller.person.is_some() || caller.is_system();
        let card = |blueprint: crate::Blueprint| {
            let adoptions = adopted.remove(&blueprint.header.id).unwrap_or_default();
            let reviewed = assured.contains(&(blueprint.header.id, blueprint.revision));
            let reads_draft = blueprint.header.shows_draft_to(caller);
            Card::of(blueprint.for_reader(reads_draft), reviewed, &adoptions, &known, named)
        };
        Ok(blueprints.into_iter().map(card).collect())
    }

    async fn known_organisations(&self, ids: &[OrganisationId]) -> Result<HashMap<OrganisationId, Known>, Error> {
        let found = self.directory.organisations_by_id(ids).await?;
        let words = self.directory.vocabularies().await?;
        let known = |(id, organisation): (OrganisationId, exemplar_directory::Organisation)| {
            let profile = organisation.profile;
            // Under today's terms: a product that was merged into another makes no context of its own.
            let epr = profile.epr(words.today()).map(|system| words.canonical(Vocabulary::EprProduct, &system.product));
            let setting = Setting {
                epr_product: epr.unwrap_or_default().to_owned(),
                care_settings: profile.care_settings.clone(),
            };
            (id, Known { display_name: organisation.display_name, setting })
        };
        Ok(found.into_iter().map(known).collect())
    }
}
