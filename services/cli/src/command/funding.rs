//! Awards, their tranches, and what the receivers put beside them.

use clap::{Args, Subcommand};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::funding_service_client::FundingServiceClient;
use exemplar_proto::network::v1::{AwardPart, AwardTrack, TrancheKind, TrancheState};

use crate::client::request_id;
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{count, fields, table, yes};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about money.
#[derive(Subcommand, Clone, Debug)]
pub enum FundingCommand {
    /// List awards, newest first
    ///
    /// Example: `exemplar funding list --organisation RXL`
    List {
        /// Only those of this receiver
        #[arg(long, value_name = "CODE", value_parser = names::organisation)]
        organisation: Option<String>,
        /// Only those that hang on this pairing
        #[arg(long, value_parser = names::pairing)]
        pairing: Option<String>,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show an award with its tranches, and why they are not payable
    ///
    /// Example: `exemplar funding show AWARD`
    Show {
        /// Its id
        #[arg(value_parser = names::award)]
        award: String,
    },
    /// Record an award; for the programme
    ///
    /// Example: `exemplar funding create --organisation RRV --cap 5000000.00 --source "HSJ" --date 2017-09-01`
    Create(Create),
    /// Plan a tranche of an award; for the programme
    ///
    /// Example: `exemplar funding plan AWARD --kind upfront --amount 1000000 --source "letter" --date 2017-09-01`
    Plan(Plan),
    /// Approve a tranche that is payable; for the programme
    ///
    /// Example: `exemplar funding approve AWARD 1`
    Approve {
        /// The award's id
        #[arg(value_parser = names::award)]
        award: String,
        /// The tranche's number
        number: i32,
    },
    /// Record that a tranche was paid; for the programme
    ///
    /// Example: `exemplar funding pay AWARD 1 --reference "BACS 4711"`
    Pay {
        /// The award's id
        #[arg(value_parser = names::award)]
        award: String,
        /// The tranche's number
        number: i32,
        /// The reference of the payment
        #[arg(long)]
        reference: String,
    },
    /// Cancel a tranche that was not paid; for the programme
    ///
    /// Example: `exemplar funding cancel AWARD 2 --reason "the milestone was dropped"`
    Cancel {
        /// The award's id
        #[arg(value_parser = names::award)]
        award: String,
        /// The tranche's number
        number: i32,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Record what a receiver puts beside an award: cash, or staff days with what one is worth
    ///
    /// Example: `exemplar funding match AWARD --organisation RRV --cash 500000 --source "letter" --date 2018-01-31`
    Match(Match),
}

/// Where a sum is known from, and in which currency it is.
#[derive(Args, Clone, Debug)]
pub struct Known {
    /// The currency
    #[arg(long, value_name = "CODE", default_value = "GBP")]
    pub currency: String,
    /// Where this is known from
    #[arg(long)]
    pub source: String,
    /// Of which day that is, as YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub date: String,
}

/// An award to record.
#[derive(Args, Clone, Debug)]
pub struct Create {
    /// Who receives it; several receive it together
    #[arg(long = "organisation", value_name = "CODE", required = true, value_parser = names::organisation)]
    pub organisations: Vec<String>,
    /// The pairing whose agreement it hangs on
    #[arg(long, value_parser = names::pairing)]
    pub pairing: Option<String>,
    /// On which track
    #[arg(long, value_parser = parser::<AwardTrack>())]
    pub track: Option<AwardTrack>,
    /// How much it is at the most, like 5000000.00
    #[arg(long, value_name = "AMOUNT")]
    pub cap: String,
    /// The capital part
    #[arg(long, value_name = "AMOUNT", requires = "revenue")]
    pub capital: Option<String>,
    /// The revenue part
    #[arg(long, value_name = "AMOUNT", requires = "capital")]
    pub revenue: Option<String>,
    /// Where it is known from.
    #[command(flatten)]
    pub known: Known,
}

/// A tranche to plan.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    /// The award's id
    #[arg(value_parser = names::award)]
    pub award: String,
    /// What it waits for
    #[arg(long, value_parser = parser::<TrancheKind>())]
    pub kind: TrancheKind,
    /// How much it is, like 1000000.00
    #[arg(long)]
    pub amount: String,
    /// Of which part
    #[arg(long, value_parser = parser::<AwardPart>())]
    pub part: Option<AwardPart>,
    /// The number of the pairing's milestone
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub milestone: i32,
    /// Where it is known from.
    #[command(flatten)]
    pub known: Known,
}

/// A match to record.
#[derive(Args, Clone, Debug)]
pub struct Match {
    /// The award's id
    #[arg(value_parser = names::award)]
    pub award: String,
    /// Which of the receivers
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: String,
    /// The money
    #[arg(long, value_name = "AMOUNT", conflicts_with = "days", required_unless_present = "days")]
    pub cash: Option<String>,
    /// Days of released staff
    #[arg(long, value_name = "N", requires = "day_rate")]
    pub days: Option<i32>,
    /// What one such day is worth
    #[arg(long, value_name = "AMOUNT", requires = "days")]
    pub day_rate: Option<String>,
    /// Where it is known from.
    #[command(flatten)]
    pub known: Known,
}

impl FundingCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List { organisation, pairing, limit } => list(context, organisation, pairing, limit).await,
            Self::Show { award } => show(context, award).await,
            Self::Create(create) => create.run(context).await,
            Self::Plan(plan) => plan.run(context).await,
            Self::Approve { award, number } => approve(context, award, number).await,
            Self::Pay { award, number, reference } => pay(context, award, number, reference).await,
            Self::Cancel { award, number, reason } => cancel(context, award, number, reason).await,
            Self::Match(matched) => matched.run(context).await,
        }
    }
}

impl Known {
    fn source(&self) -> pb::Source {
        pb::Source { text: self.source.clone(), date: self.date.clone() }
    }

    fn money(&self, typed: &str) -> Result<pb::Money, Error> {
        let minor_units = minor_units(typed, &self.currency).ok_or_else(|| {
            Error::usage(format!("{typed:?} is not an amount of {}, like 1000000 or 1000000.50", self.currency))
        })?;
        Ok(pb::Money { minor_units, currency: self.currency.clone() })
    }
}

impl Create {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let part = |typed: &Option<String>| typed.as_ref().map(|typed| self.known.money(typed)).transpose();
        let award = pb::Award {
            organisations: self.organisations.clone(),
            pairing: self.pairing.clone().unwrap_or_default(),
            track: self.track.map(Into::into).unwrap_or_default(),
            cap: Some(self.known.money(&self.cap)?),
            capital: part(&self.capital)?,
            revenue: part(&self.revenue)?,
            source: Some(self.known.source()),
            ..pb::Award::default()
        };
        let message = pb::CreateAwardRequest { award: Some(award), request_id: request_id() };
        let send = async |channel, request| FundingServiceClient::new(channel).create_award(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| shown(answer.award.as_ref()))
    }
}

impl Plan {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let tranche = pb::Tranche {
            kind: self.kind.into(),
            amount: Some(self.known.money(&self.amount)?),
            part: self.part.map(Into::into).unwrap_or_default(),
            milestone: self.milestone,
            source: Some(self.known.source()),
            ..pb::Tranche::default()
        };
        let message = pb::PlanTrancheRequest { award: self.award, tranche: Some(tranche), request_id: request_id() };
        let send = async |channel, request| FundingServiceClient::new(channel).plan_tranche(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| shown(answer.award.as_ref()))
    }
}

impl Match {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let money = |typed: &Option<String>| typed.as_ref().map(|typed| self.known.money(typed)).transpose();
        let matched = pb::Match {
            organisation: self.organisation.clone(),
            amount: money(&self.cash)?,
            staff_days: self.days.unwrap_or(0),
            day_rate: money(&self.day_rate)?,
            source: Some(self.known.source()),
            ..pb::Match::default()
        };
        let message = pb::RecordMatchRequest { award: self.award, r#match: Some(matched), request_id: request_id() };
        let send = async |channel, request| FundingServiceClient::new(channel).record_match(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| shown(answer.award.as_ref()))
    }
}

async fn list(
    context: &Context,
    organisation: Option<String>,
    pairing: Option<String>,
    limit: Limit,
) -> Result<(), Error> {
    let filter = filter([("organisation", organisation), ("pairing", pairing)]);
    let fetch = async |page_size, page_token| {
        let message = pb::ListAwardsRequest { page_size, page_token, filter: filter.clone() };
        let send = async |channel, request| FundingServiceClient::new(channel).list_awards(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.awards, page.next_page_token))
    };
    let (awards, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListAwardsResponse { awards, next_page_token };
    let row = |award: &pb::Award| {
        [
            names::shorts(&award.organisations),
            money(award.cap.as_ref()),
            money(award.paid_total.as_ref()),
            money(award.match_total.as_ref()),
            award.source.clone().unwrap_or_default().text,
            names::short(&award.name).to_owned(),
        ]
    };
    context.output.listed(&answer, (answer.awards.len(), &answer.next_page_token), |answer| {
        table(["Receivers", "Cap", "Paid", "Match", "Source", "Id"], answer.awards.iter().map(row))
    })
}

async fn show(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| FundingServiceClient::new(channel).get_award(request).await;
    let answer = context.client.call(pb::GetAwardRequest { name }, send).await?;
    context.output.answer(&answer, |answer| shown(answer.award.as_ref()))
}

async fn approve(context: &Context, award: String, number: i32) -> Result<(), Error> {
    let message = pb::ApproveTrancheRequest { award, number, request_id: request_id() };
    let send = async |channel, request| FundingServiceClient::new(channel).approve_tranche(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.award.as_ref()))
}

async fn pay(context: &Context, award: String, number: i32, reference: String) -> Result<(), Error> {
    let message = pb::PayTrancheRequest { award, number, reference, request_id: request_id() };
    let send = async |channel, request| FundingServiceClient::new(channel).pay_tranche(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.award.as_ref()))
}

async fn cancel(context: &Context, award: String, number: i32, reason: String) -> Result<(), Error> {
    let message = pb::CancelTrancheRequest { award, number, reason, request_id: request_id() };
    let send = async |channel, request| FundingServiceClient::new(channel).cancel_tranche(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.award.as_ref()))
}

fn shown(award: Option<&pb::Award>) -> String {
    let Some(award) = award else { return String::new() };
    let source = award.source.clone().unwrap_or_default();
    let head = fields([
        ("Receivers", names::shorts(&award.organisations)),
        ("Pairing", names::short(&award.pairing).to_owned()),
        ("Track", words::word::<AwardTrack>(award.track)),
        ("Cap", money(award.cap.as_ref())),
        ("Capital", money(award.capital.as_ref())),
        ("Revenue", money(award.revenue.as_ref())),
        ("Paid", money(award.paid_total.as_ref())),
        ("Match", money(award.match_total.as_ref())),
        ("Match is met", yes(award.match_met)),
        ("Source", format!("{} ({})", source.text, source.date)),
        ("Id", names::short(&award.name).to_owned()),
    ]);
    let tranche = |tranche: &pb::Tranche| {
        [
            tranche.number.to_string(),
            words::word::<TrancheKind>(tranche.kind),
            count(tranche.milestone),
            money(tranche.amount.as_ref()),
            words::word::<AwardPart>(tranche.part),
            words::word::<TrancheState>(tranche.state),
            if tranche.blocked_by.is_empty() { tranche.note.clone() } else { tranche.blocked_by.join("; ") },
        ]
    };
    if award.tranches.is_empty() {
        return head;
    }
    let header = ["Number", "Waits for", "Milestone", "Amount", "Part", "State", "Note"];
    format!("{head}\n\n{}", table(header, award.tranches.iter().map(tranche)))
}

/// Decimal places of a currency's minor unit (ISO 4217).
fn places(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// An amount as typed, in whole minor units: exact, or none.
pub(crate) fn minor_units(typed: &str, currency: &str) -> Option<i64> {
    let places = places(currency);
    let (whole, fraction) = typed.split_once('.').unwrap_or((typed, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > places || typed.ends_with('.') {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

/// An amount as people read it.
pub(crate) fn money(money: Option<&pb::Money>) -> String {
    let Some(money) = money else { return String::new() };
    let places = places(&money.currency);
    let digits = format!("{:0>width$}", money.minor_units.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if money.minor_units < 0 { "-" } else { "" };
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if places > 0 { "." } else { "" };
    format!("{} {sign}{grouped}{point}{fraction}", money.currency)
}
