//! One blueprint as text in Markdown and as a page of HTML that needs no other file and no script. Pure.
//!
//! What authors wrote is somebody else's Markdown: raw HTML in it is shown as text, links lead to web and e-mail
//! addresses only, pictures become their descriptions, and headings are moved below the page's own.

use askama::Template;

use super::markdown::rendered;
use super::{Benefit, Content, Cost, CostBand, Kind, SectionKind};

/// A blueprint as a page.
#[derive(Template)]
#[template(path = "blueprint.html")]
struct Page<'a> {
    content: &'a Content,
    organisation: &'a str,
    about: Vec<(&'static str, String)>,
    sections: Vec<(String, String, String)>,
    citation: &'a str,
}

/// A page of HTML.
///
/// # Errors
/// When the template cannot be rendered, which no content causes.
pub fn html(content: &Content, organisation: &str, citation: &str) -> Result<String, askama::Error> {
    let sections =
        content.sections.iter().map(|(kind, body)| (anchor(*kind), heading(*kind), rendered(body))).collect();
    Page { content, organisation, about: about(content), sections, citation }.render()
}

/// Text in Markdown.
pub fn markdown(content: &Content, citation: &str) -> String {
    let mut text = format!("# {}\n\n", content.title);
    if !content.summary.is_empty() {
        text.push_str(&format!("{}\n\n", content.summary));
    }
    for (name, value) in about(content) {
        text.push_str(&format!("- {name}: {value}\n"));
    }
    let list = |text: &mut String, title: &str, items: Vec<String>| {
        if !items.is_empty() {
            text.push_str(&format!("\n## {title}\n\n"));
            for item in items {
                text.push_str(&format!("- {item}\n"));
            }
        }
    };
    list(&mut text, "Questions that it answers", content.questions.clone());
    list(&mut text, "What it gave", content.benefits.iter().map(benefit).collect());
    for (kind, body) in &content.sections {
        text.push_str(&format!("\n## {}\n\n{}\n", heading(*kind), body.trim()));
    }
    list(&mut text, "Whom to ask", content.contacts.iter().map(contact).collect());
    text.push_str(&format!("\n---\n\n{citation}\n"));
    text
}

/// What is said of a blueprint beside its text.
fn about(content: &Content) -> Vec<(&'static str, String)> {
    let kind = content.kind.map(|kind| match kind {
        Kind::Success => "It worked".to_owned(),
        Kind::Attempt => "It was tried, and this is what happened".to_owned(),
    });
    let epr = |epr: &super::Epr| {
        let name = format!("{} {} {}", epr.supplier, epr.product, epr.versions.join(", "));
        name.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let months = content.months_to_deliver.map(|months| format!("{months} months"));
    let rows = [
        ("How it went", kind.unwrap_or_default()),
        ("Care settings", content.care_settings.join("; ")),
        ("Project types", content.project_types.join("; ")),
        ("Users", content.user_groups.join("; ")),
        ("Electronic patient record", content.eprs.iter().map(epr).collect::<Vec<_>>().join("; ")),
        ("Size", content.size_band.clone()),
        ("Region", content.region.clone()),
        ("Time", months.unwrap_or_default()),
        ("Cost", content.cost.as_ref().map(cost).unwrap_or_default()),
    ];
    rows.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn cost(cost: &Cost) -> String {
    let band =
        |band: Option<CostBand>, what: &str| band.map(|band| format!("{} {} {what}", cost.currency, in_words(band)));
    let days = cost.staff_days.map(|days| format!("{days} days of staff"));
    let parts: Vec<_> =
        [band(cost.capital, "once"), band(cost.revenue, "a year"), days].into_iter().flatten().collect();
    let year = cost.price_year.map(|year| format!(" (prices of {year})")).unwrap_or_default();
    let basis = if cost.basis.is_empty() { String::new() } else { format!("; {}", cost.basis) };
    format!("{}{year}{basis}", parts.join(", "))
}

const fn in_words(band: CostBand) -> &'static str {
    match band {
        CostBand::None => "0",
        CostBand::Under10k => "under 10,000",
        CostBand::From10k => "10,000 to 50,000",
        CostBand::From50k => "50,000 to 100,000",
        CostBand::From100k => "100,000 to 250,000",
        CostBand::From250k => "250,000 to 500,000",
        CostBand::From500k => "500,000 to 1,000,000",
        CostBand::From1m => "1,000,000 to 2,500,000",
        CostBand::From2500k => "2,500,000 to 5,000,000",
        CostBand::From5m => "5,000,000 to 10,000,000",
        CostBand::From10m => "10,000,000 or more",
    }
}

fn benefit(benefit: &Benefit) -> String {
    let unit = if benefit.unit.is_empty() { String::new() } else { format!(" ({})", benefit.unit) };
    let values = match (benefit.baseline.as_str(), benefit.result.as_str()) {
        ("", "") => String::new(),
        ("", result) => format!(": {result}"),
        (baseline, "") => format!(": {baseline} before"),
        (baseline, result) => format!(": {baseline} before, {result} after"),
    };
    format!("{}{unit}{values}", benefit.measure)
}

fn contact(contact: &super::Contact) -> String {
    if contact.role.is_empty() { contact.name.clone() } else { format!("{}, {}", contact.name, contact.role) }
}

/// The heading of a section: its name in words.
fn heading(kind: SectionKind) -> String {
    let words = kind.name().to_lowercase().replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn anchor(kind: SectionKind) -> String {
    kind.name().to_lowercase().replace('_', "-")
}
