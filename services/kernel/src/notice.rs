//! Notices: what an entry of the journal means for whom, in words that every context shares.
//!
//! Each context says it in a pure `notices.rs`, the server hands them all to the inbox, and the inbox finds the people
//! and tells them. So no context knows of another, and what waits for a person can be derived again from the journal.

use crate::journal::{Detail, Entry};
use crate::{NetworkRole, OrganisationId, PersonId, Role};

/// A kind of notice, which people count, filter and silence by.
#[derive(Debug, PartialEq, Eq)]
pub struct NoticeKind {
    /// Its name in rows and in the API, once in all contexts.
    pub name: &'static str,
    /// What people read over many of the kind.
    pub words: &'static str,
    /// Whether something waits for the person, and not only news.
    pub is_task: bool,
}

/// Who is told, found by the rights of the day on which they are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Somebody.
    Person(PersonId),
    /// Whoever holds the role, or one that includes it, at an organisation.
    Holders(Role, OrganisationId),
    /// Whoever holds the role on the network.
    Network(NetworkRole),
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Of what kind.
    pub kind: &'static NoticeKind,
    /// Who is told; whoever did it is not.
    pub audience: Audience,
    /// For which organisation the people are told, where it is for one.
    pub organisation: Option<OrganisationId>,
    /// The resource that it is about.
    pub subject: String,
    /// One or two sentences. `{organisations/RGT}` in it is read as that organisation's name.
    pub text: String,
}

/// For whom something no longer waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// For nobody.
    Everybody,
    /// For the people of one organisation.
    Organisation(OrganisationId),
    /// For one person.
    Person(PersonId),
}

/// What an entry means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Somebody is to be told.
    Tell(Notice),
    /// What was told of a subject no longer waits.
    Settle {
        /// Only what is of this kind; none: every task.
        kind: Option<&'static NoticeKind>,
        /// The resource that it was about.
        subject: String,
        /// For whom.
        whose: Whose,
    },
}

/// What one context tells.
#[derive(Clone, Copy, Debug)]
pub struct Notices {
    /// Its kinds.
    pub kinds: &'static [&'static NoticeKind],
    /// The verbs that mean anything for anybody.
    pub verbs: &'static [&'static str],
    /// What an entry with one of these verbs means; pure. Nothing, when what it left behind was erased.
    pub read: fn(&Entry, Option<&Detail>) -> Vec<Meaning>,
}

impl Notice {
    /// Something for those who hold a role at an organisation.
    pub fn holders(
        kind: &'static NoticeKind,
        role: Role,
        organisation: &OrganisationId,
        subject: &str,
        text: String,
    ) -> Meaning {
        Meaning::Tell(Self {
            kind,
            audience: Audience::Holders(role, organisation.clone()),
            organisation: Some(organisation.clone()),
            subject: subject.to_owned(),
            text,
        })
    }

    /// Something for one person.
    pub fn person(kind: &'static NoticeKind, person: PersonId, subject: &str, text: String) -> Meaning {
        let audience = Audience::Person(person);
        Meaning::Tell(Self { kind, audience, organisation: None, subject: subject.to_owned(), text })
    }
}

impl Meaning {
    /// What of a kind was told of a subject waits for nobody any more.
    pub fn settle(kind: &'static NoticeKind, subject: &str) -> Self {
        Self::Settle { kind: Some(kind), subject: subject.to_owned(), whose: Whose::Everybody }
    }

    /// As [`Meaning::settle`], for some.
    pub fn settle_for(kind: &'static NoticeKind, subject: &str, whose: Whose) -> Self {
        Self::Settle { kind: Some(kind), subject: subject.to_owned(), whose }
    }

    /// Nothing waits any more that is about a subject.
    pub fn settle_all(subject: &str) -> Self {
        Self::Settle { kind: None, subject: subject.to_owned(), whose: Whose::Everybody }
    }
}
