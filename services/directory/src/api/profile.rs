//! `ProfileService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, request};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::profile_service_server::ProfileService;
use tonic::{Request, Response, Status};

use super::Api;
use super::convert::profile as convert;

/// The fields of a record system that can be changed.
const FIELDS: [&str; 7] = ["purpose", "supplier", "product", "version", "start_date", "end_date", "source"];

#[tonic::async_trait]
impl ProfileService for Api {
    async fn list_record_systems(
        &self,
        request: Request<pb::ListRecordSystemsRequest>,
    ) -> Result<Response<pb::ListRecordSystemsResponse>, Status> {
        let (_, message) = request::open(request);
        let words = self.0.vocabularies().await?;
        let mut violations = Violations::new();
        let id = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let query = ["record systems", &message.organisation];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let page = self.0.record_systems(&id, &paging).await?;
        let page = page.map(|system| convert::record_system(&words, &id, &system));
        Ok(Response::new(pb::ListRecordSystemsResponse { record_systems: page.items, next_page_token: page.next }))
    }

    async fn add_record_system(
        &self,
        request: Request<pb::AddRecordSystemRequest>,
    ) -> Result<Response<pb::AddRecordSystemResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let expected = Expected::parse(&mut violations, &message.etag);
        let typed = message.record_system.unwrap_or_default();
        let change = convert::typed_system(&mut violations, &words, &typed, |_| true);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.add_record_system(&caller, (&id, expected), change, key).await?;
        let record_system = Some(convert::record_system(&words, &id, &written.value));
        Ok(Response::new(pb::AddRecordSystemResponse { record_system, sequence: written.sequence }))
    }

    async fn update_record_system(
        &self,
        request: Request<pb::UpdateRecordSystemRequest>,
    ) -> Result<Response<pb::UpdateRecordSystemResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let typed = message.record_system.unwrap_or_default();
        let name = violations.take("record_system.name", convert::typed_system_name(&typed.name));
        let expected = Expected::parse(&mut violations, &message.etag);
        let paths = message.update_mask.unwrap_or_default().paths;
        if paths.is_empty() {
            violations.add("update_mask", "names no field");
        }
        for unknown in paths.iter().filter(|path| !FIELDS.contains(&path.as_str())) {
            violations.add("update_mask", format!("names {unknown:?}, which is no field that can be changed"));
        }
        let change =
            convert::typed_system(&mut violations, &words, &typed, |field| paths.iter().any(|path| path == field));
        let Some((id, number)) = name.filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.update_record_system(&caller, (&id, expected), (number, change), key).await?;
        let record_system = Some(convert::record_system(&words, &id, &written.value));
        Ok(Response::new(pb::UpdateRecordSystemResponse { record_system, sequence: written.sequence }))
    }
}
