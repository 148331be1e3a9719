//! `NetworkViewService`.

use exemplar_kernel::{Violations, request};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::network_view_service_server::NetworkViewService;
use tonic::{Request, Response, Status};

use super::{Api, convert_life};
use crate::WantedView;

#[tonic::async_trait]
impl NetworkViewService for Api {
    async fn get_network(
        &self,
        request: Request<pb::GetNetworkRequest>,
    ) -> Result<Response<pb::GetNetworkResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let region = violations.text("region", &message.region, 0..=80);
        let country = violations.text("country", &message.country, 0..=2);
        violations.check()?;
        let named = |text: String| Some(text).filter(|text| !text.is_empty());
        let wanted = WantedView { region: named(region), country: named(country), ended: message.include_ended };
        Ok(Response::new(convert_life::view(self.0.view(&caller, &wanted).await?)))
    }
}
