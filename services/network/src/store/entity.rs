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
        pub end_date: Option<TimeDate>,
        pub end_reason: String,
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

pub(super) mod round {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "round")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub title: String,
        pub designation: String,
        pub criteria: String,
        pub care_settings: String,
        pub open_door: bool,
        pub opens_at: i64,
        pub closes_at: i64,
        pub disclosure: String,
        pub score_max: i32,
        pub moderation_percent: i32,
        pub source: String,
        pub published_at: Option<i64>,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod round_invitation {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "round_invitation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub round: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation: String,
        pub reason: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod expression {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "expression")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub round: Uuid,
        pub statement: String,
        pub evidence: String,
        pub state: String,
        pub withdrawal: String,
        pub moderation: Option<String>,
        pub decision: Option<String>,
        pub submitted_at: i64,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod expression_party {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "expression_party")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub expression: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation: String,
        pub round: Uuid,
        pub position: i32,
        pub live: bool,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod score {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "score")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub expression: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub scorer: Uuid,
        pub position: i32,
        pub points: Option<String>,
        pub comment: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod ranking {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ranking")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation: String,
        pub partners: String,
        pub updated_at: i64,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod matching {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "matching")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub solver: String,
        pub input_digest: String,
        pub certificate_digest: String,
        pub certificate: String,
        pub published_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
