//! `CompetencyService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, PersonId, Violations, Written, day, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::competency_service_server::CompetencyService;
use tonic::{Request, Response, Status};

use super::{Api, convert, words};
use crate::model::evidence::{AddEvidence, Evidence, EvidenceId, Shown, Shows, Suggestion};

#[tonic::async_trait]
impl CompetencyService for Api {
    async fn add_evidence(
        &self,
        request: Request<pb::AddEvidenceRequest>,
    ) -> Result<Response<pb::AddEvidenceResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let add = typed(&mut violations, message.evidence.unwrap_or_default());
        let Some(add) = add.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let Written { value, sequence } = self.0.add_evidence(&caller, add, key).await?;
        Ok(Response::new(pb::AddEvidenceResponse { evidence: Some(evidence(value)), sequence }))
    }

    async fn decide_evidence(
        &self,
        request: Request<pb::DecideEvidenceRequest>,
    ) -> Result<Response<pb::DecideEvidenceResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let reason = violations.text("reason", &message.reason, usize::from(!message.accepted)..=500);
        let id = named(violations, &message.name)?;
        let Written { value, sequence } = self.0.decide_evidence(&caller, id, message.accepted, reason, key).await?;
        Ok(Response::new(pb::DecideEvidenceResponse { evidence: Some(evidence(value)), sequence }))
    }

    async fn withdraw_evidence(
        &self,
        request: Request<pb::WithdrawEvidenceRequest>,
    ) -> Result<Response<pb::WithdrawEvidenceResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = named(violations, &message.name)?;
        let sequence = self.0.withdraw_evidence(&caller, id, key).await?.sequence;
        Ok(Response::new(pb::WithdrawEvidenceResponse { sequence }))
    }

    async fn list_evidence(
        &self,
        request: Request<pb::ListEvidenceRequest>,
    ) -> Result<Response<pb::ListEvidenceResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let person = optional(&mut violations, &message.person);
        let query = ["evidence", &message.person];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.list_evidence(&caller, person, &paging).await?.map(evidence);
        Ok(Response::new(pb::ListEvidenceResponse { evidence: page.items, next_page_token: page.next }))
    }

    async fn list_suggestions(
        &self,
        request: Request<pb::ListSuggestionsRequest>,
    ) -> Result<Response<pb::ListSuggestionsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["suggestions"]);
        violations.check()?;
        let page = self.0.suggestions(&caller, &paging).await?.map(suggestion);
        Ok(Response::new(pb::ListSuggestionsResponse { suggestions: page.items, next_page_token: page.next }))
    }

    async fn get_competency_view(
        &self,
        request: Request<pb::GetCompetencyViewRequest>,
    ) -> Result<Response<pb::GetCompetencyViewResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let person = optional(&mut violations, &message.person);
        violations.check()?;
        let (shown, cpd_minutes) = self.0.competency_view(&caller, person).await?;
        let competencies = shown.into_iter().map(competency).collect();
        Ok(Response::new(pb::GetCompetencyViewResponse { competencies, cpd_minutes }))
    }
}

fn optional(violations: &mut Violations, name: &str) -> Option<PersonId> {
    if name.is_empty() { None } else { violations.take("person", PersonId::parse(name)) }
}

fn named(mut violations: Violations, name: &str) -> Result<EvidenceId, Status> {
    let id = violations.take("name", EvidenceId::parse(name));
    id.filter(|_| violations.is_empty()).ok_or_else(|| violations.refuse().into())
}

fn typed(violations: &mut Violations, typed: pb::Evidence) -> Option<AddEvidence> {
    let kind = words::required(violations, "evidence.kind", typed.kind);
    let title = violations.text("evidence.title", &typed.title, 0..=200);
    let date = day::parse(violations, "evidence.date", &typed.date);
    let detail = violations.text("evidence.detail", &typed.detail, 0..=2_000);
    let (competencies, minutes) = (typed.competencies, typed.duration_minutes);
    let source = (typed.source_sequence != 0).then_some(typed.source_sequence);
    Some(AddEvidence { kind: kind?, title, competencies, date, minutes, detail, source })
}

fn evidence(evidence: Evidence) -> pb::Evidence {
    pb::Evidence {
        name: evidence.id.to_string(),
        person: evidence.person.to_string(),
        kind: pb::EvidenceKind::from(evidence.kind).into(),
        title: evidence.title,
        competencies: evidence.competencies,
        date: evidence.date.to_string(),
        duration_minutes: evidence.minutes,
        detail: evidence.detail,
        source_sequence: evidence.source.unwrap_or(0),
        state: pb::EvidenceState::from(evidence.state).into(),
        decided_by: evidence.decided_by.map(|person| person.to_string()).unwrap_or_default(),
        reason: evidence.reason,
    }
}

fn suggestion(suggestion: Suggestion) -> pb::Suggestion {
    let Suggestion { source, title, resource, date } = suggestion;
    pb::Suggestion { source_sequence: source, title: title.to_owned(), resource, date: date.to_string() }
}

fn competency(shown: Shown) -> pb::CompetencyEvidence {
    let evidence = shown.evidence.into_iter().map(line).collect();
    pb::CompetencyEvidence {
        code: shown.competency.code.to_owned(),
        title: shown.competency.title.to_owned(),
        framework: shown.competency.framework.to_owned(),
        evidence,
    }
}

fn line(shows: Shows) -> pb::ShownEvidence {
    pb::ShownEvidence {
        kind: shows.kind.map_or(pb::EvidenceKind::Unspecified, pb::EvidenceKind::from).into(),
        title: shows.title,
        date: convert::day(shows.date),
        duration_minutes: shows.minutes,
    }
}
