//! Rows of the academy's tables; nothing outside of the store sees them.

pub(super) mod curriculum {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "curriculum")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub revision: i32,
        pub title: String,
        pub source: String,
        pub created_at: i64,
        pub demands: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod module {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "module")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub curriculum: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub revision: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        pub position: i32,
        pub title: String,
        pub credits: i32,
        pub pass_mark: i32,
        pub attempts: i32,
        pub due_week: i32,
        pub demands: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod cohort {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cohort")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub title: String,
        pub curriculum: String,
        pub revision: i32,
        pub start_date: TimeDate,
        pub places: i32,
        pub enrolled: i32,
        pub end_date: Option<TimeDate>,
        pub applications_open: Option<TimeDate>,
        pub applications_close: Option<TimeDate>,
        pub automatic_score: i32,
        pub network_first: bool,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod enrolment {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "enrolment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub cohort: Uuid,
        pub learner: Uuid,
        pub learner_name: String,
        pub organisation: String,
        pub enrolled_at: i64,
        pub state: String,
        pub state_date: Option<TimeDate>,
        pub state_reason: String,
        pub sponsor: Option<Uuid>,
        pub continues: Option<Uuid>,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod result {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "result")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub enrolment: Uuid,
        pub module: String,
        pub assessment: String,
        pub attempt: i32,
        pub entry: i32,
        pub void: bool,
        pub mark: i32,
        pub date: TimeDate,
        pub correction: String,
        pub recorded_at: i64,
        pub recorded_by: Option<Uuid>,
        pub second_mark: Option<i32>,
        pub second_marker: Option<Uuid>,
        pub moderated_mark: Option<i32>,
        pub moderator: Option<Uuid>,
        pub moderation: String,
        pub released_at: Option<i64>,
        pub batch: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
