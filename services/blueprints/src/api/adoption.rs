//! `AdoptionService`.

use std::collections::BTreeMap;

use exemplar_kernel::etag::{Etag, Expected};
use exemplar_kernel::filter::{self, put};
use exemplar_kernel::id::BadName;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Principal, Role, Violations, day, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::adoption_service_server::AdoptionService;
use time::Date;
use tonic::{Request, Response, Status};

use super::{Api, content, diff, words};
use crate::model::adoption::{
    Adopt, Adoption, AdoptionId, AdoptionState, AdoptionUpdate, Decided, Outcome, SectionDecision,
};
use crate::model::{BlueprintId, RevisionNumber, SectionKind, Which};
use crate::service::adoptions::{NewOutcome, News, SeenAdoption};
use crate::store::adoptions::WantedAdoptions;

/// A plan's length at the most, in characters.
const MAX_PLAN: usize = 20_000;
/// A reason's length at the most, in characters.
const MAX_REASON: usize = 1_000;
/// The fields that a list of adoptions can be filtered by.
const FILTERS: [&str; 4] = ["blueprint", "organisation", "author", "state"];

#[tonic::async_trait]
impl AdoptionService for Api {
    async fn adopt_blueprint(
        &self,
        request: Request<pb::AdoptBlueprintRequest>,
    ) -> Result<Response<pb::AdoptBlueprintResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let which = violations.take("blueprint", typed_revision(&message.blueprint));
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let step = typed_step(&mut violations, &message.step.unwrap_or_default(), self.today());
        let plan = violations.text("plan", &message.plan, 0..=MAX_PLAN);
        let willing = message.willing;
        let (Some((blueprint, revision)), Some(organisation), Some((state, date, reason)), true) =
            (which, organisation, step, violations.is_empty())
        else {
            return Err(violations.refuse().into());
        };
        let adopt = Adopt { blueprint, revision, organisation, state, date, reason, plan, willing };
        let written = self.0.adopt(&caller, adopt, key).await?;
        let adoption = Some(adoption(&caller, written.value));
        Ok(Response::new(pb::AdoptBlueprintResponse { adoption, sequence: written.sequence }))
    }

    async fn update_adoption(
        &self,
        request: Request<pb::UpdateAdoptionRequest>,
    ) -> Result<Response<pb::UpdateAdoptionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let expected = Expected::parse(&mut violations, &message.etag);
        let typed = message.adoption.unwrap_or_default();
        let id = violations.take("adoption.name", AdoptionId::parse(&typed.name));
        let update = typed_update(&mut violations, &message.update_mask.unwrap_or_default().paths, &typed);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.update_adoption(&caller, id, update, expected, key).await?;
        let adoption = Some(adoption(&caller, written.value));
        Ok(Response::new(pb::UpdateAdoptionResponse { adoption, sequence: written.sequence }))
    }

    async fn advance_adoption(
        &self,
        request: Request<pb::AdvanceAdoptionRequest>,
    ) -> Result<Response<pb::AdvanceAdoptionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let expected = Expected::parse(&mut violations, &message.etag);
        let id = violations.take("name", AdoptionId::parse(&message.name));
        let step = typed_step(&mut violations, &message.step.unwrap_or_default(), self.today());
        let (Some(id), Some(step), true) = (id, step, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.advance_adoption(&caller, id, step, expected, key).await?;
        let adoption = Some(adoption(&caller, written.value));
        Ok(Response::new(pb::AdvanceAdoptionResponse { adoption, sequence: written.sequence }))
    }

    async fn stop_adoption(
        &self,
        request: Request<pb::StopAdoptionRequest>,
    ) -> Result<Response<pb::StopAdoptionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let expected = Expected::parse(&mut violations, &message.etag);
        let id = violations.take("name", AdoptionId::parse(&message.name));
        let why = words::typed_stop_reason(&mut violations, "stop_reason", message.stop_reason);
        let reason = violations.text("reason", &message.reason, 3..=MAX_REASON);
        let date = day::parse(&mut violations, "date", &message.date).unwrap_or_else(|| self.today());
        let (Some(id), Some(why), true) = (id, why, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.stop_adoption(&caller, id, (why, date, reason), expected, key).await?;
        let adoption = Some(adoption(&caller, written.value));
        Ok(Response::new(pb::StopAdoptionResponse { adoption, sequence: written.sequence }))
    }

    async fn decide_sections(
        &self,
        request: Request<pb::DecideSectionsRequest>,
    ) -> Result<Response<pb::DecideSectionsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let expected = Expected::parse(&mut violations, &message.etag);
        let id = violations.take("name", AdoptionId::parse(&message.name));
        let decided = typed_decisions(&mut violations, &message.decisions);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.decide_sections(&caller, id, decided, expected, key).await?;
        let adoption = Some(adoption(&caller, written.value));
        Ok(Response::new(pb::DecideSectionsResponse { adoption, sequence: written.sequence }))
    }

    async fn record_outcome(
        &self,
        request: Request<pb::RecordOutcomeRequest>,
    ) -> Result<Response<pb::RecordOutcomeResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let expected = Expected::parse(&mut violations, &message.etag);
        let id = violations.take("name", AdoptionId::parse(&message.name));
        let outcome = typed_outcome(&mut violations, message.outcome.unwrap_or_default());
        let (Some(id), Some(outcome), true) = (id, outcome, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.record_outcome(&caller, id, outcome, expected, key).await?;
        let adoption = Some(adoption(&caller, written.value));
        Ok(Response::new(pb::RecordOutcomeResponse { adoption, sequence: written.sequence }))
    }

    async fn get_adoption(
        &self,
        request: Request<pb::GetAdoptionRequest>,
    ) -> Result<Response<pb::GetAdoptionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", AdoptionId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let adoption = Some(adoption(&caller, self.0.adoption(&caller, id).await?));
        Ok(Response::new(pb::GetAdoptionResponse { adoption }))
    }

    async fn list_adoptions(
        &self,
        request: Request<pb::ListAdoptionsRequest>,
    ) -> Result<Response<pb::ListAdoptionsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let wanted = typed_filter(&mut violations, &message.filter);
        let query = ["adoptions", &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.adoptions(&caller, &wanted, &paging).await?.map(|seen| adoption(&caller, seen));
        Ok(Response::new(pb::ListAdoptionsResponse { adoptions: page.items, next_page_token: page.next }))
    }

    async fn get_adoption_update(
        &self,
        request: Request<pb::GetAdoptionUpdateRequest>,
    ) -> Result<Response<pb::GetAdoptionUpdateResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", AdoptionId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let News { revision, latest_revision, notes, sections } = self.0.adoption_update(&caller, id).await?;
        Ok(Response::new(pb::GetAdoptionUpdateResponse {
            revision: words::count(revision),
            latest_revision: words::count(latest_revision),
            change_notes: notes,
            sections: sections.into_iter().map(section_update).collect(),
        }))
    }
}

impl Api {
    fn today(&self) -> Date {
        self.0.today()
    }
}

/// An adoption as the caller may see it.
pub(super) fn adoption(caller: &Principal, seen: SeenAdoption) -> pb::Adoption {
    let SeenAdoption { adoption, author, latest_revision } = seen;
    let own = caller.holds(Role::Member, &adoption.organisation);
    let outcomes = adoption.outcomes.iter().map(|told| outcome(told, adoption.is_independent(told, &author))).collect();
    let Adoption { id, blueprint, revision, organisation, state, willing, plan, decisions, steps, version, .. } =
        adoption;
    let decided = |(section, decided): (SectionKind, Decided)| pb::DecidedSection {
        section: content::section_kind(section).into(),
        decision: words::section_decision(decided.decision).into(),
        reason: decided.why,
    };
    let step = |step: crate::model::adoption::Step| pb::AdoptionStep {
        state: words::adoption_state(step.state).into(),
        date: step.date.to_string(),
        stop_reason: step.stop.map(words::stop_reason).unwrap_or_default().into(),
        reason: step.reason,
    };
    pb::Adoption {
        name: id.to_string(),
        blueprint: blueprint.to_string(),
        revision: words::count(revision),
        latest_revision: words::count(latest_revision),
        organisation: organisation.to_string(),
        state: words::adoption_state(state).into(),
        willing,
        plan,
        decisions: decisions.into_iter().map(decided).collect(),
        outcomes,
        steps: steps.into_iter().map(step).collect(),
        etag: if own { Etag::of(version).to_string() } else { String::new() },
    }
}

pub(super) fn outcome(told: &Outcome, independent: bool) -> pb::Outcome {
    let told = told.clone();
    pb::Outcome {
        benefit: told.benefit,
        measure: told.measure,
        baseline: told.baseline,
        result: told.result,
        date: told.date.to_string(),
        measured_by: told.measured_by.to_string(),
        measurer: told.measurer,
        independent,
    }
}

fn section_update(
    (section, decision, before, after): (SectionKind, SectionDecision, String, String),
) -> pb::SectionUpdate {
    let pieces = diff::pieces(&before, &after);
    pb::SectionUpdate {
        section: content::section_kind(section).into(),
        decision: words::section_decision(decision).into(),
        before,
        after,
        pieces,
    }
}

/// `blueprints/{id}` or `blueprints/{id}/revisions/{number}`.
fn typed_revision(name: &str) -> Result<(BlueprintId, Option<RevisionNumber>), BadName> {
    match super::blueprint::typed_name(name)? {
        (id, Which::Newest) => Ok((id, None)),
        (id, Which::Revision(number)) => Ok((id, Some(number))),
        (_, Which::Draft) => Err(BadName("blueprints/{id} or blueprints/{id}/revisions/{number}")),
    }
}

fn typed_step(
    violations: &mut Violations,
    step: &pb::AdoptionStep,
    today: Date,
) -> Option<(AdoptionState, Date, String)> {
    let state = words::typed_adoption_state(violations, "step.state", step.state);
    if step.stop_reason != 0 {
        violations.add("step.stop_reason", "is for StopAdoption");
    }
    let date = day::parse(violations, "step.date", &step.date).unwrap_or(today);
    let reason = violations.text("step.reason", &step.reason, 0..=MAX_REASON);
    Some((state?, date, reason))
}

fn typed_update(violations: &mut Violations, paths: &[String], typed: &pb::Adoption) -> AdoptionUpdate {
    let mut update = AdoptionUpdate::default();
    if paths.is_empty() {
        violations.add("update_mask", "names no field");
    }
    for path in paths {
        match path.as_str() {
            "plan" => update.plan = Some(violations.text("adoption.plan", &typed.plan, 0..=MAX_PLAN)),
            "willing" => update.willing = Some(typed.willing),
            "revision" => {
                let number = RevisionNumber::try_from(typed.revision).ok().filter(|number| *number > 0);
                update.revision = violations.take("adoption.revision", number.ok_or("is the number of a revision"));
            }
            unknown => violations.add("update_mask", format!("names {unknown:?}, which cannot be changed")),
        }
    }
    update
}

fn typed_decisions(violations: &mut Violations, typed: &[pb::DecidedSection]) -> BTreeMap<SectionKind, Decided> {
    violations.at_most("decisions", typed, SectionKind::ALL.len());
    if typed.is_empty() {
        violations.add("decisions", "is missing");
    }
    let mut decided = BTreeMap::new();
    for (i, typed) in typed.iter().take(SectionKind::ALL.len()).enumerate() {
        let at = |field: &str| format!("decisions[{i}].{field}");
        let section = violations.take(&at("section"), content::typed_section_kind(typed.section));
        let decision = words::typed_section_decision(violations, &at("decision"), typed.decision);
        let least = if decision == Some(SectionDecision::Kept) { 0 } else { 3 };
        let why = violations.text(&at("reason"), &typed.reason, least..=MAX_REASON);
        let (Some(section), Some(decision)) = (section, decision) else { continue };
        if decided.insert(section, Decided { decision, why }).is_some() {
            violations.add(at("section"), "is there twice");
        }
    }
    decided
}

fn typed_outcome(violations: &mut Violations, typed: pb::Outcome) -> Option<NewOutcome> {
    let least = if typed.benefit.is_empty() { 3 } else { 0 };
    let measured_by = if typed.measured_by.is_empty() {
        None
    } else {
        violations.take("outcome.measured_by", OrganisationId::parse(&typed.measured_by))
    };
    let outcome = NewOutcome {
        benefit: violations.text("outcome.benefit", &typed.benefit, 0..=40),
        measure: violations.text("outcome.measure", &typed.measure, least..=200),
        baseline: violations.text("outcome.baseline", &typed.baseline, 0..=200),
        result: violations.text("outcome.result", &typed.result, 1..=500),
        date: day::required(violations, "outcome.date", &typed.date)?,
        measured_by,
        measurer: violations.text("outcome.measurer", &typed.measurer, 0..=200),
    };
    Some(outcome)
}

fn typed_filter(violations: &mut Violations, text: &str) -> WantedAdoptions {
    let mut wanted = WantedAdoptions::default();
    filter::take_once(violations, text, &FILTERS, |field, value| match field {
        "blueprint" => put(&mut wanted.blueprint, BlueprintId::parse(value).ok()),
        "organisation" => put(&mut wanted.organisation, filter::organisation(value).ok()),
        "author" => put(&mut wanted.author, filter::organisation(value).ok()),
        _ => put(&mut wanted.state, AdoptionState::from_name(value)),
    });
    wanted
}
