//! What happened to a pairing, read from the journal.

use exemplar_kernel::journal::{self, Detail, Entry};
use exemplar_kernel::{Page, Paging, Principal, Sequence, Timestamp};
use serde_json::Value;

use super::Network;
use crate::{Error, Holder, Pairing, PairingId, PairingState, store};

/// What outsiders see of the history of a pairing that they may know of: its steps, not what is in its agreements.
const PUBLIC: &str = "network.pairing.";

/// One thing that happened to a pairing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// What was done, without the context: `propose`, `sign_agreement`.
    pub step: String,
    /// When it was written down.
    pub at: Timestamp,
    /// Who did it; empty for those who may not know.
    pub actor: String,
    /// On whose behalf.
    pub organisation: String,
    /// Where the pairing stood after it, where the step changed the pairing.
    pub state: Option<PairingState>,
    /// Why, or what it was about.
    pub note: String,
    /// Its place in the journal.
    pub sequence: Sequence,
}

impl Network {
    /// What happened to a pairing, oldest first.
    pub async fn steps(&self, caller: &Principal, id: PairingId, paging: &Paging) -> Result<Page<Happened>, Error> {
        let pairing = self.pairing(caller, id).await?;
        let inside = pairing.is_inside(caller);
        let prefix = if inside { "network." } else { PUBLIC };
        let after = paging.after.first().and_then(|sequence| sequence.parse().ok()).unwrap_or(0);
        let db = self.db.read();
        let entries = journal::history(db, &id.to_string(), prefix, after, paging.fetch()).await?;
        let sequences: Vec<_> = entries.iter().map(|entry| entry.sequence).collect();
        let details = journal::details(db, &sequences).await?;
        let page = paging.page(entries, |entry| vec![entry.sequence.to_string()]);
        Ok(page.map(|entry| {
            let detail = details.get(&entry.sequence);
            happened(entry, detail, inside)
        }))
    }

    /// Who held the sides of a pairing that the caller has seen, in order of time.
    pub async fn holders(&self, pairing: &Pairing) -> Result<Vec<Holder>, Error> {
        let rows = store::sides::of(self.db.read(), &[pairing.id]).await?;
        Ok(rows.into_iter().map(|(_, holder)| holder).collect())
    }
}

fn happened(entry: Entry, detail: Option<&Detail>, inside: bool) -> Happened {
    let after = detail.and_then(|detail| detail.after.as_ref());
    let text =
        |pointer: &str| after.and_then(|after| after.pointer(pointer)).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| after.and_then(|after| after.pointer(name)).and_then(Value::as_i64).unwrap_or_default();
    let (step, state, note) = match entry.verb.split('.').collect::<Vec<_>>().as_slice() {
        [_, "pairing", "record"] => {
            ("record".to_owned(), PairingState::from_name(text("/state")), text("/source").into())
        }
        [_, "pairing", step] => ((*step).to_owned(), PairingState::from_name(text("/state")), text("/reason").into()),
        [_, "agreement", step] => (format!("{step}_agreement"), None, format!("revision {}", number("/revision"))),
        [_, "milestone", step] => {
            let about = [text("/title"), text("/evidence")].into_iter().filter(|part| !part.is_empty());
            let about = about.collect::<Vec<_>>().join(": ");
            (format!("{step}_milestone"), None, format!("{}: {about}", number("/number")))
        }
        [_, noun, step] => (format!("{step}_{noun}"), None, text("/note").to_owned()),
        _ => (entry.verb.clone(), None, String::new()),
    };
    let actor = if inside { entry.actor } else { String::new() };
    let organisation = entry.on_behalf.unwrap_or_default();
    Happened { step, at: entry.at, actor, organisation, state, note, sequence: entry.sequence }
}
