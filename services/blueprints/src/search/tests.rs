//! What searches find, and what they must not tell; `disk` has what happens to the folder, `words` the pure parts.

mod disk;
mod words;

use std::path::Path;

use tempfile::TempDir;

use super::*;

const EPOCH: Uuid = Uuid::from_u128(7);

/// A small public document; `id` is also its date.
fn document(id: u8, title: &str, text: &str) -> Document {
    Document {
        id: Uuid::from_u128(id.into()),
        revision: 1,
        title: title.to_owned(),
        summary: String::new(),
        sections: vec![("what_we_did".to_owned(), text.to_owned())],
        organisation: "RBL".to_owned(),
        organisation_name: "Wirral".to_owned(),
        care_settings: Vec::new(),
        project_types: Vec::new(),
        published: id.into(),
        audience: vec![PUBLIC.to_owned()],
    }
}

fn put(document: Document) -> Change {
    Change::Put(Box::new(document))
}

fn open(folder: &Path) -> Index {
    Index::open(folder, EPOCH).unwrap().0
}

/// An index of these documents at sequence 1.
fn index_of(documents: impl IntoIterator<Item = Document>) -> (TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    index.apply(documents.into_iter().map(put).collect(), 1).unwrap();
    (folder, index)
}

fn query(text: &str) -> Query {
    Query { text: text.to_owned(), audience: keys(&[PUBLIC]), limit: 10, ..Query::default() }
}

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|&key| key.to_owned()).collect()
}

/// The ids that `query` finds, in order.
fn found_by(index: &Index, query: &Query) -> Vec<u128> {
    index.search(query).unwrap().hits.iter().map(|hit| hit.id.as_u128()).collect()
}

fn found(index: &Index, text: &str) -> Vec<u128> {
    found_by(index, &query(text))
}

#[test]
fn words_are_found_in_any_form_and_field() {
    let (_folder, index) = index_of([
        document(1, "Electronic prescribing", "Nurses were trained on every ward."),
        document(2, "Bed management", "The café ward prescribes nothing electronically."),
        document(3, "Sepsis alerts", "Training the nurse took a week."),
    ]);
    assert_eq!(found(&index, "prescribe"), [1, 2], "the title weighs more");
    assert_eq!(found(&index, "NURSE training"), [3, 1], "newest first among equals");
    assert_eq!(found(&index, "cafe"), [2]);
    assert_eq!(found(&index, "sepsis week"), [3], "across fields");
    assert_eq!(found(&index, "wirral beds"), [2], "the organisation's name counts");
    assert_eq!(found(&index, "prescribing sepsis"), [] as [u128; 0], "every word has to match");
    assert_eq!(found(&index, "how is the sepsis"), [3], "function words need not");
}

#[test]
fn phrases_exclusions_and_half_typed_words() {
    let (_folder, index) = index_of([
        document(1, "One", "The discharge summary was late."),
        document(2, "Two", "A summary of the discharge; e-prescribing came later."),
        document(3, "Three", "Interoperability, and prescribing by e-mail."),
    ]);
    assert_eq!(found(&index, "\"discharge summary\""), [1]);
    assert_eq!(found(&index, "discharge summary"), [1, 2], "the shorter text first");
    assert_eq!(found(&index, "summary -late"), [2]);
    assert_eq!(found(&index, "summary -\"discharge summary\""), [2]);
    assert_eq!(found(&index, "-summary"), [3]);
    assert_eq!(found(&index, "e-prescribing -nothing"), [2], "the parts of a word stand together");
    assert_eq!(found(&index, "interop"), [3]);
    assert_eq!(found(&index, "interoperabili"), [3], "also where no stem begins so");
    assert_eq!(found(&index, "summary interop"), [] as [u128; 0]);
    assert_eq!(found(&index, "interop summary"), [] as [u128; 0], "only the last word is half typed");
    assert_eq!(found(&index, "in"), [] as [u128; 0], "two letters are a word");
}

#[test]
fn what_is_not_understood_does_no_harm() {
    let (_folder, index) = index_of([document(1, "One", "Two wards")]);
    let long = "x".repeat(90);
    for (text, ignored) in [
        ("\"two wards", vec!["\""]),
        ("two && wards", vec!["&&"]),
        ("two AND wards -", vec!["-", "AND"]),
        (&format!("wards {long}"), vec![&format!("{}…", "x".repeat(60))]),
        ("***", vec!["***"]),
    ] {
        let answer = index.search(&query(text)).unwrap();
        assert_eq!((answer.hits.len(), answer.ignored), (1, keys(&ignored)), "{text}");
    }
}

#[test]
fn facets_combine() {
    let of = |id, settings: &[&str], types: &[&str]| Document {
        care_settings: keys(settings),
        project_types: keys(types),
        ..document(id, "Ward", "")
    };
    let (_folder, index) = index_of([
        of(1, &["acute"], &["epma"]),
        of(2, &["acute", "mental", "acute"], &["epma", "bi"]),
        of(3, &["mental"], &["bi"]),
        of(4, &["community"], &[]),
    ]);
    let facets = |settings: &[&str], types: &[&str]| {
        let (care_settings, project_types) = (keys(settings), keys(types));
        let answer =
            index.search(&Query { care_settings, project_types, facets: true, count: true, ..query("ward") }).unwrap();
        let facets = answer.facets.unwrap();
        let show = |counts: &[(String, u64)]| {
            counts.iter().map(|(key, count)| format!("{key}{count}")).collect::<Vec<_>>().join(" ")
        };
        (answer.total.unwrap(), show(&facets.care_settings), show(&facets.project_types))
    };
    let shown = |total, settings: &str, types: &str| (total, settings.to_owned(), types.to_owned());
    assert_eq!(facets(&[], &[]), shown(4, "acute2 mental2 community1", "bi2 epma2"));
    assert_eq!(facets(&["mental"], &[]), shown(2, "acute2 mental2 community1", "bi2 epma1"));
    assert_eq!(facets(&["mental", "community"], &[]), shown(3, "acute2 mental2 community1", "bi2 epma1"));
    assert_eq!(facets(&["mental"], &["epma"]), shown(1, "acute2 mental1", "bi2 epma1"));
    let owned = |code: &str| Query { organisations: keys(&[code]), ..query("") };
    assert_eq!((found_by(&index, &owned("RBL")).len(), found_by(&index, &owned("RCB")).len()), (4, 0));
}

#[test]
fn order_and_pages() {
    let (_folder, index) = index_of((1..=7).map(|id| document(id, "Ward", &"ward ".repeat(8 - usize::from(id)))));
    assert_eq!(found(&index, ""), [7, 6, 5, 4, 3, 2, 1], "no words: newest first");
    assert_eq!(found_by(&index, &Query { order: Order::Newest, ..query("ward") }), [7, 6, 5, 4, 3, 2, 1]);
    let page = |offset, limit| index.search(&Query { offset, limit, ..query("") }).unwrap();
    let ids = |answer: &Answer| answer.hits.iter().map(|hit| hit.id.as_u128()).collect::<Vec<_>>();
    assert_eq!((ids(&page(2, 2)), page(2, 2).more), (vec![5, 4], true));
    assert_eq!((ids(&page(5, 2)), page(5, 2).more), (vec![2, 1], false));
    assert_eq!((page(0, 0).hits.len(), page(0, 0).more), (0, true));
    assert_eq!(page(usize::MAX, usize::MAX).hits, []);
}

#[test]
fn snippets_show_why() {
    let far = format!("{} sepsis screening. {}", "Nothing of note. ".repeat(40), "And more. ".repeat(40));
    let (_folder, index) = index_of([Document {
        summary: "In short, naïve.".to_owned(),
        sections: [("cost", "Screening, é, costs."), ("plan", far.as_str()), ("advice", "Ask: screened sepsis?")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .to_vec(),
        ..document(1, "Deterioration", "")
    }]);
    let snippets = |text| {
        let answer = index.search(&Query { snippets: true, ..query(text) }).unwrap();
        answer.hits.into_iter().next().unwrap().snippets
    };
    let marked = |snippet: &Snippet| {
        let text: Vec<char> = snippet.text.chars().collect();
        let part = |&(from, to): &(u32, u32)| text[from as usize..to as usize].iter().collect::<String>();
        (snippet.section.clone(), snippet.highlights.iter().map(part).collect::<Vec<_>>().join("|"))
    };
    let shown: Vec<_> = snippets("screen sepsis").iter().map(marked).collect();
    let expected = [("plan", "sepsis|screening"), ("advice", "screened|sepsis")];
    assert_eq!(shown, expected.map(|(section, words)| (section.to_owned(), words.to_owned())));
    let near = &snippets("screening sepsis")[0].text;
    assert!(near.len() <= 200 && near.starts_with("Nothing of note") && near.ends_with("And"), "{near:?}");
    assert_eq!(snippets("é cos").iter().map(marked).next().unwrap().1, "é|costs");
    let fallback = Snippet { section: "summary".to_owned(), text: "In short, naïve.".to_owned(), highlights: vec![] };
    assert_eq!(snippets("deterioration"), [fallback]);
}

/// Whatever is asked, the answer with hidden documents around is the answer without them, to the last bit.
#[test]
fn hidden_documents_change_nothing() {
    let words = ["sepsis", "ward", "wards", "warden", "nurse", "training", "prescribing", "discharge", "summary"];
    let text = |seed: usize, length: usize| {
        (0..length).map(|at| words[(seed * 7 + at * at * 3 + seed * at) % words.len()]).collect::<Vec<_>>().join(" ")
    };
    let made = |id: u8, audience: &[&str]| {
        let seed = usize::from(id);
        Document {
            audience: keys(audience),
            summary: text(seed + 1, seed % 4),
            care_settings: keys(&[["acute", "mental", "community"][seed % 3]]),
            project_types: keys(&[["epma", "bi"][seed % 2], "all"]),
            ..document(id, &text(seed, 1 + seed % 3), &text(seed + 2, 3 + seed % 40))
        }
    };
    let audience = [PUBLIC, "organisation:RBL"];
    let visible = |id: u8| made(id, if id.is_multiple_of(3) { &audience[1..] } else { &audience[..1] });
    let (_one, clear) = index_of((0..60).map(visible));

    let hidden = |id: u8| Document {
        title: "Sepsis ward secret".to_owned(),
        care_settings: keys(&["secret"]),
        organisation_name: "Wardenry".to_owned(),
        ..made(id, &["network", "organisation:RCB", "public:not"])
    };
    let (_two, shared) = index_of([]);
    for id in 0..60 {
        // Commits of many shapes, so that segments and merges differ, too.
        let extra = (0..id % 4).map(|part| put(hidden(60 + id + part * 45)));
        shared.apply(extra.chain([put(visible(id))]).collect(), 1).unwrap();
    }
    assert!(shared.document_count() > clear.document_count());

    for text in ["", "sepsis", "ward nurse", "war", "secr", "\"ward nurse\"", "ward -nurse", "-ward", "trai", "warden"]
    {
        for order in [Order::Relevance, Order::Newest] {
            for (offset, settings) in [(0, vec![]), (4, vec![]), (0, keys(&["acute", "secret"]))] {
                let audience = keys(&audience);
                let (text, care_settings) = (text.to_owned(), settings);
                let project_types = if offset == 4 { keys(&["bi"]) } else { Vec::new() };
                let base = Query { text, audience, care_settings, project_types, order, offset, ..Query::default() };
                for all in [true, false] {
                    let query = Query { limit: 7, facets: all, count: all, snippets: all, ..base.clone() };
                    assert_eq!(shared.search(&query).unwrap(), clear.search(&query).unwrap(), "{query:?}");
                }
            }
        }
    }
    let nobody = Query { audience: Vec::new(), facets: true, count: true, ..query("ward") };
    let answer = shared.search(&nobody).unwrap();
    assert_eq!((answer.hits, answer.more, answer.total), (vec![], false, Some(0)));
    assert_eq!(answer.facets, Some(Facets::default()));
}
