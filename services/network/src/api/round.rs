//! `RoundService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, day, request};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::round_service_server::RoundService;
use tonic::{Request, Response, Status};

use super::{Api, convert, convert_round};
use crate::model::designation::CAPACITY;
use crate::model::expression::{MAX_COMMENT, STATEMENT};
use crate::model::pairing::REASON;
use crate::{Decision, ExpressionId, NewExpression, RoundId, RoundInvitation};

#[tonic::async_trait]
impl RoundService for Api {
    async fn create_round(
        &self,
        request: Request<pb::CreateRoundRequest>,
    ) -> Result<Response<pb::CreateRoundResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let typed = convert_round::typed_round(&mut violations, &message.round.unwrap_or_default());
        let Some((call, invited)) = typed.filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.create_round(&caller, call, invited, key).await?;
        let round = Some(self.wire_round(written.value));
        Ok(Response::new(pb::CreateRoundResponse { round, sequence: written.sequence }))
    }

    async fn invite_to_round(
        &self,
        request: Request<pb::InviteToRoundRequest>,
    ) -> Result<Response<pb::InviteToRoundResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", RoundId::parse(&message.name));
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let reason = violations.text("reason", &message.reason, REASON);
        let expected = Expected::parse(&mut violations, &message.etag);
        let (Some(id), Some(organisation), true) = (id, organisation, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let invitation = RoundInvitation { organisation, reason };
        let written = self.0.invite_to_round(&caller, id, invitation, expected, key).await?;
        let round = Some(self.wire_round(written.value));
        Ok(Response::new(pb::InviteToRoundResponse { round, sequence: written.sequence }))
    }

    async fn get_round(&self, request: Request<pb::GetRoundRequest>) -> Result<Response<pb::GetRoundResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", RoundId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let round = self.wire_round(self.0.round(id).await?);
        Ok(Response::new(pb::GetRoundResponse { round: Some(round) }))
    }

    async fn list_rounds(
        &self,
        request: Request<pb::ListRoundsRequest>,
    ) -> Result<Response<pb::ListRoundsResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["rounds"]);
        violations.check()?;
        let page = self.0.rounds(&paging).await?.map(|round| self.wire_round(round));
        Ok(Response::new(pb::ListRoundsResponse { rounds: page.items, next_page_token: page.next }))
    }

    async fn submit_expression(
        &self,
        request: Request<pb::SubmitExpressionRequest>,
    ) -> Result<Response<pb::SubmitExpressionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let round = violations.take("round", RoundId::parse(&message.round));
        let organisations = convert_round::typed_parties(&mut violations, &message.organisations);
        let statement = violations.text("statement", &message.statement, STATEMENT);
        let evidence = convert_round::typed_evidence(&mut violations, &message.evidence);
        let (Some(round), true) = (round, violations.is_empty()) else { return Err(violations.refuse().into()) };
        let new = NewExpression { round, organisations, statement, evidence };
        let written = self.0.submit_expression(&caller, new, key).await?;
        let expression = Some(convert_round::expression(written.value));
        Ok(Response::new(pb::SubmitExpressionResponse { expression, sequence: written.sequence }))
    }

    async fn withdraw_expression(
        &self,
        request: Request<pb::WithdrawExpressionRequest>,
    ) -> Result<Response<pb::WithdrawExpressionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ExpressionId::parse(&message.name));
        let reason = violations.text("reason", &message.reason, REASON);
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.withdraw_expression(&caller, id, reason, expected, key).await?;
        let expression = Some(convert_round::expression(written.value));
        Ok(Response::new(pb::WithdrawExpressionResponse { expression, sequence: written.sequence }))
    }

    async fn get_expression(
        &self,
        request: Request<pb::GetExpressionRequest>,
    ) -> Result<Response<pb::GetExpressionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", ExpressionId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let expression = Some(convert_round::expression(self.0.expression(&caller, id).await?));
        Ok(Response::new(pb::GetExpressionResponse { expression }))
    }

    async fn list_expressions(
        &self,
        request: Request<pb::ListExpressionsRequest>,
    ) -> Result<Response<pb::ListExpressionsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("round", RoundId::parse(&message.round));
        let query = ["expressions", &message.round];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let (page, round) = self.0.expressions(&caller, id, &paging).await?;
        let page = page.map(|expression| convert_round::expression((expression, round.clone())));
        Ok(Response::new(pb::ListExpressionsResponse { expressions: page.items, next_page_token: page.next }))
    }

    async fn assign_scorers(
        &self,
        request: Request<pb::AssignScorersRequest>,
    ) -> Result<Response<pb::AssignScorersResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ExpressionId::parse(&message.name));
        let scorers = convert_round::typed_scorers(&mut violations, &message.scorers);
        let expected = Expected::parse(&mut violations, &message.etag);
        let (Some(id), Some(scorers), true) = (id, scorers, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.assign_scorers(&caller, id, scorers, expected, key).await?;
        let expression = Some(convert_round::expression(written.value));
        Ok(Response::new(pb::AssignScorersResponse { expression, sequence: written.sequence }))
    }

    async fn submit_score(
        &self,
        request: Request<pb::SubmitScoreRequest>,
    ) -> Result<Response<pb::SubmitScoreResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ExpressionId::parse(&message.name));
        let points = convert_round::typed_points(&mut violations, &message.points);
        let comment = violations.text("comment", &message.comment, 0..=MAX_COMMENT);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.submit_score(&caller, id, points, comment, key).await?;
        let expression = Some(convert_round::expression(written.value));
        Ok(Response::new(pb::SubmitScoreResponse { expression, sequence: written.sequence }))
    }

    async fn moderate_expression(
        &self,
        request: Request<pb::ModerateExpressionRequest>,
    ) -> Result<Response<pb::ModerateExpressionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ExpressionId::parse(&message.name));
        let points = convert_round::typed_points(&mut violations, &message.points);
        let reason = violations.text("reason", &message.reason, REASON);
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.moderate_expression(&caller, id, points, reason, expected, key).await?;
        let expression = Some(convert_round::expression(written.value));
        Ok(Response::new(pb::ModerateExpressionResponse { expression, sequence: written.sequence }))
    }

    async fn decide_expression(
        &self,
        request: Request<pb::DecideExpressionRequest>,
    ) -> Result<Response<pb::DecideExpressionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ExpressionId::parse(&message.name));
        let reason = violations.text("reason", &message.reason, REASON);
        let designated = convert_round::typed_organisations(&mut violations, "designated", &message.designated);
        let capacity = violations.within("capacity", message.capacity, CAPACITY);
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let decision = Decision { chosen: message.chosen, reason, designated, capacity };
        let written = self.0.decide_expression(&caller, id, decision, expected, key).await?;
        let expression = Some(convert_round::expression(written.value));
        Ok(Response::new(pb::DecideExpressionResponse { expression, sequence: written.sequence }))
    }

    async fn publish_round(
        &self,
        request: Request<pb::PublishRoundRequest>,
    ) -> Result<Response<pb::PublishRoundResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", RoundId::parse(&message.name));
        let start_date = day::parse(&mut violations, "start_date", &message.start_date);
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.publish_round(&caller, id, start_date, expected, key).await?;
        let (round, designations) = written.value;
        Ok(Response::new(pb::PublishRoundResponse {
            round: Some(self.wire_round(round)),
            designations: designations.into_iter().map(convert::designation).collect(),
            sequence: written.sequence,
        }))
    }
}

impl Api {
    /// A round as it stands now.
    fn wire_round(&self, round: crate::Round) -> pb::Round {
        let now = self.0.now();
        convert_round::round(round, now)
    }
}
