//! `DesignationService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, day, filter, request};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::designation_service_server::DesignationService;
use tonic::{Request, Response, Status};

use super::{Api, convert};
use crate::model::designation::{CAPACITY, MAX_SOURCE};
use crate::model::pairing::REASON;
use crate::{DesignationId, DesignationKind, NewDesignation, WantedDesignations};

/// The fields that a list of designations can be filtered by.
const FILTERS: [&str; 3] = ["organisation", "kind", "ended"];

#[tonic::async_trait]
impl DesignationService for Api {
    async fn record_designation(
        &self,
        request: Request<pb::RecordDesignationRequest>,
    ) -> Result<Response<pb::RecordDesignationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let new = typed_designation(&mut violations, &message.designation.unwrap_or_default());
        let Some(new) = new.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.record_designation(&caller, new, key).await?;
        let designation = Some(convert::designation(written.value));
        Ok(Response::new(pb::RecordDesignationResponse { designation, sequence: written.sequence }))
    }

    async fn end_designation(
        &self,
        request: Request<pb::EndDesignationRequest>,
    ) -> Result<Response<pb::EndDesignationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", DesignationId::parse(&message.name));
        let date = day::parse(&mut violations, "end_date", &message.end_date);
        let reason = violations.text("reason", &message.reason, REASON);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.end_designation(&caller, id, date, reason, key).await?;
        let designation = Some(convert::designation(written.value));
        Ok(Response::new(pb::EndDesignationResponse { designation, sequence: written.sequence }))
    }

    async fn list_designations(
        &self,
        request: Request<pb::ListDesignationsRequest>,
    ) -> Result<Response<pb::ListDesignationsResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let wanted = wanted(&mut violations, &message.filter);
        let query = ["designations", &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.designations(&wanted, &paging).await?.map(convert::designation);
        Ok(Response::new(pb::ListDesignationsResponse { designations: page.items, next_page_token: page.next }))
    }
}

fn typed_designation(violations: &mut Violations, designation: &pb::Designation) -> Option<NewDesignation> {
    let organisation = violations.take("designation.organisation", OrganisationId::parse(&designation.organisation));
    let kind = convert::typed_designation_kind(violations, "designation.kind", designation.kind);
    let start_date = day::required(violations, "designation.start_date", &designation.start_date);
    let capacity = violations.within("designation.capacity", designation.capacity, CAPACITY);
    let source = violations.text("designation.source", &designation.source, 0..=MAX_SOURCE);
    let end_date = day::parse(violations, "designation.end_date", &designation.end_date);
    // Whoever ends says why; what goes on has no such reason.
    let length = if end_date.is_some() { REASON } else { 0..=0 };
    let end_reason = violations.text("designation.end_reason", &designation.end_reason, length);
    let (organisation, kind, start_date) = (organisation?, kind?, start_date?);
    Some(NewDesignation { organisation, kind, start_date, end_date, end_reason, capacity, source })
}

fn wanted(violations: &mut Violations, typed: &str) -> WantedDesignations {
    let mut wanted = WantedDesignations::default();
    for term in filter::parse(violations, typed, &FILTERS) {
        if term.field == "organisation" {
            let organisation = filter::organisation(&term.value).map_err(str::to_owned);
            convert::filter_once(violations, &mut wanted.organisation, term.field, organisation);
        } else if term.field == "ended" {
            let ended = term.value.parse().map_err(|_| "ended is true or false".to_owned());
            convert::filter_once(violations, &mut wanted.ended, term.field, ended);
        } else {
            let kind = convert::filter_word(DesignationKind::ALL, DesignationKind::from_name(&term.value));
            convert::filter_once(violations, &mut wanted.kind, term.field, kind);
        }
    }
    wanted
}
