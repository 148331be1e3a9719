//! Expressions of interest: submit, withdraw, find, list; assign scorers, score, moderate, decide.
//!
//! What comes of an expression is written under the lock of its row; the round's own row is read within the same
//! transaction, whose instant decides whether it is open.

use exemplar_kernel::db::is_unique;
use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, Page, Paging, PersonId, Principal, Role, Tx, Violations, Written};

use super::Network;
use super::rounds::round;
use crate::model::expression::SCORERS;
use crate::store::expressions::{self as store, Sight};
use crate::store::rounds;
use crate::{
    Decision, Disclosure, Error, Expression, ExpressionId, ExpressionState, NewExpression, Points, Round, RoundId,
    RoundState,
};

/// A change of an expression that has begun.
enum Begun {
    /// Its row and its round's are locked.
    First(Tx, Expression, Round),
    /// It was done before; this was the answer.
    Again(Written<(Expression, Round)>),
}

impl Network {
    /// One expression, as the caller may see it.
    pub async fn expression(&self, caller: &Principal, id: ExpressionId) -> Result<(Expression, Round), Error> {
        let found = store::find(self.db.read(), id).await?.ok_or(Error::ExpressionNotFound(id))?;
        let round = round(self.db.read(), found.round).await?;
        let seen = found.seen_by(caller, &round).ok_or(Error::ExpressionNotFound(id))?;
        Ok((seen, round))
    }

    /// The expressions of a round that the caller may know of, in the order they came.
    pub async fn expressions(
        &self,
        caller: &Principal,
        id: RoundId,
        paging: &Paging,
    ) -> Result<(Page<Expression>, Round), Error> {
        let round = round(self.db.read(), id).await?;
        let rows = store::list(self.db.read(), id, &sight(caller, &round), paging).await?;
        let Page { items, next } = paging.page(rows, store::keys);
        let items = items.into_iter().filter_map(|expression| expression.seen_by(caller, &round)).collect();
        Ok((Page { items, next }, round))
    }

    /// Submits an expression for one organisation or for several together.
    pub async fn submit_expression(
        &self,
        caller: &Principal,
        new: NewExpression,
        key: Option<RequestKey>,
    ) -> Result<Written<(Expression, Round)>, Error> {
        let leader = new.organisations.first().cloned().ok_or(exemplar_kernel::Error::Denied { needs: "LEAD" })?;
        caller.require(Role::Lead, &leader)?;
        let mut tx = match self.db.once("network.expression.submit", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        // Locked, so that a round is not published around an expression that is on its way.
        let round = rounds::lock(&*tx, new.round).await?.ok_or(Error::RoundNotFound(new.round))?;
        round.must_be(&[RoundState::Open], tx.now())?;
        let mut violations = Violations::new();
        let codes = new.evidence.iter().map(|evidence| evidence.criterion.as_str());
        round.call.check_codes(&mut violations, "evidence", codes);
        violations.check()?;
        for organisation in &new.organisations {
            let registered = self.directory.open_organisation(&*tx, organisation).await?;
            round.admits(organisation, &registered.profile.care_settings)?;
        }
        let expression = Expression::submit(ExpressionId::new(tx.id()), new, tx.now());
        store::insert(&*tx, &expression).await?;
        for (position, organisation) in (0..).zip(&expression.organisations) {
            store::join(&*tx, &expression, position, organisation).await.map_err(|error| {
                if is_unique(&error) { Error::ExpressionExists(organisation.clone()) } else { error.into() }
            })?;
        }
        tx.append(Change::new("network.expression.submit", &expression.id).on_behalf(&leader).after(&expression));
        Ok(tx.commit((expression, round)).await?)
    }

    /// Takes an expression back while the round is open.
    pub async fn withdraw_expression(
        &self,
        caller: &Principal,
        id: ExpressionId,
        reason: String,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<(Expression, Round)>, Error> {
        let (seen, _) = self.expression(caller, id).await?;
        let led = seen.organisations.iter().find(|organisation| caller.holds(Role::Lead, organisation)).cloned();
        caller.granted(led.is_some(), "LEAD of one of its organisations")?;
        let change = self.change("network.expression.withdraw", caller, id, expected, key.as_ref()).await?;
        let (mut tx, before, round) = match change {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, before, round) => (tx, before, round),
        };
        round.must_be(&[RoundState::Open], tx.now())?;
        let after = before.clone().withdraw(reason)?;
        store::leave(&*tx, id).await?;
        let change = Change::new("network.expression.withdraw", &id).before(&before).after(&after);
        tx.append(match &led {
            Some(organisation) => change.on_behalf(organisation),
            None => change,
        });
        self.keep(tx, caller, after, round).await
    }

    /// Assigns the two people who score an expression; nobody scores for an organisation at which they have a role.
    pub async fn assign_scorers(
        &self,
        caller: &Principal,
        id: ExpressionId,
        scorers: [PersonId; SCORERS],
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<(Expression, Round)>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let people = self.directory.people_by_id(&scorers).await?;
        let change = self.change("network.expression.assign_scorers", caller, id, expected, key.as_ref()).await?;
        let (mut tx, before, round) = match change {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, before, round) => (tx, before, round),
        };
        for scorer in scorers {
            let person = people.iter().find(|person| person.id == scorer && person.active);
            let person = person.ok_or(exemplar_directory::Error::PersonNotFound(scorer))?;
            if before.organisations.iter().any(|own| person.roles.memberships.contains_key(own)) {
                return Err(Error::ConflictOfInterest(scorer));
            }
        }
        let after = before.clone().assign(scorers)?;
        store::write_sheets(&*tx, &after).await?;
        tx.append(Change::new("network.expression.assign_scorers", &id).after(&scorers));
        self.keep(tx, caller, after, round).await
    }

    /// Scores an expression, once, when the round has closed.
    pub async fn submit_score(
        &self,
        caller: &Principal,
        id: ExpressionId,
        points: Vec<Points>,
        comment: String,
        key: Option<RequestKey>,
    ) -> Result<Written<(Expression, Round)>, Error> {
        let scorer = caller.signed_in()?;
        let (seen, _) = self.expression(caller, id).await?;
        let assigned = seen.sheets.iter().any(|sheet| sheet.scorer == Some(scorer));
        caller.granted(assigned, "scorer of this expression")?;
        let change = self.change("network.expression.score", caller, id, Expected::Any, key.as_ref()).await?;
        let (mut tx, before, round) = match change {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, before, round) => (tx, before, round),
        };
        round.must_be(&[RoundState::Closed], tx.now())?;
        // Roles may have come since the scorers were assigned.
        if before.organisations.iter().any(|own| caller.holds(Role::Member, own)) {
            return Err(Error::ConflictOfInterest(scorer));
        }
        round.call.check_points(&points)?;
        let after = before.score(scorer, points, comment)?;
        store::write_sheets(&*tx, &after).await?;
        let sheet = after.sheets.iter().find(|sheet| sheet.scorer == Some(scorer));
        tx.append(Change::new("network.expression.score", &id).after(&sheet));
        self.keep(tx, caller, after, round).await
    }

    /// Sets the points that count.
    pub async fn moderate_expression(
        &self,
        caller: &Principal,
        id: ExpressionId,
        points: Vec<Points>,
        reason: String,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<(Expression, Round)>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let change = self.change("network.expression.moderate", caller, id, expected, key.as_ref()).await?;
        let (mut tx, before, round) = match change {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, before, round) => (tx, before, round),
        };
        round.call.check_points(&points)?;
        let after = before.moderate(points, reason)?;
        tx.append(Change::new("network.expression.moderate", &id).after(&after.moderation));
        self.keep(tx, caller, after, round).await
    }

    /// Decides on an expression, when the round has closed and until it is published.
    pub async fn decide_expression(
        &self,
        caller: &Principal,
        id: ExpressionId,
        decision: Decision,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<(Expression, Round)>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let change = self.change("network.expression.decide", caller, id, expected, key.as_ref()).await?;
        let (mut tx, before, round) = match change {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(tx, before, round) => (tx, before, round),
        };
        round.must_be(&[RoundState::Closed], tx.now())?;
        let after = before.clone().decide(&round.call, decision)?;
        let change = Change::new("network.expression.decide", &id).before(&before.decision).after(&after.decision);
        tx.append(change);
        self.keep(tx, caller, after, round).await
    }

    /// Begins a change of an expression: its row locked, its round read, the version checked. The round is locked first,
    /// so that nothing changes while it is being published.
    async fn change(
        &self,
        verb: &'static str,
        caller: &Principal,
        id: ExpressionId,
        expected: Expected,
        key: Option<&RequestKey>,
    ) -> Result<Begun, Error> {
        let tx = match self.db.once(verb, caller, key).await? {
            Once::Again(answer) => return Ok(Begun::Again(answer)),
            Once::First(tx) => tx,
        };
        let found = store::find(&*tx, id).await?.ok_or(Error::ExpressionNotFound(id))?;
        let round = rounds::lock(&*tx, found.round).await?.ok_or(Error::RoundNotFound(found.round))?;
        let before = store::lock(&*tx, id).await?.ok_or(Error::ExpressionNotFound(id))?;
        expected.check(before.version)?;
        Ok(Begun::First(tx, before, round))
    }

    /// Writes what became of an expression, and answers with what the caller may see of it.
    async fn keep(
        &self,
        tx: Tx,
        caller: &Principal,
        after: Expression,
        round: Round,
    ) -> Result<Written<(Expression, Round)>, Error> {
        store::update(&*tx, &after).await?;
        let id = after.id;
        let seen = after.seen_by(caller, &round).ok_or(Error::ExpressionNotFound(id))?;
        Ok(tx.commit((seen, round)).await?)
    }
}

fn sight(caller: &Principal, round: &Round) -> Sight {
    if caller.holds_network(NetworkRole::Programme) {
        return Sight::All;
    }
    let public = match (round.published, round.call.disclosure) {
        (None, _) => vec![],
        (Some(_), Disclosure::Chosen | Disclosure::Scores) => vec![ExpressionState::Chosen],
        (Some(_), Disclosure::Everything) => vec![ExpressionState::Chosen, ExpressionState::NotChosen],
    };
    Sight::Some { own: caller.organisations().cloned().collect(), scorer: caller.person, public }
}
