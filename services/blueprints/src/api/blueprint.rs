//! `BlueprintService`.

use exemplar_directory::{Vocabularies, Vocabulary};
use exemplar_kernel::etag::Expected;
use exemplar_kernel::filter::{self, put};
use exemplar_kernel::id::BadName;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Etag, OrganisationId, Paging, Violations, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::blueprint_service_server::BlueprintService;
use tonic::{Request, Response, Status};

use super::{Api, content, convert};
use crate::model::{BlueprintId, Kind, Level, Which};
use crate::service::circulation::{SetVisibility, Withdraw};
use crate::service::draft::{Create, UpdateDraft};
use crate::service::publish::Publish;
use crate::store::Wanted;

/// The fields that a list of blueprints can be filtered by.
const FILTERS: [&str; 6] = ["organisation", "care_setting", "project_type", "level", "kind", "state"];

#[tonic::async_trait]
impl BlueprintService for Api {
    async fn create_blueprint(
        &self,
        request: Request<pb::CreateBlueprintRequest>,
    ) -> Result<Response<pb::CreateBlueprintResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let visibility = convert::typed_visibility(&mut violations, message.visibility);
        let content = content::typed_content(&words, &mut violations, message.content.unwrap_or_default());
        let (Some(organisation), Some(visibility), true) = (organisation, visibility, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.create(&caller, Create { organisation, visibility, content }, key).await?;
        let blueprint = Some(convert::blueprint(&words, &caller, written.value));
        Ok(Response::new(pb::CreateBlueprintResponse { blueprint, sequence: written.sequence }))
    }

    async fn update_draft(
        &self,
        request: Request<pb::UpdateDraftRequest>,
    ) -> Result<Response<pb::UpdateDraftResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", BlueprintId::parse(&message.name));
        let expected = Expected::parse(&mut violations, &message.etag);
        let paths = message.update_mask.unwrap_or_default().paths;
        let update = content::typed_update(&words, &mut violations, &paths, &message.content.unwrap_or_default());
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.update_draft(&caller, UpdateDraft { id, update, expected }, key).await?;
        let blueprint = Some(convert::blueprint(&words, &caller, written.value));
        Ok(Response::new(pb::UpdateDraftResponse { blueprint, sequence: written.sequence }))
    }

    async fn check_draft(
        &self,
        request: Request<pb::CheckDraftRequest>,
    ) -> Result<Response<pb::CheckDraftResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let Some(id) = violations.take("name", BlueprintId::parse(&message.name)) else {
            return Err(violations.refuse().into());
        };
        let (findings, version) = self.0.check_draft(&caller, id).await?;
        let findings = findings.into_iter().map(convert::finding).collect();
        Ok(Response::new(pb::CheckDraftResponse { findings, etag: Etag::of(version).to_string() }))
    }

    async fn publish_blueprint(
        &self,
        request: Request<pb::PublishBlueprintRequest>,
    ) -> Result<Response<pb::PublishBlueprintResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", BlueprintId::parse(&message.name));
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.publish(&caller, Publish { id, expected }, key).await?;
        let blueprint = Some(convert::blueprint(&words, &caller, written.value));
        Ok(Response::new(pb::PublishBlueprintResponse { blueprint, sequence: written.sequence }))
    }

    async fn withdraw_blueprint(
        &self,
        request: Request<pb::WithdrawBlueprintRequest>,
    ) -> Result<Response<pb::WithdrawBlueprintResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", BlueprintId::parse(&message.name));
        let reason = violations.text("reason", &message.reason, 1..=500);
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.withdraw(&caller, Withdraw { id, reason, expected }, key).await?;
        let blueprint = Some(convert::blueprint(&words, &caller, written.value));
        Ok(Response::new(pb::WithdrawBlueprintResponse { blueprint, sequence: written.sequence }))
    }

    async fn set_visibility(
        &self,
        request: Request<pb::SetVisibilityRequest>,
    ) -> Result<Response<pb::SetVisibilityResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", BlueprintId::parse(&message.name));
        let visibility = convert::typed_visibility(&mut violations, message.visibility);
        let expected = Expected::parse(&mut violations, &message.etag);
        let (Some(id), Some(visibility), true) = (id, visibility, violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.set_visibility(&caller, SetVisibility { id, visibility, expected }, key).await?;
        let blueprint = Some(convert::blueprint(&words, &caller, written.value));
        Ok(Response::new(pb::SetVisibilityResponse { blueprint, sequence: written.sequence }))
    }

    async fn list_revisions(
        &self,
        request: Request<pb::ListRevisionsRequest>,
    ) -> Result<Response<pb::ListRevisionsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", BlueprintId::parse(&message.name));
        let query = ["revisions", &message.name];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let (page, organisation) = self.0.list_revisions(&caller, id, &paging).await?;
        let page =
            page.map(|(revision, reviews)| convert::revision(&organisation, &self.0.address, revision, &reviews));
        Ok(Response::new(pb::ListRevisionsResponse { revisions: page.items, next_page_token: page.next }))
    }

    async fn compare_revisions(
        &self,
        request: Request<pb::CompareRevisionsRequest>,
    ) -> Result<Response<pb::CompareRevisionsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", BlueprintId::parse(&message.name));
        let number = |field: &str, number: i32, violations: &mut Violations| {
            violations.take(field, u32::try_from(number).map_err(|_| "must not be negative"))
        };
        let from = number("from_revision", message.from_revision, &mut violations);
        let to = number("to_revision", message.to_revision, &mut violations);
        let (Some(id), Some(from), Some(to)) = (id, from, to) else { return Err(violations.refuse().into()) };
        let differences = self.0.compare_revisions(&caller, id, (from, to)).await?;
        let differences = differences.into_iter().map(convert::difference).collect();
        Ok(Response::new(pb::CompareRevisionsResponse { differences }))
    }

    async fn get_blueprint(
        &self,
        request: Request<pb::GetBlueprintRequest>,
    ) -> Result<Response<pb::GetBlueprintResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let Some((id, which)) = violations.take("name", typed_name(&message.name)) else {
            return Err(violations.refuse().into());
        };
        let (found, citation) = self.0.get_cited(&caller, id, which).await?;
        let blueprint = Some(convert::blueprint(&words, &caller, found));
        Ok(Response::new(pb::GetBlueprintResponse { blueprint, citation }))
    }

    async fn list_blueprints(
        &self,
        request: Request<pb::ListBlueprintsRequest>,
    ) -> Result<Response<pb::ListBlueprintsResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.directory.vocabularies().await?;
        let mut violations = Violations::new();
        let wanted = typed_filter(&words, &mut violations, &message.filter);
        let query = ["blueprints", &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.list(&caller, &wanted, &paging).await?;
        let page = page.map(|blueprint| convert::blueprint(&words, &caller, blueprint));
        Ok(Response::new(pb::ListBlueprintsResponse { blueprints: page.items, next_page_token: page.next }))
    }
}

/// `blueprints/{id}`, `blueprints/{id}/draft` or `blueprints/{id}/revisions/{number}`.
pub(super) fn typed_name(name: &str) -> Result<(BlueprintId, Which), BadName> {
    const WANTED: BadName = BadName("blueprints/{id}, blueprints/{id}/draft or blueprints/{id}/revisions/{number}");
    let (id, which) = match name.splitn(3, '/').collect::<Vec<_>>().as_slice() {
        [_, _] => (name, Which::Newest),
        [_, id, "draft"] => (name.get(..id.len() + "blueprints/".len()).ok_or(WANTED)?, Which::Draft),
        [_, id, rest] => {
            let digits = rest.strip_prefix("revisions/").ok_or(WANTED)?;
            let number: u32 = digits.parse().map_err(|_| WANTED)?;
            // Each revision has one name: no sign, no zeros in front.
            if number.to_string() != digits {
                return Err(WANTED);
            }
            (name.get(..id.len() + "blueprints/".len()).ok_or(WANTED)?, Which::Revision(number))
        }
        _ => return Err(WANTED),
    };
    Ok((BlueprintId::parse(id).map_err(|_| WANTED)?, which))
}

fn typed_filter(words: &Vocabularies, violations: &mut Violations, text: &str) -> Wanted {
    let mut wanted = Wanted::default();
    let terms = |vocabulary, value: &str| words.wanted(vocabulary, value).unwrap_or_default();
    filter::take_once(violations, text, &FILTERS, |field, value| match field {
        "organisation" => put(&mut wanted.organisation, filter::organisation(value).ok()),
        "care_setting" => {
            wanted.care_settings = terms(Vocabulary::CareSetting, value);
            !wanted.care_settings.is_empty()
        }
        "project_type" => {
            wanted.project_types = terms(Vocabulary::ProjectType, value);
            !wanted.project_types.is_empty()
        }
        "level" => put(&mut wanted.level, Level::from_name(value)),
        "kind" => put(&mut wanted.kind, Kind::from_name(value)),
        _ => {
            wanted.drafts = value == "DRAFT";
            matches!(value, "DRAFT" | "PUBLISHED")
        }
    });
    wanted
}
