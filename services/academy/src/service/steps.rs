//! The steps of an enrolment: take a place, pause, go on, leave, complete.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Principal, Tx, Written};

use super::enrolments::take;
use super::{Academy, visible};
use crate::Error;
use crate::model::enrolment::{Enrolment, EnrolmentEvent, Step, TakeStep};
use crate::model::standing::{Detail, Standing, standing};
use crate::store::enrolments as store;

impl Academy {
    /// Takes a step: the learner accepts or declines an offered place, the academy takes all others.
    pub async fn take_step(
        &self,
        caller: &Principal,
        taken: TakeStep,
        key: Option<RequestKey>,
    ) -> Result<Written<Enrolment>, Error> {
        let id = taken.enrolment;
        if taken.step.is_learners() {
            let found = store::find(self.db.read(), visible(caller)?, id).await?;
            let own = |found: &Enrolment| caller.is_system() || caller.person == Some(found.learner);
            found.filter(own).ok_or(Error::EnrolmentNotFound(id))?;
        } else {
            caller.require_network(NetworkRole::Academy)?;
        }
        let mut tx = match self.db.once(taken.step.verb(), caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let (before, book, record) = self.open(&tx, id).await?;
        let after = before.after(&taken, tx.now().date())?;
        if taken.step == Step::Complete {
            let stands = standing(&book.taught(), &record, tx.now().date(), Detail::Progress);
            if stands.standing != Standing::Complete {
                return Err(Error::RequirementsMissing(id));
            }
        }
        apply(&mut tx, caller, taken.step, &before, &after).await?;
        Ok(tx.commit(after).await?)
    }
}

/// Writes a step with its event, and gives the place back where it does.
pub(super) async fn apply(
    tx: &mut Tx,
    caller: &Principal,
    step: Step,
    before: &Enrolment,
    after: &Enrolment,
) -> Result<(), Error> {
    store::update(&**tx, after).await?;
    let number = store::events(&**tx, after.id).await?.last().map_or(0, |event| event.number) + 1;
    let event = EnrolmentEvent {
        number,
        state: after.state,
        date: after.state_date.unwrap_or_else(|| tx.now().date()),
        reason: after.state_reason.clone(),
        recorded: tx.now(),
        recorded_by: caller.person,
    };
    store::insert_event(&**tx, after.id, &event).await?;
    if step.frees_place() {
        take(tx, after.cohort, -1).await?;
    }
    tx.append(Change::new(step.verb(), &after.id).before(before).after(after));
    Ok(())
}
