//! Writing drafts, part by part.

use std::collections::HashMap;

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, OrganisationId, PersonId, Principal, Role, Violations, Written};

use super::Blueprints;
use crate::Error;
use crate::model::{
    Blueprint, BlueprintId, Contact, Content, ContentUpdate, Finding, Header, Part, Surroundings, Touched, Visibility,
    Which,
};
use crate::store::{self, DRAFT};

/// Starts a draft.
#[derive(Clone, Debug)]
pub struct Create {
    /// Who writes it.
    pub organisation: OrganisationId,
    /// Who may read it once it is released.
    pub visibility: Visibility,
    /// What it says so far.
    pub content: Content,
}

/// Changes a draft.
#[derive(Clone, Debug)]
pub struct UpdateDraft {
    /// Which.
    pub id: BlueprintId,
    /// What is to be changed.
    pub update: ContentUpdate,
    /// The version that was read before.
    pub expected: Expected,
}

impl Blueprints {
    /// Starts a draft.
    pub async fn create(
        &self,
        caller: &Principal,
        mut create: Create,
        key: Option<RequestKey>,
    ) -> Result<Written<Blueprint>, Error> {
        caller.require(Role::Contributor, &create.organisation)?;
        self.look_up(&mut create.content.contacts).await?;
        let mut tx = match self.db.once("blueprints.blueprint.create", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        self.directory.open_organisation(&*tx, &create.organisation).await?;
        let header = Header {
            id: BlueprintId::new(tx.id()),
            organisation: create.organisation,
            visibility: create.visibility,
            version: 1,
            latest_revision: 0,
            published: None,
            review_due: None,
            withdrawn: None,
        };
        let draft = draft_of(header, create.content);
        store::insert(&*tx, &draft, tx.now()).await?;
        let change = Change::new("blueprints.blueprint.create", &draft.header.id);
        tx.append(change.on_behalf(&draft.header.organisation).after(&draft.content));
        Ok(tx.commit(draft).await?)
    }

    /// Changes parts of a draft. A caller who says which version they read is refused when one of the same parts has
    /// changed since; what others wrote elsewhere in it does not matter.
    ///
    /// # Errors
    /// [`Error::PartChanged`] names the parts; nothing is written then.
    pub async fn update_draft(
        &self,
        caller: &Principal,
        mut update: UpdateDraft,
        key: Option<RequestKey>,
    ) -> Result<Written<Blueprint>, Error> {
        let known = self.known(caller, update.id).await?;
        caller.require(Role::Contributor, &known.organisation)?;
        if let Some(contacts) = &mut update.update.contacts {
            self.look_up(contacts).await?;
        }
        let mut tx = match self.db.once("blueprints.blueprint.update_draft", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = super::locked_draft(&tx, update.id, Expected::Any).await?;
        super::draft_moves(&tx, update.id).await?;
        let touched = store::touched(&*tx, update.id).await?;
        let parts = update.update.parts();
        untouched(&touched, &parts, update.expected, before.header.version)?;
        let header = Header { version: before.header.version + 1, ..before.header.clone() };
        let touched = touched.at(header.version, &parts);
        let after = draft_of(header, before.content.updated(update.update));
        store::update_draft(&*tx, &after, &touched).await?;
        let change = Change::new("blueprints.blueprint.update_draft", &update.id);
        tx.append(change.on_behalf(&after.header.organisation).before(&before.content).after(&after.content));
        Ok(tx.commit(after).await?)
    }

    /// What is missing or weak in a draft, and the version that was looked at.
    pub async fn check_draft(&self, caller: &Principal, id: BlueprintId) -> Result<(Vec<Finding>, i64), Error> {
        let draft = self.get(caller, id, Which::Draft).await?;
        let contacts = &draft.content.contacts;
        let people: Vec<PersonId> = contacts.iter().filter_map(|contact| contact.person).collect();
        let here = if people.is_empty() { Vec::new() } else { self.directory.people_by_id(&people).await? };
        let is_here = |person: PersonId| here.iter().any(|found| found.id == person && found.active);
        let gone = |contact: &Contact| contact.person.is_some_and(|person| !is_here(person));
        let around = Surroundings {
            left: contacts.iter().enumerate().filter(|(_, contact)| gone(contact)).map(|(i, _)| i).collect(),
            title_taken: store::title_taken(self.db.read(), &self.reader(caller).await?, &draft).await?,
        };
        Ok((draft.content.check(&around), draft.header.version))
    }

    /// Looks the people and organisations of contacts up, and gives those without a name the person's own.
    pub(super) async fn look_up(&self, contacts: &mut [Contact]) -> Result<(), Error> {
        let people: Vec<PersonId> = contacts.iter().filter_map(|contact| contact.person).collect();
        let organisations: Vec<_> = contacts.iter().filter_map(|contact| contact.organisation.clone()).collect();
        let mut names: HashMap<PersonId, String> = HashMap::new();
        if !people.is_empty() {
            let found = self.directory.people_by_id(&people).await?;
            names.extend(found.into_iter().filter(|person| person.active).map(|found| (found.id, found.display_name)));
        }
        let known = if organisations.is_empty() {
            HashMap::new()
        } else {
            self.directory.organisations_by_id(&organisations).await?
        };
        let mut violations = Violations::new();
        for (i, contact) in contacts.iter_mut().enumerate() {
            match contact.person.map(|person| names.get(&person)) {
                Some(None) => violations.add(format!("content.contacts[{i}].person"), "is nobody who has an account"),
                Some(Some(name)) if contact.name.is_empty() => contact.name.clone_from(name),
                Some(Some(_)) | None => {}
            }
            if contact.organisation.as_ref().is_some_and(|id| !known.contains_key(id)) {
                violations.add(format!("content.contacts[{i}].organisation"), "is not registered");
            }
        }
        Ok(violations.check()?)
    }
}

pub(super) fn draft_of(header: Header, content: Content) -> Blueprint {
    Blueprint { header, revision: DRAFT, published: None, change_note: String::new(), minor: false, content }
}

/// Refuses when a part has changed since the version that was read.
fn untouched(touched: &Touched, parts: &[Part], expected: Expected, version: i64) -> Result<(), Error> {
    let Expected::Exactly(read) = expected else { return Ok(()) };
    if read.version() > version {
        // An etag of another draft, or of a database that was put back.
        return Err(exemplar_kernel::Error::Stale.into());
    }
    let mut changed = Violations::new();
    for part in touched.since(read.version(), parts) {
        changed.add(part.to_string(), "has changed since it was read");
    }
    if changed.is_empty() { Ok(()) } else { Err(Error::PartChanged(changed)) }
}
