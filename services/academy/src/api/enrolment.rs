//! `EnrolmentService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, PersonId, Violations, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::enrolment_service_server::EnrolmentService;
use tonic::{Request, Response, Status};

use super::{Api, convert};
use crate::model::cohort::CohortId;
use crate::model::enrolment::{EnrolLearner, EnrolmentId};

#[tonic::async_trait]
impl EnrolmentService for Api {
    async fn enrol_learner(
        &self,
        request: Request<pb::EnrolLearnerRequest>,
    ) -> Result<Response<pb::EnrolLearnerResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let learner = violations.take("learner", PersonId::parse(&message.learner));
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let (Some(cohort), Some(learner), Some(organisation), true) =
            (cohort, learner, organisation, violations.is_empty())
        else {
            return Err(violations.refuse().into());
        };
        let written = self.0.enrol_learner(&caller, EnrolLearner { cohort, learner, organisation }, key).await?;
        let enrolment = Some(convert::enrolment(written.value));
        Ok(Response::new(pb::EnrolLearnerResponse { enrolment, sequence: written.sequence }))
    }

    async fn get_enrolment(
        &self,
        request: Request<pb::GetEnrolmentRequest>,
    ) -> Result<Response<pb::GetEnrolmentResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", EnrolmentId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let enrolment = convert::enrolment(self.0.enrolment(&caller, id).await?);
        Ok(Response::new(pb::GetEnrolmentResponse { enrolment: Some(enrolment) }))
    }

    async fn list_enrolments(
        &self,
        request: Request<pb::ListEnrolmentsRequest>,
    ) -> Result<Response<pb::ListEnrolmentsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let query = ["enrolments", &message.cohort];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(cohort) = cohort.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let page = self.0.list_enrolments(&caller, cohort, &paging).await?.map(convert::enrolment);
        Ok(Response::new(pb::ListEnrolmentsResponse { enrolments: page.items, next_page_token: page.next }))
    }
}
