//! Exemplars with their followers and partners.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::pairing_service_client::PairingServiceClient;
use exemplar_proto::network::v1::{
    DocumentFormat, PairingHealth, PairingKind, PairingMode, PairingOutcome, PairingSide, PairingState,
};

use super::progress::ProgressCommand;
use crate::client::request_id;
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{count, fields, instant, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// A file's size at the most, in bytes; the service takes no more.
const MAX_FILE: u64 = 2 << 20;
const HEADER: [&str; 7] = ["Exemplar", "Partner", "Kind", "Mode", "State", "Proposed", "Id"];

/// Commands about pairings.
#[derive(Subcommand, Clone, Debug)]
pub enum PairingCommand {
    /// Propose a pairing, or accept the other side's standing proposal of the same kind
    ///
    /// Example: `exemplar pairing propose --exemplar RGT --partner RRV --proposer RRV --kind exemplar-follower`
    Propose(Propose),
    /// Accept a proposal; due diligence begins
    ///
    /// Example: `exemplar pairing accept PAIRING`
    Accept {
        /// Which.
        #[command(flatten)]
        which: Which,
    },
    /// Decline a proposal
    ///
    /// Example: `exemplar pairing decline PAIRING --reason "we run another record system"`
    Decline {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Answer a proposal with another: the other side answers next
    ///
    /// Example: `exemplar pairing counter PAIRING --mode common-team --message "one team would be better"`
    Counter {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// How you want to work together
        #[arg(long, value_parser = parser::<PairingMode>())]
        mode: Option<PairingMode>,
        /// A word to the other side
        #[arg(long, default_value = "", hide_default_value = true)]
        message: String,
    },
    /// Begin the work that was agreed
    ///
    /// Example: `exemplar pairing activate PAIRING`
    Activate {
        /// Which.
        #[command(flatten)]
        which: Which,
    },
    /// Pause the work
    ///
    /// Example: `exemplar pairing pause PAIRING --reason "winter pressures"`
    Pause {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Go on with paused work
    ///
    /// Example: `exemplar pairing resume PAIRING`
    Resume {
        /// Which.
        #[command(flatten)]
        which: Which,
    },
    /// Complete a pairing with what came of it
    ///
    /// Example: `exemplar pairing complete PAIRING --outcome achieved --reason "all wards are live"`
    Complete {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// What came of it
        #[arg(long, value_parser = parser::<PairingOutcome>())]
        outcome: PairingOutcome,
        /// What was learned, for those who come after
        #[arg(long)]
        reason: String,
    },
    /// End a pairing before it is completed; whoever is left behind has priority in the next matching
    ///
    /// Example: `exemplar pairing end PAIRING --reason "the supplier left"`
    End {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Put a pairing where it ought to stand; for the programme
    ///
    /// Example: `exemplar pairing override PAIRING --state due-diligence --reason "declined by mistake"`
    Override {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Where
        #[arg(long, value_parser = parser::<PairingState>())]
        state: PairingState,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Make a group of pairings that share one agreement; for the programme
    ///
    /// Example: `exemplar pairing group --name "Ambulance exemplars" PAIRING PAIRING PAIRING`
    Group {
        /// The pairings
        #[arg(required = true, num_args = 2.., value_parser = names::pairing)]
        pairings: Vec<String>,
        /// What the group is called
        #[arg(long)]
        name: String,
        /// Where this is known from
        #[arg(long, default_value = "", hide_default_value = true)]
        source: String,
    },
    /// Agreements, milestones and word of how it goes
    #[command(flatten)]
    Progress(ProgressCommand),
    /// Show what happened to a pairing: who, when and why
    ///
    /// Example: `exemplar pairing history PAIRING`
    History {
        /// Its id
        #[arg(value_parser = names::pairing)]
        pairing: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// List who was left behind by the other side, longest waiting first
    ///
    /// Example: `exemplar pairing priorities`
    Priorities {
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Judge a CSV file of pairings row by row, and record it if all is well; for the programme
    ///
    /// Example: `exemplar pairing import pairings.csv --dry-run`
    Import {
        /// The file; `-` is stdin
        file: PathBuf,
        /// Judge only
        #[arg(long)]
        dry_run: bool,
    },
    /// Write the pairings that you may know of to stdout, as CSV or as one JSON object a line
    ///
    /// Example: `exemplar pairing export --format csv`
    Export {
        /// How it is written
        #[arg(long, default_value = "csv", value_parser = parser::<DocumentFormat>())]
        format: DocumentFormat,
        /// Only those of this organisation, on either side
        #[arg(long, value_name = "CODE", value_parser = names::organisation)]
        organisation: Option<String>,
    },
    /// Withdraw a proposal, or a pairing in due diligence
    ///
    /// Example: `exemplar pairing withdraw PAIRING --reason "the trusts are to merge"`
    Withdraw {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Show one pairing
    ///
    /// Example: `exemplar pairing show PAIRING`
    Show {
        /// Its id
        #[arg(value_parser = names::pairing)]
        pairing: String,
    },
    /// List the pairings that you may know of, newest first
    ///
    /// Example: `exemplar pairing list --organisation RGT --state due-diligence`
    List(List),
}

/// A proposal.
#[derive(Args, Clone, Debug)]
pub struct Propose {
    /// The exemplar
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub exemplar: String,
    /// The follower, or the partner abroad
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub partner: String,
    /// Which of the two proposes: the one whose LEAD you are
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub proposer: String,
    /// What they are to be to each other
    #[arg(long, value_parser = parser::<PairingKind>())]
    pub kind: PairingKind,
    /// How they want to work together
    #[arg(long, value_parser = parser::<PairingMode>())]
    pub mode: Option<PairingMode>,
    /// A word to the other side
    #[arg(long, default_value = "", hide_default_value = true)]
    pub message: String,
}

/// One pairing, and the version of it that is meant.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// The pairing's id
    #[arg(value_parser = names::pairing)]
    pub pairing: String,
    /// Refuse unless it is still at this version
    #[arg(long, default_value = "", hide_default_value = true)]
    pub etag: String,
}

/// Which pairings are listed.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// Only those of this organisation, on either side
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: Option<String>,
    /// Only those that stand so
    #[arg(long, value_parser = parser::<PairingState>())]
    pub state: Option<PairingState>,
    /// Only those of this kind
    #[arg(long, value_parser = parser::<PairingKind>())]
    pub kind: Option<PairingKind>,
    /// How many.
    #[command(flatten)]
    pub limit: Limit,
}

impl PairingCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Propose(propose) => propose.run(context).await,
            Self::Accept { which } => accept(context, which).await,
            Self::Decline { which, reason } => decline(context, which, reason).await,
            Self::Withdraw { which, reason } => withdraw(context, which, reason).await,
            Self::Counter { which, mode, message } => counter(context, which, mode, message).await,
            Self::Activate { which } => activate(context, which).await,
            Self::Pause { which, reason } => pause(context, which, reason).await,
            Self::Resume { which } => resume(context, which).await,
            Self::Complete { which, outcome, reason } => complete(context, which, outcome, reason).await,
            Self::End { which, reason } => end(context, which, reason).await,
            Self::Override { which, state, reason } => override_to(context, which, state, reason).await,
            Self::Group { pairings, name, source } => group(context, pairings, name, source).await,
            Self::Progress(command) => command.run(context).await,
            Self::History { pairing, limit } => history(context, pairing, limit).await,
            Self::Priorities { limit } => priorities(context, limit).await,
            Self::Import { file, dry_run } => import(context, &file, dry_run).await,
            Self::Export { format, organisation } => export(context, format, organisation).await,
            Self::Show { pairing } => show(context, pairing).await,
            Self::List(list) => list.run(context).await,
        }
    }
}

impl Propose {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::ProposePairingRequest {
            exemplar: self.exemplar,
            partner: self.partner,
            proposer: self.proposer,
            kind: self.kind.into(),
            mode: self.mode.map(Into::into).unwrap_or_default(),
            message: self.message,
            request_id: request_id(),
        };
        let send = async |channel, request| PairingServiceClient::new(channel).propose_pairing(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let filter = filter([
            ("organisation", self.organisation),
            ("state", self.state.map(words::constant)),
            ("kind", self.kind.map(words::constant)),
        ]);
        let fetch = async |page_size, page_token| {
            let message = pb::ListPairingsRequest { page_size, page_token, filter: filter.clone() };
            let send = async |channel, request| PairingServiceClient::new(channel).list_pairings(request).await;
            let page = context.client.call(message, send).await?;
            Ok((page.pairings, page.next_page_token))
        };
        let (pairings, next_page_token) = self.limit.gather(fetch).await?;
        let answer = pb::ListPairingsResponse { pairings, next_page_token };
        context.output.listed(&answer, (answer.pairings.len(), &answer.next_page_token), |answer| {
            table(HEADER, answer.pairings.iter().map(row))
        })
    }
}

async fn accept(context: &Context, Which { pairing: name, etag }: Which) -> Result<(), Error> {
    let message = pb::AcceptPairingRequest { name, etag, request_id: request_id() };
    let send = async |channel, request| PairingServiceClient::new(channel).accept_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
}

async fn counter(
    context: &Context,
    Which { pairing: name, etag }: Which,
    mode: Option<PairingMode>,
    message: String,
) -> Result<(), Error> {
    let message = pb::CounterPairingRequest {
        name,
        etag,
        request_id: request_id(),
        mode: mode.map(Into::into).unwrap_or_default(),
        message,
    };
    let send = async |channel, request| PairingServiceClient::new(channel).counter_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
}

async fn activate(context: &Context, Which { pairing: name, etag }: Which) -> Result<(), Error> {
    let message = pb::ActivatePairingRequest { name, etag, request_id: request_id() };
    let send = async |channel, request| PairingServiceClient::new(channel).activate_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
}

async fn pause(context: &Context, Which { pairing: name, etag }: Which, reason: String) -> Result<(), Error> {
    let message = pb::PausePairingRequest { name, etag, request_id: request_id(), reason };
    let send = async |channel, request| PairingServiceClient::new(channel).pause_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
}

async fn resume(context: &Context, Which { pairing: name, etag }: Which) -> Result<(), Error> {
    let message = pb::ResumePairingRequest { name, etag, request_id: request_id() };
    let send = async |channel, request| PairingServiceClient::new(channel).resume_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
}

async fn complete(
    context: &Context,
    Which { pairing: name, etag }: Which,
    outcome: PairingOutcome,
    reason: String,
) -> Result<(), Error> {
    let message = pb::CompletePairingRequest { name, etag, request_id: request_id(), outcome: outcome.into(), reason };
    let send = async |channel, request| PairingServiceClient::new(channel).complete_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
}

async fn end(context: &Context, Which { pairing: name, etag }: Which, reason: String) -> Result<(), Error> {
    let message = pb::EndPairingRequest { name, etag, request_id: request_id(), reason };
    let send = async |channel, request| PairingServiceClient::new(channel).end_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
}

async fn override_to(
    context: &Context,
    Which { pairing: name, etag }: Which,
    state: PairingState,
    reason: String,
) -> Result<(), Error> {
    let message = pb::OverridePairingRequest { name, etag, request_id: request_id(), state: state.into(), reason };
    let send = async |channel, request| PairingServiceClient::new(channel).override_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
}

async fn group(context: &Context, pairings: Vec<String>, name: String, source: String) -> Result<(), Error> {
    let message = pb::GroupPairingsRequest { pairings, display_name: name, source, request_id: request_id() };
    let send = async |channel, request| PairingServiceClient::new(channel).group_pairings(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| {
        format!("{}\n{}", answer.group, table(HEADER, answer.pairings.iter().map(row)))
    })
}

async fn history(context: &Context, name: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListPairingStepsRequest { name: name.clone(), page_size, page_token };
        let send = async |channel, request| PairingServiceClient::new(channel).list_pairing_steps(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.steps, page.next_page_token))
    };
    let (steps, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListPairingStepsResponse { steps, next_page_token };
    let row = |step: &pb::PairingStep| {
        let by = [names::short(&step.organisation), step.actor.as_str()];
        [
            instant(step.record_time.as_ref()),
            step.step.replace('_', " "),
            by.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
            words::word::<PairingState>(step.state),
            step.note.clone(),
        ]
    };
    context.output.listed(&answer, (answer.steps.len(), &answer.next_page_token), |answer| {
        table(["When", "What", "By", "State", "Why"], answer.steps.iter().map(row))
    })
}

async fn priorities(context: &Context, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListPrioritiesRequest { page_size, page_token };
        let send = async |channel, request| PairingServiceClient::new(channel).list_priorities(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.priorities, page.next_page_token))
    };
    let (priorities, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListPrioritiesResponse { priorities, next_page_token };
    let row = |one: &pb::Priority| {
        let (who, pairing) = (names::short(&one.organisation).to_owned(), names::short(&one.pairing).to_owned());
        [who, words::word::<PairingSide>(one.side), instant(one.since_time.as_ref()), one.reason.clone(), pairing]
    };
    context.output.listed(&answer, (answer.priorities.len(), &answer.next_page_token), |answer| {
        table(["Organisation", "Was the", "Since", "Why", "Pairing"], answer.priorities.iter().map(row))
    })
}

async fn import(context: &Context, file: &Path, validate_only: bool) -> Result<(), Error> {
    let csv = crate::input::bytes(file, MAX_FILE)?;
    let message = pb::ImportPairingsRequest { csv, validate_only, request_id: request_id() };
    let send = async |channel, request| PairingServiceClient::new(channel).import_pairings(request).await;
    let answer = context.client.call(message, send).await?;
    let row = |verdict: &pb::PairingVerdict| {
        let word = verdict.outcome().as_str_name().trim_start_matches("OUTCOME_").to_lowercase();
        let pair = format!("{} - {}", names::short(&verdict.exemplar), names::short(&verdict.partner));
        [verdict.line.to_string(), pair, word, verdict.faults.join("; ")]
    };
    context.output.written(&answer, answer.sequence, |answer| {
        table(["Line", "Pair", "Verdict", "Faults"], answer.verdicts.iter().map(row))
    })
}

async fn export(context: &Context, format: DocumentFormat, organisation: Option<String>) -> Result<(), Error> {
    let filter = filter([("organisation", organisation)]);
    let mut page_token = String::new();
    loop {
        let (format, filter) = (format.into(), filter.clone());
        let message = pb::DownloadPairingsRequest { format, filter, page_size: 200, page_token };
        let send = async |channel, request| PairingServiceClient::new(channel).download_pairings(request).await;
        let part = context.client.call(message, send).await?;
        crate::output::raw(&part.content)?;
        page_token = part.next_page_token;
        if page_token.is_empty() {
            return Ok(());
        }
    }
}

async fn decline(context: &Context, Which { pairing: name, etag }: Which, reason: String) -> Result<(), Error> {
    let message = pb::DeclinePairingRequest { name, reason, etag, request_id: request_id() };
    let send = async |channel, request| PairingServiceClient::new(channel).decline_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
}

async fn withdraw(context: &Context, Which { pairing: name, etag }: Which, reason: String) -> Result<(), Error> {
    let message = pb::WithdrawPairingRequest { name, reason, etag, request_id: request_id() };
    let send = async |channel, request| PairingServiceClient::new(channel).withdraw_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
}

async fn show(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| PairingServiceClient::new(channel).get_pairing(request).await;
    let answer = context.client.call(pb::GetPairingRequest { name }, send).await?;
    context.output.answer(&answer, |answer| {
        let health = answer.health.clone().unwrap_or_default();
        let well = words::word::<PairingHealth>(health.health);
        let more = fields([("Health", well), ("Because", health.reasons.join("; "))]);
        format!("{}\n{more}", pairing(answer.pairing.as_ref()))
    })
}

fn pairing(pairing: Option<&pb::Pairing>) -> String {
    let Some(pairing) = pairing else { return String::new() };
    fields([
        ("Exemplar", names::short(&pairing.exemplar).to_owned()),
        ("Partner", names::short(&pairing.partner).to_owned()),
        ("Kind", words::word::<PairingKind>(pairing.kind)),
        ("Mode", words::word::<PairingMode>(pairing.mode)),
        ("State", words::word::<PairingState>(pairing.state)),
        ("Proposed by", names::short(&pairing.proposer).to_owned()),
        ("Message", pairing.message.clone()),
        ("Reason", pairing.reason.clone()),
        ("Proposed", instant(pairing.propose_time.as_ref())),
        ("Accepted", instant(pairing.accept_time.as_ref())),
        ("Expires", instant(pairing.expire_time.as_ref())),
        ("Begun", instant(pairing.start_time.as_ref())),
        ("Ended", instant(pairing.end_time.as_ref())),
        ("Agreement", count(pairing.agreement_revision)),
        ("Group", pairing.group.clone()),
        ("Outcome", words::word::<PairingOutcome>(pairing.outcome)),
        ("Left behind", words::word::<PairingSide>(pairing.left_behind)),
        ("Held by", pairing.holders.iter().map(holder).collect::<Vec<_>>().join("; ")),
        ("Source", pairing.source.clone()),
        ("Id", names::short(&pairing.name).to_owned()),
        ("Etag", pairing.etag.clone()),
    ])
}

fn holder(holder: &pb::SideHolder) -> String {
    let (side, who) = (words::word::<PairingSide>(holder.side), names::short(&holder.organisation));
    match (instant(holder.start_time.as_ref()).as_str(), instant(holder.end_time.as_ref()).as_str()) {
        ("", "") => format!("{side} {who}"),
        ("", until) => format!("{side} {who} until {until}"),
        (from, "") => format!("{side} {who} from {from}"),
        (from, until) => format!("{side} {who} from {from} until {until}"),
    }
}

fn row(pairing: &pb::Pairing) -> [String; 7] {
    [
        names::short(&pairing.exemplar).to_owned(),
        names::short(&pairing.partner).to_owned(),
        words::word::<PairingKind>(pairing.kind),
        words::word::<PairingMode>(pairing.mode),
        words::word::<PairingState>(pairing.state),
        instant(pairing.propose_time.as_ref()),
        names::short(&pairing.name).to_owned(),
    ]
}
