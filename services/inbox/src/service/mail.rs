//! Letters: what a person chose, and sending what is due.

use std::time::Duration;

use exemplar_kernel::error::chain;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, PersonId, Principal, Tx, Written, digest};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Inbox;
use crate::model::Item;
use crate::model::mail::{Letter, MAX_TRIES, MailCadence, MailChoice, letter};
use crate::post::{Post, Refused};
use crate::store::mail as rows;
use crate::{Error, store};

/// Items that are in one letter at the most.
const TOGETHER: u64 = 200;
/// How often it is looked for letters that are due.
const TICK: Duration = Duration::from_secs(1);
/// How long nothing is sent after the database did not answer.
const REST: Duration = Duration::from_secs(10);

impl Inbox {
    /// How the caller is told of each kind by e-mail, tasks first.
    pub async fn mail_choices(&self, caller: &Principal) -> Result<Vec<MailChoice>, Error> {
        let chosen = rows::choices(self.db.read(), caller.signed_in()?).await?;
        let choice = |kind: &'static exemplar_kernel::notice::NoticeKind| {
            let own = chosen.get(kind.name).copied();
            MailChoice {
                kind: kind.name.to_owned(),
                words: kind.words.to_owned(),
                cadence: own.unwrap_or(MailCadence::usual(kind)),
                chosen: own.is_some(),
            }
        };
        Ok(self.kinds().into_iter().map(choice).collect())
    }

    /// Chooses how the caller is told of a kind by e-mail.
    ///
    /// # Errors
    /// [`Error::KindNotFound`].
    pub async fn choose_mail(
        &self,
        caller: &Principal,
        kind: &str,
        cadence: MailCadence,
        key: Option<RequestKey>,
    ) -> Result<Written<MailChoice>, Error> {
        let person = caller.signed_in()?;
        let known = self.kinds().into_iter().find(|known| known.name == kind);
        let kind = known.ok_or_else(|| Error::KindNotFound(kind.to_owned()))?;
        let mut tx = match self.db.once("inbox.mail.choose", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        chosen(&mut tx, person, kind.name, cadence, self.db.chance().bytes()).await?;
        let (kind, words) = (kind.name.to_owned(), kind.words.to_owned());
        Ok(tx.commit(MailChoice { kind, words, cadence, chosen: true }).await?)
    }

    /// The kind that a letter's token is for, in words; none when there is no such token.
    pub async fn letters_of(&self, token: &str) -> Result<Option<&'static str>, Error> {
        let of = rows::of_token(self.db.read(), token).await?;
        Ok(of.and_then(|(_, kind)| self.kinds().into_iter().find(|known| known.name == kind)).map(|kind| kind.words))
    }

    /// Ends e-mail of the kind that a letter's token is for, in words; none when there is no such token.
    pub async fn unsubscribe(&self, token: &str) -> Result<Option<&'static str>, Error> {
        let Some((person, kind)) = rows::of_token(self.db.read(), token).await? else { return Ok(None) };
        let mut tx = self.db.begin("inbox.mail.unsubscribe", &Principal::system()).await?;
        chosen(&mut tx, person, &kind, MailCadence::Never, self.db.chance().bytes()).await?;
        tx.commit(()).await?;
        self.letters_of(token).await
    }

    /// Sends letters until the server stops, one after another; one that an SMTP server is slow about is left and comes
    /// again. A letter that was sent when the process died may be sent once more, with the same Message-ID.
    pub async fn send_mail(self, post: Post, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let sent = tokio::select! {
                sent = self.send_next(&post) => sent,
                () = stop.cancelled() => return,
            };
            let rest = match sent {
                Ok(true) => continue,
                Ok(false) => TICK,
                Err(error) => {
                    tracing::warn!(error = chain(&error), "letters could not be sent");
                    REST
                }
            };
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Sends the letter that has been due longest; whether there was any.
    async fn send_next(&self, post: &Post) -> Result<bool, Error> {
        if !rows::is_any_due(self.db.read(), self.db.clock().now()).await? {
            return Ok(false);
        }
        let tx = self.db.begin("inbox.mail.take", &Principal::system()).await?;
        let due = rows::take_due(&*tx, tx.now(), TOGETHER).await?;
        let token = match due.first() {
            Some((_, first)) => {
                let fresh = digest::hex(&self.db.chance().bytes::<16>());
                rows::token(&*tx, first.person, &first.kind, &fresh).await?
            }
            None => String::new(),
        };
        tx.commit_housekeeping().await?;
        let (tries, items): (Vec<i32>, Vec<Item>) = due.into_iter().unzip();
        let Some(letter) = self.letter(post, &token, &items).await? else {
            self.settle(items.iter(), false).await?;
            return Ok(!items.is_empty());
        };
        match post.send(&letter).await {
            Ok(()) => self.settle(items.iter(), true).await?,
            Err(Refused { error, forever }) => {
                tracing::warn!(error, forever, "a letter was not taken");
                let over = items.iter().zip(tries).filter(|(_, tries)| forever || *tries >= MAX_TRIES);
                self.settle(over.map(|(item, _)| item), false).await?;
            }
        }
        Ok(true)
    }

    /// Notes that items were sent, or are given up.
    async fn settle(&self, items: impl Iterator<Item = &Item>, sent: bool) -> Result<(), Error> {
        let ids: Vec<_> = items.map(|item| item.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let tx = self.db.begin("inbox.mail.settle", &Principal::system()).await?;
        rows::settle(&*tx, &ids, sent.then(|| tx.now())).await?;
        tx.commit_housekeeping().await?;
        Ok(())
    }

    /// The letter about items of one person and kind; none for somebody who has no account any more.
    async fn letter(&self, post: &Post, token: &str, items: &[Item]) -> Result<Option<Letter>, Error> {
        let Some(first) = items.first() else { return Ok(None) };
        let found = self.directory.people_by_id(&[first.person]).await?;
        let Some(person) = found.into_iter().find(|person| person.active) else { return Ok(None) };
        let words = self.kinds().into_iter().find(|kind| kind.name == first.kind).map(|kind| kind.words);
        let items = self.in_words(items.to_vec()).await?;
        let to = (person.display_name, person.email);
        Ok(Some(letter(to, words.unwrap_or("News"), &items, post.site(), token)))
    }
}

async fn chosen(tx: &mut Tx, person: PersonId, kind: &str, cadence: MailCadence, fresh: [u8; 16]) -> Result<(), Error> {
    store::mail::choose(&**tx, person, kind, cadence, &digest::hex(&fresh), tx.now()).await?;
    tx.append(Change::new("inbox.mail.choose", &person).after(&json!({ "kind": kind, "cadence": cadence.name() })));
    Ok(())
}
