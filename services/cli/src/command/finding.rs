//! What is offered while somebody types, and what is about the same.

use clap::Args;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::SuggestionKind;
use exemplar_proto::blueprints::v1::search_service_client::SearchServiceClient;

use crate::error::Error;
use crate::table::table;
use crate::words;
use crate::{Context, names};

/// What is being typed.
#[derive(Args, Clone, Debug)]
pub struct Suggest {
    /// The beginning of a title, a term or an organisation's name
    pub text: Vec<String>,
}

/// To which blueprint.
#[derive(Args, Clone, Debug)]
pub struct Related {
    /// The blueprint's id
    #[arg(value_parser = names::blueprint)]
    pub name: String,
    /// How many to show at the most
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(i32).range(1..=20))]
    pub limit: i32,
}

impl Suggest {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::SuggestRequest { text: self.text.join(" "), limit: 0 };
        let send = async |channel, request| SearchServiceClient::new(channel).suggest(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.answer(&answer, |answer| {
            let row =
                |one: &pb::Suggestion| [one.text.clone(), words::word::<SuggestionKind>(one.kind), one.target.clone()];
            table(["Suggestion", "Kind", "Target"], answer.suggestions.iter().map(row))
        })
    }
}

impl Related {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::RelatedRequest { name: self.name, limit: self.limit };
        let send = async |channel, request| SearchServiceClient::new(channel).related(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.answer(&answer, |answer| {
            let row = |one: &pb::RelatedBlueprint| {
                let blueprint = one.blueprint.clone().unwrap_or_default();
                let shared: Vec<_> = one.terms.iter().chain(&one.words).cloned().collect();
                let title = blueprint.content.unwrap_or_default().title;
                [
                    title,
                    one.organisation_display_name.clone(),
                    shared.join(", "),
                    names::short(&blueprint.name).to_owned(),
                ]
            };
            table(["Title", "Organisation", "Shares", "Id"], answer.related.iter().map(row))
        })
    }
}
