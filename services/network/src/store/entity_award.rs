//! Rows of awards, their receivers, tranches and matches.

pub(super) mod award {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "award")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub pairing: Option<Uuid>,
        pub track: Option<String>,
        pub currency: String,
        pub cap: i64,
        pub capital: Option<i64>,
        pub revenue: Option<i64>,
        pub source: String,
        pub source_date: TimeDate,
        pub created_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod receiver {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "award_receiver")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub award: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation: String,
        pub from_at: Option<i64>,
        pub to_at: Option<i64>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod tranche {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tranche")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub award: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub kind: String,
        pub amount: i64,
        pub part: Option<String>,
        pub milestone: Option<i32>,
        pub source: String,
        pub source_date: TimeDate,
        pub state: String,
        pub note: String,
        pub state_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod matched {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "award_match")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub award: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub organisation: String,
        pub amount: i64,
        pub staff_days: Option<i32>,
        pub day_rate: Option<i64>,
        pub source: String,
        pub source_date: TimeDate,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
