//! Rows of what came after the first tables: staff, timetables, applications, attendance, rulings, batches.

pub(super) mod cohort_staff {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cohort_staff")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub cohort: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        pub person_name: String,
        pub role: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod session {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "teaching_session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub cohort: Uuid,
        pub code: String,
        pub title: String,
        pub module: String,
        pub kind: String,
        pub date: TimeDate,
        pub start_minute: i32,
        pub minutes: i32,
        pub venue: String,
        pub tutor: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod application {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "application")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub cohort: Uuid,
        pub applicant: Uuid,
        pub applicant_name: String,
        pub organisation: String,
        pub profession: String,
        pub answers: String,
        pub state: String,
        pub submitted_at: i64,
        pub sponsorship: Option<String>,
        pub score: Option<i32>,
        pub moderation: Option<String>,
        pub reserve: Option<i32>,
        pub rule: String,
        pub carried_from: Option<Uuid>,
        pub enrolment: Option<Uuid>,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod application_score {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "application_score")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub application: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i32,
        pub scorer: Uuid,
        pub scores: String,
        pub total: i32,
        pub scored_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod enrolment_event {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "enrolment_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub enrolment: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub state: String,
        pub date: TimeDate,
        pub reason: String,
        pub recorded_at: i64,
        pub recorded_by: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod attendance {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "attendance")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub enrolment: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub session: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub entry: i32,
        pub status: String,
        pub note: String,
        pub recorded_at: i64,
        pub recorded_by: Option<Uuid>,
        pub batch: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod ruling {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ruling")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub enrolment: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub entry: i32,
        pub void: bool,
        pub date: Option<TimeDate>,
        pub mark: Option<i32>,
        pub reason: String,
        pub recorded_at: i64,
        pub recorded_by: Option<Uuid>,
        pub recorded_by_name: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod batch {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "batch")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub cohort: Option<Uuid>,
        pub what: String,
        pub entries: i32,
        pub recorded_at: i64,
        pub recorded_by: Option<Uuid>,
        pub undone_by: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod qualification {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "qualification")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub enrolment: Uuid,
        pub learner: Uuid,
        pub learner_name: String,
        pub organisation: String,
        pub curriculum: String,
        pub curriculum_revision: i32,
        pub title: String,
        pub credits: i32,
        pub valid_until: Option<TimeDate>,
        pub state: String,
        pub proposed_by: Option<Uuid>,
        pub proposed_at: i64,
        pub decided_by: Option<Uuid>,
        pub decided_at: Option<i64>,
        pub reason: String,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod credential {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "credential")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub qualification: Uuid,
        pub code: String,
        pub status_index: i32,
        pub document: String,
        pub issued_at: i64,
        pub expires_at: Option<i64>,
        pub revoked_at: Option<i64>,
        pub shown: String,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod portfolio_document {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "portfolio_document")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub enrolment: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub revision: i32,
        pub title: String,
        pub body: String,
        pub aims: String,
        pub written_at: i64,
        pub written_by: Option<Uuid>,
        pub learner_agreed_at: Option<i64>,
        pub sponsor_agreed_at: Option<i64>,
        pub sponsor: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod project_link {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "project_link")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub enrolment: Uuid,
        pub adoption: Option<String>,
        pub blueprint: Option<String>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod journal_entry {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal_entry")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub enrolment: Uuid,
        pub date: TimeDate,
        pub title: String,
        pub body: String,
        pub shared: bool,
        pub written_at: i64,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod evidence {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "evidence")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person: Uuid,
        pub kind: String,
        pub title: String,
        pub competencies: String,
        pub date: TimeDate,
        pub minutes: i32,
        pub detail: String,
        pub source: Option<i64>,
        pub state: String,
        pub decided_by: Option<Uuid>,
        pub reason: String,
        pub written_at: i64,
        pub version: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
