//! Messages as JSON.

use exemplar_proto::{academy, blueprints, directory, network};
use prost_types::Timestamp;
use serde_json::{Value, json};

use crate::json::{self, NAMES, POOL};

fn value<M: json::Document>(message: &M) -> Value {
    serde_json::from_str(&json::of_message(message)).unwrap()
}

#[test]
fn every_document_is_in_the_api() {
    for name in NAMES {
        assert!(POOL.get_message_by_name(name).is_some(), "{name}");
    }
}

#[test]
fn every_answer_that_people_read_is_a_document() {
    let answers = POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let missing: Vec<_> = answers
        .map(|method| method.output().full_name().to_owned())
        .filter(|name| name.starts_with("exemplar.") && !NAMES.contains(&name.as_str()))
        .collect();
    // Files, and the steps of sending one, are no documents; nobody types a refresh or asks for many cards at once.
    let others = [
        "exemplar.academy.v1.DownloadCertificateResponse",
        "exemplar.academy.v1.DownloadStandingsResponse",
        "exemplar.academy.v1.DownloadSheetResponse",
        "exemplar.blueprints.v1.StartUploadResponse",
        "exemplar.blueprints.v1.WriteChunksResponse",
        "exemplar.blueprints.v1.GetUploadResponse",
        "exemplar.blueprints.v1.DownloadArtefactResponse",
        "exemplar.blueprints.v1.BatchGetDecisionCardsResponse",
        "exemplar.blueprints.v1.ImportIndexResponse",
        "exemplar.blueprints.v1.ExportIndexResponse",
        "exemplar.blueprints.v1.ExportBlueprintResponse",
        "exemplar.directory.v1.DownloadPersonalDataResponse",
        "exemplar.directory.v1.RefreshResponse",
        // The list shows everything of an item.
        "exemplar.inbox.v1.GetItemResponse",
        "exemplar.network.v1.DownloadPairingsResponse",
        "exemplar.network.v1.GetCertificateResponse",
    ];
    assert_eq!(missing, others);
}

#[test]
fn names_enums_times_and_long_numbers() {
    let pairing = network::v1::Pairing {
        name: "pairings/1".into(),
        state: network::v1::PairingState::DueDiligence.into(),
        propose_time: Some(Timestamp { seconds: 1_490_000_000, nanos: 0 }),
        ..network::v1::Pairing::default()
    };
    let answer = network::v1::AcceptPairingResponse { pairing: Some(pairing), sequence: 9_007_199_254_740_993 };
    let value = value(&answer);
    assert_eq!(value["pairing"]["state"], "PAIRING_STATE_DUE_DILIGENCE");
    assert_eq!(value["pairing"]["proposeTime"], "2017-03-20T08:53:20Z");
    assert_eq!(value["sequence"], "9007199254740993");
}

#[test]
fn fields_that_hold_nothing_are_there() {
    let value = value(&directory::v1::ListPeopleResponse::default());
    assert_eq!(value, json!({ "people": [], "nextPageToken": "" }));
}

#[test]
fn a_message_that_is_missing_is_left_out() {
    assert_eq!(value(&directory::v1::WhoAmIResponse::default()), json!({}));
    assert_eq!(value(&directory::v1::SignOutResponse {}), json!({}));
}

#[test]
fn floats_and_lists_of_enums() {
    let hit = blueprints::v1::Hit { score: 1.5, ..blueprints::v1::Hit::default() };
    let answer = blueprints::v1::SearchResponse { hits: vec![hit], ..blueprints::v1::SearchResponse::default() };
    assert_eq!(value(&answer)["hits"][0]["score"], 1.5);
    let person = directory::v1::Person { network_roles: vec![3, 99], ..directory::v1::Person::default() };
    let roles = value(&directory::v1::WhoAmIResponse { person: Some(person) })["person"]["networkRoles"].clone();
    assert_eq!(roles, json!(["NETWORK_ROLE_ACADEMY", 99]));
}

#[test]
fn fields_keep_the_order_of_the_api() {
    let cohort = academy::v1::Cohort { places: 3, ..academy::v1::Cohort::default() };
    let text = json::of_message(&academy::v1::GetCohortResponse { cohort: Some(cohort) });
    let places =
        ["name", "title", "curriculum", "startDate", "places", "enrolled"].map(|field| text.find(field).unwrap());
    assert!(places.is_sorted(), "{text}");
}
