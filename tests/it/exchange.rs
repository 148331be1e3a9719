//! Into Exemplar and out again: indexes with everything that can be wrong with them, pages, texts, bundles.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::io::{Cursor, Write as _};

use exemplar_kernel::sheet::{Cell, Format, Row, Sheet};
use exemplar_kernel::{Role, journal};
use exemplar_proto::blueprints::v1::import_index_response::Part;
use exemplar_proto::blueprints::v1::{self as pb, IndexFinding as Found};
use exemplar_tests::{Actor, Database, World, refusal};
use sha2::{Digest as _, Sha256};

use crate::adoptions::{ADOPTER, AUTHOR, Scene, head, named, said, scene};
use crate::blueprints::{on_a_page, released, section};
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("exchange::a_dry_run_reports_and_writes_nothing", a_dry_run_reports_and_writes_nothing);
    suite.each("exchange::only_accepted_findings_are_let_in", only_accepted_findings_are_let_in);
    suite.each("exchange::tables_that_are_none_are_refused", tables_that_are_none_are_refused);
    suite.each("exchange::ten_thousand_rows_with_progress", ten_thousand_rows_with_progress);
    suite.each("exchange::an_index_goes_out_as_it_came", an_index_goes_out_as_it_came);
    suite.each("exchange::a_page_does_nothing_but_be_read", a_page_does_nothing_but_be_read);
    suite.each("exchange::a_bundle_comes_back_byte_for_byte", a_bundle_comes_back_byte_for_byte);
    suite.each("exchange::files_go_along_with_a_bundle", files_go_along_with_a_bundle);
    suite.each("exchange::files_of_a_bundle_are_looked_at", files_of_a_bundle_are_looked_at);
    suite.each("exchange::bundles_that_are_wrong_are_refused", bundles_that_are_wrong_are_refused);
    suite.each("exchange::what_is_hidden_is_not_exported", what_is_hidden_is_not_exported);
}

/// The files of an archive by their names.
type Files = Vec<(String, Vec<u8>)>;

const HEADINGS: &str = "Title,Organisation,Date,Care setting,Project type,Users,Address\n";

/// The parts of an import's answer.
#[derive(Debug, Default)]
struct Imported {
    progress: Vec<(String, i32, i32)>,
    rows: Vec<pb::IndexRow>,
    summary: pb::ImportSummary,
}

async fn import(by: &Actor, request: pb::ImportIndexRequest) -> Result<Imported, String> {
    let mut exchanges = by.exchanges().max_encoding_message_size(8 << 20);
    let answer = exchanges.import_index(request).await.map_err(|status| refusal(&status))?;
    let (mut stream, mut imported) = (answer.into_inner(), Imported::default());
    while let Some(answer) = stream.message().await.map_err(|status| refusal(&status))? {
        match answer.part.unwrap() {
            Part::Progress(at) => imported.progress.push((at.stage, at.row_count, at.total_row_count)),
            Part::Rows(more) => imported.rows.extend(more.rows),
            Part::Summary(summary) => imported.summary = summary,
        }
    }
    Ok(imported)
}

fn index(rows: &str, validate_only: bool, accept: &[Found]) -> pb::ImportIndexRequest {
    pb::ImportIndexRequest {
        file: format!("{HEADINGS}{rows}").into_bytes(),
        validate_only,
        accept: accept.iter().map(|found| (*found).into()).collect(),
        ..Default::default()
    }
}

/// The findings of each row by its line, and whether it was let in.
fn found(imported: &Imported) -> Vec<(i32, Vec<Found>, bool)> {
    let kinds = |row: &pb::IndexRow| {
        row.findings.iter().map(|finding| Found::try_from(finding.finding).unwrap()).collect::<Vec<_>>()
    };
    imported.rows.iter().map(|row| (row.line, kinds(row), row.imported)).collect()
}

async fn drafts(by: &Actor) -> Vec<pb::Blueprint> {
    let request = pb::ListBlueprintsRequest { filter: "state = DRAFT".to_owned(), ..Default::default() };
    by.blueprints().list_blueprints(request).await.unwrap().into_inner().blueprints
}

async fn exported(by: &Actor, name: &str, format: pb::ExportFormat) -> Result<Vec<u8>, String> {
    let request = pb::ExportBlueprintRequest { name: name.to_owned(), format: format.into() };
    let mut stream = by.exchanges().export_blueprint(request).await.map_err(|status| refusal(&status))?.into_inner();
    let mut file = Vec::new();
    while let Some(part) = stream.message().await.unwrap() {
        assert!((1..=65_536).contains(&part.chunk.len()));
        file.extend(part.chunk);
    }
    Ok(file)
}

async fn import_bundle(by: &Actor, code: &str, bundle: &[u8], only: bool) -> Result<pb::ImportBundleResponse, String> {
    let mut messages: Vec<_> = bundle
        .chunks(1000)
        .map(|chunk| pb::ImportBundleRequest { chunk: chunk.to_vec(), ..Default::default() })
        .collect();
    messages[0].organisation = named(code);
    messages[0].visibility = pb::Visibility::Network.into();
    messages[0].validate_only = only;
    let answer = by.exchanges().import_bundle(tokio_stream::iter(messages)).await;
    answer.map(tonic::Response::into_inner).map_err(|status| refusal(&status))
}

/// A file of every fault that a row can have.
const FAULTY: &str = "\
Electronic prescribing in theatres,RGT,2018-08-06,Acute,Process,Nurses,https://library.example/1\n\
Electronic  prescribing in THEATRES,Trust RGT,2018-08-06,Acute,Process,Nurses,https://library.example/2\n\
Barcodes at the bedside in two wards,RGT,2018-08-06,Acute,Process,Nurses,https://library.example/3\n\
Short,RGT,2018-08-06,Acute,Process,Nurses,https://library.example/4\n\
A blueprint of nobody we know,Trust of Nowhere,2018-08-06,Acute,Process,Nurses,https://library.example/5\n\
A trust that had another name,RRV (previously known as Old Town),06/08/2018,Acute,Process,,https://library.example/6\n\
A row that has no date and address,RRV,,Acute; Community,Process,Nurses,\n\
A row that cannot be read well,RRV,last year,Acute,Process,Nurses,javascript:alert(1)\n\
A row with words of its own,RRV,2018-08-06,Moon base,Process,Nurses,https://library.example/9\n";

async fn a_dry_run_reports_and_writes_nothing(database: Database) {
    let Scene { world, .. } = scene(database).await;
    let programme = world.programme().await;
    let before = head(&world).await;
    let judged = import(&programme, index(FAULTY, true, &[])).await.unwrap();
    let expected = vec![
        (3, vec![Found::DuplicateRow], false),
        (4, vec![Found::AlreadyThere], false),
        (5, vec![Found::TitleUnfit], false),
        (6, vec![Found::UnknownOrganisation], false),
        (7, vec![Found::PreviouslyKnownAs], false),
        (8, vec![Found::MissingDate, Found::MissingAddress], false),
        (9, vec![Found::UnreadableDate, Found::UnreadableAddress], false),
        (10, vec![Found::UnknownTerm], false),
    ];
    assert_eq!(found(&judged), expected);
    assert_eq!(judged.rows[4].findings[0].description, "\"RRV\" was known as \"Old Town\" before");
    let counts = (judged.summary.total_row_count, judged.summary.imported_count, judged.summary.left_out_count);
    assert_eq!((counts, judged.summary.sequence), ((9, 1, 8), 0));
    assert_eq!(head(&world).await, before);
    let outsider = world.at("RBL", Role::Lead).await;
    let refused = import(&outsider, index(FAULTY, true, &[])).await.unwrap_err();
    assert_eq!(refused, "PermissionDenied ROLE_MISSING");
}

async fn only_accepted_findings_are_let_in(database: Database) {
    let Scene { world, author, adopter, .. } = scene(database).await;
    let programme = world.programme().await;
    let wrong = import(&programme, index(FAULTY, false, &[Found::DuplicateRow])).await.unwrap_err();
    assert_eq!(wrong, "InvalidArgument INVALID_REQUEST\n  accept[0]: cannot be accepted");
    let accept = [Found::PreviouslyKnownAs, Found::MissingDate, Found::MissingAddress, Found::UnknownTerm];
    let before = head(&world).await;
    let written = import(&programme, index(FAULTY, false, &accept)).await.unwrap();
    let let_in: Vec<_> = found(&written).into_iter().filter(|(.., is)| *is).map(|(line, ..)| line).collect();
    assert_eq!(let_in, [7, 8, 10]);
    assert_eq!((written.summary.imported_count, written.summary.left_out_count), (4, 5));
    let entries = journal::read(world.services.db.read(), before, 100).await.unwrap();
    let verbs: Vec<_> = entries.iter().map(|entry| entry.verb.as_str()).collect();
    assert_eq!(verbs, ["blueprints.blueprint.import_row"; 4]);
    assert_eq!(written.summary.sequence, entries.last().unwrap().sequence);
    let titles: Vec<_> = drafts(&author).await.into_iter().map(|draft| draft.content.unwrap().title).collect();
    assert_eq!(titles, ["Electronic prescribing in theatres"]);
    let of_adopter = drafts(&adopter).await;
    let draft =
        of_adopter.iter().find(|draft| draft.content.as_ref().unwrap().title.starts_with("A row that has")).unwrap();
    let content = draft.content.clone().unwrap();
    assert_eq!(
        (content.care_settings, content.project_types),
        (vec!["Acute".to_owned(), "Community".to_owned()], vec!["Process".to_owned()])
    );
    assert_eq!((draft.visibility, draft.revision), (pb::Visibility::Network.into(), 0));
    // The same file again makes nothing twice.
    let again = import(&programme, index(FAULTY, false, &accept)).await.unwrap();
    assert_eq!((again.summary.imported_count, again.summary.sequence), (0, 0));
    // Nor does the same request.
    let row = "One row that comes by itself,RRV,2018-08-06,Acute,Process,Nurses,https://library.example/10\n";
    let request = pb::ImportIndexRequest { request_id: "once".to_owned(), ..index(row, false, &[]) };
    let first = import(&programme, request.clone()).await.unwrap();
    assert_eq!(first.summary.imported_count, 1);
}

async fn tables_that_are_none_are_refused(database: Database) {
    let world = World::new(database).await;
    let programme = world.programme().await;
    let of = |file: &[u8]| pb::ImportIndexRequest { file: file.to_vec(), ..Default::default() };
    let empty = import(&programme, of(b"")).await.unwrap_err();
    assert_eq!(empty, "InvalidArgument INVALID_REQUEST\n  file: is missing");
    let headings = import(&programme, of(b"Title,Trust,When\nx,y,z\n")).await.unwrap_err();
    assert_eq!(
        headings,
        "InvalidArgument INVALID_REQUEST\
         \n  file: its first row lacks the headings date, care setting, project type, users, address"
    );
    for bytes in [b"PK\x03\x04 and nothing".as_slice(), b"\xff\xfe\x00broken".as_slice()] {
        let refused = import(&programme, of(bytes)).await.unwrap_err();
        assert!(refused.starts_with("InvalidArgument INVALID_REQUEST\n  file: "), "{refused}");
    }
    let rows =
        "A blueprint with a title,RGT,2018-08-06,Acute,Process,Nurses,https://library.example/1\n".repeat(10_001);
    let refused = import(&programme, index(&rows, true, &[])).await.unwrap_err();
    assert!(refused.starts_with("InvalidArgument INVALID_REQUEST\n  file: has more than 10000 rows"), "{refused}");
}

async fn ten_thousand_rows_with_progress(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT", "RRV"]).await;
    let programme = world.programme().await;
    let row = |number: i32| {
        let code = if number % 2 == 0 { "RGT" } else { "RRV" };
        format!(
            "A blueprint of the library number {number},{code},2018-08-06,Acute,Process,Nurses,https://library.example/{number}\n"
        )
    };
    let rows: String = (0..10_000).map(row).collect();
    let judged = import(&programme, index(&rows, true, &[])).await.unwrap();
    assert_eq!((judged.rows.len(), judged.summary.imported_count), (0, 10_000));
    let written = import(&programme, index(&rows, false, &[])).await.unwrap();
    assert_eq!((written.rows.len(), written.summary.imported_count), (0, 10_000));
    let stages: Vec<_> = written.progress.iter().map(|(stage, ..)| stage.as_str()).collect();
    assert_eq!(stages[..2], ["read", "judged"]);
    assert!(stages.len() > 3, "{stages:?}");
    assert!(written.progress.windows(2).skip(2).all(|pair| pair[0].1 < pair[1].1), "{:?}", written.progress);
    let again = import(&programme, index(&rows, true, &[])).await.unwrap();
    assert_eq!((again.rows.len(), again.summary.imported_count), (10_000, 0));
}

async fn an_index_goes_out_as_it_came(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, programme) = (world.at("RGT", Role::Lead).await, world.programme().await);
    let header = HEADINGS.trim().split(',').map(str::to_owned).collect();
    let cells = [
        "=1+1 is no title of a blueprint",
        "RGT",
        "2017-03-01",
        "Acute",
        "Process",
        "Nurses",
        "https://library.example/1",
    ];
    let rows = vec![Row { number: 2, cells: cells.into_iter().map(Cell::text).collect() }];
    let file = Sheet { header, rows }.write(Format::Xlsx).unwrap();
    let request = pb::ImportIndexRequest { file, visibility: pb::Visibility::Public.into(), ..Default::default() };
    let written = import(&programme, request).await.unwrap();
    assert_eq!(written.summary.imported_count, 1, "{written:?}");
    let draft = drafts(&lead).await.remove(0).name;
    let whole = pb::Content { summary: "One sentence.".to_owned(), ..on_a_page("Title of the row", "So.") };
    let update = crate::blueprints::update(&draft, &["summary", "kind", "sections"], whole);
    lead.blueprints().update_draft(update).await.unwrap();
    lead.publish(crate::blueprints::publish(&draft)).await.unwrap();
    let anonymous = world.anonymous().await;
    let export = async |format: pb::SheetFormat| {
        let request = pb::ExportIndexRequest { format: format.into() };
        let mut stream = anonymous.exchanges().export_index(request).await.unwrap().into_inner();
        let mut file = Vec::new();
        while let Some(part) = stream.message().await.unwrap() {
            file.extend(part.chunk);
        }
        file
    };
    let csv = String::from_utf8(export(pb::SheetFormat::Csv).await).unwrap();
    assert!(csv.contains("2017-03-01,Acute,Process,Nurses,https://library.example/1"), "{csv}");
    // What would be a formula in the program that opens it is a text.
    assert!(!csv.contains("\n=1+1"), "{csv}");
    let mut violations = exemplar_kernel::Violations::new();
    let limits = exemplar_kernel::sheet::Limits::PAGE;
    let sheet = Sheet::read(&mut violations, "file", &export(pb::SheetFormat::Xlsx).await, &limits).unwrap();
    assert_eq!(sheet.rows.len(), 1);
    assert_eq!(sheet.rows[0].cell(0).as_text().unwrap(), cells[0]);
    // What was written here is at its place here, in the table as in what is cited.
    let name = released(&lead, "RGT", pb::Visibility::Public, on_a_page("Written where it is read", "So.")).await;
    let name = name.blueprint.unwrap().name;
    let csv = String::from_utf8(export(pb::SheetFormat::Csv).await).unwrap();
    let place = format!("{}/{name}", world.config.address());
    assert!(csv.lines().any(|line| line.ends_with(&place)), "{place} in {csv}");
    let request = pb::GetBlueprintRequest { name: name.clone() };
    let cited = anonymous.blueprints().get_blueprint(request).await.unwrap().into_inner().citation;
    assert!(cited.ends_with(&format!("Exemplar, {place}/revisions/1.")), "{cited}");
    for format in [pb::ExportFormat::Html, pb::ExportFormat::Markdown] {
        let file = String::from_utf8(exported(&anonymous, &name, format).await.unwrap()).unwrap();
        assert!(file.contains(&cited), "{cited} in {file}");
    }
}

async fn a_page_does_nothing_but_be_read(database: Database) {
    let Scene { author, world, .. } = scene(database).await;
    let hostile = "# A heading\n\n<script>alert(1)</script>\n\n[click](javascript:alert(2)) ![picture](https://spy.example/x.png)\n\n\
                   <img src=x onerror=alert(3)> **bold** [good](https://good.example/)";
    let mut content = on_a_page("A title with <b>marks</b> & more", "So.");
    content.sections = vec![section(pb::SectionKind::Approach, hostile)];
    let name = released(&author, AUTHOR, pb::Visibility::Public, content).await.blueprint.unwrap().name;
    let anonymous = world.anonymous().await;
    let html = String::from_utf8(exported(&anonymous, &name, pb::ExportFormat::Html).await.unwrap()).unwrap();
    for absent in ["<script", "javascript:", "<img", "<b>", "src=\"", "spy.example", "href=\"/"] {
        assert!(!html.contains(absent), "{absent} in {html}");
    }
    for present in [
        "<html lang=\"en-GB\">",
        "<h1>A title with &#60;b&#62;marks&#60;/b&#62; &#38; more</h1>",
        "<h2 id=\"approach\">Approach</h2>",
        "<h3>A heading</h3>",
        "<strong>bold</strong>",
        "<a href=\"https://good.example/\" rel=\"noopener noreferrer nofollow\">good</a>",
        "Trust RGT",
    ] {
        assert!(html.contains(present), "{present} in {html}");
    }
    assert_eq!(html.matches("<h1").count(), 1);
    let text = String::from_utf8(exported(&anonymous, &name, pb::ExportFormat::Markdown).await.unwrap()).unwrap();
    assert!(text.starts_with("# A title with <b>marks</b> & more\n\nWhat we did, in one sentence.\n"), "{text}");
    assert!(text.contains("\n## Approach\n\n# A heading\n"), "{text}");
}

async fn a_bundle_comes_back_byte_for_byte(database: Database) {
    let Scene { world, author, blueprint, adopter } = scene(database).await;
    let anonymous = world.anonymous().await;
    let bundle = exported(&anonymous, &blueprint, pb::ExportFormat::Bundle).await.unwrap();
    assert_eq!(exported(&author, &blueprint, pb::ExportFormat::Bundle).await.unwrap(), bundle);
    // Another Exemplar, which knows the importing organisation only.
    let other = World::new(database).await;
    other.organisations(&["RBL"]).await;
    let lead = other.at("RBL", Role::Lead).await;
    let before = head(&other).await;
    let checked = import_bundle(&lead, "RBL", &bundle, true).await.unwrap();
    assert_eq!((checked.blueprint.unwrap().name, checked.sequence), (String::new(), 0));
    assert_eq!(head(&other).await, before);
    let imported = import_bundle(&lead, "RBL", &bundle, false).await.unwrap();
    assert_eq!((imported.source_blueprint, imported.source_revision), (blueprint, 1));
    assert_eq!(imported.source_organisation, AUTHOR);
    let draft = imported.blueprint.unwrap();
    assert_eq!(
        (draft.revision, draft.organisation.clone(), draft.content.clone()),
        (0, named("RBL"), Some(said_sorted()))
    );
    let name = format!("{}/draft", draft.name);
    assert_eq!(exported(&lead, &name, pb::ExportFormat::Bundle).await.unwrap(), bundle);
    lead.publish(crate::blueprints::publish(&draft.name)).await.unwrap();
    assert_eq!(exported(&lead, &draft.name, pb::ExportFormat::Bundle).await.unwrap(), bundle);
    // Once it says another thing it is the importer's own.
    let changed = pb::Content { summary: "Another sentence.".to_owned(), ..said() };
    lead.blueprints().update_draft(crate::blueprints::update(&draft.name, &["summary"], changed)).await.unwrap();
    let own = exported(&lead, &name, pb::ExportFormat::Bundle).await.unwrap();
    assert_ne!(own, bundle);
    let again = import_bundle(&adopter, ADOPTER, &own, true).await.unwrap();
    assert_eq!(again.source_blueprint, draft.name);
    let refused = import_bundle(&adopter, "RBL", &bundle, false).await.unwrap_err();
    assert_eq!(refused, "PermissionDenied ROLE_MISSING");
}

/// What the blueprint of a scene says, its sections in reading order.
fn said_sorted() -> pb::Content {
    let mut content = said();
    content.sections.sort_by_key(|section| section.kind);
    content
}

async fn bundles_that_are_wrong_are_refused(database: Database) {
    let Scene { world, adopter, blueprint, .. } = scene(database).await;
    let bundle = exported(&adopter, &blueprint, pb::ExportFormat::Bundle).await.unwrap();
    let before = head(&world).await;
    let files = unzip(&bundle);
    let with = |change: fn(&mut Files)| {
        let mut files = files.clone();
        change(&mut files);
        zip_of(&files)
    };
    let wrong = "InvalidArgument BUNDLE_WRONG";
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("no archive", b"This is a letter.".to_vec(), "InvalidArgument BUNDLE_UNREADABLE"),
        ("cut off", bundle[..bundle.len() / 2].to_vec(), "InvalidArgument BUNDLE_UNREADABLE"),
        ("without its list", bundle[..bundle.len() - 500].to_vec(), "InvalidArgument BUNDLE_UNREADABLE"),
        ("a changed byte", with(|files| files[1].1[40] ^= 1), wrong),
        ("a path out of it", with(|files| files.push(("../evil".to_owned(), b"x".to_vec()))), wrong),
        ("a stranger", with(|files| files.push(("evil.exe".to_owned(), b"MZ".to_vec()))), wrong),
        ("a missing file", with(|files| drop(files.remove(2))), wrong),
        ("no manifest", with(|files| drop(files.remove(0))), wrong),
        ("a bomb", with(|files| files[2].1 = vec![b' '; 5 << 20]), wrong),
        ("many entries", with(|files| files.extend((0..20).map(|i| (format!("{i}"), vec![])))), wrong),
        ("a link", link(&files), wrong),
        ("more behind it", [bundle.clone(), vec![0; 9 << 20]].concat(), wrong),
    ];
    for (what, bytes, expected) in cases {
        let refused = import_bundle(&adopter, ADOPTER, &bytes, false).await.map(|_| what);
        assert_eq!(refused, Err(expected.to_owned()), "{what}");
    }
    assert_eq!(head(&world).await, before);
}

async fn files_go_along_with_a_bundle(database: Database) {
    let limit = |config: &mut exemplar_server::config::Config| config.artefacts.max_bytes = 3 << 20;
    let world = World::with(database, limit).await;
    world.organisations(&["RGT"]).await;
    let (lead, draft) = crate::artefacts::draft(&world, pb::Visibility::Public).await;
    let says = |name: &str, visibility: pb::Visibility| pb::ArtefactDetails {
        visibility: visibility.into(),
        ..crate::artefacts::details(name)
    };
    let large = "So. ".repeat(700_000).into_bytes();
    let mut names = Vec::new();
    for (name, visibility, bytes) in [
        ("plan.txt", pb::Visibility::Public, b"Begin with two wards.".as_slice()),
        ("large.txt", pb::Visibility::Public, &large),
        ("ours.txt", pb::Visibility::Organisation, b"Only for us."),
    ] {
        let added = crate::artefacts::add(&lead, &draft, says(name, visibility), bytes).await.unwrap();
        crate::artefacts::decided(&lead, &added.name).await;
        names.push(added.name);
    }
    crate::artefacts::publish(&lead, &draft).await.unwrap();
    let anonymous = world.anonymous().await;
    let bundle = exported(&anonymous, &draft, pb::ExportFormat::Bundle).await.unwrap();
    let inside: Vec<_> = unzip(&bundle).into_iter().map(|(name, _)| name).collect();
    let expected = ["manifest.json", "blueprint.json", "blueprint.md", "artefacts/large.txt", "artefacts/plan.txt"];
    assert_eq!(inside, expected);
    // Who may read more gets the same: a bundle is handed on.
    assert_eq!(exported(&lead, &draft, pb::ExportFormat::Bundle).await.unwrap(), bundle);

    let other = World::with(database, limit).await;
    other.organisations(&["RBL"]).await;
    let importer = other.at("RBL", Role::Lead).await;
    let before = head(&other).await;
    let checked = import_bundle(&importer, "RBL", &bundle, true).await.unwrap();
    assert_eq!((checked.file_names, head(&other).await), (vec!["large.txt".to_owned(), "plan.txt".to_owned()], before));
    let ours = import_bundle(&importer, "RBL", &bundle, false).await.unwrap().blueprint.unwrap();
    let list = async |by: &Actor, parent: &str| {
        let request = pb::ListArtefactsRequest { parent: parent.to_owned(), ..Default::default() };
        by.artefacts().list_artefacts(request).await.unwrap().into_inner().artefacts
    };
    let name = format!("{}/draft", ours.name);
    let files = list(&importer, &name).await;
    let (verbs, network) = (crate::adoptions::verbs(&other, before).await, pb::Visibility::Network);
    assert_eq!(verbs.iter().filter(|verb| *verb == "blueprints.artefact.add").count(), 2, "{verbs:?}");
    for file in &files {
        let passed = crate::artefacts::decided(&importer, &file.name).await;
        assert_eq!((passed.state(), passed.details.unwrap().visibility()), (pb::ArtefactState::Available, network));
    }
    assert_eq!(exported(&importer, &name, pb::ExportFormat::Bundle).await.unwrap(), bundle);
    crate::artefacts::publish(&importer, &ours.name).await.unwrap();
    assert_eq!(exported(&importer, &ours.name, pb::ExportFormat::Bundle).await.unwrap(), bundle);
    // The same content again takes no more room, and is whole.
    let again = import_bundle(&importer, "RBL", &bundle, false).await.unwrap().blueprint.unwrap();
    let name = format!("{}/draft", again.name);
    for file in list(&importer, &name).await {
        crate::artefacts::decided(&importer, &file.name).await;
    }
    assert_eq!(exported(&importer, &name, pb::ExportFormat::Bundle).await.unwrap(), bundle);
    // Without one of its files it is the importer's own.
    let gone = pb::RemoveArtefactRequest { name: list(&importer, &name).await[0].name.clone(), ..Default::default() };
    importer.artefacts().remove_artefact(gone).await.unwrap();
    let own = exported(&importer, &name, pb::ExportFormat::Bundle).await.unwrap();
    let checked = import_bundle(&importer, "RBL", &own, true).await.unwrap();
    assert_eq!((checked.source_blueprint, checked.file_names), (again.name, vec!["plan.txt".to_owned()]));
}

async fn files_of_a_bundle_are_looked_at(database: Database) {
    let limit = |config: &mut exemplar_server::config::Config| config.artefacts.max_bytes = 1 << 20;
    let world = World::with(database, limit).await;
    world.organisations(&["RGT"]).await;
    let (lead, draft) = crate::artefacts::draft(&world, pb::Visibility::Public).await;
    let says =
        pb::ArtefactDetails { visibility: pb::Visibility::Public.into(), ..crate::artefacts::details("plan.pdf") };
    let pdf = crate::artefacts::files::pdf("A plan.");
    let added = crate::artefacts::add(&lead, &draft, says, &pdf).await.unwrap();
    crate::artefacts::decided(&lead, &added.name).await;
    crate::artefacts::publish(&lead, &draft).await.unwrap();
    let bundle = exported(&lead, &draft, pb::ExportFormat::Bundle).await.unwrap();
    let files = unzip(&bundle);
    let before = head(&world).await;
    // As somebody would write it who means harm: the manifest fits what it lists.
    let with = |name: &str, bytes: &[u8]| {
        let mut files = files.clone();
        let size = |bytes: &[u8]| format!("\"size\": {},\n      \"sha256\": \"{}\"", bytes.len(), sha256(bytes));
        let manifest = String::from_utf8(files[0].1.clone()).unwrap();
        assert!(manifest.contains(&size(&files[3].1)), "{manifest}");
        let manifest = manifest.replace(&size(&files[3].1), &size(bytes)).replace("plan.pdf", name);
        files[0].1 = manifest.into_bytes();
        files[3] = (format!("artefacts/{name}"), bytes.to_vec());
        zip_of(&files)
    };
    assert!(import_bundle(&lead, "RGT", &with("plan.pdf", &pdf), true).await.is_ok());
    let wrong = "InvalidArgument BUNDLE_WRONG";
    let mut broken = files.clone();
    broken[3].1[10] ^= 1;
    for (what, bytes, expected) in [
        ("a program", with("plan.pdf", b"MZ\x90\x00 and so on"), "InvalidArgument CONTENT_EXECUTABLE"),
        ("no PDF", with("plan.pdf", b"This is a letter."), "InvalidArgument CONTENT_TYPE_WRONG"),
        ("a way out", with("../plan.pdf", &pdf), wrong),
        ("an unknown type", with("plan.exe", &pdf), wrong),
        ("a large file", with("plan.txt", &vec![b'x'; (1 << 20) + 1]), wrong),
        ("another content", zip_of(&broken), wrong),
        ("a file that is missing", zip_of(&files[..3]), wrong),
    ] {
        let refused = import_bundle(&lead, "RGT", &bytes, false).await.map(|_| what);
        assert_eq!(refused, Err(expected.to_owned()), "{what}");
    }
    assert_eq!(head(&world).await, before, "nothing is half-stored");
}

fn sha256(bytes: &[u8]) -> String {
    exemplar_kernel::digest::hex(&Sha256::digest(bytes))
}

fn unzip(bundle: &[u8]) -> Vec<(String, Vec<u8>)> {
    use std::io::Read as _;
    let mut archive = zip::ZipArchive::new(Cursor::new(bundle)).unwrap();
    let length = archive.len();
    let read = |place| {
        let mut file = archive.by_index(place).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    };
    (0..length).map(read).collect()
}

fn zip_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name, zip::write::SimpleFileOptions::DEFAULT).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn link(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::DEFAULT;
    archive.start_file(&files[0].0, options).unwrap();
    archive.write_all(&files[0].1).unwrap();
    archive.add_symlink("blueprint.json", "/etc/passwd", options).unwrap();
    archive.finish().unwrap().into_inner()
}

async fn what_is_hidden_is_not_exported(database: Database) {
    let Scene { world, author, adopter, .. } = scene(database).await;
    let hidden = released(&author, AUTHOR, pb::Visibility::Organisation, said()).await.blueprint.unwrap().name;
    for format in [pb::ExportFormat::Html, pb::ExportFormat::Markdown, pb::ExportFormat::Bundle] {
        let refused = exported(&adopter, &hidden, format).await.unwrap_err();
        assert_eq!(refused, "NotFound BLUEPRINT_NOT_FOUND");
        exported(&author, &hidden, format).await.unwrap();
    }
    let request = pb::ExportIndexRequest::default();
    let mut stream = adopter.exchanges().export_index(request).await.unwrap().into_inner();
    let csv = String::from_utf8(stream.message().await.unwrap().unwrap().chunk).unwrap();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    drop(world);
}
