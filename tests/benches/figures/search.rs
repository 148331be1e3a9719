//! Searches through gRPC, beside an empty call and the bare query of tantivy on the same index.

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use exemplar_blueprints::search::{Index, Opened, PUBLIC, Query};
use exemplar_blueprints::{Content, Create, Publish, Purpose, Search, Submit, Visibility};
use exemplar_kernel::etag::Expected;
use exemplar_kernel::{Chance, Clock, OrganisationId, PersonId, Principal, Role};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::search_service_client::SearchServiceClient;
use exemplar_proto::directory::v1 as directory;
use exemplar_server::Services;
use exemplar_tests::{Actor, assured};
use tantivy::collector::TopDocs;
use tantivy::columnar::ColumnValues;
use tantivy::query::{BooleanQuery, ConstScoreQuery, Occur, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Value as _};
use tantivy::snippet::SnippetGenerator;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, SimpleTokenizer, Stemmer, TextAnalyzer, TokenStream as _,
};
use tantivy::{DocAddress, Searcher, TantivyDocument, Term};
use tokio::runtime::Runtime;

use crate::calls::Check;
use crate::measure::{Caller, ROUNDS, Rounds, TURN, drive, warm_up};
use crate::scene::Front;
use crate::table::{Table, Wish, note};
use crate::texts;

/// Blueprints that are searched.
const BLUEPRINTS: usize = 5_000;
/// How long they may take to be published; those that are not by then are left out.
const LOADING: Duration = Duration::from_mins(1);
/// Who publishes them.
const ORGANISATIONS: usize = 20;
/// Different searches.
const QUERIES: usize = 300;
/// Hits asked for.
const HITS: u8 = 10;
/// Letters of a snippet of tantivy's own; its usual number.
const SNIPPET_CHARS: usize = 150;
/// Searches under way at a time, and the time beside its parts that is wanted.
const IN_FLIGHT: [usize; 2] = [1, 8];
const WANTED: Wish = Wish::Most(1.25);

/// Measures it.
pub fn measure(clients: &Runtime, front: &Front, texts: Option<&Path>, table: &mut Table) -> anyhow::Result<()> {
    let contents = match texts {
        Some(file) => texts::from_file(file, BLUEPRINTS)?,
        None => texts::made_up(BLUEPRINTS),
    };
    let programme = clients.block_on(front.programme("searcher"))?;
    clients.block_on(register(&programme))?;
    let published = front.runtime.block_on(publish(&front.services, contents.clone()))?;
    // Only words of what was published in time are found by the bare query, too.
    let queries: Arc<[String]> = texts::queries(&contents[..published], QUERIES).into();
    note(&format!("{published} blueprints are published"));
    let (copy, index) = copy(front)?;
    let bare = Bare::open(&generation(copy.path())?)?;
    let cutting = Bare { cuts: true, ..bare.clone() };
    let segments = bare.searcher.segment_readers().len();
    table.group(&format!(
        "Search: 2 words, the best {HITS} of {published} blueprints in {segments} segments, with snippets; p50"
    ));
    let anonymous = clients.block_on(Actor::new(&front.address, None));
    for in_flight in IN_FLIGHT {
        let turns = |first: usize| first * QUERIES / in_flight;
        let searches =
            || (0..in_flight).map(|i| Remote { actor: anonymous.clone(), queries: queries.clone(), at: turns(i) });
        let locals = |snippets| {
            let one = move |i: usize, index: &Index, queries: &Arc<[String]>| Local {
                index: index.clone(),
                queries: queries.clone(),
                at: turns(i),
                snippets,
            };
            (0..in_flight).map(|i| one(i, &index, &queries)).collect::<Vec<_>>()
        };
        let bares = |bare: &Bare| (0..in_flight).map(|i| bare.with(queries.clone(), turns(i))).collect::<Vec<_>>();
        let checks = || vec![Check::new(&programme); in_flight];
        // Every search once, so that what can be remembered is.
        front.runtime.block_on(async {
            for query in queries.iter() {
                Remote::ask(&anonymous, query).await;
            }
        });
        warm_up(clients, searches().collect());
        warm_up(clients, bares(&bare));
        warm_up(clients, bares(&cutting));
        let mut rounds: [Rounds; 9] = Default::default();
        for _ in 0..ROUNDS {
            let search = drive(clients, searches().collect(), TURN).p50();
            let empty = drive(clients, checks(), TURN).p50();
            let ids = drive(clients, bares(&bare), TURN / 2).p50();
            let cut = drive(clients, bares(&cutting), TURN / 2).p50();
            let plain = drive(clients, locals(false), TURN / 2).p50();
            let local = drive(clients, locals(true), TURN / 2).p50();
            let parts = [search, empty, ids, cut, plain, local];
            let ratios = [search / (empty + ids), search / (empty + cut), search / (empty + local)];
            let values = parts.into_iter().chain(ratios);
            rounds.iter_mut().zip(values).for_each(|(rounds, value)| rounds.push(value));
        }
        let figures = [
            ("search through gRPC", " us", Wish::Nothing),
            ("empty authenticated call", " us", Wish::Nothing),
            ("bare tantivy: both words, public, ids", " us", Wish::Nothing),
            ("bare tantivy: the same, its own snippets", " us", Wish::Nothing),
            ("our index in process, no snippets", " us", Wish::Nothing),
            ("our index in process, snippets", " us", Wish::Nothing),
            ("search / (empty + bare tantivy, ids)", "", Wish::Nothing),
            ("search / (empty + bare tantivy, snippets)", "", WANTED),
            ("search / (empty + our index)", "", Wish::Nothing),
        ];
        for ((figure, unit, wish), rounds) in figures.into_iter().zip(&rounds) {
            table.add(&format!("{figure}, {in_flight} in flight"), unit, rounds, wish);
        }
    }
    Ok(())
}

fn code(number: usize) -> String {
    format!("BEN{:02}", number % ORGANISATIONS)
}

async fn register(programme: &Actor) -> anyhow::Result<()> {
    let rows = (0..ORGANISATIONS).map(|number| format!("{},Trust {number},London,acute\n", code(number)));
    let csv = format!("code,name,region,care_setting\n{}", rows.collect::<String>());
    let request = directory::ImportOrganisationsRequest { csv: csv.into(), ..Default::default() };
    programme.organisations().import_organisations(request).await?;
    Ok(())
}

/// Creates and releases the blueprints and waits until they are found; how many.
async fn publish(services: &Services, contents: Vec<Content>) -> anyhow::Result<usize> {
    let (start, system) = (Instant::now(), Principal::system());
    let (mut published, mut min_sequence) = (0, 0);
    for content in contents {
        if start.elapsed() > LOADING {
            break;
        }
        let organisation = OrganisationId::from_code(&code(published))?;
        let create = Create { organisation, visibility: Visibility::Public, content };
        let roles = BTreeMap::from([(create.organisation.clone(), vec![Role::Lead])]);
        let lead = Principal::person(PersonId::new(Chance::System.id(Clock::System.now())), None, roles, Vec::new());
        let draft = services.blueprints.create(&system, create, None).await?.value;
        let (id, expected) = (draft.header.id, Expected::Any);
        let submit = Submit { id, change_note: String::new(), minor: false, purpose: Purpose::Release, expected };
        let review = services.blueprints.submit(&lead, submit, None).await?.value;
        assured(services, &review.organisation, review.id).await?;
        min_sequence = services.blueprints.publish(&system, Publish { id, expected }, None).await?.sequence;
        published += 1;
    }
    services.blueprints.search(&system, Search { min_sequence, limit: 1, ..Search::default() }).await?;
    ensure!(services.blueprints.indexed() == u64::try_from(published)?, "some blueprints are not in the index");
    Ok(published)
}

/// The folder of the one generation of an index.
fn generation(index: &Path) -> anyhow::Result<PathBuf> {
    let entries = fs::read_dir(index)?.collect::<Result<Vec<_>, _>>()?;
    let found = entries.into_iter().find(|entry| entry.file_name().to_string_lossy().starts_with("generation-"));
    Ok(found.context("the index has no generation")?.path())
}

/// A copy of the index, which is locked by the server, opened by our own code and lying there for others.
fn copy(front: &Front) -> anyhow::Result<(tempfile::TempDir, Index)> {
    let from = front.folder.path().join("data/index");
    let epoch = front.runtime.block_on(front.services.db.epoch())?;
    // Segments may still be merged while files are copied.
    for _ in 0..5 {
        front.runtime.block_on(async { tokio::time::sleep(Duration::from_secs(1)).await });
        let to = tempfile::tempdir_in(front.folder.path())?;
        let folder = generation(&from)?;
        let into = to.path().join(folder.file_name().context("a folder without a name")?);
        fs::create_dir(&into)?;
        fs::copy(from.join("current"), to.path().join("current"))?;
        let entries = fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?;
        let copied = entries.iter().all(|entry| fs::copy(entry.path(), into.join(entry.file_name())).is_ok());
        if copied && let (index, Opened::Continued { .. }) = Index::open(to.path(), epoch)? {
            return Ok((to, index));
        }
    }
    anyhow::bail!("the index does not come to rest")
}

/// Somebody who searches through gRPC.
struct Remote {
    actor: Actor,
    queries: Arc<[String]>,
    at: usize,
}

impl Remote {
    async fn ask(actor: &Actor, query: &str) {
        let request = pb::SearchRequest { query: query.to_owned(), page_size: HITS.into(), ..Default::default() };
        let mut client = SearchServiceClient::new(actor.line());
        let found = client.search(request).await.expect("an answer").into_inner();
        assert!(!found.hits.is_empty() && !found.degraded, "{query} is found");
    }
}

impl Caller for Remote {
    async fn call(&mut self) {
        Self::ask(&self.actor, next(&self.queries, &mut self.at)).await;
    }
}

/// Somebody who searches in process with our own index.
struct Local {
    index: Index,
    queries: Arc<[String]>,
    at: usize,
    snippets: bool,
}

impl Caller for Local {
    async fn call(&mut self) {
        // Behind the other callers, as on a server.
        tokio::task::yield_now().await;
        let text = next(&self.queries, &mut self.at).to_owned();
        let (audience, limit) = (vec![PUBLIC.to_owned()], HITS.into());
        let query = Query { text, audience, limit, snippets: self.snippets, ..Query::default() };
        let found = self.index.search(&query).expect("an answer");
        assert!(!found.hits.is_empty(), "{} is found", query.text);
    }
}

fn next<'a>(queries: &'a [String], at: &mut usize) -> &'a str {
    *at += 1;
    &queries[*at % queries.len()]
}

/// The index as tantivy sees it, for whoever knows nothing of ours but the names of its fields.
#[derive(Clone)]
struct Bare {
    searcher: Searcher,
    text: Field,
    /// The texts that are stored.
    extract: Field,
    audience: Field,
    /// Whether it reads the texts of what it found and cuts a snippet for each.
    cuts: bool,
    stems: TextAnalyzer,
    /// The halves of the ids, by segment.
    ids: Arc<[[Arc<dyn ColumnValues<u64>>; 2]]>,
    queries: Arc<[String]>,
    at: usize,
}

impl Bare {
    fn open(generation: &Path) -> anyhow::Result<Self> {
        let index = tantivy::Index::open_in_dir(generation)?;
        let field = |name| index.schema().get_field(name);
        let searcher = index.reader()?.searcher();
        let segments = searcher.segment_readers().iter().map(|segment| {
            let column = |name| segment.fast_fields().column_first_or_default(name);
            Ok([column("id_high")?, column("id_low")?])
        });
        let ids = segments.collect::<tantivy::Result<Arc<[_]>>>()?;
        let stems = TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(AsciiFoldingFilter)
            .filter(LowerCaser)
            .filter(Stemmer::new(Language::English))
            .build();
        let (text, extract, audience) = (field("text")?, field("extract")?, field("audience")?);
        let (cuts, queries) = (false, Arc::default());
        Ok(Self { searcher, text, extract, audience, cuts, stems, ids, queries, at: 0 })
    }

    fn with(&self, queries: Arc<[String]>, at: usize) -> Self {
        Self { queries, at, ..self.clone() }
    }

    fn search(&mut self) -> tantivy::Result<Vec<[u64; 2]>> {
        let mut clauses: Vec<(Occur, Box<dyn tantivy::query::Query>)> = Vec::new();
        let mut wanted = BTreeMap::new();
        let mut stems = self.stems.token_stream(next(&self.queries, &mut self.at));
        while let Some(stem) = stems.next() {
            let term = Term::from_field_text(self.text, &stem.text);
            clauses.push((Occur::Must, Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))));
            wanted.insert(stem.text.clone(), 1.0);
        }
        drop(stems);
        let public = TermQuery::new(Term::from_field_text(self.audience, PUBLIC), IndexRecordOption::Basic);
        clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(Box::new(public), 0.0))));
        let best = TopDocs::with_limit(HITS.into()).order_by_score();
        let best = self.searcher.search(&BooleanQuery::new(clauses), &best)?;
        if self.cuts {
            let generator = SnippetGenerator::new(wanted, self.stems.clone(), self.text, SNIPPET_CHARS);
            for (_, at) in &best {
                black_box(self.snippet(&generator, *at)?);
            }
        }
        let id = |segment: u32, doc| {
            let columns = self.ids.get(usize::try_from(segment).ok()?)?;
            Some([columns[0].get_val(doc), columns[1].get_val(doc)])
        };
        Ok(best.into_iter().filter_map(|(_, at)| id(at.segment_ord, at.doc_id)).collect())
    }

    fn snippet(&self, generator: &SnippetGenerator, at: DocAddress) -> tantivy::Result<String> {
        let document: TantivyDocument = self.searcher.doc(at)?;
        let texts = document.get_all(self.extract).filter_map(|text| text.as_str());
        Ok(generator.snippet(&texts.collect::<Vec<_>>().join(" ")).to_html())
    }
}

impl Caller for Bare {
    async fn call(&mut self) {
        tokio::task::yield_now().await;
        assert!(!self.search().expect("an answer").is_empty(), "something is found");
    }
}
