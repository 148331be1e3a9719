//! What other contexts ask of many organisations at once.

use std::collections::HashMap;

use exemplar_kernel::{OrganisationId, Paging, Violations};
use sea_orm::ConnectionTrait;

use super::Directory;
use crate::Error;
use crate::model::organisation::{Organisation, current};
use crate::store::organisations::{self as store, Wanted};

impl Directory {
    /// Who carries on each of some organisations today, through every succession; itself while nobody does.
    pub async fn carried_on_by(
        &self,
        ids: &[OrganisationId],
    ) -> Result<HashMap<OrganisationId, Vec<OrganisationId>>, Error> {
        let successions = store::successions(self.db.read(), ids).await?;
        Ok(ids.iter().map(|id| (id.clone(), current(id, &successions))).collect())
    }

    /// Some organisations as a transaction sees them; those that are not registered are left out.
    pub async fn organisations_in(
        &self,
        db: &impl ConnectionTrait,
        ids: &[OrganisationId],
    ) -> Result<HashMap<OrganisationId, Organisation>, Error> {
        Ok(store::find_all(db, ids).await?)
    }

    /// The open organisations of a country (ISO 3166-1 alpha-2) whose codes come after `code`, at most 200, by code.
    pub async fn open_organisations_after(&self, code: &str, country: &str) -> Result<Vec<Organisation>, Error> {
        let today = self.clock().now().date();
        let country = Some(country.to_owned());
        let wanted = Wanted { country, open: Some((true, today)), by_code: true, ..Wanted::default() };
        let mut paging = Paging::parse(&mut Violations::new(), 200, "", &["open"]);
        if !code.is_empty() {
            paging.after = vec![code.to_owned()];
        }
        Ok(store::list(self.db.read(), &wanted, &paging).await?)
    }
}
