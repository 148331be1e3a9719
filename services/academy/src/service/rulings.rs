//! Rulings on a learner's requirements: overrides, extensions, artefacts handed in.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Principal, Written};
use time::Date;

use super::Academy;
use super::book::{CohortBook, touched};
use super::records::{Learner, learner};
use crate::Error;
use crate::model::assessment::AssessmentPath;
use crate::model::enrolment::EnrolmentId;
use crate::model::ruling::{Ruling, RulingKind, last};
use crate::model::standing::Detail;
use crate::store::rulings as store;

/// A ruling to be made, or taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// What it does.
    pub kind: RulingKind,
    /// The requirement: a module's code, an assessment, `attendance`, `residentials`, `journal` …
    pub subject: String,
    /// Takes back the last one of this kind on this requirement.
    pub withdraw: bool,
    /// The new due date of an extension, or the day of handing in.
    pub date: Option<Date>,
    /// Why.
    pub reason: String,
}

impl Academy {
    /// Rules on one requirement of one learner. It stays in the record for ever, with who ruled and why.
    pub async fn rule(
        &self,
        caller: &Principal,
        rule: Rule,
        key: Option<RequestKey>,
    ) -> Result<Written<Learner>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let name = self.name_of(caller).await?;
        let mut tx = match self.db.once("academy.ruling.make", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let (enrolment, book, mut record) = self.open(&tx, rule.enrolment).await?;
        if !is_requirement(&book, rule.kind, &rule.subject) {
            return Err(Error::RequirementNotFound(rule.subject));
        }
        let before = last(&record.rulings, rule.kind, &rule.subject).cloned();
        if rule.withdraw && before.as_ref().is_none_or(|before| before.void) {
            return Err(Error::RulingNotFound);
        }
        let Rule { enrolment: id, kind, subject, withdraw, date, reason } = rule;
        let ruling = Ruling {
            enrolment: id,
            kind,
            subject,
            entry: before.as_ref().map_or(0, |before| before.entry) + 1,
            void: withdraw,
            date,
            mark: None,
            reason,
            recorded: tx.now(),
            recorded_by: caller.person,
            recorded_by_name: name,
        };
        store::insert_all(&*tx, std::slice::from_ref(&ruling)).await?;
        touched(&tx, [id]).await?;
        let mut change = Change::new("academy.ruling.make", &id).after(&ruling);
        if let Some(before) = &before {
            change = change.before(before);
        }
        tx.append(change);
        record.rulings.push(ruling);
        let answer = learner(&book, enrolment, &record, tx.now().date(), Detail::Marks);
        Ok(tx.commit(answer).await?)
    }
}

/// Whether the cohort's curriculum has the requirement that a ruling of this kind can be about.
fn is_requirement(book: &CohortBook, kind: RulingKind, subject: &str) -> bool {
    let path = AssessmentPath::parse(subject);
    let module = book.curriculum.module(&path.module);
    let demands = &book.curriculum.demands;
    let artefact = demands.artefacts.iter().any(|required| required.artefact.subject() == subject);
    match kind {
        RulingKind::Artefact => artefact,
        RulingKind::Extension => artefact || module.is_some_and(|module| module.part(&path.assessment).is_some()),
        RulingKind::Override | RulingKind::Carried => {
            artefact
                || (module.is_some() && path.assessment.is_empty())
                || demands.attendance.iter().any(|rule| rule.subject() == subject)
        }
    }
}
