//! The pure model, by table and by property.

mod exchanged;
mod followed;
mod review;
mod watched;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exemplar_kernel::{NetworkRole, OrganisationId, PersonId, Principal, Role, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::{
    Benefit, BlueprintId, Contact, Content, ContentUpdate, Header, Kind, Level, Part, Reader, SectionKind, Touched,
    Visibility, Willing, benefits_with_ids,
};

const CODES: [&str; 3] = ["RGT", "RJ1", "US-MAYO"];
const NEEDED: [SectionKind; 3] = [SectionKind::Context, SectionKind::Approach, SectionKind::WhatWentWrong];

fn organisation(code: &str) -> OrganisationId {
    OrganisationId::from_code(code).unwrap()
}

fn person(roles: &[(&str, Role)], network: &[NetworkRole]) -> Principal {
    let mut held: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (code, role) in roles {
        held.entry(organisation(code)).or_default().push(*role);
    }
    Principal::person(PersonId::new(Uuid::from_u128(7)), None, held, network.to_vec())
}

fn header(visibility: Visibility, latest_revision: u32) -> Header {
    Header {
        id: BlueprintId::new(Uuid::from_u128(1)),
        organisation: organisation("RGT"),
        visibility,
        version: 1,
        latest_revision,
        published: (latest_revision > 0).then_some(Timestamp::from_micros(1)),
        review_due: None,
        withdrawn: None,
    }
}

/// The caller as a reader who is paired with nobody.
fn reader(caller: &Principal) -> Reader<'_> {
    Reader { caller, owners: Arc::default() }
}

fn sections(kinds: &[SectionKind]) -> BTreeMap<SectionKind, String> {
    kinds.iter().map(|kind| (*kind, kind.name().to_lowercase())).collect()
}

/// A blueprint on a page that lacks nothing.
fn complete() -> Content {
    Content {
        title: "Sepsis alerts at the bedside".to_owned(),
        summary: "Nurses are told first.".to_owned(),
        level: Some(Level::OnAPage),
        kind: Some(Kind::Success),
        care_settings: vec!["Acute".to_owned()],
        project_types: vec!["Nursing".to_owned()],
        sections: sections(&[SectionKind::Team]),
        ..Content::default()
    }
}

fn missing(content: &Content) -> Vec<String> {
    content.missing().iter().map(|fault| format!("{} {}", fault.field, fault.description)).collect()
}

#[test]
fn what_is_missing_is_said_at_once() {
    let nothing = [
        "content.summary is missing",
        "content.level is missing",
        "content.kind is missing",
        "content.care_settings needs at least one",
        "content.project_types needs at least one",
        "content.sections needs at least one",
    ];
    assert_eq!(missing(&Content::default()), nothing);
    assert_eq!(missing(&complete()), [] as [&str; 0]);
    let one_fault = [
        Content { summary: String::new(), ..complete() },
        Content { level: None, ..complete() },
        Content { kind: None, ..complete() },
        Content { care_settings: Vec::new(), ..complete() },
        Content { project_types: Vec::new(), ..complete() },
        Content { sections: BTreeMap::new(), ..complete() },
    ];
    for (content, fault) in one_fault.iter().zip(nothing) {
        assert_eq!(missing(content), [fault]);
    }
    let full = Content { level: Some(Level::Full), sections: BTreeMap::new(), ..complete() };
    let faults = [
        "content.sections needs at least one",
        "content.sections a full blueprint needs CONTEXT",
        "content.sections a full blueprint needs APPROACH",
        "content.sections a full blueprint needs WHAT_WENT_WRONG",
        "content.contacts a full blueprint needs somebody to ask",
    ];
    assert_eq!(missing(&full), faults);
}

#[test]
fn names_and_values_are_one_for_one() {
    fn check<T: Copy + PartialEq + std::fmt::Debug>(
        all: &[T],
        name: fn(T) -> &'static str,
        from: fn(&str) -> Option<T>,
    ) {
        let names: BTreeSet<_> = all.iter().map(|value| name(*value)).collect();
        assert_eq!(names.len(), all.len());
        for value in all {
            assert_eq!(from(name(*value)), Some(*value));
            assert_eq!(from(&name(*value).to_lowercase()), None);
        }
    }
    check(Level::ALL, Level::name, Level::from_name);
    check(Kind::ALL, Kind::name, Kind::from_name);
    check(Visibility::ALL, Visibility::name, Visibility::from_name);
    check(SectionKind::ALL, SectionKind::name, SectionKind::from_name);
}

#[test]
fn who_reads_what() {
    let callers = [
        Principal::anonymous(),
        person(&[("RJ1", Role::Lead)], &[NetworkRole::Programme, NetworkRole::Reviewer, NetworkRole::Academy]),
        person(&[("RGT", Role::Member)], &[]),
        person(&[("RGT", Role::Admin)], &[]),
    ];
    for (visibility, readers) in [
        (Visibility::Public, [true, true, true, true]),
        (Visibility::Network, [false, true, true, true]),
        (Visibility::Pair, [false, false, true, true]),
        (Visibility::Organisation, [false, false, true, true]),
    ] {
        for ((caller, reads), own) in callers.iter().zip(readers).zip([false, false, true, true]) {
            let released = header(visibility, 3);
            assert_eq!(released.shows_revisions_to(&reader(caller)), reads, "{visibility:?} {caller:?}");
            assert_eq!(released.shows_draft_to(caller), own, "{visibility:?} {caller:?}");
            let unreleased = header(visibility, 0);
            assert!(!unreleased.shows_revisions_to(&reader(caller)), "{visibility:?} {caller:?}");
            assert_eq!(unreleased.shows_draft_to(caller), own, "{visibility:?} {caller:?}");
        }
    }
}

fn codes() -> impl Strategy<Value = OrganisationId> {
    prop::sample::select(&CODES[..]).prop_map(organisation)
}

fn headers() -> impl Strategy<Value = Header> {
    (codes(), prop::sample::select(Visibility::ALL), 0_u32..4)
        .prop_map(|(organisation, visibility, latest)| Header { organisation, ..header(visibility, latest) })
}

/// Anonymous callers, and people with any roles anywhere.
fn callers() -> impl Strategy<Value = Principal> {
    let roles = prop::collection::vec(prop::sample::select(&Role::ALL[..]), 1..=3);
    let roles = prop::collection::btree_map(codes(), roles, 0..=CODES.len());
    let network = prop::collection::vec(prop::sample::select(&NetworkRole::ALL[..]), 0..=3);
    let people = (any::<u128>(), roles, network)
        .prop_map(|(id, roles, network)| Principal::person(PersonId::new(Uuid::from_u128(id)), None, roles, network));
    prop_oneof![1 => Just(Principal::anonymous()), 4 => people]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z]{1,6}"]
}

fn terms() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[A-C]", 0..3)
}

/// Some sections with the kinds of bodies that `body` gives.
fn some_sections(body: impl Strategy<Value = String>) -> impl Strategy<Value = BTreeMap<SectionKind, String>> {
    prop::collection::btree_map(prop::sample::select(SectionKind::ALL), body, 0..=SectionKind::ALL.len())
}

fn levels() -> impl Strategy<Value = Option<Level>> {
    prop::option::of(prop::sample::select(Level::ALL))
}

fn kinds() -> impl Strategy<Value = Option<Kind>> {
    prop::option::of(prop::sample::select(Kind::ALL))
}

fn benefits() -> impl Strategy<Value = Vec<Benefit>> {
    let benefit = ("[a-b]{0,1}", "[a-c ]{3,5}").prop_map(|(id, measure)| Benefit {
        id,
        measure,
        unit: String::new(),
        baseline: String::new(),
        result: String::new(),
        measured_on: None,
        measured_by: String::new(),
        independent: false,
    });
    prop::collection::vec(benefit, 0..4)
}

fn contacts() -> impl Strategy<Value = Vec<Contact>> {
    let contact = "[a-z]{1,6}".prop_map(|name| Contact {
        person: None,
        name,
        role: String::new(),
        organisation: None,
        willing: Willing::Call,
    });
    prop::collection::vec(contact, 0..2)
}

fn contents() -> impl Strategy<Value = Content> {
    let first = (texts(), texts(), levels(), kinds(), terms(), terms(), texts(), some_sections("[a-z]{1,6}"));
    (first, terms(), benefits(), contacts(), prop::option::of(1_u16..9)).prop_map(
        |(first, questions, benefits, contacts, months_to_deliver)| {
            let (title, summary, level, kind, care_settings, project_types, region, sections) = first;
            Content {
                title,
                summary,
                level,
                kind,
                care_settings,
                project_types,
                region,
                questions,
                months_to_deliver,
                benefits,
                contacts,
                sections,
                ..Content::default()
            }
        },
    )
}

fn updates() -> impl Strategy<Value = ContentUpdate> {
    let option = prop::option::of::<BoxedStrategy<String>>;
    let first = (
        option(texts().boxed()),
        option(texts().boxed()),
        prop::option::of(levels()),
        prop::option::of(kinds()),
        prop::option::of(terms()),
        prop::option::of(terms()),
        option(texts().boxed()),
        some_sections(texts()),
    );
    let months = prop::option::of(prop::option::of(1_u16..9));
    (first, prop::option::of(terms()), prop::option::of(benefits()), prop::option::of(contacts()), months).prop_map(
        |(first, questions, benefits, contacts, months_to_deliver)| {
            let (title, summary, level, kind, care_settings, project_types, region, sections) = first;
            ContentUpdate {
                title,
                summary,
                level,
                kind,
                care_settings,
                project_types,
                region,
                questions,
                months_to_deliver,
                benefits,
                contacts,
                sections,
                ..ContentUpdate::default()
            }
        },
    )
}

/// Which parts two contents say differently.
fn differing(before: &Content, after: &Content) -> BTreeSet<Part> {
    let mut parts = BTreeSet::new();
    for (name, same) in [
        ("title", before.title == after.title),
        ("summary", before.summary == after.summary),
        ("level", before.level == after.level),
        ("kind", before.kind == after.kind),
        ("care_settings", before.care_settings == after.care_settings),
        ("project_types", before.project_types == after.project_types),
        ("region", before.region == after.region),
        ("questions", before.questions == after.questions),
        ("benefits", before.benefits == after.benefits),
        ("contacts", before.contacts == after.contacts),
        ("months_to_deliver", before.months_to_deliver == after.months_to_deliver),
    ] {
        if !same {
            parts.insert(Part::Field(name));
        }
    }
    let changed = |kind: &&SectionKind| before.sections.get(kind) != after.sections.get(kind);
    parts.extend(SectionKind::ALL.iter().filter(changed).map(|kind| Part::Section(*kind)));
    parts
}

proptest! {
    /// Who may read finds, and who may not does not.
    #[test]
    fn who_may_read_finds(
        header in headers(), caller in callers(), owners in prop::collection::btree_set(codes(), 0..=2),
    ) {
        let reader = Reader { caller: &caller, owners: Arc::new(owners) };
        let known: BTreeSet<String> = reader.audiences().into_iter().collect();
        let finds = header.latest_revision > 0 && header.audience().iter().any(|audience| known.contains(audience));
        prop_assert_eq!(header.shows_revisions_to(&reader), finds);
        // The draft is the organisation's own, and what is its own it may always read once it is released.
        prop_assert_eq!(header.shows_draft_to(&caller), caller.organisations().any(|own| *own == header.organisation));
        prop_assert!(!header.shows_draft_to(&caller) || header.latest_revision == 0 || finds);
    }

    /// More roles never hide anything.
    #[test]
    fn more_roles_never_hide(header in headers(), caller in callers(), role in prop::sample::select(&Role::ALL[..])) {
        prop_assume!(caller.person.is_some());
        let owners = Arc::new(BTreeSet::from([organisation("RJ1")]));
        let reader = Reader { caller: &caller, owners: Arc::clone(&owners) };
        let mut more = caller.clone();
        more.roles.entry(organisation("RGT")).or_default().push(role);
        let with_more = Reader { caller: &more, owners: Arc::clone(&owners) };
        prop_assert!(!header.shows_revisions_to(&reader) || header.shows_revisions_to(&with_more));
        let finds = with_more.audiences();
        prop_assert!(reader.audiences().iter().all(|audience| finds.contains(audience)));
    }

    #[test]
    fn an_update_changes_what_it_names_and_nothing_else(before in contents(), update in updates()) {
        let after = before.updated(update.clone());
        prop_assert_eq!(&after.title, update.title.as_ref().unwrap_or(&before.title));
        prop_assert_eq!(&after.summary, update.summary.as_ref().unwrap_or(&before.summary));
        prop_assert_eq!(after.level, update.level.unwrap_or(before.level));
        prop_assert_eq!(after.kind, update.kind.unwrap_or(before.kind));
        prop_assert_eq!(&after.care_settings, update.care_settings.as_ref().unwrap_or(&before.care_settings));
        prop_assert_eq!(&after.project_types, update.project_types.as_ref().unwrap_or(&before.project_types));
        prop_assert_eq!(&after.region, update.region.as_ref().unwrap_or(&before.region));
        prop_assert_eq!(&after.questions, update.questions.as_ref().unwrap_or(&before.questions));
        prop_assert_eq!(&after.benefits, update.benefits.as_ref().unwrap_or(&before.benefits));
        prop_assert_eq!(&after.contacts, update.contacts.as_ref().unwrap_or(&before.contacts));
        prop_assert_eq!(after.months_to_deliver, update.months_to_deliver.unwrap_or(before.months_to_deliver));
        for kind in SectionKind::ALL {
            let wanted = match update.sections.get(kind) {
                Some(body) => Some(body).filter(|body| !body.is_empty()),
                None => before.sections.get(kind),
            };
            prop_assert_eq!(after.sections.get(kind), wanted);
        }
        let parts: BTreeSet<Part> = update.parts().into_iter().collect();
        prop_assert!(differing(&before, &after).is_subset(&parts), "{:?}", parts);
        prop_assert_eq!(&after.updated(update), &after);
        prop_assert_eq!(before.updated(ContentUpdate::default()), before);
    }

    /// Only these things are asked for, of each level its own.
    #[test]
    fn nothing_else_is_missing(content in contents()) {
        let full = content.level == Some(Level::Full);
        let whole = !content.summary.is_empty()
            && content.level.is_some()
            && content.kind.is_some()
            && !content.care_settings.is_empty()
            && !content.project_types.is_empty()
            && !content.sections.is_empty()
            && (!full || NEEDED.iter().all(|kind| content.sections.contains_key(kind)))
            && (!full || !content.contacts.is_empty() || content.sections.contains_key(&SectionKind::Contacts));
        prop_assert_eq!(content.missing().is_empty(), whole);
    }

    /// Two people who read the same version collide when, and only when, they change the same part.
    #[test]
    fn only_the_same_part_collides(first in updates(), second in updates(), read in 1_i64..5) {
        let touched = Touched::default().at(read + 1, &first.parts());
        let same: BTreeSet<Part> = first.parts().into_iter().filter(|part| second.parts().contains(part)).collect();
        let told: BTreeSet<Part> = touched.since(read, &second.parts()).into_iter().collect();
        prop_assert_eq!(told, same);
        prop_assert_eq!(touched.since(read + 1, &second.parts()), Vec::new());
    }

    /// Every benefit has an id of its own, those that had one keep it, and asking again changes nothing.
    #[test]
    fn benefits_get_ids_that_stay(benefits in benefits()) {
        let given: BTreeSet<_> = benefits.iter().map(|benefit| &benefit.id).filter(|id| !id.is_empty()).collect();
        prop_assume!(given.len() == benefits.iter().filter(|benefit| !benefit.id.is_empty()).count());
        let named = benefits_with_ids(benefits.clone());
        let ids: BTreeSet<_> = named.iter().map(|benefit| benefit.id.as_str()).collect();
        prop_assert_eq!(ids.len(), benefits.len());
        prop_assert!(ids.iter().all(|id| crate::model::is_benefit_id(id)));
        prop_assert!(benefits.iter().zip(&named).all(|(old, new)| old.id.is_empty() || old.id == new.id));
        prop_assert_eq!(benefits_with_ids(named.clone()), named);
    }
}
