//! The types of file that are accepted, by their extension and by what their content must be.

exemplar_kernel::named!(
    /// A type of file.
    Format {
        /// Portable Document Format.
        Pdf = "PDF",
        /// Word, Office Open XML.
        Docx = "DOCX",
        /// Excel, Office Open XML.
        Xlsx = "XLSX",
        /// PowerPoint, Office Open XML.
        Pptx = "PPTX",
        /// OpenDocument text.
        Odt = "ODT",
        /// OpenDocument spreadsheet.
        Ods = "ODS",
        /// OpenDocument presentation.
        Odp = "ODP",
        /// A page of the web.
        Html = "HTML",
        /// Markdown.
        Markdown = "MARKDOWN",
        /// Plain text.
        Text = "TEXT",
        /// Comma-separated values.
        Csv = "CSV",
        /// JSON.
        Json = "JSON",
        /// XML.
        Xml = "XML",
        /// A PNG image.
        Png = "PNG",
        /// A JPEG image.
        Jpeg = "JPEG",
        /// An MPEG-4 film.
        Mp4 = "MP4",
        /// A ZIP archive.
        Zip = "ZIP",
    }
);

/// What content looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// `%PDF-`.
    Pdf,
    /// A ZIP archive; Office and OpenDocument files are ones.
    Zip,
    /// A PNG image.
    Png,
    /// A JPEG image.
    Jpeg,
    /// An MPEG-4 film.
    Mp4,
    /// UTF-8 without control characters; there are no signatures of texts.
    Text,
}

impl Format {
    /// The type that a file name says, by its extension.
    pub fn of_name(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        let extension = extension.to_ascii_lowercase();
        let found = Self::ALL.iter().copied().find(|format| format.own_extensions().contains(&extension.as_str()));
        found.filter(|_| !stem.is_empty())
    }

    /// Every extension that is accepted.
    pub fn extensions() -> Vec<&'static str> {
        Self::ALL.iter().flat_map(|format| format.own_extensions()).copied().collect()
    }

    const fn own_extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Pptx => &["pptx"],
            Self::Odt => &["odt"],
            Self::Ods => &["ods"],
            Self::Odp => &["odp"],
            Self::Html => &["html", "htm"],
            Self::Markdown => &["md", "markdown"],
            Self::Text => &["txt"],
            Self::Csv => &["csv"],
            Self::Json => &["json"],
            Self::Xml => &["xml"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Mp4 => &["mp4"],
            Self::Zip => &["zip"],
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Odp => "application/vnd.oasis.opendocument.presentation",
            Self::Html => "text/html; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Xml => "application/xml",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Mp4 => "video/mp4",
            Self::Zip => "application/zip",
        }
    }

    /// What its content must look like from outside.
    pub const fn signature(self) -> Signature {
        match self {
            Self::Pdf => Signature::Pdf,
            Self::Docx | Self::Xlsx | Self::Pptx | Self::Odt | Self::Ods | Self::Odp | Self::Zip => Signature::Zip,
            Self::Html | Self::Markdown | Self::Text | Self::Csv | Self::Json | Self::Xml => Signature::Text,
            Self::Png => Signature::Png,
            Self::Jpeg => Signature::Jpeg,
            Self::Mp4 => Signature::Mp4,
        }
    }

    /// The entry of the archive that only a file of this type has (ECMA-376 part 1; OpenDocument has `mimetype`).
    pub const fn main_entry(self) -> Option<&'static str> {
        match self {
            Self::Docx => Some("word/document.xml"),
            Self::Xlsx => Some("xl/workbook.xml"),
            Self::Pptx => Some("ppt/presentation.xml"),
            Self::Odt | Self::Ods | Self::Odp => Some("content.xml"),
            Self::Pdf
            | Self::Html
            | Self::Markdown
            | Self::Text
            | Self::Csv
            | Self::Json
            | Self::Xml
            | Self::Png
            | Self::Jpeg
            | Self::Mp4
            | Self::Zip => None,
        }
    }

    /// Whether it is OpenDocument, whose archives say their media type in an entry of their own.
    pub const fn is_open_document(self) -> bool {
        matches!(self, Self::Odt | Self::Ods | Self::Odp)
    }

    /// Whether there is text to be read from it.
    pub const fn has_text(self) -> bool {
        !matches!(self, Self::Png | Self::Jpeg | Self::Mp4 | Self::Zip)
    }
}
