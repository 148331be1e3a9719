//! `AgreementService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, request};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::agreement_service_server::AgreementService;
use tonic::{Request, Response, Status};

use super::{Api, convert, convert_life};
use crate::PairingId;
use crate::model::agreement::TEXT;

#[tonic::async_trait]
impl AgreementService for Api {
    async fn draft_agreement(
        &self,
        request: Request<pb::DraftAgreementRequest>,
    ) -> Result<Response<pb::DraftAgreementResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("pairing", PairingId::parse(&message.pairing));
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let text = violations.text("text", &message.text, TEXT);
        let expected = Expected::parse(&mut violations, &message.etag);
        let (Some(id), Some(organisation), true) = (id, organisation, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.draft_agreement(&caller, id, organisation, text, expected, key).await?;
        let agreement = Some(convert_life::agreement(written.value.agreement, written.value.missing));
        Ok(Response::new(pb::DraftAgreementResponse { agreement, sequence: written.sequence }))
    }

    async fn sign_agreement(
        &self,
        request: Request<pb::SignAgreementRequest>,
    ) -> Result<Response<pb::SignAgreementResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("pairing", PairingId::parse(&message.pairing));
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let revision = violations.within("revision", message.revision, 1..=i32::MAX);
        let expected = Expected::parse(&mut violations, &message.etag);
        let (Some(id), Some(organisation), true) = (id, organisation, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.sign_agreement(&caller, id, organisation, revision, expected, key).await?;
        let (signed, sequence) = (written.value, written.sequence);
        let agreement = Some(convert_life::agreement(signed.agreement, signed.missing));
        let pairing = Some(convert::pairing(signed.pairing));
        Ok(Response::new(pb::SignAgreementResponse { agreement, pairing, sequence }))
    }

    async fn list_agreements(
        &self,
        request: Request<pb::ListAgreementsRequest>,
    ) -> Result<Response<pb::ListAgreementsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("pairing", PairingId::parse(&message.pairing));
        let query = ["agreements", &message.pairing];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let page = self.0.agreements(&caller, id, &paging).await?;
        let page = page.map(|(agreement, missing)| convert_life::agreement(agreement, missing));
        Ok(Response::new(pb::ListAgreementsResponse { agreements: page.items, next_page_token: page.next }))
    }
}
