//! Exemplars with their followers and partners.

use clap::{Args, Subcommand};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::pairing_service_client::PairingServiceClient;
use exemplar_proto::network::v1::{PairingKind, PairingMode, PairingState};

use crate::client::request_id;
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{fields, instant, table};
use crate::words::{self, parser};
use crate::{Context, names};

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
            table(["Exemplar", "Partner", "Kind", "Mode", "State", "Proposed", "Id"], answer.pairings.iter().map(row))
        })
    }
}

async fn accept(context: &Context, Which { pairing: name, etag }: Which) -> Result<(), Error> {
    let message = pb::AcceptPairingRequest { name, etag, request_id: request_id() };
    let send = async |channel, request| PairingServiceClient::new(channel).accept_pairing(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| pairing(answer.pairing.as_ref()))
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
    context.output.answer(&answer, |answer| pairing(answer.pairing.as_ref()))
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
        ("Ended", instant(pairing.end_time.as_ref())),
        ("Source", pairing.source.clone()),
        ("Id", names::short(&pairing.name).to_owned()),
        ("Etag", pairing.etag.clone()),
    ])
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
