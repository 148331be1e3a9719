//! What people can show of each competency.

use clap::{Args, Subcommand};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::competency_service_client::CompetencyServiceClient;
use exemplar_proto::academy::v1::{EvidenceKind, EvidenceState};

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{count, fields, table};
use crate::{Context, names, words};

/// Commands about competencies.
#[derive(Subcommand, Clone, Debug)]
pub enum CompetencyCommand {
    /// Show what you can show, competency by competency; ACADEMY anybody's
    ///
    /// Example: `exemplar competency view`
    View {
        /// The person's id; you when left out
        #[arg(value_parser = names::person)]
        person: Option<String>,
    },
    /// List what the network's own record says that you did and that you have not confirmed
    ///
    /// Example: `exemplar competency suggestions`
    Suggestions {
        /// How many changes are looked at.
        #[command(flatten)]
        limit: Limit,
    },
    /// Confirm one of the suggestions
    ///
    /// Example: `exemplar competency confirm 4711 --competency FCI-6`
    Confirm {
        /// Its place in the journal
        source: i64,
        /// The competencies that it shows
        #[arg(long = "competency", id = "competency", value_delimiter = ',', required = true)]
        competencies: Vec<String>,
    },
    /// Add earlier learning, or hours of continuing development
    ///
    /// Example: `exemplar competency add --kind cpd --title "A course" --date 2026-10-01 --minutes 90 --proof https://course.example --competency FCI-3`
    Add(Add),
    /// List evidence: of one person, or, for ACADEMY, all that waits
    ///
    /// Example: `exemplar competency list PERSON`
    List {
        /// The person's id; all that waits when left out
        #[arg(value_parser = names::person)]
        person: Option<String>,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Accept somebody's earlier learning
    ///
    /// Example: `exemplar competency accept EVIDENCE`
    Accept {
        /// Its id
        #[arg(value_parser = names::evidence)]
        evidence: String,
    },
    /// Refuse somebody's earlier learning
    ///
    /// Example: `exemplar competency refuse EVIDENCE --reason "No certificate"`
    Refuse {
        /// Its id
        #[arg(value_parser = names::evidence)]
        evidence: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Take evidence of your own away
    ///
    /// Example: `exemplar competency withdraw EVIDENCE`
    Withdraw {
        /// Its id
        #[arg(value_parser = names::evidence)]
        evidence: String,
    },
}

/// A piece of evidence.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// Where it is from
    #[arg(long, value_parser = words::parser::<EvidenceKind>())]
    pub kind: EvidenceKind,
    /// What it is
    #[arg(long)]
    pub title: String,
    /// The day of it, as YYYY-MM-DD
    #[arg(long)]
    pub date: String,
    /// How long it took, in minutes
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub minutes: i32,
    /// What proves it, in words or as an address
    #[arg(long)]
    pub proof: String,
    /// The competencies that it shows
    #[arg(long = "competency", id = "competency", value_delimiter = ',', required = true)]
    pub competencies: Vec<String>,
}

/// Calls a verb and shows the evidence after it.
macro_rules! verb {
    ($context:ident, $verb:ident, $message:expr) => {{
        let send = async |channel, request| CompetencyServiceClient::new(channel).$verb(request).await;
        let answer = $context.client.call($message, send).await?;
        $context.output.written(&answer, answer.sequence, |answer| one(answer.evidence.as_ref()))
    }};
}

impl CompetencyCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let request_id = request_id();
        match self {
            Self::View { person } => view(context, person.unwrap_or_default()).await,
            Self::Suggestions { limit } => suggestions(context, limit).await,
            Self::Confirm { source: source_sequence, competencies } => {
                let kind = EvidenceKind::Network.into();
                let evidence = Some(pb::Evidence { kind, competencies, source_sequence, ..Default::default() });
                verb!(context, add_evidence, pb::AddEvidenceRequest { evidence, request_id })
            }
            Self::Add(Add { kind, title, date, minutes: duration_minutes, proof: detail, competencies }) => {
                let kind = kind.into();
                let evidence = Some(pb::Evidence {
                    kind,
                    title,
                    date,
                    duration_minutes,
                    detail,
                    competencies,
                    ..Default::default()
                });
                verb!(context, add_evidence, pb::AddEvidenceRequest { evidence, request_id })
            }
            Self::List { person, limit } => list(context, person.unwrap_or_default(), limit).await,
            Self::Accept { evidence: name } => {
                let reason = String::new();
                let message = pb::DecideEvidenceRequest { name, accepted: true, reason, request_id };
                verb!(context, decide_evidence, message)
            }
            Self::Refuse { evidence: name, reason } => {
                let message = pb::DecideEvidenceRequest { name, accepted: false, reason, request_id };
                verb!(context, decide_evidence, message)
            }
            Self::Withdraw { evidence: name } => {
                let message = pb::WithdrawEvidenceRequest { name, request_id };
                let send =
                    async |channel, request| CompetencyServiceClient::new(channel).withdraw_evidence(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |_| "It is gone.".to_owned())
            }
        }
    }
}

async fn view(context: &Context, person: String) -> Result<(), Error> {
    let send = async |channel, request| CompetencyServiceClient::new(channel).get_competency_view(request).await;
    let answer = context.client.call(pb::GetCompetencyViewRequest { person }, send).await?;
    context.output.answer(&answer, |answer| {
        let rows = answer.competencies.iter().flat_map(|competency| {
            competency.evidence.iter().map(|shown| {
                let from = if shown.kind == 0 { "module".to_owned() } else { words::word::<EvidenceKind>(shown.kind) };
                let minutes = count(shown.duration_minutes);
                [
                    competency.code.clone(),
                    competency.title.clone(),
                    from,
                    shown.title.clone(),
                    shown.date.clone(),
                    minutes,
                ]
            })
        });
        let rows = table(["Code", "Competency", "From", "What", "Date", "Minutes"], rows);
        format!("{}\n\n{rows}", fields([("Continuing development, minutes", answer.cpd_minutes.to_string())]))
    })
}

async fn suggestions(context: &Context, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListSuggestionsRequest { page_size, page_token };
        let send = async |channel, request| CompetencyServiceClient::new(channel).list_suggestions(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.suggestions, page.next_page_token))
    };
    let (suggestions, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListSuggestionsResponse { suggestions, next_page_token };
    context.output.listed(&answer, (answer.suggestions.len(), &answer.next_page_token), |answer| {
        let row = |one: &pb::Suggestion| {
            [one.date.clone(), one.title.clone(), one.resource.clone(), one.source_sequence.to_string()]
        };
        table(["Date", "What", "About", "Id"], answer.suggestions.iter().map(row))
    })
}

async fn list(context: &Context, person: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListEvidenceRequest { person: person.clone(), page_size, page_token };
        let send = async |channel, request| CompetencyServiceClient::new(channel).list_evidence(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.evidence, page.next_page_token))
    };
    let (evidence, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListEvidenceResponse { evidence, next_page_token };
    context.output.listed(&answer, (answer.evidence.len(), &answer.next_page_token), |answer| {
        let row = |one: &pb::Evidence| {
            [
                one.date.clone(),
                words::word::<EvidenceKind>(one.kind),
                one.title.clone(),
                one.competencies.join(", "),
                words::word::<EvidenceState>(one.state),
                names::short(&one.name).to_owned(),
            ]
        };
        table(["Date", "Kind", "What", "Shows", "State", "Id"], answer.evidence.iter().map(row))
    })
}

fn one(evidence: Option<&pb::Evidence>) -> String {
    let Some(evidence) = evidence else { return String::new() };
    fields([
        ("Kind", words::word::<EvidenceKind>(evidence.kind)),
        ("What", evidence.title.clone()),
        ("Shows", evidence.competencies.join(", ")),
        ("Date", evidence.date.clone()),
        ("Minutes", count(evidence.duration_minutes)),
        ("Proof", evidence.detail.clone()),
        ("State", words::word::<EvidenceState>(evidence.state)),
        ("Why", evidence.reason.clone()),
        ("Id", names::short(&evidence.name).to_owned()),
    ])
}
