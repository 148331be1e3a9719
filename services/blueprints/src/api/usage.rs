//! `UsageService`.

use exemplar_kernel::{OrganisationId, Violations, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::usage_service_server::UsageService;
use tonic::{Request, Response, Status};

use super::{Api, words};
use crate::model::BlueprintId;
use crate::model::usage::{RETENTION, Told};

#[tonic::async_trait]
impl UsageService for Api {
    async fn get_usage(&self, request: Request<pb::GetUsageRequest>) -> Result<Response<pb::GetUsageResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", BlueprintId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let usage = self.0.usage(&caller, id).await?;
        Ok(Response::new(pb::GetUsageResponse {
            readers: Some(people(usage.readers)),
            downloads: Some(people(usage.downloads)),
            adoptions: acts(usage.adoptions),
            introductions: acts(usage.introductions),
            retention_days: words::count(RETENTION.as_secs() / (24 * 60 * 60)),
        }))
    }
}

fn people(told: Told) -> pb::PeopleUsage {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let of = |(organisation, people, times): (OrganisationId, u64, u64)| pb::PeopleCount {
        organisation: organisation.to_string(),
        people_count: signed(people),
        use_count: signed(times),
    };
    pb::PeopleUsage {
        organisations: told.organisations.into_iter().map(of).collect(),
        smaller_organisation_count: signed(told.smaller),
        smaller_people_count: told.smaller_people.map(signed),
        anonymous_use_count: signed(told.anonymous_times),
    }
}

fn acts(counts: Vec<(OrganisationId, i64)>) -> Vec<pb::OrganisationCount> {
    let of = |(organisation, act_count): (OrganisationId, i64)| pb::OrganisationCount {
        organisation: organisation.to_string(),
        act_count,
    };
    counts.into_iter().map(of).collect()
}
