//! `EnrolmentService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, PersonId, Violations, day, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::enrolment_service_server::EnrolmentService;
use tonic::{Request, Response, Status};

use super::{Api, convert};
use crate::model::cohort::CohortId;
use crate::model::curriculum::MAX_MODULES;
use crate::model::enrolment::{EnrolLearner, Enrolment, EnrolmentId, Step, TakeStep};
use crate::model::result::Mark;
use crate::model::transfer::Mapped;
use crate::service::transfers::TransferEnrolment;

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
        let sponsor = optional(&mut violations, "sponsor", &message.sponsor);
        let (Some(cohort), Some(learner), Some(organisation), true) =
            (cohort, learner, organisation, violations.is_empty())
        else {
            return Err(violations.refuse().into());
        };
        let written =
            self.0.enrol_learner(&caller, EnrolLearner { cohort, learner, organisation, sponsor }, key).await?;
        let enrolment = self.told(written.value).await?;
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

    async fn accept_offer(
        &self,
        request: Request<pb::AcceptOfferRequest>,
    ) -> Result<Response<pb::AcceptOfferResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let pb::AcceptOfferRequest { name, date, reason, .. } = &message;
        let taken = typed_step(violations, Step::Accept, name, date, reason, 0)?;
        let written = self.0.take_step(&caller, taken, key).await?;
        let enrolment = self.told(written.value).await?;
        Ok(Response::new(pb::AcceptOfferResponse { enrolment, sequence: written.sequence }))
    }

    async fn decline_offer(
        &self,
        request: Request<pb::DeclineOfferRequest>,
    ) -> Result<Response<pb::DeclineOfferResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let pb::DeclineOfferRequest { name, date, reason, .. } = &message;
        let taken = typed_step(violations, Step::Decline, name, date, reason, 1)?;
        let written = self.0.take_step(&caller, taken, key).await?;
        let enrolment = self.told(written.value).await?;
        Ok(Response::new(pb::DeclineOfferResponse { enrolment, sequence: written.sequence }))
    }

    async fn interrupt_enrolment(
        &self,
        request: Request<pb::InterruptEnrolmentRequest>,
    ) -> Result<Response<pb::InterruptEnrolmentResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let pb::InterruptEnrolmentRequest { name, date, reason, .. } = &message;
        let taken = typed_step(violations, Step::Interrupt, name, date, reason, 1)?;
        let written = self.0.take_step(&caller, taken, key).await?;
        let enrolment = self.told(written.value).await?;
        Ok(Response::new(pb::InterruptEnrolmentResponse { enrolment, sequence: written.sequence }))
    }

    async fn resume_enrolment(
        &self,
        request: Request<pb::ResumeEnrolmentRequest>,
    ) -> Result<Response<pb::ResumeEnrolmentResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let pb::ResumeEnrolmentRequest { name, date, reason, .. } = &message;
        let taken = typed_step(violations, Step::Resume, name, date, reason, 0)?;
        let written = self.0.take_step(&caller, taken, key).await?;
        let enrolment = self.told(written.value).await?;
        Ok(Response::new(pb::ResumeEnrolmentResponse { enrolment, sequence: written.sequence }))
    }

    async fn withdraw_enrolment(
        &self,
        request: Request<pb::WithdrawEnrolmentRequest>,
    ) -> Result<Response<pb::WithdrawEnrolmentResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let pb::WithdrawEnrolmentRequest { name, date, reason, .. } = &message;
        let taken = typed_step(violations, Step::Withdraw, name, date, reason, 1)?;
        let written = self.0.take_step(&caller, taken, key).await?;
        let enrolment = self.told(written.value).await?;
        Ok(Response::new(pb::WithdrawEnrolmentResponse { enrolment, sequence: written.sequence }))
    }

    async fn complete_enrolment(
        &self,
        request: Request<pb::CompleteEnrolmentRequest>,
    ) -> Result<Response<pb::CompleteEnrolmentResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let pb::CompleteEnrolmentRequest { name, date, reason, .. } = &message;
        let taken = typed_step(violations, Step::Complete, name, date, reason, 0)?;
        let written = self.0.take_step(&caller, taken, key).await?;
        let enrolment = self.told(written.value).await?;
        Ok(Response::new(pb::CompleteEnrolmentResponse { enrolment, sequence: written.sequence }))
    }

    async fn transfer_enrolment(
        &self,
        request: Request<pb::TransferEnrolmentRequest>,
    ) -> Result<Response<pb::TransferEnrolmentResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let enrolment = violations.take("name", EnrolmentId::parse(&message.name));
        let cohort = violations.take("cohort", CohortId::parse(&message.cohort));
        let reason = violations.text("reason", &message.reason, 1..=500);
        violations.at_most("answers", &message.answers, MAX_MODULES);
        let answers = message.answers.into_iter().map(|answer| (answer.module, answer.from_module)).collect();
        let (Some(enrolment), Some(cohort), true) = (enrolment, cohort, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let validate_only = message.validate_only;
        let transfer = TransferEnrolment { enrolment, cohort, answers, reason, validate_only };
        let written = self.0.transfer(&caller, transfer, key).await?;
        let enrolment = match written.value.enrolment {
            Some(enrolment) => self.told(enrolment).await?,
            None => None,
        };
        let mapping = written.value.mapping.into_iter().map(carried).collect();
        Ok(Response::new(pb::TransferEnrolmentResponse { mapping, enrolment, sequence: written.sequence }))
    }

    async fn set_sponsor(
        &self,
        request: Request<pb::SetSponsorRequest>,
    ) -> Result<Response<pb::SetSponsorResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", EnrolmentId::parse(&message.name));
        let sponsor = optional(&mut violations, "sponsor", &message.sponsor);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.set_sponsor(&caller, id, sponsor, key).await?;
        let enrolment = self.told(written.value).await?;
        Ok(Response::new(pb::SetSponsorResponse { enrolment, sequence: written.sequence }))
    }
}

impl Api {
    /// An enrolment that was just written, with who carries on its employer.
    async fn told(&self, enrolment: Enrolment) -> Result<Option<pb::Enrolment>, Status> {
        Ok(self.0.employed(vec![enrolment]).await?.pop().map(convert::enrolment))
    }
}

fn optional(violations: &mut Violations, field: &str, name: &str) -> Option<PersonId> {
    if name.is_empty() { None } else { violations.take(field, PersonId::parse(name)) }
}

/// A step; a reason of at least so many characters must be given.
fn typed_step(
    mut violations: Violations,
    step: Step,
    name: &str,
    date: &str,
    reason: &str,
    least: usize,
) -> Result<TakeStep, Status> {
    let enrolment = violations.take("name", EnrolmentId::parse(name));
    let date = day::parse(&mut violations, "date", date);
    let reason = violations.text("reason", reason, least..=500);
    match enrolment.filter(|_| violations.is_empty()) {
        Some(enrolment) => Ok(TakeStep { enrolment, step, date, reason }),
        None => Err(violations.refuse().into()),
    }
}

fn carried(mapped: Mapped) -> pb::CarriedModule {
    let Mapped { module, from, carried, mark, credits, reason } = mapped;
    let mark = mark.map_or(convert::NONE, Mark::percent);
    pb::CarriedModule { module, from_module: from, carried, mark, credits, reason }
}
