//! The closed sets of words of adoptions, introductions and indexes in protobuf, and back.

use exemplar_kernel::Violations;
use exemplar_proto::blueprints::v1 as pb;

use crate::model::adoption::{AdoptionState, SectionDecision, StopReason};
use crate::model::evidence::Rung;
use crate::model::index::Finding;
use crate::model::introduction::{IntroductionKind, IntroductionState};
use crate::service::exchange::ExportFormat;

/// A function to the wire.
macro_rules! told {
    ($($model:ident as $wire:ident, $to:ident { $($word:ident),+ $(,)? })+) => {
        $(
            pub(super) fn $to(word: $model) -> pb::$wire {
                match word {
                    $($model::$word => pb::$wire::$word,)+
                }
            }
        )+
    };
}

/// A function from the wire that notes what is missing or unknown.
macro_rules! typed {
    ($($model:ident as $wire:ident, $typed:ident { $($word:ident),+ $(,)? })+) => {
        $(
            pub(super) fn $typed(violations: &mut Violations, field: &str, wire: i32) -> Option<$model> {
                let read = match pb::$wire::try_from(wire) {
                    $(Ok(pb::$wire::$word) => Ok($model::$word),)+
                    Ok(pb::$wire::Unspecified) => Err("is missing"),
                    Err(_) => Err("is not a word that this version knows"),
                };
                violations.take(field, read)
            }
        )+
    };
}

told! {
    AdoptionState as AdoptionState, adoption_state { Considering, Planned, InProgress, Live, Stopped }
    StopReason as StopReason, stop_reason {
        WantOfGuidance, WantOfFunding, WantOfPeople, TechnicalFit, Safety, Priorities, Replaced, Other,
    }
    SectionDecision as SectionDecision, section_decision { Kept, Adapted, Dropped }
    IntroductionKind as IntroductionKind, introduction_kind { Question, Call, Visit }
    IntroductionState as IntroductionState, introduction_state {
        Requested, Accepted, Answered, Completed, Declined, Withdrawn,
    }
    Rung as EvidenceRung, rung { Claimed, Reviewed, LiveAtOne, LiveAtSeveral, IndependentlyMeasured }
    Finding as IndexFinding, finding {
        DuplicateRow, AlreadyThere, TitleUnfit, UnknownOrganisation, PreviouslyKnownAs, MissingDate, UnreadableDate,
        MissingAddress, UnreadableAddress, UnknownTerm,
    }
}

typed! {
    AdoptionState as AdoptionState, typed_adoption_state { Considering, Planned, InProgress, Live, Stopped }
    StopReason as StopReason, typed_stop_reason {
        WantOfGuidance, WantOfFunding, WantOfPeople, TechnicalFit, Safety, Priorities, Replaced, Other,
    }
    SectionDecision as SectionDecision, typed_section_decision { Kept, Adapted, Dropped }
    IntroductionKind as IntroductionKind, typed_introduction_kind { Question, Call, Visit }
    Finding as IndexFinding, typed_finding {
        DuplicateRow, AlreadyThere, TitleUnfit, UnknownOrganisation, PreviouslyKnownAs, MissingDate, UnreadableDate,
        MissingAddress, UnreadableAddress, UnknownTerm,
    }
}

/// The form that a blueprint is wanted in; a page when it is not said.
pub(super) fn typed_export_format(violations: &mut Violations, wire: i32) -> Option<ExportFormat> {
    let read = match pb::ExportFormat::try_from(wire) {
        Ok(pb::ExportFormat::Html | pb::ExportFormat::Unspecified) => Ok(ExportFormat::Html),
        Ok(pb::ExportFormat::Markdown) => Ok(ExportFormat::Markdown),
        Ok(pb::ExportFormat::Bundle) => Ok(ExportFormat::Bundle),
        Err(_) => Err("is not a form that this version knows"),
    };
    violations.take("format", read)
}

/// A count as messages have it.
pub(super) fn count(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
