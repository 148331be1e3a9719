//! Introductions: ask, answer, complete; who may; the hours that an organisation gives, however many ask at once; and
//! experts who have left.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use exemplar_kernel::{Role, journal};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::directory::v1 as directory;
use exemplar_tests::{Actor, Database};

use crate::adoptions::{ADOPTER, AUTHOR, Scene, adopt, adopting, head, named, said, scene, verbs};
use crate::blueprints::released;
use crate::pairings::{at_once, told};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("introductions::asked_answered_completed", asked_answered_completed);
    suite.each("introductions::requests_are_judged", requests_are_judged);
    suite.each("introductions::only_those_whose_turn_it_is", only_those_whose_turn_it_is);
    suite.each("introductions::adopters_are_asked_when_willing", adopters_are_asked_when_willing);
    suite.each("introductions::an_expert_who_left_has_none", an_expert_who_left_has_none);
    suite.each("introductions::hours_are_never_promised_twice", hours_are_never_promised_twice);
    suite.each("introductions::known_to_the_two_sides", known_to_the_two_sides);
}

const ROLE: &str = "PermissionDenied ROLE_MISSING";
const STATE: &str = "FailedPrecondition INTRODUCTION_STATE";
const NONE: &str = "NotFound INTRODUCTION_NOT_FOUND";
const SPENT: &str = "FailedPrecondition HOURS_SPENT";

pub(crate) fn asking(blueprint: &str, asker: &str, kind: pb::IntroductionKind) -> pb::RequestIntroductionRequest {
    pb::RequestIntroductionRequest {
        blueprint: blueprint.to_owned(),
        asker: named(asker),
        kind: kind.into(),
        question: "How did you train the night staff?".to_owned(),
        ..Default::default()
    }
}

pub(crate) async fn ask(by: &Actor, request: pb::RequestIntroductionRequest) -> Result<pb::Introduction, String> {
    told(by.introductions().request_introduction(request).await).map(|answer| answer.introduction.unwrap())
}

async fn accept(by: &Actor, name: &str, hours: i32) -> Result<pb::Introduction, String> {
    let request = pb::AcceptIntroductionRequest { name: name.to_owned(), hours, ..Default::default() };
    told(by.introductions().accept_introduction(request).await).map(|answer| answer.introduction.unwrap())
}

async fn decline(by: &Actor, name: &str) -> Result<pb::Introduction, String> {
    let reason = "Away until May.".to_owned();
    let request = pb::DeclineIntroductionRequest { name: name.to_owned(), reason, ..Default::default() };
    told(by.introductions().decline_introduction(request).await).map(|answer| answer.introduction.unwrap())
}

pub(crate) async fn answer(by: &Actor, name: &str) -> Result<pb::Introduction, String> {
    let answer = "At eight in the evening.".to_owned();
    let request = pb::AnswerIntroductionRequest { name: name.to_owned(), answer, ..Default::default() };
    told(by.introductions().answer_introduction(request).await).map(|answer| answer.introduction.unwrap())
}

async fn complete(by: &Actor, name: &str) -> Result<pb::Introduction, String> {
    let outcome = "We copy the night training.".to_owned();
    let request = pb::CompleteIntroductionRequest { name: name.to_owned(), outcome, ..Default::default() };
    told(by.introductions().complete_introduction(request).await).map(|answer| answer.introduction.unwrap())
}

async fn withdraw(by: &Actor, name: &str) -> Result<pb::Introduction, String> {
    let request = pb::WithdrawIntroductionRequest { name: name.to_owned(), ..Default::default() };
    told(by.introductions().withdraw_introduction(request).await).map(|answer| answer.introduction.unwrap())
}

async fn get(by: &Actor, name: &str) -> Result<pb::Introduction, String> {
    let request = pb::GetIntroductionRequest { name: name.to_owned() };
    told(by.introductions().get_introduction(request).await).map(|answer| answer.introduction.unwrap())
}

async fn promised(by: &Actor, code: &str) -> (i32, i32) {
    let request = pb::GetHourBudgetRequest { organisation: named(code) };
    let budget = by.introductions().get_hour_budget(request).await.unwrap().into_inner().budget.unwrap();
    assert_eq!(budget.month, "2018-08");
    (budget.hours, budget.promised)
}

async fn set_hours(by: &Actor, code: &str, hours: i32) -> Result<pb::HourBudget, String> {
    let request = pb::SetHourBudgetRequest { organisation: named(code), hours, ..Default::default() };
    told(by.introductions().set_hour_budget(request).await).map(|answer| answer.budget.unwrap())
}

async fn asked_answered_completed(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    let before = head(&world).await;
    let asked = ask(&adopter, asking(&blueprint, ADOPTER, pb::IntroductionKind::Question)).await.unwrap();
    let name = asked.name.clone();
    let expected = pb::Introduction {
        name: name.clone(),
        blueprint: blueprint.clone(),
        asker: named(ADOPTER),
        asked_by: adopter.id.to_string(),
        asked: named(AUTHOR),
        kind: pb::IntroductionKind::Question.into(),
        question: "How did you train the night staff?".to_owned(),
        state: pb::IntroductionState::Requested.into(),
        request_time: asked.request_time,
        move_time: asked.move_time,
        etag: "v1".to_owned(),
        ..Default::default()
    };
    assert_eq!(asked, expected);
    assert_eq!(complete(&author, &name).await.unwrap_err(), STATE);
    answer(&author, &name).await.unwrap();
    assert_eq!(promised(&author, AUTHOR).await, (8, 1));
    assert_eq!(withdraw(&adopter, &name).await.unwrap_err(), STATE);
    complete(&adopter, &name).await.unwrap();
    let expected = pb::Introduction {
        state: pb::IntroductionState::Completed.into(),
        hours: 1,
        answer: "At eight in the evening.".to_owned(),
        outcome: "We copy the night training.".to_owned(),
        etag: "v3".to_owned(),
        ..expected
    };
    // What came of it is shown to both sides.
    assert_eq!(get(&author, &name).await.unwrap(), expected);
    assert_eq!(get(&adopter, &name).await.unwrap(), expected);
    let of = |verb: &str| format!("blueprints.introduction.{verb}");
    assert_eq!(verbs(&world, before).await, ["request", "answer", "complete"].map(of));
    let entries = journal::read(world.services.db.read(), before, 10).await.unwrap();
    let sides: Vec<_> = entries.into_iter().map(|entry| entry.on_behalf.unwrap()).collect();
    assert_eq!(sides, [named(ADOPTER), named(AUTHOR), named(ADOPTER)]);

    let visit = ask(&adopter, asking(&blueprint, ADOPTER, pb::IntroductionKind::Visit)).await.unwrap().name;
    assert_eq!(accept(&author, &visit, 0).await.unwrap().hours, 4);
    assert_eq!(promised(&author, AUTHOR).await, (8, 5));
    withdraw(&adopter, &visit).await.unwrap();
    assert_eq!(promised(&author, AUTHOR).await, (8, 1));
    let call = ask(&adopter, asking(&blueprint, ADOPTER, pb::IntroductionKind::Call)).await.unwrap().name;
    assert_eq!(decline(&author, &call).await.unwrap().reason, "Away until May.");
    assert_eq!(accept(&author, &call, 0).await.unwrap_err(), STATE);
}

async fn requests_are_judged(database: Database) {
    let Scene { author, adopter, blueprint, world } = scene(database).await;
    let wrong = pb::RequestIntroductionRequest {
        blueprint: "blueprints/1".to_owned(),
        expert: "somebody".to_owned(),
        question: "Why?".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        ask(&adopter, wrong).await.unwrap_err(),
        "InvalidArgument INVALID_REQUEST\
         \n  blueprint: must look like blueprints/{id}\
         \n  asker: must look like organisations/{code}\
         \n  expert: must look like people/{id}\
         \n  kind: is missing\
         \n  question: is shorter than 10 characters"
    );
    let own = asking(&blueprint, AUTHOR, pb::IntroductionKind::Call);
    assert_eq!(ask(&author, own).await.unwrap_err(), "InvalidArgument INTRODUCTION_TO_SELF");
    let call = || asking(&blueprint, ADOPTER, pb::IntroductionKind::Call);
    ask(&adopter, call()).await.unwrap();
    assert_eq!(ask(&adopter, call()).await.unwrap_err(), "AlreadyExists INTRODUCTION_EXISTS");
    let stranger = pb::RequestIntroductionRequest { expert: author.id.to_string(), ..call() };
    assert_eq!(ask(&adopter, stranger).await.unwrap_err(), "FailedPrecondition NOT_WILLING");
    let hidden = released(&author, AUTHOR, pb::Visibility::Organisation, said()).await.blueprint.unwrap().name;
    let hidden = asking(&hidden, ADOPTER, pb::IntroductionKind::Call);
    assert_eq!(ask(&adopter, hidden).await.unwrap_err(), "NotFound BLUEPRINT_NOT_FOUND");
    let anonymous = world.anonymous().await;
    assert_eq!(ask(&anonymous, call()).await.unwrap_err(), "Unauthenticated NOT_SIGNED_IN");
    let member = world.at(ADOPTER, Role::Member).await;
    assert_eq!(ask(&member, call()).await.unwrap_err(), ROLE);
}

async fn only_those_whose_turn_it_is(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    let contributor = world.at(AUTHOR, Role::Contributor).await;
    let name = ask(&adopter, asking(&blueprint, ADOPTER, pb::IntroductionKind::Call)).await.unwrap().name;
    for other in [&adopter, &contributor] {
        assert_eq!(accept(other, &name, 0).await.unwrap_err(), ROLE);
        assert_eq!(decline(other, &name).await.unwrap_err(), ROLE);
        assert_eq!(answer(other, &name).await.unwrap_err(), ROLE);
    }
    assert_eq!(withdraw(&author, &name).await.unwrap_err(), ROLE);
    let stale = pb::AcceptIntroductionRequest { name: name.clone(), etag: "v5".to_owned(), ..Default::default() };
    assert_eq!(told(author.introductions().accept_introduction(stale).await).unwrap_err(), "Aborted ETAG_STALE");
    accept(&author, &name, 2).await.unwrap();
    assert_eq!(complete(&contributor, &name).await.unwrap_err(), ROLE);
    complete(&author, &name).await.unwrap();
    assert_eq!(set_hours(&contributor, AUTHOR, 3).await.unwrap_err(), ROLE);
    assert_eq!(
        set_hours(&author, AUTHOR, 201).await.unwrap_err(),
        "InvalidArgument INVALID_REQUEST\n  hours: must be from 0 to 200"
    );
}

async fn adopters_are_asked_when_willing(database: Database) {
    let Scene { world, adopter, blueprint, .. } = scene(database).await;
    let asker = world.at("RBL", Role::Contributor).await;
    let of_adopter = || pb::RequestIntroductionRequest {
        asked: named(ADOPTER),
        ..asking(&blueprint, "RBL", pb::IntroductionKind::Visit)
    };
    assert_eq!(ask(&asker, of_adopter()).await.unwrap_err(), "FailedPrecondition NOT_WILLING");
    let adoption = adopt(&adopter, adopting(&blueprint, ADOPTER, pb::AdoptionState::Live)).await.unwrap();
    assert_eq!(ask(&asker, of_adopter()).await.unwrap_err(), "FailedPrecondition NOT_WILLING");
    let willing = pb::UpdateAdoptionRequest {
        adoption: Some(pb::Adoption { name: adoption.name, willing: true, ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["willing".to_owned()] }),
        ..Default::default()
    };
    adopter.adoptions().update_adoption(willing).await.unwrap();
    let made = ask(&asker, of_adopter()).await.unwrap();
    assert_eq!(made.asked, named(ADOPTER));
    accept(&adopter, &made.name, 4).await.unwrap();
}

async fn an_expert_who_left_has_none(database: Database) {
    let Scene { world, author, adopter, .. } = scene(database).await;
    let expert = world.at(AUTHOR, Role::Member).await;
    let contact = pb::Contact {
        person: expert.id.to_string(),
        role: "Led the pilot".to_owned(),
        willing: pb::Willing::Call.into(),
        ..Default::default()
    };
    let content = pb::Content { contacts: vec![contact], ..said() };
    let blueprint = released(&author, AUTHOR, pb::Visibility::Public, content).await.blueprint.unwrap().name;
    let of_expert =
        |kind| pb::RequestIntroductionRequest { expert: expert.id.to_string(), ..asking(&blueprint, ADOPTER, kind) };
    let visit = ask(&adopter, of_expert(pb::IntroductionKind::Visit)).await;
    assert_eq!(visit.unwrap_err(), "FailedPrecondition NOT_WILLING");
    let asked = ask(&adopter, of_expert(pb::IntroductionKind::Call)).await.unwrap();
    assert_eq!(asked.recipient, expert.id.to_string());
    accept(&expert, &asked.name, 1).await.unwrap();
    complete(&expert, &asked.name).await.unwrap();
    let asked = ask(&adopter, of_expert(pb::IntroductionKind::Question)).await.unwrap().name;
    let gone = directory::DeactivatePersonRequest { person: expert.id.to_string(), ..Default::default() };
    world.programme().await.people().deactivate_person(gone).await.unwrap();
    let seen = get(&author, &asked).await.unwrap();
    assert_eq!((seen.recipient.as_str(), seen.expert), ("", expert.id.to_string()));
    answer(&author, &asked).await.unwrap();
}

async fn hours_are_never_promised_twice(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    set_hours(&author, AUTHOR, 3).await.unwrap();
    let askers = ["RBL", "REP"];
    let mut names = vec![ask(&adopter, asking(&blueprint, ADOPTER, pb::IntroductionKind::Call)).await.unwrap().name];
    for code in askers {
        let asker = world.at(code, Role::Contributor).await;
        names.push(ask(&asker, asking(&blueprint, code, pb::IntroductionKind::Call)).await.unwrap().name);
    }
    let calls = names.iter().map(|name| {
        let (author, name) = (author.clone(), name.clone());
        async move { accept(&author, &name, 2).await }
    });
    let answers = at_once(calls.collect()).await;
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert_eq!(refused, [SPENT, SPENT]);
    assert_eq!(promised(&author, AUTHOR).await, (3, 2));
    // Fewer hours than are promised: what is promised stays, and no more is.
    set_hours(&author, AUTHOR, 0).await.unwrap();
    assert_eq!(promised(&author, AUTHOR).await, (0, 2));
    let waiting = names[answers.iter().position(Result::is_err).unwrap()].clone();
    assert_eq!(accept(&author, &waiting, 1).await.unwrap_err(), SPENT);
    set_hours(&author, AUTHOR, 4).await.unwrap();
    accept(&author, &waiting, 2).await.unwrap();
    assert_eq!(promised(&author, AUTHOR).await, (4, 4));
    // A new month has its own hours.
    world.clock.advance(std::time::Duration::from_hours(24 * 31));
    let author = world.at(AUTHOR, Role::Lead).await;
    let last = names[answers.iter().rposition(Result::is_err).unwrap()].clone();
    accept(&author, &last, 4).await.unwrap();
}

async fn known_to_the_two_sides(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    let name = ask(&adopter, asking(&blueprint, ADOPTER, pb::IntroductionKind::Call)).await.unwrap().name;
    let (member, programme) = (world.at(AUTHOR, Role::Member).await, world.programme().await);
    let stranger = world.at("RBL", Role::Lead).await;
    let list = async |by: &Actor, filter: &str| {
        let request = pb::ListIntroductionsRequest { filter: filter.to_owned(), ..Default::default() };
        let page = by.introductions().list_introductions(request).await.unwrap().into_inner().introductions;
        page.into_iter().map(|introduction| introduction.name).collect::<Vec<_>>()
    };
    for knows in [&author, &adopter, &member, &programme] {
        assert_eq!(get(knows, &name).await.unwrap().name, name);
        assert_eq!(list(knows, "").await, std::slice::from_ref(&name));
    }
    assert_eq!(get(&stranger, &name).await.unwrap_err(), NONE);
    assert_eq!(accept(&stranger, &name, 1).await.unwrap_err(), NONE);
    assert_eq!(list(&stranger, "").await, Vec::<String>::new());
    assert_eq!(
        list(&author, "state = REQUESTED AND asked = organisations/RGT AND kind = CALL").await,
        std::slice::from_ref(&name)
    );
    assert_eq!(list(&author, "asked = RGT").await, [name]);
    assert_eq!(list(&author, "asker = organisations/RGT").await, Vec::<String>::new());
    let budget = pb::GetHourBudgetRequest { organisation: named(AUTHOR) };
    assert_eq!(told(stranger.introductions().get_hour_budget(budget).await).unwrap_err(), ROLE);
}
