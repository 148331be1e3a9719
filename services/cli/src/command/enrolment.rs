//! The steps of an enrolment, and who works for a cohort.

use clap::{Args, Subcommand};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::cohort_service_client::CohortServiceClient;
use exemplar_proto::academy::v1::enrolment_service_client::EnrolmentServiceClient;

use super::cohort::enrolment as told;
use crate::client::request_id;
use crate::error::Error;
use crate::table::{table, yes};
use crate::{Context, names, words};

/// Staff of one cohort that are listed: no page has more.
const MAX_STAFF: i32 = 200;

/// Commands about the steps of an enrolment.
#[derive(Subcommand, Clone, Debug)]
pub enum EnrolmentCommand {
    /// Take the place that you are offered
    ///
    /// Example: `exemplar enrolment accept ENROLMENT`
    Accept(Step),
    /// Do not take the place that you are offered
    ///
    /// Example: `exemplar enrolment decline ENROLMENT --reason "I change my employer"`
    Decline(Step),
    /// Let a learner pause
    ///
    /// Example: `exemplar enrolment interrupt ENROLMENT --date 2026-11-02 --reason "Parental leave"`
    Interrupt(Step),
    /// Let a learner go on who paused
    ///
    /// Example: `exemplar enrolment resume ENROLMENT`
    Resume(Step),
    /// End an enrolment without completion
    ///
    /// Example: `exemplar enrolment withdraw ENROLMENT --reason "Left the trust"`
    Withdraw(Step),
    /// Complete an enrolment: every requirement has to be met
    ///
    /// Example: `exemplar enrolment complete ENROLMENT`
    Complete(Step),
    /// Let a learner go on in another cohort, with the credit that counts there
    ///
    /// Example: `exemplar enrolment transfer ENROLMENT --to COHORT --answer M3=M2 --dry-run`
    Transfer(Transfer),
    /// Set who sponsors a learner; without --sponsor, nobody does
    ///
    /// Example: `exemplar enrolment sponsor ENROLMENT --sponsor PERSON`
    Sponsor {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
        /// The executive's id
        #[arg(long, value_name = "PERSON", value_parser = names::person)]
        sponsor: Option<String>,
    },
}

/// A step.
#[derive(Args, Clone, Debug)]
pub struct Step {
    /// The enrolment's id
    #[arg(value_parser = names::enrolment)]
    pub enrolment: String,
    /// From which day on, as YYYY-MM-DD; today when left out
    #[arg(long, default_value = "", hide_default_value = true)]
    pub date: String,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
}

/// A transfer.
#[derive(Args, Clone, Debug)]
pub struct Transfer {
    /// The enrolment's id
    #[arg(value_parser = names::enrolment)]
    pub enrolment: String,
    /// The cohort's id
    #[arg(long, value_name = "COHORT", value_parser = names::cohort)]
    pub to: String,
    /// A module there that a module here answers to, where their codes differ
    #[arg(long = "answer", id = "answer", value_name = "MODULE=FROM", value_parser = names::text_of)]
    pub answers: Vec<(String, String)>,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
    /// Only show which credit would count
    #[arg(long)]
    pub dry_run: bool,
}

/// Takes a step whose request and answer look like all others'.
macro_rules! step {
    ($context:ident, $step:ident, $verb:ident, $request:ident) => {{
        let Step { enrolment: name, date, reason } = $step;
        let message = pb::$request { name, date, reason, request_id: request_id() };
        let send = async |channel, request| EnrolmentServiceClient::new(channel).$verb(request).await;
        let answer = $context.client.call(message, send).await?;
        $context.output.written(&answer, answer.sequence, |answer| told(answer.enrolment.as_ref()))
    }};
}

impl EnrolmentCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Accept(step) => step!(context, step, accept_offer, AcceptOfferRequest),
            Self::Decline(step) => step!(context, step, decline_offer, DeclineOfferRequest),
            Self::Interrupt(step) => step!(context, step, interrupt_enrolment, InterruptEnrolmentRequest),
            Self::Resume(step) => step!(context, step, resume_enrolment, ResumeEnrolmentRequest),
            Self::Withdraw(step) => step!(context, step, withdraw_enrolment, WithdrawEnrolmentRequest),
            Self::Complete(step) => step!(context, step, complete_enrolment, CompleteEnrolmentRequest),
            Self::Transfer(transfer) => transfer.run(context).await,
            Self::Sponsor { enrolment: name, sponsor } => {
                let sponsor = sponsor.unwrap_or_default();
                let message = pb::SetSponsorRequest { name, sponsor, request_id: request_id() };
                let send = async |channel, request| EnrolmentServiceClient::new(channel).set_sponsor(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| told(answer.enrolment.as_ref()))
            }
        }
    }
}

impl Transfer {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let Self { enrolment: name, to: cohort, answers, reason, dry_run: validate_only } = self;
        let answer = |(module, from_module)| pb::ModuleAnswer { module, from_module };
        let answers = answers.into_iter().map(answer).collect();
        let request_id = request_id();
        let message = pb::TransferEnrolmentRequest { name, cohort, answers, reason, validate_only, request_id };
        let send = async |channel, request| EnrolmentServiceClient::new(channel).transfer_enrolment(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.answer(&answer, |answer| {
            let header = ["Module", "From", "Counts", "Mark", "Credits", "Why"];
            let mapping = table(header, answer.mapping.iter().map(mapped));
            format!("{mapping}{}", told(answer.enrolment.as_ref()))
        })
    }
}

fn mapped(module: &pb::CarriedModule) -> [String; 6] {
    let mark = if module.mark < 0 { String::new() } else { module.mark.to_string() };
    [
        module.module.clone(),
        module.from_module.clone(),
        yes(module.carried),
        mark,
        module.credits.to_string(),
        module.reason.clone(),
    ]
}

/// Who works for a cohort.
#[derive(Args, Clone, Debug)]
pub struct Staff {
    /// The cohort's id
    #[arg(value_parser = names::cohort)]
    pub cohort: String,
    /// A tutor, by their id
    #[arg(long = "tutor", id = "tutor", value_name = "PERSON", value_parser = names::person)]
    pub tutors: Vec<String>,
    /// A director, by their id
    #[arg(long = "director", id = "director", value_name = "PERSON", value_parser = names::person)]
    pub directors: Vec<String>,
    /// Replace those who work for it by those who are named here, or by nobody
    #[arg(long)]
    pub set: bool,
}

impl Staff {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let Self { cohort, tutors, directors, set } = self;
        let rows = |staff: &[pb::CohortStaff]| table(["Name", "Role", "Person"], staff.iter().map(staff_row));
        if !set && tutors.is_empty() && directors.is_empty() {
            let message = pb::ListCohortStaffRequest { cohort, page_size: MAX_STAFF, ..Default::default() };
            let send = async |channel, request| CohortServiceClient::new(channel).list_cohort_staff(request).await;
            let answer = context.client.call(message, send).await?;
            return context.output.answer(&answer, |answer| rows(&answer.staff));
        }
        let as_role = |role: pb::CohortRole| {
            move |person| pb::CohortStaff { person, role: role.into(), ..pb::CohortStaff::default() }
        };
        let tutors = tutors.into_iter().map(as_role(pb::CohortRole::Tutor));
        let staff = tutors.chain(directors.into_iter().map(as_role(pb::CohortRole::Director))).collect();
        let message = pb::SetCohortStaffRequest { cohort, staff, request_id: request_id() };
        let send = async |channel, request| CohortServiceClient::new(channel).set_cohort_staff(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.answer(&answer, |answer| rows(&answer.staff))
    }
}

fn staff_row(staff: &pb::CohortStaff) -> [String; 3] {
    [staff.display_name.clone(), words::word::<pb::CohortRole>(staff.role), names::short(&staff.person).to_owned()]
}

/// What an enrolment says of its state, for people.
pub(super) fn state(enrolment: &pb::Enrolment) -> String {
    let since =
        if enrolment.state_date.is_empty() { String::new() } else { format!(" since {}", enrolment.state_date) };
    let why = if enrolment.state_reason.is_empty() { String::new() } else { format!(": {}", enrolment.state_reason) };
    format!("{}{since}{why}", words::word::<pb::EnrolmentState>(enrolment.state))
}
