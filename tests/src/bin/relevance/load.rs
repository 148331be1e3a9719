//! A fresh server with a collection in it, and asking it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_tests::{Actor, Database, World};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::collection::{Collection, Document, Query};
use crate::figures::{Answers, DEPTH};

/// Whose documents they are; a code and a name that no text has.
const ORGANISATION: &str = "QQZX";
/// Documents being published at a time, and questions asked at a time.
const IN_FLIGHT: usize = 32;
/// Limits of the API, in characters: of titles, summaries and sections, and of a query.
const TITLE: std::ops::RangeInclusive<usize> = 10..=200;
const SUMMARY_MAX: usize = 300;
const SECTION_MAX: usize = 20_000;
const QUERY_MAX: usize = 2_000;
/// The sections that a long text is laid into, one after the other.
const SECTIONS: [pb::SectionKind; 6] = [
    pb::SectionKind::Approach,
    pb::SectionKind::Context,
    pb::SectionKind::Problem,
    pb::SectionKind::Team,
    pb::SectionKind::Cost,
    pb::SectionKind::Benefits,
];

/// A server that holds a collection.
pub struct Served {
    world: World,
    /// Ids of documents by the names of their blueprints.
    ids: Arc<HashMap<String, String>>,
}

/// Starts a server and publishes the collection, unless it is in `keep` already.
pub async fn serve(collection: &Collection, keep: Option<&Path>) -> anyhow::Result<Served> {
    let kept = keep.map(|keep| keep.join(collection.name.replace('/', "-")));
    let known: Option<PathBuf> = kept.as_ref().map(|kept| kept.join("ids.json"));
    let data = kept.clone();
    let world = World::with(Database::Sqlite, move |config| {
        if let Some(data) = data {
            config.storage.data = data;
        }
    })
    .await;
    if let Some(known) = &known
        && known.exists()
    {
        let ids = serde_json::from_reader(File::open(known)?)?;
        let served = Served { world, ids: Arc::new(ids) };
        served.settle().await?;
        return Ok(served);
    }
    world.organisations(&[ORGANISATION]).await;
    rename(&world).await?;
    let lead = world.at(ORGANISATION, Role::Lead).await;
    let places = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut publishing = JoinSet::new();
    let (mut ids, mut last) = (HashMap::new(), 0);
    for document in &collection.documents {
        let place = Arc::clone(&places).acquire_owned().await?;
        let (lead, id, content) = (lead.clone(), document.id.clone(), content(document));
        publishing.spawn(async move {
            let published = publish(&lead, content).await.with_context(|| format!("document {id}"));
            drop(place);
            published.map(|(name, sequence)| (name, id, sequence))
        });
        while let Some(done) = publishing.try_join_next() {
            let (name, id, sequence) = done??;
            ids.insert(name, id);
            last = last.max(sequence);
        }
    }
    while let Some(done) = publishing.join_next().await {
        let (name, id, sequence) = done??;
        ids.insert(name, id);
        last = last.max(sequence);
    }
    // Wait until all of it is found.
    let request = pb::SearchRequest { min_sequence: last, ..Default::default() };
    while world.anonymous().await.searches().search(request.clone()).await.is_err() {
        tokio::task::yield_now().await;
    }
    if let Some(known) = known {
        fs::write(known, serde_json::to_vec(&ids)?)?;
    }
    Ok(Served { world, ids: Arc::new(ids) })
}

/// Gives the organisation a name that adds no word to what is measured.
async fn rename(world: &World) -> anyhow::Result<()> {
    use exemplar_proto::directory::v1 as directory;
    let request = directory::UpdateOrganisationRequest {
        organisation: Some(directory::Organisation {
            name: format!("organisations/{ORGANISATION}"),
            display_name: ORGANISATION.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["display_name".to_owned()] }),
        ..Default::default()
    };
    world.programme().await.organisations().update_organisation(request).await?;
    Ok(())
}

async fn publish(lead: &Actor, content: pb::Content) -> anyhow::Result<(String, i64)> {
    let request = pb::CreateBlueprintRequest {
        organisation: format!("organisations/{ORGANISATION}"),
        visibility: pb::Visibility::Public.into(),
        content: Some(content),
        ..Default::default()
    };
    let draft = lead.blueprints().create_blueprint(request).await?.into_inner().blueprint.context("a draft")?;
    let request = pb::PublishBlueprintRequest { name: draft.name.clone(), ..Default::default() };
    let published = lead.publish(request).await?.into_inner();
    Ok((draft.name, published.sequence))
}

/// A document as a blueprint: the title as far as titles go, the first sentence as the summary, and all the rest.
fn content(document: &Document) -> pb::Content {
    let plain = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let lines =
        |text: &str| text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect::<String>();
    let (title, text) = (plain(&document.title), lines(&document.text));
    let (mut title, beyond) = split(title.trim(), *TITLE.end());
    let (summary, text) = sentence(text.trim());
    if title.chars().count() < *TITLE.start() {
        // Dots add no word.
        title.push_str(&" .".repeat(TITLE.start().div_ceil(2)));
        title = format!(". {title}");
    }
    let mut rest = format!("{beyond} {text}");
    let mut sections = Vec::new();
    for kind in SECTIONS {
        let (body, more) = split(rest.trim(), SECTION_MAX);
        let body = if body.is_empty() { "...".to_owned() } else { body };
        sections.push(pb::Section { kind: kind.into(), body });
        rest = more;
        if rest.trim().is_empty() {
            break;
        }
    }
    pb::Content {
        title,
        summary: if summary.is_empty() { "...".to_owned() } else { plain(&summary) },
        level: pb::BlueprintLevel::OnAPage.into(),
        kind: pb::BlueprintKind::Success.into(),
        care_settings: vec!["Acute".to_owned()],
        project_types: vec!["Nursing".to_owned()],
        sections,
        ..Default::default()
    }
}

/// The first sentence and what follows.
fn sentence(text: &str) -> (String, String) {
    let end = text.find(['.', '\n', '?', '!']).map_or(text.len(), |end| end + 1);
    match text.split_at_checked(end) {
        Some((first, rest)) if first.chars().count() <= SUMMARY_MAX => (first.trim().to_owned(), rest.to_owned()),
        _ => split(text, SUMMARY_MAX),
    }
}

/// So many characters of a text, cut between words if there is a gap, and the rest.
fn split(text: &str, most: usize) -> (String, String) {
    let Some((bound, _)) = text.char_indices().nth(most) else { return (text.to_owned(), String::new()) };
    let bound = text[..bound].rfind(char::is_whitespace).filter(|gap| *gap > 0).unwrap_or(bound);
    (text[..bound].to_owned(), text[bound..].to_owned())
}

impl Served {
    async fn settle(&self) -> anyhow::Result<()> {
        let anyone = self.world.anonymous().await;
        while anyone.searches().search(pb::SearchRequest::default()).await?.into_inner().degraded {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Asks everything, as somebody who has not signed in.
    pub async fn ask(&self, collection: &Collection) -> anyhow::Result<Answers> {
        let anyone = self.world.anonymous().await;
        let places = Arc::new(Semaphore::new(IN_FLIGHT));
        let mut asking = JoinSet::new();
        for query in &collection.queries {
            let place = Arc::clone(&places).acquire_owned().await?;
            let Query { id, text } = query;
            let (anyone, id, ids) = (anyone.clone(), id.clone(), Arc::clone(&self.ids));
            let (query, _) = split(text.trim(), QUERY_MAX);
            asking.spawn(async move {
                let page_size = i32::try_from(DEPTH)?;
                let request = pb::SearchRequest { query, page_size, ..Default::default() };
                let found = anyone.searches().search(request).await?.into_inner();
                drop(place);
                let names = found.hits.into_iter().filter_map(|hit| Some(hit.blueprint?.name));
                anyhow::Ok((id, names.filter_map(|name| ids.get(&name).cloned()).collect::<Vec<_>>()))
            });
        }
        let mut answers = Answers::new();
        while let Some(answer) = asking.join_next().await {
            let (id, found) = answer??;
            answers.insert(id, found);
        }
        Ok(answers)
    }

    /// Stops the server.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.world.stop().await;
        Ok(())
    }
}
