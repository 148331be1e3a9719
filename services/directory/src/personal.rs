//! What the directory holds of people: their account, and their place in the record of changes.

use exemplar_kernel::personal::{Aged, Condition, Copied, Holding, Of, Personal, RecordClass, Since};

/// What the directory and the kernel hold of people. The row of the account itself is the last to change.
pub const PERSONAL: Personal = Personal {
    context: "directory",
    holdings: &[
        Holding::of("refresh_token", Of::Through("session", "session", "person"), "").copied(Copied::No),
        Holding::of("session_cookie", Of::Through("session", "session", "person"), "").copied(Copied::No),
        Holding::of("session", Of::Id("person"), "Your sign-ins"),
        Holding::of("membership", Of::Id("person"), "Your roles at organisations").key(&["organisation", "role"]),
        Holding::of("network_role", Of::Id("person"), "Your roles on the network").key(&["role"]),
        Holding::of("invitation", Of::Email("email"), "Invitations to your address").named("invitations"),
        Holding::of("person", Of::Id("id"), "Your account")
            .hidden(&["email_key", "password_hash"])
            .stays("the last step writes a pseudonym over it"),
        Holding::of("replay", Of::Name("caller"), "Answers kept for a week, should you repeat a request")
            .key(&["request_id"])
            .hidden(&["digest"]),
        Holding::of("journal", Of::Name("actor"), "What you changed")
            .key(&["sequence"])
            .hidden(&["digest", "hash"])
            .stays("who changed what proves the rest; the account's id is all it says"),
        Holding::of("erasure", Of::Id("person"), "").copied(Copied::No).stays("it says that this was done"),
    ],
    mentions: &[],
    obstacles: &[],
    spoken: &["directory.person.", "directory.session."],
    classes: &[
        RecordClass {
            name: "invitations",
            words: "Invitations that nobody took up, from their end",
            days: Some(366),
            source: "our own rule: as long as somebody may ask what became of it",
            rows: &[Aged {
                table: "invitation",
                key: &["id"],
                since: Since::At("expires_at"),
                when: &[Condition::Null("accepted_at")],
            }],
        },
        RecordClass {
            name: "changes",
            words: "What changes left behind (before, after) in the journal; its entries stay",
            days: Some(2_192),
            source: "NHS Records Management Code, audit trails with the records that they are of: 6 years",
            rows: &[Aged {
                table: "journal_detail",
                key: &["sequence"],
                since: Since::Of("sequence", "journal", "sequence", "at", false, &[]),
                when: &[],
            }],
        },
        RecordClass {
            name: "sign-ins",
            words: "Sessions that have ended, and answers to repeated requests",
            days: None,
            source: "as long as a refresh token lasts, and a week, by sweeps of their own",
            rows: &[],
        },
    ],
};
