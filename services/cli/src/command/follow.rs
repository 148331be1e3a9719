//! Saved searches and other follows.

use clap::{Args, Subcommand};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::Cadence;
use exemplar_proto::blueprints::v1::follow_service_client::FollowServiceClient;

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, instant, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about follows.
#[derive(Subcommand, Clone, Debug)]
pub enum FollowCommand {
    /// Save a search; what is released from now on and has all the words is told in your inbox
    ///
    /// Example: `exemplar follow search "barcode scanning" --name "Barcodes" --cadence daily`
    Search {
        /// The words
        #[arg(default_value = "", hide_default_value = true)]
        query: String,
        /// Conditions, as in `exemplar search --filter`
        #[arg(long, default_value = "", hide_default_value = true)]
        filter: String,
        /// How.
        #[command(flatten)]
        how: How,
    },
    /// Follow a blueprint's revisions
    ///
    /// Example: `exemplar follow blueprint BLUEPRINT --name "Closed loop"`
    Blueprint {
        /// Its id
        #[arg(value_parser = names::blueprint)]
        blueprint: String,
        /// How.
        #[command(flatten)]
        how: How,
    },
    /// Follow what an organisation releases
    ///
    /// Example: `exemplar follow organisation RGT --name "Addenbrooke's" --cadence at-once`
    Organisation {
        /// Its code
        #[arg(value_parser = names::organisation)]
        organisation: String,
        /// How.
        #[command(flatten)]
        how: How,
    },
    /// Follow what is released under a term
    ///
    /// Example: `exemplar follow topic vocabularies/care-setting/terms/acute --name "Acute care"`
    Topic {
        /// The term's name
        topic: String,
        /// How.
        #[command(flatten)]
        how: How,
    },
    /// List what you follow, newest first
    ///
    /// Example: `exemplar follow list`
    List {
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Change how often you are told
    ///
    /// Example: `exemplar follow cadence FOLLOW weekly`
    Cadence {
        /// Its id
        #[arg(value_parser = names::follow)]
        follow: String,
        /// How often
        #[arg(value_parser = parser::<Cadence>())]
        cadence: Cadence,
    },
    /// Follow something no more
    ///
    /// Example: `exemplar follow end FOLLOW`
    End {
        /// Its id
        #[arg(value_parser = names::follow)]
        follow: String,
    },
}

/// How something is followed.
#[derive(Args, Clone, Debug)]
pub struct How {
    /// What you call it; every message has it
    #[arg(long)]
    pub name: String,
    /// What you want to remember about it
    #[arg(long, default_value = "", hide_default_value = true)]
    pub note: String,
    /// How often you are told
    #[arg(long, value_parser = parser::<Cadence>(), default_value = "weekly")]
    pub cadence: Cadence,
}

impl FollowCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        use pb::follow::Watched;
        match self {
            Self::Search { query, filter, how } => {
                create(context, Watched::Search(pb::SavedSearch { query, filter }), how).await
            }
            Self::Blueprint { blueprint, how } => create(context, Watched::Blueprint(blueprint), how).await,
            Self::Organisation { organisation, how } => create(context, Watched::Organisation(organisation), how).await,
            Self::Topic { topic, how } => create(context, Watched::Topic(topic), how).await,
            Self::List { limit } => list(context, limit).await,
            Self::Cadence { follow, cadence } => change(context, follow, cadence).await,
            Self::End { follow } => end(context, follow).await,
        }
    }
}

async fn create(context: &Context, watched: pb::follow::Watched, how: How) -> Result<(), Error> {
    let follow = pb::Follow {
        display_name: how.name,
        note: how.note,
        watched: Some(watched),
        cadence: how.cadence.into(),
        ..Default::default()
    };
    let message = pb::CreateFollowRequest { follow: Some(follow), request_id: request_id() };
    let send = async |channel, request| FollowServiceClient::new(channel).create_follow(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.follow.as_ref()))
}

async fn change(context: &Context, name: String, cadence: Cadence) -> Result<(), Error> {
    let follow = pb::Follow { name, cadence: cadence.into(), ..Default::default() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["cadence".to_owned()] });
    let message =
        pb::UpdateFollowRequest { follow: Some(follow), update_mask, etag: String::new(), request_id: request_id() };
    let send = async |channel, request| FollowServiceClient::new(channel).update_follow(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| shown(answer.follow.as_ref()))
}

async fn end(context: &Context, name: String) -> Result<(), Error> {
    let message = pb::DeleteFollowRequest { name, request_id: request_id() };
    let send = async |channel, request| FollowServiceClient::new(channel).delete_follow(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |_| "followed no more".to_owned())
}

async fn list(context: &Context, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListFollowsRequest { page_size, page_token };
        let send = async |channel, request| FollowServiceClient::new(channel).list_follows(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.follows, page.next_page_token))
    };
    let (follows, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListFollowsResponse { follows, next_page_token };
    context.output.listed(&answer, (answer.follows.len(), &answer.next_page_token), |answer| {
        let row = |follow: &pb::Follow| {
            [
                follow.display_name.clone(),
                watched(follow),
                words::word::<Cadence>(follow.cadence),
                instant(follow.tell_time.as_ref()),
                names::short(&follow.name).to_owned(),
            ]
        };
        table(["Name", "What", "Cadence", "Told", "Id"], answer.follows.iter().map(row))
    })
}

fn watched(follow: &pb::Follow) -> String {
    match &follow.watched {
        Some(pb::follow::Watched::Search(search)) => {
            let parts = [search.query.as_str(), search.filter.as_str()];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" where ")
        }
        Some(
            pb::follow::Watched::Blueprint(name)
            | pb::follow::Watched::Organisation(name)
            | pb::follow::Watched::Topic(name),
        ) => name.clone(),
        None => String::new(),
    }
}

fn shown(follow: Option<&pb::Follow>) -> String {
    let Some(follow) = follow else { return String::new() };
    fields([
        ("Name", follow.display_name.clone()),
        ("What", watched(follow)),
        ("Note", follow.note.clone()),
        ("Cadence", words::word::<Cadence>(follow.cadence)),
        ("Saved", instant(follow.create_time.as_ref())),
        ("Told", instant(follow.tell_time.as_ref())),
        ("Id", names::short(&follow.name).to_owned()),
        ("Etag", follow.etag.clone()),
    ])
}
