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

/// Items that are sent together at the most.
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

    /// Sends letters until the server stops. A letter that was sent when the process died may be sent once more, with
    /// the same Message-ID.
    pub async fn send_mail(self, post: Post, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let rest = match self.send_due(&post).await {
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

    /// Sends some of what is due; whether there was any.
    async fn send_due(&self, post: &Post) -> Result<bool, Error> {
        if !rows::is_any_due(self.db.read(), self.db.clock().now()).await? {
            return Ok(false);
        }
        let tx = self.db.begin("inbox.mail.take", &Principal::system()).await?;
        let due = rows::take_due(&*tx, tx.now(), TOGETHER).await?;
        let mut batches: Vec<(i32, String, Vec<Item>)> = Vec::new();
        for (tries, item) in due {
            match batches.last_mut() {
                Some((_, _, items)) if items.last().is_some_and(|last| is_with(last, &item)) => items.push(item),
                _ => {
                    let fresh = digest::hex(&self.db.chance().bytes::<16>());
                    let token = rows::token(&*tx, item.person, &item.kind, &fresh).await?;
                    batches.push((tries, token, vec![item]));
                }
            }
        }
        tx.commit_housekeeping().await?;
        let (mut sent, mut over) = (Vec::new(), Vec::new());
        for (tries, token, items) in &batches {
            let ids = items.iter().map(|item| item.id);
            match self.letter(post, token, items).await? {
                None => over.extend(ids),
                Some(letter) => match post.send(&letter).await {
                    Ok(()) => sent.extend(ids),
                    Err(Refused { error, forever }) => {
                        tracing::warn!(error, tries, "a letter was not taken");
                        if forever || *tries >= MAX_TRIES {
                            over.extend(ids);
                        }
                    }
                },
            }
        }
        let tx = self.db.begin("inbox.mail.settle", &Principal::system()).await?;
        rows::settle(&*tx, &sent, Some(tx.now())).await?;
        rows::settle(&*tx, &over, None).await?;
        tx.commit_housekeeping().await?;
        Ok(!batches.is_empty())
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

/// Whether two items go into one letter.
fn is_with(one: &Item, other: &Item) -> bool {
    (one.person, &one.kind) == (other.person, &other.kind)
}

async fn chosen(tx: &mut Tx, person: PersonId, kind: &str, cadence: MailCadence, fresh: [u8; 16]) -> Result<(), Error> {
    store::mail::choose(&**tx, person, kind, cadence, &digest::hex(&fresh), tx.now()).await?;
    tx.append(Change::new("inbox.mail.choose", &person).after(&json!({ "kind": kind, "cadence": cadence.name() })));
    Ok(())
}
