//! Counts over enrolments.

use exemplar_kernel::{Error, OrganisationId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use time::Date;

use super::entity::enrolment::{self, Column};
use super::{inconsistent, word};
use crate::model::enrolment::EnrolmentState;

/// What a report knows of one enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) organisation: OrganisationId,
    pub(crate) state: EnrolmentState,
    pub(crate) state_date: Option<Date>,
}

/// Every enrolment with some of these employers, or with any; without names.
pub(crate) async fn counted(
    db: &impl ConnectionTrait,
    employers: Option<&[OrganisationId]>,
) -> Result<Vec<Counted>, Error> {
    let mut query = enrolment::Entity::find();
    if let Some(employers) = employers {
        query = query.filter(Column::Organisation.is_in(employers.iter().map(OrganisationId::code)));
    }
    let rows: Vec<(String, String, Option<Date>)> = query
        .select_only()
        .columns([Column::Organisation, Column::State, Column::StateDate])
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(organisation, state, state_date)| {
            let code = OrganisationId::from_code(&organisation);
            Ok(Counted {
                organisation: code.map_err(|_| inconsistent(format!("organisation code {organisation:?}")))?,
                state: word(EnrolmentState::from_name(&state), &state)?,
                state_date,
            })
        })
        .collect()
}
