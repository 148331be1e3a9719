//! A blueprint with many revisions, and a long index: what reading, comparing and importing them takes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use exemplar_blueprints::{
    BlueprintId, Content, ContentUpdate, Create, Kind, Level, Publish, Purpose, SectionKind, Submit, UpdateDraft,
    Visibility, Which,
};
use exemplar_kernel::etag::Expected;
use exemplar_kernel::{Chance, Clock, OrganisationId, PersonId, Principal, Role};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::import_index_response::Part;
use exemplar_proto::directory::v1 as directory;
use exemplar_server::Services;
use exemplar_tests::{Actor, assured};
use tokio::runtime::Runtime;

use crate::measure::{Caller, ROUNDS, Rounds, TURN, drive, warm_up};
use crate::scene::Front;
use crate::table::{Table, Wish, note};
use crate::texts;

/// Revisions of the blueprint.
const REVISIONS: u32 = 50;
/// Letters in each section at the most.
const SECTION: usize = 5_000;
/// Rows of the index.
const ROWS: usize = 10_000;
/// Whose they are.
const ORGANISATION: &str = "BENLIB";
/// Times that an index is judged and written.
const IMPORTS: usize = 3;
/// What is wanted, in microseconds and in seconds.
const READ: Wish = Wish::Most(5_000.0);
const DIFFERENCE: Wish = Wish::Most(20_000.0);
const IMPORT: Wish = Wish::Most(5.0);

/// Measures it.
pub fn measure(clients: &Runtime, front: &Front, table: &mut Table) -> anyhow::Result<()> {
    let programme = clients.block_on(front.programme("librarian"))?;
    clients.block_on(register(&programme))?;
    let id = front.runtime.block_on(revise(&front.services))?;
    note(&format!("a blueprint has {REVISIONS} revisions"));
    table.group(&format!(
        "A blueprint with all {} sections and parts, {REVISIONS} revisions: at the server, p50",
        SectionKind::ALL.len()
    ));
    let services = Arc::new(front.services.clone());
    let newest = || Read { services: Arc::clone(&services), id };
    let apart = || Compare { services: Arc::clone(&services), id };
    warm_up(&front.runtime, vec![newest()]);
    warm_up(&front.runtime, vec![apart()]);
    let (mut read, mut compared) = (Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        read.push(drive(&front.runtime, vec![newest()], TURN).p50());
        compared.push(drive(&front.runtime, vec![apart()], TURN).p50());
    }
    table.add("read the newest revision", " us", &read, READ);
    table.add("difference of the first and the last", " us", &compared, DIFFERENCE);
    table.group(&format!("An index of {ROWS} rows through gRPC"));
    let (mut judged, mut written) = (Rounds::default(), Rounds::default());
    for turn in 0..IMPORTS {
        let file = index(turn);
        judged.push(clients.block_on(import(&programme, &file, true))?);
        written.push(clients.block_on(import(&programme, &file, false))?);
    }
    table.add("dry run", " s", &judged, IMPORT);
    table.add("write", " s", &written, IMPORT);
    Ok(())
}

async fn register(programme: &Actor) -> anyhow::Result<()> {
    let csv = format!("code,name,region,care_setting\n{ORGANISATION},Trust of the library,London,acute\n");
    let request = directory::ImportOrganisationsRequest { csv: csv.into(), ..Default::default() };
    programme.organisations().import_organisations(request).await?;
    Ok(())
}

/// A blueprint that took the whole way again and again, with other words in every section each time.
async fn revise(services: &Services) -> anyhow::Result<BlueprintId> {
    let blueprints = &services.blueprints;
    let organisation = OrganisationId::from_code(ORGANISATION)?;
    let roles = BTreeMap::from([(organisation.clone(), vec![Role::Lead])]);
    let lead = Principal::person(PersonId::new(Chance::System.id(Clock::System.now())), None, roles, Vec::new());
    let words = texts::made_up(SectionKind::ALL.len() * 2);
    let sections = |revision: u32| {
        let body = |(place, kind): (usize, &SectionKind)| {
            let one = &words[(place * 2 + revision as usize % 2) % words.len()];
            let parts: Vec<String> = one.sections.values().map(|text| format!("{revision}: {text}")).collect();
            let text = format!("{}\n\n", parts.join("\n\n"));
            (*kind, text.repeat(SECTION / text.chars().count().max(1)).trim().to_owned())
        };
        SectionKind::ALL.iter().enumerate().map(body).collect::<BTreeMap<_, _>>()
    };
    let content = Content {
        title: "A blueprint that was revised again and again".to_owned(),
        summary: "What we did, in one sentence.".to_owned(),
        level: Some(Level::OnAPage),
        kind: Some(Kind::Success),
        care_settings: vec!["acute".to_owned()],
        project_types: vec!["bed-management".to_owned()],
        sections: sections(1),
        ..Content::default()
    };
    let create = Create { organisation, visibility: Visibility::Public, content };
    let id = blueprints.create(&lead, create, None).await?.value.header.id;
    for revision in 1..=REVISIONS {
        if revision > 1 {
            let update = ContentUpdate { sections: sections(revision), ..ContentUpdate::default() };
            blueprints.update_draft(&lead, UpdateDraft { id, update, expected: Expected::Any }, None).await?;
        }
        let change_note = format!("The words of revision {revision}");
        let submit = Submit { id, change_note, minor: false, purpose: Purpose::Release, expected: Expected::Any };
        let review = blueprints.submit(&lead, submit, None).await?.value;
        assured(services, &review.organisation, review.id).await?;
        blueprints.publish(&lead, Publish { id, expected: Expected::Any }, None).await?;
    }
    Ok(id)
}

struct Read {
    services: Arc<Services>,
    id: BlueprintId,
}

impl Caller for Read {
    async fn call(&mut self) {
        let read = self.services.blueprints.get_cited(&Principal::anonymous(), self.id, Which::Newest).await;
        assert_eq!(read.expect("a blueprint").0.revision, REVISIONS);
    }
}

struct Compare {
    services: Arc<Services>,
    id: BlueprintId,
}

impl Caller for Compare {
    async fn call(&mut self) {
        let both = (1, REVISIONS);
        let differences = self.services.blueprints.compare_revisions(&Principal::anonymous(), self.id, both).await;
        assert_eq!(differences.expect("differences").len(), SectionKind::ALL.len());
    }
}

/// An index of other titles each turn.
fn index(turn: usize) -> Vec<u8> {
    let row = |number: usize| {
        format!(
            "Sample project {turn} number {number},{ORGANISATION},2018-08-06,Acute,Nursing,Nurses,\
             https://library.example/{turn}/{number}\n"
        )
    };
    let rows: String = (0..ROWS).map(row).collect();
    format!("title,organisation,date,care setting,project type,users,address\n{rows}").into_bytes()
}

/// Imports it; how many seconds that took.
async fn import(programme: &Actor, file: &[u8], validate_only: bool) -> anyhow::Result<f64> {
    let request = pb::ImportIndexRequest { file: file.to_vec(), validate_only, ..Default::default() };
    let start = Instant::now();
    let mut answer = programme.exchanges().import_index(request).await?.into_inner();
    let mut summary = None;
    while let Some(message) = answer.message().await? {
        if let Some(Part::Summary(told)) = message.part {
            summary = Some(told);
        }
    }
    let took = start.elapsed().as_secs_f64();
    let imported = summary.context("a summary")?.imported_count;
    ensure!(usize::try_from(imported)? == ROWS, "{imported} rows were fit, not {ROWS}");
    Ok(took)
}
