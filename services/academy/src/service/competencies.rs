//! Competencies: what shows them, what the network's own record suggests, and the view of all of it.

use exemplar_kernel::journal::{self, Sequence};
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, Page, Paging, PersonId, Principal, Violations, Written, db::is_unique,
};

use super::Academy;
use crate::Error;
use crate::model::evidence::{
    AddEvidence, Evidence, EvidenceId, EvidenceKind, EvidenceState, Shown, Suggestion, VERBS, by_competency, recognised,
};
use crate::model::standing::{Detail, RequirementKind, RequirementState, standing};
use crate::store::{enrolments, evidence as store};

impl Academy {
    /// Adds evidence of the caller's own. Continuing development and what the journal says count at once, earlier
    /// learning when the academy accepts it.
    pub async fn add_evidence(
        &self,
        caller: &Principal,
        add: AddEvidence,
        key: Option<RequestKey>,
    ) -> Result<Written<Evidence>, Error> {
        let person = caller.signed_in()?;
        let mut violations = Violations::new();
        add.check(&mut violations, self.today());
        violations.check()?;
        let confirmed = match add.source {
            Some(source) => Some(self.confirmable(caller, source).await?),
            None => None,
        };
        let mut tx = match self.db.once("academy.evidence.add", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let AddEvidence { kind, title, mut competencies, date, minutes, detail, source } = add;
        competencies.sort();
        competencies.dedup();
        let state = if kind == EvidenceKind::PriorLearning { EvidenceState::Claimed } else { EvidenceState::Accepted };
        let evidence = Evidence {
            id: EvidenceId::new(tx.id()),
            person,
            kind,
            title: confirmed.as_ref().map_or(title, |found| found.title.to_owned()),
            competencies,
            date: confirmed.as_ref().map(|found| found.date).or(date).unwrap_or_else(|| tx.now().date()),
            minutes,
            detail: confirmed.map_or(detail, |found| found.resource),
            source,
            state,
            decided_by: None,
            reason: String::new(),
            written: tx.now(),
            version: 1,
        };
        let twice = |error| match source {
            Some(source) if is_unique(&error) => Error::EvidenceConfirmed(source),
            _ => error.into(),
        };
        store::insert(&*tx, &evidence).await.map_err(twice)?;
        tx.append(Change::new("academy.evidence.add", &evidence.id).after(&evidence));
        Ok(tx.commit(evidence).await?)
    }

    /// Accepts or refuses earlier learning.
    pub async fn decide_evidence(
        &self,
        caller: &Principal,
        id: EvidenceId,
        accepted: bool,
        reason: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Evidence>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.evidence.decide", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = store::lock(&*tx, id).await?.ok_or(Error::EvidenceNotFound(id))?;
        let after = before.clone().decided(caller.person, accepted, reason)?;
        store::update(&*tx, &after).await?;
        tx.append(Change::new("academy.evidence.decide", &id).before(&before).after(&after));
        Ok(tx.commit(after).await?)
    }

    /// Takes evidence of the caller's own away.
    pub async fn withdraw_evidence(
        &self,
        caller: &Principal,
        id: EvidenceId,
        key: Option<RequestKey>,
    ) -> Result<Written<()>, Error> {
        let person = caller.signed_in()?;
        let mut tx = match self.db.once("academy.evidence.withdraw", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = store::lock(&*tx, id).await?.filter(|found| found.person == person);
        let before = before.ok_or(Error::EvidenceNotFound(id))?;
        store::delete(&*tx, id).await?;
        tx.append(Change::new("academy.evidence.withdraw", &id).before(&before));
        Ok(tx.commit(()).await?)
    }

    /// Evidence, newest first: of the caller; for the academy also of another, or all that waits for it.
    pub async fn list_evidence(
        &self,
        caller: &Principal,
        person: Option<PersonId>,
        paging: &Paging,
    ) -> Result<Page<Evidence>, Error> {
        let academy = caller.holds_network(NetworkRole::Academy);
        let own = person.is_some() && person == caller.person;
        if !own {
            caller.granted(academy, NetworkRole::Academy.name())?;
        }
        let rows = store::list(self.db.read(), person, paging).await?;
        Ok(paging.page(rows, |last| vec![last.id.uuid().to_string()]))
    }

    /// What the network's own record says that the caller did and that they have not confirmed, newest first. A page
    /// looks at as many changes as it has rows, so that it may hold fewer, or none, before the last.
    pub async fn suggestions(&self, caller: &Principal, paging: &Paging) -> Result<Page<Suggestion>, Error> {
        let person = caller.signed_in()?;
        let db = self.db.read();
        let before = paging.after.first().and_then(|sequence| sequence.parse().ok());
        let entries = journal::by_actor(db, &caller.actor(), &VERBS, before, paging.fetch()).await?;
        let sequences: Vec<Sequence> = entries.iter().map(|entry| entry.sequence).collect();
        let details = journal::details(db, &sequences).await?;
        let confirmed = store::sources(db, person, &sequences).await?;
        let page = paging.page(entries, |last| vec![last.sequence.to_string()]);
        let items = page.items.iter().filter(|entry| !confirmed.contains(&entry.sequence));
        let items = items.filter_map(|entry| recognised(entry, details.get(&entry.sequence))).collect();
        Ok(Page { items, next: page.next })
    }

    /// What a person can show of each competency, and the minutes of continuing development in all: their own, and
    /// anybody's for the academy.
    pub async fn competency_view(
        &self,
        caller: &Principal,
        person: Option<PersonId>,
    ) -> Result<(Vec<Shown>, i32), Error> {
        let person = match person {
            Some(person) if caller.person == Some(person) => person,
            Some(person) => {
                caller.granted(caller.holds_network(NetworkRole::Academy), NetworkRole::Academy.name())?;
                person
            }
            None => caller.signed_in()?,
        };
        let db = self.db.read();
        let learnt = enrolments::of_learner(db, person).await?;
        let records = self.learner_records(db, &learnt).await?;
        let mut modules = Vec::new();
        for enrolment in &learnt {
            let book = self.book(db, enrolment.cohort).await?;
            let record = records.get(&enrolment.id).cloned().unwrap_or_default();
            for requirement in standing(&book.taught(), &record, self.today(), Detail::Progress).requirements {
                let met = requirement.kind == RequirementKind::Module && requirement.state == RequirementState::Met;
                if let Some(module) = book.curriculum.module(&requirement.subject).filter(|_| met) {
                    modules.push((format!("{}, {}", module.title, book.cohort.title), module.competencies.clone()));
                }
            }
        }
        modules.sort();
        modules.dedup();
        let evidence = store::of(db, person).await?;
        let developed = evidence.iter().filter(|one| one.state == EvidenceState::Accepted);
        let minutes = developed.fold(0_i32, |sum, one| sum.saturating_add(one.minutes));
        Ok((by_competency(&modules, &evidence), minutes))
    }

    /// A change of the journal that the caller made and that is evidence.
    async fn confirmable(&self, caller: &Principal, source: Sequence) -> Result<Suggestion, Error> {
        let db = self.db.read();
        let hidden = Error::SuggestionNotFound(source);
        let found = journal::by_actor(db, &caller.actor(), &VERBS, Some(source.saturating_add(1)), 1).await?;
        let Some(entry) = found.into_iter().next().filter(|entry| entry.sequence == source) else {
            return Err(hidden);
        };
        let details = journal::details(db, &[source]).await?;
        recognised(&entry, details.get(&source)).ok_or(hidden)
    }
}
