//! Rounds: what was asked for, who was invited, and what came of it.

use askama::Template;
use axum::extract::Path;
use exemplar_proto::network::v1 as pb;

use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::visit::Visit;
use crate::words;

#[derive(Template)]
#[template(path = "rounds.html")]
struct List {
    frame: Frame,
    rows: Vec<(String, String, String, String, String)>,
    next: String,
}

#[derive(Template)]
#[template(path = "round.html")]
struct One {
    frame: Frame,
    round: pb::Round,
    state: String,
    designation: String,
    opened: String,
    closed: String,
    published: String,
    expressions: Vec<Expression>,
}

struct Expression {
    organisations: Vec<String>,
    state: String,
    score: String,
    reason: String,
    statement: String,
}

/// `GET /rounds`.
pub(crate) async fn list(visit: Visit) -> Answer {
    let page_token = visit.params.text("after").to_owned();
    let listed =
        visit.api.rounds().list_rounds(pb::ListRoundsRequest { page_token, page_size: 50 }).await?.into_inner();
    let row = |round: pb::Round| {
        let (state, kind) =
            (words::title::<pb::RoundState>(round.state), words::title::<pb::DesignationKind>(round.designation));
        (format!("/{}", round.name), round.title, kind, state, words::day_of(round.close_time.as_ref()))
    };
    let next = match listed.next_page_token.as_str() {
        "" => String::new(),
        token => format!("/rounds{}", visit.params.without("after", None).with("after", token).query()),
    };
    let rows = listed.rounds.into_iter().map(row).collect();
    Ok(page(&List { frame: visit.frame("Rounds", Area::Rounds), rows, next }))
}

/// `GET /rounds/{id}`.
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Answer {
    let name = format!("rounds/{id}");
    let request = pb::GetRoundRequest { name: name.clone() };
    let round = visit.api.rounds().get_round(request).await?.into_inner().round.unwrap_or_default();
    let request = pb::ListExpressionsRequest { round: name, page_size: 200, ..Default::default() };
    let expressions = visit.api.rounds().list_expressions(request).await?.into_inner().expressions;
    let expression = |one: pb::Expression| {
        let sheet = one.moderation.as_ref().or(one.sheets.first());
        Expression {
            organisations: one.organisations.iter().map(|name| words::last(name).to_owned()).collect(),
            state: words::title::<pb::ExpressionState>(one.state),
            score: sheet.map(|sheet| format!("{} of {}", sheet.total, sheet.maximum)).unwrap_or_default(),
            reason: one.reason,
            statement: one.statement,
        }
    };
    Ok(page(&One {
        frame: visit.frame(&round.title, Area::Rounds),
        state: words::title::<pb::RoundState>(round.state),
        designation: words::title::<pb::DesignationKind>(round.designation),
        opened: words::day_of(round.open_time.as_ref()),
        closed: words::day_of(round.close_time.as_ref()),
        published: words::day_of(round.publish_time.as_ref()),
        expressions: expressions.into_iter().map(expression).collect(),
        round,
    }))
}
