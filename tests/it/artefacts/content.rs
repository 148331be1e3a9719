//! Content that is refused, the text in content that is taken, and files that would harm their reader.

use std::time::Duration;

use exemplar_blueprints::BlueprintId;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_tests::{Database, World, refusal};

use super::{add, decided, details, draft, files, get, publish, send, start};

pub(super) async fn bad_content_is_refused(database: Database) {
    let world = World::with(database, |config| {
        config.artefacts.max_unpacked_bytes = 8 << 20;
        config.artefacts.max_entries = 50;
    })
    .await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let program = [b"MZ\x90\0\x03\0\0\0".as_slice(), &[0; 200]].concat();
    let elf = [b"\x7fELF\x02\x01\x01\0".as_slice(), &[0; 200]].concat();
    let many: Vec<String> = (0..51).map(|number| format!("{number}.txt")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    let good = files::archive(&[("a.txt", b"hello"), ("b/c.txt", b"there")]);
    let mut lying = good.clone();
    let at = lying.windows(5).rposition(|window| window == b"a.txt").unwrap();
    lying[at] = b'z';
    let mut longer = good.clone();
    longer.extend(b"hidden behind the end");
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("plan.pdf", program.clone(), "CONTENT_EXECUTABLE", "programs are not taken"),
        ("plan.txt", elf, "CONTENT_EXECUTABLE", "programs are not taken"),
        ("plan.docx", program.clone(), "CONTENT_EXECUTABLE", "programs are not taken"),
        ("run.txt", b"#!/bin/sh\nrm -r x\n".to_vec(), "CONTENT_EXECUTABLE", "programs are not taken"),
        ("tools.zip", files::archive(&[("setup.txt", &program)]), "CONTENT_EXECUTABLE", "programs are not taken"),
        (
            "plan.pdf",
            b"Not a PDF at all, for more than a line of text.".to_vec(),
            "CONTENT_TYPE_WRONG",
            "does not begin",
        ),
        ("plan.pdf", b"%PDF-1.7\nand then nothing".to_vec(), "CONTENT_TYPE_WRONG", "does not end like one"),
        ("plan.pdf", good.clone(), "CONTENT_TYPE_WRONG", "it is application/zip, not PDF"),
        ("scan.png", files::pdf("x"), "CONTENT_TYPE_WRONG", "it is application/pdf, not PNG"),
        ("plan.docx", good.clone(), "CONTENT_TYPE_WRONG", "it is an archive, and not DOCX"),
        ("plan.xlsx", files::docx("x"), "CONTENT_TYPE_WRONG", "it is an archive, and not XLSX"),
        ("plan.ods", files::odt("x"), "CONTENT_TYPE_WRONG", "it is an archive, and not ODS"),
        ("notes.txt", b"binary \x00\x01".to_vec(), "CONTENT_TYPE_WRONG", "not a text in UTF-8"),
        ("notes.md", b"Latin 1: \xe9".to_vec(), "CONTENT_TYPE_WRONG", "not a text in UTF-8"),
        ("bomb.zip", files::zeros(64 << 20), "ARCHIVE_TOO_LARGE", "more than 8388608 bytes when unpacked"),
        ("bomb.docx", files::zeros(64 << 20), "ARCHIVE_TOO_LARGE", "more than 8388608 bytes when unpacked"),
        ("many.zip", files::archive(&many), "ARCHIVE_TOO_LARGE", "more than 50 entries"),
        ("up.zip", files::archive(&[("../../up.txt", b"x")]), "ARCHIVE_UNSAFE", "leads out of the archive"),
        ("up.zip", files::archive(&[("a\\..\\..\\up.txt", b"x")]), "ARCHIVE_UNSAFE", "leads out of the archive"),
        ("up.zip", files::archive(&[("/etc/passwd", b"x")]), "ARCHIVE_UNSAFE", "does not say a place inside"),
        ("link.zip", files::link(), "ARCHIVE_UNSAFE", "is a link"),
        ("lying.zip", lying, "ARCHIVE_UNSAFE", "lists what it does not hold"),
        ("longer.zip", longer, "ARCHIVE_BROKEN", "something follows its end"),
        ("cut.zip", good[..good.len() - 30].to_vec(), "ARCHIVE_BROKEN", "ends too early"),
        ("holed.zip", [&good[..35], b"?", &good[36..]].concat(), "ARCHIVE_BROKEN", ""),
    ];
    for (name, bytes, reason, words) in cases {
        let upload = start(&lead, &blueprint, details(name), &bytes).await.unwrap();
        let refused = send(&lead, &upload.name, 0, &bytes).await.expect_err(name);
        assert_eq!(refusal(&refused), format!("InvalidArgument {reason}"), "{name}: {}", refused.message());
        assert!(refused.message().contains(words), "{name}: {}", refused.message());
        // Nothing is half there.
        let asked = lead.artefacts().get_upload(pb::GetUploadRequest { name: upload.name.clone() }).await.unwrap_err();
        assert_eq!(refusal(&asked), "NotFound UPLOAD_NOT_FOUND", "{name}");
        let folder = world.config.storage.data.join("artefacts").join(upload.name.replace("uploads", "artefacts"));
        let left = std::fs::read_dir(folder).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{name} left something");
    }
    // More than was declared, and something else than was declared.
    let upload = start(&lead, &blueprint, details("a.txt"), b"abc").await.unwrap();
    let refused = send(&lead, &upload.name, 0, b"abcd").await.unwrap_err();
    assert_eq!(refusal(&refused), "InvalidArgument CONTENT_TOO_LONG");
    let upload = start(&lead, &blueprint, details("a.txt"), b"abc").await.unwrap();
    let refused = send(&lead, &upload.name, 0, b"abd").await.unwrap_err();
    assert_eq!(refusal(&refused), "InvalidArgument CONTENT_DIGEST_WRONG");
    // A program is noticed long before the end.
    let mut long = program;
    long.extend(vec![0; 9 << 20]);
    let upload = start(&lead, &blueprint, details("long.pdf"), &long).await.unwrap();
    let refused = send(&lead, &upload.name, 0, &long[..4 << 20]).await.unwrap_err();
    assert_eq!(refusal(&refused), "InvalidArgument CONTENT_EXECUTABLE");
    assert!(super::list(&lead, &format!("{blueprint}/draft")).await.unwrap().is_empty());
}

pub(super) async fn texts_are_read(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let page = "<!doctype html><title>t</title><script>no()</script><p>zebrafinch &amp; <b>co</b></p>";
    let made: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("a.pdf", files::pdf("zebrafinch in a PDF"), &["zebrafinch in a PDF"]),
        ("b.docx", files::docx("zebrafinch"), &["zebrafinch A & B"]),
        ("c.xlsx", files::xlsx("zebrafinch"), &["Costs", "zebrafinch 42"]),
        ("d.pptx", files::pptx("zebrafinch"), &["zebrafinch"]),
        ("e.odt", files::odt("zebrafinch"), &["Heading\nzebrafinch"]),
        ("f.ods", files::ods("zebrafinch"), &["Costs", "zebrafinch"]),
        ("g.odp", files::odp("zebrafinch"), &["zebrafinch"]),
        ("h.html", page.into(), &["zebrafinch & co"]),
        (
            "i.md",
            b"# Heading\n\n*zebrafinch* [link](https://x.example)\n<script>no()</script>\n".to_vec(),
            &["Heading\nzebrafinch link"],
        ),
        ("j.txt", b"zebrafinch\r\n\r\nin   lines".to_vec(), &["zebrafinch\nin lines"]),
    ];
    for (name, bytes, _) in &made {
        let artefact = add(&lead, &blueprint, details(name), bytes).await.unwrap();
        assert_eq!(decided(&lead, &artefact.name).await.state(), pb::ArtefactState::Available);
    }
    publish(&lead, &blueprint).await.unwrap();
    let id = BlueprintId::parse(&blueprint).unwrap();
    let poll = async {
        loop {
            let texts = world.services.blueprints.artefact_texts(id, 1).await.unwrap();
            if texts.iter().all(|read| !read.text.is_empty()) {
                return texts;
            }
            tokio::task::yield_now().await;
        }
    };
    let texts = tokio::time::timeout(Duration::from_mins(1), poll).await.expect("every text is read");
    assert_eq!(texts.len(), made.len());
    for ((name, _, words), read) in made.iter().zip(texts) {
        assert_eq!(*name, read.file_name);
        assert!(words.iter().all(|words| read.text.contains(words)), "{name}: {:?}", read.text);
        assert!(!read.text.contains("no()"), "{name}: {:?}", read.text);
    }
}

pub(super) async fn hostile_files_harm_nobody(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let (lead, blueprint) = draft(&world, pb::Visibility::Public).await;
    let entities = format!(
        "<!DOCTYPE x [{}]><x>&i;</x>",
        (0..9).fold(String::new(), |all, at| {
            let (name, before) =
                ((b'a' + at) as char, if at == 0 { "ha".to_owned() } else { format!("&{};", (b'`' + at) as char) });
            format!("{all}<!ENTITY {name} \"{}\">", before.repeat(10))
        })
    );
    for (name, bytes) in [
        ("deep.pdf", files::deep_pdf(100_000)),
        ("round.pdf", files::circular_pdf()),
        ("laughs.xml", entities.into_bytes()),
        ("deep.html", "<div>".repeat(20_000).into_bytes()),
        ("deep.md", format!("{}x", "> ".repeat(3_000)).into_bytes()),
    ] {
        let artefact = add(&lead, &blueprint, details(name), &bytes).await.unwrap();
        assert_eq!(decided(&lead, &artefact.name).await.state(), pb::ArtefactState::Available, "{name}");
    }
    let last = add(&lead, &blueprint, details("last.txt"), b"read after all of them").await.unwrap();
    decided(&lead, &last.name).await;
    publish(&lead, &blueprint).await.unwrap();
    let id = BlueprintId::parse(&blueprint).unwrap();
    let poll = async {
        loop {
            let texts = world.services.blueprints.artefact_texts(id, 1).await.unwrap();
            if texts.iter().any(|read| read.text == "read after all of them\n") {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(4), poll).await.expect("the server reads on");
    assert_eq!(get(&lead, &last.name).await.unwrap().state(), pb::ArtefactState::Available);
}
