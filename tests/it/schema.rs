//! The schema: it goes up, down and up again on both databases, and both then hold the same, as `schema.sql.txt` lists
//! it.
//!
//! The list has a line for each thing that a database holds a table to. Conditions stand in it without their brackets,
//! because each database sets its own; a condition whose meaning hangs on a bracket alone is not told from another.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use exemplar_migrations::Migrator;
use exemplar_tests::Database;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait as _;

use crate::layout::{read, report, root};
use crate::protos::updating;
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("schema::up_down_up", up_down_up);
}

/// What sea-orm keeps its list of migrations in.
const OWN: &str = "seaql_migrations";

async fn up_down_up(database: Database) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = match database {
        Database::Sqlite => format!("sqlite://{}?mode=rwc", folder.path().join("schema.db").display()),
        Database::Postgres => exemplar_tests::new_database().await.expect("a database"),
    };
    let db = sea_orm::Database::connect(url).await.expect("a connection");
    Migrator::up(&db, None).await.expect("every migration goes up");
    let first = dump(&db).await;
    Migrator::down(&db, None).await.expect("every migration goes down");
    let left: Vec<String> = tables(&db).await.into_iter().filter(|table| table != OWN).collect();
    report(&format!("{database:?}: tables that no `down` drops; drop each where it is made"), &left);
    Migrator::up(&db, None).await.expect("every migration goes up again");
    let again = dump(&db).await;
    report(
        &format!("{database:?}: what is different after down and up; mend the `down`"),
        &differences(&first, &again),
    );
    compare(database, &first);
    db.close().await.expect("the connection closes");
}

/// Holds the schema against the snapshot, which PostgreSQL writes, because SQLite has one type for all integers.
fn compare(database: Database, found: &[String]) {
    let path = root().join("tests/it/schema.sql.txt");
    if updating() {
        assert!(Database::Postgres.is_here(), "install PostgreSQL: the snapshot is written from it");
        if database == Database::Postgres {
            fs::write(&path, render(found)).expect("tests/it/schema.sql.txt can be written");
        }
        // The other database may be writing now; the next run compares.
        return;
    }
    let snapshot = read(&path);
    let listed = snapshot.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned);
    let expected: Vec<String> = match database {
        Database::Sqlite => listed.map(|line| line.replace(" bigint", " integer")).collect(),
        Database::Postgres => listed.collect(),
    };
    let title = format!(
        "{database:?}: the schema is not tests/it/schema.sql.txt. When it was meant to change, run with \
         EXEMPLAR_UPDATE=1 (PostgreSQL must be installed); else add a migration that mends it"
    );
    report(&title, &differences(&expected, found));
}

const HEAD: &str = "# What the migrations make on SQLite and PostgreSQL alike, written by\n\
     # EXEMPLAR_UPDATE=1 cargo test -p exemplar-tests -- schema::up_down_up\n";

/// The lines with a gap between tables.
fn render(lines: &[String]) -> String {
    let table = |line: &String| line.split(':').next().unwrap_or_default().to_owned();
    let mut text = HEAD.to_owned();
    for (line, before) in lines.iter().zip([None].into_iter().chain(lines.iter().map(Some))) {
        if before.map(table) != Some(table(line)) {
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Lines that are only in one of the two; when there is none, the first that is in another place.
fn differences(expected: &[String], found: &[String]) -> Vec<String> {
    let (listed, there): (BTreeSet<_>, BTreeSet<_>) = (expected.iter().collect(), found.iter().collect());
    let mut faults: Vec<String> = listed.difference(&there).map(|line| format!("- {line}")).collect();
    faults.extend(there.difference(&listed).map(|line| format!("+ {line}")));
    if faults.is_empty() {
        let moved = expected.iter().zip(found).find(|(expected, found)| expected != found);
        faults.extend(moved.map(|(expected, found)| format!("{found} comes where {expected} was")));
    }
    faults
}

/// What the database holds, table by table: the columns in their order, then everything else.
async fn dump(db: &DatabaseConnection) -> Vec<String> {
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (found, rules) = if is_postgres(db) {
        (ask(db, POSTGRES_COLUMNS).await, postgres_rules(db).await)
    } else {
        (ask(db, SQLITE_COLUMNS).await, sqlite_rules(db).await)
    };
    for [table, column, kind, needed, default] in found {
        let needed = if needed == "1" { " not null" } else { "" };
        let default = if default.is_empty() { default } else { format!(" default {}", condition(&default)) };
        let line = format!("{table}: {column} {}{needed}{default}", type_name(&kind));
        columns.entry(table).or_default().push(line);
    }
    columns.remove(OWN);
    let mut lines = Vec::new();
    for (table, columns) in columns {
        lines.extend(columns);
        lines.extend(rules.iter().filter(|(of, _)| *of == table).map(|(_, rule)| format!("{table}: {rule}")));
    }
    lines
}

/// The type in words that both databases share.
fn type_name(kind: &str) -> String {
    match kind.to_lowercase().as_str() {
        "bytea" => "blob".to_owned(),
        // sea-orm says so what SQLite keeps as text
        kind => kind.trim_end_matches("_text").to_owned(),
    }
}

/// A condition in the words that both databases share. PostgreSQL tells some in its own way (`BETWEEN` as two
/// comparisons, `IN` with one value as `=`); migrations write them as it does.
fn condition(text: &str) -> String {
    let bare = text.replace("::text", "").replace(['"'], "").replace(['(', ')', '[', ']'], " ");
    let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    bare.replace(" ,", ",").replace("= ANY ARRAY ", "IN ")
}

async fn tables(db: &DatabaseConnection) -> Vec<String> {
    let query = if is_postgres(db) { POSTGRES_TABLES } else { SQLITE_TABLES };
    ask(db, query).await.into_iter().map(|[name]| name).collect()
}

/// Runs a query whose columns are texts; null is the empty text.
async fn ask<const N: usize>(db: &DatabaseConnection, query: &str) -> Vec<[String; N]> {
    let statement = Statement::from_string(db.get_database_backend(), query);
    let rows = db.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{query}: {error}"));
    let cell = |row: &sea_orm::QueryResult, at: usize| {
        let value: Option<String> = row.try_get_by_index(at).unwrap_or_else(|error| panic!("{query}: {error}"));
        value.unwrap_or_default()
    };
    rows.iter().map(|row| std::array::from_fn(|at| cell(row, at))).collect()
}

fn is_postgres(db: &DatabaseConnection) -> bool {
    db.get_database_backend() == DbBackend::Postgres
}

const POSTGRES_TABLES: &str = "
    SELECT relname::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname";

/// Table, column, type, whether it must be there, default.
const POSTGRES_COLUMNS: &str = "
    SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN '1' END, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum";

const POSTGRES_CONSTRAINTS: &str = "
    SELECT t.relname::text, c.contype::text, pg_get_constraintdef(c.oid)
    FROM pg_constraint c
    JOIN pg_class t ON t.oid = c.conrelid
    WHERE c.connamespace = current_schema()::regnamespace AND c.contype IN ('p', 'u', 'f', 'c', 'x')";

/// Indexes that no constraint has made: table, name, whether unique, columns, condition.
const POSTGRES_INDEXES: &str = "
    SELECT t.relname::text, i.relname::text, CASE WHEN x.indisunique THEN '1' END,
        array_to_string(ARRAY(
            SELECT pg_get_indexdef(x.indexrelid, k, true) || CASE WHEN x.indoption[k - 1] & 1 = 1 THEN ' DESC' ELSE '' END
            FROM generate_series(1, x.indnkeyatts::int) k ORDER BY k
        ), ', '),
        pg_get_expr(x.indpred, x.indrelid)
    FROM pg_index x
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_class i ON i.oid = x.indexrelid
    WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r'
        AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))";

/// Everything but columns, as table and rule, in the words of PostgreSQL.
async fn postgres_rules(db: &DatabaseConnection) -> BTreeSet<(String, String)> {
    let mut rules = BTreeSet::new();
    for [table, kind, definition] in ask(db, POSTGRES_CONSTRAINTS).await {
        let rule = match definition.strip_prefix("CHECK ") {
            Some(check) if kind == "c" => format!("CHECK {}", condition(check)),
            _ => definition.replace('"', ""),
        };
        rules.insert((table, rule));
    }
    for [table, name, unique, columns, only] in ask(db, POSTGRES_INDEXES).await {
        rules.insert((table, index(&name, unique == "1", &columns.replace('"', ""), &only)));
    }
    rules
}

fn index(name: &str, unique: bool, columns: &str, only: &str) -> String {
    let unique = if unique { "UNIQUE " } else { "" };
    let only = if only.is_empty() { String::new() } else { format!(" WHERE {}", condition(only)) };
    format!("{unique}INDEX {name} ({columns}){only}")
}

const SQLITE_TABLES: &str = "
    SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

/// Table, column, type, whether it must be there, default. The words for yes and no are small, as PostgreSQL has them.
const SQLITE_COLUMNS: &str = "
    SELECT m.name, c.name, c.type, CAST(c.\"notnull\" AS TEXT),
        CASE c.dflt_value WHEN 'FALSE' THEN 'false' WHEN 'TRUE' THEN 'true' ELSE c.dflt_value END
    FROM sqlite_master m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, c.cid";

const SQLITE_KEYS: &str = "
    SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND c.pk > 0 ORDER BY m.name, c.pk";

const SQLITE_REFERENCES: &str = "
    SELECT m.name, CAST(f.id AS TEXT), f.\"from\", f.\"table\", f.\"to\", f.on_update, f.on_delete
    FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq";

/// Every column of an index: table, index, how it was made (c, u or pk), whether unique, column, order, its SQL.
const SQLITE_INDEXES: &str = "
    SELECT m.name, i.name, i.origin, CAST(i.\"unique\" AS TEXT),
        coalesce(c.name, 'an expression') || CASE c.desc WHEN 1 THEN ' DESC' ELSE '' END, s.sql
    FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) c
    LEFT JOIN sqlite_master s ON s.type = 'index' AND s.name = i.name
    WHERE m.type = 'table' AND c.key = 1 ORDER BY m.name, i.name, c.seqno";

/// Everything but columns, as table and rule, in the words of PostgreSQL.
async fn sqlite_rules(db: &DatabaseConnection) -> BTreeSet<(String, String)> {
    let mut rules = BTreeSet::new();
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for [table, column] in ask(db, SQLITE_KEYS).await {
        keys.entry(table).or_default().push(column);
    }
    rules.extend(keys.into_iter().map(|(table, key)| (table, format!("PRIMARY KEY ({})", key.join(", ")))));
    let mut references: BTreeMap<_, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for [table, id, from, to, its, update, delete] in ask(db, SQLITE_REFERENCES).await {
        let (columns, their) = references.entry((table, id, to, update, delete)).or_default();
        columns.push(from);
        their.push(its);
    }
    for ((table, _, to, update, delete), (columns, their)) in references {
        let mut rule = format!("FOREIGN KEY ({}) REFERENCES {to}({})", columns.join(", "), their.join(", "));
        for (event, action) in [("UPDATE", update), ("DELETE", delete)] {
            if action != "NO ACTION" {
                rule = format!("{rule} ON {event} {action}");
            }
        }
        rules.insert((table, rule));
    }
    rules.extend(sqlite_indexes(db).await);
    for [table, sql] in ask(db, "SELECT name, sql FROM sqlite_master WHERE type = 'table'").await {
        rules.extend(checks(&sql).into_iter().map(|check| (table.clone(), format!("CHECK {}", condition(check)))));
    }
    rules
}

async fn sqlite_indexes(db: &DatabaseConnection) -> Vec<(String, String)> {
    let mut indexes: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for [table, name, origin, unique, column, sql] in ask(db, SQLITE_INDEXES).await {
        indexes.entry((table, name, origin, unique, sql)).or_default().push(column);
    }
    let mut rules = Vec::new();
    for ((table, name, origin, unique, sql), columns) in indexes {
        let columns = columns.join(", ");
        match origin.as_str() {
            "pk" => {}
            "u" => rules.push((table, format!("UNIQUE ({columns})"))),
            _ => {
                let only = sql.split_once(" WHERE ").map_or("", |(_, only)| only);
                rules.push((table, index(&name, unique == "1", &columns, only)));
            }
        }
    }
    rules
}

/// The conditions of `CHECK (…)` in the text of a table. Brackets inside quotes would be counted; no migration has any.
fn checks(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for rest in sql.split("CHECK").skip(1) {
        let mut depth = 0_usize;
        for (at, c) in rest.char_indices() {
            match c {
                '(' => depth += 1,
                ')' if depth == 1 => {
                    found.push(&rest[..=at]);
                    break;
                }
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    found
}
