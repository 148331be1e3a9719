//! Rows of the blueprints' tables; nothing outside of the store sees them.

pub(super) mod blueprint {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "blueprint")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub organisation: String,
        pub visibility: String,
        pub version: i64,
        pub latest_revision: i32,
        pub published_at: Option<i64>,
        pub created_at: i64,
        pub withdraw_reason: Option<String>,
        pub withdrawn_at: Option<i64>,
        pub review_due_at: Option<i64>,
        pub reminded_at: Option<i64>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod content {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "content")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub blueprint: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub revision: i32,
        pub title: String,
        pub summary: String,
        pub level: Option<String>,
        pub kind: Option<String>,
        pub change_note: String,
        pub published_at: Option<i64>,
        pub published_by: Option<Uuid>,
        #[sea_orm(column_type = "Text")]
        pub parts: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub touched: Option<String>,
        pub minor: bool,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod content_term {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "content_term")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub blueprint: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub revision: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub vocabulary: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub term: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod section {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "section")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub blueprint: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub revision: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        pub body: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod review {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub blueprint: Uuid,
        pub purpose: String,
        pub change_note: String,
        pub minor: bool,
        pub state: String,
        pub submitted_by: Uuid,
        pub submitted_at: i64,
        pub signed_off_by: Option<Uuid>,
        pub signed_off_at: Option<i64>,
        pub needed: i32,
        pub due_at: i64,
        pub reminded_at: Option<i64>,
        pub reason: String,
        pub closed_at: Option<i64>,
        pub revision: Option<i32>,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::blueprint::Entity",
            from = "Column::Blueprint",
            to = "super::blueprint::Column::Id"
        )]
        Blueprint,
    }
    impl Related<super::blueprint::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Blueprint.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod assignment {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "review_assignment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub review: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub reviewer: Uuid,
        pub assigned_at: i64,
        pub due_at: i64,
        pub assured_at: Option<i64>,
        pub ended_at: Option<i64>,
        pub reminded_at: Option<i64>,
        pub note: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod load {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reviewer_load")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub reviewer: Uuid,
        pub open: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod conflict {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "conflict")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub blueprint: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        pub reason: String,
        pub declared_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod comment {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "comment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub blueprint: Uuid,
        pub section: Option<String>,
        pub body: String,
        pub author: Uuid,
        pub created_at: i64,
        pub resolved_by: Option<Uuid>,
        pub resolved_at: Option<i64>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod synonym {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "synonym")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub term: String,
        pub means: String,
        pub both_ways: bool,
        pub source: String,
        pub licence: String,
        pub since: i64,
        pub until: Option<i64>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod synonym_version {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "synonym_version")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
