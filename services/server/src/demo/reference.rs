//! Facts: organisations, successions, designations and pairings of 2016-18, the Academy's curriculum.

use anyhow::Context as _;
use exemplar_academy::{
    Artefact, AttendanceRule, CreateCurriculum, CurriculumCode, CurriculumName, Demands, Module, PlannedSession,
    RequiredArtefact, SessionKind,
};
use exemplar_directory::Succession;
use exemplar_kernel::{Fault, OrganisationId, Paging, Principal, Violations, day};
use exemplar_network::{DesignationKind, NewDesignation};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::Date;

use crate::app::Services;

const ORGANISATIONS: &str = include_str!("../../demo/organisations.csv");
const SUCCESSIONS: &str = include_str!("../../demo/successions.csv");
const DESIGNATIONS: &str = include_str!("../../demo/designations.csv");
const PAIRINGS: &str = include_str!("../../demo/pairings.csv");
const CURRICULUM: &str = include_str!("../../demo/curriculum.toml");

/// Reads every row of a file.
pub(super) fn rows<T: DeserializeOwned>(csv: &str) -> anyhow::Result<Vec<T>> {
    Ok(csv::Reader::from_reader(csv.as_bytes()).deserialize().collect::<Result<_, _>>()?)
}

pub(super) fn organisation(code: &str) -> anyhow::Result<OrganisationId> {
    OrganisationId::from_code(code).with_context(|| format!("the organisation {code:?}"))
}

fn date(text: &str) -> anyhow::Result<Date> {
    day::parse(&mut Violations::new(), "", text).with_context(|| format!("the date {text:?}"))
}

/// Goes on when what was to be made is there already.
pub(super) fn unless_there<T, E: Fault + Send + Sync + 'static>(
    made: Result<T, E>,
    there: &[&str],
) -> Result<Option<T>, E> {
    match made {
        Ok(made) => Ok(Some(made)),
        Err(error) if there.contains(&error.reason()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A list from its beginning, as long as a page may be.
pub(super) fn whole_page(size: i32) -> Paging {
    Paging::parse(&mut Violations::new(), size, "", &[])
}

pub(super) async fn organisations(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    services.directory.load_organisations(caller, ORGANISATIONS.as_bytes()).await.context("organisations.csv")?;
    Ok(())
}

/// The mergers, after the network that they change: history in its order.
pub(super) async fn successions(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    #[derive(Deserialize)]
    struct Row {
        predecessor: String,
        successor: String,
        date: String,
        note: String,
        source: String,
    }
    for row in rows::<Row>(SUCCESSIONS)? {
        let succession = Succession {
            predecessor: organisation(&row.predecessor)?,
            successor: organisation(&row.successor)?,
            date: date(&row.date)?,
            source: format!("{} ({})", row.source, row.note),
        };
        let recorded = services.directory.record_succession(caller, succession, None).await;
        unless_there(recorded, &["SUCCESSION_EXISTS"])?;
    }
    Ok(())
}

pub(super) async fn network(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    #[derive(Deserialize)]
    struct Row {
        organisation: String,
        kind: String,
        from: String,
        until: String,
        reason: String,
        capacity: i32,
        source: String,
        note: String,
    }
    for row in rows::<Row>(DESIGNATIONS)? {
        let note = if row.note.is_empty() { row.note } else { format!(" ({})", row.note) };
        let new = NewDesignation {
            organisation: organisation(&row.organisation)?,
            kind: DesignationKind::from_name(&constant(&row.kind)).with_context(|| row.kind.clone())?,
            start_date: date(&row.from)?,
            end_date: day::parse(&mut Violations::new(), "until", &row.until),
            end_reason: row.reason,
            capacity: row.capacity,
            source: row.source + &note,
        };
        let recorded = services.network.record_designation(caller, new, None).await;
        unless_there(recorded, &["DESIGNATION_EXISTS"])?;
    }
    let imported = services.network.import_pairings(caller, PAIRINGS.as_bytes(), false, None).await;
    imported.context("pairings.csv")?;
    Ok(())
}

/// `fast-follower` as rows of the database spell it.
fn constant(word: &str) -> String {
    word.to_uppercase().replace('-', "_")
}

/// The code of the Academy's diploma.
pub(super) fn diploma() -> anyhow::Result<CurriculumName> {
    Ok(CurriculumName::Newest(CurriculumCode::from_code("PGDIP-DHL")?))
}

#[derive(Deserialize)]
struct CurriculumFile {
    code: String,
    title: String,
    source: String,
    module: Vec<ModuleRow>,
    session: Vec<SessionRow>,
    attendance: Vec<AttendanceRow>,
    artefact: Vec<ArtefactRow>,
}

#[derive(Deserialize)]
struct ModuleRow {
    code: String,
    title: String,
    credits: i32,
    pass_mark: i32,
    attempts: i32,
    due_week: i32,
    competencies: Vec<String>,
}

#[derive(Deserialize)]
struct SessionRow {
    code: String,
    title: String,
    module: String,
    kind: SessionKind,
    week: i32,
    minutes: i32,
}

#[derive(Deserialize)]
struct AttendanceRow {
    kind: Option<SessionKind>,
    minimum_percent: i32,
    allowance: i32,
}

#[derive(Deserialize)]
struct ArtefactRow {
    kind: Artefact,
    due_week: i32,
}

pub(super) async fn curriculum(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    let there = services.academy.curriculum(&diploma()?).await;
    if unless_there(there, &["CURRICULUM_NOT_FOUND"])?.is_some() {
        return Ok(());
    }
    let file: CurriculumFile = toml::from_str(CURRICULUM)?;
    let module = |row: ModuleRow| Module {
        code: row.code,
        title: row.title,
        credits: row.credits,
        pass_mark: row.pass_mark,
        attempts: row.attempts,
        due_week: row.due_week,
        assessments: Vec::new(),
        competencies: row.competencies,
    };
    let session = |row: SessionRow| {
        let SessionRow { code, title, module, kind, week, minutes } = row;
        PlannedSession { code, title, module, kind, week, minutes }
    };
    let rule = |row: AttendanceRow| {
        let AttendanceRow { kind, minimum_percent, allowance } = row;
        AttendanceRule { kind, minimum_percent, allowance }
    };
    let artefact = |row: ArtefactRow| RequiredArtefact { artefact: row.kind, due_week: row.due_week };
    let demands = Demands {
        sessions: file.session.into_iter().map(session).collect(),
        attendance: file.attendance.into_iter().map(rule).collect(),
        artefacts: file.artefact.into_iter().map(artefact).collect(),
        late: None,
    };
    let create = CreateCurriculum {
        code: CurriculumCode::from_code(&file.code)?,
        title: file.title,
        modules: file.module.into_iter().map(module).collect(),
        demands,
        source: file.source,
    };
    services.academy.create_curriculum(caller, create, None).await?;
    Ok(())
}
