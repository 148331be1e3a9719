//! What goes on behind the uploads: the scanner looks at what waits in quarantine, text is read for the index, and what
//! nobody needs is swept. All of it is driven from rows, so that a killed server goes on where it was.

use std::time::Duration;

use exemplar_kernel::error::chain;
use exemplar_kernel::{Change, Principal, Timestamp};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Blueprints;
use crate::Error;
use crate::blob::extract::{self, ExtractError};
use crate::blob::scan::{ScanError, Verdict};
use crate::model::artefact::{ArtefactId, State};
use crate::store::blobs::{self, Waiting};
use crate::store::uploads;

/// How often the rows are asked for what another server left, or postponed.
const POLL: Duration = Duration::from_secs(1);
/// How long what one server took is its own; it says again that it is alive in a third of that.
const LEASE: Duration = Duration::from_mins(1);
/// How long after a failed scan the next follows: at first, and at the most.
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LAST_RETRY: Duration = Duration::from_mins(5);
/// How often reading a text is tried when it is not the file's fault.
const TEXT_ATTEMPTS: i32 = 5;
/// Uploads and objects swept at a time.
const BATCH: usize = 200;

/// What a sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Uploads that had expired.
    pub uploads: u64,
    /// Contents that nothing referred to.
    pub contents: u64,
    /// Objects that belonged to nothing.
    pub objects: u64,
}

impl Blueprints {
    /// Has content scanned and read until `stop`. A failure is logged, and tried again.
    pub async fn keep_custody(&self, stop: CancellationToken) {
        if self.artefacts.scanner.is_none() {
            tracing::warn!("artefacts.scanner is not set: uploads are not scanned, and answers say so");
        } else if let Err(error) = self.requeue().await {
            tracing::error!(error = chain(&error), "what was not scanned could not be put into quarantine");
        }
        tokio::join!(self.repeat(&stop, true), self.repeat(&stop, false));
    }

    /// Looks now at everything that waits for the scanner, once; what it cannot be asked about goes on waiting.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_at_quarantine(&self, stop: &CancellationToken) -> Result<(), Error> {
        while self.scan_next(stop).await? {}
        Ok(())
    }

    /// Scans, or reads texts, one after the other, until `stop`.
    async fn repeat(&self, stop: &CancellationToken, scans: bool) {
        while !stop.is_cancelled() {
            let done = if scans { self.scan_next(stop).await } else { self.read_next(stop).await };
            match done {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(error = chain(&error), "the custody of artefacts failed"),
            }
            tokio::select! {
                () = self.artefacts.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Now that there is a scanner, what none has seen waits for it.
    async fn requeue(&self) -> Result<(), Error> {
        if !blobs::has_unscanned(self.db.read()).await? {
            return Ok(());
        }
        let mut tx = self.db.begin("blueprints.artefact.requeue", &Principal::system()).await?;
        let count = blobs::requeue_unscanned(&*tx, tx.now()).await?;
        tx.append(Change::new("blueprints.artefact.requeue", &"artefacts").after(&count));
        tx.commit(()).await?;
        Ok(())
    }

    /// Scans what waits longest; whether there was anything.
    async fn scan_next(&self, stop: &CancellationToken) -> Result<bool, Error> {
        let now = self.db.clock().now();
        if !blobs::scan_is_due(self.db.read(), now).await? {
            return Ok(false);
        }
        let tx = self.db.begin("blueprints.artefact.claim_scan", &Principal::system()).await?;
        let claimed = blobs::claim_scan(&*tx, tx.now(), tx.now().plus(LEASE)).await?;
        tx.commit_housekeeping().await?;
        let Some((id, content)) = claimed else { return Ok(false) };
        let Some(verdict) = self.verdict(id, &content, stop).await? else { return Ok(false) };
        match verdict {
            Ok((Verdict::Clean, scanned)) => self.pass(id, scanned).await?,
            Ok((Verdict::Found(signature), _)) => self.refuse_content(&content, &signature).await?,
            Err(error) => self.postpone(id, content.attempts, &error).await?,
        }
        Ok(true)
    }

    /// What the scanner says, and whether there is one; none when the server stops first.
    async fn verdict(
        &self,
        id: ArtefactId,
        content: &Waiting,
        stop: &CancellationToken,
    ) -> Result<Option<Result<(Verdict, bool), ScanError>>, Error> {
        let Some(scanner) = &self.artefacts.scanner else { return Ok(Some(Ok((Verdict::Clean, false)))) };
        let parts = uploads::parts(self.db.read(), content.location).await?;
        let scan = scanner.scan(self.artefacts.blobs.read(parts, 0..content.size));
        tokio::pin!(scan);
        loop {
            tokio::select! {
                verdict = &mut scan => return Ok(Some(verdict.map(|verdict| (verdict, true)))),
                () = stop.cancelled() => return Ok(None),
                () = tokio::time::sleep(LEASE / 3) => {}
            }
            let tx = self.db.begin("blueprints.artefact.renew_scan", &Principal::system()).await?;
            blobs::postpone_scan(&*tx, id, tx.now().plus(LEASE), None).await?;
            tx.commit_housekeeping().await?;
        }
    }

    async fn pass(&self, id: ArtefactId, scanned: bool) -> Result<(), Error> {
        let mut tx = self.db.begin("blueprints.artefact.pass", &Principal::system()).await?;
        if !blobs::decide_scan(&*tx, id, State::Available, scanned, None).await? {
            return Ok(());
        }
        let mut change = Change::new("blueprints.artefact.pass", &id);
        if let Some(owner) = blobs::owner(&*tx, id).await? {
            change = change.on_behalf(&owner);
        }
        tx.append(change.after(&serde_json::json!({ "scanned": scanned })));
        tx.commit(()).await?;
        self.artefacts.wake.notify_waiters();
        Ok(())
    }

    /// What is found in one artefact is in all that have the same content.
    async fn refuse_content(&self, content: &Waiting, signature: &str) -> Result<(), Error> {
        let note: String = signature.chars().filter(|c| !c.is_control()).take(200).collect();
        let mut tx = self.db.begin("blueprints.artefact.refuse", &Principal::system()).await?;
        let concerned = blobs::with_content(&*tx, &content.digest, State::Refused).await?;
        if concerned.is_empty() {
            return Ok(());
        }
        blobs::refuse_content(&*tx, &content.digest, &note).await?;
        for id in concerned {
            let mut change = Change::new("blueprints.artefact.refuse", &id);
            if let Some(owner) = blobs::owner(&*tx, id).await? {
                change = change.on_behalf(&owner);
            }
            tx.append(change.after(&serde_json::json!({ "found": note })));
        }
        tx.commit(()).await?;
        tracing::warn!(digest = content.digest.as_str(), signature = note, "the scanner found something");
        Ok(())
    }

    async fn postpone(&self, id: ArtefactId, attempts: i32, error: &ScanError) -> Result<(), Error> {
        let doubled = FIRST_RETRY.saturating_mul(1 << attempts.clamp(0, 10));
        let tx = self.db.begin("blueprints.artefact.postpone_scan", &Principal::system()).await?;
        let due = tx.now().plus(doubled.min(LAST_RETRY));
        blobs::postpone_scan(&*tx, id, due, Some(&error.to_string())).await?;
        tx.commit_housekeeping().await?;
        tracing::warn!(artefact = %id, error = chain(error), "an artefact stays in quarantine; the scan is tried again");
        Ok(())
    }

    /// Reads the text that waits longest; whether there was anything.
    async fn read_next(&self, stop: &CancellationToken) -> Result<bool, Error> {
        let now = self.db.clock().now();
        if !blobs::text_is_due(self.db.read(), now).await? {
            return Ok(false);
        }
        let tx = self.db.begin("blueprints.artefact.claim_text", &Principal::system()).await?;
        let claimed = blobs::claim_text(&*tx, tx.now(), tx.now().plus(LEASE * 2)).await?;
        tx.commit_housekeeping().await?;
        let Some(content) = claimed else { return Ok(false) };
        let parts = uploads::parts(self.db.read(), content.location).await?;
        let bytes = self.artefacts.blobs.read(parts, 0..content.size);
        let read = tokio::select! {
            read = extract::by_process(content.format, bytes) => read,
            () = stop.cancelled() => return Ok(false),
        };
        let text = match read {
            Ok(text) => Some(text),
            Err(error @ ExtractError::Unreadable(_)) => {
                tracing::info!(
                    digest = content.digest.as_str(),
                    error = chain(&error),
                    "a file has no text for the index"
                );
                None
            }
            Err(error) if content.attempts + 1 < TEXT_ATTEMPTS => {
                tracing::warn!(digest = content.digest.as_str(), error = chain(&error), "a text is read again later");
                return Ok(true);
            }
            Err(error) => {
                tracing::error!(digest = content.digest.as_str(), error = chain(&error), "a text could not be read");
                None
            }
        };
        self.put_text(&content, text).await?;
        Ok(true)
    }

    async fn put_text(&self, content: &Waiting, text: Option<String>) -> Result<(), Error> {
        let mut tx = self.db.begin("blueprints.artefact.read_text", &Principal::system()).await?;
        let concerned = blobs::with_content(&*tx, &content.digest, State::Refused).await?;
        blobs::put_text(&*tx, &content.digest, text).await?;
        if concerned.is_empty() {
            return Ok(tx.commit_housekeeping().await?);
        }
        for id in concerned {
            tx.append(Change::new("blueprints.artefact.read_text", &id));
        }
        tx.commit(()).await?;
        Ok(())
    }

    /// Forgets uploads that have expired, and content that nothing has referred to for the grace period; then removes the
    /// objects that belong to nothing.
    ///
    /// # Errors
    /// When the database or the store fails; the next sweep goes on.
    pub async fn sweep_artefacts(&self) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        let tx = self.db.begin("blueprints.artefact.sweep", &Principal::system()).await?;
        let now = tx.now();
        for upload in uploads::expired(&*tx, now, BATCH as u64).await? {
            uploads::delete(&*tx, &upload).await?;
            swept.uploads += 1;
        }
        swept.contents = blobs::sweep(&*tx, now, now.minus(self.artefacts.grace)).await?;
        tx.commit_housekeeping().await?;
        // A part is written before it is noted, so that only what is older than any upload can be is sure to be no part.
        let horizon = now.minus(self.artefacts.grace + self.artefacts.upload_life);
        let mut listed = self.artefacts.blobs.list();
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let part = listed.recv().await.transpose()?;
            let ended = part.is_none();
            batch.extend(part.filter(|part| began(part.location) < horizon));
            if batch.len() == BATCH || (ended && !batch.is_empty()) {
                let known = uploads::known(self.db.read(), &batch).await?;
                for part in batch.drain(..).filter(|part| !known.contains(part)) {
                    self.artefacts.blobs.remove(part).await?;
                    swept.objects += 1;
                }
            }
            if ended {
                return Ok(swept);
            }
        }
    }
}

/// When the upload began whose parts lie here: its id says it (RFC 9562, 5.7).
fn began(location: Uuid) -> Timestamp {
    let micros = location.get_timestamp().map_or(0, |at| {
        let (seconds, nanos) = at.to_unix();
        i64::try_from(seconds).unwrap_or(0) * 1_000_000 + i64::from(nanos / 1000)
    });
    Timestamp::from_micros(micros)
}
