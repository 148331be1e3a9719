//! The rules of the API, held against its descriptors: what is named how, what every call must have, that nothing in it
//! breaks, and that its reasons are the code's.
//!
//! The descriptors carry the comments of the .proto files, because protox keeps them. The reasons of the code are read
//! from the text of the `error.rs` files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;

use exemplar_proto::DESCRIPTORS;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    MethodDescriptorProto, ServiceDescriptorProto,
};

use crate::layout::{read, report, root, rust_files};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.plain("protos::packages_match_folders", packages_match_folders);
    suite.plain("protos::everything_has_a_comment", everything_has_a_comment);
    suite.plain("protos::calls_say_who_may_call", calls_say_who_may_call);
    suite.plain("protos::calls_have_their_own_messages", calls_have_their_own_messages);
    suite.plain("protos::writes_can_be_repeated", writes_can_be_repeated);
    suite.plain("protos::lists_come_in_pages", lists_come_in_pages);
    suite.plain("protos::fields_and_enums_are_named_alike", fields_and_enums_are_named_alike);
    suite.plain("protos::nothing_breaks", nothing_breaks);
    suite.plain("protos::reasons_are_the_codes", reasons_are_the_codes);
    suite.plain("protos::reasons_are_documented", reasons_are_documented);
}

/// How the names of calls begin that change nothing.
const READS: &[&str] = &[
    "BatchGet", "Check", "Compare", "Export", "Get", "List", "Related", "Search", "Suggest", "Preview", "Verify",
    "Watch", "Download", "WhoAmI",
];

/// Calls that change something and lack a `request_id` in the request or a `sequence` in the answer, and why.
const UNREPEATED: &[(&str, &[&str], &str)] = &[
    ("AcceptInvitation", &["request_id"], "the token of the invitation works once"),
    ("ImportEntries", &["request_id"], "the same file again writes nothing twice"),
    ("ImportIndex", &["sequence"], "it answers in parts; the last one, the summary, has it"),
    ("SignIn", &["request_id", "sequence"], "a second sign-in is a second session; nobody searches for sessions"),
    ("Refresh", &["request_id", "sequence"], "the refresh token works once; nobody searches for sessions"),
    ("WriteChunks", &["request_id"], "the offset says what was sent before, and a finished upload answers the same"),
    ("SignOut", &["request_id", "sequence"], "an ended session cannot end again; nobody searches for sessions"),
];

/// Reasons that every call may answer with, so that no comment repeats them.
const EVERYWHERE: &[(&str, &str)] = &[
    ("NOT_SIGNED_IN", "the call needs somebody who is signed in"),
    ("ROLE_MISSING", "the comment says who may call"),
    ("INVALID_REQUEST", "the comments say what fits into each field"),
    ("ETAG_STALE", "every change can be made against a version"),
    ("REQUEST_ID_REUSED", "every write has a request_id"),
    ("BUSY", "every call waits for the database"),
    ("OVERLOADED", "every call takes a place"),
    ("ISSUER_UNREACHABLE", "every call may carry a token of another issuer"),
    ("INTERNAL", "every call can meet a fault of the service"),
    ("TOKEN_INVALID", "every call may carry a token"),
    ("DEADLINE_EXCEEDED", "every call has a deadline"),
];

/// One thing of the API that has a name.
struct Element {
    file: String,
    what: &'static str,
    name: String,
    /// What a caller depends on, beside the name.
    detail: String,
    comment: String,
}

/// One call, with what it takes and gives.
struct Rpc {
    service: String,
    method: MethodDescriptorProto,
    comment: String,
}

/// Our own files of the descriptor set, laid out flat.
#[derive(Default)]
struct Api {
    files: Vec<FileDescriptorProto>,
    elements: Vec<Element>,
    messages: BTreeMap<String, DescriptorProto>,
    enums: BTreeMap<String, EnumDescriptorProto>,
    rpcs: Vec<Rpc>,
}

/// The file that is being laid out.
struct Source {
    file: String,
    comments: HashMap<Vec<i32>, String>,
}

impl Api {
    fn read() -> Self {
        let set = FileDescriptorSet::decode(DESCRIPTORS).expect("the descriptors that proto/build.rs wrote");
        let mut api = Self::default();
        api.files.extend(set.file.into_iter().filter(|file| file.name().starts_with("exemplar/")));
        for file in api.files.clone() {
            let source = Source { file: file.name().to_owned(), comments: comments(&file) };
            for (message, at) in file.message_type.iter().zip(0..) {
                api.message(&source, file.package(), message, &[4, at]);
            }
            for (values, at) in file.enum_type.iter().zip(0..) {
                api.enumeration(&source, file.package(), values, &[5, at]);
            }
            for (service, at) in file.service.iter().zip(0..) {
                api.service(&source, file.package(), service, &[6, at]);
            }
        }
        api
    }

    fn element(&mut self, source: &Source, what: &'static str, name: &str, detail: String, path: &[i32]) -> String {
        let comment = source.comments.get(path).cloned().unwrap_or_default();
        let (file, name) = (source.file.clone(), name.to_owned());
        self.elements.push(Element { file, what, name, detail, comment: comment.clone() });
        comment
    }

    fn message(&mut self, source: &Source, scope: &str, message: &DescriptorProto, path: &[i32]) {
        let name = format!("{scope}.{}", message.name());
        if message.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry) {
            return;
        }
        self.element(source, "message", &name, String::new(), path);
        for (field, at) in message.field.iter().zip(0..) {
            let detail = format!(" = {} {}", field.number(), field_type(message, field));
            self.element(source, "field", &format!("{name}.{}", field.name()), detail, &below(path, 2, at));
        }
        for (oneof, at) in message.oneof_decl.iter().zip(0..) {
            let shown = |field: &&FieldDescriptorProto| field.oneof_index == Some(at) && !field.proto3_optional();
            if message.field.iter().any(|field| shown(&field)) {
                let name = format!("{name}.{}", oneof.name());
                self.element(source, "oneof", &name, String::new(), &below(path, 8, at));
            }
        }
        for (nested, at) in message.nested_type.iter().zip(0..) {
            self.message(source, &name, nested, &below(path, 3, at));
        }
        for (values, at) in message.enum_type.iter().zip(0..) {
            self.enumeration(source, &name, values, &below(path, 4, at));
        }
        self.messages.insert(name, message.clone());
    }

    fn enumeration(&mut self, source: &Source, scope: &str, values: &EnumDescriptorProto, path: &[i32]) {
        let name = format!("{scope}.{}", values.name());
        self.element(source, "enum", &name, String::new(), path);
        for (value, at) in values.value.iter().zip(0..) {
            let detail = format!(" = {}", value.number());
            self.element(source, "value", &format!("{name}.{}", value.name()), detail, &below(path, 2, at));
        }
        self.enums.insert(name, values.clone());
    }

    fn service(&mut self, source: &Source, scope: &str, service: &ServiceDescriptorProto, path: &[i32]) {
        let name = format!("{scope}.{}", service.name());
        self.element(source, "service", &name, String::new(), path);
        for (method, at) in service.method.iter().zip(0..) {
            let stream = |is: bool| if is { "stream " } else { "" };
            let detail = format!(
                "({}{}) returns ({}{})",
                stream(method.client_streaming()),
                plain(method.input_type()),
                stream(method.server_streaming()),
                plain(method.output_type())
            );
            let path = below(path, 2, at);
            let comment = self.element(source, "rpc", &format!("{name}.{}", method.name()), detail, &path);
            self.rpcs.push(Rpc { service: name.clone(), method: method.clone(), comment });
        }
    }

    /// Whether a message has a field of this name and type.
    fn has(&self, message: &str, field: &str, kind: Type) -> bool {
        let message = self.messages.get(plain(message));
        message.is_some_and(|message| message.field.iter().any(|own| own.name() == field && own.r#type() == kind))
    }
}

impl Rpc {
    fn name(&self) -> String {
        format!("{}.{}", self.service, self.method.name())
    }

    fn reads(&self) -> bool {
        READS.iter().any(|word| begins(self.method.name(), word))
    }

    /// What its comment names after `Reasons:`, up to the full stop; what stands in brackets is left out.
    fn reasons(&self) -> Vec<String> {
        let Some((_, list)) = self.comment.split_once("Reasons:") else { return Vec::new() };
        let mut depth = 0_usize;
        let mut bare = String::new();
        for c in list.chars() {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ if depth == 0 => bare.push(c),
                _ => {}
            }
        }
        let list = bare.split('.').next().unwrap_or_default();
        list.split(',').map(|reason| reason.trim().to_owned()).collect()
    }
}

fn packages_match_folders() {
    let mut faults = Vec::new();
    for file in &Api::read().files {
        let (path, package) = (file.name(), file.package());
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if package != folder.replace('/', ".") {
            faults.push(format!("{path}: is package {package}; call it as its folder, or move it"));
        }
        let parts: Vec<&str> = package.split('.').collect();
        if !matches!(parts[..], ["exemplar", context, "v1"] if is_lower(context)) {
            faults.push(format!("{path}: is package {package}; call it exemplar.<context>.v1"));
        }
    }
    report("packages", &faults);
}

fn everything_has_a_comment() {
    let mut faults = Vec::new();
    for Element { file, what, name, comment, .. } in &Api::read().elements {
        if comment.is_empty() {
            faults.push(format!("{file} {what} {name}: write a comment above it"));
        } else if !comment.ends_with('.') {
            faults.push(format!("{file} {what} {name}: end its comment with a full stop"));
        }
    }
    report("comments of the API", &faults);
}

fn calls_say_who_may_call() {
    let api = Api::read();
    let silent = api.rpcs.iter().filter(|rpc| !rpc.comment.contains("may call"));
    let faults: Vec<String> = silent.map(|rpc| format!("{}: say in its comment who `may call`", rpc.name())).collect();
    report("calls that do not say who may call", &faults);
}

fn calls_have_their_own_messages() {
    let api = Api::read();
    let mut faults = Vec::new();
    for element in api.elements.iter().filter(|element| element.what == "service") {
        if !element.name.ends_with("Service") {
            faults.push(format!("{} {}: end its name with Service", element.file, element.name));
        }
    }
    let mut taken = BTreeSet::new();
    for rpc in &api.rpcs {
        let package = rpc.service.rsplit_once('.').map_or("", |(package, _)| package);
        for (has, end) in [(rpc.method.input_type(), "Request"), (rpc.method.output_type(), "Response")] {
            let own = format!("{package}.{}{end}", rpc.method.name());
            if plain(has) != own {
                faults.push(format!("{}: has {}; give it a {own} of its own", rpc.name(), plain(has)));
            }
            if !taken.insert(plain(has).to_owned()) {
                faults.push(format!("{}: {} is another call's, too; give each its own", rpc.name(), plain(has)));
            }
        }
    }
    for (name, message) in &api.messages {
        for field in message.field.iter().filter(|field| field.type_name() == ".google.protobuf.Empty") {
            faults.push(format!("{name}.{}: is a google.protobuf.Empty, which can never grow", field.name()));
        }
    }
    report("services and calls", &faults);
}

fn writes_can_be_repeated() {
    let api = Api::read();
    let mut faults = Vec::new();
    for rpc in &api.rpcs {
        let (name, input, output) = (rpc.name(), rpc.method.input_type(), rpc.method.output_type());
        let known = UNREPEATED.iter().find(|(call, ..)| *call == rpc.method.name());
        for (message, field, kind) in [(input, "request_id", Type::String), (output, "sequence", Type::Int64)] {
            let there = api.has(message, field, kind);
            let excused = known.is_some_and(|(_, fields, _)| fields.contains(&field));
            if !there && !rpc.reads() && !excused {
                faults.push(format!("{name}: changes something; give {} a {field}", plain(message)));
            }
            if there && excused {
                faults.push(format!("{name}: has a {field}; take it out of UNREPEATED in this test"));
            }
            if there && rpc.reads() && field == "request_id" {
                faults.push(format!("{name}: reads, and nothing comes of its {field}; remove it"));
            }
        }
    }
    for (call, _, why) in UNREPEATED {
        if !api.rpcs.iter().any(|rpc| rpc.method.name() == *call) {
            faults.push(format!("{call} ({why}): there is no such call; take it out of UNREPEATED in this test"));
        }
    }
    report("writes that cannot be repeated or waited for", &faults);
}

fn lists_come_in_pages() {
    let api = Api::read();
    let mut faults = Vec::new();
    for rpc in &api.rpcs {
        let (input, output) = (rpc.method.input_type(), rpc.method.output_type());
        let fields = [
            (input, "page_size", Type::Int32),
            (input, "page_token", Type::String),
            (output, "next_page_token", Type::String),
        ];
        let lists = begins(rpc.method.name(), "List") || begins(rpc.method.name(), "Search");
        if lists || fields.iter().any(|(message, field, kind)| api.has(message, field, *kind)) {
            for (message, field, kind) in fields {
                if !api.has(message, field, kind) {
                    let kind = kind.as_str_name().trim_start_matches("TYPE_").to_lowercase();
                    faults.push(format!("{}: give {} a {kind} {field}", rpc.name(), plain(message)));
                }
            }
        }
    }
    report("lists that do not come in pages", &faults);
}

fn fields_and_enums_are_named_alike() {
    let api = Api::read();
    let mut faults = Vec::new();
    for (name, message) in &api.messages {
        for field in &message.field {
            let place = format!("{name}.{}", field.name());
            if !is_lower(field.name()) {
                faults.push(format!("{place}: name it in lower_snake_case"));
            }
            let instant = field.type_name() == ".google.protobuf.Timestamp";
            let named = field.name().ends_with("_time");
            let else_named = field.name().ends_with("_at") || field.name().ends_with("timestamp");
            if named != instant || else_named {
                faults.push(format!("{place}: an instant is a google.protobuf.Timestamp whose name ends in _time"));
            }
        }
    }
    for (name, values) in &api.enums {
        let prefix = upper(values.name());
        for value in &values.value {
            let own = value.name();
            if !own.starts_with(&format!("{prefix}_")) || !is_upper(own) {
                faults.push(format!("{name}.{own}: begin it with {prefix}_, in UPPER_SNAKE_CASE"));
            }
            if (value.number() == 0) != (own == format!("{prefix}_UNSPECIFIED")) {
                faults.push(format!("{name}.{own}: the value 0, and no other, is {prefix}_UNSPECIFIED"));
            }
        }
    }
    report("names of fields and enums", &faults);
}

fn nothing_breaks() {
    let path = root().join("proto/baseline.txt");
    let now: BTreeSet<String> = Api::read().elements.iter().map(Element::line).collect();
    let baseline = fs::read_to_string(&path).unwrap_or_default();
    let before: BTreeSet<String> =
        baseline.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect();
    let broken: Vec<String> = before.difference(&now).cloned().collect();
    report(
        "the API breaks its callers: these lines of proto/baseline.txt hold no more. Put them back and add what is new \
         beside them (a field under a new number, another call, a package v2); where nobody can have called it yet, \
         delete the line from proto/baseline.txt by hand and say so in the commit",
        &broken,
    );
    let new: Vec<String> = now.difference(&before).cloned().collect();
    if new.is_empty() {
        return;
    }
    if updating() {
        let lines: Vec<String> = now.into_iter().collect();
        fs::write(&path, format!("{BASELINE_HEAD}{}\n", lines.join("\n"))).expect("proto/baseline.txt can be written");
    } else {
        report("the API has grown; run with EXEMPLAR_UPDATE=1 to add these lines to proto/baseline.txt", &new);
    }
}

const BASELINE_HEAD: &str = "# What callers depend on, one line a thing. Lines are added by EXEMPLAR_UPDATE=1 cargo test -p exemplar-tests --\n\
     # protos::nothing_breaks; a line that is missing from the API fails that test.\n";

impl Element {
    fn line(&self) -> String {
        format!("{} {}{}", self.what, self.name, self.detail)
    }
}

fn reasons_are_the_codes() {
    let (api, code) = (Api::read(), Code::read());
    let mut faults = code.faults.clone();
    let mut named = BTreeSet::new();
    for rpc in &api.rpcs {
        for reason in rpc.reasons() {
            if !is_upper(&reason) {
                faults.push(format!("{}: {reason:?} after `Reasons:` is no UPPER_SNAKE_CASE reason", rpc.name()));
            } else if !code.reasons.contains_key(&reason) {
                faults.push(format!("{}: no error.rs says {reason}; correct the comment, or return it", rpc.name()));
            }
            named.insert(reason);
        }
    }
    for (reason, why) in EVERYWHERE {
        if !code.reasons.contains_key(*reason) {
            faults.push(format!("{reason} ({why}): no code says it; take it out of EVERYWHERE in this test"));
        }
    }
    for (reason, said) in &code.reasons {
        if !named.contains(reason) && !EVERYWHERE.iter().any(|(everywhere, _)| everywhere == reason) {
            let files: Vec<&str> = said.files.iter().map(String::as_str).collect();
            faults.push(format!("{reason} ({}): name it in the comment of a call that returns it", files.join(", ")));
        }
    }
    report("reasons of comments and code", &faults);
}

fn reasons_are_documented() {
    let code = Code::read();
    let table = read(&root().join("proto/REASONS.md"));
    let mut faults = code.faults.clone();
    let mut rows: Vec<(&str, &str)> = Vec::new();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match cells[..] {
            [reason, codes, when, remedy] if ![codes, when, remedy].contains(&"") => {
                rows.push((reason.trim_matches('`'), codes));
            }
            _ => faults.push(format!("{line}: a row is reason, gRPC code, when, what to do; fill all four")),
        }
    }
    if !rows.is_sorted_by(|(one, _), (next, _)| one < next) {
        faults.push("sort the rows by their reason, and let each have one".to_owned());
    }
    let documented: BTreeMap<&str, &str> = rows.into_iter().collect();
    for (reason, said) in &code.reasons {
        let codes: Vec<&str> = said.codes.iter().map(String::as_str).collect();
        match documented.get(reason.as_str()) {
            None => faults.push(format!("{reason}: write a row for it")),
            Some(documented) if *documented != codes.join(" or ") => {
                faults.push(format!("{reason}: the code answers {}, the table says {documented}", codes.join(" or ")));
            }
            Some(_) => {}
        }
    }
    for reason in documented.keys().filter(|reason| !code.reasons.contains_key(**reason)) {
        faults.push(format!("{reason}: no code says it; remove the row"));
    }
    report("proto/REASONS.md", &faults);
}

/// How the code says a reason.
#[derive(Default)]
struct Said {
    codes: BTreeSet<String>,
    files: BTreeSet<String>,
}

/// The reasons that the services can answer with.
#[derive(Default)]
struct Code {
    reasons: BTreeMap<String, Said>,
    faults: Vec<String>,
}

impl Code {
    /// From `fn reason` and `fn kind` of every error.rs, and from every `with_error_info("REASON"`. The client of the
    /// command line is left out: it reads reasons and answers none.
    fn read() -> Self {
        let mut files = rust_files();
        files.retain(|path, _| path.starts_with("services/") && !path.starts_with("services/cli/"));
        let kernel = files.get("services/kernel/src/error.rs").expect("the kernel's errors");
        let codes = arms(kernel, "fn code(self)");
        let mut code = Self::default();
        for (path, source) in &files {
            if path.ends_with("/error.rs") {
                code.read_errors(path, source, &codes);
            }
            for said in source.split("with_error_info(\"").skip(1) {
                let reason = said.split('"').next().unwrap_or_default();
                let grpc = said.split("Code::").nth(1).unwrap_or_default();
                code.say(path, reason, grpc.split(|c: char| !c.is_alphanumeric()).next());
            }
        }
        code
    }

    fn read_errors(&mut self, path: &str, source: &str, codes: &BTreeMap<String, String>) {
        let kinds = arms(source, "fn kind(&self)");
        for (variant, reason) in arms(source, "fn reason(&self)") {
            let Some(reason) = reason.strip_prefix('"').and_then(|reason| reason.strip_suffix('"')) else { continue };
            let kind = kinds.get(&variant).and_then(|kind| kind.strip_prefix("Kind::"));
            let grpc = kind.and_then(|kind| codes.get(kind)?.strip_prefix("Code::"));
            self.say(path, reason, grpc);
        }
    }

    fn say(&mut self, path: &str, reason: &str, grpc: Option<&str>) {
        let said = self.reasons.entry(reason.to_owned()).or_default();
        said.files.insert(path.to_owned());
        match grpc {
            Some(grpc) if !grpc.is_empty() => {
                said.codes.insert(upper(grpc));
            }
            _ => {
                self.faults.push(format!("{path} {reason}: no gRPC code is found; keep kind and reason plain matches"))
            }
        }
    }
}

/// What a function that is one plain `match` makes of each `Self::Variant`: no guards, no blocks, no commas in answers.
fn arms(source: &str, head: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for rest in source.split(head).skip(1) {
        let Some((_, body)) = rest.split_once('{').filter(|(signature, _)| !signature.contains(';')) else { continue };
        let body = body.split("\n    }\n").next().unwrap_or_default();
        let parts: Vec<&str> = body.split("=>").collect();
        for pair in parts.windows(2) {
            let answer = pair[1].split([',', '}']).next().unwrap_or_default().trim();
            // What stands before the first comma is the answer of the arm before.
            let patterns = pair[0].split("Self::").skip(1);
            let variants = patterns.map(|text| text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default());
            found.extend(variants.map(|variant| (variant.to_owned(), answer.to_owned())));
        }
    }
    found
}

/// Whether the run is to write what it finds into the files that it would compare with.
#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
pub(crate) fn updating() -> bool {
    std::env::var("EXEMPLAR_UPDATE").is_ok_and(|value| value == "1")
}

/// The comments that stand right above things, by the things' paths, as one line each.
fn comments(file: &FileDescriptorProto) -> HashMap<Vec<i32>, String> {
    let info = file.source_code_info.as_ref().expect("protox keeps comments");
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    info.location.iter().map(|place| (place.path.clone(), line(place.leading_comments()))).collect()
}

fn below(path: &[i32], field: i32, at: i32) -> Vec<i32> {
    [path, &[field, at]].concat()
}

/// The type of a field with what makes it another on the wire or in generated code.
fn field_type(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let own = field.type_name().rsplit('.').next().unwrap_or_default();
    let map = message.nested_type.iter().find(|nested| {
        nested.name() == own && nested.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry)
    });
    if let Some(map) = map {
        let sides: Vec<String> = map.field.iter().map(|side| field_type(map, side)).collect();
        return format!("map<{}>", sides.join(", "));
    }
    let scalar = || field.r#type().as_str_name().trim_start_matches("TYPE_").to_lowercase();
    let kind = if field.type_name().is_empty() { scalar() } else { plain(field.type_name()).to_owned() };
    if field.proto3_optional() {
        return format!("optional {kind}");
    }
    let oneof = field.oneof_index.and_then(|at| message.oneof_decl.get(usize::try_from(at).ok()?));
    match (field.label(), oneof) {
        (Label::Repeated, _) => format!("repeated {kind}"),
        (_, Some(oneof)) => format!("{kind} in oneof {}", oneof.name()),
        (_, None) => kind,
    }
}

/// A full name without the dot that descriptors begin it with.
fn plain(name: &str) -> &str {
    name.trim_start_matches('.')
}

/// Whether a name begins with a whole word: `ListPeople` with `List`, `Listen` not.
fn begins(name: &str, word: &str) -> bool {
    name.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_lowercase()))
}

fn is_lower(name: &str) -> bool {
    let fits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('_').all(fits)
}

fn is_upper(name: &str) -> bool {
    is_lower(&name.to_ascii_lowercase()) && !name.contains(|c: char| c.is_ascii_lowercase())
}

/// `NotFound` as `NOT_FOUND`.
fn upper(name: &str) -> String {
    let mut words = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            words.push('_');
        }
        words.push(c.to_ascii_uppercase());
    }
    words
}
