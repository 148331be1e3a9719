//! `RecordService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, Violations, day, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::record_service_server::RecordService;
use tonic::{Request, Response, Status};

use super::{Api, convert};
use crate::model::cohort::CohortId;
use crate::model::curriculum::MAX_MODULE_CODE;
use crate::model::enrolment::EnrolmentId;
use crate::model::result::{Attempt, Mark, RecordResult};

#[tonic::async_trait]
impl RecordService for Api {
    async fn record_result(
        &self,
        request: Request<pb::RecordResultRequest>,
    ) -> Result<Response<pb::RecordResultResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let record = typed_record(&mut violations, &message.result.unwrap_or_default());
        let Some(record) = record.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.record_result(&caller, record, key).await?;
        Ok(Response::new(pb::RecordResultResponse {
            result: Some(convert::result(written.value.result)),
            standing: Some(convert::learner(written.value.learner)),
            sequence: written.sequence,
        }))
    }

    async fn get_standing(
        &self,
        request: Request<pb::GetStandingRequest>,
    ) -> Result<Response<pb::GetStandingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("enrolment", EnrolmentId::parse(&message.enrolment));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let record = self.0.record(&caller, id).await?;
        let results = record.results.into_iter().map(convert::result).collect();
        Ok(Response::new(pb::GetStandingResponse { standing: Some(convert::learner(record.learner)), results }))
    }

    async fn list_standings(
        &self,
        request: Request<pb::ListStandingsRequest>,
    ) -> Result<Response<pb::ListStandingsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let query = ["standings", &message.cohort];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(cohort) = cohort.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let page = self.0.list_standings(&caller, cohort, &paging).await?.map(convert::learner);
        Ok(Response::new(pb::ListStandingsResponse { standings: page.items, next_page_token: page.next }))
    }
}

fn typed_record(violations: &mut Violations, result: &pb::Result) -> Option<RecordResult> {
    let enrolment = violations.take("result.enrolment", EnrolmentId::parse(&result.enrolment));
    let module = violations.text("result.module", &result.module, 1..=MAX_MODULE_CODE);
    let attempt = violations.take("result.attempt", Attempt::new(result.attempt));
    let mark = violations.take("result.mark", Mark::new(result.mark));
    let date = day::required(violations, "result.date", &result.date);
    let correction = violations.text("result.correction", &result.correction, 0..=500);
    let correction = (!correction.is_empty()).then_some(correction);
    Some(RecordResult { enrolment: enrolment?, module, attempt: attempt?, mark: mark?, date: date?, correction })
}
