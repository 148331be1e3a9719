//! The review machine, differences and rendering, by property.

use std::collections::BTreeSet;

use exemplar_kernel::{OrganisationId, PersonId, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::model::{Candidate, Edit, Part, Purpose, Review, ReviewId, ReviewState, compare, rendered};
use crate::{BlueprintId, Content, SectionKind};

/// Of six people the last two are of the trust.
const PEOPLE: u128 = 6;

#[derive(Clone, Debug)]
enum Step {
    SignOff(u128),
    Assign(u128),
    Assure(u128),
    Conflict(u128),
    Close(ReviewState),
    Publish,
}

fn steps() -> impl Strategy<Value = Step> {
    const ENDS: [ReviewState; 3] = [ReviewState::ChangesRequested, ReviewState::Rejected, ReviewState::Retracted];
    prop_oneof![
        4 => (0..PEOPLE).prop_map(Step::SignOff),
        8 => (0..PEOPLE).prop_map(Step::Assign),
        8 => (0..PEOPLE).prop_map(Step::Assure),
        2 => (0..PEOPLE).prop_map(Step::Conflict),
        1 => prop::sample::select(&ENDS[..]).prop_map(Step::Close),
        4 => Just(Step::Publish),
    ]
}

fn person(number: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(number))
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn submitted(needed: u32) -> Review {
    Review {
        id: ReviewId::new(Uuid::from_u128(1)),
        blueprint: BlueprintId::new(Uuid::from_u128(2)),
        organisation: OrganisationId::from_code("RGT").unwrap(),
        purpose: Purpose::Release,
        change_note: String::new(),
        minor: false,
        state: ReviewState::Submitted,
        submitted_by: person(0),
        submitted: at(0),
        signed_off_by: None,
        signed_off: None,
        needed,
        due: at(9),
        assignments: Vec::new(),
        reason: String::new(),
        closed: None,
        revision: None,
        version: 1,
    }
}

/// What the step comes to; a refused step changes nothing.
fn taken(review: &Review, step: &Step, conflicts: &mut BTreeSet<u128>, now: Timestamp) -> Review {
    let candidate = |number: u128, conflicts: &BTreeSet<u128>| Candidate {
        person: person(number),
        of_the_trust: number >= PEOPLE - 2,
        conflicted: conflicts.contains(&number),
    };
    let next = match step {
        Step::SignOff(by) => review.sign_off(person(*by), now, at(9)),
        Step::Assign(who) => review.assign(candidate(*who, conflicts), now, at(9)),
        Step::Assure(who) => review.assure(candidate(*who, conflicts), String::new(), now),
        Step::Conflict(who) => {
            conflicts.insert(*who);
            if review.state.is_open() {
                Ok(review.conflict_declared(person(*who), "because", now))
            } else {
                Ok(review.clone())
            }
        }
        Step::Close(state) => review.close(*state, "because".to_owned(), now),
        Step::Publish => review.publish(1, now),
    };
    next.unwrap_or_else(|_| review.clone())
}

/// Texts that differ a little.
fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&["one ", "two. ", "three!\n", "é", "-", " "][..]), 0..40)
        .prop_map(|words| words.concat())
}

proptest! {
    /// Whatever is tried, by whomever, in whatever order: what is published was signed off by one person and assured by
    /// as many others as it needs, none of them the author, of the trust, or with a declared conflict.
    #[test]
    fn nothing_is_published_unassured(needed in 1_u32..3, steps in prop::collection::vec(steps(), 0..60)) {
        let (mut review, mut conflicts) = (submitted(needed), BTreeSet::new());
        let mut conflicted_at_publication = BTreeSet::new();
        for (i, step) in steps.iter().enumerate() {
            let before = review.clone();
            review = taken(&before, step, &mut conflicts, at(i64::try_from(i).unwrap()));
            prop_assert!(review == before || review.version == before.version + 1);
            prop_assert!(before.state.is_open() || review == before, "what ended stays as it ended");
            if review.state == ReviewState::Published && before.state != ReviewState::Published {
                conflicted_at_publication.clone_from(&conflicts);
            }
        }
        if review.state == ReviewState::Published {
            let approver = review.signed_off_by.unwrap();
            let assurers: BTreeSet<PersonId> = review.assurers().collect();
            prop_assert!(assurers.len() >= needed as usize);
            prop_assert!(approver != review.submitted_by);
            prop_assert!(!assurers.contains(&approver) && !assurers.contains(&review.submitted_by));
            let unfit = |number: &u128| *number >= PEOPLE - 2 || conflicted_at_publication.contains(number);
            prop_assert!((0..PEOPLE).filter(unfit).all(|number| !assurers.contains(&person(number))));
        }
    }

    /// Kept and removed stretches are the earlier text, kept and added ones the later, neighbours differ in kind.
    #[test]
    fn a_difference_is_both_texts(before in texts(), after in texts()) {
        let said = |text: &String| Content {
            sections: [(SectionKind::Approach, text.clone())].into(),
            ..Content::default()
        };
        let differences = compare(&said(&before), &said(&after));
        prop_assert_eq!(differences.is_empty(), before == after);
        for difference in differences {
            prop_assert_eq!(difference.part, Part::Section(SectionKind::Approach));
            let side = |gone: Edit| -> String {
                difference.runs.iter().filter(|run| run.edit != gone).map(|run| run.text.as_str()).collect()
            };
            prop_assert_eq!(side(Edit::Added), before.clone());
            prop_assert_eq!(side(Edit::Removed), after.clone());
            prop_assert!(difference.runs.windows(2).all(|pair| pair[0].edit != pair[1].edit));
        }
    }

    #[test]
    fn no_markdown_makes_a_script(text in ".{0,200}") {
        let html = rendered(&format!("<script>{text}</script>\n\n{text}")).to_lowercase();
        prop_assert!(!html.contains("<script") && !html.contains("<iframe") && !html.contains("<style"));
    }
}

#[test]
fn hostile_markdown_is_made_harmless() {
    for (markdown, html) in [
        ("# A\n\n*b* ~~c~~", "<h3>A</h3>\n<p><em>b</em> <del>c</del></p>\n"),
        ("## A\n\n#### B\n\n# C\n\n### D", "<h3>A</h3>\n<h4>B</h4>\n<h3>C</h3>\n<h4>D</h4>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p><a rel=\"noopener noreferrer nofollow\">x</a></p>\n"),
        ("![x](http://tracker.example/a.png)", "<p><em>x</em></p>\n"),
        (
            "[a](https://a.example) [b](/here) [c](data:text/html,x)",
            "<p><a href=\"https://a.example\" rel=\"noopener noreferrer nofollow\">a</a> \
             <a rel=\"noopener noreferrer nofollow\">b</a> <a rel=\"noopener noreferrer nofollow\">c</a></p>\n",
        ),
        ("b <i onclick=\"x()\">c</i>", "<p>b &lt;i onclick=\"x()\"&gt;c&lt;/i&gt;</p>\n"),
    ] {
        assert_eq!(rendered(markdown), html, "{markdown}");
    }
}

#[test]
fn long_texts_are_compared_in_time() {
    // Twenty parts, eleven of them at their limit and different in every sentence.
    let body = |word: &str| format!("The {word} ward did it one {word} after another. ").repeat(400);
    let said = |word: &str| {
        let sections = SectionKind::ALL.iter().map(|kind| (*kind, body(word))).collect();
        Content { sections, ..Content::default() }
    };
    let differences = compare(&said("first"), &said("second"));
    assert_eq!(differences.len(), SectionKind::ALL.len());
}
