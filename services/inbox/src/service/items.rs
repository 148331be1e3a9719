//! What a person does with their items: list, count, mark.

use std::collections::BTreeMap;

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, OrganisationId, Page, Paging, Principal, Written};
use serde_json::json;

use super::Inbox;
use crate::model::{Count, Item, ItemId, WantedItems, named, read_aloud};
use crate::{Error, store};

/// How items can be marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As read, or as not read.
    Read(bool),
    /// As put away, or not.
    Done(bool),
}

impl Inbox {
    /// A page of the caller's items, newest first.
    pub async fn items(&self, caller: &Principal, wanted: &WantedItems, paging: &Paging) -> Result<Page<Item>, Error> {
        let rows = store::list(self.db.read(), caller.signed_in()?, wanted, paging).await?;
        let page = paging.page(rows, |last| vec![last.sequence.to_string(), last.id.uuid().to_string()]);
        Ok(Page { items: self.in_words(page.items).await?, next: page.next })
    }

    /// One item of the caller.
    ///
    /// # Errors
    /// [`Error::ItemNotFound`].
    pub async fn item(&self, caller: &Principal, id: ItemId) -> Result<Item, Error> {
        let found = store::find(self.db.read(), caller.signed_in()?, &[id]).await?;
        self.in_words(found).await?.pop().ok_or(Error::ItemNotFound(id))
    }

    /// How many of the caller's items wait, for every kind there is.
    pub async fn counts(&self, caller: &Principal) -> Result<Vec<Count>, Error> {
        let counted = store::count(self.db.read(), caller.signed_in()?).await?;
        let count = |kind: &'static exemplar_kernel::notice::NoticeKind| {
            let (open, unread) = counted.get(kind.name).copied().unwrap_or_default();
            Count { kind: kind.name, words: kind.words, task: kind.is_task, open, unread }
        };
        Ok(self.kinds().into_iter().map(count).collect())
    }

    /// Marks items of the caller.
    ///
    /// # Errors
    /// [`Error::ItemNotFound`] for the first that is not theirs; nothing is marked then.
    pub async fn mark(
        &self,
        caller: &Principal,
        ids: &[ItemId],
        mark: Mark,
        key: Option<RequestKey>,
    ) -> Result<Written<Vec<Item>>, Error> {
        let person = caller.signed_in()?;
        let verb = match mark {
            Mark::Read(_) => "inbox.item.mark_read",
            Mark::Done(_) => "inbox.item.mark_done",
        };
        let mut tx = match self.db.once(verb, caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let known = store::find(&*tx, person, ids).await?;
        if let Some(missing) = ids.iter().find(|id| !known.iter().any(|item| item.id == **id)) {
            return Err(Error::ItemNotFound(*missing));
        }
        store::mark(&*tx, person, ids, mark, tx.now()).await?;
        let marked = self.in_words(store::find(&*tx, person, ids).await?).await?;
        let names: Vec<_> = ids.iter().map(ToString::to_string).collect();
        let (Mark::Read(set) | Mark::Done(set)) = mark;
        tx.append(Change::new(verb, &person).after(&json!({ "items": names, "set": set })));
        Ok(tx.commit(marked).await?)
    }

    /// The items with organisations called by their names, all looked up at once.
    pub(super) async fn in_words(&self, mut items: Vec<Item>) -> Result<Vec<Item>, Error> {
        let mut wanted: Vec<OrganisationId> = items.iter().flat_map(|item| named(&item.text)).collect();
        wanted.sort();
        wanted.dedup();
        let found = self.directory.organisations_by_id(&wanted).await?;
        let names: BTreeMap<_, _> = found.into_iter().map(|(id, found)| (id, found.display_name.clone())).collect();
        for item in &mut items {
            item.text = read_aloud(&item.text, &names);
        }
        Ok(items)
    }
}
