//! Organisations: look up, register, change, import, succeed.

use std::collections::HashMap;

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, OrganisationId, Page, Paging, Principal, Role, Violations, Written};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use time::Date;

use super::Directory;
use crate::Error;
use crate::model::import::{self, Outcome, RowVerdict};
use crate::model::organisation::{Draft, Organisation, Registered, Succession, current};
use crate::model::profile::ProfileUpdate;
use crate::store::organisations::{self as store, Wanted};

/// What is to be changed of an organisation.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub(crate) id: OrganisationId,
    pub(crate) display_name: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) profile: ProfileUpdate,
    pub(crate) expected: Expected,
}

/// The verdicts of an import.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Imported {
    pub(crate) verdicts: Vec<RowVerdict>,
}

impl Directory {
    /// The organisation registered under a code.
    pub async fn organisation(&self, id: &OrganisationId) -> Result<Registered, Error> {
        registered(self.db.read(), id).await
    }

    /// The organisation under a code, to act for today.
    ///
    /// # Errors
    /// [`Error::OrganisationNotFound`], [`Error::OrganisationClosed`].
    pub async fn open_organisation(
        &self,
        db: &impl ConnectionTrait,
        id: &OrganisationId,
    ) -> Result<Organisation, Error> {
        let organisation = store::find(db, id).await?.ok_or_else(|| Error::OrganisationNotFound(id.clone()))?;
        if !organisation.is_open(self.clock().now().date()) {
            return Err(Error::OrganisationClosed(id.clone()));
        }
        Ok(organisation)
    }

    /// Some organisations by their codes; those that are not registered are left out.
    pub async fn organisations_by_id(
        &self,
        ids: &[OrganisationId],
    ) -> Result<HashMap<OrganisationId, Organisation>, Error> {
        Ok(store::find_all(self.db.read(), ids).await?)
    }

    /// Every open organisation with its name, in the order of their codes: a few thousand at the most.
    pub async fn open_names(&self) -> Result<Vec<(OrganisationId, String)>, Error> {
        Ok(store::open_names(self.db.read(), self.clock().now().date()).await?)
    }

    pub(crate) async fn list_organisations(&self, wanted: &Wanted, paging: &Paging) -> Result<Page<Registered>, Error> {
        let rows = store::list(self.db.read(), wanted, paging).await?;
        let page = paging.page(rows, |last| {
            let code = last.id.code().to_owned();
            if wanted.by_code { vec![code] } else { vec![last.display_name.clone(), code] }
        });
        let ids: Vec<_> = page.items.iter().map(|organisation| organisation.id.clone()).collect();
        let successions = store::successions(self.db.read(), &ids).await?;
        Ok(page.map(|organisation| in_context(organisation, &successions)))
    }

    pub(crate) async fn create_organisation(
        &self,
        caller: &Principal,
        id: OrganisationId,
        draft: Draft,
        key: Option<RequestKey>,
    ) -> Result<Written<Registered>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("directory.organisation.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        if store::find(&*tx, &id).await?.is_some() {
            return Err(Error::OrganisationExists(id));
        }
        let organisation = Organisation::register(id, draft, tx.now());
        store::insert_all(&*tx, std::slice::from_ref(&organisation)).await?;
        tx.append(Change::new("directory.organisation.create", &organisation.id).after(&organisation));
        Ok(tx.commit(in_context(organisation, &[])).await?)
    }

    pub(crate) async fn update_organisation(
        &self,
        caller: &Principal,
        update: Update,
        key: Option<RequestKey>,
    ) -> Result<Written<Registered>, Error> {
        if update.display_name.is_some() || update.source.is_some() {
            caller.require_network(NetworkRole::Programme)?;
        } else if !caller.holds_network(NetworkRole::Programme) {
            caller.require(Role::Lead, &update.id)?;
        }
        let mut tx = match self.db.once("directory.organisation.update", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        store::lock(&*tx, std::slice::from_ref(&update.id)).await?;
        let mut registered = registered(&*tx, &update.id).await?;
        let before = registered.organisation;
        update.expected.check(before.version)?;
        let revised = before.revised(update.over(before.draft(), tx.now().date()), tx.now());
        let organisation = revised.unwrap_or_else(|| Organisation { updated: tx.now(), ..before.clone() });
        store::update(&*tx, &organisation).await?;
        tx.append(Change::new("directory.organisation.update", &organisation.id).before(&before).after(&organisation));
        registered.organisation = organisation;
        Ok(tx.commit(registered).await?)
    }

    /// Judges every row of a CSV file and, unless only asked to, writes all of them or none.
    pub(crate) async fn import_organisations(
        &self,
        caller: &Principal,
        csv: &[u8],
        validate_only: bool,
        key: Option<RequestKey>,
    ) -> Result<Written<Imported>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut violations = Violations::new();
        let rows = import::read(&mut violations, &self.vocabularies().await?, csv);
        violations.check()?;
        let ids: Vec<_> = rows.iter().filter_map(|row| row.id.clone()).collect();
        if validate_only {
            let there = store::find_all(self.db.read(), &ids).await?;
            let (verdicts, _) = import::judge(rows, &there, self.clock().now());
            return Ok(Written { value: Imported { verdicts }, sequence: 0 });
        }
        let mut tx = match self.db.once("directory.organisation.import", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        store::lock(&*tx, &ids).await?;
        let there = store::find_all(&*tx, &ids).await?;
        let (verdicts, changed) = import::judge(rows, &there, tx.now());
        refuse_invalid(&verdicts)?;
        if changed.is_empty() {
            return Ok(Written { value: Imported { verdicts }, sequence: 0 });
        }
        let (old, new): (Vec<_>, Vec<_>) =
            changed.into_iter().partition(|organisation| there.contains_key(&organisation.id));
        store::insert_all(&*tx, &new).await?;
        for organisation in &new {
            tx.append(Change::new("directory.organisation.create", &organisation.id).after(organisation));
        }
        for organisation in &old {
            store::update(&*tx, organisation).await?;
            let change = Change::new("directory.organisation.update", &organisation.id).after(organisation);
            tx.append(there.get(&organisation.id).map_or(change.clone(), |before| change.before(before)));
        }
        Ok(tx.commit(Imported { verdicts }).await?)
    }

    /// Registers and updates the organisations of a CSV file, all or nothing, for a loader.
    ///
    /// # Errors
    /// As an import: everything that is wrong with every row.
    pub async fn load_organisations(&self, caller: &Principal, csv: &[u8]) -> Result<Vec<RowVerdict>, Error> {
        Ok(self.import_organisations(caller, csv, false, None).await?.value.verdicts)
    }

    /// Records that one organisation carries on another.
    ///
    /// # Errors
    /// [`Error::SuccessionExists`], [`Error::SuccessionCircular`], [`Error::OrganisationNotFound`].
    pub async fn record_succession(
        &self,
        caller: &Principal,
        succession: Succession,
        key: Option<RequestKey>,
    ) -> Result<Written<Registered>, Error> {
        caller.require_network(NetworkRole::Programme)?;
        let mut tx = match self.db.once("directory.organisation.record_succession", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let Succession { predecessor, successor, .. } = succession.clone();
        store::lock(&*tx, &[predecessor.clone(), successor.clone()]).await?;
        let found = store::find_all(&*tx, &[predecessor.clone(), successor.clone()]).await?;
        for id in [&predecessor, &successor] {
            found.get(id).ok_or_else(|| Error::OrganisationNotFound(id.clone()))?;
        }
        let known = store::successions(&*tx, &[predecessor.clone(), successor.clone()]).await?;
        if known.iter().any(|known| known.predecessor == predecessor && known.successor == successor) {
            return Err(Error::SuccessionExists { predecessor, successor });
        }
        if predecessor == successor || leads_to(&successor, &predecessor, &known) {
            return Err(Error::SuccessionCircular { predecessor, successor });
        }
        store::insert_succession(&*tx, &succession).await?;
        let closed = found.get(&predecessor).and_then(|before| before.closed_by_succession(succession.date, tx.now()));
        if let Some(closed) = closed {
            store::update(&*tx, &closed).await?;
        }
        tx.append(Change::new("directory.organisation.record_succession", &predecessor).after(&succession));
        let registered = registered(&*tx, &predecessor).await?;
        Ok(tx.commit(registered).await?)
    }
}

impl Update {
    fn over(&self, draft: Draft, day: Date) -> Draft {
        let take = |new: &Option<String>, old: String| new.clone().unwrap_or(old);
        let source = take(&self.source, draft.source);
        Draft {
            display_name: take(&self.display_name, draft.display_name),
            profile: draft.profile.updated(self.profile.clone(), day, &source),
            source,
            ..draft
        }
    }
}

pub(super) async fn registered(db: &impl ConnectionTrait, id: &OrganisationId) -> Result<Registered, Error> {
    let organisation = store::find(db, id).await?.ok_or_else(|| Error::OrganisationNotFound(id.clone()))?;
    let successions = store::successions(db, std::slice::from_ref(id)).await?;
    Ok(in_context(organisation, &successions))
}

fn in_context(organisation: Organisation, successions: &[Succession]) -> Registered {
    let of = |part: fn(&Succession) -> &OrganisationId| {
        successions.iter().filter(|succession| *part(succession) == organisation.id).cloned().collect()
    };
    let (successors, predecessors) = (of(|s| &s.predecessor), of(|s| &s.successor));
    Registered { successors, predecessors, current: current(&organisation.id, successions), organisation }
}

fn leads_to(from: &OrganisationId, to: &OrganisationId, successions: &[Succession]) -> bool {
    let mut reached = vec![from.clone()];
    let mut next = 0;
    while let Some(here) = reached.get(next).cloned() {
        next += 1;
        for succession in successions.iter().filter(|succession| succession.predecessor == here) {
            if succession.successor == *to {
                return true;
            }
            if !reached.contains(&succession.successor) {
                reached.push(succession.successor.clone());
            }
        }
    }
    false
}

/// An import with a bad row changes nothing, and says everything that is wrong with every row.
fn refuse_invalid(verdicts: &[RowVerdict]) -> Result<(), Error> {
    let mut violations = Violations::new();
    for verdict in verdicts.iter().filter(|verdict| verdict.outcome == Outcome::Invalid) {
        for fault in &verdict.faults {
            violations.add(format!("csv line {}", verdict.line), fault);
        }
    }
    Ok(violations.check()?)
}
