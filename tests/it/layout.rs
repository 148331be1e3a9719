//! The house as design.md draws it: which crate sees which, which words stay in which room, how long things are, and
//! what lies at the top.
//!
//! Files are read as text. [`code`] blanks comments and literals first, so that only what the compiler sees counts; what
//! macros expand to is not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.plain("layout::crate_edges", crate_edges);
    suite.plain("layout::folders_name_crates", folders_name_crates);
    suite.plain("layout::words_stay_in_their_rooms", words_stay_in_their_rooms);
    suite.plain("layout::files_say_what_they_are", files_say_what_they_are);
    suite.plain("layout::files_are_short", files_are_short);
    suite.plain("layout::functions_are_short", functions_are_short);
    suite.plain("layout::dependencies_are_explained", dependencies_are_explained);
    suite.plain("layout::dependencies_are_shared", dependencies_are_shared);
    suite.plain("layout::top_level", top_level);
}

/// What each crate may see of ours, in any kind of dependency; the names are without `exemplar-`.
const EDGES: &[(&str, &[&str])] = &[
    ("proto", &[]),
    ("migrations", &[]),
    ("kernel", &[]),
    ("directory", &["proto", "kernel"]),
    ("network", &["proto", "kernel", "directory"]),
    ("blueprints", &["proto", "kernel", "directory"]),
    ("academy", &["proto", "kernel", "directory"]),
    ("inbox", &["proto", "kernel", "directory"]),
    ("web", &["proto", "kernel", "directory", "network", "blueprints", "academy", "inbox"]),
    ("cli", &["proto"]),
    ("server", EVERYTHING),
    ("tests", EVERYTHING),
];

const EVERYTHING: &[&str] = &[
    "proto",
    "migrations",
    "kernel",
    "directory",
    "network",
    "blueprints",
    "academy",
    "inbox",
    "web",
    "cli",
    "server",
];

/// Everything that may lie at the top, beside dot files and dot folders; the last line is made here and in no commit.
const TOP: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "ARCHITECTURE.md",
    "LICENSE",
    "clippy.toml",
    "rustfmt.toml",
    "deny.toml",
    "proto",
    "services",
    "migrations",
    "tests",
    "target",
    "exemplar-data",
    "node_modules",
];

/// What must lie at the top: what somebody new opens first.
const NEEDED: &[&str] = &["Cargo.toml", "Cargo.lock", "README.md", "ARCHITECTURE.md", "LICENSE"];

const MAX_FILE: usize = 800;
const LONG_FILE: usize = 400;
const MAX_LONG_PERCENT: usize = 5;
const MAX_MEDIAN: usize = 150;
const MAX_FUNCTION: usize = 70;

/// Words that a room of the house does not know.
struct Ban {
    words: &'static [&'static str],
    /// Where they are banned.
    holds: fn(&str) -> bool,
    /// What to do instead.
    remedy: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        words: &["sea_orm", "sea_query", "sqlx", "tonic", "tonic_types", "prost", "prost_types"],
        holds: |path| path.starts_with("services/") && in_room(path, "model"),
        remedy: "a model is pure: rows belong into store, messages into api",
    },
    Ban {
        words: &["sea_orm", "sea_query", "sqlx"],
        holds: |path| path.starts_with("services/") && in_room(path, "api"),
        remedy: "api turns protobuf into the model and back; call the service, which calls the store",
    },
    Ban {
        words: &["exemplar_proto"],
        holds: |path| {
            let sees = ["proto/", "services/cli/", "services/server/", "services/web/", "tests/"];
            !in_room(path, "api") && !sees.iter().any(|folder| path.starts_with(folder))
        },
        remedy: "only api and its clients know protobuf; hand the model's types on",
    },
    Ban {
        words: &["tantivy"],
        holds: |path| !path.starts_with(SEARCH) && !path.starts_with("tests/"),
        remedy: "only services/blueprints/src/search/ knows tantivy; give its own types to others",
    },
    Ban {
        words: &["sea_orm", "sea_query", "sqlx", "exemplar_proto"],
        holds: |path| path.starts_with(SEARCH),
        remedy: "search knows neither SQL nor protobuf; the indexer brings it what it needs",
    },
];

const SEARCH: &str = "services/blueprints/src/search/";

fn crate_edges() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec();
    let metadata = metadata.expect("cargo metadata reads the workspace");
    let mut faults = Vec::new();
    for package in &metadata.packages {
        let name = short(&package.name);
        let Some((_, allowed)) = EDGES.iter().find(|(edge, _)| *edge == name) else {
            faults.push(format!("{}: say in EDGES of this test, and in design.md 2, what it may see", package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            if !allowed.contains(&short(&dependency.name)) {
                faults.push(format!(
                    "{} sees {} ({:?}): remove it; read the journal, or declare a trait that server supplies",
                    package.name, dependency.name, dependency.kind
                ));
            }
        }
    }
    report("crate edges that design.md 2 does not draw", &faults);
}

fn folders_name_crates() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec();
    let metadata = metadata.expect("cargo metadata reads the workspace");
    let mut faults = Vec::new();
    for package in &metadata.packages {
        let folder = package.manifest_path.parent().and_then(|folder| folder.file_name()).unwrap_or_default();
        if *package.name != format!("exemplar-{folder}") {
            faults.push(format!("{} lies in {folder}: call it exemplar-{folder}, or move it", package.name));
        }
    }
    report("crates that are not called as their folder", &faults);
}

fn words_stay_in_their_rooms() {
    let mut faults = Vec::new();
    for (path, source) in rust_files() {
        let bans: Vec<&Ban> = BANS.iter().filter(|ban| (ban.holds)(&path)).collect();
        if bans.is_empty() {
            continue;
        }
        for (number, line) in code(&source).lines().enumerate() {
            for word in words(line) {
                for ban in bans.iter().filter(|ban| ban.words.contains(&word)) {
                    faults.push(format!("{path}:{} {word}: {}", number + 1, ban.remedy));
                }
            }
        }
    }
    report("words in a room that must not know them", &faults);
}

fn files_say_what_they_are() {
    let silent = rust_files().into_iter().filter(|(_, source)| !source.starts_with("//! "));
    let faults: Vec<String> =
        silent.map(|(path, _)| format!("{path}: say in a first line `//! …` what it is")).collect();
    report("files that do not open with a //! line", &faults);
}

fn files_are_short() {
    let lines = |(path, source): (String, String)| (source.lines().count(), path);
    let files: Vec<(usize, String)> = rust_files().into_iter().map(lines).collect();
    let over = |limit: usize, file: &&(usize, String)| file.0 > limit;
    let name = |(lines, path): &(usize, String)| format!("{path}: {lines} lines");
    let mut faults: Vec<String> = Vec::new();
    for file in files.iter().filter(|file| over(MAX_FILE, file)) {
        faults.push(format!("{}, more than {MAX_FILE}: split it", name(file)));
    }
    let mut services: Vec<&(usize, String)> = files.iter().filter(|(_, path)| path.starts_with("services/")).collect();
    services.sort();
    let long: Vec<String> = services.iter().rev().filter(|file| over(LONG_FILE, file)).map(|file| name(file)).collect();
    if long.len() * 100 > services.len() * MAX_LONG_PERCENT {
        let all = services.len();
        faults.push(format!(
            "{} of {all} service files have over {LONG_FILE} lines, more than {MAX_LONG_PERCENT} %; split some of:\n    {}",
            long.len(),
            long.join("\n    ")
        ));
    }
    let median = services.get(services.len() / 2).map_or(0, |(lines, _)| *lines);
    if median > MAX_MEDIAN {
        let longer = services.iter().rev().filter(|file| over(MAX_MEDIAN, file));
        let longer: Vec<String> = longer.map(|file| name(file)).collect();
        faults.push(format!(
            "the median service file has {median} lines, more than {MAX_MEDIAN}; split some of:\n    {}",
            longer.join("\n    ")
        ));
    }
    report("files that are too long", &faults);
}

fn functions_are_short() {
    let mut faults = Vec::new();
    for (path, source) in rust_files().into_iter().filter(|(path, _)| !path.starts_with("tests/")) {
        for (line, name, length) in functions(&code(&source)) {
            if length > MAX_FUNCTION {
                faults.push(format!("{path}:{line} fn {name}: {length} lines, more than {MAX_FUNCTION}; split it"));
            }
        }
    }
    report("functions that are too long", &faults);
}

/// Every function with a body: its line, name and length in lines, signature and closing brace included.
///
/// It counts braces, and no more: a `{` in a signature (a const generic) would be taken for the body, a function inside
/// another counts in both, and one whose braces a macro adds is not seen.
fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    let starts = code.match_indices("fn ").filter(|(at, _)| !code[..*at].ends_with(is_word));
    for (at, keyword) in starts {
        let rest = &code[at + keyword.len()..];
        let name: String = rest.trim_start().chars().take_while(|c| is_word(*c)).collect();
        let end = body_end(rest);
        if let (false, Some(end)) = (name.is_empty(), end) {
            let length = rest[..end].matches('\n').count() + 1;
            found.push((code[..at].matches('\n').count() + 1, name, length));
        }
    }
    found
}

/// Where the first braces end; none when a `;` ends the item first.
fn body_end(rest: &str) -> Option<usize> {
    let (mut braces, mut others) = (0_usize, 0_usize);
    for (at, c) in rest.char_indices() {
        match c {
            '(' | '[' if braces == 0 => others += 1,
            ')' | ']' if braces == 0 => others = others.saturating_sub(1),
            ';' if braces == 0 && others == 0 => return None,
            '{' => braces += 1,
            '}' if braces == 1 => return Some(at),
            '}' => braces = braces.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The shared dependencies that one comment of the root manifest explains.
#[derive(Default)]
struct Group {
    comment: String,
    dependencies: Vec<String>,
}

impl Group {
    /// The names that the comment explains; none when it is not `names: why`.
    fn names(&self) -> Vec<&str> {
        match self.comment.split_once(": ") {
            Some((names, why)) if !why.trim().is_empty() => {
                names.split(", ").map(|name| name.trim_end_matches(" and its family")).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What is unexplained; our own crates share one comment that names none of them.
    fn faults(&self) -> Vec<String> {
        let own = |dependency: &String| dependency.starts_with("exemplar-");
        if !self.comment.is_empty() && self.dependencies.iter().all(own) {
            return Vec::new();
        }
        let names = self.names();
        let mut faults = Vec::new();
        for dependency in &self.dependencies {
            if !names.iter().any(|name| explains(name, dependency)) {
                faults.push(format!("{dependency}: write a line `# {dependency}: why` above it"));
            }
        }
        for name in names {
            if !self.dependencies.iter().any(|dependency| explains(name, dependency)) {
                faults.push(format!("# {name}: nothing below this comment is called so; remove the name from it"));
            }
        }
        faults
    }
}

/// Whether a comment on `name` explains a dependency: itself, or one of its family (prost, prost-types).
fn explains(name: &str, dependency: &str) -> bool {
    dependency.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

fn dependencies_are_explained() {
    let manifest = read(&root().join("Cargo.toml"));
    let section = manifest.split("\n[workspace.dependencies]\n").nth(1).expect("the section [workspace.dependencies]");
    let section = section.split("\n[").next().unwrap_or_default();
    let mut groups = vec![Group::default()];
    let mut commenting = false;
    for line in section.lines() {
        let comment = line.strip_prefix('#').map(str::trim);
        if line.trim().is_empty() || (comment.is_some() && !commenting) {
            groups.push(Group::default());
        }
        commenting = comment.is_some();
        let Some(group) = groups.last_mut() else { continue };
        if let Some(comment) = comment {
            group.comment.push_str(if group.comment.is_empty() { "" } else { " " });
            group.comment.push_str(comment);
        } else if line.starts_with(is_word) {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            group.dependencies.push(name.to_owned());
        }
    }
    let faults: Vec<String> = groups.iter().flat_map(Group::faults).collect();
    report("dependencies in Cargo.toml that nothing explains", &faults);
}

fn dependencies_are_shared() {
    let mut faults = Vec::new();
    for manifest in files(&["proto", "services", "migrations", "tests"], "Cargo.toml") {
        let path = relative(&manifest);
        let mut inside = false;
        for (number, line) in read(&manifest).lines().enumerate() {
            let place = format!("{path}:{}", number + 1);
            if let Some(section) = line.strip_prefix('[') {
                inside = section.trim_end().ends_with("dependencies]");
                if section.contains("dependencies.") {
                    faults.push(format!("{place}: write {line} as one line `name = {{ workspace = true, … }}`"));
                }
            } else if inside && line.starts_with(is_word) && !line.contains("workspace = true") {
                faults
                    .push(format!("{place} {line}: name the version in the root Cargo.toml, here `workspace = true`"));
            }
        }
    }
    report("dependencies with a version of their own", &faults);
}

fn top_level() {
    let entries = fs::read_dir(root()).expect("the top level");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let names: BTreeSet<String> = names.collect();
    let mut faults = Vec::new();
    for name in names.iter().filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str())) {
        faults.push(format!("{name}: move it into the part of the house that it belongs to, or remove it"));
    }
    for name in NEEDED.iter().filter(|name| !names.contains(**name)) {
        faults.push(format!("{name}: is missing; write it"));
    }
    report("the top level is not as design.md 2 lists it", &faults);
}

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace")
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()))
}

/// Fails with all the faults at once.
pub(crate) fn report(title: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{title} ({}):\n  {}\n", faults.len(), faults.join("\n  "));
}

/// Every Rust file of the workspace's crates: its path from the top, and its text.
pub(crate) fn rust_files() -> BTreeMap<String, String> {
    let found = files(&["proto", "services", "migrations", "tests"], ".rs");
    found.into_iter().map(|path| (relative(&path), read(&path))).collect()
}

/// The files of these folders whose path ends so; what was built or fetched into them is left out.
fn files(folders: &[&str], end: &str) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                let ours = !path.ends_with("target") && !path.ends_with("node_modules");
                open.extend(ours.then_some(path));
            } else if path.to_string_lossy().ends_with(end) {
                found.insert(path);
            }
        }
    }
    found
}

/// A path from the top of the workspace.
fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}

fn short(name: &str) -> &str {
    name.strip_prefix("exemplar-").unwrap_or(name)
}

/// Whether a file is `ROOM.rs` or lies in a folder `ROOM`.
fn in_room(path: &str, room: &str) -> bool {
    path.split('/').any(|part| part == room || part.strip_suffix(".rs") == Some(room))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c| !is_word(c)).filter(|word| !word.is_empty())
}

/// The code with comments and literals blanked out; every line keeps its number.
pub(crate) fn code(source: &str) -> String {
    let text: Vec<char> = source.chars().collect();
    let mut blanked = String::with_capacity(source.len());
    let mut at = 0;
    while at < text.len() {
        let end = comment_end(&text, at).or_else(|| literal_end(&text, at));
        match end {
            Some(end) => {
                let end = end.min(text.len());
                blanked.extend(text[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
                at = end;
            }
            None => {
                blanked.push(text[at]);
                at += 1;
            }
        }
    }
    blanked
}

/// Where the comment that starts here ends.
fn comment_end(text: &[char], start: usize) -> Option<usize> {
    let pair = |at: usize| (text.get(at).copied().unwrap_or(' '), text.get(at + 1).copied().unwrap_or(' '));
    match pair(start) {
        ('/', '/') => Some(text[start..].iter().position(|c| *c == '\n').map_or(text.len(), |length| start + length)),
        ('/', '*') => {
            let (mut at, mut depth) = (start + 2, 1);
            while at < text.len() && depth > 0 {
                match pair(at) {
                    ('/', '*') => (at, depth) = (at + 2, depth + 1),
                    ('*', '/') => (at, depth) = (at + 2, depth - 1),
                    _ => at += 1,
                }
            }
            Some(at)
        }
        _ => None,
    }
}

/// Where the string or character that starts here ends. A lifetime is neither.
fn literal_end(text: &[char], start: usize) -> Option<usize> {
    let inside_word = start > 0 && is_word(text[start - 1]);
    match text[start] {
        '"' => Some(quoted_end(text, start, '"')),
        '\'' if text.get(start + 1) == Some(&'\\') || text.get(start + 2) == Some(&'\'') => {
            Some(quoted_end(text, start, '\''))
        }
        'r' | 'b' | 'c' if !inside_word => {
            let mut at = start + 1;
            if text.get(at) == Some(&'r') {
                at += 1;
            }
            let raw = text[at - 1] == 'r';
            let hashes = text[at..].iter().take_while(|c| **c == '#').count();
            let opens = text.get(at + hashes) == Some(&'"');
            match (raw, opens) {
                (true, true) => Some(raw_end(text, at + hashes + 1, hashes)),
                (false, true) if hashes == 0 => Some(quoted_end(text, at, '"')),
                _ => None,
            }
        }
        _ => None,
    }
}

fn quoted_end(text: &[char], start: usize, quote: char) -> usize {
    let mut at = start + 1;
    while at < text.len() && text[at] != quote {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_end(text: &[char], start: usize, hashes: usize) -> usize {
    let closes =
        |at: &usize| text[*at] == '"' && text[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    (start..text.len()).find(closes).map_or(text.len(), |at| at + 1 + hashes)
}
