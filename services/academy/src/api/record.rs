//! `RecordService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, Violations, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::record_service_server::RecordService;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{Api, convert, ruling, sheet};
use crate::model::batch::BatchId;
use crate::model::cohort::CohortId;
use crate::model::curriculum::MAX_MODULE_CODE;
use crate::model::enrolment::EnrolmentId;
use crate::model::result::{Mark, ResultId};
use crate::service::marking::MarkAgain;

/// Answers as they come.
type Stream<T> = std::pin::Pin<Box<dyn tokio_stream::Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl RecordService for Api {
    type WatchCohortStream = Stream<pb::WatchCohortResponse>;
    type ImportEntriesStream = Stream<pb::ImportEntriesResponse>;

    async fn record_result(
        &self,
        request: Request<pb::RecordResultRequest>,
    ) -> Result<Response<pb::RecordResultResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let record = ruling::typed_record(&mut violations, &message.result.unwrap_or_default());
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
        Ok(Response::new(pb::GetStandingResponse {
            standing: Some(convert::learner(record.learner)),
            results: record.results.into_iter().map(convert::result).collect(),
            attendance: record.attendance.into_iter().map(convert::attendance).collect(),
            rulings: record.rulings.into_iter().map(ruling::ruling).collect(),
            events: record.events.into_iter().map(convert::event).collect(),
        }))
    }

    async fn list_standings(
        &self,
        request: Request<pb::ListStandingsRequest>,
    ) -> Result<Response<pb::ListStandingsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let wanted = sheet::typed_filter(&mut violations, &message.filter);
        let query = ["standings", &message.cohort, &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(cohort) = cohort.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let page = self.0.list_standings(&caller, cohort, &wanted, &paging).await?.map(convert::learner);
        Ok(Response::new(pb::ListStandingsResponse { standings: page.items, next_page_token: page.next }))
    }

    async fn watch_cohort(
        &self,
        request: Request<pb::WatchCohortRequest>,
    ) -> Result<Response<Self::WatchCohortStream>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let Some(cohort) = cohort else { return Err(violations.refuse().into()) };
        let watched = ReceiverStream::new(self.0.watch_cohort(&caller, cohort).await?);
        Ok(Response::new(Box::pin(watched.map(|told| {
            let told = told?;
            let standings = told.learners.into_iter().map(convert::learner).collect();
            Ok(pb::WatchCohortResponse { standings, sequence: told.sequence })
        }))))
    }

    async fn download_standings(
        &self,
        request: Request<pb::DownloadStandingsRequest>,
    ) -> Result<Response<pb::DownloadStandingsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let wanted = sheet::typed_filter(&mut violations, &message.filter);
        let format = sheet::typed_format(&mut violations, message.format);
        let Some(cohort) = cohort.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let file = self.0.export_standings(&caller, cohort, &wanted, format).await?;
        Ok(Response::new(pb::DownloadStandingsResponse { file }))
    }

    async fn second_mark_result(
        &self,
        request: Request<pb::SecondMarkResultRequest>,
    ) -> Result<Response<pb::SecondMarkResultResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ResultId::parse(&message.name));
        let mark = violations.take("mark", Mark::new(message.mark));
        let (Some(id), Some(mark), true) = (id, mark, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.mark_again(&caller, id, MarkAgain::Second(mark), key).await?;
        let result = Some(convert::result(written.value));
        Ok(Response::new(pb::SecondMarkResultResponse { result, sequence: written.sequence }))
    }

    async fn moderate_result(
        &self,
        request: Request<pb::ModerateResultRequest>,
    ) -> Result<Response<pb::ModerateResultResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ResultId::parse(&message.name));
        let mark = violations.take("mark", Mark::new(message.mark));
        let note = violations.text("note", &message.note, 1..=500);
        let (Some(id), Some(mark), true) = (id, mark, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.mark_again(&caller, id, MarkAgain::Moderate(mark, note), key).await?;
        let result = Some(convert::result(written.value));
        Ok(Response::new(pb::ModerateResultResponse { result, sequence: written.sequence }))
    }

    async fn release_results(
        &self,
        request: Request<pb::ReleaseResultsRequest>,
    ) -> Result<Response<pb::ReleaseResultsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let module = violations.text("module", &message.module, 1..=MAX_MODULE_CODE);
        let Some(cohort) = cohort.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.release_results(&caller, cohort, &module, key).await?;
        let results = sheet::count(written.value.results);
        Ok(Response::new(pb::ReleaseResultsResponse { results, sequence: written.sequence }))
    }

    async fn record_attendance(
        &self,
        request: Request<pb::RecordAttendanceRequest>,
    ) -> Result<Response<pb::RecordAttendanceResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let wanted = ruling::typed_attendance(&mut violations, &message);
        let Some(wanted) = wanted.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.record_attendance(&caller, wanted, key).await?;
        let standing = Some(convert::learner(written.value));
        Ok(Response::new(pb::RecordAttendanceResponse { standing, sequence: written.sequence }))
    }

    async fn send_apologies(
        &self,
        request: Request<pb::SendApologiesRequest>,
    ) -> Result<Response<pb::SendApologiesResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("enrolment", EnrolmentId::parse(&message.enrolment));
        let session = violations.text("session", &message.session, 1..=crate::model::session::MAX_CODE);
        let reason = violations.text("reason", &message.reason, 1..=500);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.send_apologies(&caller, id, &session, reason, key).await?;
        let standing = Some(convert::learner(written.value));
        Ok(Response::new(pb::SendApologiesResponse { standing, sequence: written.sequence }))
    }

    async fn make_ruling(
        &self,
        request: Request<pb::MakeRulingRequest>,
    ) -> Result<Response<pb::MakeRulingResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let rule = ruling::typed_rule(&mut violations, &message.enrolment, message.ruling.unwrap_or_default());
        let Some(rule) = rule.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.rule(&caller, rule, key).await?;
        let standing = Some(convert::learner(written.value));
        Ok(Response::new(pb::MakeRulingResponse { standing, sequence: written.sequence }))
    }

    async fn enter_sheet(
        &self,
        request: Request<pb::EnterSheetRequest>,
    ) -> Result<Response<pb::EnterSheetResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let enter = sheet::typed_enter(&mut violations, message);
        let Some(enter) = enter.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.enter_sheet(&caller, enter, key).await?;
        let verdicts = written.value.verdicts.into_iter().map(sheet::verdict).collect();
        let batch = written.value.batch.map(sheet::batch);
        Ok(Response::new(pb::EnterSheetResponse { verdicts, batch, sequence: written.sequence }))
    }

    async fn download_sheet(
        &self,
        request: Request<pb::DownloadSheetRequest>,
    ) -> Result<Response<pb::DownloadSheetResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let module = violations.text("module", &message.module, 0..=MAX_MODULE_CODE);
        let format = sheet::typed_format(&mut violations, message.format);
        let Some(cohort) = cohort.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let module = Some(module.as_str()).filter(|module| !module.is_empty());
        let file = self.0.export_sheet(&caller, cohort, module, format).await?;
        Ok(Response::new(pb::DownloadSheetResponse { file }))
    }

    async fn import_entries(
        &self,
        request: Request<pb::ImportEntriesRequest>,
    ) -> Result<Response<Self::ImportEntriesStream>, Status> {
        let (caller, message) = request::open(request);
        let progress = self.0.import(&caller, message.file, message.validate_only).await?;
        Ok(Response::new(Box::pin(ReceiverStream::new(progress).map(|told| Ok(sheet::progress(told?))))))
    }

    async fn list_batches(
        &self,
        request: Request<pb::ListBatchesRequest>,
    ) -> Result<Response<pb::ListBatchesResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let cohort = match message.cohort.as_str() {
            "" => None,
            name => violations.take("cohort", CohortId::parse(name)),
        };
        let query = ["batches", &message.cohort];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.list_batches(&caller, cohort, &paging).await?.map(sheet::batch);
        Ok(Response::new(pb::ListBatchesResponse { batches: page.items, next_page_token: page.next }))
    }

    async fn undo_batch(
        &self,
        request: Request<pb::UndoBatchRequest>,
    ) -> Result<Response<pb::UndoBatchResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", BatchId::parse(&message.name));
        let reason = violations.text("reason", &message.reason, 1..=500);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.undo_batch(&caller, id, reason, key).await?;
        let batch = Some(sheet::batch(written.value));
        Ok(Response::new(pb::UndoBatchResponse { batch, sequence: written.sequence }))
    }
}
