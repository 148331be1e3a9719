//! Facts: the record systems of the network's trusts, and what was published of their digital maturity.

use std::collections::BTreeMap;

use anyhow::Context as _;
use exemplar_directory::{Framework, Made, NewMaturity, RecordSystem, Vocabulary};
use exemplar_kernel::{Principal, Violations, day};
use serde::Deserialize;

use super::reference::{organisation, rows, whole_page};
use crate::app::Services;

const RECORD_SYSTEMS: &str = include_str!("../../demo/record-systems.csv");
const MATURITY: &str = include_str!("../../demo/maturity.csv");

pub(super) async fn record_systems(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    #[derive(Deserialize)]
    struct Row {
        organisation: String,
        supplier: String,
        product: String,
        from: String,
        source: String,
    }
    let words = services.directory.vocabularies().await?;
    let slug = |vocabulary: Vocabulary, word: &str| match word {
        "" => Ok(String::new()),
        // The term of the time: a supplier that has another name today had this one.
        word => {
            words.resolve(vocabulary, word).map(|found| found.asked.id.slug.clone()).with_context(|| word.to_owned())
        }
    };
    let mut systems = Vec::new();
    for row in rows::<Row>(RECORD_SYSTEMS)? {
        let system = RecordSystem {
            supplier: slug(Vocabulary::EprSupplier, &row.supplier)?,
            product: slug(Vocabulary::EprProduct, &row.product)?,
            start: day::parse(&mut Violations::new(), "from", &row.from),
            source: row.source,
            ..RecordSystem::default()
        };
        systems.push((organisation(&row.organisation)?, system));
    }
    services.directory.load_record_systems(caller, systems).await.context("record-systems.csv")?;
    Ok(())
}

pub(super) async fn maturity(services: &Services, caller: &Principal) -> anyhow::Result<()> {
    #[derive(Deserialize)]
    struct Row {
        organisation: String,
        framework: Framework,
        date: String,
        made_by: Made,
        area: String,
        score: i32,
        source: String,
    }
    for row in rows::<Row>(MATURITY)? {
        let organisation = organisation(&row.organisation)?;
        if !services.directory.maturity(caller, &organisation, &whole_page(1)).await?.items.is_empty() {
            continue;
        }
        let new = NewMaturity {
            organisation,
            framework: row.framework,
            framework_version: String::new(),
            date: day::parse(&mut Violations::new(), "date", &row.date).context("a day")?,
            made: row.made_by,
            published: true,
            scores: BTreeMap::from([(row.area, row.score * 100)]),
            source: row.source,
            corrects: None,
            reason: String::new(),
        };
        services.directory.record_maturity(caller, new, None).await.context("maturity.csv")?;
    }
    Ok(())
}
