//! Usage for the author: who reads and downloads, told so that nobody can be singled out, and forgotten in time.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::Duration;

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_tests::{Actor, Database};

use crate::adoptions::{ADOPTER, AUTHOR, Scene, adopt, adopting, named, scene};
use crate::pairings::told;
use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each(
        "usage::readers_are_counted_and_small_numbers_are_not_told",
        readers_are_counted_and_small_numbers_are_not_told,
    );
    suite.each("usage::only_its_authors_are_told", only_its_authors_are_told);
    suite.each("usage::it_is_forgotten", it_is_forgotten);
}

async fn usage(by: &Actor, name: &str) -> Result<pb::GetUsageResponse, String> {
    told(by.usages().get_usage(pb::GetUsageRequest { name: name.to_owned() }).await)
}

async fn read(by: &Actor, name: &str) {
    by.blueprints().get_blueprint(pb::GetBlueprintRequest { name: name.to_owned() }).await.unwrap();
}

/// Asks until it is so: uses are written a moment after they are noted.
async fn until(by: &Actor, name: &str, is: impl Fn(&pb::GetUsageResponse) -> bool) -> pb::GetUsageResponse {
    for _ in 0..200 {
        let usage = usage(by, name).await.unwrap();
        if is(&usage) {
            return usage;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("uses were not counted: {:?}", usage(by, name).await);
}

async fn readers_are_counted_and_small_numbers_are_not_told(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    let mut readers = vec![adopter.clone()];
    for _ in 0..4 {
        readers.push(world.at(ADOPTER, Role::Member).await);
    }
    for reader in &readers {
        read(reader, &blueprint).await;
    }
    read(&adopter, &blueprint).await;
    let few = world.at("RBL", Role::Member).await;
    read(&few, &blueprint).await;
    read(&author, &blueprint).await;
    read(&world.anonymous().await, &blueprint).await;
    let export = pb::ExportBlueprintRequest { name: blueprint.clone(), format: pb::ExportFormat::Markdown.into() };
    few.exchanges().export_blueprint(export).await.unwrap();
    adopt(&adopter, adopting(&blueprint, ADOPTER, pb::AdoptionState::Planned)).await.unwrap();
    let told = until(&author, &blueprint, |usage| {
        let readers = usage.readers.clone().unwrap();
        let downloads = usage.downloads.clone().unwrap();
        readers.organisations.first().is_some_and(|count| count.use_count == 6)
            && readers.smaller_organisation_count == 1
            && readers.anonymous_use_count == 1
            && downloads.smaller_organisation_count == 1
    })
    .await;
    let expected = pb::GetUsageResponse {
        readers: Some(pb::PeopleUsage {
            organisations: vec![pb::PeopleCount { organisation: named(ADOPTER), people_count: 5, use_count: 6 }],
            smaller_organisation_count: 1,
            smaller_people_count: None,
            anonymous_use_count: 1,
        }),
        downloads: Some(pb::PeopleUsage { smaller_organisation_count: 1, ..Default::default() }),
        adoptions: vec![pb::OrganisationCount { organisation: named(ADOPTER), act_count: 1 }],
        introductions: vec![],
        retention_days: 400,
    };
    assert_eq!(told, expected);
    // What was counted survives a stop.
    let mut world = world;
    read(&few, &blueprint).await;
    world.stop().await;
}

async fn only_its_authors_are_told(database: Database) {
    let Scene { world, adopter, blueprint, .. } = scene(database).await;
    let (member, programme) = (world.at(AUTHOR, Role::Member).await, world.programme().await);
    usage(&member, &blueprint).await.unwrap();
    usage(&programme, &blueprint).await.unwrap();
    assert_eq!(usage(&adopter, &blueprint).await.unwrap_err(), "PermissionDenied ROLE_MISSING");
    assert_eq!(usage(&world.anonymous().await, &blueprint).await.unwrap_err(), "Unauthenticated NOT_SIGNED_IN");
    let unknown = "blueprints/01a200c6-0d7c-7fd5-99aa-6132283c91eb";
    assert_eq!(usage(&member, unknown).await.unwrap_err(), "NotFound BLUEPRINT_NOT_FOUND");
}

async fn it_is_forgotten(database: Database) {
    let Scene { world, author, adopter, blueprint } = scene(database).await;
    read(&adopter, &blueprint).await;
    until(&author, &blueprint, |usage| usage.readers.clone().unwrap().smaller_organisation_count == 1).await;
    world.clock.advance(Duration::from_hours(24 * 400));
    assert_eq!(world.services.blueprints.forget_usage().await.unwrap(), 0);
    world.clock.advance(Duration::from_hours(24));
    assert_eq!(world.services.blueprints.forget_usage().await.unwrap(), 1);
    let author = world.at(AUTHOR, Role::Member).await;
    let nobody = pb::PeopleUsage { smaller_people_count: Some(0), ..Default::default() };
    assert_eq!(usage(&author, &blueprint).await.unwrap().readers, Some(nobody));
}
