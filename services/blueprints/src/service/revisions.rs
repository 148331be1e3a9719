//! Looking back: the revisions of a blueprint, how they came about, and what differs between two.

use std::slice;

use exemplar_directory::{Vocabularies, Vocabulary};
use exemplar_kernel::{Page, Paging, Principal};

use super::Blueprints;
use crate::Error;
use crate::model::{
    Blueprint, BlueprintId, Content, Header, PartDifference, Review, Revision, RevisionNumber, Which, compare,
};
use crate::store::{self, DRAFT};

impl Blueprints {
    /// A page of the revisions that the caller may read, newest first, each with the reviews that released and confirmed
    /// it, and the name of the organisation that wrote them.
    pub async fn list_revisions(
        &self,
        caller: &Principal,
        id: BlueprintId,
        paging: &Paging,
    ) -> Result<(Page<(Revision, Vec<Review>)>, String), Error> {
        let header = self.known(caller, id).await?;
        let rows = store::revisions(self.db.read(), &header, self.db.clock().now(), paging).await?;
        let reviews = store::reviews::published_of(self.db.read(), id).await?;
        let name = self.organisation_name(&header).await?;
        let page = paging.page(rows, |last| vec![last.number.to_string()]).map(|revision| {
            let of_it = |review: &&Review| review.revision == Some(revision.number);
            let reviews = reviews.iter().filter(of_it).cloned().collect();
            (revision, reviews)
        });
        Ok((page, name))
    }

    /// What differs between two texts of a blueprint, each a revision or, for those who may read it, the draft (0).
    pub async fn compare_revisions(
        &self,
        caller: &Principal,
        id: BlueprintId,
        (from, to): (RevisionNumber, RevisionNumber),
    ) -> Result<Vec<PartDifference>, Error> {
        let header = self.known(caller, id).await?;
        let drafts = self.shows_draft(caller, &header).await?;
        if (from == DRAFT || to == DRAFT) && !drafts {
            return Err(Error::RevisionNotFound { blueprint: id, revision: DRAFT });
        }
        let wanted = vec![(from, header.clone()), (to, header)];
        let found = store::read(self.db.read(), wanted, true).await?;
        let text = |revision| {
            let found = found.iter().find(|found| found.revision == revision).cloned();
            found
                .map(|found| found.for_reader(drafts).content)
                .ok_or(Error::RevisionNotFound { blueprint: id, revision })
        };
        let words = self.directory.vocabularies().await?;
        let (before, after) = (labelled(&words, text(from)?), labelled(&words, text(to)?));
        // A difference of long texts takes longer than the runtime's threads should be held.
        let compared = tokio::task::spawn_blocking(move || compare(&before, &after)).await;
        Ok(compared.map_err(|error| exemplar_kernel::Error::Inconsistent(format!("a comparison broke: {error}")))?)
    }

    /// A blueprint's text, and how to cite it; a draft is not cited.
    pub async fn get_cited(
        &self,
        caller: &Principal,
        id: BlueprintId,
        which: Which,
    ) -> Result<(Blueprint, String), Error> {
        let found = self.get(caller, id, which).await?;
        if found.revision == DRAFT {
            return Ok((found, String::new()));
        }
        let revision = Revision {
            blueprint: id,
            number: found.revision,
            title: found.content.title.clone(),
            change_note: String::new(),
            minor: found.minor,
            published: found.published,
            state: found.header.state_of(found.revision, self.db.clock().now()),
        };
        let citation = revision.citation(&self.organisation_name(&found.header).await?, &self.address);
        Ok((found, citation))
    }

    /// What the organisation that wrote it is called.
    pub(crate) async fn organisation_name(&self, header: &Header) -> Result<String, Error> {
        let found = self.directory.organisations_by_id(slice::from_ref(&header.organisation)).await?;
        Ok(found.get(&header.organisation).map(|found| found.display_name.clone()).unwrap_or_default())
    }
}

/// A content with labels in place of slugs, for people to read.
pub(super) fn labelled(words: &Vocabularies, content: Content) -> Content {
    let label = |vocabulary: Vocabulary, slug: &str| words.label(vocabulary, slug).to_owned();
    let mut eprs = content.eprs;
    for epr in &mut eprs {
        epr.supplier = label(Vocabulary::EprSupplier, &epr.supplier);
        epr.product = label(Vocabulary::EprProduct, &epr.product);
    }
    Content {
        care_settings: words.labels(Vocabulary::CareSetting, &content.care_settings),
        project_types: words.labels(Vocabulary::ProjectType, &content.project_types),
        user_groups: words.labels(Vocabulary::UserGroup, &content.user_groups),
        pillars: words.labels(Vocabulary::Pillar, &content.pillars),
        funders: words.labels(Vocabulary::Funder, &content.funders),
        size_band: label(Vocabulary::SizeBand, &content.size_band),
        region: label(Vocabulary::Region, &content.region),
        eprs,
        ..content
    }
}
