//! A cohort's timetable.

use std::collections::HashMap;

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, Page, Paging, Principal, Violations, Written};
use serde::{Deserialize, Serialize};

use super::{Academy, cohorts, require_staff};
use crate::Error;
use crate::model::cohort::{Cohort, CohortId};
use crate::model::demands::MAX_SESSIONS;
use crate::model::session::{SessionDraft, SessionKey, TeachingSession};
use crate::store::{cohorts as cohort_store, sessions as store};

/// Sessions for a timetable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Whose.
    pub cohort: CohortId,
    /// The sessions; one whose code is there already is changed.
    pub sessions: Vec<SessionDraft>,
    /// Also those that the curriculum plans and that are not there yet.
    pub from_curriculum: bool,
}

/// What became of a timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// Sessions that were added.
    pub added: usize,
    /// Sessions that were changed.
    pub changed: usize,
}

impl Academy {
    /// A page of a cohort's timetable, by day. Anybody may read it.
    pub async fn list_sessions(&self, cohort: CohortId, paging: &Paging) -> Result<Page<TeachingSession>, Error> {
        cohorts::find(self.db.read(), cohort).await?;
        let rows = store::list(self.db.read(), cohort, paging).await?;
        Ok(paging.page(rows, |last| vec![last.date.to_string(), last.code.clone()]))
    }

    /// Puts sessions into a cohort's timetable; the academy's staff and the cohort's may.
    pub async fn schedule(
        &self,
        caller: &Principal,
        schedule: Schedule,
        key: Option<RequestKey>,
    ) -> Result<Written<Scheduled>, Error> {
        require_staff(self.db.read(), caller, schedule.cohort).await?;
        let mut tx = match self.db.once("academy.cohort.schedule", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let id = schedule.cohort;
        let cohort = cohort_store::lock(&*tx, id).await?.ok_or(Error::CohortNotFound(id))?;
        let book = self.book_of(&*tx, cohort.clone()).await?;
        let mut there: HashMap<String, &TeachingSession> = book.by_code();
        let mut drafts = schedule.sessions;
        check(&mut drafts, &book.curriculum)?;
        if schedule.from_curriculum {
            let new = |draft: &SessionDraft| {
                let code = draft.code.to_uppercase();
                !there.contains_key(&code) && drafts.iter().all(|other| other.code.to_uppercase() != code)
            };
            let planned: Vec<_> =
                SessionDraft::planned(&book.curriculum, cohort.start_date).into_iter().filter(new).collect();
            drafts.extend(planned);
        }
        let (mut put, mut before, mut scheduled) = (Vec::new(), Vec::new(), Scheduled { added: 0, changed: 0 });
        for draft in drafts {
            match there.remove(&draft.code.to_uppercase()) {
                None => {
                    scheduled.added += 1;
                    put.push(TeachingSession::of(SessionKey::new(tx.id()), id, draft));
                }
                Some(old) => {
                    let new = TeachingSession { code: old.code.clone(), ..TeachingSession::of(old.id, id, draft) };
                    if new != *old {
                        scheduled.changed += 1;
                        before.push(old.clone());
                        put.push(new);
                    }
                }
            }
        }
        if book.sessions.len() + scheduled.added > MAX_SESSIONS {
            let mut violations = Violations::new();
            violations.add("sessions", format!("make more than {MAX_SESSIONS} in the timetable"));
            violations.check()?;
        }
        store::put(&*tx, &put).await?;
        cohort_store::update(&*tx, &Cohort { version: cohort.version + 1, ..cohort }).await?;
        tx.append(Change::new("academy.cohort.schedule", &id).before(&before).after(&put));
        Ok(tx.commit(scheduled).await?)
    }
}

/// Checks sessions against each other and the curriculum: a session's code heads a column of sheets beside modules'.
fn check(drafts: &mut [SessionDraft], curriculum: &crate::Curriculum) -> Result<(), Error> {
    let mut violations = Violations::new();
    violations.at_most("sessions", drafts, MAX_SESSIONS);
    let mut codes: Vec<String> = Vec::new();
    for (i, draft) in drafts.iter_mut().take(MAX_SESSIONS).enumerate() {
        let path = format!("sessions[{i}]");
        draft.check(&mut violations, &path);
        let code = draft.code.to_uppercase();
        if codes.contains(&code) || curriculum.modules.iter().any(|module| module.code.eq_ignore_ascii_case(&code)) {
            violations.add(format!("{path}.code"), "is another session's or a module's");
        }
        if !draft.module.is_empty() && curriculum.module(&draft.module).is_none() {
            violations.add(format!("{path}.module"), "is no module of the cohort's curriculum");
        }
        codes.push(code);
    }
    Ok(violations.check()?)
}
