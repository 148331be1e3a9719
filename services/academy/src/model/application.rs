//! Applications for a place: what the applicant writes, what the sponsor confirms, and how two people score it.

use exemplar_kernel::{OrganisationId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use super::cohort::CohortId;
use super::enrolment::EnrolmentId;
use crate::Error;

exemplar_kernel::id!(
    /// One person's application for one cohort.
    ApplicationId,
    "applications"
);

exemplar_kernel::named! {
    /// Where an application is on its way.
    ApplicationState {
        /// It waits for the sponsor.
        Submitted = "SUBMITTED",
        /// The sponsor has confirmed; it is scored.
        Sponsored = "SPONSORED",
        /// A place is offered.
        Offered = "OFFERED",
        /// It waits for a place that becomes free.
        Reserve = "RESERVE",
        /// It was refused.
        Declined = "DECLINED",
        /// The applicant took it back.
        Withdrawn = "WITHDRAWN",
    }
}

/// Answers of an application (research/domain.md, C5).
pub const ANSWERS: usize = 4;
/// Points of one answer at the most; four of them make 20.
pub const MAX_POINTS: i32 = 5;
/// An answer's length at the most, in characters: 500 words, generously.
pub(crate) const MAX_ANSWER: usize = 4_000;

/// One person's application for one cohort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Which.
    pub id: ApplicationId,
    /// For which cohort.
    pub cohort: CohortId,
    /// Whose.
    pub applicant: PersonId,
    /// What they were called then.
    pub applicant_name: String,
    /// Their employer.
    pub organisation: OrganisationId,
    /// Their role there, in a few words (`CCIO`, `Pharmacist`).
    pub profession: String,
    /// The four answers.
    pub answers: Vec<String>,
    /// Where it is on its way.
    pub state: ApplicationState,
    /// When it was submitted.
    pub submitted: Timestamp,
    /// The sponsor's statement.
    pub sponsorship: Option<Sponsorship>,
    /// The score that both scorers agreed on, or the moderator's.
    pub score: Option<i32>,
    /// What the moderator decided.
    pub moderation: Option<ScoreModeration>,
    /// The place on the reserve list, from 1.
    pub reserve: Option<i32>,
    /// By which rule it was decided, in words.
    pub rule: String,
    /// The application for an earlier cohort whose place was ring-fenced for this one.
    pub carried_from: Option<ApplicationId>,
    /// The enrolment that came of it.
    pub enrolment: Option<EnrolmentId>,
    /// Goes up with every change.
    pub version: i64,
}

/// What an executive of the applicant's employer confirms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sponsorship {
    /// Who.
    pub sponsor: PersonId,
    /// What they write.
    pub statement: String,
    /// The applicant gets the time.
    pub confirms_study_leave: bool,
    /// The applicant can study at this level.
    pub confirms_level: bool,
    /// The applicant stays employed to the end.
    pub confirms_employment: bool,
    /// When.
    pub at: Timestamp,
}

/// One scorer's points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Who.
    pub scorer: PersonId,
    /// Points for each answer; 0 to 5.
    pub points: Vec<i32>,
    /// When.
    pub at: Timestamp,
}

/// What a third person decided where two scorers differed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreModeration {
    /// Who.
    pub moderator: PersonId,
    /// The score that stands.
    pub score: i32,
    /// Why.
    pub note: String,
}

impl Score {
    /// The points together; 0 to 20.
    pub fn total(&self) -> i32 {
        self.points.iter().sum()
    }
}

impl Application {
    /// The application with the sponsor's statement.
    ///
    /// # Errors
    /// [`Error::ApplicationState`], [`Error::SponsorIsApplicant`], [`Error::SponsorDoesNotConfirm`].
    pub(crate) fn sponsored(&self, sponsorship: Sponsorship) -> Result<Self, Error> {
        self.must_be(&[ApplicationState::Submitted])?;
        if sponsorship.sponsor == self.applicant {
            return Err(Error::SponsorIsApplicant);
        }
        if !(sponsorship.confirms_study_leave && sponsorship.confirms_level && sponsorship.confirms_employment) {
            return Err(Error::SponsorDoesNotConfirm);
        }
        Ok(self.next(ApplicationState::Sponsored, Some(sponsorship)))
    }

    /// The application with one more score beside those there are. Neither scorer knows the other's.
    ///
    /// # Errors
    /// [`Error::ApplicationState`], [`Error::ScorerIsApplicant`], [`Error::ScoredAlready`].
    pub(crate) fn scored(&self, scores: &[Score], score: &Score) -> Result<Self, Error> {
        self.must_be(&[ApplicationState::Sponsored])?;
        if score.scorer == self.applicant {
            return Err(Error::ScorerIsApplicant);
        }
        if scores.len() >= 2 || scores.iter().any(|other| other.scorer == score.scorer) {
            return Err(Error::ScoredAlready);
        }
        let agreed = scores.first().map(Score::total).filter(|other| *other == score.total());
        Ok(Self { score: agreed, version: self.version + 1, ..self.clone() })
    }

    /// The application with the moderator's score: a third person's, where the two differ.
    ///
    /// # Errors
    /// [`Error::ApplicationState`], [`Error::NothingToModerate`], [`Error::ScorerIsApplicant`].
    pub(crate) fn moderated(&self, scores: &[Score], moderation: ScoreModeration) -> Result<Self, Error> {
        self.must_be(&[ApplicationState::Sponsored])?;
        let differ = matches!(scores, [one, two] if one.total() != two.total());
        if !differ || self.score.is_some() || scores.iter().any(|score| score.scorer == moderation.moderator) {
            return Err(Error::NothingToModerate);
        }
        if moderation.moderator == self.applicant {
            return Err(Error::ScorerIsApplicant);
        }
        let score = Some(moderation.score);
        Ok(Self { score, moderation: Some(moderation), version: self.version + 1, ..self.clone() })
    }

    /// Refuses unless it is in one of these states.
    pub(crate) fn must_be(&self, states: &[ApplicationState]) -> Result<(), Error> {
        if states.contains(&self.state) {
            return Ok(());
        }
        Err(Error::ApplicationState { application: self.id, state: self.state })
    }

    fn next(&self, state: ApplicationState, sponsorship: Option<Sponsorship>) -> Self {
        Self { state, sponsorship, version: self.version + 1, ..self.clone() }
    }
}
