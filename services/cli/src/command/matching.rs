//! Who would fit whom: suggestions, rankings, and matching rounds that can be checked.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::matching_service_client::MatchingServiceClient;
use exemplar_proto::network::v1::{DesignationKind, FitFactor, MatchingSolver};

use crate::client::request_id;
use crate::error::Error;
use crate::input;
use crate::output::Output;
use crate::page::Limit;
use crate::table::{fields, instant, table, yes};
use crate::words::{self, parser};
use crate::{Context, names};

/// A certificate's size at the most, in bytes.
const MAX_CERTIFICATE: u64 = 3 << 20;

/// Commands about finding partners.
#[derive(Subcommand, Clone, Debug)]
pub enum MatchCommand {
    /// Suggest partners for an organisation, with the reasons
    ///
    /// Example: `exemplar match suggest RW6 --weight technology=50 --weight geography=0`
    Suggest {
        /// Who looks for a partner
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// What the partner is designated
        #[arg(long, value_parser = parser::<DesignationKind>(), default_value = "global-exemplar")]
        wanted: DesignationKind,
        /// How much a factor counts
        #[arg(long = "weight", value_name = "FACTOR=N", value_parser = weight)]
        weights: Vec<pb::FitWeight>,
        /// How many
        #[arg(long, default_value_t = 5)]
        limit: i32,
    },
    /// Hand in the order in which an organisation would have its partners
    ///
    /// Example: `exemplar match rank RW6 RGT,RBL`
    Rank {
        /// Whose
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// Its partners, best first
        #[arg(value_delimiter = ',', value_parser = names::organisation)]
        partners: Vec<String>,
    },
    /// Show the order that an organisation has handed in
    ///
    /// Example: `exemplar match ranking RW6`
    Ranking {
        /// Whose
        #[arg(value_parser = names::organisation)]
        organisation: String,
    },
    /// See what a matching round would bring; changes nothing
    ///
    /// Example: `exemplar match preview --followers RW6,RRV --exemplars RGT,RBL --together RW6:RRV --certificate run.json`
    Preview {
        /// What it is run over.
        #[command(flatten)]
        setup: Setup,
        /// Write the certificate into this file
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
    },
    /// Publish a matching round: keep the run and propose its pairings
    ///
    /// Example: `exemplar match publish --followers RW6,RRV --exemplars RGT,RBL --seed 7 --digest DIGEST`
    Publish {
        /// What it is run over.
        #[command(flatten)]
        setup: Setup,
        /// The digest of the inputs of the preview; refuse when something has changed since
        #[arg(long, default_value = "", hide_default_value = true)]
        digest: String,
        /// Publish although somebody would rather move, or the most fit is not proven
        #[arg(long)]
        accept_unproven: bool,
    },
    /// List the published runs, newest first
    ///
    /// Example: `exemplar match list`
    List {
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Get the certificate of a published run, as a file that anybody can check
    ///
    /// Example: `exemplar match certificate MATCHING > run.json`
    Certificate {
        /// The run's id
        #[arg(value_parser = names::matching)]
        matching: String,
    },
    /// Check a certificate, from here or from elsewhere
    ///
    /// Example: `exemplar match verify run.json`
    Verify {
        /// The certificate; - is stdin
        file: PathBuf,
    },
}

/// What a matching round is run over.
#[derive(Args, Clone, Debug)]
pub struct Setup {
    /// The followers that take part
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = names::organisation, required = true)]
    pub followers: Vec<String>,
    /// The exemplars that take part
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = names::organisation, required = true)]
    pub exemplars: Vec<String>,
    /// How it is solved
    #[arg(long, value_parser = parser::<MatchingSolver>(), default_value = "stable")]
    pub solver: MatchingSolver,
    /// What breaks ties; it is published
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// How much a factor counts
    #[arg(long = "weight", value_name = "FACTOR=N", value_parser = weight)]
    pub weights: Vec<pb::FitWeight>,
    /// A follower and an exemplar that may not be paired
    #[arg(long = "exclude", value_name = "FOLLOWER:EXEMPLAR", value_parser = names::organisation_pair)]
    pub exclusions: Vec<(String, String)>,
    /// Two followers that must land together
    #[arg(long, value_name = "FOLLOWER:FOLLOWER", value_parser = names::organisation_pair)]
    pub together: Vec<(String, String)>,
}

/// Reads a factor and how much it counts: `technology=50`.
fn weight(typed: &str) -> Result<pb::FitWeight, String> {
    let (word, weight) = names::number_of(typed)?;
    Ok(pb::FitWeight { factor: words::parse::<FitFactor>(&word)?.into(), weight })
}

impl From<Setup> for pb::MatchingSetup {
    fn from(setup: Setup) -> Self {
        let pair = |(one, other): (String, String)| pb::OrganisationPair { one, other };
        Self {
            followers: setup.followers,
            exemplars: setup.exemplars,
            solver: setup.solver.into(),
            seed: setup.seed,
            weights: setup.weights,
            exclusions: setup.exclusions.into_iter().map(pair).collect(),
            together: setup.together.into_iter().map(pair).collect(),
        }
    }
}

impl MatchCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Suggest { organisation, wanted, weights, limit } => {
                let wanted = wanted.into();
                suggest(context, pb::SuggestPartnersRequest { organisation, wanted, weights, limit }).await
            }
            Self::Rank { organisation, partners } => rank(context, organisation, partners).await,
            Self::Ranking { organisation } => {
                let send = async |channel, request| MatchingServiceClient::new(channel).get_ranking(request).await;
                let answer = context.client.call(pb::GetRankingRequest { organisation }, send).await?;
                context.output.answer(&answer, |answer| ranking(answer.ranking.as_ref()))
            }
            Self::Preview { setup, certificate } => preview(context, setup, certificate.as_deref()).await,
            Self::Publish { setup, digest: input_digest, accept_unproven } => {
                let (setup, request_id) = (Some(setup.into()), request_id());
                publish(context, pb::PublishMatchingRequest { setup, input_digest, accept_unproven, request_id }).await
            }
            Self::List { limit } => list(context, limit).await,
            Self::Certificate { matching } => certificate(context, matching).await,
            Self::Verify { file } => verify(context, &file).await,
        }
    }
}

async fn suggest(context: &Context, message: pb::SuggestPartnersRequest) -> Result<(), Error> {
    let send = async |channel, request| MatchingServiceClient::new(channel).suggest_partners(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.answer(&answer, |answer| {
        let row = |suggestion: &pb::PartnerSuggestion| {
            [
                names::short(&suggestion.organisation).to_owned(),
                format!("{} of {}", suggestion.score, suggestion.maximum),
                suggestion.places_left.to_string(),
                suggestion.why.clone(),
                suggestion.change.clone(),
            ]
        };
        let header = ["Code", "Points", "Places left", "Why", "What would change it"];
        let mut text = table(header, answer.suggestions.iter().map(row));
        if !answer.ineligible.is_empty() {
            let row = |one: &pb::IneligiblePartner| [names::short(&one.organisation).to_owned(), one.why.clone()];
            text.push_str("\n\n");
            text.push_str(&table(["Code", "Why not"], answer.ineligible.iter().map(row)));
        }
        text
    })
}

async fn rank(context: &Context, organisation: String, partners: Vec<String>) -> Result<(), Error> {
    let (etag, request_id) = (String::new(), request_id());
    let message = pb::SubmitRankingRequest { organisation, partners, etag, request_id };
    let send = async |channel, request| MatchingServiceClient::new(channel).submit_ranking(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| ranking(answer.ranking.as_ref()))
}

async fn preview(context: &Context, setup: Setup, file: Option<&Path>) -> Result<(), Error> {
    let message = pb::PreviewMatchingRequest { setup: Some(setup.into()) };
    let send = async |channel, request| MatchingServiceClient::new(channel).preview_matching(request).await;
    let answer = context.client.call(message, send).await?;
    if let Some(file) = file {
        let failed = |error: io::Error| Error::File(format!("cannot write {}", file.display()), error);
        std::fs::write(file, &answer.certificate).map_err(failed)?;
    }
    context.output.answer(&answer, |answer| run(answer.run.as_ref()))
}

async fn publish(context: &Context, message: pb::PublishMatchingRequest) -> Result<(), Error> {
    let send = async |channel, request| MatchingServiceClient::new(channel).publish_matching(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| run(answer.run.as_ref()))
}

async fn list(context: &Context, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let send = async |channel, request| MatchingServiceClient::new(channel).list_matchings(request).await;
        let page = context.client.call(pb::ListMatchingsRequest { page_size, page_token }, send).await?;
        Ok((page.matchings, page.next_page_token))
    };
    let (matchings, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListMatchingsResponse { matchings, next_page_token };
    context.output.listed(&answer, (answer.matchings.len(), &answer.next_page_token), |answer| {
        let row = |run: &pb::MatchingSummary| {
            let solver = words::word::<MatchingSolver>(run.solver);
            [solver, instant(run.publish_time.as_ref()), run.input_digest.clone(), names::short(&run.name).to_owned()]
        };
        table(["Solver", "Published", "Inputs", "Id"], answer.matchings.iter().map(row))
    })
}

async fn certificate(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| MatchingServiceClient::new(channel).get_certificate(request).await;
    let answer = context.client.call(pb::GetCertificateRequest { name }, send).await?;
    Output::exactly(&answer.certificate)
}

async fn verify(context: &Context, file: &Path) -> Result<(), Error> {
    let message = pb::VerifyCertificateRequest { certificate: input::bytes(file, MAX_CERTIFICATE)? };
    let send = async |channel, request| MatchingServiceClient::new(channel).verify_certificate(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.answer(&answer, |answer| {
        let row = |check: &pb::CertificateCheck| [check.check.clone(), yes(check.holds), check.detail.clone()];
        let checks = table(["Check", "Holds", "What was found"], answer.checks.iter().map(row));
        let summary = fields([
            ("Valid", yes(answer.valid)),
            ("Published here", yes(answer.published_here)),
            ("Digest", answer.certificate_digest.clone()),
        ]);
        format!("{summary}\n\n{checks}")
    })
}

fn ranking(ranking: Option<&pb::Ranking>) -> String {
    let Some(ranking) = ranking else { return String::new() };
    fields([
        ("Organisation", names::short(&ranking.organisation).to_owned()),
        ("Partners", names::shorts(&ranking.partners)),
        ("Handed in", instant(ranking.update_time.as_ref())),
        ("Etag", ranking.etag.clone()),
    ])
}

fn run(run: Option<&pb::MatchingRun>) -> String {
    let Some(run) = run else { return String::new() };
    let row = |pair: &pb::MatchedPair| {
        let exemplar = if pair.exemplar.is_empty() { "nobody" } else { names::short(&pair.exemplar) };
        [names::short(&pair.follower).to_owned(), exemplar.to_owned()]
    };
    let restless = |pair: &pb::BlockingPair| {
        format!("{} would rather be with {}", names::shorts(&pair.followers), names::short(&pair.exemplar))
    };
    let summary = fields([
        ("Solver", words::word::<MatchingSolver>(run.solver)),
        ("Proven", yes(run.proven)),
        ("Left blocking", run.blocking.iter().map(restless).collect::<Vec<_>>().join("; ")),
        ("Inputs", run.input_digest.clone()),
        ("Certificate", run.certificate_digest.clone()),
        ("Published", instant(run.publish_time.as_ref())),
        ("Id", names::short(&run.name).to_owned()),
    ]);
    format!("{}\n\n{summary}", table(["Follower", "Exemplar"], run.pairs.iter().map(row)))
}
