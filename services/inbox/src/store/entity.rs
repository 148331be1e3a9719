//! Rows of the inbox's tables; nothing outside of the store sees them.

pub(super) mod item {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "inbox_item")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person: Uuid,
        pub sequence: i64,
        pub kind: String,
        pub task: bool,
        pub subject: String,
        pub organisation: Option<String>,
        pub text: String,
        pub at: i64,
        pub read_at: Option<i64>,
        pub done_at: Option<i64>,
        pub settled: bool,
        pub mail_at: Option<i64>,
        pub mailed_at: Option<i64>,
        pub mail_tries: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod choice {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail_choice")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        pub cadence: Option<String>,
        pub token: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
