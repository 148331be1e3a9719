//! Resource names from what people type: `RBL` for `organisations/RBL`, a bare id for `pairings/{id}`.

use uuid::Uuid;

/// Reads an organisation: its code in any mixture of capitals, or its name.
pub(crate) fn organisation(typed: &str) -> Result<String, String> {
    let code = bare("organisations", typed).to_ascii_uppercase();
    if is_code(&code) {
        Ok(format!("organisations/{code}"))
    } else {
        Err("expects an organisation's code, like RBL or US-STANFORD".to_owned())
    }
}

/// Reads a person's id or name.
pub(crate) fn person(typed: &str) -> Result<String, String> {
    id("people", typed)
}

/// Reads a pairing's id or name.
pub(crate) fn pairing(typed: &str) -> Result<String, String> {
    id("pairings", typed)
}

/// Reads a designation's id or name.
pub(crate) fn designation(typed: &str) -> Result<String, String> {
    id("designations", typed)
}

/// Reads an award's id or name.
pub(crate) fn award(typed: &str) -> Result<String, String> {
    id("awards", typed)
}

/// Reads a round's id or name.
pub(crate) fn round(typed: &str) -> Result<String, String> {
    id("rounds", typed)
}

/// Reads an expression of interest's id or name.
pub(crate) fn expression(typed: &str) -> Result<String, String> {
    id("expressions", typed)
}

/// Reads a matching run's id or name.
pub(crate) fn matching(typed: &str) -> Result<String, String> {
    id("matchings", typed)
}

/// Reads two organisations with a colon between them: `RRV:RGT`.
pub(crate) fn organisation_pair(typed: &str) -> Result<(String, String), String> {
    let (one, other) = typed.split_once(':').ok_or("expects two codes with a colon between them, like RRV:RGT")?;
    Ok((organisation(one)?, organisation(other)?))
}

/// Reads a word and a number: `records=8`.
pub(crate) fn number_of(typed: &str) -> Result<(String, i32), String> {
    let (word, number) = typed.split_once('=').ok_or("expects a word and a number, like records=8")?;
    Ok((word.to_owned(), number.parse().map_err(|_| format!("{number:?} is no number"))?))
}

/// Reads a word and a text: `records=What we do`.
pub(crate) fn text_of(typed: &str) -> Result<(String, String), String> {
    let (word, text) = typed.split_once('=').ok_or("expects a word and a text, like records=\"What we do\"")?;
    Ok((word.to_owned(), text.to_owned()))
}

/// Reads a cohort's id or name.
pub(crate) fn cohort(typed: &str) -> Result<String, String> {
    id("cohorts", typed)
}

/// Reads an enrolment's id or name.
pub(crate) fn enrolment(typed: &str) -> Result<String, String> {
    id("enrolments", typed)
}

/// Reads a review's id or name.
pub(crate) fn review(typed: &str) -> Result<String, String> {
    id("reviews", typed)
}

/// Reads a comment's id or name.
pub(crate) fn comment(typed: &str) -> Result<String, String> {
    id("comments", typed)
}

/// Reads an application's id or name.
pub(crate) fn application(typed: &str) -> Result<String, String> {
    id("applications", typed)
}

/// Reads a result's id or name.
pub(crate) fn result(typed: &str) -> Result<String, String> {
    id("results", typed)
}

/// Reads a journal entry's id or name.
pub(crate) fn journal_entry(typed: &str) -> Result<String, String> {
    id("journalEntries", typed)
}

/// Reads the id or name of a piece of evidence.
pub(crate) fn evidence(typed: &str) -> Result<String, String> {
    id("evidence", typed)
}

/// Reads a qualification's id or name.
pub(crate) fn qualification(typed: &str) -> Result<String, String> {
    id("qualifications", typed)
}

/// Reads a batch's id or name.
pub(crate) fn batch(typed: &str) -> Result<String, String> {
    id("batches", typed)
}

/// Reads an adoption's id or name.
pub(crate) fn adoption(typed: &str) -> Result<String, String> {
    id("adoptions", typed)
}

/// Reads an introduction's id or name.
pub(crate) fn introduction(typed: &str) -> Result<String, String> {
    id("introductions", typed)
}

/// Reads a follow's id or name.
pub(crate) fn follow(typed: &str) -> Result<String, String> {
    id("follows", typed)
}

/// Reads a wanted topic's id or name.
pub(crate) fn wanted_topic(typed: &str) -> Result<String, String> {
    id("wantedTopics", typed)
}

/// Reads an inbox item's id or name.
pub(crate) fn item(typed: &str) -> Result<String, String> {
    id("items", typed)
}

/// Reads a synonym's id or name.
pub(crate) fn synonym(typed: &str) -> Result<String, String> {
    id("synonyms", typed)
}

/// Reads a blueprint's id or name, without a revision.
pub(crate) fn blueprint(typed: &str) -> Result<String, String> {
    id("blueprints", typed)
}

/// Reads an artefact's id or name.
pub(crate) fn artefact(typed: &str) -> Result<String, String> {
    id("artefacts", typed)
}

/// Reads a blueprint's id or name, which may end in `/draft` or `/revisions/{number}`.
pub(crate) fn blueprint_or_part(typed: &str) -> Result<String, String> {
    let typed = bare("blueprints", typed);
    let (id, part) = typed.split_once('/').unwrap_or((typed, ""));
    let name = blueprint(id)?;
    match part {
        "" => Ok(name),
        "draft" => Ok(format!("{name}/draft")),
        part => Ok(format!("{name}/{}", revision(part)?)),
    }
}

/// Reads a curriculum's code in any mixture of capitals, or its name, which may end in `/revisions/{number}`.
pub(crate) fn curriculum(typed: &str) -> Result<String, String> {
    let typed = bare("curricula", typed);
    let (code, part) = typed.split_once('/').unwrap_or((typed, ""));
    let code = code.to_ascii_uppercase();
    if !is_code(&code) {
        return Err("expects a curriculum's code, like PGDIP-DHL".to_owned());
    }
    match part {
        "" => Ok(format!("curricula/{code}")),
        part => Ok(format!("curricula/{code}/{}", revision(part)?)),
    }
}

/// Reads a vocabulary's name, or what follows `vocabularies/` in it.
pub(crate) fn vocabulary(typed: &str) -> Result<String, String> {
    match bare("vocabularies", typed).to_lowercase() {
        typed if is_slug(&typed) => Ok(format!("vocabularies/{typed}")),
        _ => Err("expects a vocabulary, like care-setting".to_owned()),
    }
}

/// Reads a term as `vocabulary/term`, or its name.
pub(crate) fn term(typed: &str) -> Result<String, String> {
    let typed = bare("vocabularies", typed).to_lowercase().replace("/terms/", "/");
    match typed.split_once('/') {
        Some((vocabulary, term)) if is_slug(vocabulary) && is_slug(term) => {
            Ok(format!("vocabularies/{vocabulary}/terms/{term}"))
        }
        _ => Err("expects a vocabulary and a term, like epr-supplier/cerner".to_owned()),
    }
}

/// What people type for a term's name.
pub(crate) fn short_term(name: &str) -> String {
    short(name).replace("/terms/", "/")
}

/// What people type for a name, and tables show.
pub(crate) fn short(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, short)| short)
}

/// Several names as people type them.
pub(crate) fn shorts(names: &[String]) -> String {
    names.iter().map(|name| short(name)).collect::<Vec<_>>().join(", ")
}

fn id(collection: &str, typed: &str) -> Result<String, String> {
    match Uuid::try_parse(bare(collection, typed)) {
        Ok(id) => Ok(format!("{collection}/{}", id.as_hyphenated())),
        Err(_) => Err(format!("expects an id, as lists show it, or {collection}/{{id}}")),
    }
}

fn revision(part: &str) -> Result<String, String> {
    match part.strip_prefix("revisions/").and_then(|number| number.parse::<u32>().ok()) {
        Some(number) => Ok(format!("revisions/{number}")),
        None => Err("expects nothing or revisions/{number} after the id".to_owned()),
    }
}

fn bare<'a>(collection: &str, typed: &'a str) -> &'a str {
    let typed = typed.trim();
    typed.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/')).unwrap_or(typed)
}

fn is_slug(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn is_code(code: &str) -> bool {
    !code.is_empty() && code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')
}
