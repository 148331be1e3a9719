//! What searches take for each other.

use clap::Subcommand;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::SynonymDirection;
use exemplar_proto::blueprints::v1::synonym_service_client::SynonymServiceClient;

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about synonyms.
#[derive(Subcommand, Clone, Debug)]
pub enum SynonymCommand {
    /// List synonyms by term, of today or of an earlier version
    ///
    /// Example: `exemplar synonym list --contains epma`
    List {
        /// Only those with this in the term or its meaning
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        contains: String,
        /// Of which version; today's without
        #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
        version: i64,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Add a synonym; searches use it at once
    ///
    /// Example: `exemplar synonym create VTE "venous thromboembolism" --source "common usage"`
    Create {
        /// What is typed
        term: String,
        /// What it means
        means: String,
        /// In which way it works
        #[arg(long, value_parser = parser::<SynonymDirection>(), default_value = "two-way")]
        direction: SynonymDirection,
        /// Where this is known from
        #[arg(long)]
        source: String,
        /// Under which licence
        #[arg(long, default_value = "fact")]
        licence: String,
    },
    /// Remove a synonym from the list of today
    ///
    /// Example: `exemplar synonym delete 01a200c6-0d7c-7fd5-99aa-6132283c91eb`
    Delete {
        /// Its id
        #[arg(value_parser = names::synonym)]
        name: String,
    },
    /// Make the list what it was at an earlier version
    ///
    /// Example: `exemplar synonym restore 3`
    Restore {
        /// The version
        version: i64,
    },
}

impl SynonymCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List { contains, version, limit } => list(context, contains, version, limit).await,
            Self::Create { term, means, direction, source, licence } => {
                let direction = direction.into();
                create(context, pb::Synonym { term, means, direction, source, licence, ..pb::Synonym::default() }).await
            }
            Self::Delete { name } => {
                let message = pb::DeleteSynonymRequest { name, request_id: request_id() };
                let send = async |channel, request| SynonymServiceClient::new(channel).delete_synonym(request).await;
                let answer = context.client.call(message, send).await?;
                context
                    .output
                    .written(&answer, answer.sequence, |answer| fields([("Version", answer.version.to_string())]))
            }
            Self::Restore { version } => {
                let message = pb::RestoreSynonymsRequest { version, request_id: request_id() };
                let send = async |channel, request| SynonymServiceClient::new(channel).restore_synonyms(request).await;
                let answer = context.client.call(message, send).await?;
                context
                    .output
                    .written(&answer, answer.sequence, |answer| fields([("Version", answer.version.to_string())]))
            }
        }
    }
}

async fn list(context: &Context, contains: String, version: i64, limit: Limit) -> Result<(), Error> {
    let of_version = std::cell::Cell::new(version);
    let fetch = async |page_size, page_token| {
        let contains = contains.clone();
        let message = pb::ListSynonymsRequest { version, contains, page_size, page_token };
        let send = async |channel, request| SynonymServiceClient::new(channel).list_synonyms(request).await;
        let page = context.client.call(message, send).await?;
        of_version.set(page.version);
        Ok((page.synonyms, page.next_page_token))
    };
    let (synonyms, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListSynonymsResponse { synonyms, next_page_token, version: of_version.get() };
    context.output.listed(&answer, (answer.synonyms.len(), &answer.next_page_token), |answer| {
        let rows = table(["Term", "Means", "Direction", "Source", "Licence", "Id"], answer.synonyms.iter().map(row));
        format!("{rows}\nversion {}", answer.version)
    })
}

async fn create(context: &Context, synonym: pb::Synonym) -> Result<(), Error> {
    let message = pb::CreateSynonymRequest { synonym: Some(synonym), request_id: request_id() };
    let send = async |channel, request| SynonymServiceClient::new(channel).create_synonym(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| {
        let names = ["Term", "Means", "Direction", "Source", "Licence", "Id"];
        fields(names.into_iter().zip(row(&answer.synonym.clone().unwrap_or_default())))
    })
}

fn row(synonym: &pb::Synonym) -> [String; 6] {
    [
        synonym.term.clone(),
        synonym.means.clone(),
        words::word::<SynonymDirection>(synonym.direction),
        synonym.source.clone(),
        synonym.licence.clone(),
        names::short(&synonym.name).to_owned(),
    ]
}
