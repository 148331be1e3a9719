//! `CohortService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, Violations, day, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::cohort_service_server::CohortService;
use tonic::{Request, Response, Status};

use super::{Api, convert};
use crate::model::cohort::{CohortId, CreateCohort, MAX_PLACES};
use crate::model::curriculum::CurriculumName;

#[tonic::async_trait]
impl CohortService for Api {
    async fn create_cohort(
        &self,
        request: Request<pb::CreateCohortRequest>,
    ) -> Result<Response<pb::CreateCohortResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let create = typed_create(&mut violations, &message.cohort.unwrap_or_default());
        let Some(create) = create.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.create_cohort(&caller, create, key).await?;
        let cohort = Some(convert::cohort(written.value));
        Ok(Response::new(pb::CreateCohortResponse { cohort, sequence: written.sequence }))
    }

    async fn get_cohort(
        &self,
        request: Request<pb::GetCohortRequest>,
    ) -> Result<Response<pb::GetCohortResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", CohortId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let cohort = convert::cohort(self.0.cohort(id).await?);
        Ok(Response::new(pb::GetCohortResponse { cohort: Some(cohort) }))
    }

    async fn list_cohorts(
        &self,
        request: Request<pb::ListCohortsRequest>,
    ) -> Result<Response<pb::ListCohortsResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["cohorts"]);
        violations.check()?;
        let page = self.0.list_cohorts(&paging).await?.map(convert::cohort);
        Ok(Response::new(pb::ListCohortsResponse { cohorts: page.items, next_page_token: page.next }))
    }
}

fn typed_create(violations: &mut Violations, cohort: &pb::Cohort) -> Option<CreateCohort> {
    let title = violations.text("cohort.title", &cohort.title, 1..=120);
    let curriculum = violations.take("cohort.curriculum", CurriculumName::parse(&cohort.curriculum));
    let start_date = day::required(violations, "cohort.start_date", &cohort.start_date);
    let places = violations.within("cohort.places", cohort.places, 1..=MAX_PLACES);
    Some(CreateCohort { title, curriculum: curriculum?, start_date: start_date?, places })
}
