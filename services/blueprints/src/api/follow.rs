//! `FollowService`.

use exemplar_directory::TermId;
use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Etag, OrganisationId, Paging, Violations, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::follow_service_server::FollowService;
use tonic::{Request, Response, Status};

use super::Api;
use crate::model::BlueprintId;
use crate::model::follow::{Cadence, Follow, FollowId, FollowUpdate, MAX_NOTE, MAX_QUERY, NAME, NewFollow, Watched};

#[tonic::async_trait]
impl FollowService for Api {
    async fn create_follow(
        &self,
        request: Request<pb::CreateFollowRequest>,
    ) -> Result<Response<pb::CreateFollowResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let new = typed_new(&mut violations, message.follow.unwrap_or_default());
        let Some(new) = new.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.create_follow(&caller, new, key).await?;
        let follow = Some(follow(written.value));
        Ok(Response::new(pb::CreateFollowResponse { follow, sequence: written.sequence }))
    }

    async fn update_follow(
        &self,
        request: Request<pb::UpdateFollowRequest>,
    ) -> Result<Response<pb::UpdateFollowResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let expected = Expected::parse(&mut violations, &message.etag);
        let typed = message.follow.unwrap_or_default();
        let id = violations.take("follow.name", FollowId::parse(&typed.name));
        let update = typed_update(&mut violations, &message.update_mask.unwrap_or_default().paths, &typed);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.update_follow(&caller, id, update, expected, key).await?;
        let follow = Some(follow(written.value));
        Ok(Response::new(pb::UpdateFollowResponse { follow, sequence: written.sequence }))
    }

    async fn delete_follow(
        &self,
        request: Request<pb::DeleteFollowRequest>,
    ) -> Result<Response<pb::DeleteFollowResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", FollowId::parse(&message.name));
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.delete_follow(&caller, id, key).await?;
        Ok(Response::new(pb::DeleteFollowResponse { sequence: written.sequence }))
    }

    async fn get_follow(
        &self,
        request: Request<pb::GetFollowRequest>,
    ) -> Result<Response<pb::GetFollowResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", FollowId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let found = follow(self.0.follow(&caller, id).await?);
        Ok(Response::new(pb::GetFollowResponse { follow: Some(found) }))
    }

    async fn list_follows(
        &self,
        request: Request<pb::ListFollowsRequest>,
    ) -> Result<Response<pb::ListFollowsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["follows"]);
        violations.check()?;
        let page = self.0.follows(&caller, &paging).await?.map(follow);
        Ok(Response::new(pb::ListFollowsResponse { follows: page.items, next_page_token: page.next }))
    }
}

fn typed_new(violations: &mut Violations, typed: pb::Follow) -> Option<NewFollow> {
    let name = violations.text("follow.display_name", &typed.display_name, NAME);
    let note = violations.text("follow.note", &typed.note, 0..=MAX_NOTE);
    let cadence = typed_cadence(violations, typed.cadence);
    let watched = match typed.watched {
        None => {
            violations.add("follow.watched", "is missing");
            None
        }
        Some(pb::follow::Watched::Search(search)) => {
            let query = violations.text("follow.search.query", &search.query, 0..=MAX_QUERY);
            if search.query.trim().is_empty() && search.filter.trim().is_empty() {
                violations.add("follow.search", "needs a query or a filter");
            }
            Some(Watched::Search { query, filter: search.filter })
        }
        Some(pb::follow::Watched::Blueprint(name)) => {
            violations.take("follow.blueprint", BlueprintId::parse(&name)).map(Watched::Blueprint)
        }
        Some(pb::follow::Watched::Organisation(name)) => {
            violations.take("follow.organisation", OrganisationId::parse(&name)).map(Watched::Organisation)
        }
        Some(pb::follow::Watched::Topic(name)) => {
            violations.take("follow.topic", TermId::parse(&name)).map(Watched::Topic)
        }
    };
    Some(NewFollow { name, note, watched: watched?, cadence })
}

fn typed_update(violations: &mut Violations, paths: &[String], typed: &pb::Follow) -> FollowUpdate {
    let mut update = FollowUpdate::default();
    if paths.is_empty() {
        violations.add("update_mask", "names no field");
    }
    for path in paths {
        match path.as_str() {
            "display_name" => update.name = Some(violations.text("follow.display_name", &typed.display_name, NAME)),
            "note" => update.note = Some(violations.text("follow.note", &typed.note, 0..=MAX_NOTE)),
            "cadence" => update.cadence = Some(typed_cadence(violations, typed.cadence)),
            unknown => violations.add("update_mask", format!("names {unknown:?}, which cannot be changed")),
        }
    }
    update
}

fn typed_cadence(violations: &mut Violations, typed: i32) -> Cadence {
    match pb::Cadence::try_from(typed) {
        Ok(pb::Cadence::AtOnce) => Cadence::AtOnce,
        Ok(pb::Cadence::Daily) => Cadence::Daily,
        Ok(pb::Cadence::Unspecified | pb::Cadence::Weekly) => Cadence::Weekly,
        Err(_) => {
            violations.add("follow.cadence", "is none");
            Cadence::Weekly
        }
    }
}

fn follow(follow: Follow) -> pb::Follow {
    let watched = match follow.watched {
        Watched::Search { query, filter } => pb::follow::Watched::Search(pb::SavedSearch { query, filter }),
        Watched::Blueprint(id) => pb::follow::Watched::Blueprint(id.to_string()),
        Watched::Organisation(id) => pb::follow::Watched::Organisation(id.to_string()),
        Watched::Topic(id) => pb::follow::Watched::Topic(id.to_string()),
    };
    let cadence = match follow.cadence {
        Cadence::AtOnce => pb::Cadence::AtOnce,
        Cadence::Daily => pb::Cadence::Daily,
        Cadence::Weekly => pb::Cadence::Weekly,
    };
    pb::Follow {
        name: follow.id.to_string(),
        display_name: follow.name,
        note: follow.note,
        watched: Some(watched),
        cadence: cadence.into(),
        create_time: Some(follow.created.into()),
        tell_time: follow.told.map(Into::into),
        etag: Etag::of(follow.version).to_string(),
    }
}
