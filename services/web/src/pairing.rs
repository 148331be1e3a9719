//! A pairing's page: where it stands, its milestones, agreement and timeline; and the verbs of its two sides.

use askama::Template;
use axum::extract::Path;
use exemplar_kernel::{OrganisationId, Role};
use exemplar_proto::network::v1 as pb;
use http::StatusCode;

use crate::fault::{Answer, Fault, seen};
use crate::frame::{Area, Frame, page};
use crate::network::health;
use crate::session::see_other;
use crate::visit::{Form, Visit};
use crate::words;

#[derive(Template)]
#[template(path = "pairing.html")]
struct Shown {
    frame: Frame,
    id: String,
    exemplar: String,
    partner: String,
    state: String,
    kind: String,
    mode: String,
    message: String,
    reason: String,
    source: String,
    health: &'static str,
    colour: &'static str,
    reasons: Vec<String>,
    milestones: Vec<Milestone>,
    agreement: Option<Agreement>,
    steps: Vec<Step>,
    awards: Vec<Award>,
    etag: String,
    form_id: String,
    answers: bool,
    signs: Vec<String>,
    checks_in: Vec<String>,
}

struct Milestone {
    title: String,
    owner: String,
    due: String,
    state: String,
    evidence: String,
}

struct Agreement {
    revision: i32,
    text: String,
    signed: Vec<(String, String)>,
    missing: Vec<String>,
}

struct Award {
    title: String,
    cap: String,
    paid: String,
    beside: String,
    tranches: Vec<(String, String, String, String)>,
}

struct Step {
    text: String,
    date: String,
    by: String,
    note: String,
}

/// `GET /pairings/{id}`.
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Answer {
    let name = format!("pairings/{id}");
    let request = pb::GetPairingRequest { name: name.clone() };
    let answer = visit.api.pairings().get_pairing(request).await?.into_inner();
    let pairing = answer.pairing.unwrap_or_default();
    let report = answer.health.unwrap_or_default();
    let (milestones, agreement, steps) = inside(&visit, &name).await?;
    let request =
        pb::ListAwardsRequest { filter: format!("pairing = \"{name}\""), page_size: 20, ..Default::default() };
    let awards = seen(visit.api.funding().list_awards(request).await)?.unwrap_or_default().awards;
    let (exemplar, partner) = (words::last(&pairing.exemplar).to_owned(), words::last(&pairing.partner).to_owned());
    let sides = |role: Role| {
        let held = visit.organisations(role).into_iter().map(|one| one.code().to_owned());
        held.filter(|code| *code == exemplar || *code == partner).collect::<Vec<_>>()
    };
    let proposed = pairing.state == i32::from(pb::PairingState::Proposed);
    let by = words::last(&pairing.proposer).to_owned();
    let answers = proposed && sides(Role::Lead).iter().any(|code| *code != by);
    let signs = sides(Role::Approver);
    let missing = agreement.as_ref().map(|one| one.missing.clone()).unwrap_or_default();
    let (well, colour) = health(report.health);
    Ok(page(&Shown {
        frame: visit.frame(&format!("{exemplar} with {partner}"), Area::Network),
        id,
        state: words::title::<pb::PairingState>(pairing.state),
        kind: words::title::<pb::PairingKind>(pairing.kind),
        mode: words::title::<pb::PairingMode>(pairing.mode),
        message: pairing.message,
        reason: pairing.reason,
        source: pairing.source,
        health: well,
        colour,
        reasons: report.reasons,
        milestones,
        signs: signs.into_iter().filter(|code| missing.contains(code)).collect(),
        checks_in: sides(Role::Lead),
        agreement,
        steps,
        awards: awards.into_iter().map(award).collect(),
        etag: pairing.etag,
        form_id: visit.form_id(),
        answers,
        exemplar,
        partner,
    }))
}

/// What only the two sides and the programme see; others get a page without it.
async fn inside(visit: &Visit, name: &str) -> Result<(Vec<Milestone>, Option<Agreement>, Vec<Step>), Fault> {
    let request = pb::ListMilestonesRequest { pairing: name.to_owned(), page_size: 50, ..Default::default() };
    let milestones = seen(visit.api.milestones().list_milestones(request).await)?.unwrap_or_default().milestones;
    let request = pb::ListAgreementsRequest { pairing: name.to_owned(), page_size: 1, ..Default::default() };
    let agreements = seen(visit.api.agreements().list_agreements(request).await)?.unwrap_or_default().agreements;
    let request = pb::ListPairingStepsRequest { name: name.to_owned(), page_size: 100, ..Default::default() };
    let steps = seen(visit.api.pairings().list_pairing_steps(request).await)?.unwrap_or_default().steps;
    Ok((
        milestones.into_iter().map(milestone).collect(),
        agreements.into_iter().next().map(agreement),
        steps.into_iter().map(step).collect(),
    ))
}

fn milestone(one: pb::Milestone) -> Milestone {
    let owner = words::last(&one.organisation).to_owned();
    Milestone {
        title: one.title,
        owner: if owner.is_empty() { words::title::<pb::PairingSide>(one.owner) } else { owner },
        due: words::day_in_words(&one.due_date),
        state: words::title::<pb::MilestoneState>(one.state),
        evidence: one.evidence,
    }
}

fn agreement(one: pb::Agreement) -> Agreement {
    let signature = |signature: pb::Signature| {
        (words::last(&signature.organisation).to_owned(), words::day_of(signature.sign_time.as_ref()))
    };
    Agreement {
        revision: one.revision,
        text: one.text,
        signed: one.signatures.into_iter().map(signature).collect(),
        missing: one.missing.iter().map(|name| words::last(name).to_owned()).collect(),
    }
}

fn award(one: pb::Award) -> Award {
    let tranche = |part: &pb::Tranche| {
        let (kind, state) = (words::title::<pb::TrancheKind>(part.kind), words::title::<pb::TrancheState>(part.state));
        (format!("{}. {kind}", part.number), words::money(part.amount.as_ref()), state, part.blocked_by.join("; "))
    };
    let receivers: Vec<_> = one.organisations.iter().map(|name| words::last(name)).collect();
    Award {
        title: format!("{}: {}", receivers.join(" and "), words::word::<pb::AwardTrack>(one.track)),
        cap: words::money(one.cap.as_ref()),
        paid: words::money(one.paid_total.as_ref()),
        beside: words::money(one.match_total.as_ref()),
        tranches: one.tranches.iter().map(tranche).collect(),
    }
}

fn step(step: pb::PairingStep) -> Step {
    Step {
        text: words::capital(&step.step.to_lowercase().replace(['_', '-'], " ")),
        date: words::day_of(step.record_time.as_ref()),
        by: words::last(&step.organisation).to_owned(),
        note: step.note,
    }
}

/// `POST /pairings`: proposes one; the form says who is the exemplar.
pub(crate) async fn propose(visit: Visit, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let name = |field: &str| format!("organisations/{}", typed.text(field));
    let request = pb::ProposePairingRequest {
        exemplar: name("exemplar"),
        partner: name("partner"),
        proposer: name("proposer"),
        kind: words::of_slug::<pb::PairingKind>(typed.text("kind")).unwrap_or_default(),
        mode: words::of_slug::<pb::PairingMode>(typed.text("mode")).unwrap_or_default(),
        message: typed.text("message").to_owned(),
        request_id: typed.text("form").to_owned(),
    };
    let pairing = visit.api.pairings().propose_pairing(request).await?.into_inner().pairing.unwrap_or_default();
    Ok(see_other(&format!("/{}?done=proposed", pairing.name)))
}

/// `POST /pairings/{id}/accept`.
pub(crate) async fn accept(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let (etag, request_id) = (typed.text("etag").to_owned(), typed.text("form").to_owned());
    let request = pb::AcceptPairingRequest { name: format!("pairings/{id}"), etag, request_id };
    visit.api.pairings().accept_pairing(request).await?;
    Ok(see_other(&format!("/pairings/{id}?done=accepted")))
}

/// `POST /pairings/{id}/decline`.
pub(crate) async fn decline(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let (etag, request_id) = (typed.text("etag").to_owned(), typed.text("form").to_owned());
    let reason = typed.text("reason").to_owned();
    let request = pb::DeclinePairingRequest { name: format!("pairings/{id}"), reason, etag, request_id };
    visit.api.pairings().decline_pairing(request).await?;
    Ok(see_other(&format!("/pairings/{id}?done=declined")))
}

/// `POST /pairings/{id}/check-ins`.
pub(crate) async fn check_in(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let visits = match typed.text("visits") {
        "" => 0,
        number => number.parse().map_err(|_| Fault::new(StatusCode::BAD_REQUEST, "Visits must be a number."))?,
    };
    let organisation = OrganisationId::from_code(typed.text("organisation"));
    let organisation = organisation.map_err(|_| Fault::new(StatusCode::BAD_REQUEST, "Say for which organisation."))?;
    let check_in = pb::CheckIn {
        organisation: organisation.to_string(),
        note: typed.text("note").to_owned(),
        visits,
        ..Default::default()
    };
    let request = pb::RecordCheckInRequest {
        pairing: format!("pairings/{id}"),
        check_in: Some(check_in),
        request_id: typed.text("form").to_owned(),
    };
    visit.api.milestones().record_check_in(request).await?;
    Ok(see_other(&format!("/pairings/{id}?done=checked-in")))
}

/// `POST /pairings/{id}/sign`.
pub(crate) async fn sign(visit: Visit, Path(id): Path<String>, Form(typed): Form) -> Answer {
    visit.signed_in()?;
    let request = pb::SignAgreementRequest {
        pairing: format!("pairings/{id}"),
        revision: typed.text("revision").parse().unwrap_or_default(),
        organisation: format!("organisations/{}", typed.text("organisation")),
        etag: typed.text("etag").to_owned(),
        request_id: typed.text("form").to_owned(),
    };
    visit.api.agreements().sign_agreement(request).await?;
    Ok(see_other(&format!("/pairings/{id}?done=signed")))
}
