//! The whole way from a draft to a revision, in one call: what most tests want of it is that it was taken.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Weak;

use exemplar_blueprints::{ReviewId, Step};
use exemplar_directory::Roles;
use exemplar_kernel::etag::Expected;
use exemplar_kernel::{Chance, Clock, NetworkRole, OrganisationId, PersonId, Principal, Role};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_server::Services;
use tonic::{Response, Status};

use crate::{Actor, World};

/// The contexts behind an actor's server, where the actor is of a world of this process.
#[derive(Clone, Default)]
pub(crate) struct Backstage(pub(crate) Weak<Services>);

impl fmt::Debug for Backstage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backstage")
    }
}

impl Actor {
    /// Submits a draft, has others sign it off and assure it, and publishes it.
    ///
    /// # Errors
    /// When the server refuses any of it.
    ///
    /// # Panics
    /// When the actor is not of a world of this process.
    pub async fn publish(
        &self,
        request: pb::PublishBlueprintRequest,
    ) -> Result<Response<pb::PublishBlueprintResponse>, Status> {
        self.publish_with_note(request, "").await
    }

    /// The same, with a word on what changed.
    ///
    /// # Errors
    /// When the server refuses any of it.
    ///
    /// # Panics
    /// When the actor is not of a world of this process.
    pub async fn publish_with_note(
        &self,
        request: pb::PublishBlueprintRequest,
        change_note: &str,
    ) -> Result<Response<pb::PublishBlueprintResponse>, Status> {
        let submit = pb::SubmitBlueprintRequest {
            name: request.name.clone(),
            change_note: change_note.to_owned(),
            etag: request.etag.clone(),
            ..Default::default()
        };
        let review = self.reviews().submit_blueprint(submit).await?.into_inner().review.expect("a review");
        let services = self.backstage.0.upgrade().expect("an actor of a world that runs");
        let organisation = OrganisationId::parse(&review.organisation).expect("an organisation");
        let review = ReviewId::parse(&review.name).expect("a review");
        // Boxed: this future would be too large to lie in those of tests.
        Box::pin(assured(&services, &organisation, review)).await?;
        self.blueprints().publish_blueprint(request).await
    }
}

impl World {
    /// A blueprint of `code` that `lead` writes and that went the whole way.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn published_blueprint(
        &self,
        lead: &Actor,
        code: &str,
        visibility: pb::Visibility,
        content: pb::Content,
    ) -> pb::PublishBlueprintResponse {
        let create = pb::CreateBlueprintRequest {
            organisation: format!("organisations/{code}"),
            visibility: visibility.into(),
            content: Some(content),
            ..Default::default()
        };
        let draft = lead.blueprints().create_blueprint(create).await.expect("a draft").into_inner().blueprint;
        let name = draft.expect("a blueprint").name;
        let request = pb::PublishBlueprintRequest { name, ..Default::default() };
        lead.publish(request).await.expect("a revision").into_inner()
    }
}

/// Has an approver of the trust sign a submission off, and a reviewer of no trust assure it.
///
/// # Errors
/// When either is refused.
pub async fn assured(
    services: &Services,
    organisation: &OrganisationId,
    review: ReviewId,
) -> Result<(), exemplar_blueprints::Error> {
    let id = Chance::System.id(Clock::System.now());
    let roles = BTreeMap::from([(organisation.clone(), vec![Role::Approver])]);
    let approver = Principal::person(PersonId::new(id), None, roles, Vec::new());
    let step = Step { id: review, expected: Expected::Any };
    services.blueprints.sign_off(&approver, step.clone(), None).await?;
    let roles = Roles { network: vec![NetworkRole::Reviewer], ..Roles::default() };
    let email = format!("reviewer-{id}@sample.example");
    let (system, name) = (Principal::system(), "Sample Reviewer");
    let person = services.directory.register_person(&system, name, &email, roles, None).await?.value;
    let reviewer = Principal::person(person.id, None, BTreeMap::new(), person.roles.network);
    services.blueprints.assign(&reviewer, step.clone(), None, None).await?;
    services.blueprints.assure(&reviewer, step, String::new(), None).await?;
    Ok(())
}

/// Takes a draft the whole way with people who are signed in: a lead, an approver of the trust, and a reviewer.
///
/// # Errors
/// When the server refuses any of it, or is gone.
pub async fn release(lead: &Actor, approver: &Actor, reviewer: &Actor, name: &str) -> Result<(), Status> {
    let submit = pb::SubmitBlueprintRequest { name: name.to_owned(), ..Default::default() };
    let review = lead.reviews().submit_blueprint(submit).await?.into_inner().review.unwrap_or_default().name;
    let sign_off = pb::SignOffReviewRequest { name: review.clone(), ..Default::default() };
    approver.reviews().sign_off_review(sign_off).await?;
    let assign = pb::AssignReviewerRequest { name: review.clone(), ..Default::default() };
    reviewer.reviews().assign_reviewer(assign).await?;
    let assure = pb::AssureReviewRequest { name: review, ..Default::default() };
    reviewer.reviews().assure_review(assure).await?;
    let publish = pb::PublishBlueprintRequest { name: name.to_owned(), ..Default::default() };
    lead.blueprints().publish_blueprint(publish).await?;
    Ok(())
}
