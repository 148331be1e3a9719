//! Attendance: one learner at a session, and apologies sent in advance.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, Principal, Tx, Written};

use super::book::{CohortBook, touched};
use super::records::{Learner, learner};
use super::{Academy, detail, require_staff, visible};
use crate::Error;
use crate::model::attendance::{AttendanceEntry, Presence};
use crate::model::enrolment::{Enrolment, EnrolmentId};
use crate::model::session::TeachingSession;
use crate::model::standing::{Detail, LearnerRecord};
use crate::store::{attendance as store, enrolments};

/// Whether one learner was at one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordAttendance {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// The session's code.
    pub session: String,
    /// Whether they were there.
    pub presence: Presence,
    /// Why, where there is something to say.
    pub note: String,
}

impl Academy {
    /// Records whether a learner was at a session; the academy's staff and the cohort's may.
    pub async fn record_attendance(
        &self,
        caller: &Principal,
        wanted: RecordAttendance,
        key: Option<RequestKey>,
    ) -> Result<Written<Learner>, Error> {
        let enrolment = enrolments::find(self.db.read(), visible(caller)?, wanted.enrolment).await?;
        let cohort = enrolment.ok_or(Error::EnrolmentNotFound(wanted.enrolment))?.cohort;
        require_staff(self.db.read(), caller, cohort).await?;
        let tx = match self.db.once("academy.attendance.record", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let (enrolment, book, record) = self.open(&tx, wanted.enrolment).await?;
        let session = session(&book, &wanted.session)?;
        let early = matches!(wanted.presence, Presence::Apologies | Presence::Excused);
        if session.date > tx.now().date() && !early {
            return Err(Error::SessionInFuture(session.code.clone()));
        }
        let wanted = RecordAttendance { session: session.code.clone(), ..wanted };
        put(tx, caller, "academy.attendance.record", &wanted, session, &book, enrolment, record).await
    }

    /// A learner says before a session that they will not come.
    pub async fn send_apologies(
        &self,
        caller: &Principal,
        enrolment: EnrolmentId,
        session_code: &str,
        reason: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Learner>, Error> {
        let found = enrolments::find(self.db.read(), visible(caller)?, enrolment).await?;
        found.filter(|found| Some(found.learner) == caller.person).ok_or(Error::EnrolmentNotFound(enrolment))?;
        let tx = match self.db.once("academy.attendance.apologise", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let (found, book, record) = self.open(&tx, enrolment).await?;
        let session = session(&book, session_code)?;
        if session.starts() <= tx.now() {
            return Err(Error::SessionBegun(session.code.clone()));
        }
        let (session_code, presence) = (session.code.clone(), Presence::Apologies);
        let wanted = RecordAttendance { enrolment, session: session_code, presence, note: reason };
        put(tx, caller, "academy.attendance.apologise", &wanted, session, &book, found, record).await
    }
}

fn session<'a>(book: &'a CohortBook, code: &str) -> Result<&'a TeachingSession, Error> {
    let found = book.sessions.iter().find(|session| session.code.eq_ignore_ascii_case(code.trim()));
    found.ok_or_else(|| Error::SessionNotFound(code.to_owned()))
}

#[expect(clippy::too_many_arguments, reason = "each is one part of one entry")]
async fn put(
    mut tx: Tx,
    caller: &Principal,
    verb: &'static str,
    wanted: &RecordAttendance,
    session: &TeachingSession,
    book: &CohortBook,
    enrolment: Enrolment,
    mut record: LearnerRecord,
) -> Result<Written<Learner>, Error> {
    if !enrolment.is_recordable() {
        return Err(Error::EnrolmentState { enrolment: enrolment.id, state: enrolment.state });
    }
    let last = record.attendance.iter().filter(|entry| entry.session == session.id).max_by_key(|entry| entry.entry);
    let entry = AttendanceEntry {
        enrolment: enrolment.id,
        session: session.id,
        entry: last.map_or(0, |last| last.entry) + 1,
        presence: Some(wanted.presence),
        note: wanted.note.clone(),
        recorded: tx.now(),
        recorded_by: caller.person,
        batch: None,
    };
    let mut change = Change::new(verb, &enrolment.id).after(&entry);
    if let Some(last) = last {
        change = change.before(last);
    }
    tx.append(change);
    store::insert_all(&*tx, std::slice::from_ref(&entry)).await?;
    touched(&tx, [enrolment.id]).await?;
    record.attendance.push(entry);
    let told = detail(caller, true, &enrolment);
    debug_assert_eq!(told, Detail::Marks);
    let answer = learner(book, enrolment, &record, tx.now().date(), told);
    Ok(tx.commit(answer).await?)
}
