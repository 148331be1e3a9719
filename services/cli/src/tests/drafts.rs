//! Drafts in TOML and Markdown.

use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::SectionKind;

use crate::draft::Draft;

const TOML: &str = r#"
organisation = "RGT"
visibility = "public"
title = "Barcode medicines on adult wards"
summary = "How to add scanning, \"ward\" by ward."
level = "on-a-page"
kind = "success"
care_settings = ["Acute"]
project_types = ["Nursing", "Process"]

[sections]
what_went_wrong = "Flat scanners."
problem = """
Errors did not fall.

### In detail
Look-alike packs."""
"#;

const MARKDOWN: &str = r#"+++
organisation = "RGT"
visibility = "public"
title = "Barcode medicines on adult wards"
summary = 'How to add scanning, "ward" by ward.'
level = "on-a-page"
kind = "success"
care_settings = ["Acute"]
project_types = ["Nursing", "Process"]
+++

## Problem

Errors did not fall.

### In detail
Look-alike packs.

## What went wrong

Flat scanners.
"#;

#[test]
fn toml_and_markdown_say_the_same() {
    let (toml, markdown) = (Draft::read(TOML).unwrap(), Draft::read(MARKDOWN).unwrap());
    let content = toml.content().unwrap();
    assert_eq!(content, markdown.content().unwrap());
    assert_eq!(toml.visibility().unwrap(), i32::from(pb::Visibility::Public));
    assert_eq!(content.level(), pb::BlueprintLevel::OnAPage);
    let kinds: Vec<_> = content.sections.iter().map(pb::Section::kind).collect();
    assert_eq!(kinds, [SectionKind::Problem, SectionKind::WhatWentWrong]);
    assert_eq!(content.sections[0].body, "Errors did not fall.\n\n### In detail\nLook-alike packs.");
}

#[test]
fn a_blueprint_becomes_a_file_and_the_file_the_blueprint() {
    let content = Draft::read(TOML).unwrap().content().unwrap();
    let blueprint = pb::Blueprint {
        organisation: "organisations/RGT".into(),
        visibility: pb::Visibility::Public.into(),
        content: Some(content.clone()),
        ..pb::Blueprint::default()
    };
    let file = Draft::of(&blueprint).markdown();
    assert_eq!(file, MARKDOWN);
    assert_eq!(Draft::read(&file).unwrap().content().unwrap(), content);
}

#[test]
fn only_what_is_said_is_in_the_mask() {
    let draft = Draft::read("title = \"A title of ten\"\n[sections]\ncost = \"\"").unwrap();
    assert_eq!(draft.mask(), ["title", "sections"]);
    let content = draft.content().unwrap();
    assert_eq!(content.sections, [pb::Section { kind: SectionKind::Cost.into(), body: String::new() }]);
    assert!(Draft::default().mask().is_empty());
}

#[test]
fn options_go_before_the_file() {
    let file = Draft::read(MARKDOWN).unwrap();
    let sections = [("cost".to_owned(), "Little.".to_owned()), ("problem".to_owned(), "Other.".to_owned())];
    let over = Draft { title: Some("Another title".into()), sections: sections.into(), ..Draft::default() };
    let both = file.overlaid(over);
    assert_eq!(both.title.as_deref(), Some("Another title"));
    assert_eq!(both.kind.as_deref(), Some("success"));
    assert_eq!(both.sections.len(), 3);
    assert_eq!(both.sections["problem"], "Other.");
}

#[test]
fn options_go_before_the_file_however_the_file_spells_a_section() {
    let file = Draft::read("[sections]\nwhat_went_wrong = \"A\"").unwrap();
    let over = Draft { sections: [("what-went-wrong".to_owned(), "B".to_owned())].into(), ..Draft::default() };
    let content = file.overlaid(over).content().unwrap();
    assert_eq!(content.sections, [pb::Section { kind: SectionKind::WhatWentWrong.into(), body: "B".into() }]);
}

#[test]
fn headings_in_code_are_text() {
    let draft = Draft::read("## Approach\n\n```\n## Team\n```\nthen").unwrap();
    assert_eq!(draft.sections["approach"], "```\n## Team\n```\nthen");
}

#[test]
fn faults_are_named() {
    let cases = [
        ("titel = \"x\"", "titel"),
        ("title = 3", "title"),
        ("[sections]\nbenefit = \"x\"", "benefit"),
        ("## Benefit\n\nx", "Benefit"),
        ("## Cost\n\nx\n## Cost\n\ny", "twice"),
        ("+++\ntitle = \"x\"\n", "second line"),
        ("+++\n+++\nstray text\n", "stray text"),
        ("[sections]\nwhat_went_wrong = \"x\"\nwhat-went-wrong = \"y\"", "twice"),
        ("level = \"half\"", "full, on-a-page"),
    ];
    for (text, wanted) in cases {
        let fault = Draft::read(text).and_then(|draft| draft.content()).unwrap_err();
        assert!(fault.contains(wanted), "{text}: {fault}");
    }
}
