//! `InboxService`. Nothing is decided here.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, Violations, filter, request};
use exemplar_proto::inbox::v1 as pb;
use exemplar_proto::inbox::v1::inbox_service_server::{InboxService, InboxServiceServer};
use tonic::{Request, Response, Status};

use crate::model::mail::{MailCadence, MailChoice};
use crate::model::{Count, Item, ItemId, MAX_MARKED, WantedItems};
use crate::{Inbox, Mark};

/// What lists can be narrowed by.
const FILTERS: [&str; 5] = ["kind", "task", "read", "done", "subject"];

/// The gRPC face of the inbox.
#[derive(Clone, Debug)]
pub struct Api(Inbox);

/// `exemplar.inbox.v1.InboxService`.
pub fn inbox(inbox: Inbox) -> InboxServiceServer<Api> {
    InboxServiceServer::new(Api(inbox))
}

#[tonic::async_trait]
impl InboxService for Api {
    async fn list_items(
        &self,
        request: Request<pb::ListItemsRequest>,
    ) -> Result<Response<pb::ListItemsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let query = ["items", &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let wanted = typed_filter(&mut violations, &message.filter);
        violations.check()?;
        let page = self.0.items(&caller, &wanted, &paging).await?.map(item);
        Ok(Response::new(pb::ListItemsResponse { items: page.items, next_page_token: page.next }))
    }

    async fn get_item(&self, request: Request<pb::GetItemRequest>) -> Result<Response<pb::GetItemResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", ItemId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let found = item(self.0.item(&caller, id).await?);
        Ok(Response::new(pb::GetItemResponse { item: Some(found) }))
    }

    async fn get_mail_choices(
        &self,
        request: Request<pb::GetMailChoicesRequest>,
    ) -> Result<Response<pb::GetMailChoicesResponse>, Status> {
        let (caller, _) = request::open(request);
        let choices = self.0.mail_choices(&caller).await?.into_iter().map(choice).collect();
        Ok(Response::new(pb::GetMailChoicesResponse { choices }))
    }

    async fn choose_mail(
        &self,
        request: Request<pb::ChooseMailRequest>,
    ) -> Result<Response<pb::ChooseMailResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let cadence = violations.take("cadence", typed_cadence(message.cadence));
        let Some(cadence) = cadence.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.choose_mail(&caller, &message.kind, cadence, key).await?;
        let choice = Some(choice(written.value));
        Ok(Response::new(pb::ChooseMailResponse { choice, sequence: written.sequence }))
    }

    async fn get_counts(
        &self,
        request: Request<pb::GetCountsRequest>,
    ) -> Result<Response<pb::GetCountsResponse>, Status> {
        let (caller, _) = request::open(request);
        let kinds = self.0.counts(&caller).await?.into_iter().map(count).collect();
        Ok(Response::new(pb::GetCountsResponse { kinds }))
    }

    async fn mark_read(&self, request: Request<pb::MarkReadRequest>) -> Result<Response<pb::MarkReadResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let ids = typed_names(&mut violations, &message.names);
        violations.check()?;
        let written = self.0.mark(&caller, &ids, Mark::Read(!message.undo), key).await?;
        let items = written.value.into_iter().map(item).collect();
        Ok(Response::new(pb::MarkReadResponse { items, sequence: written.sequence }))
    }

    async fn mark_done(&self, request: Request<pb::MarkDoneRequest>) -> Result<Response<pb::MarkDoneResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let ids = typed_names(&mut violations, &message.names);
        violations.check()?;
        let written = self.0.mark(&caller, &ids, Mark::Done(!message.undo), key).await?;
        let items = written.value.into_iter().map(item).collect();
        Ok(Response::new(pb::MarkDoneResponse { items, sequence: written.sequence }))
    }
}

fn typed_names(violations: &mut Violations, names: &[String]) -> Vec<ItemId> {
    if names.is_empty() {
        violations.add("names", "is missing");
    }
    violations.at_most("names", names, MAX_MARKED);
    let parse = |(i, name): (usize, &String)| violations.take(&format!("names[{i}]"), ItemId::parse(name));
    names.iter().enumerate().take(MAX_MARKED).filter_map(parse).collect()
}

fn typed_filter(violations: &mut Violations, text: &str) -> WantedItems {
    let mut wanted = WantedItems::default();
    for term in filter::parse_once(violations, text, &FILTERS) {
        let is = term.value.parse::<bool>().ok();
        match term.field {
            "kind" => wanted.kind = Some(term.value),
            "subject" => wanted.subject = Some(term.value),
            field => {
                if is.is_none() {
                    violations.add("filter", format!("{field} is true or false, not {:?}", term.value));
                }
                match field {
                    "task" => wanted.task = is,
                    "read" => wanted.read = is,
                    _ => wanted.done = is,
                }
            }
        }
    }
    wanted
}

fn item(item: Item) -> pb::Item {
    pb::Item {
        name: item.id.to_string(),
        kind: item.kind,
        task: item.task,
        text: item.text,
        subject: item.subject,
        organisation: item.organisation.map(|organisation| organisation.to_string()).unwrap_or_default(),
        sequence: item.sequence,
        event_time: Some(item.at.into()),
        read_time: item.read.map(Into::into),
        done_time: item.done.map(Into::into),
        settled: item.settled,
    }
}

fn typed_cadence(typed: i32) -> Result<MailCadence, &'static str> {
    match pb::MailCadence::try_from(typed) {
        Ok(pb::MailCadence::AtOnce) => Ok(MailCadence::AtOnce),
        Ok(pb::MailCadence::Daily) => Ok(MailCadence::Daily),
        Ok(pb::MailCadence::Weekly) => Ok(MailCadence::Weekly),
        Ok(pb::MailCadence::Never) => Ok(MailCadence::Never),
        Ok(pb::MailCadence::Unspecified) => Err("is missing"),
        Err(_) => Err("is none"),
    }
}

fn choice(choice: MailChoice) -> pb::MailChoice {
    let cadence = match choice.cadence {
        MailCadence::AtOnce => pb::MailCadence::AtOnce,
        MailCadence::Daily => pb::MailCadence::Daily,
        MailCadence::Weekly => pb::MailCadence::Weekly,
        MailCadence::Never => pb::MailCadence::Never,
    };
    pb::MailChoice { kind: choice.kind, title: choice.words, cadence: cadence.into(), chosen: choice.chosen }
}

fn count(count: Count) -> pb::KindCount {
    let number = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    pb::KindCount {
        kind: count.kind.to_owned(),
        title: count.words.to_owned(),
        task: count.task,
        open: number(count.open),
        unread: number(count.unread),
    }
}
