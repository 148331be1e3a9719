//! Sessions, refresh tokens and browsers' cookies in rows. Tokens and cookies are only known by their digests.

use exemplar_kernel::digest::Digest;
use exemplar_kernel::{Error, PersonId, SessionId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _,
};

use super::entity::{refresh_token, session, session_cookie};

/// A session as it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) person: PersonId,
    pub(crate) expires: Timestamp,
    pub(crate) ended: bool,
}

/// One session.
pub(crate) async fn find(db: &impl ConnectionTrait, id: SessionId) -> Result<Option<Session>, Error> {
    Ok(session::Entity::find_by_id(id.uuid()).one(db).await?.map(model))
}

/// The session of a refresh token, and whether the token was spent.
pub(crate) async fn of_token(db: &impl ConnectionTrait, digest: &Digest) -> Result<Option<(Session, bool)>, Error> {
    let Some(token) = refresh_token::Entity::find_by_id(digest.to_vec()).one(db).await? else { return Ok(None) };
    let session = find(db, SessionId::new(token.session)).await?;
    Ok(session.map(|session| (session, token.spent_at.is_some())))
}

/// Adds a session.
pub(crate) async fn insert(db: &impl ConnectionTrait, session: &Session, now: Timestamp) -> Result<(), Error> {
    let row = session::Model {
        id: session.id.uuid(),
        person: session.person.uuid(),
        created_at: now.micros(),
        expires_at: session.expires.micros(),
        ended_at: None,
    };
    session::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Adds a refresh token.
pub(crate) async fn insert_token(
    db: &impl ConnectionTrait,
    session: SessionId,
    digest: &Digest,
    now: Timestamp,
) -> Result<(), Error> {
    let row = refresh_token::Model {
        digest: digest.to_vec(),
        session: session.uuid(),
        issued_at: now.micros(),
        spent_at: None,
    };
    refresh_token::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// The session of a browser's cookie.
pub(crate) async fn of_cookie(db: &impl ConnectionTrait, digest: &Digest) -> Result<Option<Session>, Error> {
    let Some(cookie) = session_cookie::Entity::find_by_id(digest.to_vec()).one(db).await? else { return Ok(None) };
    find(db, SessionId::new(cookie.session)).await
}

/// Adds a browser's cookie.
pub(crate) async fn insert_cookie(
    db: &impl ConnectionTrait,
    session: SessionId,
    digest: &Digest,
    now: Timestamp,
) -> Result<(), Error> {
    let row = session_cookie::Model { digest: digest.to_vec(), session: session.uuid(), issued_at: now.micros() };
    session_cookie::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Spends a refresh token; false when it was spent before, which of two at once happens to the second.
pub(crate) async fn spend(db: &impl ConnectionTrait, digest: &Digest, now: Timestamp) -> Result<bool, Error> {
    let done = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::SpentAt, Expr::value(now.micros()))
        .filter(refresh_token::Column::Digest.eq(digest.to_vec()))
        .filter(refresh_token::Column::SpentAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Moves on until when a session lasts.
pub(crate) async fn extend(db: &impl ConnectionTrait, id: SessionId, expires: Timestamp) -> Result<(), Error> {
    session::Entity::update_many()
        .col_expr(session::Column::ExpiresAt, Expr::value(expires.micros()))
        .filter(session::Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends one session.
pub(crate) async fn end(db: &impl ConnectionTrait, id: SessionId, now: Timestamp) -> Result<(), Error> {
    end_where(db, session::Column::Id.eq(id.uuid()), now).await
}

/// Ends every session of a person.
pub(crate) async fn end_all(db: &impl ConnectionTrait, person: PersonId, now: Timestamp) -> Result<(), Error> {
    end_where(db, session::Column::Person.eq(person.uuid()), now).await
}

async fn end_where(db: &impl ConnectionTrait, which: Expr, now: Timestamp) -> Result<(), Error> {
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now.micros()))
        .filter(which)
        .filter(session::Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Removes the sessions that expired before `horizon`, with their tokens and cookies; how many sessions.
pub(crate) async fn sweep(db: &impl ConnectionTrait, horizon: Timestamp) -> Result<u64, Error> {
    let old = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::ExpiresAt.lt(horizon.micros()))
        .into_query();
    session_cookie::Entity::delete_many()
        .filter(session_cookie::Column::Session.in_subquery(old.clone()))
        .exec(db)
        .await?;
    refresh_token::Entity::delete_many().filter(refresh_token::Column::Session.in_subquery(old)).exec(db).await?;
    let done = session::Entity::delete_many().filter(session::Column::ExpiresAt.lt(horizon.micros())).exec(db).await?;
    Ok(done.rows_affected)
}

fn model(row: session::Model) -> Session {
    Session {
        id: SessionId::new(row.id),
        person: PersonId::new(row.person),
        expires: Timestamp::from_micros(row.expires_at),
        ended: row.ended_at.is_some(),
    }
}
