//! What the network holds of people: who did what for their organisation. It is the organisations' record, and holds no
//! name.

use exemplar_kernel::personal::{Holding, Of, Personal};

/// What the network holds of people.
pub const PERSONAL: Personal = Personal {
    context: "network",
    holdings: &[
        Holding::of("agreement_signature", Of::Id("person"), "Agreements that you signed for your organisation")
            .key(&["scope", "revision", "organisation"])
            .stays("it binds the organisation"),
        Holding::of("check_in", Of::Id("person"), "Notes that you wrote for your organisation on its pairings")
            .key(&["pairing", "number"])
            .stays("it is the organisation's"),
        Holding::of("score", Of::Id("scorer"), "Scores that you gave to expressions of interest")
            .key(&["expression", "scorer"])
            .stays("a decision rests on it"),
    ],
    mentions: &[],
    obstacles: &[],
    spoken: &[],
    classes: &[],
};
