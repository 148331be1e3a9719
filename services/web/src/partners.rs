//! Suggestions of partners, with the reasons as bars.

use askama::Template;
use exemplar_kernel::Role;
use exemplar_proto::network::v1 as pb;

use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::visit::Visit;
use crate::words;

/// The length of the longest bar, in the picture's own units.
const BAR: i32 = 200;

#[derive(Template)]
#[template(path = "partners.html")]
struct Partners {
    frame: Frame,
    code: String,
    form_id: String,
    can_propose: bool,
    suggestions: Vec<Suggestion>,
    ineligible: Vec<(String, String)>,
}

struct Suggestion {
    code: String,
    score: i32,
    maximum: i32,
    why: String,
    change: String,
    places: String,
    parts: Vec<Part>,
}

struct Part {
    name: String,
    points: i32,
    bar: i32,
    why: String,
}

/// `GET /partners?of=…`: for the organisation named, or the first that the reader leads.
pub(crate) async fn show(visit: Visit) -> Answer {
    visit.signed_in()?;
    let lead = visit.organisations(Role::Lead);
    let asked = visit.params.text("of").to_uppercase();
    let first = lead.first().or(visit.caller.organisations().next()).map(|one| one.code().to_owned());
    let code = if asked.is_empty() { first.unwrap_or_default() } else { asked };
    let request =
        pb::SuggestPartnersRequest { organisation: format!("organisations/{code}"), limit: 10, ..Default::default() };
    let suggested = visit.api.matchings().suggest_partners(request).await?.into_inner();
    let largest = suggested.weights.iter().map(|weight| weight.weight).max().unwrap_or(1).max(1);
    Ok(page(&Partners {
        frame: visit.frame(&format!("Partners that fit {code}"), Area::Mine),
        form_id: visit.form_id(),
        can_propose: lead.iter().any(|one| one.code() == code),
        suggestions: suggested.suggestions.into_iter().map(|one| suggestion(one, largest)).collect(),
        ineligible: suggested
            .ineligible
            .into_iter()
            .map(|one| (words::last(&one.organisation).to_owned(), one.why))
            .take(50)
            .collect(),
        code,
    }))
}

fn suggestion(one: pb::PartnerSuggestion, largest: i32) -> Suggestion {
    let part = |part: pb::FitPart| Part {
        name: words::title::<pb::FitFactor>(part.factor),
        // A part's points are weight times a value of 0 to 100.
        bar: i32::try_from(
            i64::from(part.weight) * i64::from(part.value) * i64::from(BAR) / (100 * i64::from(largest)),
        )
        .unwrap_or(BAR),
        points: part.points,
        why: part.why,
    };
    Suggestion {
        code: words::last(&one.organisation).to_owned(),
        score: one.score,
        maximum: one.maximum,
        why: one.why,
        change: one.change,
        places: words::count(one.places_left, "place left", "places left"),
        parts: one.parts.into_iter().map(part).collect(),
    }
}
