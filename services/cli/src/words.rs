//! The words of the API's enums as people type and read them: `due-diligence` for `PAIRING_STATE_DUE_DILIGENCE`.
//!
//! Words, their order and their explanations are read from the API's own descriptors.

use std::ffi::OsStr;
use std::marker::PhantomData;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use exemplar_proto::{academy, blueprints, directory, inbox, network};
use prost_reflect::{EnumDescriptor, EnumValueDescriptor};

use crate::json::POOL;

/// An enum of the API.
pub(crate) trait Word: TryFrom<i32> + Into<i32> + Copy + Send + Sync + 'static {
    /// Its full name in the API.
    const ENUM: &'static str;
}

macro_rules! words {
    ($($context:ident: $($word:ident)+;)+) => {
        $($(
            impl Word for $context::v1::$word {
                const ENUM: &'static str = concat!("exemplar.", stringify!($context), ".v1.", stringify!($word));
            }
        )+)+
    };
}

words! {
    directory: MaturityFramework MaturitySource NetworkRole Role TermState VocabularyChangeKind;
    network: AwardPart AwardTrack DesignationKind DocumentFormat ExpressionState FitFactor MatchingSolver
        MilestoneState PairingHealth PairingKind PairingMode PairingOutcome PairingSide PairingState RoundDisclosure
        RoundState TrancheKind TrancheState;
    blueprints: AdoptionState ArtefactKind ArtefactState BlueprintKind BlueprintLevel Cadence CostBand Edit
        EvidenceRung ExportFormat IndexFinding IntroductionKind IntroductionState ReviewPurpose ReviewState
        RevisionState SearchOrder SectionDecision SectionKind Severity SheetFormat StopReason SuggestionKind
        SynonymDirection TopicState Visibility Willing;
    academy: ApplicationState ArtefactKind CellOutcome CohortRole CredentialStatus DocumentKind EnrolmentState
        EvidenceKind EvidenceState Presence QualificationState RequirementState RulingKind SelectionOutcome
        SheetFormat Shown Standing TeachingSessionKind;
    inbox: MailCadence;
}

/// Reads a word, in any mixture of capitals, with spaces or underscores for hyphens.
pub(crate) fn parse<W: Word>(typed: &str) -> Result<W, String> {
    let typed = typed.trim().to_lowercase().replace([' ', '_'], "-");
    let found = values::<W>().find(|(word, _)| *word == typed);
    let known = found.and_then(|(_, value)| W::try_from(value.number()).ok());
    known.ok_or_else(|| {
        let all: Vec<_> = values::<W>().map(|(word, _)| word).collect();
        format!("is one of {}", all.join(", "))
    })
}

/// A word as people read it; empty for the value that stands for none.
pub(crate) fn word<W: Word>(number: i32) -> String {
    let found = values::<W>().find(|(_, value)| value.number() == number);
    match found {
        Some((word, _)) => word,
        None if number == 0 => String::new(),
        // A newer server's word.
        None => number.to_string(),
    }
}

/// Several words as people read them.
pub(crate) fn list<W: Word>(numbers: &[i32]) -> String {
    numbers.iter().map(|number| word::<W>(*number)).collect::<Vec<_>>().join(", ")
}

/// A word as filters have it: `DUE_DILIGENCE`.
pub(crate) fn constant<W: Word>(word: W) -> String {
    self::word::<W>(word.into()).to_uppercase().replace('-', "_")
}

/// The numbers of some words, as messages hold them.
pub(crate) fn numbers<W: Word>(words: Vec<W>) -> Vec<i32> {
    words.into_iter().map(Into::into).collect()
}

/// The parser of an argument that is a word.
pub(crate) fn parser<W: Word>() -> WordParser<W> {
    WordParser(PhantomData)
}

/// See [`parser`].
pub(crate) struct WordParser<W>(PhantomData<W>);

impl<W> Clone for WordParser<W> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<W: Word> TypedValueParser for WordParser<W> {
    type Value = W;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<W, clap::Error> {
        let typed = value.to_string_lossy();
        parse(&typed).map_err(|_| {
            let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
            let name = argument.map(ToString::to_string).unwrap_or_default();
            error.insert(ContextKind::InvalidArg, ContextValue::String(name));
            error.insert(ContextKind::InvalidValue, ContextValue::String(typed.into_owned()));
            let valid = values::<W>().map(|(word, _)| word).collect();
            error.insert(ContextKind::ValidValue, ContextValue::Strings(valid));
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(values::<W>().map(|(word, value)| PossibleValue::new(word).help(comment(&value)))))
    }
}

/// The words in their order, without the value that stands for none.
fn values<W: Word>() -> impl Iterator<Item = (String, EnumValueDescriptor)> {
    let descriptor: EnumDescriptor = POOL.get_enum_by_name(W::ENUM).expect("words::tests looks every name up");
    let none = descriptor.default_value();
    let prefix = none.name().strip_suffix("UNSPECIFIED").unwrap_or_default().to_owned();
    let values: Vec<_> = descriptor.values().filter(|value| value.number() != none.number()).collect();
    values.into_iter().map(move |value| {
        let word = value.name().strip_prefix(&prefix).unwrap_or(value.name());
        (word.to_lowercase().replace('_', "-"), value)
    })
}

/// What the API says of a value.
fn comment(value: &EnumValueDescriptor) -> String {
    let file = value.parent_enum().parent_file();
    let mut locations = file.file_descriptor_proto().source_code_info.iter().flat_map(|info| &info.location);
    let found = locations.find(|location| location.path == value.path());
    let comment = found.map(prost_types::source_code_info::Location::leading_comments).unwrap_or_default();
    comment.trim().trim_end_matches('.').replace('\n', " ")
}
