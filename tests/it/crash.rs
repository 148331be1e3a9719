//! `kill -9` in the middle of writes: every acknowledged write is there after the restart, and nothing by halves.
//!
//! The server runs as a process of its own: this very binary, started with [`CHILD`].

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use exemplar_academy::{
    CohortSettings, CreateCohort, CreateCurriculum, CurriculumCode, CurriculumName, Demands, Module, PlannedSession,
    Schedule, SessionKind,
};
use exemplar_directory::Roles;
use exemplar_kernel::journal::{self, Verdict};
use exemplar_kernel::{Chance, Clock, NetworkRole, OrganisationId, Principal, Role};
use exemplar_proto::academy::v1 as academy;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::directory::v1 as directory;
use exemplar_server::{App, Config};
use exemplar_tests::{Actor, Database, PASSWORD, new_database, release};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::suite::Suite;

/// The argument that makes this binary a server; the data folder and the database follow.
pub(crate) const CHILD: &str = "serve-for-the-crash-test";

/// How often the server is killed.
const KILLS: u64 = 6;
/// Acknowledged writes without which a kill proves nothing.
const LEAST: usize = 30;
const WRITERS: usize = 8;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("crash::no_acknowledged_write_is_lost", no_acknowledged_write_is_lost);
    suite.each("crash::a_killed_import_goes_on", a_killed_import_goes_on);
}

/// Serves until killed.
pub(crate) fn child(mut arguments: impl Iterator<Item = String>) {
    let config = config(&arguments.next().expect("a folder"), arguments.next());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let app = App::build(config, Clock::System, Chance::System).await.expect("a server");
        // The parent waits for this line.
        println(&format!("http://{}", app.address().expect("an address")));
        app.run(std::future::pending()).await.expect("a server that is killed");
    });
}

fn println(line: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("a parent that listens");
}

pub(crate) fn config(folder: &str, database: Option<String>) -> Config {
    let mut config = Config::default();
    config.reviews.load = 1_000;
    config.server.listen = ([127, 0, 0, 1], 0).into();
    config.storage.data = Path::new(folder).join("data");
    config.storage.database = database.map(Into::into);
    config
}

pub(crate) async fn spawn(folder: &Path, database: Option<&str>) -> (Child, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(CHILD).arg(folder).args(database).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.next_line().await.unwrap().expect("the server says where it is");
    (child, address)
}

/// Makes a person of the programme who also leads a trust, before the first start.
pub(crate) async fn prepare(config: Config) {
    let app = App::build(config, Clock::System, Chance::System).await.unwrap();
    let services = app.services();
    let (system, csv) = (Principal::system(), b"code,name\nRGT,Trust RGT\n");
    services.directory.load_organisations(&system, csv).await.unwrap();
    for (who, role, network) in [
        ("writer", Some(Role::Lead), Some(NetworkRole::Programme)),
        ("approver", Some(Role::Approver), None),
        ("reviewer", None, Some(NetworkRole::Reviewer)),
    ] {
        let mut roles = Roles { network: network.into_iter().collect(), ..Roles::default() };
        if let Some(role) = role {
            roles.memberships.insert(OrganisationId::from_code("RGT").unwrap(), vec![role]);
        }
        let (name, email) = (format!("Sample {who}"), format!("{who}@sample.example"));
        services.directory.register_person(&system, &name, &email, roles, Some(PASSWORD.into())).await.unwrap();
    }
}

/// Who writes, signs off and assures.
async fn team(address: &str) -> [Actor; 3] {
    let nobody = exemplar_kernel::PersonId::new(uuid::Uuid::nil());
    let sign_in =
        async |who: &str| Actor::sign_in(address, &format!("{who}@sample.example"), PASSWORD, nobody).await.unwrap();
    [sign_in("writer").await, sign_in("approver").await, sign_in("reviewer").await]
}

async fn no_acknowledged_write_is_lost(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let url = if database == Database::Postgres { Some(new_database().await.unwrap()) } else { None };
    let config = config(folder.path().to_str().unwrap(), url.clone());
    prepare(config.clone()).await;
    let mut acknowledged: Vec<(String, String)> = Vec::new();
    let seed = u64::from(std::process::id());
    let chance = Chance::seeded(seed);
    for kill in 0..KILLS {
        let (mut child, address) = spawn(folder.path(), url.as_deref()).await;
        let team = team(&address).await;
        let counter = Arc::new(AtomicU64::new(0));
        let writers: Vec<_> =
            (0..WRITERS).map(|_| tokio::spawn(write(team.clone(), kill, Arc::clone(&counter)))).collect();
        while counter.load(Ordering::SeqCst) < LEAST as u64 {
            tokio::task::yield_now().await;
        }
        // Somewhere between two lines: a random moment of up to 50 ms after the traffic is there.
        let [a, b] = chance.bytes::<2>();
        tokio::time::sleep(Duration::from_micros(u64::from(u16::from_be_bytes([a, b])) * 50 / 65)).await;
        child.kill().await.unwrap();
        let before = acknowledged.len();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
        let new = acknowledged.len() - before;
        assert!(new >= LEAST, "kill {kill} of seed {seed} came after {new} writes only");
    }
    let (mut child, address) = spawn(folder.path(), url.as_deref()).await;
    check(&address, &acknowledged, seed).await;
    child.kill().await.unwrap();
    let app = App::build(config, Clock::System, Chance::System).await.unwrap();
    let verdict = journal::verify(app.services().db.read(), |_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}, seed {seed}");
    assert_eq!(app.services().db.integrity().await.unwrap(), Vec::<String>::new(), "seed {seed}");
}

/// Creates and publishes until the server is gone; what was acknowledged: a name, and the title that it must have.
async fn write([writer, approver, reviewer]: [Actor; 3], kill: u64, counter: Arc<AtomicU64>) -> Vec<(String, String)> {
    let mut acknowledged = Vec::new();
    loop {
        let number = counter.fetch_add(1, Ordering::SeqCst);
        let title = format!("Written before kill {kill} as number {number}");
        let content = blueprints::Content {
            title: title.clone(),
            summary: "In one sentence.".into(),
            level: blueprints::BlueprintLevel::OnAPage.into(),
            kind: blueprints::BlueprintKind::Success.into(),
            care_settings: vec!["Acute".into()],
            project_types: vec!["Process".into()],
            sections: vec![blueprints::Section { kind: blueprints::SectionKind::Approach.into(), body: "So.".into() }],
            ..Default::default()
        };
        let create = blueprints::CreateBlueprintRequest {
            organisation: "organisations/RGT".into(),
            visibility: blueprints::Visibility::Public.into(),
            content: Some(content),
            ..Default::default()
        };
        let Ok(made) = writer.blueprints().create_blueprint(create).await else { return acknowledged };
        let name = made.into_inner().blueprint.unwrap().name;
        acknowledged.push((format!("{name}/draft"), title.clone()));
        let Ok(()) = release(&writer, &approver, &reviewer, &name).await else { return acknowledged };
        acknowledged.push((format!("{name}/revisions/1"), title));
    }
}

async fn check(address: &str, acknowledged: &[(String, String)], seed: u64) {
    let writer =
        Actor::sign_in(address, "writer@sample.example", PASSWORD, exemplar_kernel::PersonId::new(uuid::Uuid::nil()))
            .await
            .unwrap();
    for (name, title) in acknowledged {
        let request = blueprints::GetBlueprintRequest { name: name.clone() };
        let found = writer.blueprints().get_blueprint(request).await;
        let found = found.unwrap_or_else(|status| panic!("{name} is lost ({status}), seed {seed}")).into_inner();
        let content = found.blueprint.unwrap().content.unwrap();
        assert_eq!((&content.title, content.sections.len()), (title, 1), "{name} is there by halves, seed {seed}");
    }
    // A write tells where the journal is, and a search that has come so far finds everything that was released.
    let organisation = directory::Organisation { display_name: "After".into(), ..Default::default() };
    let create = directory::CreateOrganisationRequest {
        organisation_id: "US-AFTER".into(),
        organisation: Some(organisation),
        ..Default::default()
    };
    let sequence = writer.organisations().create_organisation(create).await.unwrap().into_inner().sequence;
    let search = blueprints::SearchRequest { facets: true, min_sequence: sequence, ..Default::default() };
    let found = loop {
        let found = writer.searches().search(search.clone()).await.unwrap().into_inner();
        if !found.degraded {
            break found;
        }
    };
    let mut listed = 0;
    let mut page_token = String::new();
    loop {
        let request = blueprints::ListBlueprintsRequest { page_size: 200, page_token, ..Default::default() };
        let page = writer.blueprints().list_blueprints(request).await.unwrap().into_inner();
        listed += page.blueprints.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found.total_size, i64::try_from(listed).unwrap(), "the index and the database differ, seed {seed}");
}

/// Learners whose past is imported, and sessions of each: several steps of an import.
const LEARNERS: usize = 400;
const SESSIONS: i32 = 60;

/// A cohort with a timetable, and everybody's attendance as a file.
async fn schooled(config: Config) -> (usize, Vec<u8>) {
    let app = App::build(config, Clock::System, Chance::System).await.unwrap();
    let (services, caller) = (app.services(), Principal::system());
    let start_date = Clock::System.now().date().saturating_sub(time::Duration::weeks(60));
    let session = |number: i32| PlannedSession {
        code: format!("S{number}"),
        title: format!("Session {number}"),
        module: "M1".into(),
        kind: SessionKind::Online,
        week: number % 50,
        minutes: 90,
    };
    let module = Module {
        code: "M1".into(),
        title: "Module".into(),
        credits: 60,
        pass_mark: 50,
        attempts: 2,
        due_week: 50,
        assessments: Vec::new(),
        competencies: Vec::new(),
    };
    let demands = Demands { sessions: (1..=SESSIONS).map(session).collect(), ..Demands::default() };
    let (code, title, source) = (CurriculumCode::from_code("CRASH").unwrap(), "Crash".to_owned(), String::new());
    let create = CreateCurriculum { code, title, modules: vec![module], demands, source };
    let curriculum = services.academy.create_curriculum(&caller, create, None).await.unwrap().value;
    let create = CreateCohort {
        title: "Cohort 1".into(),
        curriculum: CurriculumName::Revision(curriculum.id),
        start_date,
        places: i32::try_from(LEARNERS).unwrap(),
        settings: CohortSettings::default(),
    };
    let cohort = services.academy.create_cohort(&caller, create, None).await.unwrap().value.id;
    let schedule = Schedule { cohort, sessions: Vec::new(), from_curriculum: true };
    services.academy.schedule(&caller, schedule, None).await.unwrap();
    let mut people = Vec::new();
    for number in 0..LEARNERS {
        let (name, email) = (format!("Learner {number}"), format!("learner-{number}@sample.example"));
        let made = services.directory.register_person(&caller, &name, &email, Roles::default(), None).await.unwrap();
        people.push((made.value.id, OrganisationId::from_code("RGT").unwrap()));
    }
    let roles = Roles { network: vec![NetworkRole::Academy], ..Roles::default() };
    let email = "registrar@sample.example";
    services.directory.register_person(&caller, "Registrar", email, roles, Some(PASSWORD.into())).await.unwrap();
    let enrolled = services.academy.enrol_all(&caller, cohort, people).await.unwrap().value;
    let mut file = "enrolment,item,attempt,value,date,reason\n".to_owned();
    for enrolment in enrolled {
        for number in 1..=SESSIONS {
            file.push_str(&format!("{},S{number},,P,,\n", enrolment.id.uuid()));
        }
    }
    (file.lines().count() - 1, file.into_bytes())
}

/// How many entries of attendance there are, by what their batches say and by counting.
async fn entered(app: &App) -> (i64, i64) {
    use sea_orm::ConnectionTrait as _;
    let db = app.services().db.read();
    let mut counts = Vec::new();
    for sql in
        ["SELECT COALESCE(CAST(SUM(entries) AS BIGINT), 0) AS n FROM batch", "SELECT COUNT(*) AS n FROM attendance"]
    {
        let statement = sea_orm::Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(statement).await.unwrap().unwrap();
        counts.push(row.try_get::<i64>("", "n").unwrap());
    }
    (counts[0], counts[1])
}

async fn a_killed_import_goes_on(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let url = if database == Database::Postgres { Some(new_database().await.unwrap()) } else { None };
    let config = config(folder.path().to_str().unwrap(), url.clone());
    Box::pin(prepare(config.clone())).await;
    let (rows, file) = Box::pin(schooled(config.clone())).await;
    let nobody = exemplar_kernel::PersonId::new(uuid::Uuid::nil());
    let import = async |address: &str| {
        let staff = Actor::sign_in(address, "registrar@sample.example", PASSWORD, nobody).await.unwrap();
        let request = academy::ImportEntriesRequest { file: file.clone(), ..Default::default() };
        staff.records().import_entries(request).await.unwrap().into_inner()
    };
    let (mut child, address) = spawn(folder.path(), url.as_deref()).await;
    let mut progress = import(&address).await;
    let told = progress.message().await.unwrap().unwrap();
    assert!(told.created > 0 && told.sequence > 0, "{told:?}");
    child.kill().await.unwrap();
    while let Ok(Some(_)) = progress.message().await {}

    let app = Box::pin(App::build(config.clone(), Clock::System, Chance::System)).await.unwrap();
    let (batches, entries) = entered(&app).await;
    assert_eq!(batches, entries, "no batch is there by halves");
    let total = i64::try_from(rows).unwrap();
    assert!((i64::from(told.created)..=total).contains(&entries), "what was told of is there: {entries}");
    drop(app);
    let (mut child, address) = spawn(folder.path(), url.as_deref()).await;
    let mut progress = import(&address).await;
    let mut last = academy::ImportEntriesResponse::default();
    while let Some(told) = progress.message().await.unwrap() {
        last = told;
    }
    let counts = [last.created, last.unchanged, last.unusable].map(i64::from);
    assert_eq!(counts, [total - entries, entries, 0], "the same file again goes on where it was");
    child.kill().await.unwrap();
    let app = Box::pin(App::build(config, Clock::System, Chance::System)).await.unwrap();
    assert_eq!(entered(&app).await, (total, total));
    let verdict = journal::verify(app.services().db.read(), |_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
}
