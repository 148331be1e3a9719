//! Plans and projects that two agree to, what a project is in the network, and a journal that stays private.

use exemplar_kernel::journal;
use exemplar_kernel::{NetworkRole, Role};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_tests::{Actor, Database};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::academy::{School, enrol, school_in};
use crate::blueprints::{on_a_page, released};
use crate::pairings::told;
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("portfolios::learner_and_sponsor_agree", learner_and_sponsor_agree);
    suite.each("portfolios::a_project_lives_in_the_network", a_project_lives_in_the_network);
    suite.each("portfolios::a_journal_is_private", a_journal_is_private);
}

/// A learner at RQ6 with their sponsor, and the enrolment.
struct Pair {
    school: School,
    learner: Actor,
    sponsor: Actor,
    enrolment: String,
}

async fn pair(database: Database) -> Pair {
    let school = school_in(exemplar_tests::World::new(database).await).await;
    let learner = school.world.at("RQ6", Role::Contributor).await;
    let sponsor = school.world.at("RQ6", Role::Approver).await;
    let enrolment = enrol(&school.staff, &school.cohort, &learner, &sponsor.id.to_string()).await;
    Pair { school, learner, sponsor, enrolment }
}

async fn write(
    by: &Actor,
    enrolment: &str,
    kind: pb::DocumentKind,
    title: &str,
) -> Result<pb::PortfolioDocument, String> {
    let document = pb::PortfolioDocument {
        enrolment: enrolment.into(),
        kind: kind.into(),
        title: title.into(),
        body: "Two wards first.".into(),
        aims: vec![pb::Aim {
            aim: "Fewer errors".into(),
            measure: "Wrong doses a month".into(),
            baseline: "12".into(),
            target: "3".into(),
            due_date: "2019-06-30".into(),
        }],
        ..Default::default()
    };
    let request = pb::WriteDocumentRequest { document: Some(document), ..Default::default() };
    Ok(told(by.portfolios().write_document(request).await)?.document.unwrap())
}

async fn agree(
    by: &Actor,
    enrolment: &str,
    kind: pb::DocumentKind,
    revision: i32,
) -> Result<pb::PortfolioDocument, String> {
    let request =
        pb::AgreeDocumentRequest { enrolment: enrolment.into(), kind: kind.into(), revision, ..Default::default() };
    Ok(told(by.portfolios().agree_document(request).await)?.document.unwrap())
}

async fn learner_and_sponsor_agree(database: Database) {
    let Pair { school, learner, sponsor, enrolment } = pair(database).await;
    let plan = pb::DocumentKind::DevelopmentPlan;
    assert_eq!(agree(&sponsor, &enrolment, plan, 1).await.unwrap_err(), "NotFound DOCUMENT_NOT_FOUND");
    let first = write(&learner, &enrolment, plan, "My plan").await.unwrap();
    assert_eq!((first.revision, first.agreed, first.learner_agree_time.is_some()), (1, false, true));
    let twice = agree(&learner, &enrolment, plan, 1).await.unwrap_err();
    assert_eq!(twice, "FailedPrecondition DOCUMENT_AGREED", "nobody agrees for the other");
    for other in [&school.staff, &school.world.at("RQ6", Role::Lead).await] {
        assert_eq!(agree(other, &enrolment, plan, 1).await.unwrap_err(), "NotFound ENROLMENT_NOT_FOUND");
        assert_eq!(write(other, &enrolment, plan, "X").await.unwrap_err(), "NotFound ENROLMENT_NOT_FOUND");
    }
    let agreed = agree(&sponsor, &enrolment, plan, 1).await.unwrap();
    assert_eq!((agreed.agreed, agreed.sponsor.as_str()), (true, sponsor.id.to_string().as_str()));
    // The sponsor changes it: the learner agrees to what they read, and to no older one.
    let second = write(&sponsor, &enrolment, plan, "Our plan").await.unwrap();
    assert_eq!((second.revision, second.agreed), (2, false));
    assert_eq!(agree(&learner, &enrolment, plan, 1).await.unwrap_err(), "FailedPrecondition DOCUMENT_SUPERSEDED");
    assert!(agree(&learner, &enrolment, plan, 2).await.unwrap().agreed);
    let list = pb::ListDocumentsRequest { enrolment: enrolment.clone(), kind: plan.into(), ..Default::default() };
    let found = told(school.staff.portfolios().list_documents(list.clone()).await).unwrap().documents;
    let found: Vec<_> = found.iter().map(|one| (one.revision, one.title.as_str(), one.agreed)).collect();
    assert_eq!(found, [(2, "Our plan", true), (1, "My plan", true)]);
    let stranger = school.world.at("RQ6", Role::Lead).await;
    let hidden = told(stranger.portfolios().list_documents(list).await).unwrap_err();
    assert_eq!(hidden, "NotFound ENROLMENT_NOT_FOUND");
}

async fn a_project_lives_in_the_network(database: Database) {
    let Pair { school: School { world, .. }, learner, sponsor, enrolment } = pair(database).await;
    let author = world.at("RGT", Role::Lead).await;
    let content = on_a_page("Barcodes at the bedside in two wards", "Begin with two wards.");
    let blueprint = released(&author, "RGT", blueprints::Visibility::Public, content).await.blueprint.unwrap().name;
    let adopting = |code: &str| crate::adoptions::adopting(&blueprint, code, blueprints::AdoptionState::Planned);
    let ours = crate::adoptions::adopt(&world.at("RQ6", Role::Lead).await, adopting("RQ6")).await.unwrap().name;
    let theirs = crate::adoptions::adopt(&world.at("RBL", Role::Lead).await, adopting("RBL")).await.unwrap().name;
    let link = async |by: &Actor, adoption: &str| {
        let request =
            pb::LinkProjectRequest { enrolment: enrolment.clone(), adoption: adoption.into(), ..Default::default() };
        Ok::<_, String>(told(by.portfolios().link_project(request).await)?.link.unwrap())
    };
    let project = pb::DocumentKind::Project;
    assert_eq!(link(&learner, &ours).await.unwrap_err(), "NotFound DOCUMENT_NOT_FOUND");
    write(&learner, &enrolment, project, "Barcodes in our two wards").await.unwrap();
    for foreign in [theirs.as_str(), "adoptions/00000000-0000-0000-0000-000000000001", "nonsense"] {
        assert_eq!(link(&learner, foreign).await.unwrap_err(), "FailedPrecondition ADOPTION_FOREIGN");
    }
    assert_eq!(link(&sponsor, &ours).await.unwrap_err(), "NotFound ENROLMENT_NOT_FOUND");
    assert_eq!(link(&learner, &ours).await.unwrap().adoption, ours);

    let draft = async |by: &Actor, request_id: &str| {
        let request = pb::DraftProjectRequest { enrolment: enrolment.clone(), request_id: request_id.into() };
        Ok::<_, String>(told(by.portfolios().draft_project(request).await)?.link.unwrap())
    };
    let early = draft(&learner, "one").await.unwrap_err();
    assert_eq!(early, "NotFound DOCUMENT_NOT_FOUND", "the sponsor has not agreed");
    agree(&sponsor, &enrolment, project, 1).await.unwrap();
    let made = draft(&learner, "two").await.unwrap();
    assert_eq!(made.adoption, ours);
    assert_eq!(draft(&learner, "two").await.unwrap(), made, "the same request, the same draft");
    assert_eq!(draft(&learner, "").await.unwrap_err(), "AlreadyExists PROJECT_DRAFTED");
    let request = blueprints::GetBlueprintRequest { name: format!("{}/draft", made.blueprint) };
    let found = told(learner.blueprints().get_blueprint(request).await).unwrap().blueprint.unwrap();
    assert_eq!(found.organisation, "organisations/RQ6");
    let content = found.content.unwrap();
    assert_eq!(content.title, "Barcodes in our two wards");
    let sections: Vec<_> = content.sections.iter().map(|section| (section.kind(), section.body.as_str())).collect();
    assert_eq!(
        sections,
        [
            (blueprints::SectionKind::Approach, "Two wards first."),
            (blueprints::SectionKind::Benefits, "- Fewer errors: Wrong doses a month, from 12 to 3")
        ]
    );
    // Who may not draft for their trust may not by way of a project.
    let member = world.at("RQ6", Role::Member).await;
    let staff = world.academy().await;
    let request = pb::ListCohortsRequest::default();
    let cohort = told(staff.cohorts().list_cohorts(request).await).unwrap().cohorts.remove(0).name;
    let theirs = enrol(&staff, &cohort, &member, &sponsor.id.to_string()).await;
    write(&member, &theirs, project, "Another project").await.unwrap();
    agree(&sponsor, &theirs, project, 1).await.unwrap();
    let request = pb::DraftProjectRequest { enrolment: theirs, ..Default::default() };
    let denied = told(member.portfolios().draft_project(request).await).unwrap_err();
    assert_eq!(denied, "PermissionDenied ROLE_MISSING");
}

const SECRET: &str = "What nobody else is to read";

async fn a_journal_is_private(database: Database) {
    let Pair { school: School { world, staff, cohort }, learner, sponsor, enrolment } = pair(database).await;
    let entry = |title: &str, body: &str| pb::JournalEntry {
        enrolment: enrolment.clone(),
        date: "2018-08-01".into(),
        title: title.into(),
        body: body.into(),
        ..Default::default()
    };
    let create = async |by: &Actor, entry: pb::JournalEntry, request_id: &str| {
        let request = pb::CreateJournalEntryRequest { entry: Some(entry), request_id: request_id.into() };
        Ok::<_, String>(told(by.portfolios().create_journal_entry(request).await)?.entry.unwrap())
    };
    assert_eq!(create(&sponsor, entry("X", "X"), "").await.unwrap_err(), "NotFound ENROLMENT_NOT_FOUND");
    let private = create(&learner, entry("The first week", SECRET), "once").await.unwrap();
    assert_eq!(create(&learner, entry("The first week", SECRET), "once").await.unwrap(), private);
    world.clock.advance(std::time::Duration::from_secs(1));
    let open = create(&learner, entry("The second week", "For all of us"), "").await.unwrap();
    let share = async |by: &Actor, name: &str, shared: bool| {
        let request = pb::ShareJournalEntryRequest { name: name.into(), shared, ..Default::default() };
        told(by.portfolios().share_journal_entry(request).await).map(|answer| answer.entry.unwrap().shared)
    };
    let get = async |by: &Actor, name: &str| {
        let request = pb::GetJournalEntryRequest { name: name.into() };
        told(by.portfolios().get_journal_entry(request).await).map(|answer| answer.entry.unwrap().body)
    };
    let list = async |by: &Actor| {
        let request = pb::ListJournalEntriesRequest { enrolment: enrolment.clone(), ..Default::default() };
        let found = told(by.portfolios().list_journal_entries(request).await)?.entries;
        assert!(found.iter().all(|entry| entry.body.is_empty()));
        Ok::<_, String>(found.into_iter().map(|entry| entry.title).collect::<Vec<_>>())
    };
    let tutor = world.person(&[], &[]).await;
    let member =
        pb::CohortStaff { person: tutor.id.to_string(), role: pb::CohortRole::Tutor.into(), ..Default::default() };
    let request = pb::SetCohortStaffRequest { cohort, staff: vec![member], ..Default::default() };
    told(staff.cohorts().set_cohort_staff(request).await).unwrap();
    let hidden = "NotFound JOURNAL_ENTRY_NOT_FOUND";
    for other in [&sponsor, &staff, &tutor] {
        assert_eq!(list(other).await.unwrap(), [""; 0]);
        assert_eq!(get(other, &private.name).await.unwrap_err(), hidden);
        assert_eq!(share(other, &private.name, true).await.unwrap_err(), hidden);
    }
    assert_eq!(share(&learner, &open.name, true).await, Ok(true));
    for other in [&sponsor, &staff, &tutor] {
        assert_eq!(list(other).await.unwrap(), ["The second week"]);
        assert_eq!(get(other, &open.name).await.unwrap(), "For all of us");
        assert_eq!(get(other, &private.name).await.unwrap_err(), hidden);
    }
    let programme = world.person(&[], &[NetworkRole::Programme]).await;
    for stranger in [&world.at("RQ6", Role::Lead).await, &programme] {
        assert_eq!(list(stranger).await.unwrap_err(), "NotFound ENROLMENT_NOT_FOUND");
        assert_eq!(get(stranger, &open.name).await.unwrap_err(), hidden);
    }
    assert_eq!(share(&learner, &open.name, false).await, Ok(false));
    assert_eq!(get(&sponsor, &open.name).await.unwrap_err(), hidden, "what was shared can be taken back");

    // An entry is changed against the version that was read, and taken away for good.
    let update = async |by: &Actor, etag: &str| {
        let changed = pb::JournalEntry { name: private.name.clone(), ..entry("The first week", "Shorter") };
        let request = pb::UpdateJournalEntryRequest { entry: Some(changed), etag: etag.into(), ..Default::default() };
        told(by.portfolios().update_journal_entry(request).await).map(|answer| answer.entry.unwrap().body)
    };
    assert_eq!(update(&staff, "").await.unwrap_err(), hidden);
    assert_eq!(update(&learner, "v9").await.unwrap_err(), "Aborted ETAG_STALE");
    assert_eq!(update(&learner, &private.etag).await.unwrap(), "Shorter");
    let delete = async |by: &Actor| {
        let request = pb::DeleteJournalEntryRequest { name: private.name.clone(), request_id: "gone".into() };
        told(by.portfolios().delete_journal_entry(request).await).map(|answer| answer.sequence)
    };
    assert_eq!(delete(&staff).await.unwrap_err(), hidden);
    let sequence = delete(&learner).await.unwrap();
    assert_eq!(delete(&learner).await.unwrap(), sequence);
    assert_eq!(list(&learner).await.unwrap(), ["The second week"]);

    // What was written is nowhere else: not in the record of changes, not in kept answers.
    let db = world.services.db.read();
    for table in ["journal_detail", "replay"] {
        let columns = if table == "replay" { "answer" } else { "COALESCE(before, '') || COALESCE(after, '')" };
        let query = format!("SELECT COUNT(*) AS found FROM {table} WHERE {columns} LIKE '%{SECRET}%'");
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), query)).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "found").unwrap(), 0, "{table}");
    }
    let verdict = journal::verify(db, |_| ()).await.unwrap();
    assert!(matches!(verdict, journal::Verdict::Whole { .. }));
}
