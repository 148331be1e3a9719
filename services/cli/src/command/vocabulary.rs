//! The words that organisations and blueprints are described with.

use clap::{Args, Subcommand};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::vocabulary_service_client::VocabularyServiceClient;
use exemplar_proto::directory::v1::{TermState, VocabularyChangeKind};
use prost_types::FieldMask;

use crate::client::request_id;
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{fields, instant, table};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about vocabularies and their terms.
#[derive(Subcommand, Clone, Debug)]
pub enum VocabularyCommand {
    /// List the vocabularies
    ///
    /// Example: `exemplar vocabulary list`
    List {
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// List the terms of a vocabulary
    ///
    /// Example: `exemplar vocabulary terms epr-product --supplier "Oracle Health"`
    Terms(Terms),
    /// Show a term, and what it means today
    ///
    /// Example: `exemplar vocabulary show epr-supplier/cerner`
    Show {
        /// The term, as vocabulary/term
        #[arg(value_parser = names::term)]
        term: String,
    },
    /// Show what changed in a vocabulary, newest first
    ///
    /// Example: `exemplar vocabulary history pillar`
    History {
        /// The vocabulary
        #[arg(value_parser = names::vocabulary)]
        vocabulary: String,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Make a term
    ///
    /// Example: `exemplar vocabulary create project-type "Ambient Scribes" --synonym "Ambient voice"`
    Create {
        /// The vocabulary
        #[arg(value_parser = names::vocabulary)]
        vocabulary: String,
        /// What it is called
        label: String,
        /// Its slug, when it is not to be made from the label
        #[arg(long, default_value = "", hide_default_value = true)]
        slug: String,
        /// What else is known of it.
        #[command(flatten)]
        facts: Facts,
    },
    /// Change a term; what is left out stays as it is, and earlier labels stay spellings of it
    ///
    /// Example: `exemplar vocabulary update pillar/support-people --label "Support workforce" --from 2026-02-01`
    Update {
        /// The term, as vocabulary/term
        #[arg(value_parser = names::term)]
        term: String,
        /// What it is called from now on
        #[arg(long)]
        label: Option<String>,
        /// From which day the new label holds, as YYYY-MM-DD; today without
        #[arg(long, value_name = "DATE", default_value = "", hide_default_value = true)]
        from: String,
        /// What else changes.
        #[command(flatten)]
        facts: Facts,
        /// Refuse unless it is still at this version
        #[arg(long, default_value = "", hide_default_value = true)]
        etag: String,
    },
    /// Have a term go on in another of its vocabulary from a day
    ///
    /// Example: `exemplar vocabulary merge epr-supplier/cerner epr-supplier/oracle-health --date 2022-06-08`
    Merge {
        /// The term that goes on in another, as vocabulary/term
        #[arg(value_parser = names::term)]
        term: String,
        /// The term that it goes on in
        #[arg(value_parser = names::term)]
        into: String,
        /// From which day, as YYYY-MM-DD; today without
        #[arg(long, default_value = "", hide_default_value = true)]
        date: String,
        /// Refuse unless it is still at this version
        #[arg(long, default_value = "", hide_default_value = true)]
        etag: String,
    },
    /// Have nobody choose a term any more from a day
    ///
    /// Example: `exemplar vocabulary retire project-type/virtual-reality --reason "Nobody wrote about it"`
    Retire {
        /// The term, as vocabulary/term
        #[arg(value_parser = names::term)]
        term: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// From which day, as YYYY-MM-DD; today without
        #[arg(long, default_value = "", hide_default_value = true)]
        date: String,
        /// Refuse unless it is still at this version
        #[arg(long, default_value = "", hide_default_value = true)]
        etag: String,
    },
}

/// Which terms are listed.
#[derive(Args, Clone, Debug)]
pub struct Terms {
    /// The vocabulary
    #[arg(value_parser = names::vocabulary)]
    pub vocabulary: String,
    /// Only those that stand so today
    #[arg(long, value_parser = parser::<TermState>())]
    pub state: Option<TermState>,
    /// Only those that mean the same today as this spelling
    #[arg(long, value_name = "SPELLING")]
    pub means: Option<String>,
    /// Only products of this supplier
    #[arg(long)]
    pub supplier: Option<String>,
    /// How many.
    #[command(flatten)]
    pub limit: Limit,
}

/// What is known of a term beside its label.
#[derive(Args, Clone, Debug, Default)]
pub struct Facts {
    /// Another spelling; said again for each
    #[arg(long, value_name = "SPELLING")]
    pub synonym: Option<Vec<String>>,
    /// Who supplies it; for products
    #[arg(long)]
    pub supplier: Option<String>,
    /// Where it is known from
    #[arg(long)]
    pub source: Option<String>,
}

impl VocabularyCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List { limit } => list(context, limit).await,
            Self::Terms(terms) => terms.run(context).await,
            Self::Show { term } => show(context, term).await,
            Self::History { vocabulary, limit } => history(context, vocabulary, limit).await,
            Self::Create { vocabulary, label, slug, facts } => {
                let (term, _) = facts.term(Some(label));
                create(
                    context,
                    pb::CreateTermRequest { vocabulary, term_id: slug, term: Some(term), request_id: request_id() },
                )
                .await
            }
            Self::Update { term, label, from, facts, etag } => {
                let (changed, paths) = facts.term(label);
                update(context, pb::Term { name: term, etag, ..changed }, paths, from).await
            }
            Self::Merge { term, into, date, etag } => {
                merge(context, pb::MergeTermsRequest { name: term, into, date, etag, request_id: request_id() }).await
            }
            Self::Retire { term, reason, date, etag } => {
                retire(context, pb::RetireTermRequest { name: term, date, reason, etag, request_id: request_id() })
                    .await
            }
        }
    }
}

async fn list(context: &Context, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListVocabulariesRequest { page_size, page_token };
        let send = async |channel, request| VocabularyServiceClient::new(channel).list_vocabularies(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.vocabularies, page.next_page_token))
    };
    let (vocabularies, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListVocabulariesResponse { vocabularies, next_page_token };
    context.output.listed(&answer, (answer.vocabularies.len(), &answer.next_page_token), |answer| {
        table(
            ["Vocabulary", "Terms", "Version"],
            answer.vocabularies.iter().map(|vocabulary| {
                let counts = [vocabulary.term_count.to_string(), vocabulary.version.to_string()];
                let [terms, version] = counts;
                [names::short(&vocabulary.name).to_owned(), terms, version]
            }),
        )
    })
}

impl Terms {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let state = self.state.map(|state| words::word::<TermState>(state.into()));
        let filter = filter([("state", state), ("means", self.means), ("supplier", self.supplier)]);
        let fetch = async |page_size, page_token| {
            let (vocabulary, filter) = (self.vocabulary.clone(), filter.clone());
            let message = pb::ListTermsRequest { vocabulary, page_size, page_token, filter };
            let send = async |channel, request| VocabularyServiceClient::new(channel).list_terms(request).await;
            let page = context.client.call(message, send).await?;
            Ok((page.terms, page.next_page_token))
        };
        let (terms, next_page_token) = self.limit.gather(fetch).await?;
        let answer = pb::ListTermsResponse { terms, next_page_token, ..pb::ListTermsResponse::default() };
        context.output.listed(&answer, (answer.terms.len(), &answer.next_page_token), |answer| {
            table(["Term", "Label", "Also spelt", "Supplier", "State", "Goes on in"], answer.terms.iter().map(row))
        })
    }
}

async fn show(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| VocabularyServiceClient::new(channel).get_term(request).await;
    let answer = context.client.call(pb::GetTermRequest { name }, send).await?;
    context.output.answer(&answer, |answer| {
        let today = answer.current.as_ref().map(|term| term.label.clone()).unwrap_or_default();
        term(answer.term.as_ref(), today)
    })
}

async fn history(context: &Context, vocabulary: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListVocabularyChangesRequest { vocabulary: vocabulary.clone(), page_size, page_token };
        let send =
            async |channel, request| VocabularyServiceClient::new(channel).list_vocabulary_changes(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.changes, page.next_page_token))
    };
    let (changes, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListVocabularyChangesResponse { changes, next_page_token };
    context.output.listed(&answer, (answer.changes.len(), &answer.next_page_token), |answer| {
        table(
            ["Version", "When", "What", "In words"],
            answer.changes.iter().map(|change| {
                let what = words::word::<VocabularyChangeKind>(change.kind);
                [change.version.to_string(), instant(change.change_time.as_ref()), what, change.note.clone()]
            }),
        )
    })
}

async fn create(context: &Context, message: pb::CreateTermRequest) -> Result<(), Error> {
    let send = async |channel, request| VocabularyServiceClient::new(channel).create_term(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| term(answer.term.as_ref(), String::new()))
}

async fn update(context: &Context, changed: pb::Term, paths: Vec<String>, from: String) -> Result<(), Error> {
    if paths.is_empty() {
        return Err(Error::usage("say what changes: --label, --synonym, --supplier, --source"));
    }
    let message = pb::UpdateTermRequest {
        term: Some(changed),
        update_mask: Some(FieldMask { paths }),
        label_start_date: from,
        request_id: request_id(),
    };
    let send = async |channel, request| VocabularyServiceClient::new(channel).update_term(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| term(answer.term.as_ref(), String::new()))
}

async fn merge(context: &Context, message: pb::MergeTermsRequest) -> Result<(), Error> {
    let send = async |channel, request| VocabularyServiceClient::new(channel).merge_terms(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| term(answer.term.as_ref(), String::new()))
}

async fn retire(context: &Context, message: pb::RetireTermRequest) -> Result<(), Error> {
    let send = async |channel, request| VocabularyServiceClient::new(channel).retire_term(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| term(answer.term.as_ref(), String::new()))
}

impl Facts {
    /// The term with these facts, and the mask of those that were given.
    fn term(self, label: Option<String>) -> (pb::Term, Vec<String>) {
        let given = [
            ("label", label.is_some()),
            ("synonyms", self.synonym.is_some()),
            ("supplier", self.supplier.is_some()),
            ("source", self.source.is_some()),
        ];
        let paths = given.into_iter().filter(|(_, is_given)| *is_given).map(|(path, _)| path.to_owned()).collect();
        let mut synonyms = self.synonym.unwrap_or_default();
        synonyms.retain(|synonym| !synonym.is_empty());
        let term = pb::Term {
            label: label.unwrap_or_default(),
            synonyms,
            supplier: self.supplier.unwrap_or_default(),
            source: self.source.unwrap_or_default(),
            ..pb::Term::default()
        };
        (term, paths)
    }
}

fn term(term: Option<&pb::Term>, today: String) -> String {
    let Some(term) = term else { return String::new() };
    let label = |label: &pb::TermLabel| match label.start_date.as_str() {
        "" => label.text.clone(),
        day => format!("{} from {day}", label.text),
    };
    fields([
        ("Term", names::short_term(&term.name)),
        ("Label", term.label.clone()),
        ("Means today", today),
        ("Labels", term.labels.iter().map(label).collect::<Vec<_>>().join("; ")),
        ("Also spelt", term.synonyms.join("; ")),
        ("Supplier", names::short_term(&term.supplier)),
        ("State", words::word::<TermState>(term.state)),
        ("Goes on in", names::short_term(&term.merged_into)),
        ("From", term.end_date.clone()),
        ("Source", term.source.clone()),
        ("Etag", term.etag.clone()),
    ])
}

fn row(term: &pb::Term) -> [String; 6] {
    let slug = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let goes_on = match term.merged_into.as_str() {
        "" => term.end_date.clone(),
        into => format!("{} from {}", slug(into), term.end_date),
    };
    let state = words::word::<TermState>(term.state);
    [slug(&term.name), term.label.clone(), term.synonyms.join("; "), slug(&term.supplier), state, goes_on]
}
