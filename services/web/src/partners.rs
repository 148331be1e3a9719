//! Suggestions of partners, with the reasons as bars.

use askama::Template;
use exemplar_kernel::Role;
use exemplar_proto::network::v1 as pb;

use crate::fault::Answer;
use crate::frame::{Area, Frame, page};
use crate::visit::Visit;
use crate::words;

/// Whom one may look for, by the word in the address.
const WANTED: [(&str, pb::DesignationKind); 4] = [
    ("global-exemplar", pb::DesignationKind::GlobalExemplar),
    ("national-exemplar", pb::DesignationKind::NationalExemplar),
    ("fast-follower", pb::DesignationKind::FastFollower),
    ("international-partner", pb::DesignationKind::InternationalPartner),
];
/// The length of the longest bar, in the picture's own units.
const BAR: i32 = 200;

#[derive(Template)]
#[template(path = "partners.html")]
struct Partners {
    frame: Frame,
    code: String,
    form_id: String,
    can_propose: bool,
    wanted: Vec<(String, String, bool)>,
    exemplars: bool,
    kind: &'static str,
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

/// `GET /partners?of=…&wanted=…`: for the organisation named, or the first that the reader leads.
pub(crate) async fn show(visit: Visit) -> Answer {
    visit.signed_in()?;
    let lead = visit.organisations(Role::Lead);
    let asked = visit.params.text("of").to_uppercase();
    let first = lead.first().or(visit.caller.organisations().next()).map(|one| one.code().to_owned());
    let code = if asked.is_empty() { first.unwrap_or_default() } else { asked };
    let wanted = visit.params.text("wanted");
    let (slug, wanted) = WANTED.into_iter().find(|(slug, _)| *slug == wanted).unwrap_or(WANTED[0]);
    let request = pb::SuggestPartnersRequest {
        organisation: format!("organisations/{code}"),
        wanted: wanted.into(),
        limit: 10,
        ..Default::default()
    };
    let suggested = visit.api.matchings().suggest_partners(request).await?.into_inner();
    let largest = suggested.weights.iter().map(|weight| weight.weight).max().unwrap_or(1).max(1);
    Ok(page(&Partners {
        frame: visit.frame(&format!("Partners that fit {code}"), Area::Mine),
        form_id: visit.form_id(),
        exemplars: matches!(wanted, pb::DesignationKind::GlobalExemplar | pb::DesignationKind::NationalExemplar),
        kind: if wanted == pb::DesignationKind::InternationalPartner {
            "exemplar-partner"
        } else {
            "exemplar-follower"
        },
        wanted: WANTED.into_iter().map(|(other, kind)| choice(&visit, other, kind, other == slug)).collect(),
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

/// One kind of partner to look for: its name, where its suggestions are, and whether they are shown.
fn choice(visit: &Visit, slug: &str, kind: pb::DesignationKind, shown: bool) -> (String, String, bool) {
    let address = visit.params.without("wanted", None).with("wanted", slug);
    (words::title::<pb::DesignationKind>(kind.into()), format!("/partners{}", address.query()), shown)
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
