//! E-mail: how often a person is told of a kind, and what a letter says. Pure.

use std::time::Duration;

use exemplar_kernel::notice::NoticeKind;
use exemplar_kernel::{Timestamp, digest};
use serde::{Deserialize, Serialize};

use super::Item;

/// How often a letter is tried at the most; then it is given up.
pub(crate) const MAX_TRIES: i32 = 8;

exemplar_kernel::named!(
    /// How often a person is told of a kind of notice by e-mail.
    MailCadence {
        /// As soon as there is something.
        AtOnce = "AT_ONCE",
        /// Once a day, after midnight UTC.
        Daily = "DAILY",
        /// Once a week, after midnight UTC before Monday.
        Weekly = "WEEKLY",
        /// Not by e-mail.
        Never = "NEVER",
    }
);

/// How a person is told of a kind of notice by e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailChoice {
    /// The kind's name.
    pub kind: String,
    /// What people read over many of the kind.
    pub words: String,
    /// How often.
    pub cadence: MailCadence,
    /// Whether the person has chosen it, and not the service.
    pub chosen: bool,
}

/// A letter to one person about items of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The person's name.
    pub(crate) name: String,
    /// Their address.
    pub(crate) email: String,
    /// What it is about, in a line.
    pub(crate) subject: String,
    /// What it says, as plain text.
    pub(crate) text: String,
    /// The same for the same items: a letter that was sent twice can be known by it.
    pub(crate) id: String,
    /// What ends e-mail of the kind.
    pub(crate) unsubscribe: String,
}

impl MailCadence {
    /// How often people are told of a kind who have not chosen: of tasks at once, of news once a week.
    pub(crate) fn usual(kind: &NoticeKind) -> Self {
        if kind.is_task { Self::AtOnce } else { Self::Weekly }
    }

    /// When a letter about something that happened at `at` is to be sent, if one is.
    pub(crate) fn due(self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::AtOnce => Some(at),
            Self::Daily => Some(at.next_midnight()),
            Self::Weekly => Some(at.next_monday()),
            Self::Never => None,
        }
    }
}

/// How long to wait before a letter is tried again, after so many tries: five minutes, then twice as long each time. It is
/// longer than an SMTP server may take, so that no other server sends the same meanwhile.
pub(crate) fn patience(tries: i32) -> Duration {
    let doubled = 1_u64 << u32::try_from(tries.clamp(0, 10)).unwrap_or(0);
    Duration::from_mins(5 * doubled)
}

/// What a letter about items says. `items` are in words, `site` is the service's address without a slash at its end.
pub(crate) fn letter((name, email): (String, String), words: &str, items: &[Item], site: &str, token: &str) -> Letter {
    let subject = if items.len() == 1 { words.to_owned() } else { format!("{words} ({})", items.len()) };
    let unsubscribe = format!("{site}/unsubscribe/{token}");
    let lines: Vec<_> = items.iter().map(|item| format!("- {}", item.text)).collect();
    let text = format!(
        "{words}\n\n{}\n\nSign in to read and to answer: {site}/\n\n-- \nNo more e-mail of this kind: {unsubscribe}\n",
        lines.join("\n")
    );
    let ids: Vec<_> = items.iter().map(|item| item.id.uuid()).collect();
    let id = digest::hex(&digest::of(ids.iter().map(|id| id.as_bytes().as_slice()))[..16]);
    Letter { name, email, subject, text, id, unsubscribe }
}
