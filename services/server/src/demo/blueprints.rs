//! Sample blueprints over the library's project types.

use std::collections::BTreeMap;

use anyhow::Context as _;
use exemplar_blueprints::{
    Benefit, BlueprintId, Contact, Content, Cost, Create, Epr, Kind, Level, Publish, Purpose, ReviewState, SectionKind,
    Step, Submit, Visibility, Wanted, WantedReviews, benefits_with_ids,
};
use exemplar_directory::{Person, Roles, Vocabularies, Vocabulary};
use exemplar_kernel::etag::Expected;
use exemplar_kernel::{OrganisationId, Principal, Role};
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
        let owner = create.organisation.clone();
        let same =
            |(title, by, ..): &&(String, _, _, bool)| *title == create.content.title && *by == create.organisation;
        let id = match titles.iter().find(same) {
            Some((_, _, _, false)) => continue,
            Some((_, _, id, true)) => *id,
            None => blueprints.create(caller, create, None).await?.value.header.id,
        };
        super::artefacts::attach(services, caller, id, &code, &title).await?;
        publish(services, id, &owner).await.with_context(|| format!("{code}: {title}"))?;
    }
    Ok(())
}

/// Takes a sample the way that every blueprint takes: submitted and published by its trust's sample lead, signed off by
/// its sample approver, assured by a sample reviewer of another trust.
async fn publish(services: &Services, id: BlueprintId, owner: &OrganisationId) -> anyhow::Result<()> {
    let blueprints = &services.blueprints;
    let code = owner.code().to_lowercase();
    let lead = sample(services, &format!("lead.{code}"), "Sample Lead", owner, &[Role::Lead]).await?;
    let approver = sample(services, &format!("approver.{code}"), "Sample Approver", owner, &[Role::Approver]).await?;
    let reviewers = ["reviewer.rrk@sample.example", "reviewer.rtd@sample.example"];
    let mut reviewer = Principal::anonymous();
    for email in reviewers {
        let person = services.directory.person_by_email(email).await?.context("a sample reviewer")?;
        if !person.roles.memberships.contains_key(owner) {
            reviewer = principal(&person);
        }
    }
    // An earlier start may have been ended between two steps.
    let open = WantedReviews { blueprint: Some(id), open: true, ..WantedReviews::default() };
    let open = blueprints.list_reviews(&Principal::system(), &open, &whole_page(1)).await?.items.pop();
    let mut review = match open {
        Some(review) => review,
        None => {
            let change_note = "A sample, written for the demonstration".to_owned();
            let submit = Submit { id, change_note, minor: false, purpose: Purpose::Release, expected: Expected::Any };
            blueprints.submit(&lead, submit, None).await?.value
        }
    };
    let step = Step { id: review.id, expected: Expected::Any };
    if review.state == ReviewState::Submitted {
        review = blueprints.sign_off(&approver, step.clone(), None).await?.value;
    }
    if review.state == ReviewState::SignedOff {
        if review.assignments.iter().all(|assignment| !assignment.is_open()) {
            blueprints.assign(&reviewer, step.clone(), None, None).await?;
        }
        blueprints.assure(&reviewer, step, "Reads well.".to_owned(), None).await?;
    }
    blueprints.publish(&lead, Publish { id, expected: Expected::Any }, None).await?;
    Ok(())
}

/// A sample person of a trust, made when there is none yet; those cannot sign in.
async fn sample(
    services: &Services,
    who: &str,
    name: &str,
    owner: &OrganisationId,
    roles: &[Role],
) -> anyhow::Result<Principal> {
    let email = format!("{who}@sample.example");
    if let Some(person) = services.directory.person_by_email(&email).await? {
        return Ok(principal(&person));
    }
    let memberships = BTreeMap::from([(owner.clone(), roles.to_vec())]);
    let held = Roles { memberships, ..Roles::default() };
    let name = format!("{name}, {}", owner.code());
    let made = services.directory.register_person(&Principal::system(), &name, &email, held, None).await?;
    Ok(principal(&made.value))
}

fn principal(person: &Person) -> Principal {
    Principal::person(person.id, None, person.roles.memberships.clone(), person.roles.network.clone())
}
