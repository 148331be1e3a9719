//! Qualifications, codes and the status list.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exemplar_kernel::{Chance, Fault as _, OrganisationId, PersonId, Timestamp};
use flate2::read::GzDecoder;
use proptest::prelude::*;
use uuid::Uuid;

use crate::model::badge::{Issuer, STATUS_PLACES, id_of};
use crate::model::credential::Code;
use crate::model::curriculum::{CurriculumCode, RevisionId};
use crate::model::enrolment::EnrolmentId;
use crate::model::qualification::{Qualification, QualificationId, QualificationState};

fn person(number: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(number))
}

/// Proposed by person 1; person 9 has earned it.
fn proposed() -> Qualification {
    Qualification {
        id: QualificationId::new(Uuid::from_u128(7)),
        enrolment: EnrolmentId::new(Uuid::from_u128(8)),
        learner: person(9),
        learner_name: "Sample".to_owned(),
        organisation: OrganisationId::from_code("RBL").unwrap(),
        curriculum: RevisionId { code: CurriculumCode::from_code("X-1").unwrap(), number: 1 },
        title: "Diploma".to_owned(),
        credits: 60,
        valid_until: None,
        state: QualificationState::Proposed,
        proposed_by: Some(person(1)),
        proposed: Timestamp::from_micros(0),
        decided_by: None,
        decided: None,
        reason: String::new(),
        version: 1,
    }
}

#[test]
fn two_people_decide_and_the_learner_is_neither() {
    let now = Timestamp::from_micros(5);
    for (second, wanted) in [
        (Some(person(1)), Err("SECOND_PERSON")),
        (Some(person(9)), Err("SECOND_PERSON")),
        (None, Err("SECOND_PERSON")),
        (Some(person(2)), Ok(QualificationState::Awarded)),
    ] {
        let found = proposed().confirmed(second, now).map(|decided| decided.state);
        assert_eq!(found.map_err(|error| error.reason()), wanted, "{second:?}");
    }
    let awarded = proposed().confirmed(Some(person(2)), now).unwrap();
    assert_eq!((awarded.decided_by, awarded.decided, awarded.version), (Some(person(2)), Some(now), 2));
    assert_eq!(awarded.clone().confirmed(Some(person(3)), now).unwrap_err().reason(), "QUALIFICATION_STATE");
    assert_eq!(proposed().revoked("So.".to_owned()).unwrap_err().reason(), "QUALIFICATION_STATE");
    let revoked = awarded.revoked("So.".to_owned()).unwrap();
    assert_eq!((revoked.state, revoked.decided_by), (QualificationState::Revoked, Some(person(2))));
}

/// The places that a list says were taken back.
fn places(issuer: &Issuer, revoked: &[i32]) -> Vec<i32> {
    let document = issuer.status_document(revoked, Timestamp::from_micros(0));
    let encoded = document["credentialSubject"]["encodedList"].as_str().unwrap();
    let packed = URL_SAFE_NO_PAD.decode(encoded.strip_prefix('u').unwrap()).unwrap();
    let mut bits = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut bits).unwrap();
    assert_eq!(bits.len() * 8, usize::try_from(STATUS_PLACES).unwrap());
    let is_set = |place: &i32| bits[usize::try_from(place / 8).unwrap()] & (0x80 >> (place % 8)) != 0;
    (0..i32::try_from(STATUS_PLACES).unwrap()).filter(is_set).collect()
}

#[test]
fn an_address_is_a_did() {
    for (address, did) in
        [("https://academy.example", "did:web:academy.example"), ("http://127.0.0.1:8080", "did:web:127.0.0.1%3A8080")]
    {
        let issuer = Issuer { address: address.to_owned(), name: String::new() };
        assert_eq!(issuer.did(), did);
    }
}

#[test]
fn a_document_that_names_no_credential_is_none_of_ours() {
    for document in ["", "a", "a.b.c", "e30.e30.e30", "..", "x.eyJqdGkiOiJ1cm46dXVpZDp4In0.y"] {
        assert_eq!(id_of(document), None, "{document:?}");
    }
}

proptest! {
    #[test]
    fn a_code_is_read_as_people_type_it(seed: u64, lower: bool, hyphens: bool) {
        let code = Code::new(&Chance::seeded(seed));
        let mut typed = code.to_string();
        prop_assert_eq!(typed.len(), 19);
        if lower {
            typed = typed.to_lowercase().replace('0', "o").replace('1', "l");
        }
        if !hyphens {
            typed = typed.replace('-', " ");
        }
        prop_assert_eq!(Code::parse(&typed), Some(code.clone()));
        prop_assert_eq!(Code::parse(&typed[1..]), None);
        prop_assert_eq!(Code::parse(&format!("{typed}7")), None);
    }

    #[test]
    fn a_list_says_what_was_taken_back(mut revoked in prop::collection::btree_set(0..131_072_i32, 0..40)) {
        let issuer = Issuer { address: "https://a.example".to_owned(), name: "A".to_owned() };
        revoked.insert(0);
        let revoked: Vec<_> = revoked.into_iter().collect();
        prop_assert_eq!(places(&issuer, &revoked), revoked);
    }
}
