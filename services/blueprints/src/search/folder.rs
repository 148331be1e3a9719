//! The folder of the index: a lock, generations beside each other, and a file that names the current one.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Error;

const LOCK: &str = "lock";
const CURRENT: &str = "current";
const CURRENT_NEXT: &str = "current.next";
const GENERATION: &str = "generation-";

/// A folder that no other writer uses while this value lives. The lock dies with the process.
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if there is none and locks it.
    pub(super) fn lock(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Folder { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let file = File::options().create(true).append(true).open(path.join(LOCK)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// The current generation's number; `None` when nothing legible says so.
    pub(super) fn current(&self) -> Option<u32> {
        number(fs::read_to_string(self.path.join(CURRENT)).ok()?.trim_end())
    }

    /// Makes `generation` the current one: after a crash it is that or the one before, never neither.
    pub(super) fn set_current(&self, generation: u32) -> Result<(), Error> {
        let next = self.path.join(CURRENT_NEXT);
        let write = || -> io::Result<()> {
            let mut file = File::create(&next)?;
            writeln!(file, "{GENERATION}{generation}")?;
            file.sync_all()?;
            fs::rename(&next, self.path.join(CURRENT))?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(|source| Error::Folder { path: next.clone(), source })
    }

    /// Makes the folder of a generation beyond all that lie there.
    pub(super) fn create_generation(&self) -> Result<(u32, PathBuf), Error> {
        let failed = |source| Error::Folder { path: self.path.clone(), source };
        let last = self.generations().map_err(failed)?.into_iter().max().unwrap_or_default();
        let number = last.saturating_add(1);
        let path = self.generation(number);
        fs::create_dir(&path).map_err(failed)?;
        Ok((number, path))
    }

    /// Where a generation lies.
    pub(super) fn generation(&self, number: u32) -> PathBuf {
        self.path.join(format!("{GENERATION}{number}"))
    }

    /// Removes all generations but one, and what a crash left of [`Self::set_current`]. What cannot be removed stays
    /// until the next sweep: it costs space, nothing else.
    pub(super) fn sweep(&self, keep: u32) {
        let generations = self.generations().unwrap_or_default();
        for number in generations.into_iter().filter(|number| *number != keep) {
            self.remove(number);
        }
        let _ = fs::remove_file(self.path.join(CURRENT_NEXT));
    }

    /// Removes one generation, as far as that is possible.
    pub(super) fn remove(&self, generation: u32) {
        let path = self.generation(generation);
        if let Err(error) = fs::remove_dir_all(&path) {
            tracing::warn!(path = %path.display(), %error, "a generation of the search index could not be removed");
        }
    }

    fn generations(&self) -> io::Result<Vec<u32>> {
        let names = fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name()));
        let names = names.collect::<io::Result<Vec<_>>>()?;
        Ok(names.iter().filter_map(|name| number(name.to_str()?)).collect())
    }
}

fn number(name: &str) -> Option<u32> {
    name.strip_prefix(GENERATION)?.parse().ok()
}
