//! What the network's changes mean for whom: proposals to answer, agreements to sign, word to give, expressions to
//! score, and news of pairings.

use exemplar_kernel::journal::{Detail, Entry};
use exemplar_kernel::notice::{Meaning, Notice, NoticeKind, Notices, Whose};
use exemplar_kernel::{OrganisationId, PersonId, Role};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Pairing, PairingState};

/// A proposal that the other side has not answered.
const PROPOSAL: NoticeKind =
    NoticeKind { name: "PAIRING_PROPOSAL", words: "Proposals of pairings to answer", is_task: true };
/// A revision of an agreement that an organisation has not signed.
const AGREEMENT: NoticeKind = NoticeKind { name: "AGREEMENT_TO_SIGN", words: "Agreements to sign", is_task: true };
/// A pairing of which a side says nothing.
const CHECK_IN: NoticeKind = NoticeKind { name: "CHECK_IN_DUE", words: "Check-ins that are due", is_task: true };
/// An expression of interest to be scored.
const SCORE: NoticeKind =
    NoticeKind { name: "EXPRESSION_TO_SCORE", words: "Expressions of interest to score", is_task: true };
/// How a pairing went on.
const NEWS: NoticeKind = NoticeKind { name: "PAIRING_NEWS", words: "News of pairings", is_task: false };

/// What the network tells.
pub const NOTICES: Notices = Notices {
    kinds: &[&PROPOSAL, &AGREEMENT, &CHECK_IN, &SCORE, &NEWS],
    verbs: &[
        "network.agreement.draft",
        "network.agreement.sign",
        "network.check_in.record",
        "network.check_in.remind",
        "network.expression.assign_scorers",
        "network.expression.decide",
        "network.expression.score",
        "network.expression.withdraw",
        "network.pairing.accept",
        "network.pairing.activate",
        "network.pairing.agree",
        "network.pairing.complete",
        "network.pairing.counter",
        "network.pairing.decline",
        "network.pairing.end",
        "network.pairing.expire",
        "network.pairing.merge",
        "network.pairing.override",
        "network.pairing.pause",
        "network.pairing.propose",
        "network.pairing.resume",
        "network.pairing.succeed",
        "network.pairing.withdraw",
    ],
    read,
};

/// What is read of an agreement and of a reminder.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    revision: i32,
    sides: [OrganisationId; 2],
}

fn read(entry: &Entry, detail: Option<&Detail>) -> Vec<Meaning> {
    let subject = entry.resource.as_str();
    let by = entry.on_behalf.as_deref().and_then(|name| OrganisationId::parse(name).ok());
    match entry.verb.as_str() {
        "network.pairing.propose" => after(detail).map(|pairing| vec![proposal(&pairing)]).unwrap_or_default(),
        "network.agreement.draft" => after(detail).map(|told| to_sign(subject, &told)).unwrap_or_default(),
        "network.agreement.sign" => settled(&AGREEMENT, subject, by),
        "network.check_in.record" => settled(&CHECK_IN, subject, by),
        "network.check_in.remind" => by.and_then(|by| silent(subject, &by, &after(detail)?)).into_iter().collect(),
        "network.expression.assign_scorers" => to_score(subject, &after::<Vec<PersonId>>(detail).unwrap_or_default()),
        "network.expression.decide" | "network.expression.withdraw" => vec![Meaning::settle(&SCORE, subject)],
        "network.expression.score" => PersonId::parse(&entry.actor)
            .map(|scorer| vec![Meaning::settle_for(&SCORE, subject, Whose::Person(scorer))])
            .unwrap_or_default(),
        verb => after(detail).map(|pairing| moved(verb, &pairing)).unwrap_or_default(),
    }
}

fn after<T: DeserializeOwned>(detail: Option<&Detail>) -> Option<T> {
    serde_json::from_value(detail?.after.clone()?).ok()
}

fn settled(kind: &'static NoticeKind, subject: &str, by: Option<OrganisationId>) -> Vec<Meaning> {
    by.map(|by| Meaning::settle_for(kind, subject, Whose::Organisation(by))).into_iter().collect()
}

fn proposal(pairing: &Pairing) -> Meaning {
    let (proposer, answerer) = (pairing.terms.proposer(), pairing.terms.answerer());
    let text = format!("{{{proposer}}} proposes a pairing to {{{answerer}}}.");
    Notice::holders(&PROPOSAL, Role::Lead, answerer, &pairing.id.to_string(), text)
}

/// How a pairing went on: what waited for an earlier state waits no more, and both sides hear of it.
fn moved(verb: &str, pairing: &Pairing) -> Vec<Meaning> {
    let subject = pairing.id.to_string();
    let (exemplar, partner) = (&pairing.terms.exemplar, &pairing.terms.partner);
    let mut all = Vec::new();
    if pairing.state.is_ended() {
        all.push(Meaning::settle_all(&subject));
    } else {
        all.push(Meaning::settle(&PROPOSAL, &subject));
        if pairing.state == PairingState::Proposed {
            all.push(proposal(pairing));
        }
    }
    let Some(word) = word(verb) else { return all };
    let reason = if pairing.reason.is_empty() { String::new() } else { format!(": {}", pairing.reason) };
    let text = format!("The pairing of {{{exemplar}}} and {{{partner}}} was {word}{reason}");
    let text = if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") };
    let tell = |side| Notice::holders(&NEWS, Role::Lead, side, &subject, text.clone());
    all.extend([exemplar, partner].map(tell));
    all
}

/// What happened to a pairing, in a word; none where the proposal that follows says it.
fn word(verb: &str) -> Option<&'static str> {
    Some(match verb {
        "network.pairing.accept" => "accepted",
        "network.pairing.decline" => "declined",
        "network.pairing.withdraw" => "withdrawn",
        "network.pairing.agree" => "agreed: all sides have signed",
        "network.pairing.activate" => "begun",
        "network.pairing.pause" => "paused",
        "network.pairing.resume" => "taken up again",
        "network.pairing.complete" => "completed",
        "network.pairing.end" => "ended",
        "network.pairing.expire" => "not answered in time",
        "network.pairing.merge" => "ended by a merger",
        "network.pairing.override" => "changed by the programme",
        "network.pairing.succeed" => "carried on by a successor",
        _ => return None,
    })
}

fn to_sign(subject: &str, told: &Told) -> Vec<Meaning> {
    let [one, other] = &told.sides;
    let mut all = vec![Meaning::settle(&AGREEMENT, subject)];
    for side in [one, other] {
        let text = format!(
            "Revision {} of the agreement of {{{one}}} and {{{other}}} waits for the signature of {{{side}}}.",
            told.revision
        );
        all.push(Notice::holders(&AGREEMENT, Role::Approver, side, subject, text));
    }
    all
}

fn silent(subject: &str, side: &OrganisationId, told: &Told) -> Option<Meaning> {
    let other = told.sides.iter().find(|other| *other != side)?;
    let text = format!("{{{side}}} has said nothing of its pairing with {{{other}}} for a month. How does it go?");
    Some(Notice::holders(&CHECK_IN, Role::Lead, side, subject, text))
}

fn to_score(subject: &str, scorers: &[PersonId]) -> Vec<Meaning> {
    let text = "An expression of interest waits for your score.";
    let mut all = vec![Meaning::settle(&SCORE, subject)];
    all.extend(scorers.iter().map(|scorer| Notice::person(&SCORE, *scorer, subject, text.to_owned())));
    all
}
