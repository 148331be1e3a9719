//! Personal data: which rows hold something of a person, what a copy tells them, what an erasure leaves, how long it is
//! kept.
//!
//! Each context says it of its own tables, as data, in a pure `personal.rs`; the server hands all of them to the
//! directory, which asks, copies and erases. So no context knows of another's tables, a new table that nobody has
//! classed fails a test, and what is held about people can be read as a list.

mod copy;
mod erase;
mod keep;
mod pack;

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, IntoIden as _, Query, SimpleExpr};

use crate::PersonId;

pub use copy::{Page, read};
pub use erase::{Traces, advance, blocked, names, scan};
pub use keep::{Due, due, forget};
pub use pack::{Packed, pack};

/// Rows that one step reads or writes at the most.
pub const STEP: u64 = 2_000;

/// What one context holds of people.
#[derive(Clone, Copy, Debug)]
pub struct Personal {
    /// The context, as the folder of its part of a copy is called.
    pub context: &'static str,
    /// Its rows about people, what refers to others before what is referred to: rows go in this order.
    pub holdings: &'static [Holding],
    /// Where people stand inside a document of others.
    pub mentions: &'static [Mention],
    /// What an erasure has to wait for.
    pub obstacles: &'static [Obstacle],
    /// What the verbs begin with by which people say something of themselves: what such a change left behind goes with
    /// the person who made it.
    pub spoken: &'static [&'static str],
    /// How long records are kept.
    pub classes: &'static [RecordClass],
}

/// Rows of one table that are about a person.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    /// The table.
    pub table: &'static str,
    /// How its rows lead to the person.
    pub of: Of,
    /// What it is, in a copy's list of contents.
    pub words: &'static str,
    /// What puts the rows in order.
    pub key: &'static [&'static str],
    /// The collection of resource names that the rows' `id` makes; empty when they have none.
    pub named: &'static str,
    /// Whether and to whom the rows are copied.
    pub copied: Copied,
    /// Columns that are never copied: secrets, and what is no more than an index.
    pub hidden: &'static [&'static str],
    /// What an erasure does.
    pub erased: Erased,
}

/// How rows lead to a person.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// A column holds the person's id.
    Id(&'static str),
    /// A column holds the person's resource name.
    Name(&'static str),
    /// A column holds an e-mail address.
    Email(&'static str),
    /// A column holds what the person is called, and nothing else.
    Called(&'static str),
    /// A column refers to the `id` of a row of another table, in which a column holds the person's id.
    Through(&'static str, &'static str, &'static str),
}

/// Whether rows are part of a copy.
#[derive(Clone, Copy, Debug)]
pub enum Copied {
    /// They are.
    Yes,
    /// Those are of which all of this is so: marks that nobody has released are not told in this way either.
    When(&'static [Condition]),
    /// Only the person themself gets all; whoever asks for them gets those of which this is so.
    Own(Option<Condition>),
    /// They say nothing but that the person did something, which the record of changes says.
    No,
}

/// What an erasure does with rows.
#[derive(Clone, Copy, Debug)]
pub enum Erased {
    /// They go.
    Rows,
    /// They stay, without what is in these columns.
    Columns(&'static [(&'static str, Blank)]),
    /// They stay as they are, for this reason.
    Stays(&'static str),
}

/// What stands in a column afterwards.
#[derive(Clone, Copy, Debug)]
pub enum Blank {
    /// No text.
    Empty,
    /// Nothing.
    Null,
    /// The person's pseudonym.
    Pseudonym,
    /// This text.
    Text(&'static str),
    /// One more: what was read before is read again.
    Next,
    /// `sha256:` and the digest of the text: whoever holds it can still show that it is the one.
    Digest,
}

/// Something that is so of a row.
#[derive(Clone, Copy, Debug)]
pub enum Condition {
    /// The column holds this truth value.
    Is(&'static str, bool),
    /// The column holds nothing.
    Null(&'static str),
    /// The column holds something.
    NotNull(&'static str),
    /// The column holds one of these words.
    In(&'static str, &'static [&'static str]),
    /// The column holds none of these words.
    NotIn(&'static str, &'static [&'static str]),
}

/// A JSON document of others in which a person is named by their id.
#[derive(Clone, Copy, Debug)]
pub struct Mention {
    /// The table.
    pub table: &'static str,
    /// What names a row; the first is a UUID.
    pub key: &'static [&'static str],
    /// The column of the document.
    pub column: &'static str,
    /// The member that holds the person's id.
    pub by: &'static str,
    /// The members beside it that lose their text; none: the whole object goes.
    pub clear: &'static [&'static str],
    /// The verb and the collection of the change that says so of the row's first key; none when nobody follows it.
    pub told: Option<(&'static str, &'static str)>,
}

/// Something that an erasure has to wait for.
#[derive(Clone, Copy, Debug)]
pub struct Obstacle {
    /// The table.
    pub table: &'static str,
    /// How its rows lead to the person.
    pub of: Of,
    /// Of which rows.
    pub when: &'static [Condition],
    /// What has to be done first, in words.
    pub words: &'static str,
}

/// A class of records and how long it is kept.
#[derive(Clone, Copy, Debug)]
pub struct RecordClass {
    /// Its name, once in all contexts.
    pub name: &'static str,
    /// What is in it, and from when on its time counts.
    pub words: &'static str,
    /// Days that it is kept, unless the settings say otherwise; none: for good.
    pub days: Option<u32>,
    /// Where the period comes from.
    pub source: &'static str,
    /// Its rows, what refers to others first; none when they go by another sweep, or never.
    pub rows: &'static [Aged],
}

/// Rows that grow old.
#[derive(Clone, Copy, Debug)]
pub struct Aged {
    /// The table.
    pub table: &'static str,
    /// What names a row.
    pub key: &'static [&'static str],
    /// From when on their time counts.
    pub since: Since,
    /// Of which rows.
    pub when: &'static [Condition],
}

/// From when on the time of a row counts.
#[derive(Clone, Copy, Debug)]
pub enum Since {
    /// From the instant in a column.
    At(&'static str),
    /// From the instant, or the day, of a row of another table: the column that refers to it, the table, its key, the
    /// column of the instant or the day, whether it is a day, and of which of those rows.
    Of(&'static str, &'static str, &'static str, &'static str, bool, &'static [Condition]),
}

/// Whom it is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Who.
    pub person: PersonId,
    /// What they are called.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

impl Subject {
    /// What stands for their name once it is erased; the same for ever, and nobody else's.
    pub fn pseudonym(&self) -> String {
        pseudonym(self.person)
    }
}

/// What stands for a text of which a digest was kept.
pub fn digested(text: &str) -> String {
    format!("sha256:{}", crate::digest::hex(&crate::digest::of([text.as_bytes()])))
}

/// What stands for the name of somebody whose data was erased.
pub fn pseudonym(person: PersonId) -> String {
    let id = person.uuid().simple().to_string();
    // The last digits of a UUIDv7 are chance; those in front tell when the account was made.
    format!("Erased person {}", &id[20..])
}

impl Holding {
    /// Rows that are copied whole, and go with an erasure; their key is `id`.
    pub const fn of(table: &'static str, of: Of, words: &'static str) -> Self {
        let (key, named, hidden): (&[&str], _, &[&str]) = (&["id"], "", &[]);
        Self { table, of, words, key, named, copied: Copied::Yes, hidden, erased: Erased::Rows }
    }

    /// With other keys than `id`.
    #[must_use]
    pub const fn key(self, key: &'static [&'static str]) -> Self {
        Self { key, ..self }
    }

    /// With the collection of their resource names.
    #[must_use]
    pub const fn named(self, named: &'static str) -> Self {
        Self { named, ..self }
    }

    /// Without these columns in a copy.
    #[must_use]
    pub const fn hidden(self, hidden: &'static [&'static str]) -> Self {
        Self { hidden, ..self }
    }

    /// Copied otherwise.
    #[must_use]
    pub const fn copied(self, copied: Copied) -> Self {
        Self { copied, ..self }
    }

    /// With other columns after an erasure.
    #[must_use]
    pub const fn blanks(self, columns: &'static [(&'static str, Blank)]) -> Self {
        Self { erased: Erased::Columns(columns), ..self }
    }

    /// Left by an erasure as they are.
    #[must_use]
    pub const fn stays(self, why: &'static str) -> Self {
        Self { erased: Erased::Stays(why), ..self }
    }
}

impl Of {
    /// Whether a row is the person's.
    fn is(self, subject: &Subject) -> SimpleExpr {
        let id = subject.person.uuid();
        match self {
            Self::Id(column) => col(column).eq(id),
            Self::Name(column) => col(column).eq(subject.person.to_string()),
            Self::Email(column) => {
                Expr::expr(sea_orm::sea_query::Func::lower(col(column))).eq(subject.email.to_lowercase())
            }
            Self::Called(column) => col(column).eq(subject.name.as_str()),
            Self::Through(column, table, by) => {
                let theirs = Query::select().expr(col("id")).from(name(table)).and_where(col(by).eq(id)).take();
                col(column).in_subquery(theirs)
            }
        }
    }
}

impl Condition {
    fn holds(self) -> SimpleExpr {
        match self {
            Self::Is(column, value) => col(column).eq(value),
            Self::Null(column) => col(column).is_null(),
            Self::NotNull(column) => col(column).is_not_null(),
            Self::In(column, words) => col(column).is_in(words.iter().copied()),
            Self::NotIn(column, words) => col(column).is_not_in(words.iter().copied()),
        }
    }
}

fn name(table: &'static str) -> sea_orm::sea_query::DynIden {
    Alias::new(table).into_iden()
}

fn col(column: &'static str) -> SimpleExpr {
    SimpleExpr::from(Expr::col(Alias::new(column)))
}
