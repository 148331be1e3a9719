//! `MilestoneService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Timestamp, Violations, day, request};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::milestone_service_server::MilestoneService;
use tonic::{Request, Response, Status};

use super::{Api, convert_life};
use crate::model::milestone::{EVIDENCE, NOTE, TITLE, VISITS};
use crate::model::pairing::REASON;
use crate::{CheckIn, MilestoneEvent, NewMilestone, PairingId};

#[tonic::async_trait]
impl MilestoneService for Api {
    async fn add_milestone(
        &self,
        request: Request<pb::AddMilestoneRequest>,
    ) -> Result<Response<pb::AddMilestoneResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("pairing", PairingId::parse(&message.pairing));
        let new = typed_milestone(&mut violations, &message.milestone.unwrap_or_default());
        let (Some(id), Some(new), true) = (id, new, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.add_milestone(&caller, id, new, key).await?;
        let pairing = self.0.pairing(&caller, id).await?;
        let milestone = Some(convert_life::milestone(written.value, &pairing));
        Ok(Response::new(pb::AddMilestoneResponse { milestone, sequence: written.sequence }))
    }

    async fn complete_milestone(
        &self,
        request: Request<pb::CompleteMilestoneRequest>,
    ) -> Result<Response<pb::CompleteMilestoneResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("pairing", PairingId::parse(&message.pairing));
        let number = violations.within("number", message.number, 1..=i32::MAX);
        let evidence = violations.text("evidence", &message.evidence, EVIDENCE);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.complete_milestone(&caller, id, number, evidence, key).await?;
        let pairing = self.0.pairing(&caller, id).await?;
        let milestone = Some(convert_life::milestone(written.value, &pairing));
        Ok(Response::new(pb::CompleteMilestoneResponse { milestone, sequence: written.sequence }))
    }

    async fn drop_milestone(
        &self,
        request: Request<pb::DropMilestoneRequest>,
    ) -> Result<Response<pb::DropMilestoneResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("pairing", PairingId::parse(&message.pairing));
        let number = violations.within("number", message.number, 1..=i32::MAX);
        let reason = violations.text("reason", &message.reason, REASON);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.drop_milestone(&caller, id, number, reason, key).await?;
        let pairing = self.0.pairing(&caller, id).await?;
        let milestone = Some(convert_life::milestone(written.value, &pairing));
        Ok(Response::new(pb::DropMilestoneResponse { milestone, sequence: written.sequence }))
    }

    async fn list_milestones(
        &self,
        request: Request<pb::ListMilestonesRequest>,
    ) -> Result<Response<pb::ListMilestonesResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("pairing", PairingId::parse(&message.pairing));
        let query = ["milestones", &message.pairing];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let pairing = self.0.pairing(&caller, id).await?;
        let page = self.0.milestones(&caller, &pairing, &paging).await?;
        let page = page.map(|milestone| convert_life::milestone(milestone, &pairing));
        Ok(Response::new(pb::ListMilestonesResponse { milestones: page.items, next_page_token: page.next }))
    }

    async fn record_check_in(
        &self,
        request: Request<pb::RecordCheckInRequest>,
    ) -> Result<Response<pb::RecordCheckInResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let said = typed_check_in(&mut violations, &message.pairing, &message.check_in.unwrap_or_default());
        let Some(said) = said.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.check_in(&caller, said, key).await?;
        let check_in = Some(convert_life::check_in(written.value));
        Ok(Response::new(pb::RecordCheckInResponse { check_in, sequence: written.sequence }))
    }

    async fn list_check_ins(
        &self,
        request: Request<pb::ListCheckInsRequest>,
    ) -> Result<Response<pb::ListCheckInsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("pairing", PairingId::parse(&message.pairing));
        let query = ["check-ins", &message.pairing];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let pairing = self.0.pairing(&caller, id).await?;
        let page = self.0.check_ins(&caller, &pairing, &paging).await?.map(convert_life::check_in);
        Ok(Response::new(pb::ListCheckInsResponse { check_ins: page.items, next_page_token: page.next }))
    }
}

fn typed_milestone(violations: &mut Violations, milestone: &pb::Milestone) -> Option<NewMilestone> {
    let title = violations.text("milestone.title", &milestone.title, TITLE);
    let owner = convert_life::typed_side(violations, "milestone.owner", milestone.owner);
    let due = day::required(violations, "milestone.due_date", &milestone.due_date);
    let event = milestone
        .event
        .as_ref()
        .and_then(|event| MilestoneEvent::parse(violations, "milestone.event", &event.verb, &event.resource));
    Some(NewMilestone { title, owner: owner?, due: due?, event })
}

fn typed_check_in(violations: &mut Violations, pairing: &str, said: &pb::CheckIn) -> Option<CheckIn> {
    let pairing = violations.take("pairing", PairingId::parse(pairing));
    let organisation = violations.take("check_in.organisation", OrganisationId::parse(&said.organisation));
    let note = violations.text("check_in.note", &said.note, NOTE);
    let visits = violations.within("check_in.visits", said.visits, VISITS);
    let (pairing, organisation) = (pairing?, organisation?);
    // The service gives it its number, its person and its instant.
    Some(CheckIn { pairing, number: 0, organisation, person: None, note, visits, at: Timestamp::from_micros(0) })
}
