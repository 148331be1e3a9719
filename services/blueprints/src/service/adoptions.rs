//! Adoptions: begin, go on, stop, decide about sections, record how it went, find, and what a newer revision changes.

use std::collections::{BTreeMap, BTreeSet};

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, NetworkRole, Once, OrganisationId, Page, Paging, Principal, Role, Tx, Written};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::Date;

use super::Blueprints;
use crate::Error;
use crate::model::adoption::{
    Adopt, Adoption, AdoptionId, AdoptionState, AdoptionUpdate, Decided, Outcome, SectionDecision, StopReason,
};
use crate::model::{Blueprint, Content, Header, Reader, RevisionNumber, SectionKind, Visibility};
use crate::store::adoptions::{self as rows, WantedAdoptions};
use crate::store::{self};

/// Change notes that one update brings at the most.
const MAX_NOTES: u32 = 50;

/// An adoption as somebody may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenAdoption {
    /// The adoption; its plan is empty for those who may not read it.
    pub adoption: Adoption,
    /// Who wrote the blueprint.
    pub author: OrganisationId,
    /// The newest revision of the blueprint.
    pub latest_revision: RevisionNumber,
}

/// How it went, as an adopter tells it.
#[derive(Clone, Debug)]
pub struct NewOutcome {
    /// The benefit that it is measured against; empty when nobody expected it.
    pub benefit: String,
    /// What was measured; may be empty for a benefit.
    pub measure: String,
    /// How it was before.
    pub baseline: String,
    /// How it is now.
    pub result: String,
    /// When it was measured.
    pub date: Date,
    /// Which organisation measured it; the adopter when none.
    pub measured_by: Option<OrganisationId>,
    /// Who there.
    pub measurer: String,
}

/// What is new for an adopter.
#[derive(Clone, Debug)]
pub struct News {
    /// The revision that is followed.
    pub revision: RevisionNumber,
    /// The newest one.
    pub latest_revision: RevisionNumber,
    /// The change notes of those in between, the newest included, oldest first.
    pub notes: Vec<String>,
    /// The sections that were kept or adapted and are worded otherwise: which, what was decided, before, after.
    pub sections: Vec<(SectionKind, SectionDecision, String, String)>,
}

impl Blueprints {
    /// Starts an adoption of a revision of what another organisation wrote.
    pub async fn adopt(
        &self,
        caller: &Principal,
        adopt: Adopt,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenAdoption>, Error> {
        let known = self.known(caller, adopt.blueprint).await?;
        caller.require(Role::Lead, &adopt.organisation)?;
        let mut tx = match self.db.once("blueprints.adoption.adopt", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        self.directory.open_organisation(&*tx, &adopt.organisation).await?;
        let header = store::header(&*tx, known.id).await?.ok_or(Error::NotFound(known.id))?;
        if header.organisation == adopt.organisation {
            return Err(Error::AdoptionOwn);
        }
        if header.withdrawn.is_some() {
            return Err(Error::Withdrawn(known.id));
        }
        let revision = adopt.revision.unwrap_or(header.latest_revision);
        let adopted = revision_of(&tx, &header, revision).await?;
        let adoption = Adoption::begin(AdoptionId::new(tx.id()), adopt, revision, tx.now().date())?;
        if !rows::insert(&*tx, &adoption, tx.now()).await? {
            let (organisation, blueprint) = (adoption.organisation, adoption.blueprint);
            return Err(Error::AdoptionExists { organisation, blueprint });
        }
        let change = Change::new("blueprints.adoption.adopt", &adoption.id).on_behalf(&adoption.organisation);
        let mut after = told(&adoption, &header);
        after["blueprint"] = json!(header.id.to_string());
        after["title"] = json!(adopted.content.title);
        tx.append(change.after(&after));
        note_live(&mut tx, None, &adoption);
        Ok(tx.commit(seen(adoption, &header)).await?)
    }

    /// Changes the plan, whether others may ask, or the revision that is followed.
    pub async fn update_adoption(
        &self,
        caller: &Principal,
        id: AdoptionId,
        update: AdoptionUpdate,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenAdoption>, Error> {
        let (mut tx, before, header) =
            match self.to_change(caller, id, Role::Contributor, "blueprints.adoption.update", expected, key).await? {
                Begun::Again(answer) => return Ok(answer),
                Begun::First(begun) => *begun,
            };
        if let Some(revision) = update.revision {
            revision_of(&tx, &header, revision).await?;
        }
        let after = before.update(update)?;
        save(&mut tx, "blueprints.adoption.update", &before, &after, &header).await?;
        Ok(tx.commit(seen(after, &header)).await?)
    }

    /// Goes on to a later state.
    pub async fn advance_adoption(
        &self,
        caller: &Principal,
        id: AdoptionId,
        (state, date, reason): (AdoptionState, Date, String),
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenAdoption>, Error> {
        let (mut tx, before, header) =
            match self.to_change(caller, id, Role::Lead, "blueprints.adoption.advance", expected, key).await? {
                Begun::Again(answer) => return Ok(answer),
                Begun::First(begun) => *begun,
            };
        let after = before.advance(state, date, reason, tx.now().date())?;
        save(&mut tx, "blueprints.adoption.advance", &before, &after, &header).await?;
        note_live(&mut tx, Some(&before), &after);
        Ok(tx.commit(seen(after, &header)).await?)
    }

    /// Gives it up.
    pub async fn stop_adoption(
        &self,
        caller: &Principal,
        id: AdoptionId,
        (why, date, reason): (StopReason, Date, String),
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenAdoption>, Error> {
        let (mut tx, before, header) =
            match self.to_change(caller, id, Role::Lead, "blueprints.adoption.stop", expected, key).await? {
                Begun::Again(answer) => return Ok(answer),
                Begun::First(begun) => *begun,
            };
        let after = before.stop(why, date, reason, tx.now().date())?;
        save(&mut tx, "blueprints.adoption.stop", &before, &after, &header).await?;
        Self::note_stop(&tx, &after, &header).await?;
        Ok(tx.commit(seen(after, &header)).await?)
    }

    /// Says what was kept, adapted and dropped.
    pub async fn decide_sections(
        &self,
        caller: &Principal,
        id: AdoptionId,
        decided: BTreeMap<SectionKind, Decided>,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenAdoption>, Error> {
        let verb = "blueprints.adoption.decide";
        let (mut tx, before, header) = match self.to_change(caller, id, Role::Contributor, verb, expected, key).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(begun) => *begun,
        };
        let followed = revision_of(&tx, &header, before.revision).await?;
        let after = before.decide(decided, &followed.content)?;
        save(&mut tx, verb, &before, &after, &header).await?;
        Ok(tx.commit(seen(after, &header)).await?)
    }

    /// Records how it went.
    pub async fn record_outcome(
        &self,
        caller: &Principal,
        id: AdoptionId,
        told: NewOutcome,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenAdoption>, Error> {
        let verb = "blueprints.adoption.record_outcome";
        let (mut tx, before, header) = match self.to_change(caller, id, Role::Contributor, verb, expected, key).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::First(begun) => *begun,
        };
        let followed = revision_of(&tx, &header, before.revision).await?;
        let measured_by = match &told.measured_by {
            Some(measurer) => self.directory.open_organisation(&*tx, measurer).await?.id,
            None => before.organisation.clone(),
        };
        let outcome = Outcome {
            measure: measure_of(&followed.content, &told)?,
            benefit: told.benefit,
            baseline: told.baseline,
            result: told.result,
            date: told.date,
            measured_by,
            measurer: told.measurer,
        };
        let after = before.record(outcome, tx.now().date())?;
        save(&mut tx, verb, &before, &after, &header).await?;
        Ok(tx.commit(seen(after, &header)).await?)
    }

    /// One adoption, if the caller may know of it.
    pub async fn adoption(&self, caller: &Principal, id: AdoptionId) -> Result<SeenAdoption, Error> {
        known_by_name(caller)?;
        let found = rows::find_visible(self.db.read(), &self.reader(caller).await?, id)
            .await?
            .ok_or(Error::AdoptionNotFound(id))?;
        let seen = self.seen_by(caller, vec![found]).await?;
        seen.into_iter().next().ok_or(Error::AdoptionNotFound(id))
    }

    /// A page of the adoptions that the caller may know of, newest first.
    pub async fn adoptions(
        &self,
        caller: &Principal,
        wanted: &WantedAdoptions,
        paging: &Paging,
    ) -> Result<Page<SeenAdoption>, Error> {
        known_by_name(caller)?;
        let found = rows::list(self.db.read(), &self.reader(caller).await?, wanted, paging).await?;
        let Page { items, next } = paging.page(found, |last| vec![last.id.uuid().to_string()]);
        Ok(Page { items: self.seen_by(caller, items).await?, next })
    }

    /// What the newest revision says otherwise in the sections that the adopter kept or adapted.
    pub async fn adoption_update(&self, caller: &Principal, id: AdoptionId) -> Result<News, Error> {
        let SeenAdoption { adoption, .. } = self.adoption(caller, id).await?;
        let header = store::header(self.db.read(), adoption.blueprint).await?.ok_or(Error::AdoptionNotFound(id))?;
        if !self.shows_revisions(caller, &header).await? {
            return Err(Error::NotFound(adoption.blueprint));
        }
        if header.withdrawn.is_some() {
            return Err(Error::Withdrawn(adoption.blueprint));
        }
        let (revision, latest_revision) = (adoption.revision, header.latest_revision);
        let first = revision.saturating_add(1).max(latest_revision.saturating_sub(MAX_NOTES - 1));
        let wanted = |numbers: Vec<u32>| numbers.into_iter().map(|number| (number, header.clone())).collect();
        let mut both = store::read(self.db.read(), wanted(vec![revision, latest_revision]), true).await?.into_iter();
        let (Some(old), Some(new)) = (both.next(), both.next()) else {
            // The two are one and the same: nothing is new.
            return Ok(News { revision, latest_revision, notes: Vec::new(), sections: Vec::new() });
        };
        let between = store::read(self.db.read(), wanted((first..=latest_revision).collect()), false).await?;
        let text = |content: &Content, kind| content.sections.get(&kind).cloned().unwrap_or_default();
        let sections = adoption
            .touched(&old.content, &new.content)
            .filter_map(|kind| {
                let decision = adoption.decisions.get(&kind)?.decision;
                Some((kind, decision, text(&old.content, kind), text(&new.content, kind)))
            })
            .collect();
        let notes = between.into_iter().map(|revision| revision.change_note).collect();
        Ok(News { revision, latest_revision, notes, sections })
    }

    /// Puts beside each adoption what the reader needs, and takes away what they may not read.
    async fn seen_by(&self, caller: &Principal, adoptions: Vec<Adoption>) -> Result<Vec<SeenAdoption>, Error> {
        let ids: Vec<_> = adoptions.iter().map(|adoption| adoption.blueprint.uuid()).collect();
        let headers: BTreeMap<_, _> =
            store::headers(self.db.read(), &ids).await?.into_iter().map(|header| (header.id, header)).collect();
        let reader = self.reader(caller).await?;
        let reads_plan = plan_readers(&reader);
        let with = |mut adoption: Adoption| {
            let header = headers.get(&adoption.blueprint)?;
            if !reads_plan(&adoption.organisation) {
                adoption.plan.clear();
            }
            Some(seen(adoption, header))
        };
        Ok(adoptions.into_iter().filter_map(with).collect())
    }

    /// Locks an adoption for a change by somebody who holds `role` at the adopter.
    async fn to_change(
        &self,
        caller: &Principal,
        id: AdoptionId,
        role: Role,
        verb: &'static str,
        expected: Expected,
        key: Option<RequestKey>,
    ) -> Result<Begun, Error> {
        known_by_name(caller)?;
        let known = rows::find_visible(self.db.read(), &self.reader(caller).await?, id)
            .await?
            .ok_or(Error::AdoptionNotFound(id))?;
        caller.require(role, &known.organisation)?;
        let tx = match self.db.once(verb, caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(Begun::Again(answer)),
            Once::First(tx) => tx,
        };
        let adoption = rows::lock(&*tx, id).await?.ok_or(Error::AdoptionNotFound(id))?;
        expected.check(adoption.version)?;
        let header = store::header(&*tx, adoption.blueprint).await?.ok_or(Error::NotFound(adoption.blueprint))?;
        Ok(Begun::First(Box::new((tx, adoption, header))))
    }
}

/// Whose plans one may read: their own organisations', those of partners of these, and PROGRAMME all.
fn plan_readers<'a>(reader: &'a Reader<'_>) -> impl Fn(&OrganisationId) -> bool + 'a {
    let Reader { caller, owners } = reader;
    let all = caller.holds_network(NetworkRole::Programme);
    move |organisation| all || owners.contains(organisation) || caller.organisations().any(|own| own == organisation)
}

/// What [`Blueprints::to_change`] found.
enum Begun {
    /// It was done before; this was the answer.
    Again(Written<SeenAdoption>),
    /// Go on: the transaction, the adoption as it stands, its blueprint.
    First(Box<(Tx, Adoption, Header)>),
}

/// Has the journal tell each adopter of a newer revision in whose kept or adapted sections it says another thing. Where
/// only partners read it, `partners` are those of today.
pub(super) async fn tell_adopters(
    tx: &mut Tx,
    newer: &Blueprint,
    partners: Option<&BTreeSet<OrganisationId>>,
) -> Result<(), Error> {
    let mut running = rows::running(&**tx, newer.header.id).await?;
    // Adopters who may no longer read it are not told of it.
    running.retain(|adoption| match newer.header.visibility {
        Visibility::Public | Visibility::Network => true,
        Visibility::Pair => partners.is_some_and(|partners| partners.contains(&adoption.organisation)),
        Visibility::Organisation => false,
    });
    if running.is_empty() {
        return Ok(());
    }
    let mut followed: Vec<RevisionNumber> = running.iter().map(|adoption| adoption.revision).collect();
    followed.sort_unstable();
    followed.dedup();
    let wanted = followed.into_iter().map(|number| (number, newer.header.clone())).collect();
    let adopted: BTreeMap<RevisionNumber, Content> =
        store::read(&**tx, wanted, true).await?.into_iter().map(|old| (old.revision, old.content)).collect();
    for adoption in running {
        let Some(old) = adopted.get(&adoption.revision) else { continue };
        let sections: Vec<_> = adoption.touched(old, &newer.content).map(SectionKind::name).collect();
        if !sections.is_empty() {
            let change = Change::new("blueprints.adoption.outdate", &adoption.id).on_behalf(&adoption.organisation);
            tx.append(change.after(&json!({
                "blueprint": newer.header.id.to_string(),
                "title": newer.content.title,
                "revision": adoption.revision,
                "latest_revision": newer.revision,
                "sections": sections,
            })));
        }
    }
    Ok(())
}

/// Who adopts is told to the network, not to everybody.
pub(super) fn known_by_name(caller: &Principal) -> Result<(), Error> {
    if caller.is_system() { Ok(()) } else { Ok(caller.signed_in().map(|_| ())?) }
}

fn seen(adoption: Adoption, header: &Header) -> SeenAdoption {
    SeenAdoption { adoption, author: header.organisation.clone(), latest_revision: header.latest_revision }
}

/// An adoption as the journal tells it: with both organisations, so that either side's ledger can count it.
fn told(adoption: &Adoption, header: &Header) -> serde_json::Value {
    let stop = adoption.steps.last().and_then(|step| step.stop);
    json!({
        "adoption": adoption,
        "author": header.organisation.to_string(),
        "adopter": adoption.organisation.to_string(),
        "stop_reason": stop.map(StopReason::name),
    })
}

async fn save(
    tx: &mut Tx,
    verb: &'static str,
    before: &Adoption,
    after: &Adoption,
    header: &Header,
) -> Result<(), Error> {
    rows::update(&**tx, before, after).await?;
    let change = Change::new(verb, &after.id).on_behalf(&after.organisation);
    tx.append(change.before(&told(before, header)).after(&told(after, header)));
    Ok(())
}

/// Notes for the journal that an adoption went live, whether it began so or came to it: what waits for that need not
/// know how.
fn note_live(tx: &mut Tx, before: Option<&Adoption>, after: &Adoption) {
    let live = |adoption: &Adoption| adoption.state == AdoptionState::Live;
    if live(after) && !before.is_some_and(live) {
        tx.append(Change::new("blueprints.adoption.go_live", &after.id).on_behalf(&after.organisation));
    }
}

async fn revision_of(tx: &Tx, header: &Header, revision: RevisionNumber) -> Result<Blueprint, Error> {
    let missing = Error::RevisionNotFound { blueprint: header.id, revision };
    if revision == store::DRAFT || revision > header.latest_revision {
        return Err(missing);
    }
    store::read(&**tx, vec![(revision, header.clone())], true).await?.into_iter().next().ok_or(missing)
}

/// What an outcome measures, in words: for a benefit, what the blueprint calls it.
fn measure_of(content: &Content, told: &NewOutcome) -> Result<String, Error> {
    if told.benefit.is_empty() {
        return Ok(told.measure.clone());
    }
    let benefit = content.benefits.iter().find(|benefit| benefit.id == told.benefit);
    let benefit = benefit.ok_or_else(|| Error::BenefitNotFound(told.benefit.clone()))?;
    Ok(if told.measure.is_empty() { benefit.measure.clone() } else { told.measure.clone() })
}
