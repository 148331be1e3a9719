//! What is overdue is said in the journal, once and then weekly; whoever tells people reads it there.

use std::time::Duration;

use exemplar_kernel::{Change, Principal};
use serde_json::json;

use super::Blueprints;
use crate::Error;
use crate::store::reminders::{self, Overdue};

/// How long it is until the same thing is said again.
const AGAIN: Duration = Duration::from_hours(7 * 24);

impl Blueprints {
    /// Reminds of sign-offs and assurances that are overdue, and of blueprints that are to be looked at again; of how
    /// many. Several replicas may do it at once: each thing is said by the one that marks it first.
    pub async fn remind(&self) -> Result<usize, Error> {
        let mut told = 0;
        loop {
            let mut tx = self.db.begin("blueprints.remind", &Principal::system()).await?;
            let (now, before) = (tx.now(), tx.now().minus(AGAIN));
            let overdue = reminders::overdue(&*tx, now, before).await?;
            let mut changes = Vec::new();
            for one in &overdue {
                if reminders::mark(&*tx, one, now, before).await? {
                    changes.push(change(one));
                }
            }
            if changes.is_empty() {
                return Ok(told);
            }
            told += changes.len();
            for change in changes {
                tx.append(change);
            }
            tx.commit(()).await?;
        }
    }
}

fn change(overdue: &Overdue) -> Change {
    const REVIEW: &str = "blueprints.review.remind";
    match overdue {
        Overdue::SignOff { review, organisation, due } => {
            Change::new(REVIEW, review).on_behalf(organisation).after(&json!({ "due": due }))
        }
        Overdue::Assurance { review, reviewer, due } => {
            Change::new(REVIEW, review).after(&json!({ "reviewer": reviewer.to_string(), "due": due }))
        }
        Overdue::Renewal { blueprint, organisation, due } => {
            let change = Change::new("blueprints.blueprint.review_due", blueprint);
            change.on_behalf(organisation).after(&json!({ "due": due }))
        }
    }
}
