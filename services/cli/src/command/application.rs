//! Applications for a place in a cohort, and who is offered one.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::application_service_client::ApplicationServiceClient;
use exemplar_proto::academy::v1::{ApplicationState, SelectionOutcome};

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{count, fields, table};
use crate::{Context, input, names, words};

/// A file of an answer at the most, in bytes.
const MAX_ANSWER: u64 = 16 << 10;

/// Commands about applications.
#[derive(Subcommand, Clone, Debug)]
pub enum ApplicationCommand {
    /// Apply for a place; each of the four answers is in a file
    ///
    /// Example: `exemplar application submit COHORT --organisation RRV --profession CCIO a1.txt a2.txt a3.txt a4.txt`
    Submit(Submit),
    /// List the applications for a cohort that you may know of
    ///
    /// Example: `exemplar application list COHORT --state reserve`
    List {
        /// The cohort's id
        #[arg(value_parser = names::cohort)]
        cohort: String,
        /// Only those in this state
        #[arg(long, value_parser = words::parser::<ApplicationState>())]
        state: Option<ApplicationState>,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one application
    ///
    /// Example: `exemplar application show APPLICATION`
    Show {
        /// Its id
        #[arg(value_parser = names::application)]
        application: String,
    },
    /// Make the sponsor's statement: you confirm the time, the level and the employment
    ///
    /// Example: `exemplar application sponsor APPLICATION --statement "We need this" --confirm`
    Sponsor {
        /// Its id
        #[arg(value_parser = names::application)]
        application: String,
        /// The statement
        #[arg(long)]
        statement: String,
        /// Confirms all three
        #[arg(long)]
        confirm: bool,
    },
    /// Score the four answers, each from 0 to 5; you do not see the other scorer's points
    ///
    /// Example: `exemplar application score APPLICATION 4 5 3 4`
    Score {
        /// Its id
        #[arg(value_parser = names::application)]
        application: String,
        /// Points for each answer
        #[arg(num_args = 4, required = true)]
        points: Vec<i32>,
    },
    /// Decide where two scores differ
    ///
    /// Example: `exemplar application moderate APPLICATION --score 16 --note "Second answer is stronger"`
    Moderate {
        /// Its id
        #[arg(value_parser = names::application)]
        application: String,
        /// The score that stands, from 0 to 20
        #[arg(long)]
        score: i32,
        /// Why
        #[arg(long)]
        note: String,
    },
    /// Take your application back
    ///
    /// Example: `exemplar application withdraw APPLICATION`
    Withdraw {
        /// Its id
        #[arg(value_parser = names::application)]
        application: String,
    },
    /// Ring-fence a place in a later cohort for somebody on the reserve list
    ///
    /// Example: `exemplar application carry APPLICATION COHORT`
    Carry {
        /// Its id
        #[arg(value_parser = names::application)]
        application: String,
        /// The later cohort's id
        #[arg(value_parser = names::cohort)]
        cohort: String,
    },
    /// Give the free places of a cohort, and say by which rule
    ///
    /// Example: `exemplar application select COHORT --validate-only`
    Select {
        /// The cohort's id
        #[arg(value_parser = names::cohort)]
        cohort: String,
        /// Only tell what would be decided
        #[arg(long)]
        validate_only: bool,
    },
}

/// An application.
#[derive(Args, Clone, Debug)]
pub struct Submit {
    /// The cohort's id
    #[arg(value_parser = names::cohort)]
    pub cohort: String,
    /// Your employer
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: String,
    /// Your role there, in a few words
    #[arg(long)]
    pub profession: String,
    /// Four files, an answer each
    #[arg(num_args = 4, required = true)]
    pub answers: Vec<PathBuf>,
}

/// Calls a verb on one application and shows the application after it.
macro_rules! verb {
    ($context:ident, $verb:ident, $message:expr) => {{
        let send = async |channel, request| ApplicationServiceClient::new(channel).$verb(request).await;
        let answer = $context.client.call($message, send).await?;
        $context.output.written(&answer, answer.sequence, |answer| application(answer.application.as_ref()))
    }};
}

impl ApplicationCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let request_id = request_id();
        match self {
            Self::Submit(submit) => submit.run(context, request_id).await,
            Self::List { cohort, state, limit } => list(context, cohort, state, limit).await,
            Self::Show { application: name } => {
                let send =
                    async |channel, request| ApplicationServiceClient::new(channel).get_application(request).await;
                let answer = context.client.call(pb::GetApplicationRequest { name }, send).await?;
                context.output.answer(&answer, |answer| application(answer.application.as_ref()))
            }
            Self::Sponsor { application: name, statement, confirm } => {
                let sponsorship = Some(pb::Sponsorship {
                    statement,
                    confirms_study_leave: confirm,
                    confirms_level: confirm,
                    confirms_employment: confirm,
                    ..pb::Sponsorship::default()
                });
                verb!(context, sponsor_application, pb::SponsorApplicationRequest { name, sponsorship, request_id })
            }
            Self::Score { application: name, points } => {
                verb!(context, score_application, pb::ScoreApplicationRequest { name, points, request_id })
            }
            Self::Moderate { application: name, score, note } => {
                verb!(context, moderate_application, pb::ModerateApplicationRequest { name, score, note, request_id })
            }
            Self::Withdraw { application: name } => {
                verb!(context, withdraw_application, pb::WithdrawApplicationRequest { name, request_id })
            }
            Self::Carry { application: name, cohort } => {
                verb!(context, carry_application, pb::CarryApplicationRequest { name, cohort, request_id })
            }
            Self::Select { cohort, validate_only } => {
                let message = pb::SelectApplicantsRequest { cohort, validate_only, request_id };
                let send =
                    async |channel, request| ApplicationServiceClient::new(channel).select_applicants(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| {
                    table(["Outcome", "Place", "Rule", "Id"], answer.decisions.iter().map(decision))
                })
            }
        }
    }
}

impl Submit {
    async fn run(self, context: &Context, request_id: String) -> Result<(), Error> {
        let Self { cohort, organisation, profession, answers } = self;
        let answers = answers.iter().map(|path| input::text(path, MAX_ANSWER)).collect::<Result<Vec<_>, _>>()?;
        let application = pb::Application { cohort, organisation, profession, answers, ..pb::Application::default() };
        let message = pb::SubmitApplicationRequest { application: Some(application), request_id };
        verb!(context, submit_application, message)
    }
}

async fn list(context: &Context, cohort: String, state: Option<ApplicationState>, limit: Limit) -> Result<(), Error> {
    let state = state.map_or(0, Into::into);
    let fetch = async |page_size, page_token| {
        let message = pb::ListApplicationsRequest { cohort: cohort.clone(), state, page_size, page_token };
        let send = async |channel, request| ApplicationServiceClient::new(channel).list_applications(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.applications, page.next_page_token))
    };
    let (applications, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListApplicationsResponse { applications, next_page_token };
    context.output.listed(&answer, (answer.applications.len(), &answer.next_page_token), |answer| {
        let header = ["Applicant", "Organisation", "Role", "State", "Score", "Reserve", "Id"];
        table(header, answer.applications.iter().map(row))
    })
}

fn row(application: &pb::Application) -> [String; 7] {
    [
        application.applicant_display_name.clone(),
        names::short(&application.organisation).to_owned(),
        application.profession.clone(),
        words::word::<ApplicationState>(application.state),
        score(application),
        count(application.reserve_place),
        names::short(&application.name).to_owned(),
    ]
}

fn application(application: Option<&pb::Application>) -> String {
    let Some(application) = application else { return String::new() };
    let names = ["Applicant", "Organisation", "Role", "State", "Score", "Reserve", "Id"];
    let head = names.into_iter().zip(row(application));
    let rest = [("Rule", application.rule.clone()), ("Enrolment", names::short(&application.enrolment).to_owned())];
    let answers = (1..).zip(&application.answers).map(|(number, answer)| format!("\n\n{number}. {answer}"));
    format!("{}{}", fields(head.chain(rest)), answers.collect::<String>())
}

fn score(application: &pb::Application) -> String {
    if application.agreed_score < 0 { String::new() } else { application.agreed_score.to_string() }
}

fn decision(decision: &pb::SelectionDecision) -> [String; 4] {
    [
        words::word::<SelectionOutcome>(decision.outcome),
        count(decision.reserve_place),
        decision.rule.clone(),
        names::short(&decision.application).to_owned(),
    ]
}
