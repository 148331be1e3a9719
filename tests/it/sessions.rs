//! Signing in, refreshing, signing out, and what guessing costs.

use std::time::Duration;

use exemplar_kernel::Role;
use exemplar_proto::directory::v1 as pb;
use exemplar_tests::{Actor, Database, PASSWORD, World, refusal};

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.each("sessions::refresh_tokens_are_good_once", refresh_tokens_are_good_once);
    suite.each("sessions::sign_out_ends_the_session_at_once", sign_out_ends_the_session_at_once);
    suite.each("sessions::tokens_end_by_the_clock", tokens_end_by_the_clock);
    suite.each("sessions::guessing_is_slowed_down", guessing_is_slowed_down);
    suite.each("sessions::keys_and_sessions_survive_a_restart", keys_and_sessions_survive_a_restart);
}

async fn who(actor: &Actor) -> Result<pb::Person, tonic::Status> {
    Ok(actor.sessions().who_am_i(pb::WhoAmIRequest {}).await?.into_inner().person.unwrap())
}

async fn refresh(actor: &Actor, token: &str) -> Result<pb::Tokens, tonic::Status> {
    let request = pb::RefreshRequest { refresh_token: token.to_owned() };
    Ok(actor.sessions().refresh(request).await?.into_inner().tokens.unwrap())
}

async fn refresh_tokens_are_good_once(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let person = world.at("RGT", Role::Member).await;
    let stranger = world.anonymous().await;
    let first = person.tokens.clone().unwrap();
    let second = refresh(&stranger, &first.refresh_token).await.unwrap();
    let third = refresh(&stranger, &second.refresh_token).await.unwrap();
    let newest = person.with_token(&third.access_token);
    who(&newest).await.unwrap();
    // A spent token is in two hands: the whole session ends, whoever holds the newest.
    let refused = refresh(&stranger, &first.refresh_token).await.unwrap_err();
    assert_eq!(refusal(&refused), "Unauthenticated REFRESH_TOKEN_INVALID");
    assert_eq!(refusal(&who(&newest).await.unwrap_err()), "Unauthenticated TOKEN_INVALID");
    assert_eq!(
        refusal(&refresh(&stranger, &third.refresh_token).await.unwrap_err()),
        "Unauthenticated REFRESH_TOKEN_INVALID"
    );
    for rubbish in ["", "rubbish", &first.access_token] {
        let refused = refresh(&stranger, rubbish).await.unwrap_err();
        assert_eq!(refusal(&refused), "Unauthenticated REFRESH_TOKEN_INVALID");
    }
    // Of many who use one token at once, one wins, and the session ends for all.
    let another = Actor::sign_in(&world.address, "person-2@sample.example", PASSWORD, person.id).await.unwrap();
    let token = another.tokens.clone().unwrap().refresh_token;
    let race = (0..6).map(|_| {
        let (stranger, token) = (stranger.clone(), token.clone());
        tokio::spawn(async move { refresh(&stranger, &token).await.is_ok() })
    });
    let mut won = 0;
    for racer in race.collect::<Vec<_>>() {
        won += usize::from(racer.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(refusal(&who(&another).await.unwrap_err()), "Unauthenticated TOKEN_INVALID");
}

async fn sign_out_ends_the_session_at_once(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let person = world.at("RGT", Role::Member).await;
    let elsewhere = Actor::sign_in(&world.address, "person-2@sample.example", PASSWORD, person.id).await.unwrap();
    who(&person).await.unwrap();
    person.sessions().sign_out(pb::SignOutRequest {}).await.unwrap();
    assert_eq!(refusal(&who(&person).await.unwrap_err()), "Unauthenticated TOKEN_INVALID");
    who(&elsewhere).await.expect("another session of the same person goes on");
    let anonymous = world.anonymous().await.sessions().sign_out(pb::SignOutRequest {}).await.unwrap_err();
    assert_eq!(refusal(&anonymous), "Unauthenticated NOT_SIGNED_IN");
}

async fn tokens_end_by_the_clock(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let person = world.at("RGT", Role::Member).await;
    let tokens = person.tokens.clone().unwrap();
    world.clock.advance(Duration::from_secs(599));
    who(&person).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(refusal(&who(&person).await.unwrap_err()), "Unauthenticated TOKEN_INVALID");
    let stranger = world.anonymous().await;
    world.clock.advance(Duration::from_hours(24 * 13));
    let next = refresh(&stranger, &tokens.refresh_token).await.unwrap();
    world.clock.advance(Duration::from_hours(24 * 14));
    assert_eq!(
        refusal(&refresh(&stranger, &next.refresh_token).await.unwrap_err()),
        "Unauthenticated REFRESH_TOKEN_INVALID"
    );
}

async fn guessing_is_slowed_down(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let person = world.at("RGT", Role::Member).await;
    let attempt = async |email: &str, password: &str| {
        let answer = Actor::sign_in(&world.address, email, password, person.id).await;
        answer.map(|_| ()).map_err(|status| refusal(&status))
    };
    // Known and unknown addresses answer alike, before and after the lock.
    for email in ["person-2@sample.example", "nobody@sample.example"] {
        for _ in 0..5 {
            assert_eq!(attempt(email, "wrong").await.unwrap_err(), "Unauthenticated CREDENTIALS_WRONG");
        }
        assert_eq!(attempt(email, PASSWORD).await.unwrap_err(), "ResourceExhausted TOO_MANY_ATTEMPTS");
    }
    world.clock.advance(Duration::from_secs(1));
    attempt("person-2@sample.example", PASSWORD).await.expect("the right password after the wait");
    let missing = attempt("", "").await.unwrap_err();
    assert_eq!(missing, "InvalidArgument INVALID_REQUEST\n  email: is missing\n  password: is missing");
}

async fn keys_and_sessions_survive_a_restart(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let person = world.at("RGT", Role::Member).await;
    let token = person.tokens.clone().unwrap().access_token;
    let world = world.restart(|_| ()).await;
    let person = Actor::new(&world.address, Some(&token)).await;
    who(&person).await.expect("the same key signs and the session is known");
}
