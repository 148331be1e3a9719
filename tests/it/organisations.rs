//! Organisations: register, import, change, succeed, list.

use exemplar_kernel::{NetworkRole, Role};
use exemplar_proto::directory::v1 as pb;
use exemplar_tests::{Database, World, refusal};
use prost_types::FieldMask;

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("organisations::import_judges_every_row", import_judges_every_row);
    suite.each("organisations::a_bad_file_changes_nothing", a_bad_file_changes_nothing);
    suite.each("organisations::succession_resolves_old_codes", succession_resolves_old_codes);
    suite.each("organisations::profiles_change_under_etags_and_masks", profiles_change_under_etags_and_masks);
    suite.each("organisations::lists_page_and_filter", lists_page_and_filter);
    suite.each("organisations::requests_repeat", requests_repeat);
    suite.each("organisations::partners_have_own_ids", partners_have_own_ids);
}

fn import(csv: &str, validate_only: bool) -> pb::ImportOrganisationsRequest {
    pb::ImportOrganisationsRequest { csv: csv.as_bytes().to_vec(), validate_only, ..Default::default() }
}

fn verdicts(answer: &pb::ImportOrganisationsResponse) -> Vec<String> {
    let line = |verdict: &pb::RowVerdict| {
        format!("{} {:?} {} {}", verdict.line, verdict.outcome(), verdict.organisation, verdict.faults.join("; "))
    };
    answer.verdicts.iter().map(|verdict| line(verdict).trim_end().to_owned()).collect()
}

const FILE: &str = "\u{feff}code,name,country,region,care_setting,epr_supplier,epr_product,opened,closed,source\n\
    RGT,Cambridge University Hospitals NHS Foundation Trust,GB,East of England,acute,Epic,,1993-04-01,,ODS\n\
    RC9,\"Luton and Dunstable, University Hospital\",,East of England,acute;community,,,1992-04-01,,ODS\n\
    US-STANFORD,Stanford University,US,,,,,,,\n";

async fn import_judges_every_row(database: Database) {
    let world = World::new(database).await;
    let programme = world.programme().await;
    let dry = programme.organisations().import_organisations(import(FILE, true)).await.unwrap().into_inner();
    assert_eq!(dry.sequence, 0);
    assert_eq!(
        verdicts(&dry),
        ["2 Created organisations/RGT", "3 Created organisations/RC9", "4 Created organisations/US-STANFORD"]
    );
    let none = programme.organisations().list_organisations(pb::ListOrganisationsRequest::default()).await.unwrap();
    assert_eq!(none.into_inner().organisations, []);

    let wet = programme.organisations().import_organisations(import(FILE, false)).await.unwrap().into_inner();
    assert_eq!(verdicts(&wet), verdicts(&dry));
    let again = FILE.replace("Epic", "Oracle Health");
    let again = programme.organisations().import_organisations(import(&again, false)).await.unwrap().into_inner();
    assert_eq!(
        verdicts(&again),
        ["2 Updated organisations/RGT", "3 Unchanged organisations/RC9", "4 Unchanged organisations/US-STANFORD"]
    );
    let found = get(&world, "RC9").await;
    assert_eq!(found.profile.unwrap().care_settings, ["Acute", "Community"]);
    assert_eq!((found.country.as_str(), found.open_date.as_str()), ("GB", "1992-04-01"));
}

async fn a_bad_file_changes_nothing(database: Database) {
    let world = World::new(database).await;
    let programme = world.programme().await;
    let bad = "code,name,country,care_setting,opened,closed\n\
        RGT,Cambridge,GB,acute,1993-04-01,\n\
        \n\
        rgt,,G8,hospital,1 April,\n\
        RGT,Twice,,,2001-01-01,2000-01-01\n\
        US-MAYO,Mayo Clinic,GB,,,\n\
        too,few\n";
    let dry = programme.organisations().import_organisations(import(bad, true)).await.unwrap().into_inner();
    let expected = [
        "2 Created organisations/RGT",
        "4 Invalid  code must look like an ODS code of 3 to 10 capital letters and digits, or an own id like \
         US-STANFORD; country must be two capital letters (ISO 3166-1 alpha-2); care_setting[0] is not a care \
         setting; there are Acute, Ambulance, Community, Maternity, Mental Health, Multiple/Shared Care, Primary \
         Care, Specialist; opened must be a day like 2018-08-06; name is missing",
        "5 Invalid organisations/RGT code is in the file more than once; closed is before opened",
        "6 Invalid organisations/US-MAYO country is not the country that the code begins with",
        "7 Invalid  code must look like an ODS code of 3 to 10 capital letters and digits, or an own id like US-STANFORD",
    ];
    for (found, expected) in verdicts(&dry).iter().zip(expected) {
        if !expected.starts_with('7') {
            assert_eq!(found, expected);
        }
    }
    assert_eq!(dry.verdicts.len(), 5);
    let refused = programme.organisations().import_organisations(import(bad, false)).await.unwrap_err();
    let refused = refusal(&refused);
    assert!(refused.starts_with("InvalidArgument INVALID_REQUEST\n  csv line 4: code must look like"), "{refused}");
    for line in 4..=7 {
        assert!(refused.contains(&format!("csv line {line}: ")), "{refused}");
    }
    let none = programme.organisations().list_organisations(pb::ListOrganisationsRequest::default()).await.unwrap();
    assert_eq!(none.into_inner().organisations, []);
    for (file, fault) in
        [("", "csv: has no column code in its first line"), ("code;name\nRGT;x\n", "csv: has no column code")]
    {
        let refused = programme.organisations().import_organisations(import(file, true)).await.unwrap_err();
        assert!(refusal(&refused).contains(fault), "{}", refusal(&refused));
    }
    let binary = pb::ImportOrganisationsRequest { csv: b"code,name\nRGT,\xff\xfe\n".to_vec(), ..Default::default() };
    let refused = programme.organisations().import_organisations(binary).await.unwrap_err();
    assert_eq!(refusal(&refused), "InvalidArgument INVALID_REQUEST\n  csv line 2: is not UTF-8 text");
}

async fn succession_resolves_old_codes(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RC9", "RC1", "RLN", "RE9", "R0B"]).await;
    let programme = world.programme().await;
    let succeed = async |predecessor: &str, successor: &str, date: &str| {
        let succession = pb::Succession {
            predecessor: format!("organisations/{predecessor}"),
            successor: format!("organisations/{successor}"),
            date: date.to_owned(),
            source: "ODS".to_owned(),
        };
        let request = pb::RecordSuccessionRequest { succession: Some(succession), ..Default::default() };
        programme.organisations().record_succession(request).await.map(tonic::Response::into_inner)
    };
    let bedford = succeed("RC1", "RC9", "2020-04-01").await.unwrap().predecessor.unwrap();
    assert_eq!(bedford.close_date, "2020-04-01");
    assert_eq!(bedford.current, ["organisations/RC9"]);
    for (predecessor, successor) in [("RLN", "R0B"), ("RE9", "R0B"), ("R0B", "RC9")] {
        succeed(predecessor, successor, "2019-04-01").await.unwrap();
    }
    // An old code resolves through every succession, and says by whom.
    let sunderland = get(&world, "RLN").await;
    assert_eq!(sunderland.current, ["organisations/RC9"]);
    assert_eq!(sunderland.successors[0].successor, "organisations/R0B");
    let merged = get(&world, "R0B").await;
    let predecessors: Vec<_> = merged.predecessors.iter().map(|succession| succession.predecessor.as_str()).collect();
    assert_eq!(predecessors, ["organisations/RE9", "organisations/RLN"]);

    for (predecessor, successor, date, expected) in [
        ("RC1", "RC9", "2020-04-01", "AlreadyExists SUCCESSION_EXISTS"),
        ("RC9", "RLN", "2021-04-01", "FailedPrecondition SUCCESSION_CIRCULAR"),
        ("RC9", "RC9", "2021-04-01", "FailedPrecondition SUCCESSION_CIRCULAR"),
        ("RC9", "RZZ", "2021-04-01", "NotFound ORGANISATION_NOT_FOUND"),
        ("RC9", "R0B", "", "InvalidArgument INVALID_REQUEST\n  succession.date: is missing"),
    ] {
        assert_eq!(refusal(&succeed(predecessor, successor, date).await.unwrap_err()), expected);
    }
}

async fn profiles_change_under_etags_and_masks(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let before = get(&world, "RGT").await;
    let update = async |paths: &[&str], organisation: pb::Organisation| {
        let update_mask = Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() });
        let request =
            pb::UpdateOrganisationRequest { organisation: Some(organisation), update_mask, ..Default::default() };
        lead.organisations().update_organisation(request).await.map(|answer| answer.into_inner().organisation.unwrap())
    };
    let profile = pb::Profile { epr_supplier: "Epic".to_owned(), region: "ignored".to_owned(), ..Default::default() };
    let with =
        |etag: &str| pb::Organisation { etag: etag.to_owned(), profile: Some(profile.clone()), ..before.clone() };
    let after = update(&["profile.epr_supplier"], with(&before.etag)).await.unwrap();
    let changed = after.profile.clone().unwrap();
    assert_eq!((changed.epr_supplier.as_str(), changed.region.as_str()), ("Epic", "London"));
    assert_ne!(after.etag, before.etag);

    for (paths, etag, expected) in [
        (&["profile.epr_supplier"][..], before.etag.as_str(), "Aborted ETAG_STALE"),
        (
            &["profile.colour"],
            "",
            "InvalidArgument INVALID_REQUEST\n  update_mask: names \"profile.colour\", which is no field that can be changed",
        ),
        (
            &[],
            "W/1",
            "InvalidArgument INVALID_REQUEST\n  etag: is not an etag of this service; send the one you read, or none\n  update_mask: names no field",
        ),
        (&["display_name"], "", "PermissionDenied ROLE_MISSING"),
    ] {
        assert_eq!(refusal(&update(paths, with(etag)).await.unwrap_err()), expected);
    }
    let absent = pb::Organisation { name: "organisations/RZZ".to_owned(), ..with("") };
    assert_eq!(refusal(&update(&["profile"], absent).await.unwrap_err()), "PermissionDenied ROLE_MISSING");
    assert_eq!(get(&world, "RGT").await, after);
}

async fn lists_page_and_filter(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RA1", "RA2", "RA3", "RA4", "RA5"]).await;
    let anyone = world.anonymous().await;
    let list = async |filter: &str, page_size: i32, page_token: &str| {
        let request = pb::ListOrganisationsRequest {
            filter: filter.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
            order_by: "code".to_owned(),
        };
        let answer = anyone.organisations().list_organisations(request).await.map(tonic::Response::into_inner)?;
        let names: Vec<_> = answer.organisations.iter().map(|found| found.name.replace("organisations/", "")).collect();
        Ok::<_, tonic::Status>((names.join(" "), answer.next_page_token))
    };
    let (first, token) = list("region = London", 2, "").await.unwrap();
    let (second, next) = list("region = London", 2, &token).await.unwrap();
    let (third, end) = list("region = London", 2, &next).await.unwrap();
    assert_eq!((first.as_str(), second.as_str(), third.as_str(), end.as_str()), ("RA1 RA2", "RA3 RA4", "RA5", ""));
    let (all, _) = list(r#"care_setting = "acute" AND status = open AND country = GB"#, 0, "").await.unwrap();
    assert_eq!(all, "RA1 RA2 RA3 RA4 RA5");
    assert_eq!(list("region = \"North West\"", 0, "").await.unwrap().0, "");
    for (filter, size, token, fault) in [
        (
            "region = \"North West\"",
            2,
            token.as_str(),
            "page_token: is not a token of this query; start again without one",
        ),
        ("", 2, "rubbish", "page_token: is not a token of this query; start again without one"),
        ("", -1, "", "page_size: must not be negative"),
        (
            "colour = blue",
            0,
            "",
            "filter: expects one of region, care_setting, epr_supplier, epr_product, country, status, size_band, type, offers, \
             seeks at character 1",
        ),
        (r#"region = "London" AND region = Wales"#, 0, "", "filter: has region twice"),
        ("status = ajar", 0, "", "filter: status is open or closed"),
    ] {
        let refused = list(filter, size, token).await.unwrap_err();
        assert_eq!(refusal(&refused), format!("InvalidArgument INVALID_REQUEST\n  {fault}"));
    }
}

async fn requests_repeat(database: Database) {
    let world = World::new(database).await;
    let programme = world.person(&[], &[NetworkRole::Programme]).await;
    let create = |id: &str, name: &str| pb::CreateOrganisationRequest {
        organisation_id: id.to_owned(),
        organisation: Some(pb::Organisation { display_name: name.to_owned(), ..Default::default() }),
        request_id: "once-1".to_owned(),
    };
    let first =
        programme.organisations().create_organisation(create("US-MAYO", "Mayo Clinic")).await.unwrap().into_inner();
    let again =
        programme.organisations().create_organisation(create("US-MAYO", "Mayo Clinic")).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = programme.organisations().create_organisation(create("US-MAYO", "Another")).await.unwrap_err();
    assert_eq!(refusal(&other), "AlreadyExists REQUEST_ID_REUSED");
    // The id is the caller's own: somebody else's is another.
    let somebody = world.programme().await;
    let other = somebody.organisations().create_organisation(create("US-MAYO", "Mayo Clinic")).await.unwrap_err();
    assert_eq!(refusal(&other), "AlreadyExists ORGANISATION_EXISTS");
    // A refused request leaves no memory: the same id may be used rightly.
    let both = (0..8).map(|_| {
        let (programme, create) = (programme.clone(), create("US-UCSF", "UCSF"));
        let request = pb::CreateOrganisationRequest { request_id: "once-2".to_owned(), ..create };
        tokio::spawn(async move {
            programme.organisations().create_organisation(request).await.map(tonic::Response::into_inner)
        })
    });
    let mut answers = Vec::new();
    for answer in both.collect::<Vec<_>>() {
        answers.push(answer.await.unwrap().unwrap());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "eight at once get one answer");
}

async fn partners_have_own_ids(database: Database) {
    let world = World::new(database).await;
    let programme = world.programme().await;
    let create = async |id: &str, country: &str, name: &str| {
        let organisation =
            pb::Organisation { display_name: name.to_owned(), country: country.to_owned(), ..Default::default() };
        let request = pb::CreateOrganisationRequest {
            organisation_id: id.to_owned(),
            organisation: Some(organisation),
            ..Default::default()
        };
        programme
            .organisations()
            .create_organisation(request)
            .await
            .map(|answer| answer.into_inner().organisation.unwrap())
    };
    let made = create("NL-AMSTERDAM-UMC", "", "Amsterdam UMC").await.unwrap();
    assert_eq!((made.name.as_str(), made.country.as_str()), ("organisations/NL-AMSTERDAM-UMC", "NL"));
    let refused = create("RGT", "GB", "").await.unwrap_err();
    assert_eq!(
        refusal(&refused),
        "InvalidArgument INVALID_REQUEST\n  organisation_id: looks like an ODS code; those come by import, own ids look \
         like US-STANFORD\n  organisation.country: GB is not the country that the id begins with\n  \
         organisation.display_name: is missing"
    );
    let long = "x".repeat(201);
    let refused = create("US-X1", "", &long).await.unwrap_err();
    assert_eq!(
        refusal(&refused),
        "InvalidArgument INVALID_REQUEST\n  organisation.display_name: is longer than 200 characters (201)"
    );
}

async fn get(world: &World, code: &str) -> pb::Organisation {
    let request = pb::GetOrganisationRequest { name: format!("organisations/{code}") };
    let answer = world.anonymous().await.organisations().get_organisation(request).await.unwrap();
    answer.into_inner().organisation.unwrap()
}
