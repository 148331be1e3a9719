//! `PortfolioService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Etag, Paging, PersonId, Principal, Violations, Written, day, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::portfolio_service_server::PortfolioService;
use tonic::{Request, Response, Status};

use super::{Api, convert, words};
use crate::model::enrolment::EnrolmentId;
use crate::model::journal::{JournalEntry, JournalEntryId, MAX_ENTRY, WriteEntry};
use crate::model::portfolio::{Aim, Document, MAX_AIMS, MAX_BODY, ProjectLink, WriteDocument};

#[tonic::async_trait]
impl PortfolioService for Api {
    async fn write_document(
        &self,
        request: Request<pb::WriteDocumentRequest>,
    ) -> Result<Response<pb::WriteDocumentResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let write = typed_document(&mut violations, message.document.unwrap_or_default());
        let Some(write) = write.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let Written { value, sequence } = self.0.write_document(&caller, write, key).await?;
        Ok(Response::new(pb::WriteDocumentResponse { document: Some(document(value)), sequence }))
    }

    async fn agree_document(
        &self,
        request: Request<pb::AgreeDocumentRequest>,
    ) -> Result<Response<pb::AgreeDocumentResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("enrolment", EnrolmentId::parse(&message.enrolment));
        let kind = words::required(&mut violations, "kind", message.kind);
        let (Some(id), Some(kind), true) = (id, kind, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let Written { value, sequence } = self.0.agree_document(&caller, id, kind, message.revision, key).await?;
        Ok(Response::new(pb::AgreeDocumentResponse { document: Some(document(value)), sequence }))
    }

    async fn list_documents(
        &self,
        request: Request<pb::ListDocumentsRequest>,
    ) -> Result<Response<pb::ListDocumentsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("enrolment", EnrolmentId::parse(&message.enrolment));
        let kind = words::required(&mut violations, "kind", message.kind);
        let query = ["documents", &message.enrolment, &message.kind.to_string()];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let (Some(id), Some(kind), true) = (id, kind, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let page = self.0.list_documents(&caller, id, kind, &paging).await?.map(document);
        Ok(Response::new(pb::ListDocumentsResponse { documents: page.items, next_page_token: page.next }))
    }

    async fn get_project_link(
        &self,
        request: Request<pb::GetProjectLinkRequest>,
    ) -> Result<Response<pb::GetProjectLinkResponse>, Status> {
        let (caller, message) = request::open(request);
        let id = enrolment(Violations::new(), &message.enrolment)?;
        let found = self.0.project_link(&caller, id).await?;
        Ok(Response::new(pb::GetProjectLinkResponse { link: Some(link(found)) }))
    }

    async fn link_project(
        &self,
        request: Request<pb::LinkProjectRequest>,
    ) -> Result<Response<pb::LinkProjectResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let adoption = violations.text("adoption", &message.adoption, 1..=100);
        let id = enrolment(violations, &message.enrolment)?;
        let Written { value, sequence } = self.0.link_project(&caller, id, adoption, key).await?;
        Ok(Response::new(pb::LinkProjectResponse { link: Some(link(value)), sequence }))
    }

    async fn draft_project(
        &self,
        request: Request<pb::DraftProjectRequest>,
    ) -> Result<Response<pb::DraftProjectResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = enrolment(violations, &message.enrolment)?;
        let Written { value, sequence } = self.0.draft_project(&caller, id, key).await?;
        Ok(Response::new(pb::DraftProjectResponse { link: Some(link(value)), sequence }))
    }

    async fn create_journal_entry(
        &self,
        request: Request<pb::CreateJournalEntryRequest>,
    ) -> Result<Response<pb::CreateJournalEntryResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let typed = message.entry.unwrap_or_default();
        let write = typed_entry(&mut violations, &typed);
        let id = violations.take("entry.enrolment", EnrolmentId::parse(&typed.enrolment));
        let (Some(write), Some(id), true) = (write, id, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let Written { value, sequence } = self.0.create_entry(&caller, id, write, key).await?;
        let entry = self.entry(&caller, value).await?;
        Ok(Response::new(pb::CreateJournalEntryResponse { entry, sequence }))
    }

    async fn update_journal_entry(
        &self,
        request: Request<pb::UpdateJournalEntryRequest>,
    ) -> Result<Response<pb::UpdateJournalEntryResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let expected = Expected::parse(&mut violations, &message.etag);
        let typed = message.entry.unwrap_or_default();
        let write = typed_entry(&mut violations, &typed);
        let id = violations.take("entry.name", JournalEntryId::parse(&typed.name));
        let (Some(write), Some(id), true) = (write, id, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let Written { value, sequence } = self.0.update_entry(&caller, id, write, expected, key).await?;
        let entry = self.entry(&caller, value).await?;
        Ok(Response::new(pb::UpdateJournalEntryResponse { entry, sequence }))
    }

    async fn share_journal_entry(
        &self,
        request: Request<pb::ShareJournalEntryRequest>,
    ) -> Result<Response<pb::ShareJournalEntryResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = entry_id(violations, &message.name)?;
        let Written { value, sequence } = self.0.share_entry(&caller, id, message.shared, key).await?;
        let entry = self.entry(&caller, value).await?;
        Ok(Response::new(pb::ShareJournalEntryResponse { entry, sequence }))
    }

    async fn delete_journal_entry(
        &self,
        request: Request<pb::DeleteJournalEntryRequest>,
    ) -> Result<Response<pb::DeleteJournalEntryResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = entry_id(violations, &message.name)?;
        let sequence = self.0.delete_entry(&caller, id, key).await?.sequence;
        Ok(Response::new(pb::DeleteJournalEntryResponse { sequence }))
    }

    async fn get_journal_entry(
        &self,
        request: Request<pb::GetJournalEntryRequest>,
    ) -> Result<Response<pb::GetJournalEntryResponse>, Status> {
        let (caller, message) = request::open(request);
        let id = entry_id(Violations::new(), &message.name)?;
        let entry = self.entry(&caller, id).await?;
        Ok(Response::new(pb::GetJournalEntryResponse { entry }))
    }

    async fn list_journal_entries(
        &self,
        request: Request<pb::ListJournalEntriesRequest>,
    ) -> Result<Response<pb::ListJournalEntriesResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let query = ["entries", &message.enrolment];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let id = enrolment(violations, &message.enrolment)?;
        let page = self.0.list_entries(&caller, id, &paging).await?.map(entry);
        Ok(Response::new(pb::ListJournalEntriesResponse { entries: page.items, next_page_token: page.next }))
    }
}

impl Api {
    async fn entry(&self, caller: &Principal, id: JournalEntryId) -> Result<Option<pb::JournalEntry>, Status> {
        Ok(Some(entry(self.0.journal_entry(caller, id).await?)))
    }
}

fn enrolment(mut violations: Violations, name: &str) -> Result<EnrolmentId, Status> {
    let id = violations.take("enrolment", EnrolmentId::parse(name));
    id.filter(|_| violations.is_empty()).ok_or_else(|| violations.refuse().into())
}

fn entry_id(mut violations: Violations, name: &str) -> Result<JournalEntryId, Status> {
    let id = violations.take("name", JournalEntryId::parse(name));
    id.filter(|_| violations.is_empty()).ok_or_else(|| violations.refuse().into())
}

fn typed_document(violations: &mut Violations, typed: pb::PortfolioDocument) -> Option<WriteDocument> {
    let enrolment = violations.take("document.enrolment", EnrolmentId::parse(&typed.enrolment));
    let kind = words::required(violations, "document.kind", typed.kind);
    let title = violations.text("document.title", &typed.title, 1..=200);
    let body = violations.text("document.body", &typed.body, 0..=MAX_BODY);
    violations.at_most("document.aims", &typed.aims, MAX_AIMS);
    let aims = typed.aims.iter().take(MAX_AIMS).enumerate().map(|(i, aim)| typed_aim(violations, i, aim)).collect();
    Some(WriteDocument { enrolment: enrolment?, kind: kind?, title, body, aims })
}

fn typed_aim(violations: &mut Violations, i: usize, typed: &pb::Aim) -> Aim {
    let at = |field: &str| format!("document.aims[{i}].{field}");
    Aim {
        aim: violations.text(&at("aim"), &typed.aim, 1..=500),
        measure: violations.text(&at("measure"), &typed.measure, 0..=500),
        baseline: violations.text(&at("baseline"), &typed.baseline, 0..=200),
        target: violations.text(&at("target"), &typed.target, 0..=200),
        due: day::parse(violations, &at("due_date"), &typed.due_date),
    }
}

fn typed_entry(violations: &mut Violations, typed: &pb::JournalEntry) -> Option<WriteEntry> {
    let date = day::required(violations, "entry.date", &typed.date);
    let title = violations.text("entry.title", &typed.title, 1..=200);
    let body = violations.text("entry.body", &typed.body, 0..=MAX_ENTRY);
    Some(WriteEntry { date: date?, title, body })
}

fn document(document: Document) -> pb::PortfolioDocument {
    let person = |person: Option<PersonId>| person.map(|person| person.to_string()).unwrap_or_default();
    pb::PortfolioDocument {
        enrolment: document.enrolment.to_string(),
        kind: pb::DocumentKind::from(document.kind).into(),
        revision: document.revision,
        agreed: document.is_agreed(),
        title: document.title,
        body: document.body,
        aims: document.aims.into_iter().map(aim).collect(),
        write_time: Some(document.written.into()),
        written_by: person(document.written_by),
        learner_agree_time: document.learner_agreed.map(Into::into),
        sponsor_agree_time: document.sponsor_agreed.map(Into::into),
        sponsor: person(document.sponsor),
    }
}

fn aim(aim: Aim) -> pb::Aim {
    let Aim { aim, measure, baseline, target, due } = aim;
    pb::Aim { aim, measure, baseline, target, due_date: convert::day(due) }
}

fn link(link: ProjectLink) -> pb::ProjectLink {
    pb::ProjectLink { adoption: link.adoption.unwrap_or_default(), blueprint: link.blueprint.unwrap_or_default() }
}

fn entry(entry: JournalEntry) -> pb::JournalEntry {
    pb::JournalEntry {
        name: entry.id.to_string(),
        enrolment: entry.enrolment.to_string(),
        date: entry.date.to_string(),
        title: entry.title,
        body: entry.body,
        shared: entry.shared,
        write_time: Some(entry.written.into()),
        etag: Etag::of(entry.version).to_string(),
    }
}
