//! Calls for expressions of interest, and who was chosen why.

use clap::{Args, Subcommand};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::round_service_client::RoundServiceClient;
use exemplar_proto::network::v1::{DesignationKind, ExpressionState, RoundDisclosure, RoundState};
use prost_types::Timestamp;

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, instant, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about rounds.
#[derive(Subcommand, Clone, Debug)]
pub enum RoundCommand {
    /// List rounds, newest first
    ///
    /// Example: `exemplar round list`
    List {
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a round with its criteria and invitations
    ///
    /// Example: `exemplar round show ROUND`
    Show {
        /// The round's id
        #[arg(value_parser = names::round)]
        round: String,
    },
    /// Create a round
    ///
    /// Example: `exemplar round create --title "Global digital exemplars" --kind global-exemplar --criterion records=3
    /// --criterion sharing=2 --opens 2018-09-01T09:00:00Z --closes 2018-10-01T17:00:00Z --invite RBL,RQ6`
    Create(Create),
    /// Invite one more organisation, with the reason
    ///
    /// Example: `exemplar round invite ROUND RC9 --reason "was left out by mistake"`
    Invite {
        /// The round's id
        #[arg(value_parser = names::round)]
        round: String,
        /// The organisation
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// Why it was not on the list
        #[arg(long)]
        reason: String,
    },
    /// Submit an expression of interest, for one organisation or several together
    ///
    /// Example: `exemplar round express ROUND --organisation RYJ,RQM --statement "We share a system" --evidence records="All wards"`
    Express(Express),
    /// Take an expression of interest back
    ///
    /// Example: `exemplar round withdraw EXPRESSION --reason "the trusts are to merge"`
    Withdraw {
        /// The expression's id
        #[arg(value_parser = names::expression)]
        expression: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// List the expressions of a round that you may know of
    ///
    /// Example: `exemplar round expressions ROUND`
    Expressions {
        /// The round's id
        #[arg(value_parser = names::round)]
        round: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show an expression of interest, as much of it as you may know
    ///
    /// Example: `exemplar round expression EXPRESSION`
    Expression {
        /// The expression's id
        #[arg(value_parser = names::expression)]
        expression: String,
    },
    /// Assign the two people who score an expression
    ///
    /// Example: `exemplar round assign EXPRESSION --scorer PERSON --scorer PERSON`
    Assign {
        /// The expression's id
        #[arg(value_parser = names::expression)]
        expression: String,
        /// The two
        #[arg(long = "scorer", value_name = "PERSON", value_parser = names::person, required = true)]
        scorers: Vec<String>,
    },
    /// Score an expression that you were assigned
    ///
    /// Example: `exemplar round score EXPRESSION --points records=8 --points sharing=6`
    Score {
        /// The expression's id
        #[arg(value_parser = names::expression)]
        expression: String,
        /// Points for a criterion
        #[arg(long, value_name = "CODE=N", value_parser = names::number_of, required = true)]
        points: Vec<(String, i32)>,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        comment: String,
    },
    /// Set the points that count, where the scores differ by too much
    ///
    /// Example: `exemplar round moderate EXPRESSION --points records=7 --points sharing=6 --reason "one had misread it"`
    Moderate {
        /// The expression's id
        #[arg(value_parser = names::expression)]
        expression: String,
        /// Points for a criterion
        #[arg(long, value_name = "CODE=N", value_parser = names::number_of, required = true)]
        points: Vec<(String, i32)>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Decide on an expression with a reason
    ///
    /// Example: `exemplar round decide EXPRESSION --chosen --capacity 2 --reason "leads in all three"`
    Decide {
        /// The expression's id
        #[arg(value_parser = names::expression)]
        expression: String,
        /// It is chosen; without this it is not
        #[arg(long)]
        chosen: bool,
        /// Why
        #[arg(long)]
        reason: String,
        /// Designate only these of its organisations
        #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = names::organisation)]
        designate: Vec<String>,
        /// How many pairings each of them will have room for
        #[arg(long, default_value_t = 0)]
        capacity: i32,
    },
    /// Publish a round and designate those who were chosen
    ///
    /// Example: `exemplar round publish ROUND --start-date 2018-11-01`
    Publish {
        /// The round's id
        #[arg(value_parser = names::round)]
        round: String,
        /// From which day the designations count; today when left out
        #[arg(long, value_name = "DATE", default_value = "", hide_default_value = true)]
        start_date: String,
    },
}

/// A round to be created.
#[derive(Args, Clone, Debug)]
pub struct Create {
    /// What it is called
    #[arg(long)]
    pub title: String,
    /// What the chosen are designated
    #[arg(long, value_parser = parser::<DesignationKind>())]
    pub kind: DesignationKind,
    /// What is scored, and how much it counts
    #[arg(long = "criterion", value_name = "CODE=WEIGHT", value_parser = names::number_of, required = true)]
    pub criteria: Vec<(String, i32)>,
    /// Only for organisations that give this kind of care
    #[arg(long = "care-setting", value_name = "SETTING")]
    pub care_settings: Vec<String>,
    /// Who may take part; everybody eligible when left out
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = names::organisation)]
    pub invite: Vec<String>,
    /// When it opens, as 2018-09-01T09:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub opens: Timestamp,
    /// When it closes
    #[arg(long, value_name = "INSTANT")]
    pub closes: Timestamp,
    /// How much of its outcome will be public
    #[arg(long, value_parser = parser::<RoundDisclosure>(), default_value = "everything")]
    pub disclosure: RoundDisclosure,
    /// Points for a criterion go from 0 to this
    #[arg(long, default_value_t = 10)]
    pub score_max: i32,
    /// Scores that differ by more than this percentage of all points are moderated
    #[arg(long, default_value_t = 20)]
    pub moderation_percent: i32,
}

/// An expression of interest to be submitted.
#[derive(Args, Clone, Debug)]
pub struct Express {
    /// The round's id
    #[arg(value_parser = names::round)]
    pub round: String,
    /// Who takes part, the one that leads first
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = names::organisation, required = true)]
    pub organisation: Vec<String>,
    /// Why
    #[arg(long)]
    pub statement: String,
    /// Evidence for a criterion
    #[arg(long, value_name = "CODE=TEXT", value_parser = names::text_of, required = true)]
    pub evidence: Vec<(String, String)>,
}

/// Calls, prints the expression in the answer, and its place in the journal.
macro_rules! expression_call {
    ($context:expr, $message:expr, $method:ident) => {{
        let send = async |channel, request| RoundServiceClient::new(channel).$method(request).await;
        let answer = $context.client.call($message, send).await?;
        $context.output.written(&answer, answer.sequence, |answer| expression(answer.expression.as_ref()))
    }};
}

impl RoundCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let request_id = request_id();
        match self {
            Self::List { limit } => list(context, limit).await,
            Self::Show { round } => show(context, round).await,
            Self::Create(create) => create.run(context).await,
            Self::Invite { round, organisation, reason } => invite(context, round, organisation, reason).await,
            Self::Express(express) => {
                let evidence = express.evidence.into_iter();
                let evidence = evidence.map(|(criterion, text)| pb::CriterionEvidence { criterion, text }).collect();
                let Express { round, organisation: organisations, statement, .. } = express;
                let message = pb::SubmitExpressionRequest { round, organisations, statement, evidence, request_id };
                expression_call!(context, message, submit_expression)
            }
            Self::Withdraw { expression: name, reason } => {
                let message = pb::WithdrawExpressionRequest { name, reason, etag: String::new(), request_id };
                expression_call!(context, message, withdraw_expression)
            }
            Self::Expressions { round, limit } => expressions(context, round, limit).await,
            Self::Expression { expression: name } => {
                let send = async |channel, request| RoundServiceClient::new(channel).get_expression(request).await;
                let answer = context.client.call(pb::GetExpressionRequest { name }, send).await?;
                context.output.answer(&answer, |answer| expression(answer.expression.as_ref()))
            }
            Self::Assign { expression: name, scorers } => {
                let message = pb::AssignScorersRequest { name, scorers, etag: String::new(), request_id };
                expression_call!(context, message, assign_scorers)
            }
            Self::Score { expression: name, points, comment } => {
                let message = pb::SubmitScoreRequest { name, points: sheet(points), comment, request_id };
                expression_call!(context, message, submit_score)
            }
            Self::Moderate { expression: name, points, reason } => {
                let points = sheet(points);
                let message = pb::ModerateExpressionRequest { name, points, reason, etag: String::new(), request_id };
                expression_call!(context, message, moderate_expression)
            }
            Self::Decide { expression: name, chosen, reason, designate: designated, capacity } => {
                let etag = String::new();
                let message =
                    pb::DecideExpressionRequest { name, chosen, reason, designated, capacity, etag, request_id };
                expression_call!(context, message, decide_expression)
            }
            Self::Publish { round, start_date } => publish(context, round, start_date).await,
        }
    }
}

impl Create {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let criterion = |(code, weight): (String, i32)| pb::RoundCriterion {
            title: code.clone(),
            code,
            description: String::new(),
            weight,
        };
        let invitation = |organisation| pb::RoundInvitation { organisation, reason: String::new() };
        let round = pb::Round {
            title: self.title,
            designation: self.kind.into(),
            criteria: self.criteria.into_iter().map(criterion).collect(),
            care_settings: self.care_settings,
            open_door: self.invite.is_empty(),
            invitations: self.invite.into_iter().map(invitation).collect(),
            open_time: Some(self.opens),
            close_time: Some(self.closes),
            disclosure: self.disclosure.into(),
            score_max: self.score_max,
            moderation_percent: self.moderation_percent,
            ..pb::Round::default()
        };
        let message = pb::CreateRoundRequest { round: Some(round), request_id: request_id() };
        let send = async |channel, request| RoundServiceClient::new(channel).create_round(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| round_fields(answer.round.as_ref()))
    }
}

async fn list(context: &Context, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let send = async |channel, request| RoundServiceClient::new(channel).list_rounds(request).await;
        let page = context.client.call(pb::ListRoundsRequest { page_size, page_token }, send).await?;
        Ok((page.rounds, page.next_page_token))
    };
    let (rounds, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListRoundsResponse { rounds, next_page_token };
    context.output.listed(&answer, (answer.rounds.len(), &answer.next_page_token), |answer| {
        let row = |round: &pb::Round| {
            [
                round.title.clone(),
                words::word::<DesignationKind>(round.designation),
                words::word::<RoundState>(round.state),
                instant(round.open_time.as_ref()),
                instant(round.close_time.as_ref()),
                names::short(&round.name).to_owned(),
            ]
        };
        table(["Title", "Names", "State", "Opens", "Closes", "Id"], answer.rounds.iter().map(row))
    })
}

async fn show(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| RoundServiceClient::new(channel).get_round(request).await;
    let answer = context.client.call(pb::GetRoundRequest { name }, send).await?;
    context.output.answer(&answer, |answer| round_fields(answer.round.as_ref()))
}

async fn invite(context: &Context, name: String, organisation: String, reason: String) -> Result<(), Error> {
    let request_id = request_id();
    let message = pb::InviteToRoundRequest { name, organisation, reason, etag: String::new(), request_id };
    let send = async |channel, request| RoundServiceClient::new(channel).invite_to_round(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| round_fields(answer.round.as_ref()))
}

async fn expressions(context: &Context, round: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListExpressionsRequest { round: round.clone(), page_size, page_token };
        let send = async |channel, request| RoundServiceClient::new(channel).list_expressions(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.expressions, page.next_page_token))
    };
    let (expressions, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListExpressionsResponse { expressions, next_page_token };
    context.output.listed(&answer, (answer.expressions.len(), &answer.next_page_token), |answer| {
        let row = |expression: &pb::Expression| {
            [
                names::shorts(&expression.organisations),
                words::word::<ExpressionState>(expression.state),
                totals(expression),
                expression.reason.clone(),
                names::short(&expression.name).to_owned(),
            ]
        };
        table(["Organisations", "State", "Scores", "Reason", "Id"], answer.expressions.iter().map(row))
    })
}

async fn publish(context: &Context, name: String, start_date: String) -> Result<(), Error> {
    let message = pb::PublishRoundRequest { name, start_date, etag: String::new(), request_id: request_id() };
    let send = async |channel, request| RoundServiceClient::new(channel).publish_round(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| {
        let row = |made: &pb::Designation| {
            let kind = words::word::<DesignationKind>(made.kind);
            [names::short(&made.organisation).to_owned(), kind, made.start_date.clone(), made.capacity.to_string()]
        };
        table(["Organisation", "Kind", "From", "Room for"], answer.designations.iter().map(row))
    })
}

fn sheet(points: Vec<(String, i32)>) -> Vec<pb::CriterionPoints> {
    points.into_iter().map(|(criterion, points)| pb::CriterionPoints { criterion, points }).collect()
}

fn round_fields(round: Option<&pb::Round>) -> String {
    let Some(round) = round else { return String::new() };
    let criterion = |one: &pb::RoundCriterion| format!("{} (counts {})", one.title, one.weight);
    let invited = round.invitations.iter().map(|invitation| names::short(&invitation.organisation));
    let invited =
        if round.open_door { "everybody eligible".to_owned() } else { invited.collect::<Vec<_>>().join(", ") };
    fields([
        ("Title", round.title.clone()),
        ("Names", words::word::<DesignationKind>(round.designation)),
        ("State", words::word::<RoundState>(round.state)),
        ("Opens", instant(round.open_time.as_ref())),
        ("Closes", instant(round.close_time.as_ref())),
        ("Criteria", round.criteria.iter().map(criterion).collect::<Vec<_>>().join(", ")),
        ("Scale", format!("0 to {}", round.score_max)),
        ("Moderated", format!("beyond {} %", round.moderation_percent)),
        ("Care", round.care_settings.join(", ")),
        ("Invited", invited),
        ("Public", words::word::<RoundDisclosure>(round.disclosure)),
        ("Published", instant(round.publish_time.as_ref())),
        ("Source", round.source.clone()),
        ("Id", names::short(&round.name).to_owned()),
        ("Etag", round.etag.clone()),
    ])
}

fn expression(expression: Option<&pb::Expression>) -> String {
    let Some(expression) = expression else { return String::new() };
    let moderated = expression.moderation.as_ref();
    fields([
        ("Organisations", names::shorts(&expression.organisations)),
        ("State", words::word::<ExpressionState>(expression.state)),
        ("Statement", expression.statement.clone()),
        ("Scores", totals(expression)),
        ("Moderated", moderated.map(|sheet| format!("{} of {}", sheet.total, sheet.maximum)).unwrap_or_default()),
        ("Reason", expression.reason.clone()),
        ("Designated", names::shorts(&expression.designated)),
        ("Submitted", instant(expression.submit_time.as_ref())),
        ("Id", names::short(&expression.name).to_owned()),
        ("Etag", expression.etag.clone()),
    ])
}

/// The totals of the sheets that are in.
fn totals(expression: &pb::Expression) -> String {
    let sheets = expression.sheets.iter().filter(|sheet| !sheet.points.is_empty());
    sheets.map(|sheet| format!("{} of {}", sheet.total, sheet.maximum)).collect::<Vec<_>>().join(", ")
}
