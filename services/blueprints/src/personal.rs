//! What the blueprints hold of people. What somebody writes for their organisation is the organisation's, and stays; what
//! they say as themselves goes, and so do they as a contact, out of every revision and out of the index.

use exemplar_kernel::personal::{Blank, Condition, Copied, Holding, Mention, Obstacle, Of, Personal, RecordClass};

/// The verb by which the index learns that a person was taken out of a blueprint.
pub(crate) const REDACT: &str = "blueprints.blueprint.redact";

/// What the blueprints hold of people.
pub const PERSONAL: Personal = Personal {
    context: "blueprints",
    holdings: &HOLDINGS,
    mentions: &[Mention {
        table: "content",
        key: &["blueprint", "revision"],
        column: "parts",
        by: "person",
        clear: &[],
        told: Some((REDACT, "blueprints")),
    }],
    obstacles: &[Obstacle {
        table: "review_assignment",
        of: Of::Id("reviewer"),
        when: &[Condition::Null("ended_at")],
        words: "a review waits for them: it has to be assigned to another first",
    }],
    spoken: &["blueprints.comment.", "blueprints.follow.", "blueprints.introduction.", "blueprints.review."],
    classes: &[RecordClass {
        name: "readings",
        words: "Who read and downloaded what, under digests",
        days: None,
        source: "400 days, by a sweep of their own",
        rows: &[],
    }],
};

const HOLDINGS: [Holding; 13] = [
    Holding::of("follow_found", Of::Through("follow", "follow", "person"), "").copied(Copied::No),
    Holding::of(
        "follow",
        Of::Id("person"),
        "Saved searches and what you follow, with your notes; nobody else gets them",
    )
    .named("follows")
    .copied(Copied::Own(None)),
    Holding::of("topic_ask", Of::Id("person"), "What you asked the network for; nobody else gets it")
        .key(&["topic", "person"])
        .copied(Copied::Own(None)),
    Holding::of("comment", Of::Id("author"), "Comments on drafts")
        .named("comments")
        .blanks(&[("body", Blank::Text("(erased)"))]),
    Holding::of("introduction", Of::Id("asked_by"), "Introductions that you asked for")
        .named("introductions")
        .blanks(&[("question", Blank::Text("(erased)")), ("reason", Blank::Empty), ("version", Blank::Next)]),
    Holding::of("introduction", Of::Id("expert"), "Introductions in which you were asked")
        .named("introductions")
        .blanks(&[("answer", Blank::Empty), ("outcome", Blank::Empty), ("version", Blank::Next)]),
    Holding::of("review_assignment", Of::Id("reviewer"), "Reviews that you did")
        .key(&["review", "reviewer"])
        .blanks(&[("note", Blank::Empty)]),
    Holding::of("review", Of::Id("submitted_by"), "Reviews that you asked for").stays("it is the organisation's"),
    Holding::of("review", Of::Id("signed_off_by"), "Submissions that you signed off").stays("it is the organisation's"),
    Holding::of("conflict", Of::Id("person"), "Conflicts of interest that you declared")
        .key(&["blueprint", "person"])
        .blanks(&[("reason", Blank::Empty)]),
    Holding::of("reviewer_load", Of::Id("reviewer"), "").copied(Copied::No),
    Holding::of("upload", Of::Id("person"), "Uploads of files that are not finished")
        .blanks(&[("person", Blank::Null)]),
    Holding::of("artefact", Of::Id("created_by"), "Files that you put beside blueprints").stays("an id alone"),
];
