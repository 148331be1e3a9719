//! Rows of the artefacts' tables; nothing outside of the store sees them.

pub(super) mod artefact {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "artefact")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub blueprint: Uuid,
        pub digest: String,
        pub state: String,
        pub scanned: bool,
        pub scan_note: Option<String>,
        pub scan_attempts: i32,
        pub scan_due_at: i64,
        pub created_at: i64,
        pub created_by: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod entry {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "artefact_entry")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub artefact: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub revision: i32,
        pub blueprint: Uuid,
        pub file_name: String,
        pub kind: String,
        pub licence: String,
        pub description: String,
        pub visibility: String,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod blob {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "blob")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub digest: String,
        pub location: Uuid,
        pub size: i64,
        pub format: String,
        pub text_state: String,
        pub text_due_at: i64,
        pub text_attempts: i32,
        pub unreferenced_at: Option<i64>,
        pub created_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod part {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "blob_part")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub location: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub start: i64,
        pub writer: i32,
        pub length: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod text {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "blob_text")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub digest: String,
        #[sea_orm(column_type = "Text")]
        pub content: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod upload {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "upload")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub blueprint: Uuid,
        pub person: Option<Uuid>,
        pub file_name: String,
        pub kind: String,
        pub licence: String,
        pub description: String,
        pub visibility: String,
        pub size: i64,
        pub digest: String,
        pub received: i64,
        pub writer: i32,
        pub artefact: Option<Uuid>,
        pub expires_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
