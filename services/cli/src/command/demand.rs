//! What is wanted and not found.

use clap::Subcommand;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::TopicState;
use exemplar_proto::blueprints::v1::demand_service_client::DemandServiceClient;

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, instant, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about what is wanted and not found.
#[derive(Subcommand, Clone, Debug)]
pub enum DemandCommand {
    /// Ask for guidance that nobody has written; everybody signed in can read the words
    ///
    /// Example: `exemplar demand ask "blood tracking in ambulances" --tell`
    Ask {
        /// What about
        words: String,
        /// Tell me in my inbox, at once, when something is released about it
        #[arg(long)]
        tell: bool,
    },
    /// List what is wanted, the most wanted first
    ///
    /// Example: `exemplar demand list --state open`
    List {
        /// Only those that stand so
        #[arg(long, value_parser = parser::<TopicState>())]
        state: Option<TopicState>,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a wanted topic
    ///
    /// Example: `exemplar demand show TOPIC`
    Show {
        /// Its id
        #[arg(value_parser = names::wanted_topic)]
        topic: String,
    },
    /// Say that your organisation will write about a topic
    ///
    /// Example: `exemplar demand claim TOPIC --organisation RGT`
    Claim {
        /// Its id
        #[arg(value_parser = names::wanted_topic)]
        topic: String,
        /// For whom
        #[arg(long, value_parser = names::organisation)]
        organisation: String,
    },
    /// Give a claim back
    ///
    /// Example: `exemplar demand release TOPIC`
    Release {
        /// Its id
        #[arg(value_parser = names::wanted_topic)]
        topic: String,
    },
    /// Name the blueprint that answers a topic; whoever asked to be told is told
    ///
    /// Example: `exemplar demand answer TOPIC BLUEPRINT`
    Answer {
        /// Its id
        #[arg(value_parser = names::wanted_topic)]
        topic: String,
        /// The blueprint's id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
    },
    /// What is searched, found, opened and not found about a topic that you claimed, or a term that you wrote about
    ///
    /// Example: `exemplar demand report vocabularies/care-setting/terms/acute`
    Report {
        /// wantedTopics/ID or the name of a term
        subject: String,
    },
}

impl DemandCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Ask { words, tell } => {
                let message = pb::AskForTopicRequest { words, tell, request_id: request_id() };
                let send = async |channel, request| DemandServiceClient::new(channel).ask_for_topic(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| shown(answer.topic.as_ref()))
            }
            Self::List { state, limit } => list(context, state, limit).await,
            Self::Show { topic } => {
                let message = pb::GetWantedTopicRequest { name: topic };
                let send = async |channel, request| DemandServiceClient::new(channel).get_wanted_topic(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.answer(&answer, |answer| shown(answer.topic.as_ref()))
            }
            Self::Claim { topic, organisation } => {
                let message = pb::ClaimTopicRequest { name: topic, organisation, request_id: request_id() };
                let send = async |channel, request| DemandServiceClient::new(channel).claim_topic(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| shown(answer.topic.as_ref()))
            }
            Self::Release { topic } => {
                let message = pb::ReleaseTopicRequest { name: topic, request_id: request_id() };
                let send = async |channel, request| DemandServiceClient::new(channel).release_topic(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| shown(answer.topic.as_ref()))
            }
            Self::Answer { topic, blueprint } => {
                let message = pb::AnswerTopicRequest { name: topic, blueprint, request_id: request_id() };
                let send = async |channel, request| DemandServiceClient::new(channel).answer_topic(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| shown(answer.topic.as_ref()))
            }
            Self::Report { subject } => report(context, subject).await,
        }
    }
}

async fn list(context: &Context, state: Option<TopicState>, limit: Limit) -> Result<(), Error> {
    let state = state.unwrap_or_default().into();
    let fetch = async |page_size, page_token| {
        let message = pb::ListWantedTopicsRequest { state, page_size, page_token };
        let send = async |channel, request| DemandServiceClient::new(channel).list_wanted_topics(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.topics, page.next_page_token))
    };
    let (topics, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListWantedTopicsResponse { topics, next_page_token };
    context.output.listed(&answer, (answer.topics.len(), &answer.next_page_token), |answer| {
        let row = |topic: &pb::WantedTopic| {
            [
                topic.words.clone(),
                count(topic.seeker_count),
                count(topic.ask_count),
                count(topic.stop_count),
                words::word::<TopicState>(topic.state),
                names::short(&topic.organisation).to_owned(),
                names::short(&topic.name).to_owned(),
            ]
        };
        table(["Wanted", "Searched", "Asked", "Stopped", "State", "By", "Id"], answer.topics.iter().map(row))
    })
}

async fn report(context: &Context, subject: String) -> Result<(), Error> {
    let message = pb::GetSearchReportRequest { subject };
    let send = async |channel, request| DemandServiceClient::new(channel).get_search_report(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.answer(&answer, |answer| {
        let row = |words: &pb::SoughtWords| {
            [
                words.words.clone(),
                words.seeker_count.to_string(),
                words.search_count.to_string(),
                words.miss_count.to_string(),
                words.open_count.to_string(),
            ]
        };
        table(["Words", "People", "Searches", "Not found", "Opened"], answer.searches.iter().map(row))
    })
}

/// A count as people read it: 0 stands for too few to tell.
fn count(count: i32) -> String {
    if count == 0 { "fewer than 5".to_owned() } else { count.to_string() }
}

fn shown(topic: Option<&pb::WantedTopic>) -> String {
    let Some(topic) = topic else { return String::new() };
    fields([
        ("Wanted", topic.words.clone()),
        ("Searched by", count(topic.seeker_count)),
        ("Asked for by", count(topic.ask_count)),
        ("Stopped for want of it", count(topic.stop_count)),
        ("State", words::word::<TopicState>(topic.state)),
        ("Written by", names::short(&topic.organisation).to_owned()),
        ("Since", instant(topic.claim_time.as_ref())),
        ("Answered by", names::short(&topic.blueprint).to_owned()),
        ("You asked", if topic.asked { "yes" } else { "no" }.to_owned()),
        ("Id", names::short(&topic.name).to_owned()),
    ])
}
