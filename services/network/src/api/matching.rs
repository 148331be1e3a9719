//! `MatchingService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, request};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::matching_service_server::MatchingService;
use tonic::{Request, Response, Status};

use super::{Api, convert, convert_matching, convert_round};
use crate::MatchingId;
use crate::model::run::MAX_RANKED;

/// Suggestions when the caller does not say how many.
const DEFAULT_LIMIT: i32 = 10;
/// Suggestions at the most.
const MAX_LIMIT: i32 = 50;
/// Bytes of a certificate that is checked.
const MAX_CERTIFICATE: usize = 3 * 1024 * 1024;

#[tonic::async_trait]
impl MatchingService for Api {
    async fn suggest_partners(
        &self,
        request: Request<pb::SuggestPartnersRequest>,
    ) -> Result<Response<pb::SuggestPartnersResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let wanted = convert::typed_designation_kind(&mut violations, "wanted", message.wanted);
        let weights = convert_matching::typed_weights(&mut violations, "weights", &message.weights);
        let limit = violations.within("limit", message.limit, 0..=MAX_LIMIT);
        let (Some(organisation), Some(wanted), true) = (organisation, wanted, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let limit = usize::try_from(if limit == 0 { DEFAULT_LIMIT } else { limit }).unwrap_or(0);
        let found = self.0.suggest_partners(&caller, &organisation, wanted, &weights, limit).await?;
        Ok(Response::new(convert_matching::suggestions(found, &weights)))
    }

    async fn submit_ranking(
        &self,
        request: Request<pb::SubmitRankingRequest>,
    ) -> Result<Response<pb::SubmitRankingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        violations.at_most("partners", &message.partners, MAX_RANKED);
        let partners = convert_round::typed_organisations(&mut violations, "partners", &message.partners);
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(organisation) = organisation.filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.submit_ranking(&caller, organisation, partners, expected, key).await?;
        let ranking = Some(convert_matching::ranking(written.value));
        Ok(Response::new(pb::SubmitRankingResponse { ranking, sequence: written.sequence }))
    }

    async fn get_ranking(
        &self,
        request: Request<pb::GetRankingRequest>,
    ) -> Result<Response<pb::GetRankingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let Some(organisation) = organisation else { return Err(violations.refuse().into()) };
        let ranking = convert_matching::ranking(self.0.ranking(&caller, &organisation).await?);
        Ok(Response::new(pb::GetRankingResponse { ranking: Some(ranking) }))
    }

    async fn preview_matching(
        &self,
        request: Request<pb::PreviewMatchingRequest>,
    ) -> Result<Response<pb::PreviewMatchingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let setup = convert_matching::typed_setup(&mut violations, &message.setup.unwrap_or_default());
        let Some(setup) = setup.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let certificate = self.0.preview_matching(&caller, setup).await?;
        let document = certificate.bytes();
        let run = convert_matching::run(&certificate, &document, None);
        Ok(Response::new(pb::PreviewMatchingResponse { run: Some(run), certificate: document }))
    }

    async fn publish_matching(
        &self,
        request: Request<pb::PublishMatchingRequest>,
    ) -> Result<Response<pb::PublishMatchingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let digest = Some(message.input_digest.clone()).filter(|digest| !digest.is_empty());
        let setup = convert_matching::typed_setup(&mut violations, &message.setup.unwrap_or_default());
        let Some(setup) = setup.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.publish_matching(&caller, setup, digest, message.accept_unproven, key).await?;
        let (published, certificate, pairings) = written.value;
        Ok(Response::new(pb::PublishMatchingResponse {
            run: Some(convert_matching::run(&certificate, &certificate.bytes(), Some(&published))),
            pairings: pairings.iter().map(ToString::to_string).collect(),
            sequence: written.sequence,
        }))
    }

    async fn get_certificate(
        &self,
        request: Request<pb::GetCertificateRequest>,
    ) -> Result<Response<pb::GetCertificateResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", MatchingId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let (published, certificate, document) = self.0.certificate(id).await?;
        let run = convert_matching::run(&certificate, &document, Some(&published));
        Ok(Response::new(pb::GetCertificateResponse { run: Some(run), certificate: document }))
    }

    async fn list_matchings(
        &self,
        request: Request<pb::ListMatchingsRequest>,
    ) -> Result<Response<pb::ListMatchingsResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["matchings"]);
        violations.check()?;
        let page = self.0.matchings(&paging).await?.map(convert_matching::summary);
        Ok(Response::new(pb::ListMatchingsResponse { matchings: page.items, next_page_token: page.next }))
    }

    async fn verify_certificate(
        &self,
        request: Request<pb::VerifyCertificateRequest>,
    ) -> Result<Response<pb::VerifyCertificateResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        if message.certificate.len() > MAX_CERTIFICATE {
            violations.add("certificate", format!("is larger than {MAX_CERTIFICATE} bytes"));
        }
        violations.check()?;
        let (checks, certificate_digest, published_here) = self.0.verify_certificate(message.certificate).await?;
        let valid = checks.iter().all(|check| check.holds);
        let checks = checks.into_iter().map(convert_matching::check).collect();
        Ok(Response::new(pb::VerifyCertificateResponse { valid, checks, certificate_digest, published_here }))
    }
}
