//! Rounds: create, invite, find, list, publish.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, OrganisationId, Page, Paging, Principal, Tx, Written};
use sea_orm::ConnectionTrait;
use time::Date;

use super::Network;
use super::designations::designate;
use crate::model::expression::MAX_TOGETHER;
use crate::model::round::MAX_INVITED;
use crate::store::{expressions, rounds as store};
use crate::{Call, Designation, Error, Expression, NewDesignation, Round, RoundId, RoundInvitation, RoundState};

/// Expressions that one round publishes at the most: as many as may be invited, and as many who came unasked.
const MAX_EXPRESSIONS: u64 = 2 * MAX_INVITED as u64;

impl Network {
    /// One round.
    pub async fn round(&self, id: RoundId) -> Result<Round, Error> {
        round(self.db.read(), id).await
    }

    /// The rounds without their invitations, newest first.
    pub async fn rounds(&self, paging: &Paging) -> Result<Page<Round>, Error> {
        let rows = store::list(self.db.read(), paging).await?;
        Ok(paging.page(rows, store::keys))
    }

    /// Creates a round.
    pub async fn create_round(
        &self,
        caller: &Principal,
        call: Call,
        invited: Vec<OrganisationId>,
        key: Option<RequestKey>,
    ) -> Result<Written<Round>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let known = self.directory.organisations_by_id(&invited).await?;
        let mut tx = match self.db.once("network.round.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        if let Some(unknown) = invited.iter().find(|organisation| !known.contains_key(organisation)) {
            return Err(exemplar_directory::Error::OrganisationNotFound(unknown.clone()).into());
        }
        let round = Round::create(RoundId::new(tx.id()), call, invited);
        store::insert(&*tx, &round).await?;
        tx.append(Change::new("network.round.create", &round.id).after(&round));
        Ok(tx.commit(round).await?)
    }

    /// Invites one more organisation, until the round closes.
    pub async fn invite_to_round(
        &self,
        caller: &Principal,
        id: RoundId,
        invitation: RoundInvitation,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<Round>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("network.round.invite", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked(&tx, id).await?;
        expected.check(before.version)?;
        before.must_be(&[RoundState::Planned, RoundState::Open], tx.now())?;
        self.open(&tx, &invitation.organisation).await?;
        store::invite(&*tx, id, &invitation).await?;
        store::update(&*tx, &Round { version: before.version + 1, ..before }).await?;
        let after = round(&*tx, id).await?;
        tx.append(Change::new("network.round.invite", &id).after(&invitation));
        Ok(tx.commit(after).await?)
    }

    /// Publishes a round whose expressions are all decided, and designates those who were chosen from a day on.
    pub async fn publish_round(
        &self,
        caller: &Principal,
        id: RoundId,
        start_date: Option<Date>,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<(Round, Vec<Designation>)>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("network.round.publish", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked(&tx, id).await?;
        expected.check(before.version)?;
        before.must_be(&[RoundState::Closed], tx.now())?;
        let expressions = expressions::taking_part(&*tx, id, MAX_EXPRESSIONS).await?;
        let open = expressions.iter().filter(|expression| expression.decision.is_none()).count();
        if open > 0 {
            return Err(Error::DecisionsMissing { round: id, count: open });
        }
        let start_date = start_date.unwrap_or_else(|| tx.now().date());
        let mut made = Vec::new();
        for expression in &expressions {
            made.extend(chosen(&mut tx, &before, expression, start_date).await?);
        }
        let after = Round { published: Some(tx.now()), version: before.version + 1, ..before.clone() };
        store::update(&*tx, &after).await?;
        tx.append(Change::new("network.round.publish", &id).before(&before).after(&after));
        Ok(tx.commit((after, made)).await?)
    }
}

/// Designates those of an expression who were chosen; at most [`MAX_TOGETHER`].
async fn chosen(
    tx: &mut Tx,
    round: &Round,
    expression: &Expression,
    start_date: Date,
) -> Result<Vec<Designation>, Error> {
    let mut made = Vec::new();
    let Some(decision) = expression.decision.as_ref().filter(|decision| decision.chosen) else { return Ok(made) };
    for organisation in decision.designated.iter().take(MAX_TOGETHER) {
        let new = NewDesignation {
            organisation: organisation.clone(),
            kind: round.call.designation,
            start_date,
            end_date: None,
            end_reason: String::new(),
            capacity: decision.capacity,
            source: round.id.to_string(),
        };
        made.push(designate(tx, new).await?);
    }
    Ok(made)
}

pub(super) async fn round(db: &impl ConnectionTrait, id: RoundId) -> Result<Round, Error> {
    store::find(db, id).await?.ok_or(Error::RoundNotFound(id))
}

async fn locked(tx: &Tx, id: RoundId) -> Result<Round, Error> {
    store::lock(&**tx, id).await?.ok_or(Error::RoundNotFound(id))
}
