//! Rows of rounds and of matching.

use exemplar_kernel::Role;
use exemplar_proto::network::v1 as network;
use exemplar_tests::World;
use prost::Message as _;

use super::Row;

/// What the calls are about.
pub(super) struct Scene {
    round: String,
    expression: String,
}

/// An open round in which RGT takes part, made by those who may.
pub(super) async fn scene(world: &World) -> Scene {
    let instant = |text: &str| Some(text.parse().unwrap());
    let criterion = network::RoundCriterion { code: "a".into(), title: "A".into(), weight: 1, ..Default::default() };
    let round = network::Round {
        title: "A round".into(),
        designation: network::DesignationKind::FastFollower.into(),
        criteria: vec![criterion],
        open_door: true,
        open_time: instant("2018-08-01T09:00:00Z"),
        close_time: instant("2018-09-01T09:00:00Z"),
        disclosure: network::RoundDisclosure::Chosen.into(),
        score_max: 10,
        ..Default::default()
    };
    let request = network::CreateRoundRequest { round: Some(round), ..Default::default() };
    let programme = world.programme().await;
    let round = programme.rounds().create_round(request).await.unwrap().into_inner().round.unwrap().name;
    let lead = world.at("RGT", Role::Lead).await;
    let submitted = lead.rounds().submit_expression(express(&round)).await.unwrap().into_inner();
    Scene { round, expression: submitted.expression.unwrap().name }
}

fn express(round: &str) -> network::SubmitExpressionRequest {
    network::SubmitExpressionRequest {
        round: round.into(),
        organisations: vec!["organisations/RGT".into()],
        statement: "We would.".into(),
        evidence: vec![network::CriterionEvidence { criterion: "a".into(), text: "We do.".into() }],
        ..Default::default()
    }
}

pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let mut rows = round_rows(scene);
    let rgt = || "organisations/RGT".to_owned();
    let rrv = || "organisations/RRV".to_owned();
    let setup = || {
        Some(network::MatchingSetup {
            followers: vec![rrv()],
            exemplars: vec![rgt()],
            solver: network::MatchingSolver::Stable.into(),
            ..Default::default()
        })
    };
    let mut row = |path: &'static str, message: Vec<u8>| rows.push((path, message));
    let suggest = network::SuggestPartnersRequest {
        organisation: rgt(),
        wanted: network::DesignationKind::FastFollower.into(),
        ..Default::default()
    };
    row("network.v1.MatchingService/SuggestPartners", suggest.encode_to_vec());
    let rank = network::SubmitRankingRequest { organisation: rgt(), etag: "v999".into(), ..Default::default() };
    row("network.v1.MatchingService/SubmitRanking", rank.encode_to_vec());
    row("network.v1.MatchingService/GetRanking", network::GetRankingRequest { organisation: rgt() }.encode_to_vec());
    row(
        "network.v1.MatchingService/PreviewMatching",
        network::PreviewMatchingRequest { setup: setup() }.encode_to_vec(),
    );
    let publish =
        network::PublishMatchingRequest { setup: setup(), input_digest: "another".into(), ..Default::default() };
    row("network.v1.MatchingService/PublishMatching", publish.encode_to_vec());
    let name = "matchings/01a200c6-0d7c-7fd5-99aa-6132283c91eb".to_owned();
    row("network.v1.MatchingService/GetCertificate", network::GetCertificateRequest { name }.encode_to_vec());
    row("network.v1.MatchingService/ListMatchings", network::ListMatchingsRequest::default().encode_to_vec());
    row("network.v1.MatchingService/VerifyCertificate", network::VerifyCertificateRequest::default().encode_to_vec());
    rows
}

fn round_rows(scene: &Scene) -> Vec<Row> {
    let (round, expression) = (|| scene.round.clone(), || scene.expression.clone());
    let stale = || "v999".to_owned();
    let reason = || "because".to_owned();
    let scorers = ["people/01a200c6-0d7c-7fd5-99aa-6132283c91eb", "people/01a200c6-0d7c-7fd5-99aa-6132283c91ec"];
    let (name, etag) = (expression, stale);
    let request_id = String::new;
    let create = network::CreateRoundRequest {
        round: Some(network::Round {
            title: "Another".into(),
            designation: network::DesignationKind::FastFollower.into(),
            criteria: vec![network::RoundCriterion {
                code: "a".into(),
                title: "A".into(),
                weight: 1,
                ..Default::default()
            }],
            invitations: vec![network::RoundInvitation {
                organisation: "organisations/RZZ".into(),
                ..Default::default()
            }],
            open_time: Some("2018-08-01T09:00:00Z".parse().unwrap()),
            close_time: Some("2018-09-01T09:00:00Z".parse().unwrap()),
            disclosure: network::RoundDisclosure::Chosen.into(),
            score_max: 10,
            ..Default::default()
        }),
        ..Default::default()
    };
    let invite = network::InviteToRoundRequest {
        name: round(),
        organisation: "organisations/RBL".into(),
        reason: reason(),
        etag: stale(),
        ..Default::default()
    };
    let assign = network::AssignScorersRequest {
        name: name(),
        scorers: scorers.map(str::to_owned).into(),
        etag: etag(),
        request_id: request_id(),
    };
    let points = || vec![network::CriterionPoints { criterion: "a".into(), points: 1 }];
    let score = network::SubmitScoreRequest { name: name(), points: points(), ..Default::default() };
    let moderate = network::ModerateExpressionRequest {
        name: name(),
        points: points(),
        reason: reason(),
        etag: etag(),
        request_id: request_id(),
    };
    let decide =
        network::DecideExpressionRequest { name: name(), reason: reason(), etag: etag(), ..Default::default() };
    let withdraw =
        network::WithdrawExpressionRequest { name: name(), reason: reason(), etag: etag(), request_id: request_id() };
    let list = network::ListExpressionsRequest { round: round(), ..Default::default() };
    let publish = network::PublishRoundRequest { name: round(), etag: stale(), ..Default::default() };
    vec![
        ("network.v1.RoundService/CreateRound", create.encode_to_vec()),
        ("network.v1.RoundService/InviteToRound", invite.encode_to_vec()),
        ("network.v1.RoundService/GetRound", network::GetRoundRequest { name: round() }.encode_to_vec()),
        ("network.v1.RoundService/ListRounds", network::ListRoundsRequest::default().encode_to_vec()),
        ("network.v1.RoundService/SubmitExpression", express(&round()).encode_to_vec()),
        ("network.v1.RoundService/WithdrawExpression", withdraw.encode_to_vec()),
        ("network.v1.RoundService/GetExpression", network::GetExpressionRequest { name: name() }.encode_to_vec()),
        ("network.v1.RoundService/ListExpressions", list.encode_to_vec()),
        ("network.v1.RoundService/AssignScorers", assign.encode_to_vec()),
        ("network.v1.RoundService/SubmitScore", score.encode_to_vec()),
        ("network.v1.RoundService/ModerateExpression", moderate.encode_to_vec()),
        ("network.v1.RoundService/DecideExpression", decide.encode_to_vec()),
        ("network.v1.RoundService/PublishRound", publish.encode_to_vec()),
    ]
}
