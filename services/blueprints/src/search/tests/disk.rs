//! What happens to the folder: restarts, damage, rebuilds, a second writer.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::Instant;

use super::super::generation::Watermark;
use super::*;

fn documents() -> Vec<Document> {
    (1..=9).map(|id| document(id, "Ward round", &format!("word{id} on the ward"))).collect()
}

/// Everything there is to see, in one comparable value.
fn view(index: &Index) -> Result<(Answer, Vec<(Uuid, u32)>), Error> {
    let all = Query { facets: Facet::ALL.to_vec(), count: true, snippets: true, limit: 100, ..query("ward") };
    Ok((index.search(&all)?, index.listing()?))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn generation(folder: &Path) -> PathBuf {
    let name = fs::read_to_string(folder.join("current")).unwrap();
    folder.join(name.trim())
}

#[test]
fn a_restart_continues() {
    let folder = tempfile::tempdir().unwrap();
    let (index, opened) = Index::open(folder.path(), EPOCH).unwrap();
    assert_eq!((opened, index.sequence()), (Opened::Anew(Anew::Absent), 0));
    index.apply(documents().into_iter().map(put).collect(), 5).unwrap();
    index.apply(vec![Change::Remove(Uuid::from_u128(3)), Change::Remove(Uuid::from_u128(99))], 8).unwrap();
    index.apply(vec![], 9).unwrap();
    let before = view(&index).unwrap();
    drop(index);
    let (index, opened) = Index::open(folder.path(), EPOCH).unwrap();
    assert_eq!(opened, Opened::Continued { sequence: 9, documents: 8 });
    assert_eq!(view(&index).unwrap(), before);
}

#[test]
fn applying_twice_is_applying_once() {
    let (_folder, index) = index_of(documents());
    let second = || Document { revision: 2, ..document(4, "Fourth", "again") };
    let changes = || vec![put(document(4, "Lost", "lost")), put(second()), Change::Remove(Uuid::from_u128(5))];
    index.apply(changes(), 3).unwrap();
    let once = view(&index).unwrap();
    index.apply(changes(), 3).unwrap();
    assert_eq!(view(&index).unwrap(), once);
    assert_eq!((index.document_count(), found(&index, "lost").len()), (8, 0));
    assert_eq!(once.1[3], (Uuid::from_u128(4), 2));
    assert!(matches!(index.apply(changes(), 2), Err(Error::Behind { current: 3, upto: 2 })));
}

#[test]
fn another_epoch_or_version_starts_anew() {
    let (folder, index) = index_of(documents());
    drop(index);
    let other = Uuid::from_u128(8);
    let (index, opened) = Index::open(folder.path(), other).unwrap();
    assert_eq!((opened, index.document_count()), (Opened::Anew(Anew::OtherEpoch(EPOCH)), 0));
    index.apply(vec![put(document(1, "One", ""))], 4).unwrap();
    drop(index);

    let later = Watermark { schema: u32::MAX, ..Watermark::new(other, 4, 1) };
    let later = Watermark { check: later.digest(), ..later };
    let raw = tantivy::Index::open_in_dir(generation(folder.path())).unwrap();
    raw.tokenizers().register("exemplar_stems", super::super::analyser::stems());
    raw.tokenizers().register("exemplar_words", super::super::analyser::words());
    let mut writer = raw.writer_with_num_threads::<tantivy::TantivyDocument>(1, 15_000_000).unwrap();
    let mut commit = writer.prepare_commit().unwrap();
    commit.set_payload(&serde_json::to_string(&later).unwrap());
    commit.commit().unwrap();
    drop(writer);
    assert_eq!(Index::open(folder.path(), other).unwrap().1, Opened::Anew(Anew::OtherVersion));
}

/// Each file of the folder is harmed in each way, one at a time.
#[test]
fn damage_is_found_or_harmless() {
    let (folder, index) = index_of(documents());
    index.apply(vec![Change::Remove(Uuid::from_u128(3)), put(document(10, "Ten", "ward"))], 2).unwrap();
    let whole = view(&index).unwrap();
    drop(index);
    let files = [entries(&generation(folder.path())), vec![folder.path().join("current")]].concat();
    assert!(files.len() > 12, "{files:?}");
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut anew = 0;
    for file in &files {
        let content = fs::read(file).unwrap();
        // meta.json has no checksum, so it gets the most.
        let flips = if file.ends_with("meta.json") { 24 } else { 2 };
        let flips = (0..content.len()).step_by(content.len() / flips + 1).map(Harm::Flip);
        for harm in [Harm::Delete, Harm::Truncate(0), Harm::Truncate(content.len() / 2)].into_iter().chain(flips) {
            let copy = copy_of(folder.path());
            harm.to(&copy.path().join(file.strip_prefix(folder.path()).unwrap()), &content);
            let (index, opened) = Index::open(copy.path(), EPOCH).unwrap();
            match opened {
                Opened::Anew(_) => {
                    anew += 1;
                    assert_eq!((index.document_count(), index.sequence()), (0, 0));
                    index.apply(vec![put(document(1, "One", ""))], 1).unwrap();
                }
                Opened::Continued { .. } => match view(&index) {
                    Ok(seen) => assert_eq!(seen, whole, "{} {harm:?}", file.display()),
                    Err(error) => assert!(matches!(error, Error::Damaged(_)), "{error:?}"),
                },
            }
        }
    }
    std::panic::set_hook(quiet);
    assert!(anew > 60, "{anew}");
}

#[test]
fn a_failed_write_loses_nothing() {
    let (folder, index) = index_of(documents());
    let (home, away) = (generation(folder.path()), folder.path().join("away"));
    fs::rename(&home, &away).unwrap();
    let changes = || vec![put(document(10, "Ten", "")), Change::Remove(Uuid::from_u128(1))];
    assert!(matches!(index.apply(changes(), 2), Err(Error::Write(_))));
    assert_eq!((index.sequence(), found(&index, "word1"), found(&index, "ten").len()), (1, vec![1], 0));
    fs::rename(&away, &home).unwrap();
    index.apply(changes(), 2).unwrap();
    assert_eq!((index.sequence(), found(&index, "word1").len(), found(&index, "ten")), (2, 0, vec![10]));
}

#[derive(Debug, Clone, Copy)]
enum Harm {
    Delete,
    Truncate(usize),
    Flip(usize),
}

impl Harm {
    fn to(self, file: &Path, content: &[u8]) {
        match self {
            Self::Delete => fs::remove_file(file).unwrap(),
            Self::Truncate(length) => fs::write(file, &content[..length]).unwrap(),
            Self::Flip(at) => {
                let mut content = content.to_vec();
                content[at] ^= 1 << (at % 8);
                fs::write(file, content).unwrap();
            }
        }
    }
}

fn copy_of(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let from = generation(folder);
    let to = copy.path().join(from.file_name().unwrap());
    fs::create_dir(&to).unwrap();
    fs::copy(folder.join("current"), copy.path().join("current")).unwrap();
    for file in entries(&from) {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
    copy
}

#[test]
fn what_crashes_leave_is_swept() {
    let (folder, index) = index_of(documents());
    drop(index);
    let whole = entries(folder.path());
    fs::create_dir_all(folder.path().join("generation-7")).unwrap();
    fs::write(folder.path().join("generation-7/meta.json"), "{}").unwrap();
    fs::write(folder.path().join("current.next"), "generation-7").unwrap();
    let index = open(folder.path());
    assert_eq!((index.document_count(), entries(folder.path())), (9, whole));
}

#[test]
fn one_writer_at_a_time() {
    let (folder, index) = index_of(documents());
    assert!(matches!(Index::open(folder.path(), EPOCH), Err(Error::Busy(_))));
    let clone = index.clone();
    drop(index);
    assert!(matches!(Index::open(folder.path(), EPOCH), Err(Error::Busy(_))));
    drop(clone);
    assert_eq!(open(folder.path()).document_count(), 9);
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(Index::open(&file, EPOCH), Err(Error::Folder { .. })));
}

#[test]
fn searches_go_on_while_it_is_rebuilt() {
    let (folder, index) = index_of(documents());
    let old = view(&index).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let searcher = scope.spawn(|| {
            let mut seen = Vec::new();
            while !done.load(Relaxed) {
                seen.push(view(&index).unwrap());
            }
            seen
        });
        let mut rebuild = index.rebuild().unwrap();
        assert!(matches!(index.rebuild(), Err(Error::Rebuilding)));
        for document in documents() {
            rebuild.add(&Document { revision: 1, ..document.clone() }).unwrap();
            rebuild.add(&Document { revision: 5, ..document }).unwrap();
        }
        rebuild.finish(6).unwrap();
        let new = view(&index).unwrap();
        done.store(true, Relaxed);
        let known = |seen: &(Answer, Vec<(Uuid, u32)>)| {
            [&old.0, &new.0].contains(&&seen.0) && [&old.1, &new.1].contains(&&seen.1)
        };
        assert!(searcher.join().unwrap().iter().all(known), "an answer is of one of the two states");
        assert_eq!((new.0.sequence, new.1.len(), new.1[0].1), (6, 9, 5));
    });
    index.apply(vec![put(document(10, "Ten", ""))], 7).unwrap();
    drop(index);
    let (index, opened) = Index::open(folder.path(), EPOCH).unwrap();
    assert_eq!(opened, Opened::Continued { sequence: 7, documents: 10 });
    assert_eq!(entries(folder.path()).len(), 3, "lock, current, one generation");
    drop(index);
}

#[test]
fn changes_during_a_rebuild_are_kept() {
    let (_folder, index) = index_of(documents());
    let mut rebuild = index.rebuild().unwrap();
    index
        .apply(vec![put(Document { revision: 9, ..document(1, "Newer", "") }), put(document(10, "Ten", ""))], 8)
        .unwrap();
    index.apply(vec![Change::Remove(Uuid::from_u128(2))], 9).unwrap();
    for document in documents() {
        rebuild.add(&document).unwrap();
    }
    rebuild.finish(7).unwrap();
    assert_eq!((index.sequence(), index.document_count()), (9, 9));
    assert_eq!((found(&index, "newer"), found(&index, "ten"), found(&index, "word2").len()), (vec![1], vec![10], 0));

    // Without changes it may go back: the database was restored.
    index.rebuild().unwrap().finish(3).unwrap();
    assert_eq!((index.sequence(), index.document_count()), (3, 0));
}

#[test]
fn a_dropped_rebuild_leaves_nothing() {
    let (folder, index) = index_of(documents());
    let (before, seen) = (entries(folder.path()), view(&index).unwrap());
    let mut rebuild = index.rebuild().unwrap();
    rebuild.add(&document(50, "Lost", "")).unwrap();
    assert_ne!(entries(folder.path()), before);
    drop(rebuild);
    assert_eq!((entries(folder.path()), view(&index).unwrap()), (before, seen));
    index.rebuild().unwrap().finish(2).unwrap();
    assert_eq!(index.document_count(), 0);
}

#[tokio::test]
async fn a_sequence_is_waited_for() {
    let (_folder, index) = index_of(documents());
    let long_ago = Instant::now();
    let later = long_ago + Duration::from_mins(10);
    assert!(index.reached(1, long_ago).await, "what is there is there");
    assert!(!index.reached(2, long_ago).await);
    let waiting = tokio::spawn({
        let index = index.clone();
        async move { index.reached(2, later).await && found(&index, "ten") == [10] }
    });
    tokio::task::yield_now().await;
    index.apply(vec![put(document(10, "Ten", ""))], 2).unwrap();
    assert!(waiting.await.unwrap());
}
