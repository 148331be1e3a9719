//! What the blueprints' changes mean for whom: introductions to answer, revisions for adopters, adoptions for authors.

use exemplar_kernel::journal::{Detail, Entry};
use exemplar_kernel::notice::{Meaning, Notice, NoticeKind, Notices};
use exemplar_kernel::{OrganisationId, PersonId, Role};
use serde_json::Value;

/// A request for an introduction that nobody has answered.
const INTRODUCTION: NoticeKind =
    NoticeKind { name: "INTRODUCTION_TO_ANSWER", words: "Introductions to answer", is_task: true };
/// How a request went on.
const INTRODUCED: NoticeKind =
    NoticeKind { name: "INTRODUCTION_NEWS", words: "Answers to your introductions", is_task: false };
/// A newer revision of a blueprint that an organisation follows.
const REVISION: NoticeKind =
    NoticeKind { name: "REVISION_FOR_ADOPTERS", words: "New revisions of what you adopted", is_task: false };
/// Somebody adopts what an organisation wrote.
const ADOPTED: NoticeKind = NoticeKind { name: "ADOPTED", words: "Adoptions of what you wrote", is_task: false };

/// What was released of what a person follows.
const FOLLOW: NoticeKind = NoticeKind { name: "FOLLOW", words: "What you follow", is_task: false };

/// What the blueprints tell.
pub const NOTICES: Notices = Notices {
    kinds: &[&INTRODUCTION, &INTRODUCED, &REVISION, &ADOPTED, &FOLLOW],
    verbs: &[
        "blueprints.adoption.adopt",
        "blueprints.adoption.outdate",
        "blueprints.follow.tell",
        "blueprints.introduction.accept",
        "blueprints.introduction.answer",
        "blueprints.introduction.decline",
        "blueprints.introduction.request",
        "blueprints.introduction.withdraw",
    ],
    read,
};

fn read(entry: &Entry, detail: Option<&Detail>) -> Vec<Meaning> {
    let Some(after) = detail.and_then(|detail| detail.after.as_ref()) else { return Vec::new() };
    match entry.verb.as_str() {
        "blueprints.adoption.adopt" => adopted(after).into_iter().collect(),
        "blueprints.adoption.outdate" => outdated(entry, after).into_iter().collect(),
        "blueprints.follow.tell" => found(&entry.resource, after).into_iter().collect(),
        "blueprints.introduction.request" => asked(&entry.resource, after).into_iter().collect(),
        verb => introduced(verb, &entry.resource, after),
    }
}

fn organisation(after: &Value, field: &str) -> Option<OrganisationId> {
    OrganisationId::parse(after.get(field)?.as_str()?).ok()
}

fn person(after: &Value, field: &str) -> Option<PersonId> {
    PersonId::parse(after.get(field)?.as_str()?).ok()
}

fn word<'a>(after: &'a Value, field: &str) -> &'a str {
    after.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn adopted(after: &Value) -> Option<Meaning> {
    let (author, adopter) = (organisation(after, "author")?, organisation(after, "adopter")?);
    let text = format!("{{{adopter}}} adopts \u{201c}{}\u{201d}.", word(after, "title"));
    Some(Notice::holders(&ADOPTED, Role::Lead, &author, word(after, "blueprint"), text))
}

fn outdated(entry: &Entry, after: &Value) -> Option<Meaning> {
    let adopter = OrganisationId::parse(entry.on_behalf.as_deref()?).ok()?;
    let sections: Vec<_> = after.get("sections")?.as_array()?.iter().filter_map(Value::as_str).map(in_words).collect();
    let text = format!(
        "Revision {} of \u{201c}{}\u{201d} says other things in sections that {{{adopter}}} kept or adapted: {}.",
        after.get("latest_revision")?,
        word(after, "title"),
        sections.join(", ")
    );
    Some(Notice::holders(&REVISION, Role::Lead, &adopter, word(after, "blueprint"), text))
}

/// A request waits for the expert who was named, else for the leads of the asked.
fn asked(subject: &str, after: &Value) -> Option<Meaning> {
    let (from, to) = (organisation(after, "asker")?, organisation(after, "asked")?);
    let what = match word(after, "kind") {
        "VISIT" => "a visit",
        "CALL" => "a call",
        _ => "an answer to a question",
    };
    let text = format!("{{{from}}} asks {{{to}}} for {what}.");
    Some(match person(after, "expert") {
        Some(expert) => Notice::person(&INTRODUCTION, expert, subject, text),
        None => Notice::holders(&INTRODUCTION, Role::Lead, &to, subject, text),
    })
}

fn introduced(verb: &str, subject: &str, after: &Value) -> Vec<Meaning> {
    let mut all = vec![Meaning::settle(&INTRODUCTION, subject)];
    let done = match verb {
        "blueprints.introduction.accept" => "accepted",
        "blueprints.introduction.answer" => "answered",
        "blueprints.introduction.decline" => "declined",
        _ => return all,
    };
    if let (Some(asked), Some(by)) = (organisation(after, "asked"), person(after, "asked_by")) {
        let text = format!("{{{asked}}} has {done} your request for an introduction.");
        all.push(Notice::person(&INTRODUCED, by, subject, text));
    }
    all
}

/// What was found for a follow: its name, how many, and the titles of the first.
fn found(subject: &str, after: &Value) -> Option<Meaning> {
    let texts = |field| after.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let titles: Vec<_> = texts("titles").map(|title| format!("\u{201c}{title}\u{201d}")).collect();
    let count = usize::try_from(after.get("count")?.as_u64()?).ok()?;
    let matches = if count == 1 { "match" } else { "matches" };
    let more = count.saturating_sub(titles.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let (name, titles) = (word(after, "name"), titles.join(", "));
    let text = format!("\u{201c}{name}\u{201d} has {count} new {matches}: {titles}{more}.");
    let subject = texts("blueprints").next().filter(|_| count == 1).unwrap_or(subject);
    Some(Notice::person(&FOLLOW, person(after, "person")?, subject, text))
}

/// A section's name as people read it.
fn in_words(section: &str) -> String {
    section.to_lowercase().replace('_', " ")
}
