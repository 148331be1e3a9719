//! Short words for making tables, so that a migration reads as a list of columns.

use sea_orm_migration::prelude::*;

/// Makes a table.
pub(crate) async fn create(
    manager: &SchemaManager<'_>,
    name: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
    rules: impl IntoIterator<Item = Rule>,
) -> Result<(), DbErr> {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    for rule in rules {
        rule.add(name, &mut table);
    }
    manager.create_table(table).await
}

/// Drops tables, the dependent ones first.
pub(crate) async fn drop(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(*name).take()).await?;
    }
    Ok(())
}

/// Adds a column to a table; what is there already gets its default.
pub(crate) async fn add_column(
    manager: &SchemaManager<'_>,
    name: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(name).add_column(column).take()).await
}

/// Takes a column away from a table.
pub(crate) async fn drop_column(manager: &SchemaManager<'_>, name: &'static str, column: &str) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(name).drop_column(column.to_owned()).take()).await
}

/// Makes an index; `only` limits it to the rows for which the condition holds.
pub(crate) async fn index(
    manager: &SchemaManager<'_>,
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
    unique: bool,
    only: Option<&'static str>,
) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    if unique {
        index.unique();
    }
    if let Some(condition) = only {
        index.and_where(Expr::cust(condition));
    }
    manager.create_index(index).await
}

/// What the database itself holds a table to.
pub(crate) enum Rule {
    /// The columns that name a row.
    Key(&'static [&'static str]),
    /// Columns that together are there once.
    Unique(&'static str, &'static [&'static str]),
    /// A column that refers to a row of another table: column, table, its column.
    Refers(&'static str, &'static str, &'static str),
    /// Columns that together refer to a row of another table.
    RefersAll(&'static [&'static str], &'static str, &'static [&'static str]),
    /// A condition that always holds.
    Check(&'static str),
}

impl Rule {
    fn add(self, name: &'static str, table: &mut TableCreateStatement) {
        match self {
            Self::Key(columns) => {
                let mut key = Index::create();
                key.primary();
                for column in columns {
                    key.col(*column);
                }
                table.primary_key(&mut key);
            }
            Self::Unique(rule, columns) => {
                let mut unique = Index::create();
                unique.unique().name(rule);
                for column in columns {
                    unique.col(*column);
                }
                table.index(&mut unique);
            }
            Self::Refers(column, to, its) => {
                table.foreign_key(ForeignKey::create().from(name, column).to(to, its));
            }
            Self::RefersAll(columns, to, its) => {
                let mut key = ForeignKey::create();
                key.from_tbl(name).to_tbl(to);
                for column in columns {
                    key.from_col(*column);
                }
                for column in its {
                    key.to_col(*column);
                }
                table.foreign_key(&mut key);
            }
            Self::Check(condition) => {
                table.check(Expr::cust(condition));
            }
        }
    }
}
