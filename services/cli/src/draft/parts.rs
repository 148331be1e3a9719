//! The structured parts of a draft's file: record systems, cost, benefits, contacts, as TOML and as messages.

use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::{CostBand, Willing};
use serde::{Deserialize, Serialize};

use super::number;
use crate::names;
use crate::words;

/// An electronic patient record that it was done with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Epr {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) supplier: String,
    pub(crate) product: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) versions: Vec<String>,
}

/// What it cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Cost {
    #[serde(skip_serializing_if = "String::is_empty")]
    capital: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    revenue: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    staff_days: Option<i32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_year: Option<i32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    basis: String,
}

/// Something that it gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Benefit {
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    measure: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    unit: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    baseline: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    result: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    measure_date: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    measured_by: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    independent: bool,
}

/// Somebody who has done it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Contact {
    #[serde(skip_serializing_if = "String::is_empty")]
    person: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    role: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    organisation: String,
    willing: String,
}

impl Epr {
    /// Reads `SUPPLIER/PRODUCT`, or a product alone.
    pub(crate) fn typed(typed: &str) -> Self {
        let (supplier, product) = typed.split_once('/').unwrap_or(("", typed));
        Self { supplier: supplier.trim().to_owned(), product: product.trim().to_owned(), versions: Vec::new() }
    }

    pub(super) fn message(&self) -> pb::Epr {
        pb::Epr { supplier: self.supplier.clone(), product: self.product.clone(), versions: self.versions.clone() }
    }

    pub(super) fn of(epr: pb::Epr) -> Self {
        Self { supplier: epr.supplier, product: epr.product, versions: epr.versions }
    }
}

impl Cost {
    pub(super) fn message(&self) -> Result<pb::Cost, String> {
        Ok(pb::Cost {
            capital: number::<CostBand>("capital", Some(&self.capital))?,
            revenue: number::<CostBand>("revenue", Some(&self.revenue))?,
            staff_days: self.staff_days,
            currency: self.currency.clone(),
            price_year: self.price_year.unwrap_or_default(),
            basis: self.basis.clone(),
        })
    }

    pub(super) fn of(cost: pb::Cost) -> Self {
        Self {
            capital: words::word::<CostBand>(cost.capital),
            revenue: words::word::<CostBand>(cost.revenue),
            staff_days: cost.staff_days,
            currency: cost.currency,
            price_year: Some(cost.price_year).filter(|year| *year != 0),
            basis: cost.basis,
        }
    }
}

impl Benefit {
    pub(super) fn message(&self) -> pb::Benefit {
        let Self { id, measure, unit, baseline, result, measure_date, measured_by, independent } = self.clone();
        pb::Benefit { id, measure, unit, baseline, result, measure_date, measured_by, independent }
    }

    pub(super) fn of(benefit: pb::Benefit) -> Self {
        let pb::Benefit { id, measure, unit, baseline, result, measure_date, measured_by, independent } = benefit;
        Self { id, measure, unit, baseline, result, measure_date, measured_by, independent }
    }
}

impl Contact {
    pub(super) fn message(&self) -> Result<pb::Contact, String> {
        let named = |typed: &str, read: fn(&str) -> Result<String, String>| {
            if typed.is_empty() { Ok(String::new()) } else { read(typed) }
        };
        Ok(pb::Contact {
            person: named(&self.person, names::person).map_err(|wanted| format!("a contact's person {wanted}"))?,
            display_name: self.name.clone(),
            role: self.role.clone(),
            organisation: named(&self.organisation, names::organisation)
                .map_err(|wanted| format!("a contact's organisation {wanted}"))?,
            willing: number::<Willing>("willing", Some(&self.willing))?,
        })
    }

    pub(super) fn of(contact: pb::Contact) -> Self {
        Self {
            person: names::short(&contact.person).to_owned(),
            name: contact.display_name,
            role: contact.role,
            organisation: names::short(&contact.organisation).to_owned(),
            willing: words::word::<Willing>(contact.willing),
        }
    }
}
