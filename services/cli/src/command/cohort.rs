//! Groups of learners, their results and where they stand.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::cohort_service_client::CohortServiceClient;
use exemplar_proto::academy::v1::enrolment_service_client::EnrolmentServiceClient;

use super::{import_results, standing, timetable};
use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, instant, table};
use crate::{Context, names};

/// Commands about cohorts.
#[derive(Subcommand, Clone, Debug)]
pub enum CohortCommand {
    /// List cohorts, newest start first
    ///
    /// Example: `exemplar cohort list`
    List {
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one cohort
    ///
    /// Example: `exemplar cohort show COHORT`
    Show {
        /// Its id
        #[arg(value_parser = names::cohort)]
        cohort: String,
    },
    /// Open a cohort
    ///
    /// Example: `exemplar cohort create --title "Cohort 9" --curriculum PGDIP-DHL --start-date 2026-09-14 --places 100`
    Create(Create),
    /// Enrol a person
    ///
    /// Example: `exemplar cohort enrol COHORT PERSON --organisation RRV`
    Enrol {
        /// The cohort's id
        #[arg(value_parser = names::cohort)]
        cohort: String,
        /// The learner's id
        #[arg(value_parser = names::person)]
        person: String,
        /// The learner's employer
        #[arg(long, value_name = "CODE", value_parser = names::organisation)]
        organisation: String,
    },
    /// List the enrolments of a cohort: all for ACADEMY, their own for others
    ///
    /// Example: `exemplar cohort enrolments COHORT`
    Enrolments {
        /// The cohort's id
        #[arg(value_parser = names::cohort)]
        cohort: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one enrolment
    ///
    /// Example: `exemplar cohort enrolment ENROLMENT`
    Enrolment {
        /// Its id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
    },
    /// Show one learner's results and where they stand, with the reasons
    ///
    /// Example: `exemplar cohort results ENROLMENT`
    Results {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
    },
    /// Record the result of one attempt at one module
    ///
    /// Example: `exemplar cohort record ENROLMENT --module M1 --attempt 1 --mark 64 --date 2026-11-02`
    Record(standing::Record),
    /// Show where the learners of a cohort stand: all for ACADEMY, their own for others
    ///
    /// Example: `exemplar cohort standings COHORT`
    Standings {
        /// The cohort's id
        #[arg(value_parser = names::cohort)]
        cohort: String,
        /// Only some: `standing = "AT_RISK" AND organisation = "RBL" AND state = "ENROLLED"`
        #[arg(long, default_value = "", hide_default_value = true)]
        filter: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show who works for a cohort; with --tutor, --director or --set, say who does
    ///
    /// Example: `exemplar cohort staff COHORT --tutor PERSON --director PERSON`
    Staff(super::enrolment::Staff),
    /// Show a cohort's timetable
    ///
    /// Example: `exemplar cohort timetable COHORT`
    Timetable {
        /// The cohort's id
        #[arg(value_parser = names::cohort)]
        cohort: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Put the sessions that the curriculum plans into a cohort's timetable
    ///
    /// Example: `exemplar cohort plan COHORT`
    Plan {
        /// The cohort's id
        #[arg(value_parser = names::cohort)]
        cohort: String,
    },
    /// Tell whose standing changes, until it is interrupted
    ///
    /// Example: `exemplar cohort watch COHORT`
    Watch {
        /// The cohort's id
        #[arg(value_parser = names::cohort)]
        cohort: String,
    },
    /// Record the results of a CSV file, row by row; the same row again records nothing
    ///
    /// Columns: `enrolment, module, attempt, mark, date, correction`; the last may be left out. Nothing is recorded unless
    /// every row can be read.
    ///
    /// Example: `exemplar cohort import-results marks.csv`
    ImportResults {
        /// The file; - for stdin
        file: PathBuf,
    },
}

/// A new cohort.
#[derive(Args, Clone, Debug)]
pub struct Create {
    /// What it is called, once only
    #[arg(long)]
    pub title: String,
    /// The curriculum's code, for its newest revision, or CODE/revisions/N
    #[arg(long, value_name = "CODE", value_parser = names::curriculum)]
    pub curriculum: String,
    /// The first day, as YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub start_date: String,
    /// How many learners it has room for
    #[arg(long, value_name = "N")]
    pub places: i32,
}

impl CohortCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List { limit } => list(context, limit).await,
            Self::Show { cohort } => show(context, cohort).await,
            Self::Create(create) => create.run(context).await,
            Self::Enrol { cohort, person: learner, organisation } => {
                let request_id = request_id();
                let message =
                    pb::EnrolLearnerRequest { cohort, learner, organisation, request_id, ..Default::default() };
                enrol(context, message).await
            }
            Self::Enrolments { cohort, limit } => enrolments(context, cohort, limit).await,
            Self::Enrolment { enrolment } => enrolment_of(context, enrolment).await,
            Self::Results { enrolment } => standing::results(context, enrolment).await,
            Self::Record(record) => record.run(context).await,
            Self::Standings { cohort, filter, limit } => standing::list(context, cohort, filter, limit).await,
            Self::Staff(staff) => staff.run(context).await,
            Self::Timetable { cohort, limit } => timetable::list(context, cohort, limit).await,
            Self::Plan { cohort } => timetable::plan(context, cohort).await,
            Self::Watch { cohort } => timetable::watch(context, cohort).await,
            Self::ImportResults { file } => import_results::run(context, &file).await,
        }
    }
}

async fn list(context: &Context, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListCohortsRequest { page_size, page_token };
        let send = async |channel, request| CohortServiceClient::new(channel).list_cohorts(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.cohorts, page.next_page_token))
    };
    let (cohorts, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListCohortsResponse { cohorts, next_page_token };
    context.output.listed(&answer, (answer.cohorts.len(), &answer.next_page_token), |answer| {
        table(["Title", "Curriculum", "Starts", "Enrolled", "Places", "Id"], answer.cohorts.iter().map(row))
    })
}

async fn show(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| CohortServiceClient::new(channel).get_cohort(request).await;
    let answer = context.client.call(pb::GetCohortRequest { name }, send).await?;
    context.output.answer(&answer, |answer| cohort(answer.cohort.as_ref()))
}

impl Create {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let cohort = pb::Cohort {
            title: self.title,
            curriculum: self.curriculum,
            start_date: self.start_date,
            places: self.places,
            ..pb::Cohort::default()
        };
        let message = pb::CreateCohortRequest { cohort: Some(cohort), request_id: request_id() };
        let send = async |channel, request| CohortServiceClient::new(channel).create_cohort(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| self::cohort(answer.cohort.as_ref()))
    }
}

async fn enrol(context: &Context, message: pb::EnrolLearnerRequest) -> Result<(), Error> {
    let send = async |channel, request| EnrolmentServiceClient::new(channel).enrol_learner(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| enrolment(answer.enrolment.as_ref()))
}

async fn enrolments(context: &Context, cohort: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListEnrolmentsRequest { cohort: cohort.clone(), page_size, page_token };
        let send = async |channel, request| EnrolmentServiceClient::new(channel).list_enrolments(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.enrolments, page.next_page_token))
    };
    let (enrolments, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListEnrolmentsResponse { enrolments, next_page_token };
    context.output.listed(&answer, (answer.enrolments.len(), &answer.next_page_token), |answer| {
        table(["Learner", "Organisation", "Enrolled", "Id"], answer.enrolments.iter().map(enrolment_row))
    })
}

async fn enrolment_of(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| EnrolmentServiceClient::new(channel).get_enrolment(request).await;
    let answer = context.client.call(pb::GetEnrolmentRequest { name }, send).await?;
    context.output.answer(&answer, |answer| enrolment(answer.enrolment.as_ref()))
}

fn cohort(cohort: Option<&pb::Cohort>) -> String {
    let cohort = cohort.cloned().unwrap_or_default();
    fields(["Title", "Curriculum", "Starts", "Enrolled", "Places", "Id"].into_iter().zip(row(&cohort)))
}

fn row(cohort: &pb::Cohort) -> [String; 6] {
    [
        cohort.title.clone(),
        names::short(&cohort.curriculum).to_owned(),
        cohort.start_date.clone(),
        cohort.enrolled.to_string(),
        cohort.places.to_string(),
        names::short(&cohort.name).to_owned(),
    ]
}

/// One enrolment, for people.
pub(super) fn enrolment(enrolment: Option<&pb::Enrolment>) -> String {
    let Some(enrolment) = enrolment else { return String::new() };
    fields([
        ("Learner", enrolment.learner_display_name.clone()),
        ("Organisation", names::short(&enrolment.organisation).to_owned()),
        ("Enrolled", instant(enrolment.enrol_time.as_ref())),
        ("State", super::enrolment::state(enrolment)),
        ("Cohort", names::short(&enrolment.cohort).to_owned()),
        ("Person", names::short(&enrolment.learner).to_owned()),
        ("Id", names::short(&enrolment.name).to_owned()),
    ])
}

fn enrolment_row(enrolment: &pb::Enrolment) -> [String; 4] {
    [
        enrolment.learner_display_name.clone(),
        names::short(&enrolment.organisation).to_owned(),
        instant(enrolment.enrol_time.as_ref()),
        names::short(&enrolment.name).to_owned(),
    ]
}
