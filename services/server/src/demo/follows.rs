//! Samples of follows, saved before the sample blueprints are released, so that inboxes have something of them; and of
//! what people ask for that nobody has written.

use anyhow::Context as _;
use exemplar_blueprints::{Cadence, NewFollow, Watched};
use exemplar_kernel::Principal;
use serde::Deserialize;

use super::reference::{organisation, whole_page};
use crate::app::Services;

const FOLLOWS: &str = include_str!("../../demo/follows.toml");

#[derive(Deserialize)]
struct File {
    follow: Vec<Row>,
    ask: Vec<Ask>,
}

#[derive(Deserialize)]
struct Row {
    person: String,
    name: String,
    note: String,
    #[serde(default)]
    query: String,
    organisation: Option<String>,
    cadence: String,
}

#[derive(Deserialize)]
struct Ask {
    person: String,
    words: String,
}

pub(super) async fn load(services: &Services) -> anyhow::Result<()> {
    let file: File = toml::from_str(FOLLOWS)?;
    for row in file.follow {
        let caller = account(services, &row.person).await?;
        let saved = services.blueprints.follows(&caller, &whole_page(200)).await?.items;
        if saved.iter().any(|saved| saved.name == row.name) {
            continue;
        }
        let watched = match &row.organisation {
            Some(code) => Watched::Organisation(organisation(code)?),
            None => Watched::Search { query: row.query, filter: String::new() },
        };
        let cadence = Cadence::from_name(&row.cadence).with_context(|| format!("the cadence {:?}", row.cadence))?;
        let new = NewFollow { name: row.name, note: row.note, watched, cadence };
        services.blueprints.create_follow(&caller, new, None).await?;
    }
    for Ask { person, words } in file.ask {
        let caller = account(services, &person).await?;
        let asked = services.blueprints.wanted_topics(&caller, None, &whole_page(200)).await?.items;
        if !asked.iter().any(|(topic, mine)| *mine && topic.words == words) {
            services.blueprints.ask_for_topic(&caller, &words, false, None).await?;
        }
    }
    Ok(())
}

async fn account(services: &Services, email: &str) -> anyhow::Result<Principal> {
    let person = services.directory.person_by_email(email).await?;
    let person = person.with_context(|| format!("the person {email}"))?.id;
    let caller = services.directory.principals(&[person]).await?.pop();
    caller.with_context(|| format!("the account of {email}"))
}
