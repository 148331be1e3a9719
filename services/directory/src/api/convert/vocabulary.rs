//! Vocabularies and terms in protobuf.

use exemplar_kernel::Etag;
use exemplar_proto::directory::v1 as pb;

use crate::model::vocabulary::change::{ChangeKind, VocabularyChange};
use crate::model::vocabulary::{Label, Term, TermId, TermState, Vocabularies, Vocabulary};

pub(in super::super) fn vocabulary(words: &Vocabularies, vocabulary: Vocabulary) -> pb::Vocabulary {
    pb::Vocabulary {
        name: format!("vocabularies/{vocabulary}"),
        version: words.version(vocabulary),
        term_count: i32::try_from(words.all(vocabulary).count()).unwrap_or(i32::MAX),
    }
}

pub(in super::super) fn term(words: &Vocabularies, term: &Term) -> pb::Term {
    let today = words.today();
    let named = |vocabulary: Vocabulary, slug: &String| TermId { vocabulary, slug: slug.clone() }.to_string();
    let label = |label: &Label| pb::TermLabel {
        text: label.text.clone(),
        start_date: label.from.map(|day| day.to_string()).unwrap_or_default(),
    };
    let state = match term.state(today) {
        TermState::Current => pb::TermState::Current,
        TermState::Merged => pb::TermState::Merged,
        TermState::Retired => pb::TermState::Retired,
    };
    let end = term.merged.as_ref().map(|merge| merge.from).or(term.retired);
    pb::Term {
        name: term.id.to_string(),
        label: term.label(today).to_owned(),
        synonyms: term.synonyms.clone(),
        labels: term.labels.iter().map(label).collect(),
        state: state.into(),
        merged_into: term.merged.as_ref().map(|merge| named(term.id.vocabulary, &merge.into)).unwrap_or_default(),
        end_date: end.map(|day| day.to_string()).unwrap_or_default(),
        supplier: term.supplier.as_ref().map(|slug| named(Vocabulary::EprSupplier, slug)).unwrap_or_default(),
        source: term.source.clone(),
        etag: Etag::of(term.version).to_string(),
    }
}

pub(in super::super) fn change(vocabulary: Vocabulary, change: VocabularyChange) -> pb::VocabularyChange {
    let VocabularyChange { version, at, kind, term, note } = change;
    let kind = match kind {
        ChangeKind::Shipped => pb::VocabularyChangeKind::Shipped,
        ChangeKind::Created => pb::VocabularyChangeKind::Created,
        ChangeKind::Updated => pb::VocabularyChangeKind::Updated,
        ChangeKind::Merged => pb::VocabularyChangeKind::Merged,
        ChangeKind::Retired => pb::VocabularyChangeKind::Retired,
    };
    let term = if term.is_empty() { term } else { TermId { vocabulary, slug: term }.to_string() };
    pb::VocabularyChange { version, change_time: at.map(super::timestamp), kind: kind.into(), term, note }
}
