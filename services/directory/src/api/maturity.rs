//! `MaturityService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, request};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::maturity_service_server::MaturityService;
use tonic::{Request, Response, Status};

use super::Api;
use super::convert::maturity as convert;

#[tonic::async_trait]
impl MaturityService for Api {
    async fn get_maturity_framework(
        &self,
        request: Request<pb::GetMaturityFrameworkRequest>,
    ) -> Result<Response<pb::GetMaturityFrameworkResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let framework = convert::typed_framework(&mut violations, "framework", message.framework);
        let Some(framework) = framework else { return Err(violations.refuse().into()) };
        Ok(Response::new(convert::described(framework)))
    }

    async fn record_maturity(
        &self,
        request: Request<pb::RecordMaturityRequest>,
    ) -> Result<Response<pb::RecordMaturityResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let new = convert::typed_maturity(&mut violations, message.maturity.unwrap_or_default());
        let Some(new) = new.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.record_maturity(&caller, new, key).await?;
        let maturity = Some(convert::maturity(written.value));
        Ok(Response::new(pb::RecordMaturityResponse { maturity, sequence: written.sequence }))
    }

    async fn list_maturity(
        &self,
        request: Request<pb::ListMaturityRequest>,
    ) -> Result<Response<pb::ListMaturityResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let query = ["maturity", &message.organisation];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(organisation) = organisation.filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let page = self.0.maturity(&caller, &organisation, &paging).await?.map(convert::maturity);
        Ok(Response::new(pb::ListMaturityResponse { maturity: page.items, next_page_token: page.next }))
    }

    async fn get_maturity_trend(
        &self,
        request: Request<pb::GetMaturityTrendRequest>,
    ) -> Result<Response<pb::GetMaturityTrendResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let framework = convert::typed_framework(&mut violations, "framework", message.framework);
        let Some((organisation, framework)) = organisation.zip(framework) else {
            return Err(violations.refuse().into());
        };
        let steps = self.0.maturity_trend(&caller, &organisation, framework).await?;
        Ok(Response::new(pb::GetMaturityTrendResponse { points: steps.into_iter().map(convert::step).collect() }))
    }
}
