//! Comments on drafts, by those who may read them.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Change, Once, Page, Paging, Principal, Role, Written};

use super::Blueprints;
use crate::Error;
use crate::model::{BlueprintId, Comment, CommentId, SectionKind};
use crate::store::comments;

/// Adds a comment.
#[derive(Clone, Debug)]
pub struct AddComment {
    /// On which blueprint's draft.
    pub blueprint: BlueprintId,
    /// On which section; none for the whole.
    pub section: Option<SectionKind>,
    /// What it says.
    pub body: String,
}

impl Blueprints {
    /// Adds a comment to a draft.
    pub async fn add_comment(
        &self,
        caller: &Principal,
        add: AddComment,
        key: Option<RequestKey>,
    ) -> Result<Written<Comment>, Error> {
        let header = self.known_draft(caller, add.blueprint).await?;
        let author = caller.signed_in()?;
        let mut tx = match self.db.once("blueprints.comment.add", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let comment = Comment {
            id: CommentId::new(tx.id()),
            blueprint: add.blueprint,
            section: add.section,
            body: add.body,
            author,
            created: tx.now(),
            resolved_by: None,
            resolved: None,
        };
        comments::insert(&*tx, &comment).await?;
        tx.append(Change::new("blueprints.comment.add", &comment.id).on_behalf(&header.organisation).after(&comment));
        Ok(tx.commit(comment).await?)
    }

    /// Says that a comment is dealt with.
    pub async fn resolve_comment(
        &self,
        caller: &Principal,
        id: CommentId,
        key: Option<RequestKey>,
    ) -> Result<Written<Comment>, Error> {
        let found = comments::find(self.db.read(), id).await?.ok_or(Error::CommentNotFound(id))?;
        let header = self.known_draft(caller, found.blueprint).await;
        let header = header
            .map_err(|error| if matches!(error, Error::NotFound(_)) { Error::CommentNotFound(id) } else { error })?;
        let by = caller.signed_in()?;
        let own = found.author == by || caller.holds(Role::Contributor, &header.organisation);
        caller.granted(own, Role::Contributor.name())?;
        let mut tx = match self.db.once("blueprints.comment.resolve", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = comments::lock(&*tx, id).await?.ok_or(Error::CommentNotFound(id))?;
        if before.resolved.is_some() {
            return Err(Error::CommentResolved(id));
        }
        comments::resolve(&*tx, id, by, tx.now()).await?;
        let after = Comment { resolved_by: Some(by), resolved: Some(tx.now()), ..before };
        tx.append(Change::new("blueprints.comment.resolve", &id).on_behalf(&header.organisation).after(&after));
        Ok(tx.commit(after).await?)
    }

    /// A page of a draft's comments, newest first.
    pub async fn list_comments(
        &self,
        caller: &Principal,
        blueprint: BlueprintId,
        resolved: Option<bool>,
        paging: &Paging,
    ) -> Result<Page<Comment>, Error> {
        self.known_draft(caller, blueprint).await?;
        let rows = comments::list(self.db.read(), blueprint, resolved, paging).await?;
        Ok(paging.page(rows, |last| vec![last.id.uuid().to_string()]))
    }
}
