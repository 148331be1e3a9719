//! `FundingService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, Written, filter, request};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::funding_service_server::FundingService;
use tonic::{Request, Response, Status};

use super::{Api, convert, convert_award};
use crate::model::award::REFERENCE;
use crate::model::pairing::REASON;
use crate::{Award, AwardId, Error, PairingId, WantedAwards};

/// The fields that a list of awards can be filtered by.
const FILTERS: [&str; 2] = ["organisation", "pairing"];

#[tonic::async_trait]
impl FundingService for Api {
    async fn create_award(
        &self,
        request: Request<pb::CreateAwardRequest>,
    ) -> Result<Response<pb::CreateAwardResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let new = convert_award::typed_award(&mut violations, &message.award.unwrap_or_default());
        let Some(new) = new.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.create_award(&caller, new, key).await?;
        let (award, sequence) = self.answered(written).await?;
        Ok(Response::new(pb::CreateAwardResponse { award, sequence }))
    }

    async fn plan_tranche(
        &self,
        request: Request<pb::PlanTrancheRequest>,
    ) -> Result<Response<pb::PlanTrancheResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("award", AwardId::parse(&message.award));
        let new = convert_award::typed_tranche(&mut violations, &message.tranche.unwrap_or_default());
        let (Some(id), Some(new), true) = (id, new, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.plan_tranche(&caller, id, new, key).await?;
        let (award, sequence) = self.answered(written).await?;
        Ok(Response::new(pb::PlanTrancheResponse { award, sequence }))
    }

    async fn approve_tranche(
        &self,
        request: Request<pb::ApproveTrancheRequest>,
    ) -> Result<Response<pb::ApproveTrancheResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("award", AwardId::parse(&message.award));
        let number = violations.within("number", message.number, 1..=i32::MAX);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.approve_tranche(&caller, id, number, key).await?;
        let (award, sequence) = self.answered(written).await?;
        Ok(Response::new(pb::ApproveTrancheResponse { award, sequence }))
    }

    async fn pay_tranche(
        &self,
        request: Request<pb::PayTrancheRequest>,
    ) -> Result<Response<pb::PayTrancheResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("award", AwardId::parse(&message.award));
        let number = violations.within("number", message.number, 1..=i32::MAX);
        let reference = violations.text("reference", &message.reference, REFERENCE);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.pay_tranche(&caller, id, number, reference, key).await?;
        let (award, sequence) = self.answered(written).await?;
        Ok(Response::new(pb::PayTrancheResponse { award, sequence }))
    }

    async fn cancel_tranche(
        &self,
        request: Request<pb::CancelTrancheRequest>,
    ) -> Result<Response<pb::CancelTrancheResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("award", AwardId::parse(&message.award));
        let number = violations.within("number", message.number, 1..=i32::MAX);
        let reason = violations.text("reason", &message.reason, REASON);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.cancel_tranche(&caller, id, number, reason, key).await?;
        let (award, sequence) = self.answered(written).await?;
        Ok(Response::new(pb::CancelTrancheResponse { award, sequence }))
    }

    async fn record_match(
        &self,
        request: Request<pb::RecordMatchRequest>,
    ) -> Result<Response<pb::RecordMatchResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("award", AwardId::parse(&message.award));
        let wire = message.r#match.unwrap_or_default();
        let organisation = violations.take("match.organisation", OrganisationId::parse(&wire.organisation));
        let offer = convert_award::typed_offer(&mut violations, &wire);
        let source = convert_award::typed_source(&mut violations, "match.source", wire.source.as_ref());
        let (Some(id), Some(organisation), Some(offer), Some(source), true) =
            (id, organisation, offer, source, violations.is_empty())
        else {
            return Err(violations.refuse().into());
        };
        let written = self.0.record_match(&caller, id, organisation, offer, source, key).await?;
        let (award, sequence) = self.answered(written).await?;
        Ok(Response::new(pb::RecordMatchResponse { award, sequence }))
    }

    async fn get_award(&self, request: Request<pb::GetAwardRequest>) -> Result<Response<pb::GetAwardResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", AwardId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let award = convert_award::award(self.0.award(&caller, id).await?)?;
        Ok(Response::new(pb::GetAwardResponse { award: Some(award) }))
    }

    async fn list_awards(
        &self,
        request: Request<pb::ListAwardsRequest>,
    ) -> Result<Response<pb::ListAwardsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let wanted = wanted(&mut violations, &message.filter);
        let query = ["awards", &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.awards(&caller, &wanted, &paging).await?;
        let awards = page.items.into_iter().map(convert_award::award).collect::<Result<_, Error>>()?;
        Ok(Response::new(pb::ListAwardsResponse { awards, next_page_token: page.next }))
    }
}

impl Api {
    /// The answer of a write: the award, with why its tranches are not payable.
    async fn answered(&self, written: Written<Award>) -> Result<(Option<pb::Award>, i64), Status> {
        let judged = self.0.judged(vec![written.value]).await?.pop();
        Ok((judged.map(convert_award::award).transpose()?, written.sequence))
    }
}

fn wanted(violations: &mut Violations, typed: &str) -> WantedAwards {
    let mut wanted = WantedAwards::default();
    for term in filter::parse(violations, typed, &FILTERS) {
        if term.field == "organisation" {
            let organisation = filter::organisation(&term.value).map_err(str::to_owned);
            convert::filter_once(violations, &mut wanted.organisation, term.field, organisation);
        } else {
            let pairing = PairingId::parse(&term.value).map_err(|error| error.to_string());
            convert::filter_once(violations, &mut wanted.pairing, term.field, pairing);
        }
    }
    wanted
}
