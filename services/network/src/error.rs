//! What can go wrong in the network.

use std::time::Duration;

use exemplar_kernel::{Fault, Kind, Money, MoneyError, OrganisationId, PersonId, Violations};

use crate::{
    AwardId, DesignationId, DesignationKind, ExpressionId, MatchingId, MilestoneState, PairKey, PairingId,
    PairingState, RoundId, RoundState, Step, TrancheState,
};

/// A failure of a verb of the network.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A failure that every context knows.
    #[error(transparent)]
    Kernel(#[from] exemplar_kernel::Error),
    /// The directory refused an organisation.
    #[error(transparent)]
    Directory(#[from] exemplar_directory::Error),
    /// It has been named that before.
    #[error("{organisation} is designated {kind} at that time already")]
    DesignationExists {
        /// Who.
        organisation: OrganisationId,
        /// What it was named.
        kind: DesignationKind,
    },
    /// No such designation.
    #[error("there is no {0}")]
    DesignationNotFound(DesignationId),
    /// It ended before.
    #[error("{0} has ended already")]
    DesignationEnded(DesignationId),
    /// A pairing of this kind takes a designation that the organisation does not have.
    #[error("{organisation} is not designated {kind}")]
    NotDesignated {
        /// Who.
        organisation: OrganisationId,
        /// What it would have to be named.
        kind: DesignationKind,
    },
    /// Every place of a designation is taken.
    #[error("{organisation} has no place left as {kind}")]
    CapacityFull {
        /// Who.
        organisation: OrganisationId,
        /// As what.
        kind: DesignationKind,
    },
    /// An organisation was to be paired with itself.
    #[error("{0} cannot be paired with itself")]
    PairingWithSelf(OrganisationId),
    /// The two have a live pairing.
    #[error("there is already a live pairing of {} and {}", .0.low(), .0.high())]
    PairingExists(PairKey),
    /// No such pairing, or none that the caller may know of.
    #[error("there is no {0}")]
    PairingNotFound(PairingId),
    /// This cannot follow where the pairing stands.
    #[error("a pairing that is {state} cannot be {step}")]
    PairingState {
        /// Where it stands.
        state: PairingState,
        /// What was to follow.
        step: Step,
    },
    /// Something can be done only while a pairing is accepted and goes on.
    #[error("{pairing} is {state}")]
    PairingEnded {
        /// Which.
        pairing: PairingId,
        /// Where it stands.
        state: PairingState,
    },
    /// A pairing is in a group already.
    #[error("{0} is in a group")]
    PairingGrouped(PairingId),
    /// No revision of the agreement is signed by all.
    #[error("no revision of the agreement of {0} is signed by all")]
    AgreementUnsigned(PairingId),
    /// Nobody has written an agreement.
    #[error("there is no agreement of {0} yet")]
    AgreementNotFound(PairingId),
    /// There is a newer revision than the one that was read.
    #[error("revision {read} cannot be signed: revision {newest} is the newest; read it first")]
    AgreementSuperseded {
        /// The one that was to be signed.
        read: i32,
        /// The newest.
        newest: i32,
    },
    /// The organisation has signed it.
    #[error("{organisation} has signed revision {revision} already")]
    AgreementSigned {
        /// Who.
        organisation: OrganisationId,
        /// What.
        revision: i32,
    },
    /// No such milestone.
    #[error("the pairing has no milestone {0}")]
    MilestoneNotFound(i32),
    /// It was reached or dropped before.
    #[error("milestone {number} is {state} already")]
    MilestoneClosed {
        /// Which.
        number: i32,
        /// Where it stands.
        state: MilestoneState,
    },
    /// Money waits for a milestone.
    #[error("milestone {0} is not reached with evidence")]
    MilestoneUnmet(i32),
    /// No such award, or none that the caller may see.
    #[error("there is no {0}")]
    AwardNotFound(AwardId),
    /// The parts of an award are not its cap.
    #[error("capital and revenue together are {sum}, the cap is {cap}")]
    AwardParts {
        /// The parts together.
        sum: Money,
        /// The cap.
        cap: Money,
    },
    /// Tranches would be more than the award.
    #[error("the tranches together would be {sum}, more than {cap}")]
    AwardExceeded {
        /// The tranches together.
        sum: Money,
        /// The cap, of the award or of its part.
        cap: Money,
    },
    /// An award hangs on no pairing.
    #[error("{0} hangs on no pairing, so that there is no signed agreement")]
    AwardUnpaired(AwardId),
    /// No such tranche.
    #[error("the award has no tranche {0}")]
    TrancheNotFound(i32),
    /// This cannot follow where the tranche stands.
    #[error("tranche {number} is {state}")]
    TrancheState {
        /// Which.
        number: i32,
        /// Where it stands.
        state: TrancheState,
    },
    /// What the receivers put beside an award is not worth as much.
    #[error("the match is {total}, less than the award of {cap}")]
    MatchMissing {
        /// What it is worth.
        total: Money,
        /// What it ought to be worth.
        cap: Money,
    },
    /// Amounts of two currencies were to be one.
    #[error("{0}")]
    MixedCurrencies(MoneyError),
    /// A sum is larger than any that is kept.
    #[error("{0}")]
    MoneyTooLarge(MoneyError),
    /// No such round.
    #[error("there is no {0}")]
    RoundNotFound(RoundId),
    /// This cannot be done while the round stands here.
    #[error("{round} is {state}")]
    RoundState {
        /// Which.
        round: RoundId,
        /// Where it stands.
        state: RoundState,
    },
    /// The round is by invitation, and this organisation is not invited.
    #[error("{organisation} is not invited to {round}")]
    NotInvited {
        /// To which.
        round: RoundId,
        /// Who.
        organisation: OrganisationId,
    },
    /// The round is for other kinds of care.
    #[error("{organisation} gives none of the kinds of care that {round} is for")]
    NotEligible {
        /// For which.
        round: RoundId,
        /// Who.
        organisation: OrganisationId,
    },
    /// No such expression, or none that the caller may know of.
    #[error("there is no {0}")]
    ExpressionNotFound(ExpressionId),
    /// An organisation takes part in another expression of the round.
    #[error("{0} takes part in another expression of this round")]
    ExpressionExists(OrganisationId),
    /// This cannot be done where the expression stands.
    #[error("{expression} {because}")]
    ExpressionState {
        /// Which.
        expression: ExpressionId,
        /// Why not.
        because: &'static str,
    },
    /// Somebody was to score who has a role at one of the organisations.
    #[error("{0} has a role at an organisation of this expression")]
    ConflictOfInterest(PersonId),
    /// Points outside of the round's scale.
    #[error("{points} points for {criterion} are outside of the scale from 0 to {most}")]
    ScoreOutOfScale {
        /// For which criterion.
        criterion: String,
        /// The points.
        points: i32,
        /// The most that there are.
        most: i32,
    },
    /// The scorer's sheet is in.
    #[error("your scores of {0} are in")]
    ScoreExists(ExpressionId),
    /// Not both sheets are in.
    #[error("{0} lacks scores")]
    ScoresMissing(ExpressionId),
    /// The sheets differ by more than the round allows.
    #[error("the scores of {0} differ by more than the round allows; set the points that count")]
    ModerationNeeded(ExpressionId),
    /// Expressions of the round are not decided.
    #[error("{count} expressions of {round} are not decided")]
    DecisionsMissing {
        /// Of which round.
        round: RoundId,
        /// How many.
        count: usize,
    },
    /// The organisation has handed in no ranking.
    #[error("{0} has handed in no ranking")]
    RankingNotFound(OrganisationId),
    /// No such run.
    #[error("there is no {0}")]
    MatchingNotFound(MatchingId),
    /// What the run depends on is not what was looked at.
    #[error("what the run depends on has changed since the preview; look at a new one")]
    MatchingChanged,
    /// The run does not hold what its solver promises.
    #[error("the outcome is not what the solver promises; accept that, or change the setup")]
    MatchingUnproven,
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Kernel(error) => error.kind(),
            Self::Directory(error) => error.kind(),
            Self::PairingWithSelf(_)
            | Self::AwardParts { .. }
            | Self::MixedCurrencies(_)
            | Self::MoneyTooLarge(_)
            | Self::ScoreOutOfScale { .. } => Kind::Invalid,
            Self::DesignationNotFound(_)
            | Self::PairingNotFound(_)
            | Self::AgreementNotFound(_)
            | Self::MilestoneNotFound(_)
            | Self::AwardNotFound(_)
            | Self::TrancheNotFound(_)
            | Self::RoundNotFound(_)
            | Self::ExpressionNotFound(_)
            | Self::RankingNotFound(_)
            | Self::MatchingNotFound(_) => Kind::NotFound,
            Self::DesignationExists { .. }
            | Self::PairingExists(_)
            | Self::AgreementSigned { .. }
            | Self::ExpressionExists(_)
            | Self::ScoreExists(_) => Kind::Exists,
            Self::DesignationEnded(_)
            | Self::NotDesignated { .. }
            | Self::CapacityFull { .. }
            | Self::PairingState { .. }
            | Self::PairingEnded { .. }
            | Self::PairingGrouped(_)
            | Self::AgreementUnsigned(_)
            | Self::AgreementSuperseded { .. }
            | Self::MilestoneClosed { .. }
            | Self::MilestoneUnmet(_)
            | Self::AwardExceeded { .. }
            | Self::AwardUnpaired(_)
            | Self::TrancheState { .. }
            | Self::MatchMissing { .. }
            | Self::RoundState { .. }
            | Self::NotInvited { .. }
            | Self::NotEligible { .. }
            | Self::ExpressionState { .. }
            | Self::ConflictOfInterest(_)
            | Self::ScoresMissing(_)
            | Self::ModerationNeeded(_)
            | Self::DecisionsMissing { .. }
            | Self::MatchingUnproven => Kind::State,
            Self::MatchingChanged => Kind::Conflict,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Kernel(error) => error.reason(),
            Self::Directory(error) => error.reason(),
            Self::DesignationExists { .. } => "DESIGNATION_EXISTS",
            Self::DesignationNotFound(_) => "DESIGNATION_NOT_FOUND",
            Self::DesignationEnded(_) => "DESIGNATION_ENDED",
            Self::NotDesignated { .. } => "NOT_DESIGNATED",
            Self::CapacityFull { .. } => "CAPACITY_FULL",
            Self::PairingWithSelf(_) => "PAIRING_WITH_SELF",
            Self::PairingExists(_) => "PAIRING_EXISTS",
            Self::PairingNotFound(_) => "PAIRING_NOT_FOUND",
            Self::PairingState { .. } | Self::PairingEnded { .. } => "PAIRING_STATE",
            Self::PairingGrouped(_) => "PAIRING_GROUPED",
            Self::AgreementUnsigned(_) | Self::AwardUnpaired(_) => "AGREEMENT_UNSIGNED",
            Self::AgreementNotFound(_) => "AGREEMENT_NOT_FOUND",
            Self::AgreementSuperseded { .. } => "AGREEMENT_SUPERSEDED",
            Self::AgreementSigned { .. } => "AGREEMENT_SIGNED",
            Self::MilestoneNotFound(_) => "MILESTONE_NOT_FOUND",
            Self::MilestoneClosed { .. } => "MILESTONE_CLOSED",
            Self::MilestoneUnmet(_) => "MILESTONE_UNMET",
            Self::AwardNotFound(_) => "AWARD_NOT_FOUND",
            Self::AwardParts { .. } => "AWARD_PARTS",
            Self::AwardExceeded { .. } => "AWARD_EXCEEDED",
            Self::TrancheNotFound(_) => "TRANCHE_NOT_FOUND",
            Self::TrancheState { .. } => "TRANCHE_STATE",
            Self::MatchMissing { .. } => "MATCH_MISSING",
            Self::MixedCurrencies(_) => "MIXED_CURRENCIES",
            Self::MoneyTooLarge(_) => "MONEY_TOO_LARGE",
            Self::RoundNotFound(_) => "ROUND_NOT_FOUND",
            Self::RoundState { .. } => "ROUND_STATE",
            Self::NotInvited { .. } => "NOT_INVITED",
            Self::NotEligible { .. } => "NOT_ELIGIBLE",
            Self::ExpressionNotFound(_) => "EXPRESSION_NOT_FOUND",
            Self::ExpressionExists(_) => "EXPRESSION_EXISTS",
            Self::ExpressionState { .. } => "EXPRESSION_STATE",
            Self::ConflictOfInterest(_) => "CONFLICT_OF_INTEREST",
            Self::ScoreOutOfScale { .. } => "SCORE_OUT_OF_SCALE",
            Self::ScoreExists(_) => "SCORE_EXISTS",
            Self::ScoresMissing(_) => "SCORES_MISSING",
            Self::ModerationNeeded(_) => "MODERATION_NEEDED",
            Self::DecisionsMissing { .. } => "DECISIONS_MISSING",
            Self::RankingNotFound(_) => "RANKING_NOT_FOUND",
            Self::MatchingNotFound(_) => "MATCHING_NOT_FOUND",
            Self::MatchingChanged => "MATCHING_CHANGED",
            Self::MatchingUnproven => "MATCHING_UNPROVEN",
        }
    }

    fn violations(&self) -> Option<&Violations> {
        self.shared().and_then(Fault::violations)
    }

    fn retry_after(&self) -> Option<Duration> {
        self.shared().and_then(Fault::retry_after)
    }
}

impl Error {
    /// The failure of another crate that this one passes on.
    fn shared(&self) -> Option<&dyn Fault> {
        if let Self::Kernel(error) = self {
            return Some(error);
        }
        if let Self::Directory(error) = self { Some(error) } else { None }
    }
}

impl From<MoneyError> for Error {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::Mixed(..) => Self::MixedCurrencies(error),
            MoneyError::TooLarge => Self::MoneyTooLarge(error),
        }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Kernel(error.into())
    }
}

exemplar_kernel::status_from!(Error);
