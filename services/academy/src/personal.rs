//! What the academy holds of people. The register of qualifications outlasts an erasure, without a name: that a diploma
//! was awarded stays true and can be checked.

use exemplar_kernel::personal::{
    Aged, Blank, Condition, Copied, Holding, Mention, Obstacle, Of, Personal, RecordClass, Since,
};

const ENROLMENT: Of = Of::Through("enrolment", "enrolment", "learner");
const RELEASED: &[Condition] = &[Condition::NotNull("released_at")];
const DECIDED: &[Condition] = &[Condition::In("state", &["OFFERED", "DECLINED", "WITHDRAWN"])];
const ENDED: &[Condition] = &[Condition::In("state", &["COMPLETED", "WITHDRAWN", "TRANSFERRED"])];
const NO_PLACE: &[Condition] =
    &[Condition::In("state", &["DECLINED", "WITHDRAWN", "RESERVE"]), Condition::Null("enrolment")];

/// What the academy holds of people.
pub const PERSONAL: Personal = Personal {
    context: "academy",
    holdings: &HOLDINGS,
    mentions: &[
        Mention {
            table: "application",
            key: &["id"],
            column: "sponsorship",
            by: "sponsor",
            clear: &["statement"],
            told: None,
        },
        Mention {
            table: "application",
            key: &["id"],
            column: "moderation",
            by: "moderator",
            clear: &["note"],
            told: None,
        },
    ],
    obstacles: &[
        Obstacle {
            table: "enrolment",
            of: Of::Id("learner"),
            when: &[Condition::In("state", &["OFFERED", "ENROLLED", "INTERRUPTED"])],
            words: "they learn in a cohort, or a place is offered: the enrolment has to end first",
        },
        Obstacle {
            table: "result",
            of: ENROLMENT,
            when: &[Condition::Null("released_at"), Condition::Is("void", false)],
            words: "marks of theirs are not released yet",
        },
        Obstacle {
            table: "qualification",
            of: Of::Id("learner"),
            when: &[Condition::In("state", &["PROPOSED"])],
            words: "a qualification of theirs waits for its second person",
        },
        Obstacle {
            table: "application",
            of: Of::Id("applicant"),
            when: &[Condition::In("state", &["SUBMITTED", "SPONSORED", "RESERVE"])],
            words: "an application of theirs is not decided: it has to be withdrawn first",
        },
    ],
    spoken: &[
        "academy.application.",
        "academy.document.",
        "academy.evidence.",
        "academy.journal_entry.",
        "academy.project.",
    ],
    classes: &CLASSES,
};

const HOLDINGS: [Holding; 18] = [
    Holding::of("journal_entry", ENROLMENT, "Your journal; nobody else gets what you did not share")
        .named("journalEntries")
        .copied(Copied::Own(Some(Condition::Is("shared", true)))),
    Holding::of("portfolio_document", ENROLMENT, "Development plans and projects, every revision").key(&[
        "enrolment",
        "kind",
        "revision",
    ]),
    Holding::of("project_link", ENROLMENT, "What your projects are in the network").key(&["enrolment"]),
    Holding::of("attendance", ENROLMENT, "Attendance, every entry")
        .key(&["enrolment", "session", "entry"])
        .blanks(&[("note", Blank::Empty)]),
    Holding::of("result", ENROLMENT, "Released results, every entry, corrections included")
        .named("results")
        .copied(Copied::When(RELEASED))
        .blanks(&[("correction", Blank::Empty), ("moderation", Blank::Empty)]),
    Holding::of("ruling", ENROLMENT, "Rulings on your record, with who and why")
        .key(&["enrolment", "kind", "subject", "entry"])
        .blanks(&[("reason", Blank::Empty)]),
    Holding::of("ruling", Of::Id("recorded_by"), "")
        .copied(Copied::No)
        .blanks(&[("recorded_by_name", Blank::Pseudonym)]),
    Holding::of("enrolment_event", ENROLMENT, "The states of your enrolments")
        .key(&["enrolment", "number"])
        .blanks(&[("reason", Blank::Empty)]),
    Holding::of("credential", Of::Through("qualification", "qualification", "learner"), "Your credentials")
        .named("credentials")
        .blanks(&[("shown", Blank::Text("[]")), ("document", Blank::Digest), ("version", Blank::Next)]),
    Holding::of("qualification", Of::Id("learner"), "Your qualifications").named("qualifications").blanks(&[
        ("learner_name", Blank::Pseudonym),
        ("reason", Blank::Empty),
        ("version", Blank::Next),
    ]),
    Holding::of("enrolment", Of::Id("learner"), "Your enrolments").named("enrolments").blanks(&[
        ("learner_name", Blank::Pseudonym),
        ("state_reason", Blank::Empty),
        ("version", Blank::Next),
    ]),
    Holding::of("enrolment", Of::Id("sponsor"), "Enrolments that you sponsor")
        .hidden(&["learner_name", "state_reason"])
        .stays("an id alone"),
    Holding::of(
        "application_score",
        Of::Through("application", "application", "applicant"),
        "Points of your applications",
    )
    .key(&["application", "place"])
    .copied(Copied::No),
    Holding::of("application", Of::Id("applicant"), "Your applications, once they are decided")
        .named("applications")
        .copied(Copied::When(DECIDED))
        .blanks(&[
            ("applicant_name", Blank::Pseudonym),
            ("profession", Blank::Empty),
            ("answers", Blank::Text("[]")),
            ("sponsorship", Blank::Null),
            ("moderation", Blank::Null),
            ("version", Blank::Next),
        ]),
    Holding::of("application_score", Of::Id("scorer"), "Points that you gave to applications")
        .key(&["application", "place"])
        .stays("points, and an id alone"),
    Holding::of("evidence", Of::Id("person"), "Evidence of competencies, and continuing professional development")
        .named("evidence"),
    Holding::of("cohort_staff", Of::Id("person"), "Cohorts that you work for").key(&["cohort", "person"]),
    Holding::of("teaching_session", Of::Called("tutor"), "Sessions that name you as their tutor")
        .blanks(&[("tutor", Blank::Empty)]),
];

const NHS: &str = "NHS Records Management Code, training records other than statutory, mandatory and clinical: 6 years";

const CLASSES: [RecordClass; 5] = [
    RecordClass {
        name: "register",
        words: "Enrolments, results, rulings, qualifications and credentials: what an award rests on",
        days: None,
        source: "a qualification is checked for as long as its holder shows it",
        rows: &[],
    },
    RecordClass {
        name: "attendance",
        words: "Attendance, from the end of the enrolment",
        days: Some(2_192),
        source: NHS,
        rows: &[Aged {
            table: "attendance",
            key: &["enrolment", "session", "entry"],
            since: Since::Of("enrolment", "enrolment", "id", "state_date", true, ENDED),
            when: &[],
        }],
    },
    RecordClass {
        name: "portfolios",
        words: "Development plans and projects, from the end of the enrolment",
        days: Some(2_192),
        source: NHS,
        rows: &[Aged {
            table: "portfolio_document",
            key: &["enrolment", "kind", "revision"],
            since: Since::Of("enrolment", "enrolment", "id", "state_date", true, ENDED),
            when: &[],
        }],
    },
    RecordClass {
        name: "learner-journals",
        words: "Learners' journals, from the end of the enrolment",
        days: Some(366),
        source: "our own rule: no longer than the learner needs to take a copy",
        rows: &[Aged {
            table: "journal_entry",
            key: &["id"],
            since: Since::Of("enrolment", "enrolment", "id", "state_date", true, ENDED),
            when: &[],
        }],
    },
    RecordClass {
        name: "unsuccessful-applications",
        words: "Applications without a place, with their points, from the day they were submitted",
        days: Some(731),
        source: "our own rule: as long as a decision is asked about",
        rows: &[
            Aged {
                table: "application_score",
                key: &["application", "place"],
                since: Since::Of("application", "application", "id", "submitted_at", false, NO_PLACE),
                when: &[],
            },
            Aged { table: "application", key: &["id"], since: Since::At("submitted_at"), when: NO_PLACE },
        ],
    },
];
