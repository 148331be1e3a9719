//! The closed sets of words in protobuf.

use exemplar_kernel::Violations;
use exemplar_proto::academy::v1 as pb;

use crate::model::application::ApplicationState;
use crate::model::artefact::Artefact;
use crate::model::attendance::Presence;
use crate::model::cohort::StaffRole;
use crate::model::credential::{CredentialStatus, Shown};
use crate::model::enrolment::EnrolmentState;
use crate::model::evidence::{EvidenceKind, EvidenceState};
use crate::model::grid::CellOutcome;
use crate::model::portfolio::DocumentKind;
use crate::model::qualification::QualificationState;
use crate::model::ruling::RulingKind;
use crate::model::session::SessionKind;
use crate::model::standing::{RequirementKind, RequirementState, Standing};

/// Both directions between a set of the model and one of the API whose words are spelt alike.
macro_rules! alike {
    ($($model:ident = $wire:ident { $($word:ident),+ })+) => {
        $(
            impl From<$model> for pb::$wire {
                fn from(word: $model) -> Self {
                    match word {
                        $($model::$word => Self::$word,)+
                    }
                }
            }

            impl Typed for $model {
                type Wire = pb::$wire;

                fn typed(wire: pb::$wire) -> Option<Self> {
                    match wire {
                        $(pb::$wire::$word => Some(Self::$word),)+
                        pb::$wire::Unspecified => None,
                    }
                }
            }
        )+
    };
}

/// A word of the model that the API has, too.
pub(super) trait Typed: Sized {
    type Wire: TryFrom<i32>;

    fn typed(wire: Self::Wire) -> Option<Self>;
}

alike! {
    ApplicationState = ApplicationState { Submitted, Sponsored, Offered, Reserve, Declined, Withdrawn }
    Artefact = ArtefactKind { Journal, DevelopmentPlan, Project }
    CellOutcome = CellOutcome { New, Changed, Unchanged, UnknownPerson, Invalid }
    CredentialStatus = CredentialStatus { Valid, Revoked, Expired }
    DocumentKind = DocumentKind { DevelopmentPlan, Project }
    EnrolmentState = EnrolmentState { Offered, Enrolled, Interrupted, Completed, Withdrawn, Transferred }
    EvidenceKind = EvidenceKind { PriorLearning, Network, Cpd }
    EvidenceState = EvidenceState { Claimed, Accepted, Refused }
    Presence = Presence { Present, Late, Apologies, Excused, Absent }
    QualificationState = QualificationState { Proposed, Awarded, Refused, Revoked }
    RequirementKind = RequirementKind { Module, Attendance, Artefact }
    RequirementState = RequirementState { Met, Open, AtRisk, Overdue, Lost }
    RulingKind = RulingKind { Override, Extension, Artefact, Carried }
    SessionKind = TeachingSessionKind { Residential, Class, Online }
    Shown = Shown { Name, Title, Date, Organisation }
    StaffRole = CohortRole { Tutor, Director }
    Standing = Standing { Complete, OnTrack, AtRisk, Behind, CannotComplete }
}

/// Reads a word; unspecified is none.
pub(super) fn optional<T: Typed>(violations: &mut Violations, field: &str, number: i32) -> Option<T> {
    match T::Wire::try_from(number) {
        Ok(wire) => T::typed(wire),
        Err(_) => {
            violations.add(field, "is not a word of this version");
            None
        }
    }
}

/// Reads a word that must be there.
pub(super) fn required<T: Typed>(violations: &mut Violations, field: &str, number: i32) -> Option<T> {
    let word = optional(violations, field, number);
    if number == 0 {
        violations.add(field, "is missing");
    }
    word
}
