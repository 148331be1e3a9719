//! Rows of the network's tables; nothing outside of the store sees them.

pub(super) mod designation {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "designation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub organisation: String,
        pub kind: String,
        pub start_date: TimeDate,
        pub capacity: i32,
        pub taken: i32,
        pub source: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod pairing {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pairing")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub exemplar: String,
        pub partner: String,
        pub side_low: String,
        pub side_high: String,
        pub kind: String,
        pub mode: Option<String>,
        pub proposer: String,
        pub message: String,
        pub state: String,
        pub reason: String,
        pub proposed_at: i64,
        pub accepted_at: Option<i64>,
        pub ended_at: Option<i64>,
        pub source: String,
        pub version: i64,
        pub expires_at: Option<i64>,
        pub started_at: Option<i64>,
        pub group_id: Option<Uuid>,
        pub agreement: Option<i32>,
        pub outcome: Option<String>,
        pub left_behind: Option<String>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
