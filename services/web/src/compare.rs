//! Two to four blueprints side by side.

use askama::Template;
use exemplar_proto::blueprints::v1 as pb;
use http::StatusCode;

use crate::card::Card;
use crate::fault::{Answer, Fault};
use crate::frame::{Area, Frame, page};
use crate::params::Params;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "compare.html")]
struct Compared {
    frame: Frame,
    cards: Vec<(Card, String)>,
    rows: Vec<(&'static str, Vec<Vec<String>>)>,
}

/// `GET /compare?with=…&with=…`.
pub(crate) async fn show(visit: Visit) -> Answer {
    let ids = visit.params.all("with");
    if !(2..=4).contains(&ids.len()) {
        return Err(Fault::new(StatusCode::BAD_REQUEST, "Mark two to four blueprints to compare them."));
    }
    let names = ids.iter().map(|id| format!("blueprints/{id}")).collect();
    let request = pb::CompareBlueprintsRequest { names };
    let compared = visit.api.decisions().compare_blueprints(request).await?.into_inner();
    let cards: Vec<Card> = compared.cards.into_iter().map(Card::from).collect();
    let one = |of: fn(&Card) -> &String| cards.iter().map(|card| vec![of(card).clone()]).collect::<Vec<_>>();
    let list = |of: fn(&Card) -> &Vec<String>| cards.iter().map(|card| of(card).clone()).collect::<Vec<_>>();
    let evidence = cards.iter().map(|card| vec![card.rung_name().to_owned(), card.reason.clone()]).collect();
    let went = |card: &Card| if card.attempt { "It did not work out" } else { "It worked" };
    let went = cards.iter().map(|card| vec![went(card).to_owned()]).collect();
    let rows = vec![
        ("Evidence", evidence),
        ("How it went", went),
        ("Questions answered", list(|card| &card.questions)),
        ("Cost", one(|card| &card.cost)),
        ("Time", one(|card| &card.months)),
        ("What it gave", list(|card| &card.benefits)),
        ("How it went at adopters", list(|card| &card.outcomes)),
        ("Record system", one(|card| &card.eprs)),
        ("Care settings", one(|card| &card.settings)),
        ("Kind of project", one(|card| &card.projects)),
        ("Who uses it", one(|card| &card.users)),
        ("Size", one(|card| &card.size)),
        ("Adopted", one(|card| &card.adoptions)),
    ];
    let fewer = |card: &Card| {
        let id = card.address.rsplit('/').next().unwrap_or_default();
        let rest = ids.iter().filter(|other| *other != id);
        let rest = rest.fold(Params::default(), |params, id| params.with("with", id));
        if ids.len() > 2 { format!("/compare{}", rest.query()) } else { String::new() }
    };
    let fewer: Vec<String> = cards.iter().map(fewer).collect();
    Ok(page(&Compared {
        frame: visit.frame("Compare blueprints", Area::Find),
        cards: cards.into_iter().zip(fewer).collect(),
        rows,
    }))
}
