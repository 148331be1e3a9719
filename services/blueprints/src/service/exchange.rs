//! Into Exemplar and out again: indexes, pages, bundles.

use std::collections::HashMap;

use exemplar_directory::{Vocabularies, Vocabulary};
use exemplar_kernel::db::is_unique;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::sheet::{Format, Sheet};
use exemplar_kernel::{Change, NetworkRole, Once, OrganisationId, Paging, Principal, Tx, Violations, Written};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;

use super::draft::draft_of;
use super::revisions::labelled;
use super::{ArtefactContent, Blueprints, Wanted};
use crate::Error;
use crate::model::bundle::Source;
use crate::model::index::{self, Entry, Finding, Organisations, Terms, Verdict};
use crate::model::usage::Use;
use crate::model::{Blueprint, BlueprintId, Content, Header, Level, Visibility, Which, citation, page};
use crate::store::exchange::{self as rows, BATCH};
use crate::store::{self};

/// Rows of an exported index at the most.
const MAX_EXPORTED: usize = 50_000;

/// An index to be imported.
#[derive(Clone, Debug)]
pub struct ImportIndex {
    /// The file.
    pub file: Vec<u8>,
    /// Whether it is only judged.
    pub validate_only: bool,
    /// Findings that do not keep a row out.
    pub accept: Vec<Finding>,
    /// Who may read what becomes of the drafts.
    pub visibility: Visibility,
}

/// What became of an index.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportedIndex {
    /// Rows of the file.
    pub total: usize,
    /// Rows that were, or would be, written.
    pub imported: usize,
    /// Rows with findings, in the order of the file.
    pub verdicts: Vec<Verdict>,
}

/// How far an import is: what is done, rows done, of so many.
pub type Progress = (&'static str, usize, usize);

/// The forms of one blueprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A page.
    Html,
    /// Text.
    Markdown,
    /// An archive that another Exemplar imports.
    Bundle,
}

/// A file on its way out.
#[derive(Debug)]
pub enum Exported {
    /// All of it.
    Text(Vec<u8>),
    /// As it comes.
    File(ArtefactContent),
}

impl Blueprints {
    /// Judges every row of an index and, unless it is only to be judged, makes a draft of each that nothing keeps out:
    /// all of them or none. `progress` hears how far it is; nobody waits for it.
    pub async fn import_index(
        &self,
        caller: &Principal,
        import: ImportIndex,
        key: Option<RequestKey>,
        progress: &mpsc::Sender<Progress>,
    ) -> Result<Written<ImportedIndex>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let say = |stage, done, total| {
            // Somebody who no longer listens, or listens slowly, misses a step.
            let _ = progress.try_send((stage, done, total));
        };
        let ImportIndex { file, validate_only, accept, visibility } = import;
        let rows = blocking(move || read_index(&file)).await??;
        say("read", rows.len(), rows.len());
        let mut organisations = Organisations::default();
        let mut ids = Vec::new();
        for (id, name) in self.directory.open_names().await? {
            organisations.add(&id, &name);
            ids.push(id);
        }
        let terms = Words(self.directory.vocabularies().await?);
        let there = rows::titles(self.db.read(), &ids).await?;
        let judged = blocking(move || index::judge(&rows, &organisations, &terms, &there, &accept)).await?;
        say("judged", judged.len(), judged.len());
        let total = judged.len();
        let imported = judged.iter().filter(|(verdict, _)| verdict.imported).count();
        let (verdicts, entries): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
        let verdicts = verdicts.into_iter().filter(|verdict: &Verdict| !verdict.findings.is_empty()).collect();
        let answer = ImportedIndex { total, imported, verdicts };
        let entries: Vec<Entry> = entries.into_iter().flatten().collect();
        if validate_only || entries.is_empty() {
            return Ok(Written { value: answer, sequence: 0 });
        }
        let mut tx = match self.db.once("blueprints.index.import", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        for (done, entries) in entries.chunks(BATCH).enumerate() {
            write_entries(&mut tx, entries, visibility).await?;
            say("written", done * BATCH + entries.len(), imported);
        }
        Ok(tx.commit(answer).await?)
    }

    /// The index of the released blueprints that the caller may see, newest first, as a file.
    pub async fn export_index(&self, caller: &Principal, format: Format) -> Result<Vec<u8>, Error> {
        let words = self.directory.vocabularies().await?;
        let mut entries = Vec::new();
        let mut token = String::new();
        loop {
            let paging = Paging::parse(&mut Violations::new(), 200, &token, &["index"]);
            let page = self.list(caller, &Wanted::default(), &paging).await?;
            let ids: Vec<_> = page.items.iter().map(|blueprint| blueprint.header.id).collect();
            let before = rows::entries(self.db.read(), &ids).await?;
            entries.extend(page.items.into_iter().map(|blueprint| entry(&words, &self.address, blueprint, &before)));
            token = page.next;
            if token.is_empty() || entries.len() >= MAX_EXPORTED {
                break;
            }
        }
        entries.truncate(MAX_EXPORTED);
        Ok(blocking(move || index::sheet(entries.into_iter()).write(format)).await??)
    }

    /// One blueprint as a file.
    pub async fn export(
        &self,
        caller: &Principal,
        id: BlueprintId,
        which: Which,
        format: ExportFormat,
    ) -> Result<Exported, Error> {
        let blueprint = self.read(caller, id, which).await?;
        if blueprint.revision != store::DRAFT {
            self.note(caller, &blueprint.header, Use::Download);
        }
        let address = match blueprint.revision {
            store::DRAFT => String::new(),
            number => format!("{}/{id}/revisions/{number}", self.address),
        };
        if format == ExportFormat::Bundle {
            let own = Source {
                blueprint: id.to_string(),
                revision: blueprint.revision,
                organisation: blueprint.header.organisation.code().to_owned(),
                published: blueprint.published,
                change_note: blueprint.change_note.clone(),
                address,
            };
            return Ok(Exported::File(self.bundle(blueprint, own).await?));
        }
        let organisation = self.directory.organisation(&blueprint.header.organisation).await?.organisation.display_name;
        let words = self.directory.vocabularies().await?;
        let written = blocking(move || {
            let Blueprint { revision, published, content, .. } = blueprint;
            let citation = citation(&organisation, &content.title, revision, published, &address);
            let content = labelled(&words, content);
            if format == ExportFormat::Markdown {
                return Ok(page::markdown(&content, &citation));
            }
            page::html(&content, &organisation, &citation)
                .map_err(|error| exemplar_kernel::Error::Inconsistent(error.to_string()))
        });
        Ok(Exported::Text(written.await??.into_bytes()))
    }
}

/// The directory's vocabularies as the judge of an index asks them.
struct Words(Vocabularies);

impl Words {
    fn slug(&self, vocabulary: Vocabulary, typed: &str) -> Option<String> {
        self.0.choose(vocabulary, typed).ok().map(|term| term.id.slug.clone())
    }
}

impl Terms for Words {
    fn care_setting(&self, typed: &str) -> Option<String> {
        self.slug(Vocabulary::CareSetting, typed)
    }

    fn project_type(&self, typed: &str) -> Option<String> {
        self.slug(Vocabulary::ProjectType, typed)
    }

    fn user_group(&self, typed: &str) -> Option<String> {
        self.slug(Vocabulary::UserGroup, typed)
    }
}

pub(super) fn first_header(id: BlueprintId, organisation: OrganisationId, visibility: Visibility) -> Header {
    Header {
        id,
        organisation,
        visibility,
        version: 1,
        latest_revision: 0,
        published: None,
        review_due: None,
        withdrawn: None,
    }
}

/// Reads the rows of an index; what is wrong with the file is said of the field.
fn read_index(file: &[u8]) -> Result<Vec<index::Row>, Error> {
    let mut violations = Violations::new();
    let sheet = Sheet::read(&mut violations, "file", file, &index::LIMITS);
    let rows = sheet.and_then(|sheet| violations.take("file", index::rows(&sheet)));
    violations.check()?;
    Ok(rows.unwrap_or_default())
}

/// Writes a batch of entries as drafts on a page.
async fn write_entries(tx: &mut Tx, entries: &[Entry], visibility: Visibility) -> Result<(), Error> {
    let mut drafts = Vec::with_capacity(entries.len());
    let mut noted = Vec::with_capacity(entries.len());
    for entry in entries {
        let header = first_header(BlueprintId::new(tx.id()), entry.organisation.clone(), visibility);
        let change = Change::new("blueprints.blueprint.import_row", &header.id).on_behalf(&entry.organisation);
        tx.append(change.after(&json!({ "title": entry.title, "address": entry.address })));
        noted.push((header.id, entry.clone()));
        let content = Content {
            title: entry.title.clone(),
            level: Some(Level::OnAPage),
            care_settings: entry.care_settings.clone(),
            project_types: entry.project_types.clone(),
            user_groups: entry.users.clone(),
            ..Content::default()
        };
        drafts.push(draft_of(header, content));
    }
    rows::insert_drafts(&**tx, &drafts, tx.now()).await?;
    // Another import that wrote the same row since it was judged has won.
    rows::insert_entries(&**tx, &noted)
        .await
        .map_err(|error| if is_unique(&error) { exemplar_kernel::Error::Stale.into() } else { Error::from(error) })
}

/// A released blueprint as a row of the index; it is at its place here unless it came from an index that names another.
fn entry(
    words: &Vocabularies,
    address: &str,
    blueprint: Blueprint,
    before: &HashMap<BlueprintId, (String, Option<time::Date>)>,
) -> Entry {
    let Blueprint { header, content, .. } = blueprint;
    let content = labelled(words, content);
    let (came_from, date) = before.get(&header.id).cloned().unwrap_or_default();
    let address = if came_from.is_empty() { format!("{address}/{}", header.id) } else { came_from };
    Entry {
        title: content.title,
        organisation: header.organisation,
        date: date.or_else(|| header.published.map(exemplar_kernel::Timestamp::date)),
        care_settings: content.care_settings,
        project_types: content.project_types,
        users: content.user_groups,
        address,
    }
}

/// Runs what takes long on a thread that may be kept.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| exemplar_kernel::Error::Inconsistent(error.to_string()))?)
}
