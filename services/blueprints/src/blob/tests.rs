//! The look at content, by table and by property: whatever comes, in whatever pieces, it ends in a verdict, and the same.

use std::io::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::inspect::{Inspection, Limits};
use crate::model::artefact::error::Refusal;
use crate::model::artefact::format::Format;
use crate::model::artefact::{ContentDigest, file_name, licence, range};

const LIMITS: Limits = Limits { unpacked: 1 << 20, entries: 20 };

fn look(format: Format, pieces: &[&[u8]]) -> Result<ContentDigest, Refusal> {
    let mut inspection = Inspection::new(format, LIMITS);
    for piece in pieces {
        inspection.push(piece)?;
    }
    inspection.finish()
}

/// The bytes in pieces whose borders follow from `cuts`.
fn cut<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn archive(entries: &[(String, Vec<u8>, bool)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content, packed) in entries {
        let method = if *packed { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        writer.start_file(name.as_str(), SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The same archive as programs write it that cannot go back: lengths follow the content.
fn streamed(entries: &[(String, Vec<u8>, bool)]) -> Vec<u8> {
    let mut writer = ZipWriter::new_stream(Vec::new());
    for (name, content, _) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn entries() -> impl Strategy<Value = Vec<(String, Vec<u8>, bool)>> {
    vec(("[a-z]{1,8}", vec(any::<u8>().prop_filter("no program", |b| *b != b'#'), 0..2000), any::<bool>()), 1..8)
        .prop_map(|entries| {
            let numbered = entries.into_iter().enumerate();
            // Text in front, so that chance makes no program.
            numbered
                .map(|(at, (name, content, packed))| {
                    (format!("{name}/{at}.txt"), [b"text ".to_vec(), content].concat(), packed)
                })
                .collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_in_any_pieces_have_one_verdict(bytes in vec(any::<u8>(), 0..3000), cuts in vec(any::<usize>(), 0..6)) {
        for format in Format::ALL {
            prop_assert_eq!(look(*format, &cut(&bytes, &cuts)), look(*format, &[&bytes]));
        }
    }

    #[test]
    fn good_archives_pass_in_any_pieces(entries in entries(), cuts in vec(any::<usize>(), 0..9)) {
        for bytes in [archive(&entries), streamed(&entries)] {
            let digest = ContentDigest::of_content(&bytes);
            prop_assert_eq!(look(Format::Zip, &cut(&bytes, &cuts)), Ok(digest));
        }
    }

    /// One byte changed: it ends, and it ends alike however it is cut.
    #[test]
    fn broken_archives_end_in_a_verdict(
        entries in entries(),
        at in any::<usize>(),
        flip in 1_u8..,
        cuts in vec(any::<usize>(), 0..9),
    ) {
        let mut bytes = archive(&entries);
        let at = at % bytes.len();
        bytes[at] ^= flip;
        prop_assert_eq!(look(Format::Zip, &cut(&bytes, &cuts)), look(Format::Zip, &[&bytes]));
    }

    /// A part of an archive is none.
    #[test]
    fn cut_archives_are_refused(entries in entries(), at in any::<usize>()) {
        let bytes = archive(&entries);
        prop_assert!(look(Format::Zip, &[&bytes[..at % bytes.len()]]).is_err());
    }

    /// What an archive holds is counted, not believed.
    #[test]
    fn what_is_too_much_is_refused(more in 1_usize..100_000) {
        let bytes = archive(&[("zeros.txt".to_owned(), vec![b'0'; (1 << 20) + more], true)]);
        prop_assert!(matches!(look(Format::Zip, &[&bytes]), Err(Refusal::ArchiveTooLarge(_))));
    }

    #[test]
    fn texts_pass_in_any_pieces(text in "[^\\p{Cc}]{0,500}", cuts in vec(any::<usize>(), 0..9)) {
        // Chance may begin a script.
        prop_assume!(!text.starts_with("#!"));
        let digest = ContentDigest::of_content(text.as_bytes());
        prop_assert_eq!(look(Format::Text, &cut(text.as_bytes(), &cuts)), Ok(digest));
    }

    #[test]
    fn ranges_lie_within(offset in 0_u64..2000, length in 0_u64..2000, size in 1_u64..1000) {
        match range(offset, length, size) {
            Some(found) => {
                prop_assert!(found.start == offset && found.end <= size && found.start < found.end);
                prop_assert!(length == 0 || found.end == size || found.end - found.start == length);
            }
            None => prop_assert!(offset >= size),
        }
    }
}

#[test]
fn file_names_are_fit_for_files() {
    for good in ["plan.pdf", "Plan 2.DOCX", "Übung.md", "a.b.c.txt"] {
        assert_eq!(file_name(good), Ok(good.to_owned()));
    }
    for bad in [
        "",
        "pdf",
        ".pdf",
        "plan",
        "plan.exe",
        "a/b.pdf",
        "a\\b.pdf",
        "..pdf",
        "plan.pdf.",
        "con:.pdf",
        "a\u{202e}fdp.pdf",
        "a\nb.pdf",
        "<b>.pdf",
    ] {
        assert!(file_name(bad).is_err(), "{bad:?}");
    }
    assert!(file_name(&format!("{}.pdf", "a".repeat(147))).is_err());
}

#[test]
fn licences_are_of_the_list() {
    for (typed, found) in [("OGL-UK-3.0", "OGL-UK-3.0"), ("cc-by-4.0", "CC-BY-4.0"), (" MIT ", "MIT")] {
        assert_eq!(licence(typed), Ok(found.to_owned()));
    }
    for bad in ["", "OGL", "Proprietary", "GPL-3.0", "MIT OR Apache-2.0"] {
        assert!(licence(bad).is_err(), "{bad}");
    }
}

#[test]
fn letters_are_no_programs() {
    for text in ["BC is the name of a clinic", "MZ", "dex\n", "PK", "%PDF-", "{\"MZ\": 1}"] {
        assert!(look(Format::Text, &[text.as_bytes()]).is_ok(), "{text}");
    }
}
