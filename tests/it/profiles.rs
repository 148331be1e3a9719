//! Profiles: record systems with their time, topics, and what other contexts read of them.

use std::time::Duration;

use exemplar_directory::Vocabulary;
use exemplar_kernel::{OrganisationId, Role};
use exemplar_proto::directory::v1 as pb;
use exemplar_tests::{Actor, Database, World, refusal};
use prost_types::FieldMask;

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("profiles::record_systems_have_their_time", record_systems_have_their_time);
    suite.each("profiles::suppliers_are_found_under_every_name", suppliers_are_found_under_every_name);
    suite.each("profiles::topics_are_offered_and_sought", topics_are_offered_and_sought);
    suite.each("profiles::others_compare_them", others_compare_them);
    suite.each("profiles::bad_record_systems_change_nothing", bad_record_systems_change_nothing);
}

const RGT: &str = "organisations/RGT";

async fn add(actor: &Actor, organisation: &str, system: pb::RecordSystem) -> Result<pb::RecordSystem, tonic::Status> {
    let request = pb::AddRecordSystemRequest {
        organisation: organisation.to_owned(),
        record_system: Some(system),
        ..Default::default()
    };
    Ok(actor.profiles().add_record_system(request).await?.into_inner().record_system.unwrap())
}

async fn update(actor: &Actor, paths: &[&str], system: pb::RecordSystem) -> Result<pb::RecordSystem, tonic::Status> {
    let request = pb::UpdateRecordSystemRequest {
        record_system: Some(system),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..Default::default()
    };
    Ok(actor.profiles().update_record_system(request).await?.into_inner().record_system.unwrap())
}

async fn systems(actor: &Actor, organisation: &str) -> Vec<pb::RecordSystem> {
    let request = pb::ListRecordSystemsRequest { organisation: organisation.to_owned(), ..Default::default() };
    actor.profiles().list_record_systems(request).await.unwrap().into_inner().record_systems
}

async fn get(actor: &Actor, organisation: &str) -> pb::Organisation {
    let request = pb::GetOrganisationRequest { name: organisation.to_owned() };
    actor.organisations().get_organisation(request).await.unwrap().into_inner().organisation.unwrap()
}

async fn listed(actor: &Actor, filter: &str) -> Vec<String> {
    let request =
        pb::ListOrganisationsRequest { filter: filter.to_owned(), order_by: "code".into(), ..Default::default() };
    let answer = actor.organisations().list_organisations(request).await.unwrap().into_inner();
    answer.organisations.into_iter().map(|found| found.name.replace("organisations/", "")).collect()
}

async fn change(actor: &Actor, organisation: &str, paths: &[&str], profile: pb::Profile) -> pb::Profile {
    let request = pb::UpdateOrganisationRequest {
        organisation: Some(pb::Organisation {
            name: organisation.into(),
            profile: Some(profile),
            ..Default::default()
        }),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| format!("profile.{path}")).collect() }),
        ..Default::default()
    };
    let answer = actor.organisations().update_organisation(request).await.unwrap().into_inner();
    answer.organisation.unwrap().profile.unwrap()
}

fn product(product: &str, start: &str) -> pb::RecordSystem {
    pb::RecordSystem {
        product: product.into(),
        start_date: start.into(),
        source: "the tests".into(),
        ..Default::default()
    }
}

async fn record_systems_have_their_time(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, anyone) = (world.at("RGT", Role::Lead).await, world.anonymous().await);
    // The supplier is the product's; what it is for is the electronic patient record; several are used at once.
    let old = add(&lead, RGT, product("medway", "2009-01-01")).await.unwrap();
    assert_eq!((old.supplier.as_str(), old.product.as_str()), ("System C", "Medway"));
    assert_eq!(old.purpose, "Electronic Patient Record (EPR)");
    let pics = pb::RecordSystem { purpose: "epma".into(), ..product("PICS", "") };
    add(&lead, RGT, pics).await.unwrap();
    let ended = pb::RecordSystem { end_date: "2014-10-26".into(), ..old.clone() };
    update(&lead, &["end_date"], ended.clone()).await.unwrap();
    add(&lead, RGT, pb::RecordSystem { version: "2017".into(), ..product("Epic", "2014-10-26") }).await.unwrap();
    add(&lead, RGT, product("TrakCare", "2030-01-01")).await.unwrap();

    let all: Vec<_> =
        systems(&anyone, RGT).await.into_iter().map(|one| (one.product, one.start_date, one.end_date)).collect();
    let row = |product: &str, start: &str, end: &str| (product.to_owned(), start.to_owned(), end.to_owned());
    assert_eq!(
        all,
        [
            row("Medway", "2009-01-01", "2014-10-26"),
            row("PICS", "", ""),
            row("Epic", "2014-10-26", ""),
            row("TrakCare", "2030-01-01", "")
        ]
    );
    let profile = get(&anyone, RGT).await.profile.unwrap();
    let used: Vec<_> = profile.record_systems.iter().map(|system| system.product.as_str()).collect();
    assert_eq!(used, ["Epic", "PICS"], "what is in use today, the electronic patient record first");
    assert_eq!((profile.epr_product.as_str(), profile.epr_version.as_str()), ("Epic", "2017"));
    // The fields of the organisation speak of the same record system.
    change(&lead, RGT, &["epr_version"], pb::Profile { epr_version: "2018".into(), ..Default::default() }).await;
    assert_eq!(systems(&anyone, RGT).await[2].version, "2018");
    assert_eq!(
        (listed(&anyone, "epr_product = epic").await, listed(&anyone, "epr_product = medway").await),
        (vec!["RGT".to_owned()], vec![])
    );
    // On the day to come the next one is the one.
    world.clock.advance(Duration::from_hours(24 * 365 * 12));
    let profile = get(&anyone, RGT).await.profile.unwrap();
    assert_eq!(profile.epr_product, "TrakCare");
    assert_eq!(listed(&anyone, "epr_supplier = intersystems").await, ["RGT"]);
    assert_eq!(systems(&anyone, RGT).await[0].product, "CareFlow", "it is called otherwise by then");
}

async fn suppliers_are_found_under_every_name(database: Database) {
    let world = World::new(database).await;
    let (programme, anyone) = (world.programme().await, world.anonymous().await);
    let csv = "code,name,region,epr_supplier,epr_product\n\
        RTD,Newcastle,North East and Yorkshire,Cerner,Cerner Millennium\n\
        RRK,Birmingham,midlands,A house of our own,\n";
    let request = pb::ImportOrganisationsRequest { csv: csv.into(), ..Default::default() };
    programme.organisations().import_organisations(request.clone()).await.unwrap();
    let again = programme.organisations().import_organisations(request).await.unwrap().into_inner();
    assert_eq!(again.sequence, 0, "it says what is there already");
    let profile = get(&anyone, "organisations/RTD").await.profile.unwrap();
    assert_eq!((profile.epr_supplier.as_str(), profile.epr_product.as_str()), ("Cerner", "Millennium"));
    // What the vocabulary does not have stays as it was written, and is found so.
    let profile = get(&anyone, "organisations/RRK").await.profile.unwrap();
    assert_eq!((profile.epr_supplier.as_str(), profile.region.as_str()), ("A house of our own", "Midlands"));
    assert_eq!(listed(&anyone, "epr_supplier = \"A house of our own\"").await, ["RRK"]);
    world.clock.advance(Duration::from_hours(24 * 365 * 5));
    let profile = get(&anyone, "organisations/RTD").await.profile.unwrap();
    assert_eq!(profile.epr_supplier, "Oracle Health");
    for supplier in ["Cerner", "oracle health", "Oracle"] {
        assert_eq!(listed(&anyone, &format!("epr_supplier = \"{supplier}\"")).await, ["RTD"], "{supplier}");
    }
    assert_eq!(listed(&anyone, "region = \"north east and yorkshire\"").await, ["RTD"]);
}

async fn topics_are_offered_and_sought(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let (lead, anyone) = (world.at("RGT", Role::Lead).await, world.anonymous().await);
    let profile = pb::Profile {
        topics_offered: vec!["epma".into(), "Data security".into(), "ePMA".into()],
        topics_sought: vec!["benefits and evaluation".into()],
        size_band: "1,000 to 1,499 beds".into(),
        organisation_type: "acute trust".into(),
        ..Default::default()
    };
    let paths = ["topics_offered", "topics_sought", "size_band", "organisation_type"];
    let changed = change(&lead, RGT, &paths, profile).await;
    let epma = "Electronic Prescribing and Medication Administration (ePMA)";
    assert_eq!(changed.topics_offered, [epma, "Data security"]);
    assert_eq!(
        (changed.size_band.as_str(), changed.organisation_type.as_str()),
        ("1,000 to 1,499 beds", "Acute trust")
    );
    assert_eq!(changed.care_settings, ["Acute"], "what was not named stays");
    for filter in [
        "offers = epma",
        "seeks = \"Benefits and evaluation\"",
        "size_band = large",
        "type = \"acute trust\" AND offers = \"data security\"",
    ] {
        assert_eq!(listed(&anyone, filter).await, ["RGT"], "{filter}");
    }
    assert_eq!(listed(&anyone, "offers = \"Benefits and evaluation\"").await, [""; 0]);
    let request = pb::UpdateOrganisationRequest {
        organisation: Some(pb::Organisation {
            name: RGT.into(),
            profile: Some(pb::Profile {
                topics_sought: vec!["football".into()],
                size_band: "huge".into(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        update_mask: Some(FieldMask { paths: vec!["profile".into()] }),
        ..Default::default()
    };
    let refused = lead.organisations().update_organisation(request).await.unwrap_err();
    assert_eq!(
        refusal(&refused),
        "InvalidArgument INVALID_REQUEST\n  organisation.profile.size_band: is not a size band; there are 1,000 to 1,499 \
         beds; 1,500 beds and more; 500 to 999 beds; No beds; Under 500 beds\n  organisation.profile.topics_sought[0]: is \
         neither a strategic topic nor a project type"
    );
}

async fn others_compare_them(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV", "RBL"]).await;
    let programme = world.programme().await;
    for (code, name) in [("RGT", "Millennium"), ("RRV", "Epic")] {
        add(&programme, &format!("organisations/{code}"), product(name, "2014-10-26")).await.unwrap();
    }
    world.clock.advance(Duration::from_hours(24 * 365 * 5));
    let id = |code: &str| OrganisationId::from_code(code).unwrap();
    let directory = &world.services.directory;
    let found = directory.profiles(&["RGT", "RRV", "RBL", "RZZ"].map(id)).await.unwrap();
    assert_eq!(found.len(), 3);
    let supplier = |code: &str| found[&id(code)].record_systems.first().map(|system| system.supplier.as_str());
    assert_eq!((supplier("RGT"), supplier("RRV"), supplier("RBL")), (Some("oracle-health"), Some("epic"), None));
    let one = directory.profile(&id("RGT")).await.unwrap();
    assert_eq!((one.region.as_str(), one.country.as_str()), ("london", "GB"));
    assert_eq!(one.care_settings, ["acute"]);
    let words = directory.vocabularies().await.unwrap();
    assert_eq!(words.label(Vocabulary::EprSupplier, "cerner"), "Oracle Health");
    assert!(directory.profile(&id("RZZ")).await.is_err());
}

async fn bad_record_systems_change_nothing(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let there = add(&lead, RGT, product("Epic", "2014-10-26")).await.unwrap();
    let before = get(&lead, RGT).await;
    let other = |number: &str| pb::RecordSystem { name: format!("{RGT}/record-systems/{number}"), ..there.clone() };
    let early = pb::RecordSystem { end_date: "2014-10-25".into(), ..there.clone() };
    for (refused, expected) in [
        (
            add(
                &lead,
                RGT,
                pb::RecordSystem { purpose: "surfing".into(), start_date: "1 May".into(), ..product("Word", "") },
            )
            .await,
            "InvalidArgument INVALID_REQUEST\n  record_system.purpose: is not a project type\n  record_system.product: is not \
             a record system; there are CareFlow; Carenotes; EMIS Web; Epic; Expanse; Lorenzo; MAXIMS; Medway; Millennium; \
             Nervecentre; PICS; Rio; Sunrise; SystmOne; TrakCare\n  record_system.start_date: must be a day like 2018-08-06",
        ),
        (
            add(&lead, RGT, product("", "")).await,
            "InvalidArgument INVALID_REQUEST\n  record_system.product: is missing, and so is the supplier",
        ),
        (
            update(&lead, &["end_date"], early).await,
            "InvalidArgument INVALID_REQUEST\n  record_system.end_date: is before start_date",
        ),
        (update(&lead, &["version"], other("9")).await, "NotFound RECORD_SYSTEM_NOT_FOUND"),
        (
            update(&lead, &["name"], other("01")).await,
            "InvalidArgument INVALID_REQUEST\n  record_system.name: must look like \
             organisations/{code}/record-systems/{number}\n  update_mask: names \"name\", which is no field that can be changed",
        ),
        (add(&lead, "organisations/RRV", product("Epic", "")).await, "PermissionDenied ROLE_MISSING"),
    ] {
        assert_eq!(refusal(&refused.unwrap_err()), expected);
    }
    let stale = pb::AddRecordSystemRequest {
        organisation: RGT.into(),
        record_system: Some(product("Rio", "")),
        etag: "v1".into(),
        ..Default::default()
    };
    assert_eq!(refusal(&lead.profiles().add_record_system(stale).await.unwrap_err()), "Aborted ETAG_STALE");
    let programme = world.programme().await;
    let absent = add(&programme, "organisations/RZZ", product("Epic", "")).await.unwrap_err();
    assert_eq!(refusal(&absent), "NotFound ORGANISATION_NOT_FOUND");
    assert_eq!(get(&lead, RGT).await, before);
}
