//! Asking those who have done it.

use clap::{Args, Subcommand};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::introduction_service_client::IntroductionServiceClient;
use exemplar_proto::blueprints::v1::{IntroductionKind, IntroductionState};

use crate::client::request_id;
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{count, fields, instant, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about introductions.
#[derive(Subcommand, Clone, Debug)]
pub enum IntroductionCommand {
    /// Ask the authors of a blueprint, or an adopter who is willing
    ///
    /// Example: `exemplar introduction ask BLUEPRINT --asker RRV --kind call --question "How did you train the nights?"`
    Ask(Ask),
    /// Promise the hours
    ///
    /// Example: `exemplar introduction accept INTRODUCTION --hours 2`
    Accept {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// How many; as many as the kind usually takes when left out
        #[arg(long, default_value_t = 0, hide_default_value = true)]
        hours: i32,
    },
    /// Say no
    ///
    /// Example: `exemplar introduction decline INTRODUCTION --reason "our pharmacist is away until May"`
    Decline {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Answer in writing
    ///
    /// Example: `exemplar introduction answer INTRODUCTION --text "With two sessions a week, at eight in the evening."`
    Answer {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// The answer
        #[arg(long)]
        text: String,
    },
    /// Say what came of it, which both sides see
    ///
    /// Example: `exemplar introduction complete INTRODUCTION --outcome "We copy the night training."`
    Complete {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// What was learnt, and what will be done
        #[arg(long)]
        outcome: String,
    },
    /// Take a request back
    ///
    /// Example: `exemplar introduction withdraw INTRODUCTION --reason "we found it in the blueprint"`
    Withdraw {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Show one introduction
    ///
    /// Example: `exemplar introduction show INTRODUCTION`
    Show {
        /// Its id
        #[arg(value_parser = names::introduction)]
        introduction: String,
    },
    /// List the introductions of your organisations, newest first
    ///
    /// Example: `exemplar introduction list --asked RGT --state requested`
    List(List),
    /// Show how many hours an organisation gives a month, or set them
    ///
    /// Example: `exemplar introduction hours RGT --set 12`
    Hours {
        /// The organisation's code
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// Give so many from this month on
        #[arg(long, value_name = "HOURS")]
        set: Option<i32>,
    },
}

/// A request.
#[derive(Args, Clone, Debug)]
pub struct Ask {
    /// The blueprint's id
    #[arg(value_parser = names::blueprint)]
    pub blueprint: String,
    /// The asking organisation
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub asker: String,
    /// An adopter to be asked; the authors when left out
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub asked: Option<String>,
    /// A contact of the blueprint; the leads when left out
    #[arg(long, value_name = "PERSON", value_parser = names::person)]
    pub expert: Option<String>,
    /// What is asked for
    #[arg(long, value_parser = parser::<IntroductionKind>())]
    pub kind: IntroductionKind,
    /// What you want to know
    #[arg(long)]
    pub question: String,
}

/// One introduction, and the version of it that is meant.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// The introduction's id
    #[arg(value_parser = names::introduction)]
    pub introduction: String,
    /// Refuse unless it is still at this version
    #[arg(long, default_value = "", hide_default_value = true)]
    pub etag: String,
}

/// Which introductions are listed.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// Only those about this blueprint
    #[arg(long, value_parser = names::blueprint)]
    pub blueprint: Option<String>,
    /// Only those that this organisation asked for
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub asker: Option<String>,
    /// Only those that this organisation was asked for
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub asked: Option<String>,
    /// Only those of this kind
    #[arg(long, value_parser = parser::<IntroductionKind>())]
    pub kind: Option<IntroductionKind>,
    /// Only those that stand so
    #[arg(long, value_parser = parser::<IntroductionState>())]
    pub state: Option<IntroductionState>,
    /// How many.
    #[command(flatten)]
    pub limit: Limit,
}

impl IntroductionCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Ask(ask) => ask.run(context).await,
            Self::Accept { which, hours } => accept(context, which, hours).await,
            Self::Decline { which, reason } => decline(context, which, reason).await,
            Self::Answer { which, text } => answer(context, which, text).await,
            Self::Complete { which, outcome } => complete(context, which, outcome).await,
            Self::Withdraw { which, reason } => withdraw(context, which, reason).await,
            Self::Show { introduction } => show(context, introduction).await,
            Self::List(list) => list.run(context).await,
            Self::Hours { organisation, set: Some(hours) } => set_hours(context, organisation, hours).await,
            Self::Hours { organisation, set: None } => hours(context, organisation).await,
        }
    }
}

impl Ask {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::RequestIntroductionRequest {
            blueprint: self.blueprint,
            asker: self.asker,
            asked: self.asked.unwrap_or_default(),
            expert: self.expert.unwrap_or_default(),
            kind: self.kind.into(),
            question: self.question,
            request_id: request_id(),
        };
        let send = async |channel, request| IntroductionServiceClient::new(channel).request_introduction(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| introduction(answer.introduction.as_ref()))
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let filter = filter([
            ("blueprint", self.blueprint),
            ("asker", self.asker),
            ("asked", self.asked),
            ("kind", self.kind.map(words::constant)),
            ("state", self.state.map(words::constant)),
        ]);
        let fetch = async |page_size, page_token| {
            let message = pb::ListIntroductionsRequest { page_size, page_token, filter: filter.clone() };
            let send =
                async |channel, request| IntroductionServiceClient::new(channel).list_introductions(request).await;
            let page = context.client.call(message, send).await?;
            Ok((page.introductions, page.next_page_token))
        };
        let (introductions, next_page_token) = self.limit.gather(fetch).await?;
        let answer = pb::ListIntroductionsResponse { introductions, next_page_token };
        context.output.listed(&answer, (answer.introductions.len(), &answer.next_page_token), |answer| {
            let header = ["Asker", "Asked", "Kind", "State", "Hours", "Requested", "Id"];
            table(header, answer.introductions.iter().map(row))
        })
    }
}

async fn accept(context: &Context, Which { introduction: name, etag }: Which, hours: i32) -> Result<(), Error> {
    let message = pb::AcceptIntroductionRequest { name, hours, etag, request_id: request_id() };
    let send = async |channel, request| IntroductionServiceClient::new(channel).accept_introduction(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| introduction(answer.introduction.as_ref()))
}

async fn decline(context: &Context, Which { introduction: name, etag }: Which, reason: String) -> Result<(), Error> {
    let message = pb::DeclineIntroductionRequest { name, reason, etag, request_id: request_id() };
    let send = async |channel, request| IntroductionServiceClient::new(channel).decline_introduction(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| introduction(answer.introduction.as_ref()))
}

async fn answer(context: &Context, Which { introduction: name, etag }: Which, text: String) -> Result<(), Error> {
    let message = pb::AnswerIntroductionRequest { name, answer: text, etag, request_id: request_id() };
    let send = async |channel, request| IntroductionServiceClient::new(channel).answer_introduction(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| introduction(answer.introduction.as_ref()))
}

async fn complete(context: &Context, Which { introduction: name, etag }: Which, outcome: String) -> Result<(), Error> {
    let message = pb::CompleteIntroductionRequest { name, outcome, etag, request_id: request_id() };
    let send = async |channel, request| IntroductionServiceClient::new(channel).complete_introduction(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| introduction(answer.introduction.as_ref()))
}

async fn withdraw(context: &Context, Which { introduction: name, etag }: Which, reason: String) -> Result<(), Error> {
    let message = pb::WithdrawIntroductionRequest { name, reason, etag, request_id: request_id() };
    let send = async |channel, request| IntroductionServiceClient::new(channel).withdraw_introduction(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| introduction(answer.introduction.as_ref()))
}

async fn show(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| IntroductionServiceClient::new(channel).get_introduction(request).await;
    let answer = context.client.call(pb::GetIntroductionRequest { name }, send).await?;
    context.output.answer(&answer, |answer| introduction(answer.introduction.as_ref()))
}

async fn hours(context: &Context, organisation: String) -> Result<(), Error> {
    let send = async |channel, request| IntroductionServiceClient::new(channel).get_hour_budget(request).await;
    let answer = context.client.call(pb::GetHourBudgetRequest { organisation }, send).await?;
    context.output.answer(&answer, |answer| budget(answer.budget.as_ref()))
}

async fn set_hours(context: &Context, organisation: String, hours: i32) -> Result<(), Error> {
    let message = pb::SetHourBudgetRequest { organisation, hours, request_id: request_id() };
    let send = async |channel, request| IntroductionServiceClient::new(channel).set_hour_budget(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| budget(answer.budget.as_ref()))
}

fn budget(budget: Option<&pb::HourBudget>) -> String {
    let Some(budget) = budget else { return String::new() };
    fields([
        ("Organisation", names::short(&budget.organisation).to_owned()),
        ("Hours a month", budget.hours.to_string()),
        ("Month", budget.month.clone()),
        ("Promised", budget.promised.to_string()),
    ])
}

fn introduction(introduction: Option<&pb::Introduction>) -> String {
    let Some(introduction) = introduction else { return String::new() };
    let with = if introduction.recipient.is_empty() { "the leads" } else { names::short(&introduction.recipient) };
    fields([
        ("Asker", names::short(&introduction.asker).to_owned()),
        ("Asked", names::short(&introduction.asked).to_owned()),
        ("It is with", with.to_owned()),
        ("Kind", words::word::<IntroductionKind>(introduction.kind)),
        ("State", words::word::<IntroductionState>(introduction.state)),
        ("Question", introduction.question.clone()),
        ("Hours", count(introduction.hours)),
        ("Answer", introduction.answer.clone()),
        ("Outcome", introduction.outcome.clone()),
        ("Reason", introduction.reason.clone()),
        ("Requested", instant(introduction.request_time.as_ref())),
        ("Moved", instant(introduction.move_time.as_ref())),
        ("Blueprint", names::short(&introduction.blueprint).to_owned()),
        ("Id", names::short(&introduction.name).to_owned()),
        ("Etag", introduction.etag.clone()),
    ])
}

fn row(introduction: &pb::Introduction) -> [String; 7] {
    [
        names::short(&introduction.asker).to_owned(),
        names::short(&introduction.asked).to_owned(),
        words::word::<IntroductionKind>(introduction.kind),
        words::word::<IntroductionState>(introduction.state),
        count(introduction.hours),
        instant(introduction.request_time.as_ref()),
        names::short(&introduction.name).to_owned(),
    ]
}
