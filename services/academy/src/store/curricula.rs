//! Curricula and their modules in rows.

use std::collections::HashMap;

use exemplar_kernel::{Error, Paging, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};

use serde::{Deserialize, Serialize};

use super::entity::{curriculum, module};
use super::{document, inconsistent, written};
use crate::model::assessment::Assessment;
use crate::model::curriculum::{Curriculum, CurriculumCode, CurriculumName, Module, RevisionId};

/// What a module demands, beside what has a column of its own.
#[derive(Default, Serialize, Deserialize)]
struct ModuleDemands {
    assessments: Vec<Assessment>,
    competencies: Vec<String>,
}

/// One revision.
pub(crate) async fn find(db: &impl ConnectionTrait, name: &CurriculumName) -> Result<Option<Curriculum>, Error> {
    use curriculum::Column;
    let mut query = curriculum::Entity::find().filter(Column::Code.eq(name.code().code()));
    query = match name {
        CurriculumName::Newest(_) => query.order_by_desc(Column::Revision),
        CurriculumName::Revision(id) => query.filter(Column::Revision.eq(id.number)),
    };
    let row = query.one(db).await?;
    Ok(models(db, row.into_iter().collect()).await?.pop())
}

/// A page of the newest revisions by code, one more than wanted.
pub(crate) async fn list(db: &impl ConnectionTrait, paging: &Paging) -> Result<Vec<Curriculum>, Error> {
    use curriculum::Column;
    let newest = curriculum::Entity::find()
        .select_only()
        .column(Column::Code)
        .expr(Column::Revision.max())
        .group_by(Column::Code)
        .into_query();
    let revision = Expr::tuple([Expr::col(Column::Code), Expr::col(Column::Revision)]);
    let mut query = curriculum::Entity::find().filter(revision.in_subquery(newest)).limit(paging.fetch());
    if let [code] = paging.after.as_slice() {
        query = query.filter(Column::Code.gt(code));
    }
    let rows = query.order_by_asc(Column::Code).all(db).await?;
    models(db, rows).await
}

/// Adds a revision.
pub(crate) async fn insert(db: &impl ConnectionTrait, curriculum: &Curriculum) -> Result<(), DbErr> {
    let Curriculum { id, title, source, created, modules, demands } = curriculum.clone();
    let (code, revision) = (id.code.code().to_owned(), id.number);
    let demands = written(&demands);
    let row = curriculum::Model { code: code.clone(), revision, title, source, created_at: created.micros(), demands };
    curriculum::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    let rows = (1..).zip(modules).map(|(position, module)| {
        let Module { code: module, title, credits, pass_mark, attempts, due_week, assessments, competencies } = module;
        let curriculum = code.clone();
        let demands = written(&ModuleDemands { assessments, competencies });
        let row = module::Model {
            curriculum,
            revision,
            code: module,
            position,
            title,
            credits,
            pass_mark,
            attempts,
            due_week,
            demands,
        };
        row.into_active_model()
    });
    module::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

async fn models(db: &impl ConnectionTrait, rows: Vec<curriculum::Model>) -> Result<Vec<Curriculum>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = rows.iter().map(|row| (row.code.clone(), row.revision));
    let revision = Expr::tuple([Expr::col(module::Column::Curriculum), Expr::col(module::Column::Revision)]);
    let found = module::Entity::find()
        .filter(revision.in_tuples(wanted))
        .order_by_asc(module::Column::Position)
        .all(db)
        .await?;
    let mut modules: HashMap<(String, i32), Vec<Module>> = HashMap::new();
    for row in found {
        let module::Model {
            curriculum,
            revision,
            code,
            position: _,
            title,
            credits,
            pass_mark,
            attempts,
            due_week,
            demands,
        } = row;
        let ModuleDemands { assessments, competencies } = document(&demands)?;
        let module = Module { code, title, credits, pass_mark, attempts, due_week, assessments, competencies };
        modules.entry((curriculum, revision)).or_default().push(module);
    }
    rows.into_iter()
        .map(|row| {
            Ok(Curriculum {
                id: revision_id(&row.code, row.revision)?,
                title: row.title,
                source: row.source,
                created: Timestamp::from_micros(row.created_at),
                demands: document(&row.demands)?,
                modules: modules.remove(&(row.code, row.revision)).unwrap_or_default(),
            })
        })
        .collect()
}

/// A revision as a row holds it.
pub(super) fn revision_id(code: &str, number: i32) -> Result<RevisionId, Error> {
    let parsed = CurriculumCode::from_code(code);
    Ok(RevisionId { code: parsed.map_err(|_| inconsistent(format!("curriculum code {code:?}")))?, number })
}
