//! Going on in another cohort, with the credit that counts there.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{NetworkRole, Once, Principal, Written};
use serde::{Deserialize, Serialize};

use super::enrolments::{Begun, begin, take};
use super::{Academy, steps};
use crate::Error;
use crate::model::cohort::CohortId;
use crate::model::enrolment::{Enrolment, EnrolmentId, EnrolmentState, Step, TakeStep};
use crate::model::ruling::{Ruling, RulingKind};
use crate::model::standing::{Detail, standing};
use crate::model::transfer::{Mapped, map};
use crate::store::rulings;

/// Goes on in another cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferEnrolment {
    /// Whose.
    pub enrolment: EnrolmentId,
    /// Where to.
    pub cohort: CohortId,
    /// What answers for what, where the codes differ: the new cohort's module, the old one's.
    pub answers: Vec<(String, String)>,
    /// Why.
    pub reason: String,
    /// Only tells what would be carried.
    pub validate_only: bool,
}

/// What was carried, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transferred {
    /// Every module of the new cohort.
    pub mapping: Vec<Mapped>,
    /// The new enrolment; none when only asked.
    pub enrolment: Option<Enrolment>,
}

impl Academy {
    /// Transfers an enrolment: the old one ends, a new one begins in the other cohort with the credit that its rules
    /// let count.
    pub async fn transfer(
        &self,
        caller: &Principal,
        transfer: TransferEnrolment,
        key: Option<RequestKey>,
    ) -> Result<Written<Transferred>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let TransferEnrolment { enrolment: id, cohort, answers, reason, validate_only } = transfer;
        let key = key.filter(|_| !validate_only);
        let mut tx = match self.db.once(Step::Transfer.verb(), caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let (before, old, record) = self.open(&tx, id).await?;
        let new = self.book(&*tx, cohort).await?;
        let taken = TakeStep { enrolment: id, step: Step::Transfer, date: None, reason: reason.clone() };
        let after = before.after(&taken, tx.now().date())?;
        if cohort == before.cohort {
            return Err(Error::AlreadyEnrolled { learner: before.learner, cohort });
        }
        let stands = standing(&old.taught(), &record, tx.now().date(), Detail::Marks);
        let mapping = map(&old.cohort.title, &stands, &new.curriculum, &answers);
        if validate_only {
            return Ok(Written { value: Transferred { mapping, enrolment: None }, sequence: 0 });
        }
        steps::apply(&mut tx, caller, Step::Transfer, &before, &after).await?;
        take(&tx, cohort, 1).await?;
        let begun = Begun {
            cohort,
            learner: before.learner,
            learner_name: before.learner_name.clone(),
            organisation: before.organisation.clone(),
            sponsor: before.sponsor,
            state: EnrolmentState::Enrolled,
            continues: Some(id),
        };
        let enrolment = begin(&mut tx, caller, begun).await?;
        let (recorded, recorded_by) = (tx.now(), caller.person);
        let ruling = |mapped: &Mapped| Ruling {
            enrolment: enrolment.id,
            kind: RulingKind::Carried,
            subject: mapped.module.clone(),
            entry: 1,
            void: false,
            date: None,
            mark: mapped.mark,
            reason: mapped.reason.clone(),
            recorded,
            recorded_by,
            recorded_by_name: String::new(),
        };
        let carried: Vec<_> = mapping.iter().filter(|mapped| mapped.carried).map(ruling).collect();
        rulings::insert_all(&*tx, &carried).await?;
        Ok(tx.commit(Transferred { mapping, enrolment: Some(enrolment) }).await?)
    }
}
