//! Vocabularies: what every database begins with, and what becomes of terms and of whatever has them.

use std::collections::BTreeSet;
use std::time::Duration;

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::directory::v1 as pb;
use exemplar_tests::{Actor, Database, World, refusal};
use prost_types::FieldMask;

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("vocabularies::every_database_has_them", every_database_has_them);
    suite.each("vocabularies::suppliers_carry_on_from_a_day", suppliers_carry_on_from_a_day);
    suite.each("vocabularies::merged_terms_keep_links_and_filters", merged_terms_keep_links_and_filters);
    suite.each("vocabularies::terms_are_made_changed_and_ended", terms_are_made_changed_and_ended);
    suite.each("vocabularies::bad_changes_change_nothing", bad_changes_change_nothing);
    suite.each("vocabularies::racing_merges_make_no_ring", racing_merges_make_no_ring);
    suite.on(Database::Postgres, "vocabularies::replicas_follow", replicas_follow);
}

async fn list(actor: &Actor, vocabulary: &str, filter: &str) -> Result<Vec<pb::Term>, tonic::Status> {
    let mut terms = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListTermsRequest {
            vocabulary: format!("vocabularies/{vocabulary}"),
            filter: filter.to_owned(),
            page_size: 7,
            page_token,
        };
        let answer = actor.vocabularies().list_terms(request).await?.into_inner();
        terms.extend(answer.terms);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(terms);
        }
    }
}

async fn labels(actor: &Actor, vocabulary: &str, filter: &str) -> Vec<String> {
    list(actor, vocabulary, filter).await.unwrap().into_iter().map(|term| term.label).collect()
}

fn name(term: &str) -> String {
    format!("vocabularies/{}", term.replace('/', "/terms/"))
}

async fn get(actor: &Actor, term: &str) -> (pb::Term, pb::Term) {
    let answer = actor.vocabularies().get_term(pb::GetTermRequest { name: name(term) }).await.unwrap().into_inner();
    (answer.term.unwrap(), answer.current.unwrap())
}

async fn merge(actor: &Actor, term: &str, into: &str, date: &str) -> Result<pb::Term, tonic::Status> {
    let request =
        pb::MergeTermsRequest { name: name(term), into: name(into), date: date.to_owned(), ..Default::default() };
    Ok(actor.vocabularies().merge_terms(request).await?.into_inner().term.unwrap())
}

async fn create(actor: &Actor, vocabulary: &str, term: pb::Term) -> Result<pb::Term, tonic::Status> {
    let vocabulary = format!("vocabularies/{vocabulary}");
    let request = pb::CreateTermRequest { vocabulary, term: Some(term), ..Default::default() };
    Ok(actor.vocabularies().create_term(request).await?.into_inner().term.unwrap())
}

async fn update(actor: &Actor, paths: &[&str], term: pb::Term, from: &str) -> Result<pb::Term, tonic::Status> {
    let request = pb::UpdateTermRequest {
        term: Some(term),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        label_start_date: from.to_owned(),
        ..Default::default()
    };
    Ok(actor.vocabularies().update_term(request).await?.into_inner().term.unwrap())
}

async fn every_database_has_them(database: Database) {
    let world = World::new(database).await;
    let anyone = world.anonymous().await;
    let request = pb::ListVocabulariesRequest { page_size: 5, ..Default::default() };
    let first = anyone.vocabularies().list_vocabularies(request.clone()).await.unwrap().into_inner();
    let request = pb::ListVocabulariesRequest { page_token: first.next_page_token, page_size: 50 };
    let rest = anyone.vocabularies().list_vocabularies(request).await.unwrap().into_inner();
    let all = first.vocabularies.iter().chain(&rest.vocabularies);
    let counted: Vec<_> =
        all.map(|one| (one.name.trim_start_matches("vocabularies/"), one.term_count, one.version)).collect();
    assert_eq!(
        counted,
        [
            ("care-setting", 9, 1),
            ("epr-product", 15, 1),
            ("epr-supplier", 19, 1),
            ("funder", 9, 1),
            ("organisation-type", 12, 1),
            ("pillar", 7, 1),
            ("project-type", 41, 1),
            ("region", 13, 1),
            ("size-band", 5, 1),
            ("strategic-topic", 12, 1),
            ("user-group", 7, 1),
        ]
    );
    // The duplicate of the library's care settings is merged from the beginning.
    assert_eq!(
        labels(&anyone, "care-setting", "state = current").await,
        [
            "Acute",
            "Ambulance",
            "Community",
            "Maternity",
            "Mental Health",
            "Multiple/Shared Care",
            "Primary Care",
            "Specialist"
        ]
    );
    let (service, ambulance) = get(&anyone, "care-setting/ambulance-service").await;
    assert_eq!((service.state(), ambulance.label.as_str()), (pb::TermState::Merged, "Ambulance"));
    assert_eq!(service.merged_into, ambulance.name);
    for vocabulary in rest.vocabularies {
        let terms = list(&anyone, vocabulary.name.trim_start_matches("vocabularies/"), "").await.unwrap();
        assert!(terms.iter().all(|term| !term.source.is_empty()), "every term says where it is known from");
    }
    // The pillars of 2021, and their names of 2026 when the day has come.
    let pillars = labels(&anyone, "pillar", "").await;
    assert!(pillars.contains(&"Support people".to_owned()) && pillars.contains(&"Empower citizens".to_owned()));
    world.clock.advance(Duration::from_hours(24 * 365 * 8));
    let pillars = labels(&anyone, "pillar", "").await;
    assert!(pillars.contains(&"Support workforce".to_owned()) && pillars.contains(&"Empower people".to_owned()));
    assert_eq!(labels(&anyone, "pillar", "means = \"support people\"").await, ["Support workforce"]);
}

async fn suppliers_carry_on_from_a_day(database: Database) {
    let world = World::new(database).await;
    let anyone = world.anonymous().await;
    let today = async |term: &str| get(&anyone, &format!("epr-supplier/{term}")).await.1.label;
    assert_eq!((today("csc").await, today("cerner").await), ("DXC".to_owned(), "Cerner".to_owned()), "in 2018");
    assert_eq!(labels(&anyone, "epr-product", "supplier = \"Oracle Health\"").await, [""; 0]);
    world.clock.advance(Duration::from_hours(24 * 365 * 8));
    for (term, label) in [
        ("cerner", "Oracle Health"),
        ("csc", "Dedalus"),
        ("dxc", "Dedalus"),
        ("servelec", "Access"),
        ("allscripts", "Altera"),
        ("epic", "Epic"),
    ] {
        assert_eq!(today(term).await, label);
    }
    assert_eq!(get(&anyone, "epr-product/medway").await.1.label, "CareFlow");
    for supplier in ["Oracle Health", "cerner"] {
        assert_eq!(labels(&anyone, "epr-product", &format!("supplier = \"{supplier}\"")).await, ["Millennium"]);
    }
    let means = list(&anyone, "epr-supplier", "means = \"DXC Technology\"").await.unwrap();
    assert_eq!(means.iter().map(|term| term.label.as_str()).collect::<Vec<_>>(), ["CSC", "Dedalus", "DXC"]);
    assert_eq!(labels(&anyone, "epr-product", "means = \"openmaxims\"").await, ["MAXIMS"]);
}

fn content(title: &str, care_setting: &str) -> blueprints::Content {
    blueprints::Content {
        title: title.to_owned(),
        summary: "In one sentence.".into(),
        level: blueprints::BlueprintLevel::OnAPage.into(),
        kind: blueprints::BlueprintKind::Success.into(),
        care_settings: vec![care_setting.to_owned()],
        project_types: vec!["Process".into()],
        sections: vec![blueprints::Section { kind: blueprints::SectionKind::Approach.into(), body: "So.".into() }],
        ..Default::default()
    }
}

async fn publish(lead: &Actor, title: &str, care_setting: &str) -> (String, i64) {
    let request = blueprints::CreateBlueprintRequest {
        organisation: "organisations/RGT".into(),
        visibility: blueprints::Visibility::Public.into(),
        content: Some(content(title, care_setting)),
        ..Default::default()
    };
    let name = lead.blueprints().create_blueprint(request).await.unwrap().into_inner().blueprint.unwrap().name;
    let request = blueprints::PublishBlueprintRequest { name: name.clone(), ..Default::default() };
    let sequence = lead.publish(request).await.unwrap().into_inner().sequence;
    (name, sequence)
}

async fn merged_terms_keep_links_and_filters(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, programme, anyone) =
        (world.at("RGT", Role::Lead).await, world.programme().await, world.anonymous().await);
    create(&programme, "care-setting", pb::Term { label: "Hospice".into(), ..Default::default() }).await.unwrap();
    let (hospice, _) = publish(&lead, "What we did in the hospice", "HOSPICE").await;
    let (acute, sequence) = publish(&lead, "What we did in the hospital", "acute").await;

    let shown = async |blueprint: &str| {
        let request = blueprints::GetBlueprintRequest { name: blueprint.to_owned() };
        let answer = anyone.blueprints().get_blueprint(request).await.unwrap().into_inner();
        answer.blueprint.unwrap().content.unwrap().care_settings
    };
    let listed = async |filter: &str| {
        let request = blueprints::ListBlueprintsRequest { filter: filter.to_owned(), ..Default::default() };
        let answer = anyone.blueprints().list_blueprints(request).await.unwrap().into_inner();
        answer.blueprints.into_iter().map(|found| found.name).collect::<BTreeSet<_>>()
    };
    let searched = async |setting: &str| {
        let request = blueprints::SearchRequest {
            query: "what we did".into(),
            care_settings: vec![setting.to_owned()],
            min_sequence: sequence,
            facets: true,
            ..Default::default()
        };
        let answer = anyone.searches().search(request).await.unwrap().into_inner();
        let names: BTreeSet<_> = answer.hits.into_iter().map(|hit| hit.blueprint.unwrap().name).collect();
        (names, answer.care_settings.into_iter().map(|facet| (facet.term, facet.count)).collect::<Vec<_>>())
    };
    let both = BTreeSet::from([hospice.clone(), acute.clone()]);
    assert_eq!(listed("care_setting = hospice").await, BTreeSet::from([hospice.clone()]));
    merge(&programme, "care-setting/hospice", "care-setting/acute", "").await.unwrap();

    // What was written down before is shown, found and counted as what it means now, at once.
    assert_eq!(shown(&hospice).await, ["Acute"]);
    assert_eq!(
        (listed("care_setting = hospice").await, listed("care_setting = acute").await),
        (both.clone(), both.clone())
    );
    for setting in ["hospice", "Acute"] {
        assert_eq!(searched(setting).await, (both.clone(), vec![("Acute".to_owned(), 2)]));
    }
    // A term that is called otherwise is the same term.
    let acute = pb::Term { name: name("care-setting/acute"), label: "General hospital".into(), ..Default::default() };
    update(&programme, &["label"], acute, "").await.unwrap();
    assert_eq!(shown(&hospice).await, ["General hospital"]);
    assert_eq!(listed("care_setting = acute").await, both);
    let request = pb::ListOrganisationsRequest { filter: "care_setting = hospice".into(), ..Default::default() };
    let organisations = anyone.organisations().list_organisations(request).await.unwrap().into_inner().organisations;
    assert_eq!(organisations[0].profile.clone().unwrap().care_settings, ["General hospital"]);
    // Retired, it stays with what has it, and nobody chooses it any more.
    let request = pb::RetireTermRequest {
        name: name("care-setting/acute"),
        reason: "too general".into(),
        date: "2018-08-01".into(),
        ..Default::default()
    };
    programme.vocabularies().retire_term(request).await.unwrap();
    assert_eq!(
        (listed("care_setting = acute").await, shown(&hospice).await),
        (both, vec!["General hospital".to_owned()])
    );
    let request = blueprints::CreateBlueprintRequest {
        organisation: "organisations/RGT".into(),
        visibility: blueprints::Visibility::Public.into(),
        content: Some(content("What we did once more", "hospice")),
        ..Default::default()
    };
    let refused = lead.blueprints().create_blueprint(request).await.unwrap_err();
    assert_eq!(
        refusal(&refused),
        "InvalidArgument INVALID_REQUEST\n  content.care_settings[0]: was retired on 1 August 2018; choose another"
    );
}

async fn terms_are_made_changed_and_ended(database: Database) {
    let world = World::new(database).await;
    let programme = world.programme().await;
    let scribes = pb::Term {
        label: "Ambient Scribes".into(),
        synonyms: vec!["Ambient voice".into(), "ambient  SCRIBES".into(), "AI notes".into()],
        source: "a call of the programme".into(),
        ..Default::default()
    };
    let made = create(&programme, "project-type", scribes).await.unwrap();
    assert_eq!(made.name, name("project-type/ambient-scribes"));
    assert_eq!(made.synonyms, ["AI notes", "Ambient voice"], "each spelling once");
    assert_eq!((made.state(), made.etag.as_str()), (pb::TermState::Current, "v1"));
    let product =
        pb::Term { label: "Rio 2".into(), supplier: "access rio? no: Servelec HSC".into(), ..Default::default() };
    let refused = create(&programme, "epr-product", product.clone()).await.unwrap_err();
    assert_eq!(refusal(&refused), "InvalidArgument INVALID_REQUEST\n  term.supplier: is not a term of the vocabulary");
    let product =
        create(&programme, "epr-product", pb::Term { supplier: "servelec hsc".into(), ..product }).await.unwrap();
    assert_eq!(product.supplier, name("epr-supplier/servelec"));

    let renamed = pb::Term { label: "Scribes".into(), synonyms: vec![], etag: made.etag.clone(), ..made.clone() };
    let changed = update(&programme, &["label", "synonyms"], renamed.clone(), "2018-09-01").await.unwrap();
    assert_eq!((changed.label.as_str(), changed.synonyms.len(), changed.etag.as_str()), ("Ambient Scribes", 0, "v2"));
    assert_eq!(refusal(&update(&programme, &["label"], renamed, "").await.unwrap_err()), "Aborted ETAG_STALE");
    world.clock.advance(Duration::from_hours(24 * 30));
    let programme = world.programme().await;
    let changed = get(&programme, "project-type/ambient-scribes").await.0;
    let dated: Vec<_> = changed.labels.iter().map(|label| (label.text.as_str(), label.start_date.as_str())).collect();
    assert_eq!((changed.label.as_str(), dated), ("Scribes", vec![("Ambient Scribes", ""), ("Scribes", "2018-09-01")]));
    // A spelling that was given up is free again; an old label is not.
    create(&programme, "project-type", pb::Term { label: "AI notes".into(), ..Default::default() }).await.unwrap();
    let taken =
        create(&programme, "project-type", pb::Term { label: "ambient-scribes!".into(), ..Default::default() }).await;
    assert_eq!(refusal(&taken.unwrap_err()), "AlreadyExists TERM_EXISTS");
    merge(&programme, "project-type/ambient-scribes", "project-type/ai-notes", "2018-12-01").await.unwrap();
    assert_eq!(get(&programme, "project-type/ambient-scribes").await.1.label, "Scribes", "from a day to come");

    let request = pb::ListVocabularyChangesRequest {
        vocabulary: "vocabularies/project-type".into(),
        page_size: 2,
        ..Default::default()
    };
    let first = programme.vocabularies().list_vocabulary_changes(request.clone()).await.unwrap().into_inner();
    let request = pb::ListVocabularyChangesRequest { page_token: first.next_page_token, page_size: 9, ..request };
    let rest = programme.vocabularies().list_vocabulary_changes(request).await.unwrap().into_inner();
    let history: Vec<_> =
        first.changes.iter().chain(&rest.changes).map(|one| (one.version, one.note.as_str())).collect();
    assert_eq!(
        history,
        [
            (5, "\"Scribes\" goes on in \"AI notes\" from 1 December 2018"),
            (4, "\"AI notes\" was made"),
            (3, "\"Ambient Scribes\" is called \"Scribes\" from 1 September 2018; is also spelt no other way"),
            (2, "\"Ambient Scribes\" was made"),
            (1, "the terms that came with the service"),
        ]
    );
    let listed = pb::ListTermsRequest { vocabulary: "vocabularies/project-type".into(), ..Default::default() };
    assert_eq!(programme.vocabularies().list_terms(listed).await.unwrap().into_inner().version, 5);
}

async fn bad_changes_change_nothing(database: Database) {
    let world = World::new(database).await;
    let programme = world.programme().await;
    let before = list(&programme, "care-setting", "").await.unwrap();
    let term = |label: &str| pb::Term { label: label.to_owned(), ..Default::default() };
    let long = "x".repeat(81);
    for (refused, expected) in [
        (create(&programme, "care-setting", term("Acute")).await, "AlreadyExists TERM_EXISTS"),
        (
            create(&programme, "care-setting", pb::Term { synonyms: vec!["ACUTE".into()], ..term("Hospital") }).await,
            "AlreadyExists SPELLING_TAKEN",
        ),
        (
            create(&programme, "care-setting", term("...")).await,
            "InvalidArgument INVALID_REQUEST\n  term.label: has neither a letter nor a digit\n  term_id: must be small letters and digits with single hyphens between, at most 80 characters",
        ),
        (
            create(
                &programme,
                "care-setting",
                pb::Term { synonyms: vec![String::new()], supplier: "Epic".into(), ..term(&long) },
            )
            .await,
            "InvalidArgument INVALID_REQUEST\n  term.label: is longer than 80 characters (81)\n  term_id: must be small letters and digits with single hyphens between, at most 80 characters\n  term.synonyms[0]: is missing\n  term.supplier: is for terms of epr-product only",
        ),
        (
            create(&programme, "colour", term("Red")).await,
            "InvalidArgument INVALID_REQUEST\n  vocabulary: must look like vocabularies/{vocabulary}, as vocabularies/care-setting",
        ),
        (
            merge(&programme, "care-setting/acute", "care-setting/acute", "").await,
            "InvalidArgument INVALID_REQUEST\n  into: is the term itself",
        ),
        (
            merge(&programme, "care-setting/acute", "pillar/well-led", "1 May").await,
            "InvalidArgument INVALID_REQUEST\n  date: must be a day like 2018-08-06\n  into: is of another vocabulary",
        ),
        (
            merge(&programme, "care-setting/acute", "care-setting/ambulance-service", "").await,
            "FailedPrecondition TERM_ENDED",
        ),
        (
            merge(&programme, "care-setting/ambulance-service", "care-setting/acute", "").await,
            "FailedPrecondition TERM_ENDED",
        ),
        (merge(&programme, "care-setting/hospital", "care-setting/acute", "").await, "NotFound TERM_NOT_FOUND"),
        (
            update(
                &programme,
                &["label"],
                pb::Term { name: name("care-setting/acute"), ..term("Ambulance Service") },
                "",
            )
            .await,
            "AlreadyExists SPELLING_TAKEN",
        ),
        (
            update(&programme, &["colour"], term("Red"), "").await,
            "InvalidArgument INVALID_REQUEST\n  term.name: must look like vocabularies/{vocabulary}/terms/{term}\n  update_mask: names \"colour\", which is no field that can be changed",
        ),
    ] {
        assert_eq!(refusal(&refused.unwrap_err()), expected);
    }
    for (filter, fault) in [
        ("state = gone", "state is current, merged or retired"),
        ("means = hospital", "means is not a term of the vocabulary"),
        ("colour = red", "expects one of state, means, supplier at character 1"),
    ] {
        let refused = list(&programme, "care-setting", filter).await.unwrap_err();
        assert_eq!(refusal(&refused), format!("InvalidArgument INVALID_REQUEST\n  filter: {fault}"));
    }
    assert_eq!(list(&programme, "care-setting", "").await.unwrap(), before);
}

async fn racing_merges_make_no_ring(database: Database) {
    let world = World::new(database).await;
    let programme = world.programme().await;
    for round in 0..5 {
        let terms: Vec<String> = (0..4).map(|number| format!("funder-{round}-{number}")).collect();
        for label in &terms {
            create(&programme, "funder", pb::Term { label: label.clone(), ..Default::default() }).await.unwrap();
        }
        let races = (0..12_usize).map(|race| {
            let one = format!("funder/{}", terms[race % 4]);
            let other = format!("funder/{}", terms[(race + 1 + race / 4) % 4]);
            let programme = programme.clone();
            tokio::spawn(async move { merge(&programme, &one, &other, "").await.is_ok() })
        });
        let mut merged = 0;
        for race in races.collect::<Vec<_>>() {
            merged += usize::from(race.await.unwrap());
        }
        let mut living = BTreeSet::new();
        for term in &terms {
            let (_, current) = get(&programme, &format!("funder/{term}")).await;
            assert_eq!(current.state(), pb::TermState::Current, "whatever it was merged into lives");
            living.insert(current.name);
        }
        assert_eq!(living.len() + merged, terms.len(), "each merge ended one term");
    }
}

/// What one replica changes, another knows of a moment later.
async fn replicas_follow(database: Database) {
    let world = World::new(database).await;
    let beside =
        World::with(database, |config| config.storage.database.clone_from(&world.config.storage.database)).await;
    let (programme, other) = (world.programme().await, beside.anonymous().await);
    assert_eq!(get(&other, "care-setting/specialist").await.1.label, "Specialist");
    merge(&programme, "care-setting/specialist", "care-setting/acute", "").await.unwrap();
    assert_eq!(get(&programme, "care-setting/specialist").await.1.label, "Acute", "at once where it was done");
    for _ in 0..100 {
        if get(&other, "care-setting/specialist").await.1.label == "Acute" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the other replica did not follow");
}
