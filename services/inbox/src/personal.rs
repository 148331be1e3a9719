//! What the inbox holds of people: what they were told.

use exemplar_kernel::personal::{Aged, Condition, Holding, Of, Personal, RecordClass, Since};

/// What the inbox holds of people.
pub const PERSONAL: Personal = Personal {
    context: "inbox",
    holdings: &[
        Holding::of("inbox_item", Of::Id("person"), "What you were told, and what waits for you"),
        Holding::of("mail_choice", Of::Id("person"), "How you are told by e-mail")
            .key(&["person", "kind"])
            .hidden(&["token"]),
    ],
    mentions: &[],
    obstacles: &[],
    spoken: &["inbox.mail."],
    classes: &[RecordClass {
        name: "inbox",
        words: "What people were told, from the day that it was done",
        days: Some(731),
        source: "our own rule: it can be derived again from the journal",
        rows: &[Aged {
            table: "inbox_item",
            key: &["id"],
            since: Since::At("done_at"),
            when: &[Condition::NotNull("done_at")],
        }],
    }],
};
