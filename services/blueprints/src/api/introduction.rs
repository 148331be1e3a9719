//! `IntroductionService`.

use exemplar_kernel::etag::{Etag, Expected};
use exemplar_kernel::filter::{self, put};
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, PersonId, Principal, Violations, Written, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::introduction_service_server::IntroductionService;
use tonic::{Request, Response, Status};

use super::{Api, words};
use crate::model::BlueprintId;
use crate::model::introduction::{
    Ask, IntroductionId, IntroductionKind, IntroductionState, MAX_BUDGET, MAX_HOURS, Move,
};
use crate::service::introductions::{HourBudget, SeenIntroduction};
use crate::store::introductions::WantedIntroductions;

/// A reason's length at the most, in characters.
const MAX_REASON: usize = 1_000;
/// The fields that a list of introductions can be filtered by.
const FILTERS: [&str; 5] = ["blueprint", "asker", "asked", "kind", "state"];

#[tonic::async_trait]
impl IntroductionService for Api {
    async fn request_introduction(
        &self,
        request: Request<pb::RequestIntroductionRequest>,
    ) -> Result<Response<pb::RequestIntroductionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let ask = typed_ask(&mut violations, &message);
        let Some(ask) = ask.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.request_introduction(&caller, ask, key).await?;
        let introduction = Some(introduction(written.value));
        Ok(Response::new(pb::RequestIntroductionResponse { introduction, sequence: written.sequence }))
    }

    async fn accept_introduction(
        &self,
        request: Request<pb::AcceptIntroductionRequest>,
    ) -> Result<Response<pb::AcceptIntroductionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let hours = violations.within("hours", message.hours, 0..=MAX_HOURS);
        let step = Move::Accept(Some(hours).filter(|hours| *hours > 0));
        let written = self.step(&caller, violations, &message.name, &message.etag, key, step).await?;
        let introduction = Some(introduction(written.value));
        Ok(Response::new(pb::AcceptIntroductionResponse { introduction, sequence: written.sequence }))
    }

    async fn decline_introduction(
        &self,
        request: Request<pb::DeclineIntroductionRequest>,
    ) -> Result<Response<pb::DeclineIntroductionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let step = Move::Decline(violations.text("reason", &message.reason, 3..=MAX_REASON));
        let written = self.step(&caller, violations, &message.name, &message.etag, key, step).await?;
        let introduction = Some(introduction(written.value));
        Ok(Response::new(pb::DeclineIntroductionResponse { introduction, sequence: written.sequence }))
    }

    async fn answer_introduction(
        &self,
        request: Request<pb::AnswerIntroductionRequest>,
    ) -> Result<Response<pb::AnswerIntroductionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let step = Move::Answer(violations.text("answer", &message.answer, 1..=10_000));
        let written = self.step(&caller, violations, &message.name, &message.etag, key, step).await?;
        let introduction = Some(introduction(written.value));
        Ok(Response::new(pb::AnswerIntroductionResponse { introduction, sequence: written.sequence }))
    }

    async fn complete_introduction(
        &self,
        request: Request<pb::CompleteIntroductionRequest>,
    ) -> Result<Response<pb::CompleteIntroductionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let step = Move::Complete(violations.text("outcome", &message.outcome, 3..=2_000));
        let written = self.step(&caller, violations, &message.name, &message.etag, key, step).await?;
        let introduction = Some(introduction(written.value));
        Ok(Response::new(pb::CompleteIntroductionResponse { introduction, sequence: written.sequence }))
    }

    async fn withdraw_introduction(
        &self,
        request: Request<pb::WithdrawIntroductionRequest>,
    ) -> Result<Response<pb::WithdrawIntroductionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let step = Move::Withdraw(violations.text("reason", &message.reason, 0..=MAX_REASON));
        let written = self.step(&caller, violations, &message.name, &message.etag, key, step).await?;
        let introduction = Some(introduction(written.value));
        Ok(Response::new(pb::WithdrawIntroductionResponse { introduction, sequence: written.sequence }))
    }

    async fn get_introduction(
        &self,
        request: Request<pb::GetIntroductionRequest>,
    ) -> Result<Response<pb::GetIntroductionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", IntroductionId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let introduction = Some(introduction(self.0.introduction(&caller, id).await?));
        Ok(Response::new(pb::GetIntroductionResponse { introduction }))
    }

    async fn list_introductions(
        &self,
        request: Request<pb::ListIntroductionsRequest>,
    ) -> Result<Response<pb::ListIntroductionsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let wanted = typed_filter(&mut violations, &message.filter);
        let query = ["introductions", &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.introductions(&caller, &wanted, &paging).await?.map(introduction);
        Ok(Response::new(pb::ListIntroductionsResponse { introductions: page.items, next_page_token: page.next }))
    }

    async fn get_hour_budget(
        &self,
        request: Request<pb::GetHourBudgetRequest>,
    ) -> Result<Response<pb::GetHourBudgetResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let budget = Some(budget(self.0.hour_budget(&caller, &id).await?));
        Ok(Response::new(pb::GetHourBudgetResponse { budget }))
    }

    async fn set_hour_budget(
        &self,
        request: Request<pb::SetHourBudgetRequest>,
    ) -> Result<Response<pb::SetHourBudgetResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let hours = violations.within("hours", message.hours, 0..=MAX_BUDGET);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.set_hour_budget(&caller, id, hours, key).await?;
        let budget = Some(budget(written.value));
        Ok(Response::new(pb::SetHourBudgetResponse { budget, sequence: written.sequence }))
    }
}

impl Api {
    async fn step(
        &self,
        caller: &Principal,
        mut violations: Violations,
        name: &str,
        etag: &str,
        key: Option<RequestKey>,
        step: Move,
    ) -> Result<Written<SeenIntroduction>, Status> {
        let id = violations.take("name", IntroductionId::parse(name));
        let expected = Expected::parse(&mut violations, etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        Ok(self.0.move_introduction(caller, id, step, expected, key).await?)
    }
}

fn typed_ask(violations: &mut Violations, message: &pb::RequestIntroductionRequest) -> Option<Ask> {
    let blueprint = violations.take("blueprint", BlueprintId::parse(&message.blueprint));
    let asker = violations.take("asker", OrganisationId::parse(&message.asker));
    let of = Some(&message.asked)
        .filter(|asked| !asked.is_empty())
        .and_then(|asked| violations.take("asked", OrganisationId::parse(asked)));
    let expert = Some(&message.expert)
        .filter(|expert| !expert.is_empty())
        .and_then(|expert| violations.take("expert", PersonId::parse(expert)));
    let kind = words::typed_introduction_kind(violations, "kind", message.kind);
    let question = violations.text("question", &message.question, 10..=2_000);
    Some(Ask { blueprint: blueprint?, asker: asker?, asked: of, expert, kind: kind?, question })
}

fn introduction(seen: SeenIntroduction) -> pb::Introduction {
    let SeenIntroduction { introduction, recipient } = seen;
    let name = |person: Option<PersonId>| person.map(|person| person.to_string()).unwrap_or_default();
    pb::Introduction {
        name: introduction.id.to_string(),
        blueprint: introduction.blueprint.to_string(),
        asker: introduction.asker.to_string(),
        asked_by: name(introduction.asked_by),
        asked: introduction.asked.to_string(),
        expert: name(introduction.expert),
        recipient: name(recipient),
        kind: words::introduction_kind(introduction.kind).into(),
        question: introduction.question,
        state: words::introduction_state(introduction.state).into(),
        hours: introduction.hours,
        answer: introduction.answer,
        outcome: introduction.outcome,
        reason: introduction.reason,
        request_time: Some(introduction.requested.into()),
        move_time: Some(introduction.moved.into()),
        etag: Etag::of(introduction.version).to_string(),
    }
}

fn budget(budget: HourBudget) -> pb::HourBudget {
    let month = format!("{:04}-{:02}", budget.month.year(), u8::from(budget.month.month()));
    let organisation = budget.organisation.to_string();
    pb::HourBudget { organisation, hours: budget.hours, month, promised: budget.promised }
}

fn typed_filter(violations: &mut Violations, text: &str) -> WantedIntroductions {
    let mut wanted = WantedIntroductions::default();
    filter::take_once(violations, text, &FILTERS, |field, value| match field {
        "blueprint" => put(&mut wanted.blueprint, BlueprintId::parse(value).ok()),
        "asker" => put(&mut wanted.asker, filter::organisation(value).ok()),
        "asked" => put(&mut wanted.asked, filter::organisation(value).ok()),
        "kind" => put(&mut wanted.kind, IntroductionKind::from_name(value)),
        _ => put(&mut wanted.state, IntroductionState::from_name(value)),
    });
    wanted
}
