//! Following the journal: each entry's meaning becomes items of the people whom it is for, by the rights of that moment.

use std::collections::HashMap;

use exemplar_kernel::journal::{self, Detail, Entry};
use exemplar_kernel::notice::{Audience, Meaning, Notice, Notices};
use exemplar_kernel::tail::{self, Follower, Tail};
use exemplar_kernel::{PersonId, Tx};

use super::Inbox;
use crate::model::mail::MailCadence;
use crate::model::{Item, ItemId};
use crate::{Error, store};

/// The name under which the inbox's place in the journal is kept.
const CONSUMER: &str = "inbox";

impl Follower for Inbox {
    type Error = Error;

    async fn look(&mut self, tail: &mut Tail) -> Result<bool, Error> {
        let entries = tail.peek().await?;
        if entries.is_empty() {
            return Ok(false);
        }
        if !entries.iter().any(|entry| self.context_of(entry).is_some()) {
            tail.pass(&entries);
            return Ok(true);
        }
        let Some(mut batch) = tail.begin("inbox.follow").await? else { return Ok(true) };
        let meant: Vec<_> = batch.entries.iter().filter(|entry| self.context_of(entry).is_some()).cloned().collect();
        let sequences: Vec<_> = meant.iter().map(|entry| entry.sequence).collect();
        let details = journal::details(&*batch.tx, &sequences).await?;
        for entry in &meant {
            self.heard(&mut batch.tx, entry, details.get(&entry.sequence)).await?;
        }
        batch.commit().await?;
        Ok(true)
    }
}

impl Inbox {
    /// Fills inboxes from the journal until `stop` is ready. It stops between transactions, never inside one.
    pub async fn follow(self, stop: impl Future<Output = ()> + Send) {
        tail::follow(Tail::new(self.db.clone(), CONSUMER), self, stop).await;
    }

    /// The context that says what an entry means; none when it means nothing for anybody.
    fn context_of(&self, entry: &Entry) -> Option<&Notices> {
        self.contexts.iter().find(|context| context.verbs.contains(&entry.verb.as_str()))
    }

    async fn heard(&self, tx: &mut Tx, entry: &Entry, detail: Option<&Detail>) -> Result<(), Error> {
        let Some(context) = self.context_of(entry) else { return Ok(()) };
        for meaning in (context.read)(entry, detail) {
            match meaning {
                Meaning::Tell(notice) => self.tell(tx, entry, notice).await?,
                Meaning::Settle { kind, subject, whose } => {
                    store::settle(&**tx, kind.map(|kind| kind.name), &subject, &whose, entry).await?;
                }
            }
        }
        Ok(())
    }

    /// Gives an item to everybody whom a notice is for, save whoever did it.
    async fn tell(&self, tx: &Tx, entry: &Entry, notice: Notice) -> Result<(), Error> {
        let people = match &notice.audience {
            Audience::Person(person) => self.directory.active_people(&**tx, &[*person]).await?,
            Audience::Holders(role, organisation) => self.directory.holders(&**tx, *role, organisation).await?,
            Audience::Network(role) => self.directory.network_holders(&**tx, *role).await?,
        };
        let did = PersonId::parse(&entry.actor).ok();
        let item = |person: PersonId| Item {
            id: ItemId::new(tx.id()),
            person,
            sequence: entry.sequence,
            kind: notice.kind.name.to_owned(),
            task: notice.kind.is_task,
            subject: notice.subject.clone(),
            organisation: notice.organisation.clone(),
            text: notice.text.clone(),
            at: entry.at,
            read: None,
            done: None,
            settled: false,
        };
        let people: Vec<_> = people.into_iter().filter(|person| Some(*person) != did).collect();
        let chosen =
            if self.mails { store::mail::choices_of(&**tx, notice.kind.name, &people).await? } else { HashMap::new() };
        let usual = MailCadence::usual(notice.kind);
        let due = |person: PersonId| chosen.get(&person).copied().unwrap_or(usual).due(entry.at).filter(|_| self.mails);
        let items: Vec<_> = people.into_iter().map(|person| (item(person), due(person))).collect();
        Ok(store::insert(&**tx, &items).await?)
    }
}
