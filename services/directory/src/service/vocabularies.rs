//! Vocabularies: read from memory by everybody, changed by the programme.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Page, Paging, Principal, Tx, Written, day};
use time::Date;

use super::Directory;
use crate::Error;
use crate::model::vocabulary::change::{ChangeKind, NewTerm, TermUpdate, VocabularyChange};
use crate::model::vocabulary::{MAX_TERMS, Term, TermId, Vocabularies, Vocabulary, words};
use crate::store::vocabularies as store;

/// The vocabularies as last read, and how often they have changed: a reading that is older than the last change is not
/// used any more.
#[derive(Debug, Default)]
pub(crate) struct Shelves {
    changes: AtomicU64,
    read: RwLock<Option<(u64, Arc<words::Book>)>>,
}

/// Ends what was read before, when the change is over; also when the one who made it goes away before it could be told
/// of it.
struct Outdates<'a>(&'a Shelves);

impl Drop for Outdates<'_> {
    fn drop(&mut self) {
        self.0.changed();
    }
}

impl Shelves {
    /// Says that a change was committed.
    pub(crate) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    fn current(&self, changes: u64) -> Option<Arc<words::Book>> {
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
        read.as_ref().filter(|(at, _)| *at == changes).map(|(_, book)| Arc::clone(book))
    }

    fn keep(&self, changes: u64, book: &Arc<words::Book>) {
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        if read.as_ref().is_none_or(|(at, _)| *at <= changes) {
            *read = Some((changes, Arc::clone(book)));
        }
    }
}

impl Directory {
    /// Every vocabulary as it stands today. From memory, unless it has changed since it was last asked for: what was
    /// acknowledged in this process is always in it, what another replica did within a quarter of a second.
    ///
    /// # Errors
    /// When they must be read and the database fails.
    pub async fn vocabularies(&self) -> Result<Vocabularies, exemplar_kernel::Error> {
        let changes = self.shelves.changes.load(Ordering::SeqCst);
        let book = match self.shelves.current(changes) {
            Some(book) => book,
            None => {
                let (versions, terms) = store::load(self.db.read()).await?;
                let book = Arc::new(words::Book::new(&versions, terms));
                self.shelves.keep(changes, &book);
                book
            }
        };
        Ok(Vocabularies::new(book, self.clock().now().date()))
    }

    /// The term of this name, and the one that it means today.
    pub(crate) async fn term(&self, id: &TermId) -> Result<(Term, Term), Error> {
        let words = self.vocabularies().await?;
        let not_found = || Error::TermNotFound(id.clone());
        let term = words.get(id.vocabulary, &id.slug).ok_or_else(not_found)?;
        let found = words.resolve(id.vocabulary, &id.slug).map_err(|_| not_found())?;
        Ok((term.clone(), found.term.clone()))
    }

    pub(crate) async fn vocabulary_changes(
        &self,
        vocabulary: Vocabulary,
        paging: &Paging,
    ) -> Result<Page<VocabularyChange>, Error> {
        let rows = store::changes(self.db.read(), vocabulary, paging).await?;
        Ok(paging.page(rows, |last| vec![last.version.to_string()]))
    }

    pub(crate) async fn create_term(
        &self,
        caller: &Principal,
        new: NewTerm,
        key: Option<RequestKey>,
    ) -> Result<Written<Term>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let _outdates = Outdates(&self.shelves);
        let mut tx = match self.db.once("directory.term.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let version = store::lock(&*tx, new.id.vocabulary).await?;
        if store::find(&*tx, &new.id).await?.is_some() {
            return Err(Error::TermExists(new.id));
        }
        if store::count(&*tx, new.id.vocabulary).await? >= MAX_TERMS as u64 {
            return Err(Error::VocabularyFull(new.id.vocabulary));
        }
        let term = Term::create(new);
        refuse_taken(&tx, &term).await?;
        store::insert(&*tx, &term).await?;
        let note = format!("{:?} was made", term.label(tx.now().date()));
        record(&tx, &term, version, ChangeKind::Created, note).await?;
        tx.append(Change::new("directory.term.create", &term.id).after(&term));
        Ok(tx.commit(term).await?)
    }

    pub(crate) async fn update_term(
        &self,
        caller: &Principal,
        (id, expected): (TermId, Expected),
        update: TermUpdate,
        key: Option<RequestKey>,
    ) -> Result<Written<Term>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let _outdates = Outdates(&self.shelves);
        let mut tx = match self.db.once("directory.term.update", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let version = store::lock(&*tx, id.vocabulary).await?;
        let before = store::find(&*tx, &id).await?.ok_or(Error::TermNotFound(id))?;
        expected.check(before.version)?;
        let note = said(&before, &update, tx.now().date());
        let term = before.updated(update);
        refuse_taken(&tx, &term).await?;
        store::update(&*tx, &term).await?;
        record(&tx, &term, version, ChangeKind::Updated, note).await?;
        tx.append(Change::new("directory.term.update", &term.id).before(&before).after(&term));
        Ok(tx.commit(term).await?)
    }

    /// Has a term go on in another from a day.
    pub(crate) async fn merge_terms(
        &self,
        caller: &Principal,
        (id, expected): (TermId, Expected),
        (into, from): (TermId, Option<Date>),
        key: Option<RequestKey>,
    ) -> Result<Written<Term>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let _outdates = Outdates(&self.shelves);
        let mut tx = match self.db.once("directory.term.merge", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let version = store::lock(&*tx, id.vocabulary).await?;
        let before = store::find(&*tx, &id).await?.ok_or(Error::TermNotFound(id))?;
        let into = store::find(&*tx, &into).await?.ok_or(Error::TermNotFound(into))?;
        expected.check(before.version)?;
        let from = from.unwrap_or_else(|| tx.now().date());
        let Some(term) = before.merged_into(&into, from) else {
            return Err(Error::TermEnded(if before.has_ended() { before.id } else { into.id }));
        };
        store::update(&*tx, &term).await?;
        let (one, other) = (term.label(from), into.label(from));
        let note = format!("{one:?} goes on in {other:?} from {}", day::in_words(from));
        record(&tx, &term, version, ChangeKind::Merged, note).await?;
        tx.append(Change::new("directory.term.merge", &term.id).before(&before).after(&term));
        Ok(tx.commit(term).await?)
    }

    /// Has nobody choose a term any more from a day.
    pub(crate) async fn retire_term(
        &self,
        caller: &Principal,
        (id, expected): (TermId, Expected),
        (from, reason): (Option<Date>, String),
        key: Option<RequestKey>,
    ) -> Result<Written<Term>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let _outdates = Outdates(&self.shelves);
        let mut tx = match self.db.once("directory.term.retire", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let version = store::lock(&*tx, id.vocabulary).await?;
        let before = store::find(&*tx, &id).await?.ok_or(Error::TermNotFound(id))?;
        expected.check(before.version)?;
        let from = from.unwrap_or_else(|| tx.now().date());
        let Some(term) = before.retired_from(from) else { return Err(Error::TermEnded(before.id)) };
        store::update(&*tx, &term).await?;
        let note = format!("{:?} is not chosen any more from {}: {reason}", term.label(from), day::in_words(from));
        record(&tx, &term, version, ChangeKind::Retired, note).await?;
        tx.append(Change::new("directory.term.retire", &term.id).before(&before).after(&term));
        Ok(tx.commit(term).await?)
    }
}

async fn refuse_taken(tx: &Tx, term: &Term) -> Result<(), Error> {
    match store::taken(&**tx, term).await? {
        Some((spelling, slug)) => {
            let term = TermId { vocabulary: term.id.vocabulary, slug };
            Err(Error::SpellingTaken { spelling, term })
        }
        None => Ok(()),
    }
}

async fn record(tx: &Tx, term: &Term, version: i64, kind: ChangeKind, note: String) -> Result<(), Error> {
    let change = VocabularyChange { version: version + 1, at: Some(tx.now()), kind, term: term.id.slug.clone(), note };
    Ok(store::record(&**tx, term.id.vocabulary, &change).await?)
}

/// An update in words.
fn said(before: &Term, update: &TermUpdate, today: Date) -> String {
    let old = before.label(today);
    let mut parts = Vec::new();
    if let Some((label, from)) = &update.label {
        parts.push(format!("is called {label:?} from {}", day::in_words(*from)));
    }
    if let Some(synonyms) = &update.synonyms {
        parts.push(format!(
            "is also spelt {}",
            if synonyms.is_empty() { "no other way".into() } else { synonyms.join(", ") }
        ));
    }
    if let Some(supplier) = &update.supplier {
        parts.push(format!("is supplied by {}", supplier.as_deref().unwrap_or("nobody known")));
    }
    if update.source.is_some() {
        parts.push("has another source".to_owned());
    }
    format!("{old:?} {}", parts.join("; "))
}
