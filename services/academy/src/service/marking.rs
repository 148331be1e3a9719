//! Marking by two, moderation, and release.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Principal, Written};
use serde::{Deserialize, Serialize};

use super::book::touched;
use super::records::{JudgedResult, judged};
use super::{Academy, require_staff};
use crate::Error;
use crate::model::cohort::CohortId;
use crate::model::result::{Mark, ResultEntry, ResultId};
use crate::store::{cohorts, enrolments, results as store};

/// What a second marker or a moderator says of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkAgain {
    /// The second marker's mark.
    Second(Mark),
    /// The moderator's, and why.
    Moderate(Mark, String),
}

/// How many results were released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Results.
    pub results: usize,
}

impl Academy {
    /// Notes a second mark, or a moderator's: the academy's staff and the cohort's may, each person once a result.
    pub async fn mark_again(
        &self,
        caller: &Principal,
        id: ResultId,
        what: MarkAgain,
        key: Option<RequestKey>,
    ) -> Result<Written<JudgedResult>, Error> {
        caller.granted(caller.is_system() || caller.person.is_some(), NetworkRole::Academy.name())?;
        let verb = match what {
            MarkAgain::Second(_) => "academy.result.second_mark",
            MarkAgain::Moderate(..) => "academy.result.moderate",
        };
        let mut tx = match self.db.once(verb, caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let found = store::find(&*tx, id).await?;
        let may = match &found {
            Some(entry) => {
                let enrolment = enrolments::lock(&*tx, &[entry.enrolment]).await?.remove(&entry.enrolment);
                let enrolment = enrolment.ok_or(Error::ResultNotFound(id))?;
                super::works_for(&*tx, caller, enrolment.cohort).await?.then_some(enrolment)
            }
            None => None,
        };
        let Some(enrolment) = may else {
            caller.granted(caller.holds_network(NetworkRole::Academy), NetworkRole::Academy.name())?;
            return Err(Error::ResultNotFound(id));
        };
        // Read again under the lock: of two who mark at once, the second meets the first.
        let before = store::find(&*tx, id).await?.ok_or(Error::ResultNotFound(id))?;
        let after = match what {
            MarkAgain::Second(mark) => before.second_marked(mark, caller.person)?,
            MarkAgain::Moderate(mark, note) => before.moderated(mark, caller.person, note)?,
        };
        store::set_marking(&*tx, &after).await?;
        touched(&tx, [enrolment.id]).await?;
        tx.append(Change::new(verb, &id).before(&before).after(&after));
        let book = self.book(&*tx, enrolment.cohort).await?;
        let judged = judged(&book, after);
        Ok(tx.commit(judged).await?)
    }

    /// Releases the results of one module of a cohort, all of them or none.
    pub async fn release_results(
        &self,
        caller: &Principal,
        cohort: CohortId,
        module: &str,
        key: Option<RequestKey>,
    ) -> Result<Written<Released>, Error> {
        require_staff(self.db.read(), caller, cohort).await?;
        let mut tx = match self.db.once("academy.result.release", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        cohorts::lock(&*tx, cohort).await?.ok_or(Error::CohortNotFound(cohort))?;
        let book = self.book(&*tx, cohort).await?;
        let taught = book.curriculum.module(module);
        let taught = taught.ok_or_else(|| Error::ModuleNotFound {
            curriculum: book.curriculum.id.clone(),
            module: module.to_owned(),
        })?;
        let all = enrolments::of_cohort(&*tx, enrolments::Visible::All, cohort).await?;
        let ids: Vec<_> = all.iter().map(|enrolment| enrolment.id).collect();
        let locked = enrolments::lock(&*tx, &ids).await?;
        let records = self.learner_records(&*tx, locked.values()).await?;
        let waiting = |entry: &&ResultEntry| entry.module == module && entry.released.is_none() && !entry.void;
        let waiting: Vec<&ResultEntry> =
            records.values().flat_map(|record| record.results.iter().filter(waiting)).collect();
        let settled = |entry: &ResultEntry| taught.part(&entry.assessment).is_none_or(|part| entry.is_settled(&part));
        let open = waiting.iter().filter(|entry| !settled(entry)).count();
        if open > 0 {
            return Err(Error::MarkingOpen(open));
        }
        if waiting.is_empty() {
            return Err(Error::NothingToRelease(module.to_owned()));
        }
        let results: Vec<_> = waiting.iter().map(|entry| entry.id).collect();
        store::release(&*tx, &results, tx.now()).await?;
        touched(&tx, waiting.iter().map(|entry| entry.enrolment)).await?;
        for entry in &waiting {
            let released = ResultEntry { released: Some(tx.now()), ..(**entry).clone() };
            tx.append(Change::new("academy.result.release", &entry.id).before(entry).after(&released));
        }
        let released = Released { results: results.len() };
        Ok(tx.commit(released).await?)
    }
}
