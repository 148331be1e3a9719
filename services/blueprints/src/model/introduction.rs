//! Introductions: asking those who have done it, within the hours that they can give. Pure.

use exemplar_kernel::{OrganisationId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};
use time::Date;

use super::BlueprintId;
use crate::Error;

exemplar_kernel::id!(
    /// One introduction.
    IntroductionId,
    "introductions"
);

exemplar_kernel::named!(
    /// What is asked for.
    IntroductionKind {
        /// An answer in writing.
        Question = "QUESTION",
        /// A conversation.
        Call = "CALL",
        /// A visit.
        Visit = "VISIT",
    }
);
exemplar_kernel::named!(
    /// Where an introduction stands.
    IntroductionState {
        /// It waits for those who were asked.
        Requested = "REQUESTED",
        /// They will give the hours.
        Accepted = "ACCEPTED",
        /// They have answered in writing.
        Answered = "ANSWERED",
        /// It has taken place, and both sides know what came of it.
        Completed = "COMPLETED",
        /// They cannot.
        Declined = "DECLINED",
        /// Those who asked no longer need it.
        Withdrawn = "WITHDRAWN",
    }
);
exemplar_kernel::named!(
    /// The steps of an introduction.
    IntroductionStep {
        /// Those who were asked promise the hours.
        Accept = "ACCEPT",
        /// Those who were asked say no.
        Decline = "DECLINE",
        /// Those who were asked answer in writing.
        Answer = "ANSWER",
        /// Either side says what came of it.
        Complete = "COMPLETE",
        /// Those who asked take it back.
        Withdraw = "WITHDRAW",
    }
);

/// Hours a month that an organisation gives while its lead has set nothing.
pub const DEFAULT_BUDGET: i32 = 8;
/// Hours a month that an organisation can set at the most.
pub const MAX_BUDGET: i32 = 200;
/// Hours of one introduction at the most.
pub const MAX_HOURS: i32 = 40;

impl IntroductionKind {
    /// The hours that it takes when those who accept do not say: an hour to answer or to talk, half a day to show.
    pub const fn usual_hours(self) -> i32 {
        match self {
            Self::Question | Self::Call => 1,
            Self::Visit => 4,
        }
    }
}

/// One introduction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// Which.
    pub id: IntroductionId,
    /// About which blueprint.
    pub blueprint: BlueprintId,
    /// Who asks.
    pub asker: OrganisationId,
    /// The person who asks.
    pub asked_by: Option<PersonId>,
    /// Who is asked: the authors, or an adopter.
    pub asked: OrganisationId,
    /// The expert who is asked there; none: its leads.
    pub expert: Option<PersonId>,
    /// What is asked for.
    pub kind: IntroductionKind,
    /// What the asker wants to know.
    pub question: String,
    /// Where it stands.
    pub state: IntroductionState,
    /// The hours that were promised; 0 before.
    pub hours: i32,
    /// The month that the hours are of, its first day.
    pub month: Option<Date>,
    /// The written answer.
    pub answer: String,
    /// What came of it; shown to both sides.
    pub outcome: String,
    /// Why it was declined or withdrawn.
    pub reason: String,
    /// When it was asked.
    pub requested: Timestamp,
    /// When it last moved.
    pub moved: Timestamp,
    /// 1 when it was asked, one more with every step.
    pub version: i64,
}

/// Asks for an introduction.
#[derive(Clone, Debug)]
pub struct Ask {
    /// About which blueprint.
    pub blueprint: BlueprintId,
    /// Who asks.
    pub asker: OrganisationId,
    /// Who is asked; none: the authors.
    pub asked: Option<OrganisationId>,
    /// Whom there; none: its leads.
    pub expert: Option<PersonId>,
    /// What is asked for.
    pub kind: IntroductionKind,
    /// What the asker wants to know.
    pub question: String,
}

/// A step with what it says.
#[derive(Clone, Debug)]
pub enum Move {
    /// Promises this many hours; none: as many as the kind usually takes.
    Accept(Option<i32>),
    /// Says no, and why.
    Decline(String),
    /// Answers in writing; from the request on, which promises the hours at once.
    Answer(String),
    /// Says what came of it.
    Complete(String),
    /// Takes the request back, and why.
    Withdraw(String),
}

/// Hours that a step takes from a month of an organisation, or gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Taken when positive.
    pub hours: i32,
    /// Of this month, its first day.
    pub month: Date,
}

impl Move {
    /// Which step it is.
    pub const fn step(&self) -> IntroductionStep {
        match self {
            Self::Accept(_) => IntroductionStep::Accept,
            Self::Decline(_) => IntroductionStep::Decline,
            Self::Answer(_) => IntroductionStep::Answer,
            Self::Complete(_) => IntroductionStep::Complete,
            Self::Withdraw(_) => IntroductionStep::Withdraw,
        }
    }
}

impl Introduction {
    /// A new request; `author` wrote the blueprint.
    pub(crate) fn ask(
        id: IntroductionId,
        ask: Ask,
        author: &OrganisationId,
        by: Option<PersonId>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let Ask { blueprint, asker, asked, expert, kind, question } = ask;
        let asked = asked.unwrap_or_else(|| author.clone());
        if asker == asked {
            return Err(Error::IntroductionToSelf);
        }
        Ok(Self {
            id,
            blueprint,
            asker,
            asked_by: by,
            asked,
            expert,
            kind,
            question,
            state: IntroductionState::Requested,
            hours: 0,
            month: None,
            answer: String::new(),
            outcome: String::new(),
            reason: String::new(),
            requested: now,
            moved: now,
            version: 1,
        })
    }

    /// Takes a step; the introduction after it, and the hours that it takes or gives back.
    pub(crate) fn take(&self, step: Move, now: Timestamp) -> Result<(Self, Option<Charge>), Error> {
        use IntroductionState::{Accepted, Answered, Completed, Declined, Requested, Withdrawn};
        let mut after = Self { moved: now, version: self.version + 1, ..self.clone() };
        let refused = Error::IntroductionState { state: self.state, step: step.step() };
        let mut charge = None;
        let month = first_of_month(now);
        let mut promise = |after: &mut Self, hours: Option<i32>| {
            after.hours = hours.unwrap_or_else(|| self.kind.usual_hours());
            after.month = Some(month);
            charge = Some(Charge { hours: after.hours, month });
        };
        after.state = match (step, self.state) {
            (Move::Accept(hours), Requested) => {
                promise(&mut after, hours);
                Accepted
            }
            (Move::Answer(answer), Requested) => {
                promise(&mut after, None);
                after.answer = answer;
                Answered
            }
            (Move::Answer(answer), Accepted) => {
                after.answer = answer;
                Answered
            }
            (Move::Decline(reason), Requested) => {
                after.reason = reason;
                Declined
            }
            (Move::Complete(outcome), Accepted | Answered) => {
                after.outcome = outcome;
                Completed
            }
            (Move::Withdraw(reason), Requested | Accepted) => {
                charge = self.month.map(|month| Charge { hours: -self.hours, month });
                after.reason = reason;
                (after.hours, after.month) = (0, None);
                Withdrawn
            }
            _ => return Err(refused),
        };
        Ok((after, charge))
    }
}

/// The first day of the month of an instant, in UTC.
pub(crate) fn first_of_month(now: Timestamp) -> Date {
    let today = now.date();
    today.replace_day(1).unwrap_or(today)
}
