//! How tests are gathered: plain ones, and features that run on every database.

use std::future::Future;

use exemplar_tests::Database;
use libtest_mimic::Trial;

/// The tests found so far.
pub(crate) struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    pub(crate) fn new() -> Self {
        Self { trials: Vec::new() }
    }

    /// A test that needs no server and no runtime.
    pub(crate) fn plain(&mut self, name: &'static str, test: fn()) {
        self.trials.push(Trial::test(name, move || {
            test();
            Ok(())
        }));
    }

    /// A test on one database.
    pub(crate) fn on<F>(&mut self, database: Database, name: &'static str, test: fn(Database) -> F)
    where
        F: Future<Output = ()> + 'static,
    {
        self.on_if(database, true, "", name, test);
    }

    /// A test on one database that also needs something else of this machine; `missing` says what, when it is not here.
    pub(crate) fn on_if<F>(
        &mut self,
        database: Database,
        other: bool,
        missing: &'static str,
        name: &'static str,
        test: fn(Database) -> F,
    ) where
        F: Future<Output = ()> + 'static,
    {
        let here = database.is_here() && other;
        let label = match (database.is_here(), other) {
            (true, true) => format!("{database:?}"),
            (false, _) => format!("{database:?} is not installed"),
            (true, false) => missing.to_owned(),
        };
        let run = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            runtime.block_on(test(database));
            Ok(())
        };
        self.trials.push(Trial::test(name, run).with_kind(label.to_lowercase()).with_ignored_flag(!here));
    }

    /// A test on each database.
    pub(crate) fn each<F>(&mut self, name: &'static str, test: fn(Database) -> F)
    where
        F: Future<Output = ()> + 'static,
    {
        for database in Database::ALL {
            self.on(database, name, test);
        }
    }

    pub(crate) fn into_trials(self) -> Vec<Trial> {
        self.trials
    }
}
