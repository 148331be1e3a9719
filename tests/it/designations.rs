//! Designations: named once at a time, ended with what they hold kept, and named again.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use exemplar_kernel::{Role, journal};
use exemplar_proto::network::v1::{self as pb, DesignationKind as Named};
use exemplar_tests::{Actor, Database};

use crate::pairings::{CLOSED, REUSED, ROLE, SIGN_IN, Scene, Step, close, follow, named, propose, scene, take, told};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("designations::named_once", named_once);
    suite.each("designations::an_ended_one_gives_no_places", an_ended_one_gives_no_places);
}

async fn named_once(database: Database) {
    let Scene { world, exemplar, follower: _follower, programme } = scene(database, 3).await;
    close(&programme, "RBL").await;
    let record = async |by: &Actor, designation: pb::Designation, request_id: &str| {
        let (designation, request_id) = (Some(designation), request_id.to_owned());
        told(by.designations().record_designation(pb::RecordDesignationRequest { designation, request_id }).await)
    };
    let new = |code: &str, kind: Named, date: &str| pb::Designation {
        organisation: named(code),
        kind: kind.into(),
        start_date: date.to_owned(),
        capacity: 2,
        source: "the programme".to_owned(),
        ..Default::default()
    };
    let follower = new("REP", Named::FastFollower, "2018-02-01");
    let first = record(&programme, follower.clone(), "one").await.unwrap();
    let recorded = first.designation.clone().unwrap();
    assert_eq!(recorded, pb::Designation { name: recorded.name.clone(), ..follower.clone() });
    assert_eq!(record(&programme, follower.clone(), "one").await.unwrap(), first);
    let bad = pb::Designation { capacity: 101, kind: 9, start_date: "2018-13-01".into(), ..follower.clone() };
    let faults = "InvalidArgument INVALID_REQUEST\n  designation.kind: is not a kind of designation\n  \
                  designation.start_date: must be a day like 2018-08-06\n  designation.capacity: must be from 0 to 100";
    for (by, designation, request_id, expected) in [
        (&programme, new("REP", Named::GlobalExemplar, "2018-02-01"), "one", REUSED),
        (&programme, follower.clone(), "two", "AlreadyExists DESIGNATION_EXISTS"),
        (&programme, new("RZZ", Named::FastFollower, "2018-02-01"), "", "NotFound ORGANISATION_NOT_FOUND"),
        (&programme, new("RBL", Named::FastFollower, "2018-02-01"), "", CLOSED),
        (&exemplar, new("RQ6", Named::NationalExemplar, "2016-07-01"), "", ROLE),
        (&world.anonymous().await, new("RQ6", Named::NationalExemplar, "2016-07-01"), "", SIGN_IN),
        (&programme, bad, "", faults),
    ] {
        assert_eq!(record(by, designation, request_id).await.unwrap_err(), expected);
    }
    // An organisation may be several things, each from its day on.
    record(&programme, new("RQ6", Named::NationalExemplar, "2016-07-01"), "").await.unwrap();
    let list = async |filter: &str, page_token: &str| {
        let (page_size, filter, page_token) = (1, filter.to_owned(), page_token.to_owned());
        let request = pb::ListDesignationsRequest { page_size, page_token, filter };
        let answer = told(world.anonymous().await.designations().list_designations(request).await)?;
        let days = answer.designations.into_iter().map(|found| found.start_date).collect::<Vec<_>>();
        Ok::<_, String>((days.join(" "), answer.next_page_token))
    };
    let (newest, token) = list("", "").await.unwrap();
    let (older, next) = list("", &token).await.unwrap();
    let (oldest, end) = list("", &next).await.unwrap();
    assert_eq!([newest, older, oldest, end], ["2018-02-01", "2017-09-06", "2016-07-01", ""]);
    let only = list("kind = NATIONAL_EXEMPLAR AND organisation = organisations/RQ6", "").await.unwrap();
    assert_eq!(only, ("2016-07-01".to_owned(), String::new()));
    assert_eq!(list("kind = NATIONAL_EXEMPLAR AND organisation = RQ6", "").await.unwrap(), only);
    let kinds = "GLOBAL_EXEMPLAR, NATIONAL_EXEMPLAR, FAST_FOLLOWER, INTERNATIONAL_PARTNER";
    for (filter, token, fault) in [
        ("kind = FAST_FOLLOWER", token.as_str(), "page_token: is not a token of this query; start again without one"),
        ("kind = FOLLOWER", "", &format!("filter: kind is one of {kinds}")),
        ("organisation = RQ-6", "", "filter: organisation must look like organisations/{code} or be a code"),
    ] {
        let refused = list(filter, token).await.unwrap_err();
        assert_eq!(refused, format!("InvalidArgument INVALID_REQUEST\n  {fault}"));
    }
}

async fn an_ended_one_gives_no_places(database: Database) {
    let Scene { world, exemplar, follower, programme } = scene(database, 2).await;
    let end = async |by: &Actor, name: &str, date: &str, request_id: &str| {
        let (reason, request_id) = ("the programme has ended".to_owned(), request_id.to_owned());
        let request = pb::EndDesignationRequest { name: name.into(), end_date: date.into(), reason, request_id };
        told(by.designations().end_designation(request).await)
    };
    let list = async |filter: &str| {
        let request = pb::ListDesignationsRequest { filter: filter.into(), ..Default::default() };
        told(world.anonymous().await.designations().list_designations(request).await).unwrap().designations
    };
    let first = list("kind = GLOBAL_EXEMPLAR").await.remove(0);
    let live = propose(&follower, follow("RQ6", "REP", "REP")).await.unwrap().name;
    take(&exemplar, Step::Accept, &live, "").await.unwrap();
    let open = propose(&exemplar, follow("RQ6", "RBL", "RQ6")).await.unwrap().name;
    let invalid = |fault: &str| format!("InvalidArgument INVALID_REQUEST\n  end_date: {fault}");
    let unknown = "designations/018f0000-0000-7000-8000-000000000000";
    for (by, name, date, expected) in [
        (&exemplar, first.name.as_str(), "", ROLE.to_owned()),
        (&world.anonymous().await, &first.name, "", SIGN_IN.to_owned()),
        (&programme, unknown, "", "NotFound DESIGNATION_NOT_FOUND".to_owned()),
        (&programme, &first.name, "2017-09-05", invalid("is before 2017-09-06, when it began")),
        (&programme, &first.name, "2999-01-01", invalid("is to come; end it on that day")),
    ] {
        assert_eq!(end(by, name, date, "").await.unwrap_err(), expected);
    }
    let answer = end(&programme, &first.name, "2018-06-01", "end").await.unwrap();
    let ended = answer.designation.clone().unwrap();
    let dates = (ended.end_date.as_str(), ended.end_reason.as_str(), ended.taken);
    assert_eq!(dates, ("2018-06-01", "the programme has ended", 1));
    assert_eq!(end(&programme, &first.name, "2018-06-01", "end").await.unwrap(), answer);
    assert_eq!(end(&programme, &first.name, "", "").await.unwrap_err(), "FailedPrecondition DESIGNATION_ENDED");
    assert_eq!((list("ended = true").await, list("ended = false").await), (vec![ended.clone()], Vec::new()));
    // It is told in the journal, on behalf of whom it was.
    let entry = journal::read(world.services.db.read(), answer.sequence - 1, 1).await.unwrap().remove(0);
    assert_eq!((entry.verb.as_str(), entry.resource.as_str()), ("network.designation.end", first.name.as_str()));
    assert_eq!(entry.on_behalf.as_deref(), Some("organisations/RQ6"));
    // No new place, neither for a proposal that stands nor for another; what is paired stays so.
    let world_of = async || {
        let request = pb::GetNetworkRequest::default();
        told(world.anonymous().await.network().get_network(request).await).unwrap()
    };
    let undesignated = "FailedPrecondition NOT_DESIGNATED";
    let third = world.at("RBL", Role::Lead).await;
    assert_eq!(take(&third, Step::Accept, &open, "").await.unwrap_err(), undesignated);
    take(&third, Step::Decline, &open, "").await.unwrap();
    assert_eq!(propose(&third, follow("RQ6", "RBL", "RBL")).await.unwrap_err(), undesignated);
    let seen = world_of().await;
    assert_eq!((seen.edges.len(), seen.nodes.iter().map(|node| node.designations.len()).sum::<usize>()), (1, 0));
    // Named again, it has the places that are held; the time before stays as it was.
    let again = async |start: &str, capacity| {
        let designation = Some(pb::Designation {
            name: String::new(),
            start_date: start.into(),
            end_date: String::new(),
            end_reason: String::new(),
            capacity,
            ..first.clone()
        });
        let request = pb::RecordDesignationRequest { designation, ..Default::default() };
        told(programme.designations().record_designation(request).await)
    };
    assert_eq!(again("2018-05-31", 2).await.unwrap_err(), "AlreadyExists DESIGNATION_EXISTS");
    assert_eq!(again("2018-06-01", 0).await.unwrap_err(), "FailedPrecondition CAPACITY_FULL");
    let second = again("2018-06-01", 2).await.unwrap().designation.unwrap();
    assert_eq!((second.taken, second.end_date.as_str()), (1, ""));
    let kept = pb::Designation { taken: 0, ..ended };
    assert_eq!(list("kind = GLOBAL_EXEMPLAR").await, [second.clone(), kept]);
    take(&follower, Step::Withdraw, &live, "").await.unwrap();
    assert_eq!(list("ended = false").await, [pb::Designation { taken: 0, ..second }]);
}
