//! Follows: what is told of what is released from the saving on, to whom may read it that day, and how often.

use std::time::Duration;

use exemplar_directory::SetRoles;
use exemplar_kernel::etag::Expected;
use exemplar_kernel::{OrganisationId, Principal, Role};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_tests::{Actor, Database, World};

use crate::adoptions::named;
use crate::blueprints::{on_a_page, publish, released, update};
use crate::inbox::{items, wait_for};
use crate::pairings::told;
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("follows::told_from_the_saving_on", told_from_the_saving_on);
    suite.each("follows::only_what_may_be_read_that_day", only_what_may_be_read_that_day);
    suite.each("follows::daily_and_weekly_have_the_count", daily_and_weekly_have_the_count);
    suite.each("follows::saved_changed_ended", saved_changed_ended);
}

const TOLD: &str = "kind = FOLLOW";

fn follow(name: &str, watched: pb::follow::Watched, cadence: pb::Cadence) -> pb::Follow {
    let note = "For the board in May.".to_owned();
    let (display_name, watched, cadence) = (name.to_owned(), Some(watched), cadence.into());
    pb::Follow { display_name, note, watched, cadence, ..Default::default() }
}

fn search(query: &str, filter: &str) -> pb::follow::Watched {
    pb::follow::Watched::Search(pb::SavedSearch { query: query.to_owned(), filter: filter.to_owned() })
}

async fn save(by: &Actor, follow: pb::Follow) -> Result<pb::Follow, String> {
    let request = pb::CreateFollowRequest { follow: Some(follow), ..Default::default() };
    told(by.follows().create_follow(request).await).map(|answer| answer.follow.unwrap())
}

async fn release(by: &Actor, visibility: pb::Visibility, title: &str) -> String {
    released(by, "RGT", visibility, on_a_page(title, "So.")).await.blueprint.unwrap().name
}

async fn texts(by: &Actor, count: usize) -> Vec<String> {
    wait_for(by, TOLD, count).await.into_iter().map(|item| item.text).collect()
}

async fn told_from_the_saving_on(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let (author, reader) = (world.at("RGT", Role::Lead).await, world.at("RRV", Role::Member).await);
    let old = release(&author, pb::Visibility::Public, "Zebrafinch scanning before anybody asked").await;
    let now = pb::Cadence::AtOnce;
    save(&reader, follow("Scanning", search("zebrafinch scanning", "level = ON_A_PAGE"), now)).await.unwrap();
    save(&reader, follow("Full ones", search("zebrafinch", "level = FULL"), now)).await.unwrap();
    let topic = pb::follow::Watched::Topic("vocabularies/care-setting/terms/acute".to_owned());
    let (trust, subject) = (world.at("RRV", Role::Member).await, world.at("RRV", Role::Member).await);
    save(&trust, follow("Our exemplar", pb::follow::Watched::Organisation(named("RGT")), now)).await.unwrap();
    save(&subject, follow("Acute", topic, now)).await.unwrap();
    let both = release(&author, pb::Visibility::Public, "Zebrafinch scanning at the bedside").await;
    for by in [&reader, &trust, &subject] {
        wait_for(by, TOLD, 1).await;
    }
    release(&author, pb::Visibility::Public, "Zebrafinch without the other word").await;
    let heard = wait_for(&reader, TOLD, 1).await.remove(0);
    assert_eq!(
        heard.text,
        "\u{201c}Scanning\u{201d} has 1 new match: \u{201c}Zebrafinch scanning at the bedside\u{201d}."
    );
    assert_eq!((heard.subject.as_str(), heard.task, heard.organisation.as_str()), (both.as_str(), false, ""));
    for other in [&trust, &subject] {
        let texts = texts(other, 2).await;
        assert!(texts[1].ends_with("1 new match: \u{201c}Zebrafinch scanning at the bedside\u{201d}."), "{texts:?}");
        assert!(texts[0].ends_with("1 new match: \u{201c}Zebrafinch without the other word\u{201d}."), "{texts:?}");
    }
    assert_eq!(items(&reader, TOLD).await.len(), 1, "all words, all conditions, and nothing from before");
    // A blueprint that is followed tells of its revisions, and a revision of what was there before matches, too.
    save(&reader, follow("This one", pb::follow::Watched::Blueprint(old.clone()), now)).await.unwrap();
    let changed = on_a_page("Zebrafinch scanning before anybody asked", "So, and otherwise.");
    told(author.blueprints().update_draft(update(&old, &["sections"], changed)).await).unwrap();
    told(author.publish(publish(&old)).await).unwrap();
    let mut heard = texts(&reader, 3).await;
    heard.sort();
    let of = |name| {
        format!("\u{201c}{name}\u{201d} has 1 new match: \u{201c}Zebrafinch scanning before anybody asked\u{201d}.")
    };
    assert_eq!(heard[1..], [of("Scanning"), of("This one")]);
}

async fn only_what_may_be_read_that_day(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let author = world.at("RGT", Role::Lead).await;
    let (colleague, leaver) = (world.at("RGT", Role::Member).await, world.at("RGT", Role::Member).await);
    let stranger = world.at("RRV", Role::Lead).await;
    let daily = pb::Cadence::Daily;
    for by in [&colleague, &leaver, &stranger] {
        save(by, follow("Zebrafinches", search("zebrafinch", ""), daily)).await.unwrap();
    }
    let soon = world.at("RGT", Role::Member).await;
    save(&soon, follow("At once", search("zebrafinch", ""), pb::Cadence::AtOnce)).await.unwrap();
    release(&author, pb::Visibility::Organisation, "Zebrafinch in our own house only").await;
    texts(&soon, 1).await;
    release(&author, pb::Visibility::Network, "Zebrafinch for everybody signed in").await;
    // Both have been matched when whoever is told at once has heard of both.
    texts(&soon, 2).await;
    // Whoever leaves between the release and the telling is told of what they may still read.
    let (organisation, roles) = (OrganisationId::from_code("RGT").unwrap(), Vec::new());
    let set = SetRoles { person: leaver.id, organisation, roles, expected: Expected::Any };
    world.services.directory.set_roles(&Principal::system(), set, None).await.unwrap();
    world.clock.advance(Duration::from_hours(24));
    let (colleague, leaver) = (colleague.signed_in_again(&world).await, leaver.signed_in_again(&world).await);
    let stranger = stranger.signed_in_again(&world).await;
    let both = texts(&colleague, 1).await;
    assert!(both[0].starts_with("\u{201c}Zebrafinches\u{201d} has 2 new matches: "), "{both:?}");
    let one = "\u{201c}Zebrafinches\u{201d} has 1 new match: \u{201c}Zebrafinch for everybody signed in\u{201d}.";
    assert_eq!(texts(&stranger, 1).await, [one]);
    assert_eq!(texts(&leaver, 1).await, [one]);
}

async fn daily_and_weekly_have_the_count(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let author = world.at("RGT", Role::Lead).await;
    let (daily, weekly, soon) =
        (world.at("RRV", Role::Member).await, world.at("RRV", Role::Member).await, world.at("RRV", Role::Member).await);
    save(&daily, follow("Each day", search("zebrafinch", ""), pb::Cadence::Daily)).await.unwrap();
    save(&weekly, follow("Each week", search("zebrafinch", ""), pb::Cadence::Unspecified)).await.unwrap();
    save(&soon, follow("At once", search("zebrafinch", ""), pb::Cadence::AtOnce)).await.unwrap();
    let hours = |hours| Duration::from_hours(hours);
    for number in 1..=4 {
        release(&author, pb::Visibility::Public, &format!("Zebrafinch number {number} of its kind")).await;
        assert_eq!(texts(&soon, number).await.len(), number, "told at once, each");
    }
    assert_eq!((items(&daily, "").await, items(&weekly, "").await), (vec![], vec![]), "it is Monday morning");
    world.clock.advance(hours(24));
    let daily = daily.signed_in_again(&world).await;
    let text = texts(&daily, 1).await.remove(0);
    assert!(text.starts_with("\u{201c}Each day\u{201d} has 4 new matches: "), "{text}");
    assert!(text.ends_with(" and 1 more."), "{text}");
    let weekly = weekly.signed_in_again(&world).await;
    assert_eq!(items(&weekly, "").await, []);
    world.clock.advance(hours(6 * 24));
    let (daily, weekly) = (daily.signed_in_again(&world).await, weekly.signed_in_again(&world).await);
    let text = texts(&weekly, 1).await.remove(0);
    assert!(text.starts_with("\u{201c}Each week\u{201d} has 4 new matches: "), "{text}");
    assert_eq!(items(&daily, "").await.len(), 1, "what was told is not told again");
}

async fn saved_changed_ended(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let (author, reader) = (world.at("RGT", Role::Lead).await, world.at("RRV", Role::Member).await);
    let other = world.at("RRV", Role::Member).await;
    let hidden = release(&author, pb::Visibility::Organisation, "Zebrafinch in our own house only").await;
    let now = pb::Cadence::AtOnce;
    let wanted = follow("Scanning", search("zebrafinch", "level = FULL"), now);
    let saved = save(&reader, wanted.clone()).await.unwrap();
    let expected = pb::Follow {
        name: saved.name.clone(),
        create_time: saved.create_time,
        etag: "v1".to_owned(),
        ..wanted.clone()
    };
    assert_eq!(saved, expected);
    assert_eq!(save(&reader, wanted).await.unwrap_err(), "AlreadyExists FOLLOW_EXISTS");
    for (watched, refusal) in [
        (pb::follow::Watched::Blueprint(hidden), "NotFound BLUEPRINT_NOT_FOUND"),
        (pb::follow::Watched::Organisation(named("RXX")), "NotFound ORGANISATION_NOT_FOUND"),
        (
            pb::follow::Watched::Topic("vocabularies/care-setting/terms/nowhere".to_owned()),
            "InvalidArgument INVALID_REQUEST\n  follow.topic: is no term that blueprints are found by",
        ),
        (search(" ", ""), "InvalidArgument INVALID_REQUEST\n  follow.search: needs a query or a filter"),
        (
            search("x", "level = THICK"),
            "InvalidArgument INVALID_REQUEST\n  filter: knows no level \"THICK\" at character 9",
        ),
    ] {
        assert_eq!(save(&reader, follow("Not this", watched, now)).await.unwrap_err(), refusal);
    }
    let change = |path: &str, etag: &str| pb::UpdateFollowRequest {
        follow: Some(pb::Follow { cadence: pb::Cadence::Daily.into(), ..saved.clone() }),
        update_mask: Some(prost_types::FieldMask { paths: vec![path.to_owned()] }),
        etag: etag.to_owned(),
        ..Default::default()
    };
    let changed = told(reader.follows().update_follow(change("cadence", "v1")).await).unwrap().follow.unwrap();
    assert_eq!(changed, pb::Follow { cadence: pb::Cadence::Daily.into(), etag: "v2".to_owned(), ..saved.clone() });
    assert_eq!(told(reader.follows().update_follow(change("cadence", "v1")).await).unwrap_err(), "Aborted ETAG_STALE");
    assert_eq!(
        told(reader.follows().update_follow(change("watched", "")).await).unwrap_err(),
        "InvalidArgument INVALID_REQUEST\n  update_mask: names \"watched\", which cannot be changed"
    );
    // Another's is not there.
    let get = pb::GetFollowRequest { name: saved.name.clone() };
    assert_eq!(told(other.follows().get_follow(get.clone()).await).unwrap_err(), "NotFound FOLLOW_NOT_FOUND");
    let end = pb::DeleteFollowRequest { name: saved.name.clone(), ..Default::default() };
    assert_eq!(told(other.follows().delete_follow(end.clone()).await).unwrap_err(), "NotFound FOLLOW_NOT_FOUND");
    assert_eq!(told(other.follows().list_follows(pb::ListFollowsRequest::default()).await).unwrap().follows, []);
    assert_eq!(told(reader.follows().get_follow(get.clone()).await).unwrap().follow.unwrap(), changed);
    let listed = told(reader.follows().list_follows(pb::ListFollowsRequest::default()).await).unwrap().follows;
    assert_eq!(listed, [changed]);
    told(reader.follows().delete_follow(end).await).unwrap();
    assert_eq!(told(reader.follows().get_follow(get).await).unwrap_err(), "NotFound FOLLOW_NOT_FOUND");
}
