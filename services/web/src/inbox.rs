//! The one inbox: what waits for the reader, and what they were told, each with a link to the thing.

use askama::Template;
use exemplar_proto::inbox::v1 as pb;

use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::session::see_other;
use crate::visit::{Form, Visit};
use crate::words;

#[derive(Template)]
#[template(path = "inbox.html")]
struct Inbox {
    frame: Frame,
    done: bool,
    kind: String,
    kinds: Vec<Kind>,
    items: Vec<Item>,
    unread: bool,
    next: String,
    form_id: String,
}

struct Kind {
    title: String,
    name: String,
    open: i32,
}

struct Item {
    id: String,
    text: String,
    address: String,
    task: bool,
    unread: bool,
    date: String,
    organisation: String,
    settled: bool,
}

/// What has a page of its own.
const PAGES: [&str; 6] = ["blueprints", "cohorts", "introductions", "pairings", "reviews", "rounds"];

/// `GET /inbox?kind=…&done=yes`.
pub(crate) async fn show(visit: Visit) -> Answer {
    visit.signed_in()?;
    let (done, kind) = (visit.params.text("put-away") == "yes", visit.params.text("kind").to_owned());
    let counts = visit.api.inbox().get_counts(pb::GetCountsRequest {}).await?.into_inner().kinds;
    let mut filter = format!("done = {done}");
    if !kind.is_empty() {
        filter.push_str(&format!(" AND kind = {kind}"));
    }
    let request = pb::ListItemsRequest { filter, page_size: 50, page_token: visit.params.text("after").to_owned() };
    let listed = visit.api.inbox().list_items(request).await?.into_inner();
    let kinds = counts.into_iter().filter(|one| one.open > 0);
    let items: Vec<Item> = listed.items.into_iter().map(item).collect();
    Ok(page(&Inbox {
        frame: visit.frame("Inbox", Area::Mine),
        kinds: kinds.map(|one| Kind { title: one.title, name: one.kind, open: one.open }).collect(),
        unread: items.iter().any(|item| item.unread),
        next: visit.next("/inbox", &listed.next_page_token),
        form_id: visit.form_id(),
        items,
        done,
        kind,
    }))
}

fn item(item: pb::Item) -> Item {
    let collection = item.subject.split('/').next().unwrap_or_default();
    let address = match collection {
        "follows" => "/follows".to_owned(),
        "wantedTopics" => "/wanted".to_owned(),
        // An agreement is signed on the page of its pairing; what else has none leads nowhere.
        _ if PAGES.contains(&collection) => {
            format!("/{}", item.subject.split('/').take(2).collect::<Vec<_>>().join("/"))
        }
        _ => String::new(),
    };
    Item {
        id: words::last(&item.name).to_owned(),
        text: item.text,
        address,
        task: item.task,
        unread: item.read_time.is_none(),
        date: words::day_of(item.event_time.as_ref()),
        organisation: words::last(&item.organisation).to_owned(),
        settled: item.settled,
    }
}

/// The items that a form names.
fn names(typed: &crate::params::Params) -> Vec<String> {
    typed.all("item").into_iter().map(|id| format!("items/{id}")).collect()
}

/// `POST /inbox/done`: puts items away, or takes them out again.
pub(crate) async fn done(visit: Visit, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let undo = typed.text("undo") == "yes";
    let request = pb::MarkDoneRequest { names: names(&typed), undo, request_id: typed.text("form").to_owned() };
    visit.api.inbox().mark_done(request).await?;
    Ok(see_other(if undo { "/inbox?put-away=yes&done=taken-out" } else { "/inbox?done=put-away" }))
}

/// `POST /inbox/read`: marks items as read.
pub(crate) async fn read(visit: Visit, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::MarkReadRequest { names: names(&typed), undo: false, request_id: typed.text("form").to_owned() };
    visit.api.inbox().mark_read(request).await?;
    Ok(see_other("/inbox?done=read"))
}
