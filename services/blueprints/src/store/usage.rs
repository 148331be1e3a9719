//! Readings and downloads in rows: one for a reader's day.

use exemplar_kernel::Error;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
};
use time::Date;
use uuid::Uuid;

use crate::model::BlueprintId;
use crate::model::usage::{Counted, Use};

mod row {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "usage")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub blueprint: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub reader: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: TimeDate,
        pub organisation: String,
        pub times: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
use row::Column;

/// What makes a row of use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) blueprint: BlueprintId,
    pub(crate) kind: Use,
    /// Nil for those who had not signed in.
    pub(crate) reader: Uuid,
    pub(crate) day: Date,
}

/// Adds uses to those that are there; every key once.
pub(crate) async fn add(tx: &impl ConnectionTrait, uses: &[(Key, (String, i64))]) -> Result<(), Error> {
    let rows = uses.iter().map(|(key, (organisation, times))| {
        row::Model {
            blueprint: key.blueprint.uuid(),
            kind: key.kind.name().to_owned(),
            reader: key.reader,
            day: key.day,
            organisation: organisation.clone(),
            times: *times,
        }
        .into_active_model()
    });
    let sum = Expr::col((row::Entity, Column::Times)).add(Expr::cust("excluded.times"));
    let there = OnConflict::columns([Column::Blueprint, Column::Kind, Column::Reader, Column::Day])
        .value(Column::Times, sum)
        .to_owned();
    row::Entity::insert_many(rows).on_conflict(there).exec_without_returning(tx).await?;
    Ok(())
}

/// Who did something with a blueprint, by organisation.
pub(crate) async fn counted(db: &impl ConnectionTrait, id: BlueprintId, kind: Use) -> Result<Vec<Counted>, Error> {
    // A reader who changed organisations counts once, for the one that sorts last: nobody counts twice.
    let of_reader: Vec<(Uuid, String, Option<i64>)> = row::Entity::find()
        .select_only()
        .column(Column::Reader)
        .column_as(Column::Organisation.max(), "organisation")
        .column_as(Expr::col(Column::Times).sum().cast_as("bigint"), "times")
        .filter(Column::Blueprint.eq(id.uuid()))
        .filter(Column::Kind.eq(kind.name()))
        .group_by(Column::Reader)
        .into_tuple()
        .all(db)
        .await?;
    let mut counted = std::collections::BTreeMap::<String, (u64, u64)>::new();
    for (_, organisation, times) in of_reader {
        let (people, uses) = counted.entry(organisation).or_default();
        *people += 1;
        *uses += u64::try_from(times.unwrap_or_default()).unwrap_or(0);
    }
    let of = |(code, (people, times)): (String, (u64, u64))| {
        let organisation = if code.is_empty() { None } else { Some(super::organisation_id(&code)?) };
        Ok(Counted { organisation, people, times })
    };
    counted.into_iter().map(of).collect()
}

/// Forgets what was done before a day; how many rows there were.
pub(crate) async fn forget_before(tx: &impl ConnectionTrait, day: Date) -> Result<u64, Error> {
    Ok(row::Entity::delete_many().filter(Column::Day.lt(day)).exec(tx).await?.rows_affected)
}
