//! Facts: the money of 2016-18 as it was announced, and the group of the ambulance exemplars.

use anyhow::Context as _;
use exemplar_kernel::{Currency, Money, OrganisationId, Principal, Violations, day};
use exemplar_network::{NewAward, Pairing, Source, WantedAwards, WantedPairings};
use serde::Deserialize;

use super::reference::{organisation, rows, whole_page};
use crate::app::Services;

const AWARDS: &str = include_str!("../../demo/awards.csv");
/// The three that work together instead of writing separate blueprints.
const AMBULANCE: [&str; 3] = ["RX6", "RYA", "RYE"];
/// Pence of a pound.
const PENCE: i64 = 100;

#[derive(Deserialize)]
struct Row {
    organisations: String,
    pairing: String,
    cap: i64,
    capital: Option<i64>,
    revenue: Option<i64>,
    date: String,
    note: String,
    source: String,
}

pub(super) async fn load(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    group(services, caller).await?;
    let pounds = |pounds: i64| Money::new(pounds * PENCE, Currency::GBP);
    for row in rows::<Row>(AWARDS)? {
        let text = format!("{} ({})", row.source, row.note);
        let organisations = codes(&row.organisations)?;
        let wanted = WantedAwards { organisation: organisations.first().cloned(), pairing: None };
        let known = services.network.awards(caller, &wanted, &whole_page(200)).await?.items;
        if known.iter().any(|known| known.award.source.text == text) {
            continue;
        }
        let date = day::parse(&mut Violations::new(), "", &row.date).with_context(|| row.date.clone())?;
        let pairing = of(services, caller, codes(&row.pairing)?).await?.map(|pairing| pairing.id);
        let new = NewAward {
            organisations,
            pairing,
            track: None,
            cap: pounds(row.cap),
            parts: row.capital.zip(row.revenue).map(|(capital, revenue)| (pounds(capital), pounds(revenue))),
            source: Source { text, date },
        };
        services.network.create_award(caller, new, None).await.with_context(|| row.organisations.clone())?;
    }
    Ok(())
}

/// Puts the pairings of the ambulance exemplars into one group, unless they are.
async fn group(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    let mut alone = Vec::new();
    for (i, one) in AMBULANCE.iter().enumerate() {
        for other in &AMBULANCE[i + 1..] {
            let found = of(services, caller, vec![organisation(one)?, organisation(other)?]).await?;
            alone.extend(found.filter(|pairing| pairing.group.is_none()).map(|pairing| pairing.id));
        }
    }
    if alone.len() == AMBULANCE.len() {
        let (name, source) = ("Ambulance exemplars".to_owned(), "pairings.csv".to_owned());
        services.network.group_pairings(caller, alone, name, source, None).await?;
    }
    Ok(())
}

fn codes(list: &str) -> anyhow::Result<Vec<OrganisationId>> {
    list.split(';').filter(|code| !code.is_empty()).map(organisation).collect()
}

/// The pairing of two, whoever carries them on by now.
async fn of(services: &Services, caller: &Principal, sides: Vec<OrganisationId>) -> anyhow::Result<Option<Pairing>> {
    if sides.is_empty() {
        return Ok(None);
    }
    let wanted = WantedPairings { sides, ..WantedPairings::default() };
    Ok(services.network.pairings(caller, &wanted, &whole_page(1)).await?.items.pop())
}
