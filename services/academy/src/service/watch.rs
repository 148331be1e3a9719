//! Watching a cohort: whoever's standing changes is told, as the journal goes on.

use std::collections::HashMap;
use std::time::Duration;

use exemplar_kernel::{Principal, Sequence, journal};
use tokio::sync::mpsc;

use super::Academy;
use super::records::{Learner, WantedStandings};
use crate::Error;
use crate::model::cohort::CohortId;
use crate::model::enrolment::EnrolmentId;
use crate::store::cohorts as store;

/// How often the journal is asked, for changes of other processes.
const POLL: Duration = Duration::from_millis(500);
/// How long one watch lasts; a client watches again.
const LONGEST: Duration = Duration::from_mins(30);

/// Learners whose standing is new or has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Who, and where they stand now.
    pub learners: Vec<Learner>,
    /// The place in the journal up to which this is so.
    pub sequence: Sequence,
}

impl Academy {
    /// Tells where the learners of a cohort stand, and from then on each whose standing changes, as far as the caller
    /// may know of them. It ends after half an hour, or when nobody listens.
    ///
    /// # Errors
    /// [`Error::CohortNotFound`], and when nobody has signed in.
    pub async fn watch_cohort(
        &self,
        caller: &Principal,
        cohort: CohortId,
    ) -> Result<mpsc::Receiver<Result<Watched, Error>>, Error> {
        caller.signed_in()?;
        store::find(self.db.read(), cohort).await?.ok_or(Error::CohortNotFound(cohort))?;
        let (sender, receiver) = mpsc::channel(4);
        let (academy, caller) = (self.clone(), caller.clone());
        tokio::spawn(async move {
            let watching = academy.watch(&caller, cohort, &sender);
            tokio::select! {
                ended = watching => if let Err(error) = ended {
                    let _ = sender.send(Err(error)).await;
                },
                () = sender.closed() => {}
                () = tokio::time::sleep(LONGEST) => {}
            }
        });
        Ok(receiver)
    }

    async fn watch(
        &self,
        caller: &Principal,
        cohort: CohortId,
        sender: &mpsc::Sender<Result<Watched, Error>>,
    ) -> Result<(), Error> {
        let mut hint = self.db.hint();
        let mut told: HashMap<EnrolmentId, Learner> = HashMap::new();
        let mut seen = None;
        loop {
            let head = journal::head(self.db.read()).await?;
            let now = (head, self.today());
            if seen != Some(now) {
                // Read after the head: what is told holds what the journal had by then, or a little more.
                let stand = self.standings(caller, cohort, &WantedStandings::default()).await?;
                let is_new = |learner: &Learner| told.get(&learner.enrolment.id) != Some(learner);
                let learners: Vec<_> = stand.into_iter().filter(is_new).collect();
                if !learners.is_empty() || seen.is_none() {
                    told.extend(learners.iter().map(|learner| (learner.enrolment.id, learner.clone())));
                    if sender.send(Ok(Watched { learners, sequence: head })).await.is_err() {
                        return Ok(());
                    }
                }
                seen = Some(now);
            }
            tokio::select! {
                _ = hint.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}
