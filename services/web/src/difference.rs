//! What differs between two revisions, side by side: what went on the left, what came on the right.

use askama::Template;
use axum::extract::Path;
use exemplar_proto::blueprints::v1 as pb;

use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::visit::Visit;
use crate::words;

/// Revisions to choose from at the most.
const REVISIONS: i32 = 50;

#[derive(Template)]
#[template(path = "difference.html")]
struct Difference {
    frame: Frame,
    id: String,
    title: String,
    from: Choice,
    to: Choice,
    parts: Vec<Part>,
}

/// A revision, and which others could be in its place.
struct Choice {
    about: String,
    all: Vec<(i32, String, bool)>,
}

struct Part {
    title: String,
    before: Vec<(String, bool)>,
    after: Vec<(String, bool)>,
}

/// `GET /blueprints/{id}/changes?from=…&to=…`: the newest and the one before, when the address does not say.
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Answer {
    let name = format!("blueprints/{id}");
    let request = pb::ListRevisionsRequest { name: name.clone(), page_size: REVISIONS, ..Default::default() };
    let revisions = visit.api.blueprints().list_revisions(request).await?.into_inner().revisions;
    let newest = revisions.first().map_or(1, |one| one.number);
    let number = |field: &str, otherwise: i32| visit.params.text(field).parse::<i32>().unwrap_or(otherwise);
    let to = number("to", newest);
    let from = number("from", (to - 1).max(1));
    let request = pb::CompareRevisionsRequest { name, from_revision: from, to_revision: to };
    let differences = visit.api.blueprints().compare_revisions(request).await?.into_inner().differences;
    let choice = |number: i32| {
        let about =
            |one: &pb::Revision| format!("Revision {} of {}", one.number, words::day_of(one.publish_time.as_ref()));
        let all = revisions.iter().map(|one| (one.number, about(one), one.number == number)).collect();
        let found = revisions.iter().find(|one| one.number == number);
        let about = match number {
            0 => "The draft".to_owned(),
            _ => found.map_or_else(|| format!("Revision {number}"), about),
        };
        Choice { about, all }
    };
    let title = revisions.first().map(|one| one.title.clone()).unwrap_or_default();
    Ok(page(&Difference {
        frame: visit.frame(&format!("What changed in {title}"), Area::Find),
        from: choice(from),
        to: choice(to),
        parts: differences.into_iter().map(part).collect(),
        title,
        id,
    }))
}

fn part(difference: pb::PartDifference) -> Part {
    let mut part = Part { title: String::new(), before: Vec::new(), after: Vec::new() };
    let section = words::title::<pb::SectionKind>(difference.section);
    let field = difference.field.trim_start_matches("content.").replace(['_', '.'], " ");
    part.title = if section.is_empty() { words::capital(&field) } else { section };
    for run in difference.runs {
        match pb::Edit::try_from(run.edit).unwrap_or_default() {
            pb::Edit::Added => part.after.push((run.text, true)),
            pb::Edit::Removed => part.before.push((run.text, true)),
            pb::Edit::Kept | pb::Edit::Unspecified => {
                part.before.push((run.text.clone(), false));
                part.after.push((run.text, false));
            }
        }
    }
    part
}
