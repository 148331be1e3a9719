//! `CohortService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, PersonId, Violations, day, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::cohort_service_server::CohortService;
use tonic::{Request, Response, Status};

use super::{Api, convert, words};
use crate::model::cohort::{AUTOMATIC_SCORE, CohortId, CohortSettings, CreateCohort, MAX_PLACES};
use crate::model::curriculum::CurriculumName;
use crate::model::demands::MAX_SESSIONS;
use crate::model::session::SessionDraft;
use crate::service::cohorts::UpdateCohort;
use crate::service::timetable::Schedule;

/// People who work for a cohort at the most.
const MAX_STAFF: usize = 100;

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

    async fn update_cohort(
        &self,
        request: Request<pb::UpdateCohortRequest>,
    ) -> Result<Response<pb::UpdateCohortResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let expected = Expected::parse(&mut violations, &message.etag);
        let cohort = message.cohort.unwrap_or_default();
        let id = violations.take("cohort.name", CohortId::parse(&cohort.name));
        let title = Some(violations.text("cohort.title", &cohort.title, 1..=120));
        let places = Some(violations.within("cohort.places", cohort.places, 1..=MAX_PLACES));
        let settings = Some(typed_settings(&mut violations, &cohort));
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written =
            self.0.update_cohort(&caller, UpdateCohort { id, title, places, settings, expected }, key).await?;
        let cohort = Some(convert::cohort(written.value));
        Ok(Response::new(pb::UpdateCohortResponse { cohort, sequence: written.sequence }))
    }

    async fn set_cohort_staff(
        &self,
        request: Request<pb::SetCohortStaffRequest>,
    ) -> Result<Response<pb::SetCohortStaffResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("cohort", CohortId::parse(&message.cohort));
        violations.at_most("staff", &message.staff, MAX_STAFF);
        let mut staff = Vec::new();
        for (i, one) in message.staff.iter().take(MAX_STAFF).enumerate() {
            let person = violations.take(&format!("staff[{i}].person"), PersonId::parse(&one.person));
            let role = words::required(&mut violations, &format!("staff[{i}].role"), one.role);
            if staff.iter().any(|(other, _)| Some(*other) == person) {
                violations.add(format!("staff[{i}].person"), "is named already");
            }
            staff.extend(person.zip(role));
        }
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.set_cohort_staff(&caller, id, staff, key).await?;
        let staff = written.value.into_iter().map(convert::staff).collect();
        Ok(Response::new(pb::SetCohortStaffResponse { staff, sequence: written.sequence }))
    }

    async fn list_cohort_staff(
        &self,
        request: Request<pb::ListCohortStaffRequest>,
    ) -> Result<Response<pb::ListCohortStaffResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("cohort", CohortId::parse(&message.cohort));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let staff = self.0.cohort_staff(id).await?.into_iter().map(convert::staff).collect();
        Ok(Response::new(pb::ListCohortStaffResponse { staff, next_page_token: String::new() }))
    }

    async fn schedule_sessions(
        &self,
        request: Request<pb::ScheduleSessionsRequest>,
    ) -> Result<Response<pb::ScheduleSessionsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        violations.at_most("sessions", &message.sessions, MAX_SESSIONS);
        let sessions = message.sessions.iter().take(MAX_SESSIONS).enumerate();
        let sessions: Vec<_> = sessions.filter_map(|(i, session)| typed_session(&mut violations, i, session)).collect();
        let Some(cohort) = cohort.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let schedule = Schedule { cohort, sessions, from_curriculum: message.from_curriculum };
        let written = self.0.schedule(&caller, schedule, key).await?;
        let [added, changed] =
            [written.value.added, written.value.changed].map(|count| i32::try_from(count).unwrap_or(i32::MAX));
        Ok(Response::new(pb::ScheduleSessionsResponse { added, changed, sequence: written.sequence }))
    }

    async fn list_teaching_sessions(
        &self,
        request: Request<pb::ListTeachingSessionsRequest>,
    ) -> Result<Response<pb::ListTeachingSessionsResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let query = ["sessions", &message.cohort];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(cohort) = cohort.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let page = self.0.list_sessions(cohort, &paging).await?.map(convert::session);
        Ok(Response::new(pb::ListTeachingSessionsResponse { sessions: page.items, next_page_token: page.next }))
    }
}

fn typed_create(violations: &mut Violations, cohort: &pb::Cohort) -> Option<CreateCohort> {
    let title = violations.text("cohort.title", &cohort.title, 1..=120);
    let curriculum = violations.take("cohort.curriculum", CurriculumName::parse(&cohort.curriculum));
    let start_date = day::required(violations, "cohort.start_date", &cohort.start_date);
    let places = violations.within("cohort.places", cohort.places, 1..=MAX_PLACES);
    let settings = typed_settings(violations, cohort);
    settings.check(violations, "cohort", start_date);
    Some(CreateCohort { title, curriculum: curriculum?, start_date: start_date?, places, settings })
}

fn typed_settings(violations: &mut Violations, cohort: &pb::Cohort) -> CohortSettings {
    let automatic_score = if cohort.automatic_score == 0 { AUTOMATIC_SCORE } else { cohort.automatic_score };
    CohortSettings {
        end_date: day::parse(violations, "cohort.end_date", &cohort.end_date),
        applications_open: day::parse(violations, "cohort.applications_open_date", &cohort.applications_open_date),
        applications_close: day::parse(violations, "cohort.applications_close_date", &cohort.applications_close_date),
        automatic_score,
        network_first: cohort.network_first,
    }
}

fn typed_session(violations: &mut Violations, i: usize, session: &pb::TeachingSession) -> Option<SessionDraft> {
    let kind = words::required(violations, &format!("sessions[{i}].kind"), session.kind);
    let date = day::required(violations, &format!("sessions[{i}].date"), &session.date);
    let pb::TeachingSession { code, title, module, start_minute, duration_minutes: minutes, venue, tutor, .. } =
        session.clone();
    Some(SessionDraft { code, title, module, kind: kind?, date: date?, start_minute, minutes, venue, tutor })
}
