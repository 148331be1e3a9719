//! What waits for whoever is signed in.

use clap::{Args, Subcommand};
use exemplar_proto::inbox::v1 as pb;
use exemplar_proto::inbox::v1::MailCadence;
use exemplar_proto::inbox::v1::inbox_service_client::InboxServiceClient;

use crate::client::request_id;
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{count, instant, table, yes};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about the inbox.
#[derive(Subcommand, Clone, Debug)]
pub enum InboxCommand {
    /// List what waits for you, newest first
    ///
    /// Example: `exemplar inbox list --tasks`
    List(List),
    /// Count what waits for you, by kind
    ///
    /// Example: `exemplar inbox counts`
    Counts,
    /// Mark items as read
    ///
    /// Example: `exemplar inbox read ITEM`
    Read(Which),
    /// Put items away
    ///
    /// Example: `exemplar inbox done ITEM`
    Done(Which),
    /// Show, or choose with a kind and a cadence, how you are told by e-mail
    ///
    /// Example: `exemplar inbox mail FOLLOW daily`
    Mail {
        /// A kind, by its name in `exemplar inbox counts`
        #[arg(requires = "cadence")]
        kind: Option<String>,
        /// How often
        #[arg(value_parser = parser::<MailCadence>())]
        cadence: Option<MailCadence>,
    },
}

/// Which items are listed.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// Only tasks, no news
    #[arg(long)]
    pub tasks: bool,
    /// Only what was not read
    #[arg(long)]
    pub unread: bool,
    /// Also what was put away
    #[arg(long)]
    pub all: bool,
    /// Only this kind, by its name in `exemplar inbox counts`
    #[arg(long)]
    pub kind: Option<String>,
    /// How many.
    #[command(flatten)]
    pub limit: Limit,
}

/// Some items.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// Their ids
    #[arg(required = true, value_parser = names::item)]
    pub items: Vec<String>,
    /// Take it back
    #[arg(long)]
    pub undo: bool,
}

impl InboxCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Counts => counts(context).await,
            Self::Read(which) => read(context, which).await,
            Self::Done(which) => done(context, which).await,
            Self::Mail { kind, cadence } => mail(context, kind.zip(cadence)).await,
        }
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let filter = filter([
            ("kind", self.kind.map(|kind| kind.to_uppercase().replace('-', "_"))),
            ("task", self.tasks.then(|| "true".to_owned())),
            ("read", self.unread.then(|| "false".to_owned())),
            ("done", (!self.all).then(|| "false".to_owned())),
        ]);
        let fetch = async |page_size, page_token| {
            let message = pb::ListItemsRequest { page_size, page_token, filter: filter.clone() };
            let send = async |channel, request| InboxServiceClient::new(channel).list_items(request).await;
            let page = context.client.call(message, send).await?;
            Ok((page.items, page.next_page_token))
        };
        let (items, next_page_token) = self.limit.gather(fetch).await?;
        let answer = pb::ListItemsResponse { items, next_page_token };
        let size = (answer.items.len(), answer.next_page_token.as_str());
        context.output.listed(&answer, size, |answer| items_table(&answer.items))
    }
}

async fn counts(context: &Context) -> Result<(), Error> {
    let send = async |channel, request| InboxServiceClient::new(channel).get_counts(request).await;
    let answer = context.client.call(pb::GetCountsRequest {}, send).await?;
    context.output.answer(&answer, |answer| {
        let row = |kind: &pb::KindCount| {
            [kind.title.clone(), yes(kind.task), count(kind.open), count(kind.unread), kind.kind.clone()]
        };
        table(["What", "Task", "Open", "Unread", "Kind"], answer.kinds.iter().map(row))
    })
}

async fn read(context: &Context, Which { items, undo }: Which) -> Result<(), Error> {
    let message = pb::MarkReadRequest { names: items, undo, request_id: request_id() };
    let send = async |channel, request| InboxServiceClient::new(channel).mark_read(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| items_table(&answer.items))
}

async fn done(context: &Context, Which { items, undo }: Which) -> Result<(), Error> {
    let message = pb::MarkDoneRequest { names: items, undo, request_id: request_id() };
    let send = async |channel, request| InboxServiceClient::new(channel).mark_done(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| items_table(&answer.items))
}

async fn mail(context: &Context, chosen: Option<(String, MailCadence)>) -> Result<(), Error> {
    if let Some((kind, cadence)) = chosen {
        let kind = kind.to_uppercase().replace('-', "_");
        let message = pb::ChooseMailRequest { kind, cadence: cadence.into(), request_id: request_id() };
        let send = async |channel, request| InboxServiceClient::new(channel).choose_mail(request).await;
        let answer = context.client.call(message, send).await?;
        return context.output.written(&answer, answer.sequence, |answer| mail_table(answer.choice.as_slice()));
    }
    let send = async |channel, request| InboxServiceClient::new(channel).get_mail_choices(request).await;
    let answer = context.client.call(pb::GetMailChoicesRequest {}, send).await?;
    context.output.answer(&answer, |answer| mail_table(&answer.choices))
}

fn mail_table(choices: &[pb::MailChoice]) -> String {
    let row = |choice: &pb::MailChoice| {
        let cadence = words::word::<MailCadence>(choice.cadence);
        [choice.title.clone(), cadence, yes(choice.chosen), choice.kind.clone()]
    };
    table(["What", "By e-mail", "Chosen", "Kind"], choices.iter().map(row))
}

fn items_table(items: &[pb::Item]) -> String {
    let row = |item: &pb::Item| {
        let state = match (&item.done_time, &item.read_time) {
            (Some(_), _) if item.settled => "settled",
            (Some(_), _) => "done",
            (None, Some(_)) => "read",
            (None, None) => "new",
        };
        [
            item.text.clone(),
            state.to_owned(),
            instant(item.event_time.as_ref()),
            item.subject.clone(),
            names::short(&item.name).to_owned(),
        ]
    };
    table(["What", "State", "When", "About", "Id"], items.iter().map(row))
}
