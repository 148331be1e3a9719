//! The way from a draft to a revision, what differs between revisions, who may see what, and what is said in time.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::Duration;

use exemplar_kernel::{NetworkRole, Role, journal};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::network::v1 as network;
use exemplar_tests::{Actor, Database, World, refusal};
use tonic::Status;

use crate::blueprints::{create, on_a_page, publish, section, update};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("reviews::the_whole_way", the_whole_way);
    suite.each("reviews::nobody_does_two_parts", nobody_does_two_parts);
    suite.each("reviews::sent_back_and_submitted_again", sent_back_and_submitted_again);
    suite.each("reviews::two_at_once_are_told_apart", two_at_once_are_told_apart);
    suite.each("reviews::a_withdrawal_leaves_a_tombstone", a_withdrawal_leaves_a_tombstone);
    suite.each("reviews::comments_are_for_those_who_read_the_draft", comments_are_for_those_who_read_the_draft);
    suite.each("reviews::differences_are_word_by_word", differences_are_word_by_word);
    suite.each("reviews::partners_read_while_they_are_paired", partners_read_while_they_are_paired);
    suite.each("reviews::what_is_overdue_is_said", what_is_overdue_is_said);
}

/// A trust's people and a reviewer of another, with a draft that is ready.
struct Scene {
    world: World,
    lead: Actor,
    approver: Actor,
    reviewer: Actor,
    name: String,
}

async fn scene(database: Database) -> Scene {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RJ1", "RRV"]).await;
    let lead = world.at("RGT", Role::Lead).await;
    let approver = world.at("RGT", Role::Approver).await;
    let reviewer = world.person(&[("RJ1", Role::Member)], &[NetworkRole::Reviewer]).await;
    let name = drafted(&lead, pb::Visibility::Public, "Sepsis alerts at the bedside").await;
    Scene { world, lead, approver, reviewer, name }
}

async fn drafted(lead: &Actor, visibility: pb::Visibility, title: &str) -> String {
    let request = create("RGT", visibility, on_a_page(title, "Ward by ward. Then all at once."));
    lead.blueprints().create_blueprint(request).await.unwrap().into_inner().blueprint.unwrap().name
}

async fn submit(who: &Actor, name: &str) -> Result<pb::Review, Status> {
    let request = pb::SubmitBlueprintRequest { name: name.to_owned(), ..Default::default() };
    Ok(who.reviews().submit_blueprint(request).await?.into_inner().review.unwrap())
}

async fn sign_off(who: &Actor, review: &str) -> Result<pb::Review, Status> {
    let request = pb::SignOffReviewRequest { name: review.to_owned(), ..Default::default() };
    Ok(who.reviews().sign_off_review(request).await?.into_inner().review.unwrap())
}

async fn assign(who: &Actor, review: &str, reviewer: &Actor) -> Result<pb::Review, Status> {
    let (name, reviewer) = (review.to_owned(), reviewer.id.to_string());
    let request = pb::AssignReviewerRequest { name, reviewer, ..Default::default() };
    Ok(who.reviews().assign_reviewer(request).await?.into_inner().review.unwrap())
}

async fn assure(who: &Actor, review: &str) -> Result<pb::Review, Status> {
    let request = pb::AssureReviewRequest { name: review.to_owned(), ..Default::default() };
    Ok(who.reviews().assure_review(request).await?.into_inner().review.unwrap())
}

async fn release(who: &Actor, name: &str) -> Result<pb::Blueprint, Status> {
    Ok(who.blueprints().publish_blueprint(publish(name)).await?.into_inner().blueprint.unwrap())
}

async fn get(who: &Actor, name: &str) -> Result<pb::Blueprint, Status> {
    let request = pb::GetBlueprintRequest { name: name.to_owned() };
    Ok(who.blueprints().get_blueprint(request).await?.into_inner().blueprint.unwrap())
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    refusal(&answer.unwrap_err())
}

async fn the_whole_way(database: Database) {
    let Scene { world, lead, approver, reviewer, name } = scene(database).await;
    let draft = format!("{name}/draft");
    assert_eq!(refused(release(&lead, &name).await), "FailedPrecondition NOT_ASSURED");
    let review = submit(&lead, &name).await.unwrap();
    assert_eq!((review.state(), review.purpose()), (pb::ReviewState::Submitted, pb::ReviewPurpose::Release));
    let id = review.name;
    // While it is open the draft stands still, and there is no second review.
    let change = update(&name, &["summary"], on_a_page("", ""));
    let changed = lead.blueprints().update_draft(change.clone()).await;
    assert_eq!(refused(changed), "FailedPrecondition DRAFT_IN_REVIEW");
    assert_eq!(refused(submit(&lead, &name).await), "AlreadyExists REVIEW_OPEN");
    // Before the sign-off a reviewer knows of nothing.
    assert_eq!(refused(get(&reviewer, &draft).await), "NotFound BLUEPRINT_NOT_FOUND");
    assert_eq!(refused(assign(&reviewer, &id, &reviewer).await), "NotFound REVIEW_NOT_FOUND");
    assert_eq!(sign_off(&approver, &id).await.unwrap().state(), pb::ReviewState::SignedOff);
    assert_eq!(get(&reviewer, &draft).await.unwrap().content.unwrap().title, "Sepsis alerts at the bedside");
    let outsider = world.at("RJ1", Role::Lead).await;
    assert_eq!(refused(get(&outsider, &draft).await), "NotFound BLUEPRINT_NOT_FOUND");
    assert_eq!(refused(assure(&reviewer, &id).await), "FailedPrecondition REVIEWER_NOT_ASSIGNED");
    assign(&world.programme().await, &id, &reviewer).await.unwrap();
    assert_eq!(refused(release(&lead, &name).await), "FailedPrecondition NOT_ASSURED");
    assert_eq!(assure(&reviewer, &id).await.unwrap().state(), pb::ReviewState::Assured);
    let revision = release(&lead, &name).await.unwrap();
    assert_eq!((revision.revision, revision.latest_revision), (1, 1));
    // Closed, the review shows the draft to nobody else any more; the draft moves again.
    assert_eq!(refused(get(&reviewer, &draft).await), "NotFound BLUEPRINT_NOT_FOUND");
    assert_eq!(refused(submit(&lead, &name).await), "FailedPrecondition DRAFT_UNCHANGED");

    // Looking at it again without a change is a record, too, and takes the same way.
    world.clock.advance(Duration::from_hours(24 * 30 * 24));
    let (lead, approver) = (world.again(&lead).await, world.again(&approver).await);
    let (reviewer, outsider) = (world.again(&reviewer).await, world.again(&outsider).await);
    let revisions = async |who: &Actor| {
        let request = pb::ListRevisionsRequest { name: name.clone(), ..Default::default() };
        who.blueprints().list_revisions(request).await.unwrap().into_inner().revisions
    };
    assert_eq!(revisions(&outsider).await[0].state(), pb::RevisionState::ReviewDue);
    let request = pb::SubmitBlueprintRequest { name: name.clone(), renewal: true, ..Default::default() };
    let id = lead.reviews().submit_blueprint(request.clone()).await.unwrap().into_inner().review.unwrap().name;
    sign_off(&approver, &id).await.unwrap();
    assign(&reviewer, &id, &reviewer).await.unwrap();
    assure(&reviewer, &id).await.unwrap();
    assert_eq!(release(&lead, &name).await.unwrap().revision, 1);
    let listed = revisions(&outsider).await;
    assert_eq!((listed.len(), listed[0].state(), listed[0].reviewers), (1, pb::RevisionState::Published, 1));
    assert_eq!(listed[0].renew_time, [world.clock.now().into()]);
    let cited = format!(
        "Trust RGT (2018). Sepsis alerts at the bedside. Revision 1, 6 August 2018. \
         Exemplar, {}/{name}/revisions/1.",
        world.config.address()
    );
    assert_eq!(
        (listed[0].citation.as_str(), cited.ends_with(&format!("{}.", listed[0].address))),
        (cited.as_str(), true)
    );
    lead.blueprints().update_draft(change).await.unwrap();
    let changed = update(&name, &["summary"], pb::Content { summary: "Another one.".into(), ..Default::default() });
    lead.blueprints().update_draft(changed).await.unwrap();
    assert_eq!(refused(lead.reviews().submit_blueprint(request).await), "FailedPrecondition RENEWAL_CHANGED");
}

async fn nobody_does_two_parts(database: Database) {
    let Scene { world, lead, approver, reviewer, name } = scene(database).await;
    let all = &[("RGT", Role::Lead), ("RGT", Role::Approver)];
    let everything = world.person(all, &[NetworkRole::Reviewer]).await;
    let id = submit(&everything, &name).await.unwrap().name;
    assert_eq!(refused(sign_off(&everything, &id).await), "FailedPrecondition SAME_PERSON");
    assert_eq!(refused(sign_off(&lead, &id).await), "PermissionDenied ROLE_MISSING");
    sign_off(&approver, &id).await.unwrap();
    let unfit = "FailedPrecondition REVIEWER_UNFIT";
    let own = world.person(&[("RGT", Role::Member)], &[NetworkRole::Reviewer]).await;
    for nobody in [&everything, &own, &lead] {
        assert_eq!(refused(assign(&world.programme().await, &id, nobody).await), unfit);
    }
    assert_eq!(refused(assign(&reviewer, &id, &own).await), "PermissionDenied ROLE_MISSING");
    assign(&reviewer, &id, &reviewer).await.unwrap();
    assert_eq!(refused(assign(&reviewer, &id, &reviewer).await), unfit);
    // A conflict ends their part, and undoes what they assured.
    assert_eq!(assure(&reviewer, &id).await.unwrap().state(), pb::ReviewState::Assured);
    let conflict =
        pb::DeclareConflictRequest { name: id.clone(), reason: "I worked there.".to_owned(), ..Default::default() };
    let after = reviewer.reviews().declare_conflict(conflict).await.unwrap().into_inner().review.unwrap();
    assert_eq!(after.state(), pb::ReviewState::SignedOff);
    assert_eq!(refused(assign(&reviewer, &id, &reviewer).await), unfit);
    assert_eq!(refused(release(&lead, &name).await), "FailedPrecondition NOT_ASSURED");
    // One who has left the reviewers is none.
    let other = world.person(&[], &[NetworkRole::Reviewer]).await;
    assign(&other, &id, &other).await.unwrap();
    assure(&other, &id).await.unwrap();
    release(&lead, &name).await.unwrap();
    // The conflict stays for the next review of the same blueprint.
    let changed = update(&name, &["summary"], pb::Content { summary: "Another one.".into(), ..Default::default() });
    lead.blueprints().update_draft(changed).await.unwrap();
    let id = submit(&lead, &name).await.unwrap().name;
    sign_off(&approver, &id).await.unwrap();
    assert_eq!(refused(assign(&reviewer, &id, &reviewer).await), unfit);
}

async fn sent_back_and_submitted_again(database: Database) {
    let Scene { world: _world, lead, approver, reviewer, name } = scene(database).await;
    let back = |id: &str, reason: &str| pb::RequestChangesRequest {
        name: id.to_owned(),
        reason: reason.to_owned(),
        ..Default::default()
    };
    let id = submit(&lead, &name).await.unwrap().name;
    let reasonless = approver.reviews().request_changes(back(&id, " ")).await;
    assert_eq!(refused(reasonless), "InvalidArgument INVALID_REQUEST\n  reason: is missing");
    let sent = approver.reviews().request_changes(back(&id, "Say what went wrong.")).await.unwrap().into_inner();
    let sent = sent.review.unwrap();
    assert_eq!((sent.state(), sent.reason.as_str()), (pb::ReviewState::ChangesRequested, "Say what went wrong."));
    assert_eq!(refused(sign_off(&approver, &id).await), "FailedPrecondition REVIEW_STATE");
    let wrong = vec![section(pb::SectionKind::WhatWentWrong, "Too many alarms.")];
    let request = update(&name, &["sections"], pb::Content { sections: wrong, ..Default::default() });
    lead.blueprints().update_draft(request).await.unwrap();
    // Refused after the sign-off, by a reviewer who is named; and open again.
    let id = submit(&lead, &name).await.unwrap().name;
    sign_off(&approver, &id).await.unwrap();
    let reject =
        pb::RejectReviewRequest { name: id.clone(), reason: "It was never done.".to_owned(), ..Default::default() };
    let unnamed = reviewer.reviews().reject_review(reject.clone()).await;
    assert_eq!(refused(unnamed), "FailedPrecondition REVIEWER_NOT_ASSIGNED");
    assign(&reviewer, &id, &reviewer).await.unwrap();
    reviewer.reviews().reject_review(reject).await.unwrap();
    let id = submit(&lead, &name).await.unwrap().name;
    let retract = pb::RetractReviewRequest { name: id.clone(), reason: "Later.".to_owned(), ..Default::default() };
    lead.reviews().retract_review(retract).await.unwrap();
    let request = pb::ListReviewsRequest { filter: format!("blueprint = \"{name}\""), ..Default::default() };
    let listed = lead.reviews().list_reviews(request.clone()).await.unwrap().into_inner().reviews;
    // The clock stands still: of what was submitted in one millisecond, any may be the newest.
    let mut states: Vec<_> = listed.iter().map(pb::Review::state).collect();
    states.sort();
    assert_eq!(states, [pb::ReviewState::ChangesRequested, pb::ReviewState::Rejected, pb::ReviewState::Retracted]);
    // A reviewer sees the one that was signed off.
    assert_eq!(reviewer.reviews().list_reviews(request).await.unwrap().into_inner().reviews.len(), 1);
}

async fn two_at_once_are_told_apart(database: Database) {
    let Scene { world, lead, approver, reviewer, .. } = scene(database).await;
    // Six reviews at once for a reviewer who may have five.
    let mut reviews = Vec::new();
    for number in 0..6 {
        let name = drafted(&lead, pb::Visibility::Public, &format!("Blueprint number {number}")).await;
        let id = submit(&lead, &name).await.unwrap().name;
        sign_off(&approver, &id).await.unwrap();
        reviews.push((name, id));
    }
    let calls: Vec<_> = reviews
        .iter()
        .map(|(_, id)| {
            let (reviewer, id) = (reviewer.clone(), id.clone());
            tokio::spawn(async move { assign(&reviewer, &id, &reviewer).await })
        })
        .collect();
    let mut busy = Vec::new();
    for (call, review) in calls.into_iter().zip(&reviews) {
        if let Err(status) = call.await.unwrap() {
            assert_eq!(refusal(&status), "FailedPrecondition REVIEWER_BUSY");
            busy.push(review.clone());
        }
    }
    assert_eq!(busy.len(), 1);
    // Whoever ends one has a place again.
    let (name, id) = reviews.iter().find(|review| !busy.contains(review)).unwrap().clone();
    assure(&reviewer, &id).await.unwrap();
    assign(&reviewer, &busy[0].1, &reviewer).await.unwrap();
    release(&lead, &name).await.unwrap();
    // A publication that races a withdrawal: whichever is first, what is there in the end is withdrawn.
    let changed = update(&name, &["summary"], pb::Content { summary: "Another one.".into(), ..Default::default() });
    lead.blueprints().update_draft(changed).await.unwrap();
    let id = submit(&lead, &name).await.unwrap().name;
    sign_off(&approver, &id).await.unwrap();
    let other = world.person(&[], &[NetworkRole::Reviewer]).await;
    assign(&other, &id, &other).await.unwrap();
    assure(&other, &id).await.unwrap();
    let withdraw =
        pb::WithdrawBlueprintRequest { name: name.clone(), reason: "It harmed.".to_owned(), ..Default::default() };
    let (releaser, ender) = (lead.clone(), lead.clone());
    let releasing = tokio::spawn({
        let name = name.clone();
        async move { release(&releaser, &name).await }
    });
    let ending = tokio::spawn(async move { ender.blueprints().withdraw_blueprint(withdraw).await });
    ending.await.unwrap().unwrap();
    let latest = match releasing.await.unwrap() {
        Ok(revision) => revision.revision,
        Err(status) => {
            assert_eq!(refusal(&status), "FailedPrecondition NOT_ASSURED");
            1
        }
    };
    let left = get(&world.anonymous().await, &name).await.unwrap();
    assert_eq!((left.latest_revision, left.withdraw_reason.as_str()), (latest, "It harmed."));
    let request = pb::GetReviewRequest { name: id };
    let review = lead.reviews().get_review(request).await.unwrap().into_inner().review.unwrap();
    let wanted = if latest == 2 { pb::ReviewState::Published } else { pb::ReviewState::Retracted };
    assert_eq!(review.state(), wanted);
}

async fn a_withdrawal_leaves_a_tombstone(database: Database) {
    let Scene { world, lead, name, .. } = scene(database).await;
    let withdraw =
        pb::WithdrawBlueprintRequest { name: name.clone(), reason: "It harmed.".to_owned(), ..Default::default() };
    let early = lead.blueprints().withdraw_blueprint(withdraw.clone()).await;
    assert_eq!(refused(early), "FailedPrecondition NOT_PUBLISHED");
    let sequence = lead.publish(publish(&name)).await.unwrap().into_inner().sequence;
    let anyone = world.anonymous().await;
    let found = async |min_sequence: i64| {
        let request = pb::SearchRequest { query: "sepsis".to_owned(), min_sequence, ..Default::default() };
        anyone.searches().search(request).await.unwrap().into_inner().hits.len()
    };
    assert_eq!(found(sequence).await, 1);
    let stranger = world.at("RJ1", Role::Lead).await.blueprints().withdraw_blueprint(withdraw.clone()).await;
    assert_eq!(refused(stranger), "PermissionDenied ROLE_MISSING");
    let answer = lead.blueprints().withdraw_blueprint(withdraw.clone()).await.unwrap().into_inner();
    assert_eq!(found(answer.sequence).await, 0);
    let listed = anyone.blueprints().list_blueprints(pb::ListBlueprintsRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.blueprints, []);
    let stone = get(&anyone, &format!("{name}/revisions/1")).await.unwrap();
    let content = pb::Content { title: "Sepsis alerts at the bedside".to_owned(), ..Default::default() };
    assert_eq!((stone.content, stone.withdraw_reason.as_str()), (Some(content), "It harmed."));
    assert_eq!(stone.withdraw_time, Some(world.clock.now().into()));
    // The organisation's own people still know what it said; nothing moves any more.
    assert!(!get(&lead, &name).await.unwrap().content.unwrap().sections.is_empty());
    assert_eq!(refused(lead.blueprints().withdraw_blueprint(withdraw).await), "FailedPrecondition BLUEPRINT_WITHDRAWN");
    assert_eq!(refused(submit(&lead, &name).await), "FailedPrecondition BLUEPRINT_WITHDRAWN");
    let changed = lead.blueprints().update_draft(update(&name, &["summary"], on_a_page("", ""))).await;
    assert_eq!(refused(changed), "FailedPrecondition BLUEPRINT_WITHDRAWN");
}

async fn comments_are_for_those_who_read_the_draft(database: Database) {
    let Scene { world, lead, approver, reviewer, name } = scene(database).await;
    let add = |body: &str| pb::AddCommentRequest {
        blueprint: name.clone(),
        section: pb::SectionKind::Approach.into(),
        body: body.to_owned(),
        ..Default::default()
    };
    let hidden = "NotFound BLUEPRINT_NOT_FOUND";
    assert_eq!(refused(reviewer.reviews().add_comment(add("Too early")).await), hidden);
    let id = submit(&lead, &name).await.unwrap().name;
    sign_off(&approver, &id).await.unwrap();
    let comment = reviewer.reviews().add_comment(add("How many wards?")).await.unwrap().into_inner().comment.unwrap();
    assert_eq!((comment.body.as_str(), comment.section()), ("How many wards?", pb::SectionKind::Approach));
    let outsider = world.at("RJ1", Role::Lead).await;
    let list = |filter: &str| pb::ListCommentsRequest {
        blueprint: name.clone(),
        filter: filter.to_owned(),
        ..Default::default()
    };
    assert_eq!(refused(outsider.reviews().list_comments(list("")).await), hidden);
    let resolve = pb::ResolveCommentRequest { name: comment.name.clone(), ..Default::default() };
    assert_eq!(refused(outsider.reviews().resolve_comment(resolve.clone()).await), "NotFound COMMENT_NOT_FOUND");
    assert_eq!(refused(approver.reviews().resolve_comment(resolve.clone()).await), "PermissionDenied ROLE_MISSING");
    let done = lead.reviews().resolve_comment(resolve.clone()).await.unwrap().into_inner().comment.unwrap();
    assert_eq!((done.resolver, done.resolve_time), (lead.id.to_string(), Some(world.clock.now().into())));
    assert_eq!(refused(lead.reviews().resolve_comment(resolve).await), "FailedPrecondition COMMENT_RESOLVED");
    for (filter, expected) in [("", 1), ("state = OPEN", 0), ("state = RESOLVED", 1)] {
        let listed = reviewer.reviews().list_comments(list(filter)).await.unwrap().into_inner().comments;
        assert_eq!(listed.len(), expected, "{filter}");
    }
}

async fn differences_are_word_by_word(database: Database) {
    let Scene { world, lead, name, .. } = scene(database).await;
    lead.publish(publish(&name)).await.unwrap();
    let sections = vec![
        section(pb::SectionKind::Approach, "Ward by ward. Then everything at once."),
        section(pb::SectionKind::Team, "Two nurses."),
    ];
    let content = pb::Content { sections, care_settings: vec!["Maternity".to_owned()], ..Default::default() };
    let request = update(&name, &["sections", "care_settings"], content);
    lead.blueprints().update_draft(request).await.unwrap();
    let compare = async |who: &Actor, from_revision: i32, to_revision: i32| {
        let request = pb::CompareRevisionsRequest { name: name.clone(), from_revision, to_revision };
        let answer = who.blueprints().compare_revisions(request).await?.into_inner();
        let shown = |part: pb::PartDifference| {
            let runs = part.runs.iter().map(|run| match run.edit() {
                pb::Edit::Added => format!("+{}+", run.text),
                pb::Edit::Removed => format!("-{}-", run.text),
                pb::Edit::Kept | pb::Edit::Unspecified => run.text.clone(),
            });
            format!("{}: {}", part.field, runs.collect::<String>())
        };
        Ok::<_, Status>(answer.differences.into_iter().map(shown).collect::<Vec<_>>())
    };
    let expected = [
        "content.care_settings: -Acute-+Maternity+",
        "content.sections.approach: Ward by ward. Then -all-+everything+ at once.",
        "content.sections.team: +Two nurses.+",
    ];
    assert_eq!(compare(&lead, 1, 0).await.unwrap(), expected);
    let anyone = world.anonymous().await;
    for (from, to) in [(1, 0), (0, 1), (1, 2)] {
        assert_eq!(refused(compare(&anyone, from, to).await), "NotFound REVISION_NOT_FOUND");
    }
    lead.publish(publish(&name)).await.unwrap();
    assert_eq!(compare(&anyone, 1, 2).await.unwrap(), expected);
    assert_eq!(compare(&anyone, 2, 2).await.unwrap(), [] as [&str; 0]);
    // What is hidden has no difference either: like what is not there.
    let set = pb::SetVisibilityRequest {
        name: name.clone(),
        visibility: pb::Visibility::Organisation.into(),
        ..Default::default()
    };
    lead.blueprints().set_visibility(set).await.unwrap();
    assert_eq!(refused(compare(&anyone, 1, 2).await), "NotFound BLUEPRINT_NOT_FOUND");
    let list = pb::ListRevisionsRequest { name: name.clone(), ..Default::default() };
    assert_eq!(refused(anyone.blueprints().list_revisions(list).await), "NotFound BLUEPRINT_NOT_FOUND");
}

async fn partners_read_while_they_are_paired(database: Database) {
    let Scene { world, lead, .. } = scene(database).await;
    world.designate("RGT", network::DesignationKind::GlobalExemplar, 2).await;
    world.designate("RRV", network::DesignationKind::FastFollower, 1).await;
    let name = drafted(&lead, pb::Visibility::Pair, "Only for our partners").await;
    let mut sequence = lead.publish(publish(&name)).await.unwrap().into_inner().sequence;
    let follower = world.at("RRV", Role::Lead).await;
    let others = [world.at("RJ1", Role::Lead).await, world.anonymous().await, world.programme().await];
    let sees = async |who: &Actor, min_sequence: i64| {
        let request = pb::SearchRequest { query: "partners".to_owned(), min_sequence, ..Default::default() };
        let found = who.searches().search(request).await.unwrap().into_inner().hits.len();
        let listed = who.blueprints().list_blueprints(pb::ListBlueprintsRequest::default()).await.unwrap().into_inner();
        let read = get(who, &name).await.map(|_| 1).map_err(|status| refusal(&status));
        assert_eq!(found, listed.blueprints.len());
        assert_eq!(read, if found == 1 { Ok(1) } else { Err("NotFound BLUEPRINT_NOT_FOUND".to_owned()) });
        found == 1
    };
    assert!(sees(&lead, sequence).await, "its own people read it");
    assert!(!sees(&follower, sequence).await);
    let propose = network::ProposePairingRequest {
        exemplar: "organisations/RGT".to_owned(),
        partner: "organisations/RRV".to_owned(),
        proposer: "organisations/RGT".to_owned(),
        kind: network::PairingKind::ExemplarFollower.into(),
        ..Default::default()
    };
    let pairing = lead.pairings().propose_pairing(propose).await.unwrap().into_inner().pairing.unwrap().name;
    assert!(!sees(&follower, sequence).await, "a proposal is no pairing");
    let accept = network::AcceptPairingRequest { name: pairing.clone(), ..Default::default() };
    sequence = follower.pairings().accept_pairing(accept).await.unwrap().into_inner().sequence;
    assert!(sees(&follower, sequence).await);
    for other in &others {
        assert!(!sees(other, sequence).await);
    }
    // Partners read each other's plans as long.
    let adopt = pb::AdoptBlueprintRequest {
        plan: "Ward by ward.".to_owned(),
        ..crate::adoptions::adopting(&name, "RRV", pb::AdoptionState::Planned)
    };
    let adoption = follower.adoptions().adopt_blueprint(adopt).await.unwrap().into_inner().adoption.unwrap().name;
    let plan = async || {
        let request = pb::GetAdoptionRequest { name: adoption.clone() };
        lead.adoptions().get_adoption(request).await.unwrap().into_inner().adoption.unwrap().plan
    };
    assert_eq!(plan().await, "Ward by ward.");
    let end = network::WithdrawPairingRequest { name: pairing, reason: "over".to_owned(), ..Default::default() };
    sequence = lead.pairings().withdraw_pairing(end).await.unwrap().into_inner().sequence;
    assert!(!sees(&follower, sequence).await);
    assert_eq!(plan().await, "");
    // The adopter keeps its adoption; what is new in a blueprint that it may no longer read it is not told.
    let news = pb::GetAdoptionUpdateRequest { name: adoption.clone() };
    let news = follower.adoptions().get_adoption_update(news).await;
    assert_eq!(refused(news), "NotFound BLUEPRINT_NOT_FOUND");
}

async fn what_is_overdue_is_said(database: Database) {
    let Scene { world, lead, approver, reviewer, name } = scene(database).await;
    let said = async |before: i64| {
        let told = world.services.blueprints.remind().await.unwrap();
        let entries = journal::read(world.services.db.read(), before, 50).await.unwrap();
        let reminders =
            entries.into_iter().filter(|entry| entry.verb.ends_with(".remind") || entry.verb.ends_with("_due"));
        let reminders: Vec<_> = reminders.map(|entry| (entry.verb, entry.resource)).collect();
        assert_eq!(reminders.len(), told);
        reminders
    };
    let head = async || journal::head(world.services.db.read()).await.unwrap();
    let week = Duration::from_hours(24 * 7);
    let id = submit(&lead, &name).await.unwrap().name;
    let remind = vec![("blueprints.review.remind".to_owned(), id.clone())];
    world.clock.advance(3 * week);
    assert_eq!(said(head().await).await, [], "not yet overdue");
    world.clock.advance(week);
    assert_eq!(said(head().await).await, remind, "a sign-off");
    assert_eq!(said(head().await).await, [], "once");
    sign_off(&world.again(&approver).await, &id).await.unwrap();
    let reviewer = world.again(&reviewer).await;
    assign(&reviewer, &id, &reviewer).await.unwrap();
    world.clock.advance(4 * week);
    assert_eq!(said(head().await).await, remind, "an assurance");
    world.clock.advance(2 * week);
    assert_eq!(said(head().await).await, remind, "and again");
    assure(&world.again(&reviewer).await, &id).await.unwrap();
    release(&world.again(&lead).await, &name).await.unwrap();
    assert_eq!(said(head().await).await, []);
    world.clock.advance(Duration::from_hours(24 * 30 * 24) + week);
    assert_eq!(said(head().await).await, [("blueprints.blueprint.review_due".to_owned(), name)], "a revision");
}
