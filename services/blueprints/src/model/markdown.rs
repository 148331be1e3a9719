//! Sections as HTML for pages and exports. What an author wrote is stored as it was written; it is made harmless here,
//! by a sanitiser's list of what is allowed, and nowhere else.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A section's Markdown as HTML that any page may hold: no scripts, styles, frames, forms or remote pictures, links
/// only to http, https and mailto, and those without handing on who followed them.
pub fn rendered(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut rendered = String::with_capacity(markdown.len() * 2);
    let mut above = Vec::new();
    html::push_html(&mut rendered, Parser::new_ext(markdown, options).map(|event| plainly(event, &mut above)));
    ammonia::Builder::default()
        .rm_tags(["img", "map", "area"])
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&rendered)
        .to_string()
}

/// What a page shows of an author's markup: their HTML as the text that they typed, pictures as what they describe,
/// headings below those of the page. `above` are the author's levels that the present heading lies under, itself last.
#[expect(clippy::wildcard_enum_match_arm, reason = "all else stays as it is")]
fn plainly<'a>(event: Event<'a>, above: &mut Vec<HeadingLevel>) -> Event<'a> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Image { .. }) => Event::Start(Tag::Emphasis),
        Event::End(TagEnd::Image) => Event::End(TagEnd::Emphasis),
        Event::Start(Tag::Heading { level, .. }) => {
            above.retain(|outer| *outer < level);
            above.push(level);
            Event::Start(Tag::Heading { level: below(above.len()), id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(below(above.len()))),
        plain => plain,
    }
}

/// The page has the title as its first and sections as its second level; an author's headings follow without a gap,
/// whichever levels they use, for those who move from heading to heading.
const fn below(depth: usize) -> HeadingLevel {
    match depth {
        0 | 1 => HeadingLevel::H3,
        2 => HeadingLevel::H4,
        3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}
