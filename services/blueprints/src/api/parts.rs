//! The structured parts of blueprints in protobuf: record systems, cost, benefits, contacts.

use exemplar_directory::{Vocabularies, Vocabulary};
use exemplar_kernel::{OrganisationId, PersonId, Violations, day};
use exemplar_proto::blueprints::v1 as pb;

use super::content::{MAX_TERMS, typed_term};
use crate::model::{Benefit, Contact, Cost, CostBand, Epr, Willing, benefits_with_ids, is_benefit_id};

/// Benefits at the most.
const MAX_BENEFITS: usize = 20;
/// Contacts at the most.
const MAX_CONTACTS: usize = 10;
/// A name's or a role's length at the most, in characters.
const MAX_NAME: usize = 120;
/// A unit's, a number's or a version's length at the most, in characters.
const MAX_SHORT: usize = 40;
/// Days of staff at the most.
const MAX_DAYS: i32 = 1_000_000;
/// The currency where none is said.
const POUND: &str = "GBP";

pub(super) fn epr(words: &Vocabularies, epr: Epr) -> pb::Epr {
    pb::Epr {
        supplier: words.label(Vocabulary::EprSupplier, &epr.supplier).to_owned(),
        product: words.label(Vocabulary::EprProduct, &epr.product).to_owned(),
        versions: epr.versions,
    }
}

pub(super) fn cost(cost: Cost) -> pb::Cost {
    pb::Cost {
        capital: cost.capital.map(band).unwrap_or_default().into(),
        revenue: cost.revenue.map(band).unwrap_or_default().into(),
        staff_days: cost.staff_days.map(|days| i32::try_from(days).unwrap_or(MAX_DAYS)),
        currency: cost.currency,
        price_year: cost.price_year.map_or(0, i32::from),
        basis: cost.basis,
    }
}

pub(super) fn benefit(benefit: Benefit) -> pb::Benefit {
    pb::Benefit {
        id: benefit.id,
        measure: benefit.measure,
        unit: benefit.unit,
        baseline: benefit.baseline,
        result: benefit.result,
        measure_date: benefit.measured_on.map(|day| day.to_string()).unwrap_or_default(),
        measured_by: benefit.measured_by,
        independent: benefit.independent,
    }
}

pub(super) fn contact(contact: Contact) -> pb::Contact {
    pb::Contact {
        person: contact.person.map(|person| person.to_string()).unwrap_or_default(),
        display_name: contact.name,
        role: contact.role,
        organisation: contact.organisation.map(|organisation| organisation.to_string()).unwrap_or_default(),
        willing: willing(contact.willing).into(),
    }
}

fn band(band: CostBand) -> pb::CostBand {
    match band {
        CostBand::None => pb::CostBand::None,
        CostBand::Under10k => pb::CostBand::Under10k,
        CostBand::From10k => pb::CostBand::From10k,
        CostBand::From50k => pb::CostBand::From50k,
        CostBand::From100k => pb::CostBand::From100k,
        CostBand::From250k => pb::CostBand::From250k,
        CostBand::From500k => pb::CostBand::From500k,
        CostBand::From1m => pb::CostBand::From1m,
        CostBand::From2500k => pb::CostBand::From2500k,
        CostBand::From5m => pb::CostBand::From5m,
        CostBand::From10m => pb::CostBand::From10m,
    }
}

fn willing(willing: Willing) -> pb::Willing {
    match willing {
        Willing::No => pb::Willing::No,
        Willing::Question => pb::Willing::Question,
        Willing::Call => pb::Willing::Call,
        Willing::Visit => pb::Willing::Visit,
    }
}

pub(super) fn typed_eprs(words: &Vocabularies, violations: &mut Violations, typed: &[pb::Epr]) -> Vec<Epr> {
    violations.at_most("content.eprs", typed, MAX_TERMS);
    let mut eprs = Vec::new();
    for (i, typed) in typed.iter().take(MAX_TERMS).enumerate() {
        let at = |field: &str| format!("content.eprs[{i}].{field}");
        let supplier = typed_term(words, violations, &at("supplier"), Vocabulary::EprSupplier, &typed.supplier);
        let product = typed_term(words, violations, &at("product"), Vocabulary::EprProduct, &typed.product);
        if typed.supplier.is_empty() && typed.product.is_empty() {
            violations.add(format!("content.eprs[{i}]"), "names neither supplier nor product");
        }
        violations.at_most(&at("versions"), &typed.versions, MAX_TERMS);
        let each = typed.versions.iter().take(MAX_TERMS).enumerate();
        let versions =
            each.map(|(j, version)| violations.text(&at(&format!("versions[{j}]")), version, 1..=MAX_SHORT)).collect();
        eprs.push(Epr { supplier, product, versions });
    }
    eprs
}

pub(super) fn typed_cost(violations: &mut Violations, typed: &pb::Cost) -> Cost {
    let at = |field: &str| format!("content.cost.{field}");
    let capital = typed_band(violations, &at("capital"), typed.capital);
    let revenue = typed_band(violations, &at("revenue"), typed.revenue);
    let days = typed.staff_days.map(|days| violations.within(&at("staff_days"), days, 0..=MAX_DAYS));
    if typed.capital == 0 && typed.revenue == 0 && days.is_none() {
        violations.add("content.cost", "needs capital, revenue or staff_days");
    }
    let currency = if typed.currency.is_empty() { POUND } else { typed.currency.as_str() };
    if currency.len() != 3 || !currency.chars().all(|c| c.is_ascii_uppercase()) {
        violations.add(at("currency"), "must be three capital letters of ISO 4217, like GBP");
    }
    let year = Some(typed.price_year).filter(|year| *year != 0);
    let year = year.map(|year| violations.within(&at("price_year"), year, 1990..=2100));
    Cost {
        capital,
        revenue,
        staff_days: days.and_then(|days| u32::try_from(days).ok()),
        currency: currency.to_owned(),
        price_year: year.and_then(|year| u16::try_from(year).ok()),
        basis: violations.text(&at("basis"), &typed.basis, 0..=200),
    }
}

fn typed_band(violations: &mut Violations, field: &str, wire: i32) -> Option<CostBand> {
    if wire == 0 {
        return None;
    }
    let known = CostBand::ALL.iter().copied().find(|known| i32::from(band(*known)) == wire);
    violations.take(field, known.ok_or("is not a band"))
}

pub(super) fn typed_benefits(violations: &mut Violations, typed: &[pb::Benefit]) -> Vec<Benefit> {
    violations.at_most("content.benefits", typed, MAX_BENEFITS);
    let mut benefits: Vec<Benefit> = Vec::new();
    for (i, typed) in typed.iter().take(MAX_BENEFITS).enumerate() {
        let at = |field: &str| format!("content.benefits[{i}].{field}");
        if !typed.id.is_empty() && !is_benefit_id(&typed.id) {
            violations.add(at("id"), "must be 1 to 40 lower-case letters, digits and hyphens");
        } else if !typed.id.is_empty() && benefits.iter().any(|benefit| benefit.id == typed.id) {
            violations.add(at("id"), "is there twice");
        }
        benefits.push(Benefit {
            id: typed.id.clone(),
            measure: violations.text(&at("measure"), &typed.measure, 3..=200),
            unit: violations.text(&at("unit"), &typed.unit, 0..=MAX_SHORT),
            baseline: typed_decimal(violations, &at("baseline"), &typed.baseline),
            result: typed_decimal(violations, &at("result"), &typed.result),
            measured_on: day::parse(violations, &at("measure_date"), &typed.measure_date),
            measured_by: violations.text(&at("measured_by"), &typed.measured_by, 0..=MAX_NAME),
            independent: typed.independent,
        });
    }
    benefits_with_ids(benefits)
}

/// A decimal number as it was written, to be compared by whoever knows the unit; empty is none.
fn typed_decimal(violations: &mut Violations, field: &str, typed: &str) -> String {
    let (whole, part) = typed.split_once('.').unwrap_or((typed, "0"));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let is_number = digits(whole, 12) && digits(part, 6);
    if !typed.is_empty() && !is_number {
        violations.add(field, "must be a decimal number like 62.5, of at most 12 digits and 6 after the point");
    }
    typed.to_owned()
}

pub(super) fn typed_contacts(violations: &mut Violations, typed: &[pb::Contact]) -> Vec<Contact> {
    violations.at_most("content.contacts", typed, MAX_CONTACTS);
    let mut contacts = Vec::new();
    for (i, typed) in typed.iter().take(MAX_CONTACTS).enumerate() {
        let at = |field: &str| format!("content.contacts[{i}].{field}");
        let person = Some(&typed.person).filter(|name| !name.is_empty());
        let organisation = Some(&typed.organisation).filter(|name| !name.is_empty());
        let name = violations.text(&at("display_name"), &typed.display_name, 0..=MAX_NAME);
        if name.is_empty() && person.is_none() {
            violations.add(at("display_name"), "is missing: say a person or a name");
        }
        let willing = Willing::ALL.iter().copied().find(|known| i32::from(willing(*known)) == typed.willing);
        let contact = Contact {
            person: person.and_then(|name| violations.take(&at("person"), PersonId::parse(name))),
            name,
            role: violations.text(&at("role"), &typed.role, 0..=MAX_NAME),
            organisation: organisation
                .and_then(|name| violations.take(&at("organisation"), OrganisationId::parse(name))),
            willing: violations
                .take(&at("willing"), willing.ok_or("must be one of no, question, call and visit"))
                .unwrap_or(Willing::No),
        };
        contacts.push(contact);
    }
    contacts
}
