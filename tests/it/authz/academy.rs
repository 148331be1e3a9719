//! The academy's rows: applications, timetables, steps of an enrolment, sheets, marking, rulings, counts.

use exemplar_proto::academy::v1 as pb;
use prost::Message as _;

use super::{Row, Scene};

pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let reason = || "because".to_owned();
    let (cohort, enrolment) = (|| scene.cohort.clone(), || scene.enrolment.clone());
    let id = |collection: &str| format!("{collection}/00000000-0000-0000-0000-000000000001");
    let mut rows: Vec<Row> = Vec::new();
    let mut row = |path: &'static str, message: Vec<u8>| rows.push((path, message));
    row("academy.v1.CurriculumService/ListCompetencies", pb::ListCompetenciesRequest::default().encode_to_vec());
    let changed =
        pb::Cohort { name: cohort(), title: "Cohort".into(), places: 5, automatic_score: 17, ..Default::default() };
    row(
        "academy.v1.CohortService/UpdateCohort",
        pb::UpdateCohortRequest { cohort: Some(changed), etag: "v999".into(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.CohortService/SetCohortStaff",
        pb::SetCohortStaffRequest {
            cohort: cohort(),
            staff: vec![pb::CohortStaff {
                person: id("people"),
                role: pb::CohortRole::Tutor.into(),
                ..Default::default()
            }],
            ..Default::default()
        }
        .encode_to_vec(),
    );
    row(
        "academy.v1.CohortService/ListCohortStaff",
        pb::ListCohortStaffRequest { cohort: cohort(), ..Default::default() }.encode_to_vec(),
    );
    let session = pb::TeachingSession {
        code: "M1".into(),
        title: "X".into(),
        kind: pb::TeachingSessionKind::Class.into(),
        date: "2018-05-01".into(),
        duration_minutes: 60,
        ..Default::default()
    };
    row(
        "academy.v1.CohortService/ScheduleSessions",
        pb::ScheduleSessionsRequest { cohort: cohort(), sessions: vec![session], ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.CohortService/ListTeachingSessions",
        pb::ListTeachingSessionsRequest { cohort: cohort(), ..Default::default() }.encode_to_vec(),
    );
    application_rows(scene, &mut row);
    row(
        "academy.v1.EnrolmentService/AcceptOffer",
        pb::AcceptOfferRequest { name: enrolment(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.EnrolmentService/DeclineOffer",
        pb::DeclineOfferRequest { name: enrolment(), reason: reason(), ..Default::default() }.encode_to_vec(),
    );
    let date = || "2030-01-01".to_owned();
    row(
        "academy.v1.EnrolmentService/InterruptEnrolment",
        pb::InterruptEnrolmentRequest { name: enrolment(), date: date(), reason: reason(), ..Default::default() }
            .encode_to_vec(),
    );
    row(
        "academy.v1.EnrolmentService/ResumeEnrolment",
        pb::ResumeEnrolmentRequest { name: enrolment(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.EnrolmentService/WithdrawEnrolment",
        pb::WithdrawEnrolmentRequest { name: enrolment(), date: date(), reason: reason(), ..Default::default() }
            .encode_to_vec(),
    );
    row(
        "academy.v1.EnrolmentService/CompleteEnrolment",
        pb::CompleteEnrolmentRequest { name: enrolment(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.EnrolmentService/TransferEnrolment",
        pb::TransferEnrolmentRequest { name: enrolment(), cohort: cohort(), reason: reason(), ..Default::default() }
            .encode_to_vec(),
    );
    row(
        "academy.v1.EnrolmentService/SetSponsor",
        pb::SetSponsorRequest { name: enrolment(), sponsor: id("people"), ..Default::default() }.encode_to_vec(),
    );
    record_rows(scene, &mut row);
    credential_rows(scene, &mut row);
    portfolio_rows(scene, &mut row);
    competency_rows(&mut row);
    row(
        "academy.v1.ReportService/GetEmployerCounts",
        pb::GetEmployerCountsRequest { organisation: "organisations/RGT".into() }.encode_to_vec(),
    );
    row("academy.v1.ReportService/GetNationalPicture", pb::GetNationalPictureRequest {}.encode_to_vec());
    row(
        "academy.v1.ReportService/ListOrganisationsWithout",
        pb::ListOrganisationsWithoutRequest::default().encode_to_vec(),
    );
    rows
}

fn credential_rows(scene: &Scene, row: &mut impl FnMut(&'static str, Vec<u8>)) {
    let name = || "qualifications/00000000-0000-0000-0000-000000000001".to_owned();
    let (enrolment, reason) = (|| scene.enrolment.clone(), || "So.".to_owned());
    row(
        "academy.v1.CredentialService/GetEligibility",
        pb::GetEligibilityRequest { enrolment: enrolment() }.encode_to_vec(),
    );
    row(
        "academy.v1.CredentialService/ProposeQualification",
        pb::ProposeQualificationRequest { enrolment: enrolment(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.CredentialService/ConfirmQualification",
        pb::ConfirmQualificationRequest { name: name(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.CredentialService/RefuseQualification",
        pb::RefuseQualificationRequest { name: name(), reason: reason(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.CredentialService/RevokeQualification",
        pb::RevokeQualificationRequest { name: name(), reason: reason(), ..Default::default() }.encode_to_vec(),
    );
    row("academy.v1.CredentialService/GetQualification", pb::GetQualificationRequest { name: name() }.encode_to_vec());
    row("academy.v1.CredentialService/ListQualifications", pb::ListQualificationsRequest::default().encode_to_vec());
    row(
        "academy.v1.CredentialService/SetShown",
        pb::SetShownRequest { name: name(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.CredentialService/DownloadCertificate",
        pb::DownloadCertificateRequest { name: name() }.encode_to_vec(),
    );
    let by = Some(pb::check_credential_request::By::Code("7K3M-9QXT-2B4V-H8ND".into()));
    row("academy.v1.CredentialService/CheckCredential", pb::CheckCredentialRequest { by }.encode_to_vec());
}

fn application_rows(scene: &Scene, row: &mut impl FnMut(&'static str, Vec<u8>)) {
    let name = || "applications/00000000-0000-0000-0000-000000000001".to_owned();
    let application = pb::Application {
        cohort: scene.cohort.clone(),
        organisation: "organisations/RGT".into(),
        profession: "CCIO".into(),
        answers: vec!["An answer.".into(); 4],
        ..Default::default()
    };
    row(
        "academy.v1.ApplicationService/SubmitApplication",
        pb::SubmitApplicationRequest { application: Some(application), ..Default::default() }.encode_to_vec(),
    );
    let sponsorship = Some(pb::Sponsorship { statement: "So.".into(), ..Default::default() });
    row(
        "academy.v1.ApplicationService/SponsorApplication",
        pb::SponsorApplicationRequest { name: name(), sponsorship, ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.ApplicationService/ScoreApplication",
        pb::ScoreApplicationRequest { name: name(), points: vec![1; 4], ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.ApplicationService/ModerateApplication",
        pb::ModerateApplicationRequest { name: name(), score: 5, note: "So.".into(), ..Default::default() }
            .encode_to_vec(),
    );
    row(
        "academy.v1.ApplicationService/WithdrawApplication",
        pb::WithdrawApplicationRequest { name: name(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.ApplicationService/CarryApplication",
        pb::CarryApplicationRequest { name: name(), cohort: scene.cohort.clone(), ..Default::default() }
            .encode_to_vec(),
    );
    row(
        "academy.v1.ApplicationService/SelectApplicants",
        pb::SelectApplicantsRequest { cohort: scene.cohort.clone(), validate_only: true, ..Default::default() }
            .encode_to_vec(),
    );
    row("academy.v1.ApplicationService/GetApplication", pb::GetApplicationRequest { name: name() }.encode_to_vec());
    row(
        "academy.v1.ApplicationService/ListApplications",
        pb::ListApplicationsRequest { cohort: scene.cohort.clone(), ..Default::default() }.encode_to_vec(),
    );
}

fn record_rows(scene: &Scene, row: &mut impl FnMut(&'static str, Vec<u8>)) {
    let (cohort, enrolment) = (|| scene.cohort.clone(), || scene.enrolment.clone());
    let result = || "results/00000000-0000-0000-0000-000000000001".to_owned();
    // A watch that is granted would not end.
    let nowhere = "cohorts/00000000-0000-0000-0000-000000000001".to_owned();
    row("academy.v1.RecordService/WatchCohort", pb::WatchCohortRequest { cohort: nowhere }.encode_to_vec());
    row(
        "academy.v1.RecordService/DownloadStandings",
        pb::DownloadStandingsRequest { cohort: cohort(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/SecondMarkResult",
        pb::SecondMarkResultRequest { name: result(), mark: 50, ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/ModerateResult",
        pb::ModerateResultRequest { name: result(), mark: 50, note: "So.".into(), ..Default::default() }
            .encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/ReleaseResults",
        pb::ReleaseResultsRequest { cohort: cohort(), module: "M9".into(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/RecordAttendance",
        pb::RecordAttendanceRequest {
            enrolment: enrolment(),
            session: "S9".into(),
            presence: pb::Presence::Present.into(),
            ..Default::default()
        }
        .encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/SendApologies",
        pb::SendApologiesRequest {
            enrolment: enrolment(),
            session: "S9".into(),
            reason: "On call.".into(),
            ..Default::default()
        }
        .encode_to_vec(),
    );
    let ruling = pb::Ruling {
        kind: pb::RulingKind::Override.into(),
        subject: "M9".into(),
        reason: "So.".into(),
        ..Default::default()
    };
    row(
        "academy.v1.RecordService/MakeRuling",
        pb::MakeRulingRequest { enrolment: enrolment(), ruling: Some(ruling), ..Default::default() }.encode_to_vec(),
    );
    let source = Some(pb::enter_sheet_request::Source::File(b"name\nX\n".to_vec()));
    row(
        "academy.v1.RecordService/EnterSheet",
        pb::EnterSheetRequest { cohort: cohort(), source, ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/DownloadSheet",
        pb::DownloadSheetRequest { cohort: cohort(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/ImportEntries",
        pb::ImportEntriesRequest { file: b"name\nX\n".to_vec(), validate_only: true }.encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/ListBatches",
        pb::ListBatchesRequest { cohort: cohort(), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.RecordService/UndoBatch",
        pb::UndoBatchRequest {
            name: "batches/00000000-0000-0000-0000-000000000001".into(),
            reason: "So.".into(),
            ..Default::default()
        }
        .encode_to_vec(),
    );
}

fn portfolio_rows(scene: &Scene, row: &mut impl FnMut(&'static str, Vec<u8>)) {
    let enrolment = || scene.enrolment.clone();
    let name = || "journalEntries/00000000-0000-0000-0000-000000000001".to_owned();
    let kind = pb::DocumentKind::Project.into();
    let document = pb::PortfolioDocument { enrolment: enrolment(), kind, title: "X".into(), ..Default::default() };
    row(
        "academy.v1.PortfolioService/WriteDocument",
        pb::WriteDocumentRequest { document: Some(document), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.PortfolioService/AgreeDocument",
        pb::AgreeDocumentRequest { enrolment: enrolment(), kind, revision: 99, ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.PortfolioService/ListDocuments",
        pb::ListDocumentsRequest { enrolment: enrolment(), kind, ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.PortfolioService/GetProjectLink",
        pb::GetProjectLinkRequest { enrolment: enrolment() }.encode_to_vec(),
    );
    row(
        "academy.v1.PortfolioService/LinkProject",
        pb::LinkProjectRequest {
            enrolment: enrolment(),
            adoption: "adoptions/00000000-0000-0000-0000-000000000001".into(),
            ..Default::default()
        }
        .encode_to_vec(),
    );
    row(
        "academy.v1.PortfolioService/DraftProject",
        pb::DraftProjectRequest { enrolment: enrolment(), ..Default::default() }.encode_to_vec(),
    );
    let entry = pb::JournalEntry {
        name: name(),
        enrolment: enrolment(),
        date: "2018-05-01".into(),
        title: "X".into(),
        ..Default::default()
    };
    row(
        "academy.v1.PortfolioService/CreateJournalEntry",
        pb::CreateJournalEntryRequest { entry: Some(entry.clone()), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.PortfolioService/UpdateJournalEntry",
        pb::UpdateJournalEntryRequest { entry: Some(entry), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.PortfolioService/ShareJournalEntry",
        pb::ShareJournalEntryRequest { name: name(), shared: true, ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.PortfolioService/DeleteJournalEntry",
        pb::DeleteJournalEntryRequest { name: name(), ..Default::default() }.encode_to_vec(),
    );
    row("academy.v1.PortfolioService/GetJournalEntry", pb::GetJournalEntryRequest { name: name() }.encode_to_vec());
    row(
        "academy.v1.PortfolioService/ListJournalEntries",
        pb::ListJournalEntriesRequest { enrolment: enrolment(), ..Default::default() }.encode_to_vec(),
    );
}

fn competency_rows(row: &mut impl FnMut(&'static str, Vec<u8>)) {
    let name = || "evidence/00000000-0000-0000-0000-000000000001".to_owned();
    let kind = pb::EvidenceKind::Network.into();
    let competencies = vec!["FCI-1".to_owned()];
    let evidence = pb::Evidence { kind, competencies, source_sequence: 1, ..Default::default() };
    row(
        "academy.v1.CompetencyService/AddEvidence",
        pb::AddEvidenceRequest { evidence: Some(evidence), ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.CompetencyService/DecideEvidence",
        pb::DecideEvidenceRequest { name: name(), accepted: true, ..Default::default() }.encode_to_vec(),
    );
    row(
        "academy.v1.CompetencyService/WithdrawEvidence",
        pb::WithdrawEvidenceRequest { name: name(), ..Default::default() }.encode_to_vec(),
    );
    row("academy.v1.CompetencyService/ListEvidence of all", pb::ListEvidenceRequest::default().encode_to_vec());
    row("academy.v1.CompetencyService/ListSuggestions", pb::ListSuggestionsRequest::default().encode_to_vec());
    row("academy.v1.CompetencyService/GetCompetencyView", pb::GetCompetencyViewRequest::default().encode_to_vec());
}
