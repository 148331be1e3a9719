//! Rows of what follows an acceptance: the life of pairings, agreements, milestones, money, the picture.

use exemplar_proto::network::v1 as network;
use prost::Message as _;

use super::{Row, Scene};

pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let mut rows = steps(scene);
    rows.extend(progress(scene));
    rows.extend(money(scene));
    rows.push(("network.v1.NetworkViewService/GetNetwork", network::GetNetworkRequest::default().encode_to_vec()));
    rows
}

fn steps(scene: &Scene) -> Vec<Row> {
    let (name, etag, reason) = (|| scene.pairing.clone(), || "v999".to_owned(), || "because".to_owned());
    macro_rules! step {
        ($path:literal, $request:ident { $($field:ident: $value:expr),* }) => {
            ($path, network::$request { name: name(), etag: etag(), $($field: $value,)* ..Default::default() }.encode_to_vec())
        };
    }
    let achieved = network::PairingOutcome::Achieved.into();
    let active = network::PairingState::Active.into();
    let group = network::GroupPairingsRequest {
        pairings: vec![name(), format!("pairings/{}", uuid::Uuid::nil())],
        display_name: "X".into(),
        ..Default::default()
    };
    let csv = b"exemplar,partner,kind,proposed,source\n".to_vec();
    let import = network::ImportPairingsRequest { csv, validate_only: true, ..Default::default() };
    vec![
        step!("network.v1.PairingService/CounterPairing", CounterPairingRequest {}),
        step!("network.v1.PairingService/ActivatePairing", ActivatePairingRequest {}),
        step!("network.v1.PairingService/PausePairing", PausePairingRequest { reason: reason() }),
        step!("network.v1.PairingService/ResumePairing", ResumePairingRequest {}),
        step!(
            "network.v1.PairingService/CompletePairing",
            CompletePairingRequest { outcome: achieved, reason: reason() }
        ),
        step!("network.v1.PairingService/EndPairing", EndPairingRequest { reason: reason() }),
        step!("network.v1.PairingService/OverridePairing", OverridePairingRequest { state: active, reason: reason() }),
        ("network.v1.PairingService/GroupPairings", group.encode_to_vec()),
        (
            "network.v1.PairingService/ListPairingSteps",
            network::ListPairingStepsRequest { name: name(), ..Default::default() }.encode_to_vec(),
        ),
        ("network.v1.PairingService/ListPriorities", network::ListPrioritiesRequest::default().encode_to_vec()),
        ("network.v1.PairingService/ImportPairings", import.encode_to_vec()),
        ("network.v1.PairingService/DownloadPairings", network::DownloadPairingsRequest::default().encode_to_vec()),
    ]
}

fn progress(scene: &Scene) -> Vec<Row> {
    let (pairing, organisation) = (|| scene.pairing.clone(), || "organisations/RGT".to_owned());
    let (etag, request_id) = ("v999".to_owned(), String::new());
    let draft = network::DraftAgreementRequest {
        pairing: pairing(),
        organisation: organisation(),
        text: "X".into(),
        etag: etag.clone(),
        request_id: request_id.clone(),
    };
    let sign = network::SignAgreementRequest {
        pairing: pairing(),
        revision: 1,
        organisation: organisation(),
        etag,
        request_id,
    };
    let milestone = network::Milestone {
        title: "X".into(),
        owner: network::PairingSide::Exemplar.into(),
        due_date: "2018-12-31".into(),
        ..Default::default()
    };
    let add = network::AddMilestoneRequest { pairing: pairing(), milestone: Some(milestone), ..Default::default() };
    let complete =
        network::CompleteMilestoneRequest { pairing: pairing(), number: 1, evidence: "X".into(), ..Default::default() };
    let drop =
        network::DropMilestoneRequest { pairing: pairing(), number: 1, reason: "X".into(), ..Default::default() };
    let said = network::CheckIn { organisation: organisation(), note: "X".into(), ..Default::default() };
    let check_in = network::RecordCheckInRequest { pairing: pairing(), check_in: Some(said), ..Default::default() };
    vec![
        ("network.v1.AgreementService/DraftAgreement", draft.encode_to_vec()),
        ("network.v1.AgreementService/SignAgreement", sign.encode_to_vec()),
        (
            "network.v1.AgreementService/ListAgreements",
            network::ListAgreementsRequest { pairing: pairing(), ..Default::default() }.encode_to_vec(),
        ),
        ("network.v1.MilestoneService/AddMilestone", add.encode_to_vec()),
        ("network.v1.MilestoneService/CompleteMilestone", complete.encode_to_vec()),
        ("network.v1.MilestoneService/DropMilestone", drop.encode_to_vec()),
        (
            "network.v1.MilestoneService/ListMilestones",
            network::ListMilestonesRequest { pairing: pairing(), ..Default::default() }.encode_to_vec(),
        ),
        ("network.v1.MilestoneService/RecordCheckIn", check_in.encode_to_vec()),
        (
            "network.v1.MilestoneService/ListCheckIns",
            network::ListCheckInsRequest { pairing: pairing(), ..Default::default() }.encode_to_vec(),
        ),
    ]
}

fn money(scene: &Scene) -> Vec<Row> {
    let award = || scene.award.clone();
    let pounds = || Some(network::Money { minor_units: 1, currency: "GBP".into() });
    let source = || Some(network::Source { text: "X".into(), date: "2017-09-01".into() });
    // Refused after the authorisation: the parts are not the cap, the tranche is more than it, the currency another.
    let parts = network::Award {
        organisations: vec!["organisations/RGT".into()],
        cap: pounds(),
        capital: pounds(),
        revenue: pounds(),
        source: source(),
        ..Default::default()
    };
    let tranche = network::Tranche {
        kind: network::TrancheKind::Upfront.into(),
        amount: Some(network::Money { minor_units: i64::MAX, currency: "GBP".into() }),
        source: source(),
        ..Default::default()
    };
    let matched = network::Match {
        organisation: "organisations/RGT".into(),
        amount: Some(network::Money { minor_units: 1, currency: "EUR".into() }),
        source: source(),
        ..Default::default()
    };
    let plan = network::PlanTrancheRequest { award: award(), tranche: Some(tranche), ..Default::default() };
    let approve = network::ApproveTrancheRequest { award: award(), number: 9, ..Default::default() };
    let pay = network::PayTrancheRequest { award: award(), number: 9, reference: "X".into(), ..Default::default() };
    let cancel = network::CancelTrancheRequest { award: award(), number: 9, reason: "X".into(), ..Default::default() };
    let beside = network::RecordMatchRequest { award: award(), r#match: Some(matched), ..Default::default() };
    vec![
        (
            "network.v1.FundingService/CreateAward",
            network::CreateAwardRequest { award: Some(parts), ..Default::default() }.encode_to_vec(),
        ),
        ("network.v1.FundingService/PlanTranche", plan.encode_to_vec()),
        ("network.v1.FundingService/ApproveTranche", approve.encode_to_vec()),
        ("network.v1.FundingService/PayTranche", pay.encode_to_vec()),
        ("network.v1.FundingService/CancelTranche", cancel.encode_to_vec()),
        ("network.v1.FundingService/RecordMatch", beside.encode_to_vec()),
        ("network.v1.FundingService/GetAward", network::GetAwardRequest { name: award() }.encode_to_vec()),
        ("network.v1.FundingService/ListAwards", network::ListAwardsRequest::default().encode_to_vec()),
    ]
}
