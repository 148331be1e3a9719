//! The text of one file, by the library for its format. Runs in the reading process only.

use std::error::Error;
use std::io::{Cursor, Read};

use calamine::{Data, Reader as _};
use pulldown_cmark::{Event, Options, Parser, TagEnd};
use quick_xml::events::Event as Xml;
use zip::ZipArchive;

use super::MAX_TEXT;
use crate::model::artefact::format::Format;

/// One entry of an archive at the most, unpacked, in bytes.
const MAX_ENTRY: u64 = 256 << 20;
/// Columns that a page of the web is laid out for: so many that no line is broken.
const WIDTH: usize = 10_000;

type Text = Result<String, Box<dyn Error>>;

/// The text of a file of this format.
pub(super) fn of(format: Format, file: Vec<u8>) -> Text {
    match format {
        Format::Pdf => Ok(pdf_extract::extract_text_from_mem(&file)?),
        Format::Docx => xml_parts(file, |name| {
            let part = name.strip_prefix("word/").unwrap_or_default();
            ["document", "header", "footer", "footnotes", "endnotes", "comments"]
                .iter()
                .any(|kind| part.starts_with(kind))
                && !part.contains('/')
        }),
        Format::Pptx => xml_parts(file, |name| {
            name.starts_with("ppt/slides/slide") || name.starts_with("ppt/notesSlides/notesSlide")
        }),
        Format::Odt | Format::Odp => xml_parts(file, |name| name == "content.xml"),
        Format::Xlsx => sheets(calamine::Xlsx::new(Cursor::new(file))?),
        Format::Ods => sheets(calamine::Ods::new(Cursor::new(file))?),
        Format::Html => Ok(html2text::config::plain_no_decorate().string_from_read(file.as_slice(), WIDTH)?),
        Format::Markdown => Ok(markdown(&String::from_utf8_lossy(&file))),
        Format::Text | Format::Csv | Format::Json => Ok(String::from_utf8_lossy(&file).into_owned()),
        Format::Xml => xml(file.as_slice()),
        Format::Png | Format::Jpeg | Format::Mp4 | Format::Zip => Err("has no text".into()),
    }
}

/// The text of the parts of an archive that `wanted` names, in the order of their numbers.
fn xml_parts(file: Vec<u8>, wanted: impl Fn(&str) -> bool) -> Text {
    let mut archive = ZipArchive::new(Cursor::new(file))?;
    let all = archive.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned);
    let mut names: Vec<String> = all.filter(|name| wanted(name)).collect();
    names.sort_by_key(|name| (name.len(), name.clone()));
    let mut text = String::new();
    for name in names {
        let part = archive.by_name(&name)?;
        text.push_str(&xml(std::io::BufReader::new(part.take(MAX_ENTRY)))?);
        if text.len() as u64 > MAX_TEXT {
            break;
        }
    }
    Ok(text)
}

/// The characters of an XML document; paragraphs, headings, rows and breaks end lines.
fn xml(document: impl std::io::BufRead) -> Text {
    let mut reader = quick_xml::Reader::from_reader(document);
    let (mut text, mut buffer) = (String::new(), Vec::new());
    loop {
        match reader.read_event_into(&mut buffer)? {
            Xml::Text(characters) => text.push_str(&characters.xml10_content()),
            Xml::CData(characters) => text.push_str(&characters.xml10_content()),
            Xml::GeneralRef(reference) => match reference.resolve_char_ref()? {
                Some(character) => text.push(character),
                None => text.push_str(quick_xml::escape::resolve_xml_entity(&reference).unwrap_or(" ")),
            },
            Xml::End(element) => match element.local_name().as_ref() {
                "p" | "h" | "tr" | "table-row" => text.push('\n'),
                "tc" | "table-cell" => text.push(' '),
                _ => {}
            },
            Xml::Empty(element) => match element.local_name().as_ref() {
                "br" | "line-break" => text.push('\n'),
                "tab" | "s" => text.push(' '),
                _ => {}
            },
            Xml::Eof => return Ok(text),
            Xml::Start(_) | Xml::Comment(_) | Xml::Decl(_) | Xml::PI(_) | Xml::DocType(_) => {}
        }
        if text.len() as u64 > MAX_TEXT {
            return Ok(text);
        }
        buffer.clear();
    }
}

/// The cells of a workbook, a row a line.
fn sheets<RS, R>(mut workbook: R) -> Text
where
    RS: std::io::Read + std::io::Seek,
    R: calamine::Reader<RS>,
    R::Error: Error + 'static,
{
    let mut text = String::new();
    for name in workbook.sheet_names() {
        text.push_str(&name);
        text.push('\n');
        for row in workbook.worksheet_range(&name)?.rows() {
            for cell in row.iter().filter(|cell| !matches!(cell, Data::Empty)) {
                text.push_str(&cell.to_string());
                text.push(' ');
            }
            text.push('\n');
            if text.len() as u64 > MAX_TEXT {
                return Ok(text);
            }
        }
    }
    Ok(text)
}

/// Markdown without its marks; HTML in it is left out.
fn markdown(source: &str) -> String {
    let mut text = String::new();
    for event in Parser::new_ext(source, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES) {
        match event {
            Event::Text(words) | Event::Code(words) => text.push_str(&words),
            Event::SoftBreak | Event::HardBreak | Event::Rule => text.push('\n'),
            Event::End(TagEnd::TableCell) => text.push(' '),
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableRow | TagEnd::CodeBlock,
            ) => {
                text.push('\n');
            }
            Event::Start(_)
            | Event::End(_)
            | Event::Html(_)
            | Event::InlineHtml(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {}
        }
    }
    text
}
