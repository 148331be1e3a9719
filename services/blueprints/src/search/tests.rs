//! What searches find, and what they must not tell; `disk` has what happens to the folder, `words` the pure parts.

mod disk;
mod words;

use std::path::Path;
use std::sync::Arc;

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
        organisation_name: "Wirral".to_owned(),
        keys: BTreeMap::from([(Facet::Organisation, keys(&["RBL"]))]),
        review: None,
        adoptions: 0,
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
    assert_eq!(found(&index, "NURSE training"), [1, 3], "in the order that was typed, and near");
    assert_eq!(found(&index, "cafe"), [2]);
    assert_eq!(found(&index, "sepsis week"), [3], "across fields");
    assert_eq!(found(&index, "wirral beds"), [2, 3, 1], "the organisation's name counts; both first");
    assert_eq!(found(&index, "prescribing sepsis"), [3, 1, 2], "nothing has both: what has the rarer one first");
    assert_eq!(found(&index, "training sepsis"), [3, 1], "both first");
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
    assert_eq!(found(&index, "summary -\"summary of the discharge\""), [1]);
    assert_eq!(found(&index, "interop"), [3]);
    assert_eq!(found(&index, "interoperabili"), [3], "also where no stem begins so");
    assert_eq!(found(&index, "interop summary"), [1, 2], "only the last word is half typed");
    assert_eq!(found(&index, "in"), [] as [u128; 0], "two letters are a word");
}

#[test]
fn an_excluded_phrase_excludes_what_has_it_and_nothing_else() {
    // Every text of four words out of three.
    let words = ["amber", "birch", "cedar"];
    let texts: Vec<Vec<&str>> =
        (0..81_usize).map(|number| [27, 9, 3, 1].map(|place| words[number / place % 3]).to_vec()).collect();
    let documents = (1..=81).zip(&texts).map(|(id, text)| document(id, "Wood", &text.join(" ")));
    let (_folder, index) = index_of(documents);
    for excluded in [vec!["birch", "cedar"], vec!["birch", "birch"], vec!["cedar", "amber", "birch"]] {
        let asked = Query { limit: 81, ..query(&format!("amber -\"{}\"", excluded.join(" "))) };
        let mut answer = found_by(&index, &asked);
        answer.sort_unstable();
        let right = |text: &[&str]| text.contains(&"amber") && !text.windows(excluded.len()).any(|run| run == excluded);
        let wanted: Vec<u128> = (1..).zip(&texts).filter(|(_, text)| right(text)).map(|(id, _)| id).collect();
        assert_eq!(answer, wanted, "{excluded:?}");
    }
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
    let of = |id, settings: &[&str], types: &[&str]| {
        let mut document = document(id, "Ward", "");
        document.keys.extend([(Facet::CareSetting, keys(settings)), (Facet::ProjectType, keys(types))]);
        document
    };
    let (_folder, index) = index_of([
        of(1, &["acute"], &["epma"]),
        of(2, &["acute", "mental", "acute"], &["epma", "bi"]),
        of(3, &["mental"], &["bi"]),
        of(4, &["community"], &[]),
    ]);
    let facets = |settings: &[&str], types: &[&str]| {
        let choices = BTreeMap::from([(Facet::CareSetting, keys(settings)), (Facet::ProjectType, keys(types))]);
        let facets = vec![Facet::CareSetting, Facet::ProjectType];
        let answer = index.search(&Query { choices, facets, count: true, ..query("ward") }).unwrap();
        let show = |counts: &[(String, u64)]| {
            counts.iter().map(|(key, count)| format!("{key}{count}")).collect::<Vec<_>>().join(" ")
        };
        let [(_, settings), (_, types)] = answer.facets.as_slice() else { panic!("two facets") };
        (answer.total.unwrap(), show(settings), show(types))
    };
    let shown = |total, settings: &str, types: &str| (total, settings.to_owned(), types.to_owned());
    assert_eq!(facets(&[], &[]), shown(4, "acute2 mental2 community1", "bi2 epma2"));
    assert_eq!(facets(&["mental"], &[]), shown(2, "acute2 mental2 community1", "bi2 epma1"));
    assert_eq!(facets(&["mental", "community"], &[]), shown(3, "acute2 mental2 community1", "bi2 epma1"));
    assert_eq!(facets(&["mental"], &["epma"]), shown(1, "acute2 mental1", "bi2 epma1"));
    let owned = |code: &str| Query { choices: BTreeMap::from([(Facet::Organisation, keys(&[code]))]), ..query("") };
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

/// What two are asked, of whom one has hidden documents.
const ASKED: [&str; 13] = [
    "",
    "sepsis",
    "ward nurse",
    "war",
    "secr",
    "\"ward nurse\"",
    "ward -nurse",
    "-ward",
    "trai",
    "warden",
    "secrets",
    "sepsys",
    "Wardnery",
];

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
            keys: BTreeMap::from([
                (Facet::Organisation, keys(&["RBL"])),
                (Facet::CareSetting, keys(&[["acute", "mental", "community"][seed % 3]])),
                (Facet::ProjectType, keys(&[["epma", "bi"][seed % 2], "all"])),
            ]),
            ..document(id, &text(seed, 1 + seed % 3), &text(seed + 2, 3 + seed % 40))
        }
    };
    let names = [PUBLIC, "organisation:RBL"];
    let visible = |id: u8| made(id, if id.is_multiple_of(3) { &names[1..] } else { &names[..1] });
    let audience = keys(&names);
    let (_one, clear) = index_of((0..60).map(visible));

    let hidden = |id: u8| Document {
        title: "Sepsis ward secret".to_owned(),
        keys: BTreeMap::from([(Facet::CareSetting, keys(&["secret"]))]),
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

    for text in ASKED {
        for order in [Order::Relevance, Order::Newest] {
            for (offset, settings) in [(0, vec![]), (4, vec![]), (0, keys(&["acute", "secret"]))] {
                let audience = audience.clone();
                let text = text.to_owned();
                let types = if offset == 4 { keys(&["bi"]) } else { Vec::new() };
                let choices = BTreeMap::from([(Facet::CareSetting, settings), (Facet::ProjectType, types)]);
                let base = Query { text, audience, choices, order, offset, ..Query::default() };
                for all in [true, false] {
                    let facets = if all { Facet::ALL.to_vec() } else { Vec::new() };
                    let query = Query { limit: 7, facets, count: all, snippets: all, explain: all, ..base.clone() };
                    assert_eq!(shared.search(&query).unwrap(), clear.search(&query).unwrap(), "{query:?}");
                }
            }
        }
    }
    for (id, text) in (0..60).zip(["sep", "war", "secr", "wirr", "acu", "wardenr"].into_iter().cycle()) {
        let id = Uuid::from_u128(id);
        assert_eq!(shared.suggest(&audience, text, 5).unwrap(), clear.suggest(&audience, text, 5).unwrap());
        assert_eq!(shared.related(&audience, id, 5).unwrap(), clear.related(&audience, id, 5).unwrap());
    }
    assert_eq!(shared.related(&audience, Uuid::from_u128(60), 5).unwrap(), None);
}

#[test]
fn nobody_finds_nothing() {
    let (_folder, index) = index_of([document(1, "Ward", "ward")]);
    let facets = vec![Facet::CareSetting];
    let nobody = Query { audience: Vec::new(), facets, count: true, ..query("ward") };
    let answer = index.search(&nobody).unwrap();
    assert_eq!((answer.hits, answer.more, answer.total), (vec![], false, Some(0)));
    assert_eq!(answer.facets, [(Facet::CareSetting, vec![])]);
}

#[test]
fn synonyms_stand_for_each_other() {
    let rule = |from: &str, to: &str, both| Synonym { from: from.to_owned(), to: to.to_owned(), both };
    let rules = [
        rule("EPMA", "electronic prescribing and medicines administration", true),
        rule("IG", "information governance", true),
        rule("IG", "implementation guide", true),
        rule("chart", "record", false),
    ];
    let synonyms = Arc::new(Synonyms::new(&rules, 1));
    let (_folder, index) = index_of([
        document(1, "One", "EPMA came in May."),
        document(2, "Two", "Electronic prescribing & medicines administration, ward by ward."),
        document(3, "Three", "Administration of prescribing; electronic medicines."),
        document(4, "Four", "Information governance first."),
        document(5, "Five", "An implementation guide to governance of information."),
        document(6, "Six", "The record."),
        document(7, "Seven", "The chart."),
    ]);
    let asked = |text: &str| {
        let answer = index.search(&Query { synonyms: Arc::clone(&synonyms), ..query(text) }).unwrap();
        let mut ids: Vec<u128> = answer.hits.iter().map(|hit| hit.id.as_u128()).collect();
        ids.sort_unstable();
        (ids, answer.read_as)
    };
    assert_eq!(asked("epma").0, [1, 2], "a phrase is found as one");
    assert_eq!(asked("electronic prescribing and medicines administration").0, [1, 2, 3]);
    assert_eq!(asked("\"electronic prescribing\"").0, [2], "quotes are taken at their word");
    let (found, read) = asked("IG");
    assert_eq!((found, read.len(), read[0].ways.len()), (vec![4, 5], 1, 2), "both meanings, and it says so");
    assert_eq!((asked("chart").0, asked("record").0), (vec![6, 7], vec![6]), "one way");
    // Saying it twice does not make it more: the best way counts.
    let twice = document(8, "Eight", "EPMA, that is electronic prescribing and medicines administration.");
    index.apply(vec![put(twice)], 2).unwrap();
    let explained = Query { synonyms: Arc::clone(&synonyms), explain: true, ..query("epma") };
    for hit in index.search(&explained).unwrap().hits {
        let explanation = hit.explanation.unwrap();
        let sum: f64 = explanation.parts.iter().map(|(_, points)| points).sum();
        assert!(
            (sum - explanation.total).abs() < 0.001 && (sum - f64::from(hit.score)).abs() < 0.01,
            "{explanation:?}"
        );
        assert!(explanation.parts.len() == 1 && explanation.sentence.contains("is in the text"), "{explanation:?}");
    }
}

#[test]
fn acronyms_mean_what_documents_say() {
    let (_folder, index) = index_of([
        document(1, "One", "A clinical decision support system (CDSS) was bought."),
        document(2, "Two", "The clinical decision support system slept."),
        document(3, "Three", "CDSS again."),
        document(4, "Four", "No decision, no support."),
    ]);
    let sorted = |text| {
        let mut ids = found(&index, text);
        ids.sort_unstable();
        ids
    };
    assert_eq!((sorted("cdss"), sorted("CDSS")), (vec![1, 2, 3], vec![1, 2, 3]));
    assert_eq!(found(&index, "clinical decision support system").len(), 4, "and the other way round");
    assert_eq!(found(&index, "clinical decision support system")[3], 4, "what has only some of it comes last");
}

#[test]
fn typos_are_forgiven_by_length() {
    let (_folder, index) =
        index_of([document(1, "One", "Electronic prescribing on the ward."), document(2, "Two", "EPS and the word.")]);
    let asked = |text: &str| {
        let answer = index.search(&query(text)).unwrap();
        (answer.hits.iter().map(|hit| hit.id.as_u128()).collect::<Vec<_>>(), answer.did_you_mean)
    };
    assert_eq!(asked("prescirbing"), (vec![1], Some("prescribing".to_owned())));
    assert_eq!(asked("electrnic prescribng"), (vec![1], Some("electronic prescribing".to_owned())));
    for text in ["EPR", "epr", "wadr", "ELECTRNIC", "electr0nic", "xyzzyxyzzy"] {
        assert_eq!(asked(text), (vec![], None), "{text}");
    }
}

#[test]
fn filters_and_orders() {
    use exemplar_kernel::Violations;
    use exemplar_kernel::filter::expression::parse;
    let with = |id: u8, level: &str, adoptions, review| {
        let mut document = Document { review, adoptions, ..document(id, "Ward", "") };
        document.keys.insert(Facet::Level, keys(&[level]));
        document
    };
    let (_folder, index) = index_of([
        with(1, "FULL", 5, None),
        with(2, "FULL", 0, Some(9)),
        with(3, "PAGE", 7, Some(4)),
        with(4, "", 1, None),
    ]);
    let asked = |filter: &str, order| {
        let mut violations = Violations::new();
        let filter = parse(&mut violations, filter, &filter_fields());
        violations.check().unwrap();
        found_by(&index, &Query { filter, order, ..query("") })
    };
    for (filter, expected) in [
        ("level = FULL", &[2, 1][..]),
        ("level != FULL", &[4, 3]),
        ("NOT level = FULL adoptions > 1", &[3]),
        ("level = FULL OR level = PAGE AND adoptions >= 5", &[3, 1]),
        ("review_by < 1971-01-01", &[3, 2]),
        ("(level = FULL AND adoptions < 5) OR adoptions = 7", &[3, 2]),
        ("published <= 1970-01-01", &[]),
    ] {
        assert_eq!(asked(filter, Order::Newest), expected, "{filter}");
    }
    assert_eq!(asked("", Order::MostAdopted), [3, 1, 4, 2]);
    assert_eq!(asked("", Order::Review), [2, 3, 4, 1]);
    let traits = vec![(Facet::Level, keys(&["FULL"]), 40)];
    let fit = Query { likeness: Some(Arc::new(Likeness { traits })), order: Order::Fit, ..query("") };
    assert_eq!(found_by(&index, &fit), [2, 1, 4, 3]);
    let fits: Vec<_> = index.search(&fit).unwrap().hits.into_iter().map(|hit| hit.fit.unwrap().percent).collect();
    assert_eq!(fits, [100, 100, 0, 0]);
}

#[test]
fn suggestions_and_relations() {
    let with = |id, title: &str, text: &str| {
        let mut document = document(id, title, text);
        document.keys.insert(Facet::ProjectType, keys(&["Sepsis care"]));
        document
    };
    let (_folder, index) = index_of([
        with(1, "Sepsis alerts", "Antibiotics within the hour, by a bleep."),
        with(2, "A sepsis score", "Antibiotics late; the bleep was silent."),
        document(3, "Beds", "Cleaned and made."),
    ]);
    let audience = keys(&[PUBLIC]);
    let offered = |text: &str| {
        let found = index.suggest(&audience, text, 5).unwrap();
        found.into_iter().map(|suggestion| suggestion.text).collect::<Vec<_>>()
    };
    assert_eq!(offered("sep"), ["A sepsis score", "Sepsis alerts", "Sepsis care", "sepsis"]);
    assert_eq!(offered("sepsis al"), ["Sepsis alerts"]);
    assert_eq!((offered("wirr"), offered("s"), offered("zz")), (keys(&["Wirral"]), keys(&[]), keys(&[])));
    let related = index.related(&audience, Uuid::from_u128(1), 5).unwrap().unwrap();
    assert_eq!(related.len(), 1);
    assert_eq!((related[0].id.as_u128(), related[0].terms.clone()), (2, keys(&["Sepsis care"])));
    assert!(related[0].words.contains(&"antibiotics".to_owned()), "{related:?}");
}
