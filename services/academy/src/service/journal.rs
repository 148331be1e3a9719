//! A learner's journal. Who learns reads all of it, whoever else may know of the enrolment what was shared. What is written
//! is in its row and nowhere else: not in the record of changes, not in kept answers.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, Page, Paging, Principal, Tx, Written};

use super::portfolio::recordable;
use super::{Academy, visible};
use crate::Error;
use crate::model::enrolment::EnrolmentId;
use crate::model::journal::{JournalEntry, JournalEntryId, WriteEntry};
use crate::store::{enrolments, journal as store};

impl Academy {
    /// Writes an entry, which is private.
    pub async fn create_entry(
        &self,
        caller: &Principal,
        enrolment: EnrolmentId,
        write: WriteEntry,
        key: Option<RequestKey>,
    ) -> Result<Written<JournalEntryId>, Error> {
        recordable(&self.own(caller, enrolment).await?)?;
        let mut tx = match self.db.once("academy.journal_entry.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let WriteEntry { date, title, body } = write;
        let (id, written) = (JournalEntryId::new(tx.id()), tx.now());
        let entry = JournalEntry { id, enrolment, date, title, body, shared: false, written, version: 1 };
        store::insert(&*tx, &entry).await?;
        tx.append(Change::new("academy.journal_entry.create", &id).after(&entry.trace()));
        Ok(tx.commit(id).await?)
    }

    /// Writes an entry anew; what was shared stays shared.
    pub async fn update_entry(
        &self,
        caller: &Principal,
        id: JournalEntryId,
        write: WriteEntry,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<JournalEntryId>, Error> {
        self.own_entry(caller, id).await?;
        let mut tx = match self.db.once("academy.journal_entry.update", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked(&tx, id).await?;
        expected.check(before.version)?;
        let WriteEntry { date, title, body } = write;
        let (written, version) = (tx.now(), before.version + 1);
        let after = JournalEntry { date, title, body, written, version, ..before.clone() };
        store::update(&*tx, &after).await?;
        tx.append(Change::new("academy.journal_entry.update", &id).before(&before.trace()).after(&after.trace()));
        Ok(tx.commit(id).await?)
    }

    /// Shares an entry with the sponsor and the academy, or takes that back.
    pub async fn share_entry(
        &self,
        caller: &Principal,
        id: JournalEntryId,
        shared: bool,
        key: Option<RequestKey>,
    ) -> Result<Written<JournalEntryId>, Error> {
        self.own_entry(caller, id).await?;
        let mut tx = match self.db.once("academy.journal_entry.share", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked(&tx, id).await?;
        let after = JournalEntry { shared, version: before.version + 1, ..before.clone() };
        store::update(&*tx, &after).await?;
        tx.append(Change::new("academy.journal_entry.share", &id).before(&before.trace()).after(&after.trace()));
        Ok(tx.commit(id).await?)
    }

    /// Takes an entry away for good.
    pub async fn delete_entry(
        &self,
        caller: &Principal,
        id: JournalEntryId,
        key: Option<RequestKey>,
    ) -> Result<Written<()>, Error> {
        // The entry is gone when the same request comes again.
        caller.signed_in()?;
        let mut tx = match self.db.once("academy.journal_entry.delete", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked(&tx, id).await?;
        let locked = enrolments::lock(&*tx, &[before.enrolment]).await?;
        let own = locked.get(&before.enrolment).is_some_and(|enrolment| caller.person == Some(enrolment.learner));
        if !own {
            return Err(Error::JournalEntryNotFound(id));
        }
        store::delete(&*tx, id).await?;
        tx.append(Change::new("academy.journal_entry.delete", &id).before(&before.trace()));
        Ok(tx.commit(()).await?)
    }

    /// One entry, if the caller may read it.
    pub async fn journal_entry(&self, caller: &Principal, id: JournalEntryId) -> Result<JournalEntry, Error> {
        let hidden = Error::JournalEntryNotFound;
        // Whoever has not signed in hears that, not which entries there are.
        visible(caller)?;
        let enrolment = store::enrolment_of(self.db.read(), id).await?.ok_or(hidden(id))?;
        let own = self.reads_own(caller, enrolment).await?.ok_or(hidden(id))?;
        store::find(self.db.read(), own, id).await?.ok_or(hidden(id))
    }

    /// The entries of a learner that the caller may read, newest first, without what is written in them.
    pub async fn list_entries(
        &self,
        caller: &Principal,
        enrolment: EnrolmentId,
        paging: &Paging,
    ) -> Result<Page<JournalEntry>, Error> {
        let own = self.reads_own(caller, enrolment).await?.ok_or(Error::EnrolmentNotFound(enrolment))?;
        let rows = store::list(self.db.read(), own, enrolment, paging).await?;
        Ok(paging.page(rows, |last| vec![last.id.uuid().to_string()]))
    }

    /// Whether the caller reads their own journal or what another shared; none when they may not know of the enrolment.
    async fn reads_own(&self, caller: &Principal, id: EnrolmentId) -> Result<Option<bool>, Error> {
        match self.known(caller, id).await {
            Ok(enrolment) => Ok(Some(caller.person == Some(enrolment.learner))),
            Err(Error::EnrolmentNotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn own_entry(&self, caller: &Principal, id: JournalEntryId) -> Result<(), Error> {
        caller.signed_in()?;
        let enrolment = store::enrolment_of(self.db.read(), id).await?.ok_or(Error::JournalEntryNotFound(id))?;
        match self.reads_own(caller, enrolment).await? {
            Some(true) => Ok(()),
            Some(false) | None => Err(Error::JournalEntryNotFound(id)),
        }
    }
}

async fn locked(tx: &Tx, id: JournalEntryId) -> Result<JournalEntry, Error> {
    store::lock(&**tx, id).await?.ok_or(Error::JournalEntryNotFound(id))
}
