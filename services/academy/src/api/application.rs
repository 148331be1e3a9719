//! `ApplicationService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, PersonId, Timestamp, Violations, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::application_service_server::ApplicationService;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Api, convert, words};
use crate::model::application::{ANSWERS, ApplicationId, MAX_ANSWER, MAX_POINTS, Score, Sponsorship};
use crate::model::cohort::{CohortId, MAX_SCORE};
use crate::model::selection::{Decision, Outcome};
use crate::service::applications::{Scored, SubmitApplication};

#[tonic::async_trait]
impl ApplicationService for Api {
    async fn submit_application(
        &self,
        request: Request<pb::SubmitApplicationRequest>,
    ) -> Result<Response<pb::SubmitApplicationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let submit = typed_submit(&mut violations, &message.application.unwrap_or_default());
        let Some(submit) = submit.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.submit_application(&caller, submit, key).await?;
        let application = Some(application(written.value));
        Ok(Response::new(pb::SubmitApplicationResponse { application, sequence: written.sequence }))
    }

    async fn sponsor_application(
        &self,
        request: Request<pb::SponsorApplicationRequest>,
    ) -> Result<Response<pb::SponsorApplicationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ApplicationId::parse(&message.name));
        let typed = message.sponsorship.unwrap_or_default();
        let statement = Sponsorship {
            // Who and when are the service's to say.
            sponsor: PersonId::new(Uuid::nil()),
            at: Timestamp::from_micros(0),
            statement: violations.text("sponsorship.statement", &typed.statement, 1..=2000),
            confirms_study_leave: typed.confirms_study_leave,
            confirms_level: typed.confirms_level,
            confirms_employment: typed.confirms_employment,
        };
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.sponsor_application(&caller, id, statement, key).await?;
        let application = Some(application(written.value));
        Ok(Response::new(pb::SponsorApplicationResponse { application, sequence: written.sequence }))
    }

    async fn score_application(
        &self,
        request: Request<pb::ScoreApplicationRequest>,
    ) -> Result<Response<pb::ScoreApplicationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ApplicationId::parse(&message.name));
        if message.points.len() != ANSWERS {
            violations.add("points", format!("must be {ANSWERS}, one for each answer"));
        }
        for (i, points) in message.points.iter().take(ANSWERS).enumerate() {
            violations.within(&format!("points[{i}]"), *points, 0..=MAX_POINTS);
        }
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.score_application(&caller, id, message.points, key).await?;
        let application = Some(application(written.value));
        Ok(Response::new(pb::ScoreApplicationResponse { application, sequence: written.sequence }))
    }

    async fn moderate_application(
        &self,
        request: Request<pb::ModerateApplicationRequest>,
    ) -> Result<Response<pb::ModerateApplicationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ApplicationId::parse(&message.name));
        let score = violations.within("score", message.score, 0..=MAX_SCORE);
        let note = violations.text("note", &message.note, 1..=1000);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.moderate_application(&caller, id, score, note, key).await?;
        let application = Some(application(written.value));
        Ok(Response::new(pb::ModerateApplicationResponse { application, sequence: written.sequence }))
    }

    async fn withdraw_application(
        &self,
        request: Request<pb::WithdrawApplicationRequest>,
    ) -> Result<Response<pb::WithdrawApplicationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ApplicationId::parse(&message.name));
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.withdraw_application(&caller, id, key).await?;
        let application = Some(application(written.value));
        Ok(Response::new(pb::WithdrawApplicationResponse { application, sequence: written.sequence }))
    }

    async fn carry_application(
        &self,
        request: Request<pb::CarryApplicationRequest>,
    ) -> Result<Response<pb::CarryApplicationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ApplicationId::parse(&message.name));
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let (Some(id), Some(cohort), true) = (id, cohort, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.carry_application(&caller, id, cohort, key).await?;
        let application = Some(application(written.value));
        Ok(Response::new(pb::CarryApplicationResponse { application, sequence: written.sequence }))
    }

    async fn select_applicants(
        &self,
        request: Request<pb::SelectApplicantsRequest>,
    ) -> Result<Response<pb::SelectApplicantsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let Some(cohort) = cohort.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.select_applicants(&caller, cohort, message.validate_only, key).await?;
        let decisions = written.value.into_iter().map(decision).collect();
        Ok(Response::new(pb::SelectApplicantsResponse { decisions, sequence: written.sequence }))
    }

    async fn get_application(
        &self,
        request: Request<pb::GetApplicationRequest>,
    ) -> Result<Response<pb::GetApplicationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", ApplicationId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let application = Some(application(self.0.application(&caller, id).await?));
        Ok(Response::new(pb::GetApplicationResponse { application }))
    }

    async fn list_applications(
        &self,
        request: Request<pb::ListApplicationsRequest>,
    ) -> Result<Response<pb::ListApplicationsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let state = words::optional(&mut violations, "state", message.state);
        let query = ["applications", &message.cohort, &message.state.to_string()];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(cohort) = cohort.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let page = self.0.list_applications(&caller, cohort, state, &paging).await?.map(application);
        Ok(Response::new(pb::ListApplicationsResponse { applications: page.items, next_page_token: page.next }))
    }
}

fn typed_submit(violations: &mut Violations, typed: &pb::Application) -> Option<SubmitApplication> {
    let cohort = violations.take("application.cohort", CohortId::parse(&typed.cohort));
    let organisation = violations.take("application.organisation", OrganisationId::parse(&typed.organisation));
    let profession = violations.text("application.profession", &typed.profession, 1..=80);
    if typed.answers.len() != ANSWERS {
        violations.add("application.answers", format!("must be {ANSWERS}"));
    }
    let answers = typed.answers.iter().take(ANSWERS).enumerate();
    let answers =
        answers.map(|(i, answer)| violations.text(&format!("application.answers[{i}]"), answer, 1..=MAX_ANSWER));
    let answers = answers.collect();
    Some(SubmitApplication { cohort: cohort?, organisation: organisation?, profession, answers })
}

fn application(scored: Scored) -> pb::Application {
    let Scored { application, scores } = scored;
    pb::Application {
        name: application.id.to_string(),
        cohort: application.cohort.to_string(),
        applicant: application.applicant.to_string(),
        applicant_display_name: application.applicant_name,
        organisation: application.organisation.to_string(),
        profession: application.profession,
        answers: application.answers,
        state: pb::ApplicationState::from(application.state).into(),
        submit_time: Some(application.submitted.into()),
        sponsorship: application.sponsorship.map(sponsorship),
        scores: scores.into_iter().map(score).collect(),
        agreed_score: application.score.unwrap_or(convert::NONE),
        moderation: application.moderation.map(|moderation| moderation.note).unwrap_or_default(),
        reserve_place: application.reserve.unwrap_or(0),
        rule: application.rule,
        enrolment: application.enrolment.map(|enrolment| enrolment.to_string()).unwrap_or_default(),
        carried_from: application.carried_from.map(|from| from.to_string()).unwrap_or_default(),
    }
}

fn sponsorship(sponsorship: Sponsorship) -> pb::Sponsorship {
    let Sponsorship { sponsor, statement, confirms_study_leave, confirms_level, confirms_employment, .. } = sponsorship;
    pb::Sponsorship {
        sponsor: sponsor.to_string(),
        statement,
        confirms_study_leave,
        confirms_level,
        confirms_employment,
    }
}

fn score(score: Score) -> pb::Score {
    pb::Score { scorer: score.scorer.to_string(), total: score.total(), points: score.points }
}

fn decision(decision: Decision) -> pb::SelectionDecision {
    let (outcome, reserve_place) = match decision.outcome {
        Outcome::Offer => (pb::SelectionOutcome::Offer, 0),
        Outcome::Reserve(place) => (pb::SelectionOutcome::Reserve, place),
        Outcome::Undecided => (pb::SelectionOutcome::Undecided, 0),
    };
    let (application, rule) = (decision.application.to_string(), decision.rule);
    pb::SelectionDecision { application, outcome: outcome.into(), reserve_place, rule }
}
