//! The academy at the size that it promises: a cohort's standing, a paste, a long import, a crowd opening its records.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use exemplar_academy::{
    Academy, Assessment, AttendanceRule, CohortId, CohortSettings, CreateCohort, CreateCurriculum, CurriculumCode,
    CurriculumName, Demands, EnrolmentId, EnterSheet, Module, PlannedSession, Schedule, SessionKind, Source,
    WantedStandings,
};
use exemplar_directory::Roles;
use exemplar_kernel::{Clock, OrganisationId, Paging, Principal, Violations};
use exemplar_proto::academy::v1 as pb;
use exemplar_tests::Actor;
use time::Date;
use tokio::runtime::Runtime;

use crate::measure::{ROUNDS, Rounds, count};
use crate::scene::Front;
use crate::table::{Table, Wish};

/// Learners of the cohort whose standing is told.
const COHORT: usize = 100;
/// Learners who open their records at once, and whose past is imported.
const CROWD: usize = 3_000;
/// Connections that the crowd comes over.
const LINES: usize = 64;

/// Measures it.
pub fn measure(clients: &Runtime, front: &Front, table: &mut Table) -> anyhow::Result<()> {
    table.group("The academy: 8 modules, 60 sessions, 30 assessments");
    let academy = front.services.academy.clone();
    let (cohorts, learners) = clients.block_on(school(front, &academy))?;
    let caller = Principal::system();
    let mut import = Rounds::default();
    let file = back_dated(&learners);
    let rows = file.lines().count() - 1;
    let start = Instant::now();
    clients.block_on(imported(&academy, &caller, file.clone()))?;
    import.push(count(rows) / start.elapsed().as_secs_f64());
    table.add(&format!("import of {rows} rows, the first time"), " rows/s", &import, Wish::Nothing);
    let start = Instant::now();
    clients.block_on(imported(&academy, &caller, file))?;
    let again: Rounds = [count(rows) / start.elapsed().as_secs_f64()].into_iter().collect();
    table.add("the same file again, which writes nothing", " rows/s", &again, Wish::Nothing);

    let (mut stand, mut paste) = (Rounds::default(), Rounds::default());
    for round in 0..ROUNDS {
        let start = Instant::now();
        let paging = Paging::parse(&mut Violations::new(), 200, "", &[]);
        let page =
            clients.block_on(academy.list_standings(&caller, cohorts[0], &WantedStandings::default(), &paging))?;
        ensure!(page.items.len() == COHORT, "{} learners", page.items.len());
        stand.push(start.elapsed().as_secs_f64() * 1e3);
        let mut text = "enrolment,M8/A3,reason\n".to_owned();
        for learner in learners.iter().take(COHORT) {
            text.push_str(&format!("{},{},Read again\n", learner.uuid(), 50 + round));
        }
        let (source, reason) = (Source::File(text.into_bytes()), String::new());
        let enter = EnterSheet { cohort: cohorts[0], source, date: None, reason, validate_only: false };
        let start = Instant::now();
        let written = clients.block_on(academy.enter_sheet(&caller, enter, None))?;
        paste.push(start.elapsed().as_secs_f64() * 1e3);
        ensure!(written.value.batch.is_some(), "{:?}", written.value.verdicts.first());
    }
    table.add("full standing of 100 learners, at the server", " ms", &stand, Wish::Nothing);
    table.add("paste of 100 marks, the commit included", " ms", &paste, Wish::Nothing);
    crowd(clients, front, &learners, table)
}

/// 3,000 calls within one second, over as many connections as a proxy would have.
fn crowd(clients: &Runtime, front: &Front, learners: &[EnrolmentId], table: &mut Table) -> anyhow::Result<()> {
    let staff = clients.block_on(front.somebody("crowd", exemplar_kernel::NetworkRole::Academy))?;
    let token = staff.tokens.clone().context("tokens")?.access_token;
    let lines: Vec<Actor> = clients.block_on(async {
        let mut lines = Vec::with_capacity(LINES);
        for _ in 0..LINES {
            lines.push(Actor::new(&front.address, Some(&token)).await);
        }
        lines
    });
    let (mut p99, mut all) = (Rounds::default(), Rounds::default());
    for _ in 0..3 {
        let start = Instant::now();
        let mut times = clients.block_on(async {
            let calls = learners.iter().take(CROWD).enumerate().map(|(number, learner)| {
                let (line, enrolment) = (lines[number % LINES].clone(), learner.to_string());
                let wait = Duration::from_secs_f64(count(number) / count(CROWD));
                tokio::spawn(async move {
                    tokio::time::sleep_until((start + wait).into()).await;
                    let started = Instant::now();
                    let request = pb::GetStandingRequest { enrolment };
                    line.records().get_standing(request).await.expect("a record");
                    started.elapsed()
                })
            });
            let mut times = Vec::with_capacity(CROWD);
            for call in calls.collect::<Vec<_>>() {
                times.push(call.await.expect("a call that ends"));
            }
            times
        });
        times.sort_unstable();
        p99.push(times[times.len() * 99 / 100].as_secs_f64() * 1e3);
        all.push(start.elapsed().as_secs_f64() * 1e3);
    }
    table.add("3,000 records opened within a second, p99", " ms", &p99, Wish::Nothing);
    table.add("3,000 records opened within a second, until the last", " ms", &all, Wish::Nothing);
    Ok(())
}

/// A cohort of 100 and three of the rest, with the timetable of the curriculum.
async fn school(front: &Front, academy: &Academy) -> anyhow::Result<(Vec<CohortId>, Vec<EnrolmentId>)> {
    let (caller, directory) = (Principal::system(), &front.services.directory);
    directory.load_organisations(&caller, b"code,name,region,care_setting\nRQ6,A trust,London,acute\n").await?;
    let curriculum = academy.create_curriculum(&caller, curriculum()?, None).await?.value;
    let employer = OrganisationId::from_code("RQ6")?;
    let (mut cohorts, mut learners) = (Vec::new(), Vec::new());
    let start_date: Date = Clock::System.now().date().saturating_sub(time::Duration::weeks(60));
    for (number, places) in [COHORT, 1_000, 1_000, CROWD - COHORT - 2_000].into_iter().enumerate() {
        let create = CreateCohort {
            title: format!("Cohort {number}"),
            curriculum: CurriculumName::Revision(curriculum.id.clone()),
            start_date,
            places: i32::try_from(places)?,
            settings: CohortSettings::default(),
        };
        let cohort = academy.create_cohort(&caller, create, None).await?.value.id;
        let schedule = Schedule { cohort, sessions: Vec::new(), from_curriculum: true };
        academy.schedule(&caller, schedule, None).await?;
        let mut people = Vec::with_capacity(places);
        for place in 0..places {
            let (name, email) = (format!("L{number}-{place:04}"), format!("l{number}-{place}@sample.example"));
            let person = directory.register_person(&caller, &name, &email, Roles::default(), None).await?.value;
            people.push((person.id, employer.clone()));
        }
        let enrolled = academy.enrol_all(&caller, cohort, people).await?.value;
        learners.extend(enrolled.into_iter().map(|enrolment| enrolment.id));
        cohorts.push(cohort);
    }
    Ok((cohorts, learners))
}

fn curriculum() -> anyhow::Result<CreateCurriculum> {
    let part = |number: usize, parts: usize| Assessment {
        code: format!("A{number}"),
        title: format!("Assessment {number}"),
        weight: if number == 1 { 100 - 25 * i32::try_from(parts - 1).unwrap_or(0) } else { 25 },
        pass_mark: 50,
        attempts: 3,
        due_week: 50,
        second_marked: false,
    };
    let module = |number: usize| {
        // 30 assessments in all.
        let parts = if number <= 6 { 4 } else { 3 };
        Module {
            code: format!("M{number}"),
            title: format!("Module {number}"),
            credits: if number <= 4 { 8 } else { 7 },
            pass_mark: 50,
            attempts: 3,
            due_week: 50,
            assessments: (1..=parts).map(|part_number| part(part_number, parts)).collect(),
            competencies: Vec::new(),
        }
    };
    let session = |number: i32| PlannedSession {
        code: format!("S{number}"),
        title: format!("Session {number}"),
        module: format!("M{}", number % 8 + 1),
        kind: SessionKind::Online,
        week: number % 50,
        minutes: 90,
    };
    let demands = Demands {
        sessions: (1..=60).map(session).collect(),
        attendance: vec![AttendanceRule { kind: None, minimum_percent: 80, allowance: 2 }],
        ..Demands::default()
    };
    let (code, modules) = (CurriculumCode::from_code("BENCH")?, (1..=8).map(module).collect());
    Ok(CreateCurriculum { code, title: "Bench".to_owned(), modules, demands, source: String::new() })
}

/// Everything of the first hundred, and results of the others until it is 100,000 rows.
fn back_dated(learners: &[EnrolmentId]) -> String {
    let date = Clock::System.now().date().saturating_sub(time::Duration::weeks(5));
    let mut text = "enrolment,item,attempt,value,date,reason\n".to_owned();
    let mut rows = 0;
    for (number, learner) in learners.iter().enumerate() {
        let sessions = if number < COHORT { 60 } else { 2 };
        for session in 1..=sessions {
            text.push_str(&format!("{},S{session},,P,,\n", learner.uuid()));
            rows += 1;
        }
        for module in 1..=8 {
            for part in 1..=(if module <= 6 { 4 } else { 3 }) {
                if rows < 100_000 {
                    text.push_str(&format!("{},M{module}/A{part},1,{},{date},\n", learner.uuid(), 50 + number % 50));
                    rows += 1;
                }
            }
        }
    }
    text
}

async fn imported(academy: &Academy, caller: &Principal, file: String) -> anyhow::Result<()> {
    let academy = Arc::new(academy.clone());
    let mut progress = academy.import(caller, file.into_bytes(), false).await?;
    while let Some(told) = progress.recv().await {
        let told = told?;
        ensure!(told.unusable == 0, "{:?}", told.verdicts.first());
    }
    Ok(())
}
