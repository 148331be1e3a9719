//! Plans and projects: written in revisions, agreed to by two, a project linked to what it is in the network.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, Page, Paging, PersonId, Principal, Written};

use super::{Academy, visible};
use crate::Error;
use crate::model::enrolment::{Enrolment, EnrolmentId};
use crate::model::portfolio::{Document, DocumentKind, ProjectDraft, ProjectLink, Side, WriteDocument};
use crate::store::{enrolments, portfolio as store};

impl Academy {
    /// Writes a new revision of a plan or a project. The learner or the sponsor does, and agrees to it with that; what
    /// both agreed to before stays agreed until both agree to the new one.
    pub async fn write_document(
        &self,
        caller: &Principal,
        write: WriteDocument,
        key: Option<RequestKey>,
    ) -> Result<Written<Document>, Error> {
        let (id, kind) = (write.enrolment, write.kind);
        let (person, side) = self.side(caller, id).await?;
        let mut tx = match self.db.once("academy.document.write", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let locked = enrolments::lock(&*tx, &[id]).await?;
        recordable(locked.get(&id).ok_or(Error::EnrolmentNotFound(id))?)?;
        let before = store::newest(&*tx, id, kind).await?;
        let revision = before.as_ref().map_or(0, |before| before.revision) + 1;
        let document = write.into_revision(revision, person, side, tx.now());
        store::insert(&*tx, &document).await?;
        let mut change = Change::new("academy.document.write", &id).after(&document);
        if let Some(before) = &before {
            change = change.before(before);
        }
        tx.append(change);
        Ok(tx.commit(document).await?)
    }

    /// Agrees to the newest revision.
    pub async fn agree_document(
        &self,
        caller: &Principal,
        id: EnrolmentId,
        kind: DocumentKind,
        revision: i32,
        key: Option<RequestKey>,
    ) -> Result<Written<Document>, Error> {
        let (person, side) = self.side(caller, id).await?;
        let mut tx = match self.db.once("academy.document.agree", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        enrolments::lock(&*tx, &[id]).await?;
        let before = store::newest(&*tx, id, kind).await?.ok_or(Error::DocumentNotFound)?;
        if before.revision != revision {
            return Err(Error::DocumentSuperseded(before.revision));
        }
        let after = before.clone().agreed_by(side, person, tx.now())?;
        store::update(&*tx, &after).await?;
        tx.append(Change::new("academy.document.agree", &id).before(&before).after(&after));
        Ok(tx.commit(after).await?)
    }

    /// The revisions of a plan or a project, newest first, for everybody who may know of the enrolment.
    pub async fn list_documents(
        &self,
        caller: &Principal,
        id: EnrolmentId,
        kind: DocumentKind,
        paging: &Paging,
    ) -> Result<Page<Document>, Error> {
        self.known(caller, id).await?;
        let rows = store::list(self.db.read(), id, kind, paging).await?;
        Ok(paging.page(rows, |last| vec![last.revision.to_string()]))
    }

    /// What a learner's project is linked to, for everybody who may know of the enrolment.
    pub async fn project_link(&self, caller: &Principal, id: EnrolmentId) -> Result<ProjectLink, Error> {
        self.known(caller, id).await?;
        Ok(store::link(self.db.read(), id).await?)
    }

    /// Says which adoption the learner's project is: one by their employer, that they may know of.
    pub async fn link_project(
        &self,
        caller: &Principal,
        id: EnrolmentId,
        adoption: String,
        key: Option<RequestKey>,
    ) -> Result<Written<ProjectLink>, Error> {
        let enrolment = self.own(caller, id).await?;
        let adopter = self.links.works.adopter(caller, &adoption).await?;
        let (_, employers) = self.employed(vec![enrolment.clone()]).await?.pop().unwrap_or((enrolment, Vec::new()));
        let theirs = adopter.is_some_and(|adopter| employers.contains(&adopter));
        if !theirs {
            return Err(Error::AdoptionForeign(adoption));
        }
        let mut tx = match self.db.once("academy.project.link", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        enrolments::lock(&*tx, &[id]).await?;
        store::newest(&*tx, id, DocumentKind::Project).await?.ok_or(Error::DocumentNotFound)?;
        let before = store::link(&*tx, id).await?;
        let after = ProjectLink { adoption: Some(adoption), ..before.clone() };
        store::set_link(&*tx, id, &after).await?;
        tx.append(Change::new("academy.project.link", &id).before(&before).after(&after));
        Ok(tx.commit(after).await?)
    }

    /// Makes the draft of a blueprint of the learner's employer from the agreed project. Two contexts write, one after
    /// the other: with the same key the same draft is found again, whatever came between.
    pub async fn draft_project(
        &self,
        caller: &Principal,
        id: EnrolmentId,
        key: Option<RequestKey>,
    ) -> Result<Written<ProjectLink>, Error> {
        let enrolment = self.own(caller, id).await?;
        let db = self.db.read();
        let project = store::agreed(db, id, DocumentKind::Project).await?.ok_or(Error::DocumentNotFound)?;
        let linked = store::link(db, id).await?.blueprint;
        if let (Some(blueprint), None) = (&linked, &key) {
            return Err(Error::ProjectDrafted(blueprint.clone()));
        }
        let (_, employers) = self.employed(vec![enrolment.clone()]).await?.pop().unwrap_or((enrolment, Vec::new()));
        // After a split several carry the employer on: the one that the learner works at.
        let at = employers.iter().find(|employer| caller.roles.contains_key(employer)).or(employers.first());
        let organisation = at.cloned().ok_or(Error::EnrolmentNotFound(id))?;
        let draft = ProjectDraft { organisation, project };
        let made = self.links.works.draft(caller, draft, key).await?;
        let mut tx = self.db.begin("academy.project.draft", caller).await?;
        enrolments::lock(&*tx, &[id]).await?;
        let before = store::link(&*tx, id).await?;
        match &before.blueprint {
            Some(blueprint) if *blueprint == made.value => return Ok(made.map(|_| before.clone())),
            Some(blueprint) => return Err(Error::ProjectDrafted(blueprint.clone())),
            None => {}
        }
        let after = ProjectLink { blueprint: Some(made.value), ..before.clone() };
        store::set_link(&*tx, id, &after).await?;
        tx.append(Change::new("academy.project.draft", &id).before(&before).after(&after));
        Ok(tx.commit(after).await?)
    }

    /// An enrolment that the caller may know of.
    pub(super) async fn known(&self, caller: &Principal, id: EnrolmentId) -> Result<Enrolment, Error> {
        enrolments::find(self.db.read(), visible(caller)?, id).await?.ok_or(Error::EnrolmentNotFound(id))
    }

    /// The caller's own enrolment.
    pub(super) async fn own(&self, caller: &Principal, id: EnrolmentId) -> Result<Enrolment, Error> {
        let found = self.known(caller, id).await?;
        Some(found).filter(|found| caller.person == Some(found.learner)).ok_or(Error::EnrolmentNotFound(id))
    }

    /// Who of the two who agree the caller is; for others the enrolment does not exist.
    async fn side(&self, caller: &Principal, id: EnrolmentId) -> Result<(PersonId, Side), Error> {
        let (person, enrolment) = (caller.signed_in()?, self.known(caller, id).await?);
        let side = Side::of(caller, &enrolment).ok_or(Error::EnrolmentNotFound(id))?;
        Ok((person, side))
    }
}

/// Refuses what has ended.
pub(super) fn recordable(enrolment: &Enrolment) -> Result<(), Error> {
    if enrolment.is_recordable() {
        return Ok(());
    }
    Err(Error::EnrolmentState { enrolment: enrolment.id, state: enrolment.state })
}
