//! Personal data: a copy of what is held about somebody, their erasure without a trace, records that go by age.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::time::Duration;

use exemplar_directory::Roles;
use exemplar_kernel::journal::{self, Verdict};
use exemplar_kernel::personal::pseudonym;
use exemplar_kernel::{OrganisationId, Principal, Role};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::directory::v1 as directory;
use exemplar_tests::{Actor, Database, PASSWORD, World};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult as _, JsonValue, Statement};
use serde_json::Value;

use crate::academy::{School, enrol, school_in};
use crate::blueprints::{create, on_a_page, released};
use crate::credentials::{check, complete, confirm, propose};
use crate::pairings::told;
use crate::suite::Suite;

/// In the name, the address and every text of whoever is to leave no trace.
const CANARY: &str = "quillfeather";
const EMAIL: &str = "wilhelmina.quillfeather@sample.example";
const NAME: &str = "Wilhelmina Quillfeather";

/// Tables that hold nothing of people, beside those that a context says something of.
const IMPERSONAL: [&str; 60] = [
    "adoption",
    "adoption_decision",
    "adoption_outcome",
    "adoption_step",
    "agreement",
    "artefact_entry",
    "award",
    "award_match",
    "award_receiver",
    "batch",
    "blob",
    "blob_part",
    "blob_text",
    "blueprint",
    "bundle_source",
    "check_in_reminder",
    "cohort",
    "content_term",
    "curriculum",
    "designation",
    "expression",
    "expression_party",
    "hour_budget",
    "hour_month",
    "index_entry",
    "journal_cursor",
    "journal_detail",
    "journal_head",
    "ledger",
    "matching",
    "maturity",
    "maturity_score",
    "milestone",
    "module",
    "network_succession",
    "organisation",
    "organisation_care_setting",
    "organisation_topic",
    "pairing",
    "pairing_group",
    "pairing_side",
    "ranking",
    "record_system",
    "round",
    "round_invitation",
    "section",
    "succession",
    "synonym",
    "synonym_version",
    "term",
    "term_spelling",
    "tranche",
    "usage",
    "vocabulary",
    "vocabulary_change",
    "wanted_topic",
    "seaql_migrations",
    "sought",
    "sqlite_sequence",
    "sqlite_stat1",
];

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("personal::every_table_is_classed", every_table_is_classed);
    suite.each("personal::a_copy_holds_everything", a_copy_holds_everything);
    suite.each("personal::an_erasure_leaves_no_trace", an_erasure_leaves_no_trace);
    suite.each("personal::an_erasure_ends_whatever_stops_it", an_erasure_ends_whatever_stops_it);
    suite.each("personal::records_go_when_their_time_is_over", records_go_when_their_time_is_over);
}

/// Somebody at RQ6 who is called so.
async fn somebody(world: &World, name: &str, email: &str) -> Actor {
    let organisation = OrganisationId::from_code("RQ6").unwrap();
    let memberships = BTreeMap::from([(organisation, vec![Role::Lead])]);
    let roles = Roles { memberships, ..Roles::default() };
    let made =
        world.services.directory.register_person(&Principal::system(), name, email, roles, Some(PASSWORD.into())).await;
    Actor::sign_in(&world.address, email, PASSWORD, made.unwrap().value.id).await.unwrap()
}

fn canary() -> String {
    format!("A {CANARY} of mine.")
}

/// A diploma that somebody earned, and what else the network holds of them.
struct Life {
    world: World,
    staff: Actor,
    learner: Actor,
    enrolment: String,
    qualification: pb::Qualification,
    blueprint: String,
}

async fn life(database: Database) -> Life {
    let School { world, staff, cohort } = school_in(World::new(database).await).await;
    let (second, sponsor) = (world.academy().await, world.at("RQ6", Role::Approver).await);
    let learner = somebody(&world, NAME, EMAIL).await;
    applied(&cohort, &learner, &sponsor).await;
    let enrolment = enrol(&staff, &cohort, &learner, &sponsor.id.to_string()).await;
    recorded(&staff, &cohort, &enrolment, &learner).await;
    wrote(&learner, &enrolment).await;
    let blueprint = networked(&world, &learner).await;
    complete(&staff, &enrolment).await;
    let proposed = propose(&staff, &enrolment, "").await.unwrap();
    let qualification = confirm(&second, &proposed.name).await.unwrap();
    let shown = vec![pb::Shown::Name.into(), pb::Shown::Title.into()];
    let request = pb::SetShownRequest { name: qualification.name.clone(), shown, request_id: "shown".into() };
    told(learner.credentials().set_shown(request).await).unwrap();
    Life { world, staff, learner, enrolment, qualification, blueprint }
}

async fn applied(cohort: &str, learner: &Actor, sponsor: &Actor) {
    let application = pb::Application {
        cohort: cohort.into(),
        organisation: "organisations/RQ6".into(),
        profession: canary(),
        answers: vec![canary(); 4],
        ..Default::default()
    };
    let request = pb::SubmitApplicationRequest { application: Some(application), request_id: "applied".into() };
    let name = told(learner.applications().submit_application(request).await).unwrap().application.unwrap().name;
    let sponsorship = pb::Sponsorship {
        statement: canary(),
        confirms_study_leave: true,
        confirms_level: true,
        confirms_employment: true,
        ..Default::default()
    };
    let request = pb::SponsorApplicationRequest {
        name: name.clone(),
        sponsorship: Some(sponsorship),
        request_id: "sponsored".into(),
    };
    told(sponsor.applications().sponsor_application(request).await).unwrap();
    let request = pb::WithdrawApplicationRequest { name, request_id: "withdrawn".into() };
    told(learner.applications().withdraw_application(request).await).unwrap();
}

async fn recorded(staff: &Actor, cohort: &str, enrolment: &str, learner: &Actor) {
    let text = format!("enrolment,S1,M2\n{EMAIL},P,64\n");
    let source = Some(pb::enter_sheet_request::Source::File(text.into_bytes()));
    let request =
        pb::EnterSheetRequest { cohort: cohort.into(), source, request_id: "sheet".into(), ..Default::default() };
    let entered = told(staff.records().enter_sheet(request).await).unwrap();
    assert!(entered.batch.is_some(), "{:?}", entered.verdicts);
    let corrected = pb::Result {
        enrolment: enrolment.into(),
        module: "M2".into(),
        attempt: 1,
        mark: 66,
        date: "2018-08-06".into(),
        correction: canary(),
        ..Default::default()
    };
    let request = pb::RecordResultRequest { result: Some(corrected), request_id: "corrected".into() };
    told(staff.records().record_result(request).await).unwrap();
    let request = pb::SendApologiesRequest {
        enrolment: enrolment.into(),
        session: "S4".into(),
        reason: canary(),
        ..Default::default()
    };
    told(learner.records().send_apologies(request).await).unwrap();
    let kind = pb::RulingKind::Extension.into();
    let ruling = pb::Ruling {
        kind,
        subject: "M1/EXAM".into(),
        date: "2019-02-01".into(),
        reason: canary(),
        ..Default::default()
    };
    let request =
        pb::MakeRulingRequest { enrolment: enrolment.into(), ruling: Some(ruling), request_id: "ruled".into() };
    told(staff.records().make_ruling(request).await).unwrap();
}

async fn wrote(learner: &Actor, enrolment: &str) {
    let document = pb::PortfolioDocument {
        enrolment: enrolment.into(),
        kind: pb::DocumentKind::DevelopmentPlan.into(),
        title: canary(),
        body: canary(),
        aims: vec![pb::Aim { aim: canary(), measure: canary(), ..Default::default() }],
        ..Default::default()
    };
    let request = pb::WriteDocumentRequest { document: Some(document), request_id: "wrote".into() };
    told(learner.portfolios().write_document(request).await).unwrap();
    for (title, shared) in [("Private", false), ("Shared", true)] {
        let entry = pb::JournalEntry {
            enrolment: enrolment.into(),
            date: "2018-08-01".into(),
            title: format!("{title}: {CANARY}"),
            body: canary(),
            ..Default::default()
        };
        let request = pb::CreateJournalEntryRequest { entry: Some(entry), request_id: title.into() };
        let name = told(learner.portfolios().create_journal_entry(request).await).unwrap().entry.unwrap().name;
        let request = pb::ShareJournalEntryRequest { name, shared, ..Default::default() };
        told(learner.portfolios().share_journal_entry(request).await).unwrap();
    }
    let evidence = pb::Evidence {
        kind: pb::EvidenceKind::Cpd.into(),
        title: canary(),
        competencies: vec!["FCI-3".into()],
        date: "2018-05-01".into(),
        detail: canary(),
        duration_minutes: 90,
        ..Default::default()
    };
    let request = pb::AddEvidenceRequest { evidence: Some(evidence), request_id: "evidence".into() };
    told(learner.competencies().add_evidence(request).await).unwrap();
}

/// A blueprint that names them, a draft that they commented on, a question, a saved search; the blueprint.
async fn networked(world: &World, learner: &Actor) -> String {
    let lead = world.at("RGT", Role::Lead).await;
    let contact = blueprints::Contact {
        person: learner.id.to_string(),
        role: format!("Nurse and {CANARY}"),
        willing: blueprints::Willing::Call.into(),
        ..Default::default()
    };
    let mut content = on_a_page("Barcodes at the bedside in two wards", "Begin with two wards.");
    content.contacts = vec![contact];
    let released = released(&lead, "RGT", blueprints::Visibility::Public, content).await;
    let blueprint = released.blueprint.unwrap().name;
    let found = async || {
        let request =
            blueprints::SearchRequest { query: CANARY.into(), min_sequence: released.sequence, ..Default::default() };
        told(lead.searches().search(request).await).unwrap().hits.len()
    };
    assert_eq!(found().await, 1, "who has done it is found by name");
    let draft = create("RQ6", blueprints::Visibility::Organisation, on_a_page("A draft of ours that is young", "So."));
    let draft = told(learner.blueprints().create_blueprint(draft).await).unwrap().blueprint.unwrap().name;
    let request = blueprints::AddCommentRequest {
        blueprint: draft,
        body: canary(),
        request_id: "said".into(),
        ..Default::default()
    };
    told(learner.reviews().add_comment(request).await).unwrap();
    let ask = blueprints::RequestIntroductionRequest {
        blueprint: blueprint.clone(),
        asker: "organisations/RQ6".into(),
        kind: blueprints::IntroductionKind::Question.into(),
        question: canary(),
        request_id: "asked".into(),
        ..Default::default()
    };
    told(learner.introductions().request_introduction(ask).await).unwrap();
    let follow = blueprints::Follow {
        display_name: canary(),
        note: canary(),
        watched: Some(blueprints::follow::Watched::Blueprint(blueprint.clone())),
        cadence: blueprints::Cadence::Weekly.into(),
        ..Default::default()
    };
    let request = blueprints::CreateFollowRequest { follow: Some(follow), request_id: "follows".into() };
    told(learner.follows().create_follow(request).await).unwrap();
    blueprint
}

/// The files of a copy by their names.
async fn copy(by: &Actor, person: &str) -> Result<BTreeMap<String, String>, String> {
    let request = directory::DownloadPersonalDataRequest { person: person.into() };
    let mut stream = told(by.personal().download_personal_data(request).await)?;
    let mut bytes = Vec::new();
    while let Some(piece) = stream.message().await.map_err(|status| status.to_string())? {
        assert!(piece.chunk.len() <= 65_536);
        bytes.extend(piece.chunk);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    Ok(files)
}

async fn erase(by: &Actor, person: &str, confirm_email: &str) -> Result<directory::Erasure, String> {
    let request = directory::ErasePersonRequest {
        person: person.into(),
        confirm_email: confirm_email.into(),
        request_id: "erase".into(),
    };
    Ok(told(by.personal().erase_person(request).await)?.erasure.unwrap())
}

/// The tables of the database.
async fn tables(world: &World) -> Vec<String> {
    let db = world.services.db.read();
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        _ => "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.into_iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

/// Where in the whole database a word stands: every column of every row of every table.
async fn traces(world: &World, part: &str) -> Vec<String> {
    let db = world.services.db.read();
    let mut found = Vec::new();
    for table in tables(world).await {
        let all = Statement::from_string(db.get_database_backend(), format!("SELECT * FROM \"{table}\""));
        for row in db.query_all_raw(all).await.unwrap() {
            let JsonValue::Object(columns) = JsonValue::from_query_result(&row, "").unwrap() else { continue };
            for (column, value) in columns {
                let text = match &value {
                    // Bytes, which may be a text.
                    Value::Array(bytes) => {
                        let bytes: Vec<u8> = bytes.iter().filter_map(|byte| byte.as_u64()?.try_into().ok()).collect();
                        String::from_utf8_lossy(&bytes).into_owned()
                    }
                    other => other.to_string(),
                };
                if text.to_lowercase().contains(part) {
                    found.push(format!("{table}.{column}: {text}"));
                }
            }
        }
    }
    found
}

/// The files below a folder whose bytes have a word.
fn files_with(folder: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, word));
        } else if let Ok(bytes) = std::fs::read(&path) {
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            if text.contains(word) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

async fn every_table_is_classed(database: Database) {
    let world = World::new(database).await;
    let contexts = world.services.personal.contexts();
    let holdings = contexts.iter().flat_map(|context| context.holdings.iter().map(|holding| holding.table));
    let mentions = contexts.iter().flat_map(|context| context.mentions.iter().map(|mention| mention.table));
    let classed: BTreeSet<&str> = holdings.chain(mentions).chain(IMPERSONAL).collect();
    let there: BTreeSet<String> = tables(&world).await.into_iter().collect();
    let unclassed: Vec<_> = there.iter().filter(|table| !classed.contains(table.as_str())).collect();
    assert!(unclassed.is_empty(), "say in its context's personal.rs what these hold of people: {unclassed:?}");
    let gone: Vec<_> = classed
        .iter()
        .filter(|table| !there.contains(**table) && !table.starts_with("sqlite") && !table.starts_with("seaql"))
        .collect();
    assert!(gone.is_empty(), "{gone:?}");
}

async fn a_copy_holds_everything(database: Database) {
    let Life { world, staff, learner, enrolment, .. } = Box::pin(life(database)).await;
    let unreleased = pb::Result {
        enrolment: enrolment.clone(),
        module: "M1".into(),
        assessment: "ESSAY".into(),
        attempt: 1,
        mark: 37,
        date: "2018-08-06".into(),
        ..Default::default()
    };
    let request = pb::RecordResultRequest { result: Some(unreleased), ..Default::default() };
    told(staff.records().record_result(request).await).unwrap();
    let own = copy(&learner, "").await.unwrap();
    let wanted = [
        "academy/application",
        "academy/attendance",
        "academy/credential",
        "academy/enrolment",
        "academy/enrolment_event",
        "academy/evidence",
        "academy/journal_entry",
        "academy/portfolio_document",
        "academy/qualification",
        "academy/result",
        "academy/ruling",
        "blueprints/comment",
        "blueprints/follow",
        "blueprints/introduction",
        "directory/changes-of-yours",
        "directory/journal",
        "directory/membership",
        "directory/person",
        "directory/replay",
        "directory/session",
    ];
    let expected: BTreeSet<String> = wanted
        .iter()
        .flat_map(|name| [format!("{name}.csv"), format!("{name}.json")])
        .chain(["manifest.json".to_owned()])
        .collect();
    assert_eq!(own.keys().cloned().collect::<BTreeSet<_>>(), expected);
    let said = ["application", "attendance", "evidence", "journal_entry", "portfolio_document", "result", "ruling"];
    for name in said.map(|name| format!("academy/{name}.json")) {
        assert!(own[&name].contains(CANARY), "{name}: {}", own[&name]);
    }
    let results: Vec<Value> = serde_json::from_str(&own["academy/result.json"]).unwrap();
    let marks: BTreeSet<_> = results.iter().map(|row| row["mark"].as_i64().unwrap()).collect();
    assert_eq!(marks, BTreeSet::from([64, 66]), "what was corrected, too, and not what is not released");
    assert_eq!(erase(&learner, "", EMAIL).await.unwrap_err(), "FailedPrecondition ERASURE_BLOCKED");
    assert!(results.iter().all(|row| row["recorded_at"] == "2018-08-06T09:00:00Z" && row["date"] == "2018-08-06"));
    let person: Vec<Value> = serde_json::from_str(&own["directory/person.json"]).unwrap();
    assert_eq!((person[0]["display_name"].as_str(), person[0]["email"].as_str()), (Some(NAME), Some(EMAIL)));
    assert!(!own.values().any(|file| file.contains("$argon2")), "no secret leaves");
    let manifest: Value = serde_json::from_str(&own["manifest.json"]).unwrap();
    assert_eq!(manifest["contents"].as_array().unwrap().len(), wanted.len());

    let programme = world.programme().await;
    let theirs = copy(&programme, &learner.id.to_string()).await.unwrap();
    assert!(!theirs.contains_key("blueprints/follow.json"));
    let journal = &theirs["academy/journal_entry.json"];
    assert!(journal.contains("Shared: ") && !journal.contains("Private: "), "{journal}");
    let other = world.at("RQ6", Role::Admin).await;
    assert_eq!(copy(&other, &learner.id.to_string()).await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    assert_eq!(copy(&staff, &learner.id.to_string()).await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    let nobody = "people/00000000-0000-0000-0000-000000000001";
    assert_eq!(copy(&programme, nobody).await.unwrap_err(), "NotFound PERSON_NOT_FOUND");
    let verbs = crate::adoptions::verbs(&world, 0).await;
    assert_eq!(verbs.iter().filter(|verb| *verb == "directory.person.copy").count(), 2, "who took copies is known");
}

async fn an_erasure_leaves_no_trace(database: Database) {
    use pb::check_credential_request::By;
    let Life { world, learner, qualification, blueprint, .. } = Box::pin(life(database)).await;
    let (person, programme) = (learner.id.to_string(), world.programme().await);
    let credential = qualification.credential.unwrap();
    let shown = check(By::Code(credential.code.clone()), &world).await.unwrap();
    assert_eq!(shown.holder_display_name, NAME);
    assert!(!traces(&world, CANARY).await.is_empty());
    let index = world.config.storage.data.join("index");
    assert!(!files_with(&index, CANARY).is_empty(), "what is looked for would be found");

    assert_eq!(erase(&learner, "", "someone@sample.example").await.unwrap_err(), "FailedPrecondition EMAIL_DIFFERS");
    let other = world.at("RQ6", Role::Admin).await;
    assert_eq!(erase(&other, &person, EMAIL).await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    let done = erase(&learner, "", &EMAIL.to_uppercase()).await.unwrap();
    assert!(done.done_time.is_some() && done.rows > 15 && done.changes > 10, "{done:?}");
    assert_eq!(done.pseudonym, pseudonym(learner.id));

    let dead = told(learner.sessions().who_am_i(directory::WhoAmIRequest {}).await).unwrap_err();
    assert_eq!(dead, "Unauthenticated TOKEN_INVALID");
    let refresh_token = learner.tokens.clone().unwrap().refresh_token;
    let refused = told(world.anonymous().await.sessions().refresh(directory::RefreshRequest { refresh_token }).await);
    assert_eq!(refused.unwrap_err(), "Unauthenticated REFRESH_TOKEN_INVALID");
    assert!(Actor::sign_in(&world.address, EMAIL, PASSWORD, learner.id).await.is_err());
    assert_eq!(
        erase(&programme, &person, "x@sample.example").await.unwrap(),
        done,
        "asked again, it tells that it is done"
    );

    assert_eq!(traces(&world, CANARY).await, Vec::<String>::new());
    for _ in 0..200 {
        if files_with(&index, CANARY).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(files_with(&index, CANARY), Vec::<String>::new());
    assert_eq!(files_with(&world.config.storage.data.join("artefacts"), CANARY), Vec::<String>::new());
    let theirs = copy(&programme, &person).await.unwrap();
    assert!(!theirs.values().any(|file| file.to_lowercase().contains(CANARY)));
    let request = blueprints::GetBlueprintRequest { name: blueprint };
    let kept = told(programme.blueprints().get_blueprint(request).await).unwrap().blueprint.unwrap();
    assert!(kept.content.unwrap().contacts.is_empty());

    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    let Verdict::Whole { erased, .. } = verdict else { panic!("{verdict:?}") };
    assert_eq!(i64::try_from(erased).unwrap(), done.changes, "the chain holds, and counts what was erased");
    let valid = pb::CheckCredentialResponse { status: pb::CredentialStatus::Valid.into(), ..Default::default() };
    for by in [By::Code(credential.code), By::Document(credential.document)] {
        assert_eq!(check(by, &world).await.unwrap(), valid, "the award stays true, and says no name");
    }
    let academy = world.academy().await;
    let request = pb::GetQualificationRequest { name: qualification.name };
    let register = told(academy.credentials().get_qualification(request).await).unwrap().qualification.unwrap();
    let found = (register.state(), register.learner_display_name.as_str(), register.learner.as_str());
    assert_eq!(found, (pb::QualificationState::Awarded, done.pseudonym.as_str(), person.as_str()));
    // The address is free again, and whoever takes it is somebody else.
    assert_ne!(somebody(&world, "Somebody Else", EMAIL).await.id, learner.id);
}

async fn an_erasure_ends_whatever_stops_it(database: Database) {
    let School { world, staff, cohort } = school_in(World::new(database).await).await;
    let admin = world.at("RBL", Role::Admin).await;
    let email = world.services.directory.person(admin.id).await.unwrap().email;
    assert_eq!(erase(&admin, "", &email).await.unwrap_err(), "FailedPrecondition LAST_ADMIN");
    let (mut world, mut people) = (world, Vec::new());
    for stopped_after in [0_usize, 1, 3, 6] {
        let email = format!("{CANARY}-{stopped_after}@sample.example");
        let learner = somebody(&world, &format!("Number {stopped_after} {CANARY}"), &email).await;
        let staff = staff.at(&world).await;
        let enrolment = enrol(&staff, &cohort, &learner, "").await;
        let refused = erase(&learner, "", &email).await.unwrap_err();
        assert_eq!(refused, "FailedPrecondition ERASURE_BLOCKED", "who learns has to end that first");
        let request = pb::WithdrawEnrolmentRequest { name: enrolment, reason: canary(), ..Default::default() };
        told(staff.enrolments().withdraw_enrolment(request).await).unwrap();
        let personal = world.services.personal.clone();
        let caller = Principal::person(learner.id, None, BTreeMap::new(), Vec::new());
        let begun = personal.begin_erasure(&caller, None, &email, None).await.unwrap().value;
        for _ in 0..stopped_after {
            personal.advance_erasure(begun.id).await.unwrap();
        }
        drop(personal);
        let dead = told(learner.sessions().who_am_i(directory::WhoAmIRequest {}).await).unwrap_err();
        assert_eq!(dead, "Unauthenticated TOKEN_INVALID", "tokens die with the first step");
        people.push(begun);
        world = world.restart(|_| ()).await;
        // Nobody asks: the server goes on by itself.
        for _ in 0..200 {
            if traces(&world, CANARY).await.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(traces(&world, CANARY).await, Vec::<String>::new(), "stopped after {stopped_after}");
    }
    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { erased, .. } if erased > 0), "{verdict:?}");
    let verbs = crate::adoptions::verbs(&world, 0).await;
    assert_eq!(verbs.iter().filter(|verb| *verb == "directory.erasure.complete").count(), people.len());
}

async fn records_go_when_their_time_is_over(database: Database) {
    let Life { mut world, staff, learner, enrolment, .. } = Box::pin(life(database)).await;
    let classes = async |by: &Actor| {
        let request = directory::ListRecordClassesRequest::default();
        let answer = told(by.personal().list_record_classes(request).await)?;
        let due = |class: directory::RecordClass| (class.name.replace("recordClasses/", ""), class.due_rows);
        Ok::<BTreeMap<String, i64>, String>(answer.record_classes.into_iter().map(due).collect())
    };
    let apply = async |by: &Actor, class: &str| {
        let request = directory::ApplyRetentionRequest { record_class: class.into(), ..Default::default() };
        told(by.personal().apply_retention(request).await)
    };
    let programme = world.programme().await;
    let none: BTreeMap<String, i64> = classes(&programme).await.unwrap();
    assert!(none.values().all(|rows| *rows == 0), "{none:?}");
    assert_eq!(classes(&staff).await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    assert_eq!(apply(&staff, "").await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    let unknown = apply(&programme, "recordClasses/cats").await.unwrap_err();
    assert_eq!(unknown, "NotFound RECORD_CLASS_NOT_FOUND");

    // The day before it is due nothing is; the day after, the journal is, and it alone goes.
    world.clock.advance(Duration::from_hours(24 * 366));
    let programme = world.again(&programme).await;
    assert_eq!(classes(&programme).await.unwrap()["learner-journals"], 0);
    world.clock.advance(Duration::from_hours(24));
    let programme = world.again(&programme).await;
    let due = classes(&programme).await.unwrap();
    let rest: i64 = due.iter().filter(|(class, _)| *class != "learner-journals").map(|(_, rows)| rows).sum();
    assert_eq!((due["learner-journals"], rest), (2, 0), "{due:?}");
    let gone = apply(&programme, "recordClasses/learner-journals").await.unwrap();
    assert_eq!(gone.rows, 2);
    assert_eq!(apply(&programme, "").await.unwrap().rows, 0, "done once");
    let last = journal::read(world.services.db.read(), gone.sequence - 1, 1).await.unwrap().remove(0);
    assert_eq!(
        (last.verb.as_str(), last.resource.as_str()),
        ("directory.record_class.apply", "recordClasses/learner-journals")
    );

    // Years later the server does it by itself, and what an award rests on stays.
    world.clock.advance(Duration::from_hours(24 * 6 * 366));
    let programme = world.again(&programme).await;
    let due = classes(&programme).await.unwrap();
    assert_eq!((due["attendance"], due["portfolios"], due["unsuccessful-applications"]), (2, 1, 1), "{due:?}");
    assert!(due["changes"] > 20, "{due:?}");
    let swept = world.services.personal.apply_retention(&Principal::system(), None, None).await.unwrap();
    assert_eq!(i64::try_from(swept.value).unwrap(), due.values().sum::<i64>());
    let again = classes(&programme).await.unwrap();
    assert!(again.values().all(|rows| *rows == 0), "{again:?}");
    let learner = world.again(&learner).await;
    let request = pb::GetStandingRequest { enrolment };
    world = world.restart(|_| ()).await;
    let kept = told(learner.at(&world).await.records().get_standing(request).await).unwrap();
    assert_eq!((kept.results.len(), kept.attendance.len()), (1, 0));
    let verdict = journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { erased, .. } if erased > 20), "{verdict:?}");
}
