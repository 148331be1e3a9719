//! Sections as HTML for pages and exports. What an author wrote is stored as it was written; it is made harmless here,
//! by a sanitiser's list of what is allowed, and nowhere else.

use pulldown_cmark::{Options, Parser, html};

/// A section's Markdown as HTML that any page may hold: no scripts, styles, frames, forms or remote pictures, links
/// only to http, https and mailto, and those without handing on who followed them.
pub fn rendered(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut unsafe_html = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut unsafe_html, Parser::new_ext(markdown, options));
    ammonia::Builder::default()
        .rm_tags(["img", "map", "area"])
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&unsafe_html)
        .to_string()
}
