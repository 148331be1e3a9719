//! `PairingService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, filter, request};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::pairing_service_server::PairingService;
use tonic::{Request, Response, Status};

use super::{Api, convert};
use crate::model::pairing::{MAX_MESSAGE, REASON};
use crate::{PairingId, PairingKind, PairingState, Side, Terms, WantedPairings};

/// The fields that a list of pairings can be filtered by.
const FILTERS: [&str; 3] = ["organisation", "state", "kind"];

#[tonic::async_trait]
impl PairingService for Api {
    async fn propose_pairing(
        &self,
        request: Request<pb::ProposePairingRequest>,
    ) -> Result<Response<pb::ProposePairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let word = violations.text("message", &message.message, 0..=MAX_MESSAGE);
        let terms = typed_terms(&mut violations, &message);
        let Some(terms) = terms.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.propose(&caller, terms, word, key).await?;
        let pairing = Some(convert::pairing(written.value));
        Ok(Response::new(pb::ProposePairingResponse { pairing, sequence: written.sequence }))
    }

    async fn accept_pairing(
        &self,
        request: Request<pb::AcceptPairingRequest>,
    ) -> Result<Response<pb::AcceptPairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", PairingId::parse(&message.name));
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.accept(&caller, id, expected, key).await?;
        let pairing = Some(convert::pairing(written.value));
        Ok(Response::new(pb::AcceptPairingResponse { pairing, sequence: written.sequence }))
    }

    async fn decline_pairing(
        &self,
        request: Request<pb::DeclinePairingRequest>,
    ) -> Result<Response<pb::DeclinePairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", PairingId::parse(&message.name));
        let reason = violations.text("reason", &message.reason, REASON);
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.decline(&caller, id, reason, expected, key).await?;
        let pairing = Some(convert::pairing(written.value));
        Ok(Response::new(pb::DeclinePairingResponse { pairing, sequence: written.sequence }))
    }

    async fn withdraw_pairing(
        &self,
        request: Request<pb::WithdrawPairingRequest>,
    ) -> Result<Response<pb::WithdrawPairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", PairingId::parse(&message.name));
        let reason = violations.text("reason", &message.reason, REASON);
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.withdraw(&caller, id, reason, expected, key).await?;
        let pairing = Some(convert::pairing(written.value));
        Ok(Response::new(pb::WithdrawPairingResponse { pairing, sequence: written.sequence }))
    }

    async fn get_pairing(
        &self,
        request: Request<pb::GetPairingRequest>,
    ) -> Result<Response<pb::GetPairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", PairingId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let pairing = convert::pairing(self.0.pairing(&caller, id).await?);
        Ok(Response::new(pb::GetPairingResponse { pairing: Some(pairing) }))
    }

    async fn list_pairings(
        &self,
        request: Request<pb::ListPairingsRequest>,
    ) -> Result<Response<pb::ListPairingsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let wanted = wanted(&mut violations, &message.filter);
        let query = ["pairings", &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.pairings(&caller, &wanted, &paging).await?.map(convert::pairing);
        Ok(Response::new(pb::ListPairingsResponse { pairings: page.items, next_page_token: page.next }))
    }
}

fn typed_terms(violations: &mut Violations, message: &pb::ProposePairingRequest) -> Option<Terms> {
    let exemplar = violations.take("exemplar", OrganisationId::parse(&message.exemplar));
    let partner = violations.take("partner", OrganisationId::parse(&message.partner));
    let proposer = violations.take("proposer", OrganisationId::parse(&message.proposer));
    let kind = convert::typed_pairing_kind(violations, "kind", message.kind);
    let mode = convert::typed_pairing_mode(violations, "mode", message.mode);
    let (exemplar, partner) = (exemplar?, partner?);
    let side = Side::of(&proposer?, &exemplar, &partner).ok_or("is neither the exemplar nor the partner");
    let proposer = violations.take("proposer", side);
    Some(Terms { exemplar, partner, kind: kind?, mode, proposer: proposer? })
}

fn wanted(violations: &mut Violations, typed: &str) -> WantedPairings {
    let mut wanted = WantedPairings::default();
    for term in filter::parse(violations, typed, &FILTERS) {
        match term.field {
            "organisation" => {
                let side = OrganisationId::parse(&term.value).map_err(|error| format!("organisation {error}"));
                wanted.sides.extend(violations.take("filter", side));
            }
            "state" => {
                let state = convert::filter_word(PairingState::ALL, PairingState::from_name(&term.value));
                convert::filter_once(violations, &mut wanted.state, term.field, state);
            }
            _ => {
                let kind = convert::filter_word(PairingKind::ALL, PairingKind::from_name(&term.value));
                convert::filter_once(violations, &mut wanted.kind, term.field, kind);
            }
        }
    }
    wanted
}
