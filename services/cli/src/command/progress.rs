//! Agreements, milestones and check-ins of a pairing.

use clap::Subcommand;
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::agreement_service_client::AgreementServiceClient;
use exemplar_proto::network::v1::milestone_service_client::MilestoneServiceClient;
use exemplar_proto::network::v1::{MilestoneState, PairingSide};

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{count, fields, instant, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about what the two sides promise and how they keep it.
#[derive(Subcommand, Clone, Debug)]
pub enum ProgressCommand {
    /// Write the next revision of the agreement
    ///
    /// Example: `exemplar pairing agree PAIRING --organisation RGT --text "We share our configuration and two analysts."`
    Agree {
        /// The pairing's id
        #[arg(value_parser = names::pairing)]
        pairing: String,
        /// For whom you write: the one whose LEAD you are
        #[arg(long, value_name = "CODE", value_parser = names::organisation)]
        organisation: String,
        /// What is promised
        #[arg(long)]
        text: String,
    },
    /// Sign the newest revision of the agreement; the last signature makes the pairing agreed
    ///
    /// Example: `exemplar pairing sign PAIRING --organisation RGT --revision 1`
    Sign {
        /// The pairing's id
        #[arg(value_parser = names::pairing)]
        pairing: String,
        /// For whom you sign: the one whose APPROVER you are
        #[arg(long, value_name = "CODE", value_parser = names::organisation)]
        organisation: String,
        /// The revision that you have read
        #[arg(long, value_name = "N")]
        revision: i32,
    },
    /// List the revisions of the agreement with their signatures, newest first
    ///
    /// Example: `exemplar pairing agreements PAIRING`
    Agreements {
        /// The pairing's id
        #[arg(value_parser = names::pairing)]
        pairing: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Add a milestone; one with an event completes by itself
    ///
    /// Example: `exemplar pairing milestone PAIRING --title "Go live" --owner partner --due 2027-03-31`
    Milestone {
        /// The pairing's id
        #[arg(value_parser = names::pairing)]
        pairing: String,
        /// What is to be reached
        #[arg(long)]
        title: String,
        /// Which side is to reach it
        #[arg(long, value_parser = parser::<PairingSide>())]
        owner: PairingSide,
        /// By which day, as YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        due: String,
        /// The verb of the journal that completes it
        #[arg(long, value_name = "VERB", default_value = "", hide_default_value = true)]
        event: String,
        /// The resource of that event; any when left out
        #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true, requires = "event")]
        resource: String,
    },
    /// Complete a milestone with its evidence
    ///
    /// Example: `exemplar pairing milestone-complete PAIRING 1 --evidence "minutes of the board, 3 May"`
    MilestoneComplete {
        /// The pairing's id
        #[arg(value_parser = names::pairing)]
        pairing: String,
        /// The milestone's number
        number: i32,
        /// What shows that it was reached
        #[arg(long)]
        evidence: String,
    },
    /// Drop a milestone that is no longer wanted
    ///
    /// Example: `exemplar pairing milestone-drop PAIRING 1 --reason "the scope has changed"`
    MilestoneDrop {
        /// The pairing's id
        #[arg(value_parser = names::pairing)]
        pairing: String,
        /// The milestone's number
        number: i32,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// List the milestones of a pairing
    ///
    /// Example: `exemplar pairing milestones PAIRING`
    Milestones {
        /// The pairing's id
        #[arg(value_parser = names::pairing)]
        pairing: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Say how it goes
    ///
    /// Example: `exemplar pairing check-in PAIRING --organisation RRV --note "two wards live" --visits 1`
    CheckIn {
        /// The pairing's id
        #[arg(value_parser = names::pairing)]
        pairing: String,
        /// For whom you speak
        #[arg(long, value_name = "CODE", value_parser = names::organisation)]
        organisation: String,
        /// How it goes
        #[arg(long)]
        note: String,
        /// Visits to the other side since your word before
        #[arg(long, value_name = "N", default_value_t = 0)]
        visits: i32,
    },
    /// List what was said of a pairing, newest first
    ///
    /// Example: `exemplar pairing check-ins PAIRING`
    CheckIns {
        /// The pairing's id
        #[arg(value_parser = names::pairing)]
        pairing: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
}

impl ProgressCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Agree { pairing, organisation, text } => agree(context, pairing, organisation, text).await,
            Self::Sign { pairing, organisation, revision } => sign(context, pairing, organisation, revision).await,
            Self::Agreements { pairing, limit } => agreements(context, pairing, limit).await,
            Self::Milestone { pairing, title, owner, due, event, resource } => {
                let event = (!event.is_empty()).then_some(pb::MilestoneEvent { verb: event, resource });
                let (owner, due_date) = (owner.into(), due);
                let milestone = pb::Milestone { title, owner, due_date, event, ..pb::Milestone::default() };
                add(context, pairing, milestone).await
            }
            Self::MilestoneComplete { pairing, number, evidence } => complete(context, pairing, number, evidence).await,
            Self::MilestoneDrop { pairing, number, reason } => drop(context, pairing, number, reason).await,
            Self::Milestones { pairing, limit } => milestones(context, pairing, limit).await,
            Self::CheckIn { pairing, organisation, note, visits } => {
                let said = pb::CheckIn { organisation, note, visits, ..pb::CheckIn::default() };
                check_in(context, pairing, said).await
            }
            Self::CheckIns { pairing, limit } => check_ins(context, pairing, limit).await,
        }
    }
}

async fn agree(context: &Context, pairing: String, organisation: String, text: String) -> Result<(), Error> {
    let (etag, request_id) = (String::new(), request_id());
    let message = pb::DraftAgreementRequest { pairing, organisation, text, etag, request_id };
    let send = async |channel, request| AgreementServiceClient::new(channel).draft_agreement(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| agreement(answer.agreement.as_ref()))
}

async fn sign(context: &Context, pairing: String, organisation: String, revision: i32) -> Result<(), Error> {
    let (etag, request_id) = (String::new(), request_id());
    let message = pb::SignAgreementRequest { pairing, revision, organisation, etag, request_id };
    let send = async |channel, request| AgreementServiceClient::new(channel).sign_agreement(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| agreement(answer.agreement.as_ref()))
}

async fn agreements(context: &Context, pairing: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListAgreementsRequest { pairing: pairing.clone(), page_size, page_token };
        let send = async |channel, request| AgreementServiceClient::new(channel).list_agreements(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.agreements, page.next_page_token))
    };
    let (agreements, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListAgreementsResponse { agreements, next_page_token };
    context.output.listed(&answer, (answer.agreements.len(), &answer.next_page_token), |answer| {
        answer.agreements.iter().map(|one| agreement(Some(one))).collect::<Vec<_>>().join("\n\n")
    })
}

fn agreement(agreement: Option<&pb::Agreement>) -> String {
    let Some(agreement) = agreement else { return String::new() };
    let signed = |signature: &pb::Signature| {
        format!("{} on {}", names::short(&signature.organisation), instant(signature.sign_time.as_ref()))
    };
    fields([
        ("Revision", agreement.revision.to_string()),
        ("Written by", names::short(&agreement.organisation).to_owned()),
        ("Written", instant(agreement.draft_time.as_ref())),
        ("Text", agreement.text.clone()),
        ("Signed by", agreement.signatures.iter().map(signed).collect::<Vec<_>>().join(", ")),
        ("Not signed by", names::shorts(&agreement.missing)),
    ])
}

async fn add(context: &Context, pairing: String, milestone: pb::Milestone) -> Result<(), Error> {
    let message = pb::AddMilestoneRequest { pairing, milestone: Some(milestone), request_id: request_id() };
    let send = async |channel, request| MilestoneServiceClient::new(channel).add_milestone(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.milestone.as_slice()))
}

async fn complete(context: &Context, pairing: String, number: i32, evidence: String) -> Result<(), Error> {
    let message = pb::CompleteMilestoneRequest { pairing, number, evidence, request_id: request_id() };
    let send = async |channel, request| MilestoneServiceClient::new(channel).complete_milestone(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.milestone.as_slice()))
}

async fn drop(context: &Context, pairing: String, number: i32, reason: String) -> Result<(), Error> {
    let message = pb::DropMilestoneRequest { pairing, number, reason, request_id: request_id() };
    let send = async |channel, request| MilestoneServiceClient::new(channel).drop_milestone(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.milestone.as_slice()))
}

async fn milestones(context: &Context, pairing: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListMilestonesRequest { pairing: pairing.clone(), page_size, page_token };
        let send = async |channel, request| MilestoneServiceClient::new(channel).list_milestones(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.milestones, page.next_page_token))
    };
    let (milestones, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListMilestonesResponse { milestones, next_page_token };
    let rows = (answer.milestones.len(), answer.next_page_token.as_str());
    context.output.listed(&answer, rows, |answer| shown(&answer.milestones))
}

fn shown(milestones: &[pb::Milestone]) -> String {
    let row = |milestone: &pb::Milestone| {
        [
            milestone.number.to_string(),
            milestone.title.clone(),
            names::short(&milestone.organisation).to_owned(),
            milestone.due_date.clone(),
            words::word::<MilestoneState>(milestone.state),
            milestone.event.as_ref().map(|event| event.verb.clone()).unwrap_or_default(),
            milestone.evidence.clone(),
        ]
    };
    table(["Number", "Milestone", "Owner", "Due", "State", "Event", "Evidence"], milestones.iter().map(row))
}

async fn check_in(context: &Context, pairing: String, said: pb::CheckIn) -> Result<(), Error> {
    let message = pb::RecordCheckInRequest { pairing, check_in: Some(said), request_id: request_id() };
    let send = async |channel, request| MilestoneServiceClient::new(channel).record_check_in(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| words_said(answer.check_in.as_slice()))
}

async fn check_ins(context: &Context, pairing: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListCheckInsRequest { pairing: pairing.clone(), page_size, page_token };
        let send = async |channel, request| MilestoneServiceClient::new(channel).list_check_ins(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.check_ins, page.next_page_token))
    };
    let (check_ins, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListCheckInsResponse { check_ins, next_page_token };
    let rows = (answer.check_ins.len(), answer.next_page_token.as_str());
    context.output.listed(&answer, rows, |answer| words_said(&answer.check_ins))
}

fn words_said(said: &[pb::CheckIn]) -> String {
    let row = |said: &pb::CheckIn| {
        let (when, who) = (instant(said.record_time.as_ref()), names::short(&said.organisation).to_owned());
        [said.number.to_string(), when, who, count(said.visits), said.note.clone()]
    };
    table(["Number", "When", "By", "Visits", "How it goes"], said.iter().map(row))
}
