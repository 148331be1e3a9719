//! `ReportService`.

use exemplar_directory::Organisation;
use exemplar_kernel::{OrganisationId, Paging, Violations, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::report_service_server::ReportService;
use tonic::{Request, Response, Status};

use super::Api;
use crate::service::reports::{StateCount, Trained};

#[tonic::async_trait]
impl ReportService for Api {
    async fn get_employer_counts(
        &self,
        request: Request<pb::GetEmployerCountsRequest>,
    ) -> Result<Response<pb::GetEmployerCountsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let Some(organisation) = organisation else { return Err(violations.refuse().into()) };
        let counts = self.0.employer_counts(&caller, &organisation).await?.into_iter().map(count).collect();
        Ok(Response::new(pb::GetEmployerCountsResponse { counts }))
    }

    async fn get_national_picture(
        &self,
        request: Request<pb::GetNationalPictureRequest>,
    ) -> Result<Response<pb::GetNationalPictureResponse>, Status> {
        let (caller, _) = request::open(request);
        let picture = self.0.national_picture(&caller).await?;
        let year = |(year, completed): (i32, i32)| trained((year.to_string(), Trained { completed, learning: 0 }));
        Ok(Response::new(pb::GetNationalPictureResponse {
            total: Some(trained((String::new(), picture.total))),
            regions: picture.by_region.into_iter().map(trained).collect(),
            care_settings: picture.by_care_setting.into_iter().map(trained).collect(),
            designations: picture.by_designation.into_iter().map(trained).collect(),
            years: picture.by_year.into_iter().map(year).collect(),
        }))
    }

    async fn list_organisations_without(
        &self,
        request: Request<pb::ListOrganisationsWithoutRequest>,
    ) -> Result<Response<pb::ListOrganisationsWithoutResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["without"]);
        violations.check()?;
        let page = self.0.organisations_without(&caller, &paging).await?.map(without);
        Ok(Response::new(pb::ListOrganisationsWithoutResponse {
            organisations: page.items,
            next_page_token: page.next,
        }))
    }
}

fn count(count: StateCount) -> pb::StateCount {
    pb::StateCount {
        state: count.state.name().to_owned(),
        count: count.count.unwrap_or(0),
        suppressed: count.count.is_none(),
    }
}

fn trained((group, trained): (String, Trained)) -> pb::TrainedCount {
    pb::TrainedCount { group, completed: trained.completed, learning: trained.learning }
}

fn without(organisation: Organisation) -> pb::OrganisationWithout {
    pb::OrganisationWithout {
        organisation: organisation.id.to_string(),
        display_name: organisation.display_name,
        region: organisation.profile.region,
    }
}
