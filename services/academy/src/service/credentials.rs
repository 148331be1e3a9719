//! The register: who has earned what, awarded by two people, and the credentials that prove it.

use exemplar_kernel::digest::hex;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, Page, Paging, PersonId, Principal, Timestamp, Tx, Written, db::is_unique,
};
use serde::{Deserialize, Serialize};
use time::Date;

use super::records::learner;
use super::{Academy, detail, visible, works_for};
use crate::Error;
use crate::model::badge::{Badge, CREDENTIAL_TYPE, STATUS_PLACES};
use crate::model::credential::{Code, Credential, CredentialId, Shown};
use crate::model::enrolment::EnrolmentId;
use crate::model::qualification::{Eligibility, Qualification, QualificationId, QualificationState};
use crate::model::standing::Detail;
use crate::store::{credentials, enrolments, qualifications as store};

/// Places that are tried at random in the status list before the call is asked to come again.
const TRIES: usize = 64;

/// A qualification, with its credential once it was awarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qualified {
    /// The row of the register.
    pub qualification: Qualification,
    /// Its credential.
    pub credential: Option<Credential>,
}

impl Academy {
    /// Whether a learner has earned the qualification, as far as the caller may know of it.
    pub async fn eligibility(&self, caller: &Principal, id: EnrolmentId) -> Result<Eligibility, Error> {
        let db = self.db.read();
        let enrolment = enrolments::find(db, visible(caller)?, id).await?.ok_or(Error::EnrolmentNotFound(id))?;
        let book = self.book(db, enrolment.cohort).await?;
        let record = self.learner_records(db, [&enrolment]).await?.remove(&id).unwrap_or_default();
        let detail = detail(caller, works_for(db, caller, enrolment.cohort).await?, &enrolment);
        let present = store::present(db, id).await?;
        let stands = learner(&book, enrolment, &record, self.today(), detail);
        Ok(Eligibility::of(&stands.enrolment, &stands.standing, present.as_ref()))
    }

    /// Says that a learner has earned the qualification.
    pub async fn propose_qualification(
        &self,
        caller: &Principal,
        id: EnrolmentId,
        valid_until: Option<Date>,
        key: Option<RequestKey>,
    ) -> Result<Written<Qualified>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.qualification.propose", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let (enrolment, book, record) = self.open(&tx, id).await?;
        let present = store::present(&*tx, id).await?;
        let stands = learner(&book, enrolment, &record, tx.now().date(), Detail::Marks);
        earned(id, &Eligibility::of(&stands.enrolment, &stands.standing, present.as_ref()))?;
        let qualification = Qualification {
            id: QualificationId::new(tx.id()),
            enrolment: id,
            learner: stands.enrolment.learner,
            learner_name: stands.enrolment.learner_name,
            organisation: stands.enrolment.organisation,
            curriculum: book.curriculum.id.clone(),
            title: book.curriculum.title.clone(),
            credits: stands.standing.credits_total,
            valid_until,
            state: QualificationState::Proposed,
            proposed_by: caller.person,
            proposed: tx.now(),
            decided_by: None,
            decided: None,
            reason: String::new(),
            version: 1,
        };
        // The enrolment is locked, so that nobody else proposes it meanwhile.
        store::insert(&*tx, &qualification).await?;
        tx.append(Change::new("academy.qualification.propose", &qualification.id).after(&qualification));
        Ok(tx.commit(Qualified { qualification, credential: None }).await?)
    }

    /// Confirms a proposed qualification, when the record still earns it, and issues its credential.
    pub async fn confirm_qualification(
        &self,
        caller: &Principal,
        id: QualificationId,
        key: Option<RequestKey>,
    ) -> Result<Written<Qualified>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let found = store::find(self.db.read(), None, id).await?.ok_or(Error::QualificationNotFound(id))?;
        let email = self.email_of(found.learner).await?;
        let mut tx = match self.db.once("academy.qualification.confirm", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked(&tx, id).await?;
        let after = before.clone().confirmed(caller.person, tx.now())?;
        let (enrolment, book, record) = self.open(&tx, before.enrolment).await?;
        let stands = learner(&book, enrolment, &record, tx.now().date(), Detail::Marks);
        earned(before.enrolment, &Eligibility::of(&stands.enrolment, &stands.standing, None))?;
        store::update(&*tx, &after).await?;
        let credential = self.issue(&tx, &after, &email).await?;
        tx.append(Change::new("academy.qualification.confirm", &id).before(&before).after(&after));
        Ok(tx.commit(Qualified { qualification: after, credential: Some(credential) }).await?)
    }

    /// Refuses a proposed qualification.
    pub async fn refuse_qualification(
        &self,
        caller: &Principal,
        id: QualificationId,
        reason: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Qualified>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.qualification.refuse", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked(&tx, id).await?;
        let after = before.clone().refused(caller.person, tx.now(), reason)?;
        store::update(&*tx, &after).await?;
        tx.append(Change::new("academy.qualification.refuse", &id).before(&before).after(&after));
        Ok(tx.commit(Qualified { qualification: after, credential: None }).await?)
    }

    /// Takes an awarded qualification back, and its credential with it.
    pub async fn revoke_qualification(
        &self,
        caller: &Principal,
        id: QualificationId,
        reason: String,
        key: Option<RequestKey>,
    ) -> Result<Written<Qualified>, Error> {
        caller.require_network(NetworkRole::Academy)?;
        let mut tx = match self.db.once("academy.qualification.revoke", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = locked(&tx, id).await?;
        let after = before.clone().revoked(reason)?;
        store::update(&*tx, &after).await?;
        let credential = credential_of(&tx, id).await?.taken_back(tx.now());
        credentials::update(&*tx, &credential).await?;
        tx.append(Change::new("academy.qualification.revoke", &id).before(&before).after(&after));
        Ok(tx.commit(Qualified { qualification: after, credential: Some(credential) }).await?)
    }

    /// Sets what strangers see who check a credential. Its holder alone may.
    pub async fn set_shown(
        &self,
        caller: &Principal,
        id: QualificationId,
        shown: Vec<Shown>,
        key: Option<RequestKey>,
    ) -> Result<Written<Qualified>, Error> {
        let holder = caller.signed_in()?;
        store::find(self.db.read(), Some(holder), id).await?.ok_or(Error::QualificationNotFound(id))?;
        let mut tx = match self.db.once("academy.credential.set_shown", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let qualification = locked(&tx, id).await?;
        if qualification.state != QualificationState::Awarded {
            return Err(Error::QualificationState { qualification: id, state: qualification.state });
        }
        let before = credential_of(&tx, id).await?;
        let after = before.clone().showing(shown);
        credentials::update(&*tx, &after).await?;
        tx.append(Change::new("academy.credential.set_shown", &id).before(&before.shown).after(&after.shown));
        Ok(tx.commit(Qualified { qualification, credential: Some(after) }).await?)
    }

    /// One qualification: anybody's for the academy, their own for others.
    pub async fn qualification(&self, caller: &Principal, id: QualificationId) -> Result<Qualified, Error> {
        let db = self.db.read();
        let found = store::find(db, only(caller)?, id).await?;
        let qualification = found.ok_or(Error::QualificationNotFound(id))?;
        let credential = credentials::of(db, &[id]).await?.remove(&id);
        Ok(Qualified { qualification, credential })
    }

    /// The register, newest first: all of it for the academy, their own for others.
    pub async fn list_qualifications(
        &self,
        caller: &Principal,
        state: Option<QualificationState>,
        paging: &Paging,
    ) -> Result<Page<Qualified>, Error> {
        let db = self.db.read();
        let rows = store::list(db, only(caller)?, state, paging).await?;
        let page = paging.page(rows, |last| vec![last.id.uuid().to_string()]);
        let ids: Vec<_> = page.items.iter().map(|qualification| qualification.id).collect();
        let mut issued = credentials::of(db, &ids).await?;
        Ok(page.map(|qualification| Qualified { credential: issued.remove(&qualification.id), qualification }))
    }

    async fn email_of(&self, person: PersonId) -> Result<String, Error> {
        let found = self.directory.people_by_id(&[person]).await?.pop();
        Ok(found.ok_or(exemplar_directory::Error::PersonNotFound(person))?.email)
    }

    /// Signs and writes the credential of a qualification.
    async fn issue(&self, tx: &Tx, qualification: &Qualification, email: &str) -> Result<Credential, Error> {
        let chance = self.db.chance();
        let (id, now) = (CredentialId::new(tx.id()), tx.now());
        let next = |day: Date| day.next_day().map(Timestamp::start_of);
        let (salt, status_index) = (hex(&chance.bytes::<16>()), self.place(tx).await?);
        let expires = qualification.valid_until.and_then(next);
        let badge = Badge { id, qualification, email, salt: &salt, status_index, issued: now, expires };
        let (issuer, keys) = (&self.issuing.issuer, &self.issuing.keys);
        let document = keys.sign(CREDENTIAL_TYPE, &issuer.key_prefix(), &issuer.credential(&badge))?;
        let credential = Credential {
            id,
            qualification: qualification.id,
            code: Code::new(chance),
            status_index,
            document,
            issued: now,
            expires,
            revoked: None,
            shown: Vec::new(),
            version: 1,
        };
        let busy = |error| if is_unique(&error) { exemplar_kernel::Error::Busy } else { error.into() };
        credentials::insert(&**tx, &credential).await.map_err(busy)?;
        Ok(credential)
    }

    /// A free place of the status list, taken by chance, so that neighbours say nothing of each other.
    async fn place(&self, tx: &Tx) -> Result<i32, Error> {
        for _ in 0..TRIES {
            let place = u32::from_be_bytes(self.db.chance().bytes()) % STATUS_PLACES;
            let place = i32::try_from(place).unwrap_or(0);
            if !credentials::is_taken(&**tx, place).await? {
                return Ok(place);
            }
        }
        Err(exemplar_kernel::Error::Busy.into())
    }
}

/// Whose qualifications the caller may know of: everybody's, or their own.
fn only(caller: &Principal) -> Result<Option<PersonId>, Error> {
    if caller.holds_network(NetworkRole::Academy) { Ok(None) } else { Ok(Some(caller.signed_in()?)) }
}

fn earned(id: EnrolmentId, eligibility: &Eligibility) -> Result<(), Error> {
    match eligibility.conditions.iter().find(|condition| !condition.met) {
        None => Ok(()),
        Some(missing) => Err(Error::NotEligible(id, format!("{}: {}", missing.subject, missing.reason))),
    }
}

async fn locked(tx: &Tx, id: QualificationId) -> Result<Qualification, Error> {
    store::lock(&**tx, id).await?.ok_or(Error::QualificationNotFound(id))
}

/// The credential of an awarded qualification.
async fn credential_of(tx: &Tx, id: QualificationId) -> Result<Credential, Error> {
    let found = credentials::of(&**tx, &[id]).await?.remove(&id);
    Ok(found.ok_or_else(|| exemplar_kernel::Error::Inconsistent(format!("{id} has no credential")))?)
}
