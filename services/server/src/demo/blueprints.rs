//! Sample blueprints over the library's project types.

use std::collections::BTreeMap;

use anyhow::Context as _;
use exemplar_blueprints::{
    Benefit, Contact, Content, Cost, Create, Epr, Kind, Level, Publish, SectionKind, Visibility, Wanted,
    benefits_with_ids,
};
use exemplar_directory::{Vocabularies, Vocabulary};
use exemplar_kernel::Principal;
use exemplar_kernel::etag::Expected;
use serde::Deserialize;

use super::reference::{organisation, whole_page};
use crate::app::Services;

const BLUEPRINTS: &str = include_str!("../../demo/blueprints.toml");

#[derive(Deserialize)]
struct BlueprintRow {
    organisation: String,
    title: String,
    summary: String,
    level: String,
    kind: String,
    visibility: String,
    care_settings: Vec<String>,
    project_types: Vec<String>,
    #[serde(default)]
    user_groups: Vec<String>,
    #[serde(default)]
    eprs: Vec<Epr>,
    #[serde(default)]
    questions: Vec<String>,
    months_to_deliver: Option<u16>,
    cost: Option<Cost>,
    #[serde(default)]
    benefits: Vec<Benefit>,
    #[serde(default)]
    contacts: Vec<Contact>,
    sections: BTreeMap<String, String>,
}

impl BlueprintRow {
    fn create(self, words: &Vocabularies) -> anyhow::Result<Create> {
        let constant = |word: &str| word.to_uppercase().replace('-', "_");
        let mut sections = BTreeMap::new();
        for (name, body) in self.sections {
            let kind = SectionKind::from_name(&constant(&name)).with_context(|| format!("the section {name:?}"))?;
            sections.insert(kind, body.trim().to_owned());
        }
        let term = |vocabulary: Vocabulary, word: &String| -> anyhow::Result<String> {
            let term = words.choose(vocabulary, word).with_context(|| format!("the term {word:?}"))?;
            Ok(term.id.slug.clone())
        };
        let terms = |vocabulary: Vocabulary, typed: &[String]| -> anyhow::Result<Vec<String>> {
            let mut terms: Vec<_> = typed.iter().map(|word| term(vocabulary, word)).collect::<Result<_, _>>()?;
            terms.sort();
            Ok(terms)
        };
        let mut eprs = self.eprs;
        for epr in &mut eprs {
            epr.supplier = term(Vocabulary::EprSupplier, &epr.supplier)?;
            if !epr.product.is_empty() {
                epr.product = term(Vocabulary::EprProduct, &epr.product)?;
            }
        }
        Ok(Create {
            organisation: organisation(&self.organisation)?,
            visibility: Visibility::from_name(&constant(&self.visibility)).context("a visibility")?,
            content: Content {
                title: self.title,
                summary: self.summary,
                level: Level::from_name(&constant(&self.level)),
                kind: Kind::from_name(&constant(&self.kind)),
                care_settings: terms(Vocabulary::CareSetting, &self.care_settings)?,
                project_types: terms(Vocabulary::ProjectType, &self.project_types)?,
                user_groups: terms(Vocabulary::UserGroup, &self.user_groups)?,
                eprs,
                questions: self.questions,
                months_to_deliver: self.months_to_deliver,
                cost: self.cost,
                benefits: benefits_with_ids(self.benefits),
                contacts: self.contacts,
                sections,
                ..Content::default()
            },
        })
    }
}

pub(super) async fn load(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    #[derive(Deserialize)]
    struct File {
        blueprint: Vec<BlueprintRow>,
    }
    let words = services.directory.vocabularies().await?;
    let blueprints = &services.blueprints;
    let mut titles = Vec::new();
    for drafts in [false, true] {
        let wanted = Wanted { drafts, ..Wanted::default() };
        for blueprint in blueprints.list(caller, &wanted, &whole_page(200)).await?.items {
            titles.push((blueprint.content.title, blueprint.header.organisation, blueprint.header.id, drafts));
        }
    }
    for row in toml::from_str::<File>(BLUEPRINTS)?.blueprint {
        let (code, title) = (row.organisation.clone(), row.title.clone());
        let create = row.create(&words)?;
        let same =
            |(title, by, ..): &&(String, _, _, bool)| *title == create.content.title && *by == create.organisation;
        let id = match titles.iter().find(same) {
            Some((_, _, _, false)) => continue,
            Some((_, _, id, true)) => *id,
            None => blueprints.create(caller, create, None).await?.value.header.id,
        };
        super::artefacts::attach(services, caller, id, &code, &title).await?;
        let change_note = "A sample, written for the demonstration".to_owned();
        blueprints.publish(caller, Publish { id, change_note, expected: Expected::Any }, None).await?;
    }
    Ok(())
}
