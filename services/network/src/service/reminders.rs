//! Reminders: a side of an active pairing that has said nothing for long is asked for word of it, once a silence.

use exemplar_kernel::{Change, Principal};

use super::Network;
use crate::Error;
use crate::model::health::silent_sides;
use crate::model::pairing::Pairing;
use crate::store::{milestones, pairings};

/// Pairings that are looked at together.
const AT_ONCE: u64 = 200;

impl Network {
    /// Reminds every side that is silent for too long.
    pub(super) async fn remind(&self) -> Result<(), Error> {
        let mut after = None;
        loop {
            let active = pairings::active(self.db.read(), after, AT_ONCE).await?;
            let Some(last) = active.last() else { return Ok(()) };
            after = Some(last.id);
            self.remind_of(&active).await?;
        }
    }

    async fn remind_of(&self, active: &[Pairing]) -> Result<(), Error> {
        let ids: Vec<_> = active.iter().map(|pairing| pairing.id).collect();
        let now = self.db.clock().now();
        let words = milestones::words(self.db.read(), &ids).await?;
        let reminders = milestones::reminders(self.db.read(), &ids).await?;
        let silent = |pairing: &&Pairing| !silent_sides(pairing, &words, &reminders, now).is_empty();
        let ids: Vec<_> = active.iter().filter(silent).map(|pairing| pairing.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin("network.check_in.remind", &Principal::system()).await?;
        let locked = pairings::lock_all(&*tx, &ids).await?;
        // Read again under the lock: another replica may have been faster.
        let words = milestones::words(&*tx, &ids).await?;
        let reminders = milestones::reminders(&*tx, &ids).await?;
        let now = tx.now();
        for pairing in &locked {
            for side in silent_sides(pairing, &words, &reminders, now) {
                milestones::note_reminder(&*tx, pairing.id, &side, now).await?;
                let change = Change::new("network.check_in.remind", &pairing.id).on_behalf(&side);
                tx.append(change.after(&serde_json::json!({
                    "sides": [pairing.terms.exemplar, pairing.terms.partner],
                })));
            }
        }
        if !tx.is_silent() {
            tx.commit(()).await?;
        }
        Ok(())
    }
}
