//! `PairingService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Principal, Violations, filter, request};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::pairing_service_server::PairingService;
use tonic::{Request, Response, Status};

use super::{Api, convert, convert_life};
use crate::model::agreement::GROUP;
use crate::model::designation::MAX_SOURCE;
use crate::model::pairing::{MAX_MESSAGE, REASON};
use crate::{Format, Move, PairingId, PairingKind, PairingState, Side, Terms, WantedPairings};

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
        let verb = Verb::parse(&message, &message.name, &message.etag, &message.request_id);
        let (pairing, sequence) = self.take(&caller, verb, || Some(Move::Accept)).await?;
        Ok(Response::new(pb::AcceptPairingResponse { pairing, sequence }))
    }

    async fn decline_pairing(
        &self,
        request: Request<pb::DeclinePairingRequest>,
    ) -> Result<Response<pb::DeclinePairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut verb = Verb::parse(&message, &message.name, &message.etag, &message.request_id);
        let reason = verb.violations.text("reason", &message.reason, REASON);
        let (pairing, sequence) = self.take(&caller, verb, || Some(Move::Decline { reason })).await?;
        Ok(Response::new(pb::DeclinePairingResponse { pairing, sequence }))
    }

    async fn counter_pairing(
        &self,
        request: Request<pb::CounterPairingRequest>,
    ) -> Result<Response<pb::CounterPairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut verb = Verb::parse(&message, &message.name, &message.etag, &message.request_id);
        let mode = convert::typed_pairing_mode(&mut verb.violations, "mode", message.mode);
        let word = verb.violations.text("message", &message.message, 0..=MAX_MESSAGE);
        let (pairing, sequence) = self.take(&caller, verb, || Some(Move::Counter { mode, message: word })).await?;
        Ok(Response::new(pb::CounterPairingResponse { pairing, sequence }))
    }

    async fn withdraw_pairing(
        &self,
        request: Request<pb::WithdrawPairingRequest>,
    ) -> Result<Response<pb::WithdrawPairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut verb = Verb::parse(&message, &message.name, &message.etag, &message.request_id);
        let reason = verb.violations.text("reason", &message.reason, REASON);
        let (pairing, sequence) = self.take(&caller, verb, || Some(Move::Withdraw { reason })).await?;
        Ok(Response::new(pb::WithdrawPairingResponse { pairing, sequence }))
    }

    async fn activate_pairing(
        &self,
        request: Request<pb::ActivatePairingRequest>,
    ) -> Result<Response<pb::ActivatePairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let verb = Verb::parse(&message, &message.name, &message.etag, &message.request_id);
        let (pairing, sequence) = self.take(&caller, verb, || Some(Move::Activate)).await?;
        Ok(Response::new(pb::ActivatePairingResponse { pairing, sequence }))
    }

    async fn pause_pairing(
        &self,
        request: Request<pb::PausePairingRequest>,
    ) -> Result<Response<pb::PausePairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut verb = Verb::parse(&message, &message.name, &message.etag, &message.request_id);
        let reason = verb.violations.text("reason", &message.reason, REASON);
        let (pairing, sequence) = self.take(&caller, verb, || Some(Move::Pause { reason })).await?;
        Ok(Response::new(pb::PausePairingResponse { pairing, sequence }))
    }

    async fn resume_pairing(
        &self,
        request: Request<pb::ResumePairingRequest>,
    ) -> Result<Response<pb::ResumePairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let verb = Verb::parse(&message, &message.name, &message.etag, &message.request_id);
        let (pairing, sequence) = self.take(&caller, verb, || Some(Move::Resume)).await?;
        Ok(Response::new(pb::ResumePairingResponse { pairing, sequence }))
    }

    async fn complete_pairing(
        &self,
        request: Request<pb::CompletePairingRequest>,
    ) -> Result<Response<pb::CompletePairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut verb = Verb::parse(&message, &message.name, &message.etag, &message.request_id);
        let outcome = convert_life::typed_outcome(&mut verb.violations, "outcome", message.outcome);
        let reason = verb.violations.text("reason", &message.reason, REASON);
        let (pairing, sequence) =
            self.take(&caller, verb, || Some(Move::Complete { outcome: outcome?, reason })).await?;
        Ok(Response::new(pb::CompletePairingResponse { pairing, sequence }))
    }

    async fn end_pairing(
        &self,
        request: Request<pb::EndPairingRequest>,
    ) -> Result<Response<pb::EndPairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut verb = Verb::parse(&message, &message.name, &message.etag, &message.request_id);
        let reason = verb.violations.text("reason", &message.reason, REASON);
        let (pairing, sequence) = self.take(&caller, verb, || Some(Move::End { reason })).await?;
        Ok(Response::new(pb::EndPairingResponse { pairing, sequence }))
    }

    async fn override_pairing(
        &self,
        request: Request<pb::OverridePairingRequest>,
    ) -> Result<Response<pb::OverridePairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut verb = Verb::parse(&message, &message.name, &message.etag, &message.request_id);
        let to = convert::typed_pairing_state(&mut verb.violations, "state", message.state);
        let reason = verb.violations.text("reason", &message.reason, REASON);
        let (pairing, sequence) = self.take(&caller, verb, || Some(Move::Override { to: to?, reason })).await?;
        Ok(Response::new(pb::OverridePairingResponse { pairing, sequence }))
    }

    async fn group_pairings(
        &self,
        request: Request<pb::GroupPairingsRequest>,
    ) -> Result<Response<pb::GroupPairingsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let display_name = violations.text("display_name", &message.display_name, 1..=200);
        let source = violations.text("source", &message.source, 0..=MAX_SOURCE);
        let ids = typed_ids(&mut violations, &message.pairings);
        violations.check()?;
        let written = self.0.group_pairings(&caller, ids, display_name, source, key).await?;
        let pairings = written.value.pairings.into_iter().map(convert::pairing).collect();
        let (group, sequence) = (written.value.group.to_string(), written.sequence);
        Ok(Response::new(pb::GroupPairingsResponse { group, pairings, sequence }))
    }

    async fn list_pairing_steps(
        &self,
        request: Request<pb::ListPairingStepsRequest>,
    ) -> Result<Response<pb::ListPairingStepsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", PairingId::parse(&message.name));
        let query = ["pairing steps", &message.name];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let page = self.0.steps(&caller, id, &paging).await?.map(convert_life::step);
        Ok(Response::new(pb::ListPairingStepsResponse { steps: page.items, next_page_token: page.next }))
    }

    async fn list_priorities(
        &self,
        request: Request<pb::ListPrioritiesRequest>,
    ) -> Result<Response<pb::ListPrioritiesResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["priorities"]);
        violations.check()?;
        let page = self.0.priorities(&paging).await?.map(convert_life::priority);
        Ok(Response::new(pb::ListPrioritiesResponse { priorities: page.items, next_page_token: page.next }))
    }

    async fn import_pairings(
        &self,
        request: Request<pb::ImportPairingsRequest>,
    ) -> Result<Response<pb::ImportPairingsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        violations.check()?;
        let written = self.0.import_pairings(&caller, &message.csv, message.validate_only, key).await?;
        let verdicts = written.value.verdicts.into_iter().map(convert_life::verdict).collect();
        Ok(Response::new(pb::ImportPairingsResponse { verdicts, sequence: written.sequence }))
    }

    async fn download_pairings(
        &self,
        request: Request<pb::DownloadPairingsRequest>,
    ) -> Result<Response<pb::DownloadPairingsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let format = match pb::DocumentFormat::try_from(message.format) {
            Ok(pb::DocumentFormat::JsonLines) => Ok(Format::JsonLines),
            Ok(pb::DocumentFormat::Csv | pb::DocumentFormat::Unspecified) => Ok(Format::Csv),
            Err(_) => Err("is not a format of documents"),
        };
        let format = violations.take("format", format).unwrap_or(Format::Csv);
        let wanted = wanted(&mut violations, &message.filter);
        let query = ["document of pairings", &format!("{format:?}"), &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let (content, next_page_token) = self.0.document(&caller, &wanted, format, &paging).await?;
        Ok(Response::new(pb::DownloadPairingsResponse { content, next_page_token }))
    }

    async fn get_pairing(
        &self,
        request: Request<pb::GetPairingRequest>,
    ) -> Result<Response<pb::GetPairingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", PairingId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let pairing = self.0.pairing(&caller, id).await?;
        let holders = self.0.holders(&pairing).await?.into_iter().map(convert_life::holder).collect();
        let report = self.0.health_of(std::slice::from_ref(&pairing)).await?.remove(&id);
        let health = Some(convert_life::health_report(report.as_ref(), pairing.is_inside(&caller)));
        let pairing = Some(pb::Pairing { holders, ..convert::pairing(pairing) });
        Ok(Response::new(pb::GetPairingResponse { pairing, health }))
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

/// What every step of a pairing takes.
struct Verb {
    violations: Violations,
    id: Option<PairingId>,
    expected: Expected,
    key: Option<RequestKey>,
}

impl Verb {
    fn parse(message: &impl prost::Message, name: &str, etag: &str, request_id: &str) -> Self {
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, request_id, message);
        let id = violations.take("name", PairingId::parse(name));
        let expected = Expected::parse(&mut violations, etag);
        Self { violations, id, expected, key }
    }
}

impl Api {
    /// Takes a step, unless something is wrong with the request.
    async fn take(
        &self,
        caller: &Principal,
        verb: Verb,
        taken: impl FnOnce() -> Option<Move>,
    ) -> Result<(Option<pb::Pairing>, i64), Status> {
        let Verb { violations, id, expected, key } = verb;
        let (Some(id), true) = (id, violations.is_empty()) else { return Err(violations.refuse().into()) };
        let Some(taken) = taken() else { return Err(violations.refuse().into()) };
        let written = self.0.take(caller, id, taken, expected, key).await?;
        Ok((Some(convert::pairing(written.value)), written.sequence))
    }
}

fn typed_ids(violations: &mut Violations, names: &[String]) -> Vec<PairingId> {
    let mut ids = Vec::new();
    for (i, name) in names.iter().take(*GROUP.end()).enumerate() {
        ids.extend(violations.take(&format!("pairings[{i}]"), PairingId::parse(name)));
    }
    ids.sort();
    ids.dedup();
    if !GROUP.contains(&names.len()) || ids.len() < *GROUP.start() {
        violations.add("pairings", format!("must be {} to {} different pairings", GROUP.start(), GROUP.end()));
    }
    ids
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
                let side = filter::organisation(&term.value).map_err(|error| format!("organisation {error}"));
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
