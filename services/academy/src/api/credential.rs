//! `CredentialService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, PersonId, Timestamp, Violations, day, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::credential_service_server::CredentialService;
use tonic::{Request, Response, Status};

use super::{Api, certificate, convert, words};
use crate::Error;
use crate::model::credential::{Code, Credential, Shown};
use crate::model::enrolment::EnrolmentId;
use crate::model::qualification::{Condition, QualificationId};
use crate::service::checks::{CheckBy, Checked};
use crate::service::credentials::Qualified;

/// A document at the most, in characters.
const MAX_DOCUMENT: usize = 16_384;

#[tonic::async_trait]
impl CredentialService for Api {
    async fn get_eligibility(
        &self,
        request: Request<pb::GetEligibilityRequest>,
    ) -> Result<Response<pb::GetEligibilityResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("enrolment", EnrolmentId::parse(&message.enrolment));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let eligibility = self.0.eligibility(&caller, id).await?;
        let eligible = eligibility.is_eligible();
        let conditions = eligibility.conditions.into_iter().map(condition).collect();
        Ok(Response::new(pb::GetEligibilityResponse { eligible, conditions }))
    }

    async fn propose_qualification(
        &self,
        request: Request<pb::ProposeQualificationRequest>,
    ) -> Result<Response<pb::ProposeQualificationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("enrolment", EnrolmentId::parse(&message.enrolment));
        let until = day::parse(&mut violations, "valid_until_date", &message.valid_until_date);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.propose_qualification(&caller, id, until, key).await?;
        let (qualification, sequence) = (Some(self.qualification(written.value)), written.sequence);
        Ok(Response::new(pb::ProposeQualificationResponse { qualification, sequence }))
    }

    async fn confirm_qualification(
        &self,
        request: Request<pb::ConfirmQualificationRequest>,
    ) -> Result<Response<pb::ConfirmQualificationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = named(violations, &message.name)?;
        let written = self.0.confirm_qualification(&caller, id, key).await?;
        let (qualification, sequence) = (Some(self.qualification(written.value)), written.sequence);
        Ok(Response::new(pb::ConfirmQualificationResponse { qualification, sequence }))
    }

    async fn refuse_qualification(
        &self,
        request: Request<pb::RefuseQualificationRequest>,
    ) -> Result<Response<pb::RefuseQualificationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let reason = violations.text("reason", &message.reason, 1..=500);
        let id = named(violations, &message.name)?;
        let written = self.0.refuse_qualification(&caller, id, reason, key).await?;
        let (qualification, sequence) = (Some(self.qualification(written.value)), written.sequence);
        Ok(Response::new(pb::RefuseQualificationResponse { qualification, sequence }))
    }

    async fn revoke_qualification(
        &self,
        request: Request<pb::RevokeQualificationRequest>,
    ) -> Result<Response<pb::RevokeQualificationResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let reason = violations.text("reason", &message.reason, 1..=500);
        let id = named(violations, &message.name)?;
        let written = self.0.revoke_qualification(&caller, id, reason, key).await?;
        let (qualification, sequence) = (Some(self.qualification(written.value)), written.sequence);
        Ok(Response::new(pb::RevokeQualificationResponse { qualification, sequence }))
    }

    async fn get_qualification(
        &self,
        request: Request<pb::GetQualificationRequest>,
    ) -> Result<Response<pb::GetQualificationResponse>, Status> {
        let (caller, message) = request::open(request);
        let id = named(Violations::new(), &message.name)?;
        let found = self.0.qualification(&caller, id).await?;
        Ok(Response::new(pb::GetQualificationResponse { qualification: Some(self.qualification(found)) }))
    }

    async fn list_qualifications(
        &self,
        request: Request<pb::ListQualificationsRequest>,
    ) -> Result<Response<pb::ListQualificationsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let state = words::optional(&mut violations, "state", message.state);
        let query = ["qualifications", &message.state.to_string()];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.list_qualifications(&caller, state, &paging).await?;
        let page = page.map(|found| self.qualification(found));
        Ok(Response::new(pb::ListQualificationsResponse { qualifications: page.items, next_page_token: page.next }))
    }

    async fn set_shown(&self, request: Request<pb::SetShownRequest>) -> Result<Response<pb::SetShownResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        violations.at_most("shown", &message.shown, Shown::ALL.len());
        let shown = message.shown.iter().filter_map(|word| words::required(&mut violations, "shown", *word)).collect();
        let id = named(violations, &message.name)?;
        let written = self.0.set_shown(&caller, id, shown, key).await?;
        let (qualification, sequence) = (Some(self.qualification(written.value)), written.sequence);
        Ok(Response::new(pb::SetShownResponse { qualification, sequence }))
    }

    async fn download_certificate(
        &self,
        request: Request<pb::DownloadCertificateRequest>,
    ) -> Result<Response<pb::DownloadCertificateResponse>, Status> {
        let (caller, message) = request::open(request);
        let id = named(Violations::new(), &message.name)?;
        let found = self.0.qualification(&caller, id).await?;
        let html = certificate::of(&found, self.0.issuer())?;
        Ok(Response::new(pb::DownloadCertificateResponse { html: html.into_bytes() }))
    }

    async fn check_credential(
        &self,
        request: Request<pb::CheckCredentialRequest>,
    ) -> Result<Response<pb::CheckCredentialResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let by = match message.by {
            None => {
                violations.add("by", "is missing: say the code or the document");
                return Err(violations.refuse().into());
            }
            // What is no code is no code of ours.
            Some(pb::check_credential_request::By::Code(code)) => {
                CheckBy::Code(Code::parse(&code).ok_or(Error::CredentialNotFound)?)
            }
            Some(pb::check_credential_request::By::Document(document)) => {
                let document = violations.text("document", document.trim(), 1..=MAX_DOCUMENT);
                violations.check()?;
                CheckBy::Document(document)
            }
        };
        Ok(Response::new(checked(self.0.check_credential(by).await?)))
    }
}

impl Api {
    fn qualification(&self, qualified: Qualified) -> pb::Qualification {
        let Qualified { qualification, credential } = qualified;
        let person = |person: Option<PersonId>| person.map(|person| person.to_string()).unwrap_or_default();
        pb::Qualification {
            name: qualification.id.to_string(),
            enrolment: qualification.enrolment.to_string(),
            learner: qualification.learner.to_string(),
            learner_display_name: qualification.learner_name,
            organisation: qualification.organisation.to_string(),
            curriculum: qualification.curriculum.to_string(),
            title: qualification.title,
            credits: qualification.credits,
            state: pb::QualificationState::from(qualification.state).into(),
            proposed_by: person(qualification.proposed_by),
            propose_time: Some(qualification.proposed.into()),
            decided_by: person(qualification.decided_by),
            decide_time: qualification.decided.map(Into::into),
            reason: qualification.reason,
            valid_until_date: convert::day(qualification.valid_until),
            credential: credential.map(|credential| self.credential(credential)),
        }
    }

    fn credential(&self, credential: Credential) -> pb::Credential {
        let status = credential.status(self.0.now());
        pb::Credential {
            name: credential.id.to_string(),
            code: credential.code.to_string(),
            check_uri: self.0.issuer().check_address(&credential.code),
            status: pb::CredentialStatus::from(status).into(),
            issue_time: Some(credential.issued.into()),
            expire_time: credential.expires.map(|expires: Timestamp| expires.into()),
            shown: credential.shown.into_iter().map(|shown| pb::Shown::from(shown).into()).collect(),
            document: credential.document,
        }
    }
}

fn named(mut violations: Violations, name: &str) -> Result<QualificationId, Status> {
    let id = violations.take("name", QualificationId::parse(name));
    id.filter(|_| violations.is_empty()).ok_or_else(|| violations.refuse().into())
}

fn condition(condition: Condition) -> pb::Condition {
    let Condition { subject, met, reason } = condition;
    pb::Condition { subject, met, reason }
}

fn checked(checked: Checked) -> pb::CheckCredentialResponse {
    pb::CheckCredentialResponse {
        status: pb::CredentialStatus::from(checked.status).into(),
        holder_display_name: checked.name.unwrap_or_default(),
        title: checked.title.unwrap_or_default(),
        award_date: convert::day(checked.date),
        organisation_display_name: checked.organisation.unwrap_or_default(),
    }
}
