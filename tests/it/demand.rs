//! Demand: what is sought and not found becomes a wanted topic without saying who sought it, is asked for, claimed and
//! answered; and owners of a subject learn what is searched.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::Duration;

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_tests::{Actor, Database, World};

use crate::adoptions::{adopt, adopting, named, stop};
use crate::blueprints::{on_a_page, released};
use crate::inbox::wait_for;
use crate::pairings::told;
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("demand::what_enough_people_miss_is_wanted", what_enough_people_miss_is_wanted);
    suite.each("demand::asked_claimed_answered", asked_claimed_answered);
    suite.each("demand::stopped_for_want_of_guidance", stopped_for_want_of_guidance);
    suite.each("demand::hidden_blueprints_are_absent", hidden_blueprints_are_absent);
    suite.each("demand::owners_learn_what_is_searched", owners_learn_what_is_searched);
}

async fn world(database: Database) -> (World, Actor) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV", "RBL", "REP", "RJ1", "RTH", "RQM", "RHM"]).await;
    let author = world.at("RGT", Role::Lead).await;
    (world, author)
}

async fn search(by: &Actor, query: &str) -> pb::SearchResponse {
    let request = pb::SearchRequest { query: query.to_owned(), ..Default::default() };
    by.searches().search(request).await.unwrap().into_inner()
}

async fn topics(by: &Actor, state: pb::TopicState) -> Vec<pb::WantedTopic> {
    let request = pb::ListWantedTopicsRequest { state: state.into(), ..Default::default() };
    told(by.demands().list_wanted_topics(request).await).unwrap().topics
}

async fn report(by: &Actor, subject: &str) -> Result<Vec<pb::SoughtWords>, String> {
    let request = pb::GetSearchReportRequest { subject: subject.to_owned() };
    told(by.demands().get_search_report(request).await).map(|answer| answer.searches)
}

/// Until the searches that are over have been counted, which are all of those made ten minutes ago.
async fn over(world: &World, by: &Actor, is: impl Fn(&[pb::WantedTopic]) -> bool) -> (Actor, Vec<pb::WantedTopic>) {
    world.clock.advance(Duration::from_mins(11));
    let by = by.signed_in_again(world).await;
    for _ in 0..200 {
        let topics = topics(&by, pb::TopicState::Unspecified).await;
        if is(&topics) {
            return (by, topics);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("searches were not counted: {:?}", topics(&by, pb::TopicState::Unspecified).await);
}

async fn people(world: &World, count: usize) -> Vec<Actor> {
    let mut people = Vec::with_capacity(count);
    for number in 0..count {
        let code = ["RRV", "RBL", "REP"][number % 3];
        people.push(world.at(code, Role::Member).await);
    }
    people
}

async fn what_enough_people_miss_is_wanted(database: Database) {
    let (world, author) = world(database).await;
    released(&author, "RGT", pb::Visibility::Public, on_a_page("Zebrafinch scanning at the bedside", "So.")).await;
    let people = people(&world, 5).await;
    for (number, by) in people.iter().enumerate() {
        // Letter by letter, in another order and other forms: one search for one topic.
        search(by, "zebr").await;
        search(by, "zebrafinch incub").await;
        search(by, if number == 0 { "zebrafinch incubators" } else { "Zebrafinch INCUBATOR" }).await;
        // One who is alone with it is told to nobody.
        search(by, &format!("incubator of patient number {number}{number}{number}")).await;
        // Found is not wanted; a condition may hide it; nobody knows who the anonymous are.
        search(by, "zebrafinch scanning").await;
        let hiding = pb::SearchRequest {
            query: "bedside zebrafinch".to_owned(),
            filter: "level = FULL".to_owned(),
            ..Default::default()
        };
        by.searches().search(hiding).await.unwrap();
        search(&world.anonymous().await, "incubators for finches").await;
    }
    let (_, wanted) = over(&world, &author, |topics| !topics.is_empty()).await;
    let [topic] = wanted.as_slice() else { panic!("{wanted:?}") };
    let expected = pb::WantedTopic {
        name: topic.name.clone(),
        words: topic.words.clone(),
        seeker_count: 5,
        state: pb::TopicState::Open.into(),
        ..Default::default()
    };
    assert_eq!(*topic, expected);
    assert!(["zebrafinch incubators", "zebrafinch incubator"].contains(&topic.words.as_str()), "{}", topic.words);
    // No row says whose it was.
    let told = format!("{wanted:?}");
    for by in &people {
        assert!(!told.contains(&by.id.uuid().to_string()));
    }
    // It is forgotten in time.
    world.clock.advance(Duration::from_hours(401 * 24));
    world.services.blueprints.forget_searches().await.unwrap();
    let later = world.at("RGT", Role::Lead).await;
    assert_eq!(topics(&later, pb::TopicState::Unspecified).await, []);
}

async fn asked_claimed_answered(database: Database) {
    let (world, author) = world(database).await;
    let (asker, quiet) = (world.at("RRV", Role::Member).await, world.at("RBL", Role::Member).await);
    let ask = |words: &str, tell| pb::AskForTopicRequest { words: words.to_owned(), tell, ..Default::default() };
    for words in ["", "x", "the of and"] {
        let refused = told(asker.demands().ask_for_topic(ask(words, true)).await).unwrap_err();
        assert!(refused.starts_with("InvalidArgument INVALID_REQUEST\n  words: "), "{refused}");
    }
    let topic = told(asker.demands().ask_for_topic(ask("Zebrafinch tracking", true)).await).unwrap().topic.unwrap();
    // The same words, however they are put, are the same topic, and asking twice is asking once.
    for by in [&quiet, &quiet] {
        let same = told(by.demands().ask_for_topic(ask("track the zebrafinches", false)).await).unwrap();
        assert_eq!(same.topic.unwrap(), topic);
    }
    let expected = pb::WantedTopic {
        name: topic.name.clone(),
        words: "zebrafinch tracking".to_owned(),
        state: pb::TopicState::Open.into(),
        asked: true,
        ..Default::default()
    };
    assert_eq!(topic, expected);
    let name = topic.name.clone();
    let seen = pb::WantedTopic { asked: false, ..topic.clone() };
    assert_eq!(topics(&author, pb::TopicState::Open).await, std::slice::from_ref(&seen));
    // Nobody but leads claims, one claims, and only who claimed answers.
    let claim =
        |code: &str| pb::ClaimTopicRequest { name: name.clone(), organisation: named(code), ..Default::default() };
    let (lead, rival) = (world.at("RRV", Role::Lead).await, world.at("RRV", Role::Lead).await);
    assert!(told(asker.demands().claim_topic(claim("RRV")).await).unwrap_err().starts_with("PermissionDenied"));
    let blueprint = released(&author, "RGT", pb::Visibility::Network, on_a_page("A bird's way", "So.")).await;
    let blueprint = blueprint.blueprint.unwrap().name;
    let answer = |blueprint: &str| pb::AnswerTopicRequest {
        name: name.clone(),
        blueprint: blueprint.to_owned(),
        ..Default::default()
    };
    assert_eq!(
        told(author.demands().answer_topic(answer(&blueprint)).await).unwrap_err(),
        "FailedPrecondition TOPIC_NOT_CLAIMED"
    );
    let claimed = told(author.demands().claim_topic(claim("RGT")).await).unwrap().topic.unwrap();
    let expected = pb::WantedTopic {
        state: pb::TopicState::Claimed.into(),
        organisation: named("RGT"),
        claim_time: claimed.claim_time,
        ..seen.clone()
    };
    assert_eq!(claimed, expected);
    assert_eq!(told(rival.demands().claim_topic(claim("RRV")).await).unwrap_err(), "FailedPrecondition TOPIC_CLAIMED");
    assert!(told(lead.demands().answer_topic(answer(&blueprint)).await).unwrap_err().starts_with("PermissionDenied"));
    let nothing = "blueprints/01920000-0000-7000-8000-000000000000";
    assert_eq!(told(author.demands().answer_topic(answer(nothing)).await).unwrap_err(), "NotFound BLUEPRINT_NOT_FOUND");
    let answered = told(author.demands().answer_topic(answer(&blueprint)).await).unwrap().topic.unwrap();
    let expected = pb::WantedTopic { state: pb::TopicState::Answered.into(), blueprint: blueprint.clone(), ..expected };
    assert_eq!(answered, expected);
    let heard = wait_for(&asker, "kind = FOLLOW", 1).await.remove(0);
    assert_eq!(heard.text, "\u{201c}zebrafinch tracking\u{201d} has 1 new match: \u{201c}A bird's way\u{201d}.");
    assert_eq!(wait_for(&quiet, "", 0).await, []);
    let release = pb::ReleaseTopicRequest { name: name.clone(), ..Default::default() };
    assert!(told(lead.demands().release_topic(release.clone()).await).unwrap_err().starts_with("PermissionDenied"));
    let open = told(author.demands().release_topic(release.clone()).await).unwrap().topic.unwrap();
    assert_eq!(open, seen);
    assert_eq!(
        told(author.demands().release_topic(release).await).unwrap_err(),
        "FailedPrecondition TOPIC_NOT_CLAIMED"
    );
}

async fn stopped_for_want_of_guidance(database: Database) {
    let (world, author) = world(database).await;
    let title = "Zebrafinch scanning at the bedside";
    let mut of = Vec::new();
    for visibility in [pb::Visibility::Public, pb::Visibility::Organisation] {
        of.push(released(&author, "RGT", visibility, on_a_page(title, "So.")).await.blueprint.unwrap().name);
    }
    for (number, code) in ["RRV", "RBL", "REP", "RJ1", "RTH"].into_iter().enumerate() {
        let lead = world.at(code, Role::Lead).await;
        let adoption = adopt(&lead, adopting(&of[0], code, pb::AdoptionState::Planned)).await.unwrap();
        stop(&lead, &adoption.name, "").await.unwrap();
        let wanted = topics(&author, pb::TopicState::Unspecified).await;
        assert_eq!(wanted.len(), usize::from(number == 4), "four are too few to be told");
    }
    let wanted = topics(&author, pb::TopicState::Unspecified).await;
    assert_eq!((wanted[0].words.as_str(), wanted[0].stop_count), ("zebrafinch scanning at the bedside", 5));
    // What the network may no longer read is no topic, either.
    let hide = pb::SetVisibilityRequest {
        name: of[0].clone(),
        visibility: pb::Visibility::Organisation.into(),
        ..Default::default()
    };
    told(author.blueprints().set_visibility(hide).await).unwrap();
    let stranger = world.at("RQM", Role::Member).await;
    assert_eq!(topics(&stranger, pb::TopicState::Unspecified).await, []);
    let get = pb::GetWantedTopicRequest { name: wanted[0].name.clone() };
    assert_eq!(told(stranger.demands().get_wanted_topic(get).await).unwrap_err(), "NotFound TOPIC_NOT_FOUND");
    assert_eq!(topics(&author, pb::TopicState::Unspecified).await.len(), 1, "its own people still read it");
}

async fn hidden_blueprints_are_absent(database: Database) {
    let (world, author) = world(database).await;
    let hidden = on_a_page("Zebrafinch scanning at the bedside", "So.");
    let hidden = released(&author, "RGT", pb::Visibility::Organisation, hidden).await.blueprint.unwrap().name;
    for _ in 0..5 {
        // Colleagues find it: that they do is not counted, or the count would tell of it.
        search(&world.at("RGT", Role::Member).await, "zebrafinch scanning").await;
    }
    let programme = world.programme().await;
    let asker = world.at("RRV", Role::Member).await;
    let ask = pb::AskForTopicRequest { words: "zebrafinch scanning".to_owned(), tell: true, ..Default::default() };
    let topic = told(asker.demands().ask_for_topic(ask).await).unwrap().topic.unwrap();
    let claim = pb::ClaimTopicRequest { name: topic.name.clone(), organisation: named("RGT"), ..Default::default() };
    told(author.demands().claim_topic(claim).await).unwrap();
    let answer = pb::AnswerTopicRequest { name: topic.name.clone(), blueprint: hidden, ..Default::default() };
    let mine = told(author.demands().answer_topic(answer).await).unwrap().topic.unwrap();
    assert_eq!(mine.state, i32::from(pb::TopicState::Answered));
    // For others nothing answers it, and they are told of nothing.
    let get = pb::GetWantedTopicRequest { name: topic.name.clone() };
    let theirs = told(asker.demands().get_wanted_topic(get).await).unwrap().topic.unwrap();
    assert_eq!((theirs.state, theirs.blueprint.as_str()), (pb::TopicState::Claimed.into(), ""));
    assert_eq!(topics(&asker, pb::TopicState::Answered).await, []);
    assert_eq!(topics(&asker, pb::TopicState::Claimed).await, [theirs]);
    // Whatever five people found otherwise is counted by now.
    for _ in 0..5 {
        search(&world.at("RBL", Role::Member).await, "hummingbird").await;
    }
    let (programme, _) = over(&world, &programme, |topics| topics.iter().any(|one| one.seeker_count == 5)).await;
    let asker = asker.signed_in_again(&world).await;
    assert_eq!(wait_for(&asker, "", 0).await, []);
    assert_eq!(report(&programme, &topic.name).await.unwrap(), []);
}

async fn owners_learn_what_is_searched(database: Database) {
    let (world, author) = world(database).await;
    let mut content = on_a_page("Zebrafinch wards in acute care", "So.");
    content.care_settings = vec!["Acute".to_owned()];
    let blueprint = released(&author, "RGT", pb::Visibility::Public, content).await.blueprint.unwrap().name;
    for (number, by) in people(&world, 6).await.iter().enumerate() {
        let found = search(by, "zebrafinch acute").await;
        assert_eq!(found.hits.len(), 1);
        if number < 2 {
            let open = pb::GetBlueprintRequest { name: blueprint.clone() };
            by.blueprints().get_blueprint(open).await.unwrap();
        }
        search(by, "acute hummingbird").await;
    }
    let (author, wanted) = over(&world, &author, |topics| !topics.is_empty()).await;
    let acute = "vocabularies/care-setting/terms/acute";
    let row = |words: &str, misses, opens| pb::SoughtWords {
        words: words.to_owned(),
        seeker_count: 6,
        search_count: 6,
        miss_count: misses,
        open_count: opens,
    };
    let mut all = report(&author, acute).await.unwrap();
    all.sort_by(|one, other| one.words.cmp(&other.words));
    assert_eq!(all, [row("acute hummingbird", 6, 0), row("zebrafinch acute", 0, 2)]);
    // Whoever wrote nothing about it learns nothing; the programme does.
    let other = world.at("RRV", Role::Lead).await;
    assert!(report(&other, acute).await.unwrap_err().starts_with("PermissionDenied"));
    assert!(report(&other, &wanted[0].name).await.unwrap_err().starts_with("PermissionDenied"));
    assert_eq!(report(&world.programme().await, acute).await.unwrap().len(), 2);
    assert_eq!(
        report(&other, "vocabularies/care-setting/terms/nowhere").await.unwrap_err(),
        "InvalidArgument INVALID_REQUEST\n  subject: is no term that blueprints are found by"
    );
    let claim =
        pb::ClaimTopicRequest { name: wanted[0].name.clone(), organisation: named("RRV"), ..Default::default() };
    told(other.demands().claim_topic(claim).await).unwrap();
    assert_eq!(report(&other, &wanted[0].name).await.unwrap(), [row("acute hummingbird", 6, 0)]);
}
