//! Finding blueprints.

use clap::Args;
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::search_service_client::SearchServiceClient;
use exemplar_proto::blueprints::v1::{BlueprintKind, SearchOrder, SectionKind};

use crate::draft::heading;
use crate::error::Error;
use crate::page;
use crate::table::{instant, table};
use crate::words::parser;
use crate::{Context, names, output, words};

/// Hits that the service gives in one answer at the most.
const PAGE_SIZE: u32 = 100;

/// What is looked for.
#[derive(Args, Clone, Debug)]
pub struct Search {
    /// The words; without any, everything is found
    pub query: Vec<String>,
    /// Only for this care setting; said again for any of several
    #[arg(long, value_name = "TERM")]
    pub care_setting: Vec<String>,
    /// Only of this type of project; said again for any of several
    #[arg(long, value_name = "TERM")]
    pub project_type: Vec<String>,
    /// Only of this organisation; said again for any of several
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: Vec<String>,
    /// Conditions, like 'level = "FULL" AND published >= 2018-01-01'
    #[arg(long, value_name = "CONDITIONS", default_value = "", hide_default_value = true)]
    pub filter: String,
    /// Count the hits, in all and by care setting and project type
    #[arg(long)]
    pub facets: bool,
    /// Count the hits by this facet, like level or region; said again for several
    #[arg(long, value_name = "NAME")]
    pub facet: Vec<String>,
    /// In which order
    #[arg(long, value_parser = parser::<SearchOrder>(), conflicts_with = "newest")]
    pub sort: Option<SearchOrder>,
    /// Say why each hit ranks where it does
    #[arg(long)]
    pub explain: bool,
    /// Say what each hit shares with this organisation, and what differs
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub fit: Option<String>,
    /// Only hits that share this trait with --fit, like region; said again for several
    #[arg(long, value_name = "TRAIT", requires = "fit")]
    pub must_share: Vec<String>,
    /// The newest first, not the best match
    #[arg(long)]
    pub newest: bool,
    /// Wait until the search knows the journal up to this change
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub min_sequence: i64,
    /// How many hits to show at the most
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
}

impl Search {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let limit = self.limit;
        let order = if self.newest { SearchOrder::Newest } else { self.sort.unwrap_or_default() };
        let wanted = pb::SearchRequest {
            query: self.query.join(" "),
            care_settings: self.care_setting,
            project_types: self.project_type,
            organisations: self.organisation,
            order: order.into(),
            page_size: 0,
            page_token: String::new(),
            facets: self.facets,
            min_sequence: self.min_sequence,
            filter: self.filter,
            facet_fields: self.facet,
            choices: Vec::new(),
            explain: self.explain,
            fit_for: self.fit.unwrap_or_default(),
            must_share: self.must_share,
        };
        let first = std::cell::RefCell::new(None);
        let fetch = async |page_size, page_token| {
            let message = pb::SearchRequest { page_size, page_token, ..wanted.clone() };
            let send = async |channel, request| SearchServiceClient::new(channel).search(request).await;
            let mut page = context.client.call(message, send).await?;
            let (hits, next) = (std::mem::take(&mut page.hits), std::mem::take(&mut page.next_page_token));
            first.borrow_mut().get_or_insert(page);
            Ok((hits, next))
        };
        let (hits, next_page_token) = page::gather(limit, PAGE_SIZE, fetch).await?;
        let first = first.into_inner().unwrap_or_default();
        let answer = pb::SearchResponse { hits, next_page_token, ..first };
        remarks(&answer);
        context.output.listed(&answer, (answer.hits.len(), &answer.next_page_token), found)
    }
}

/// What is to be known beside the hits.
fn remarks(answer: &pb::SearchResponse) {
    if !answer.ignored.is_empty() {
        output::note(&format!("not understood and left out: {}", answer.ignored.join(", ")));
    }
    for read in &answer.read_as {
        let ways: Vec<_> = read.ways.iter().map(|way| way.text.as_str()).collect();
        output::note(&format!("{} was looked for as {} as well", read.typed, ways.join(", and as ")));
    }
    if !answer.did_you_mean.is_empty() {
        output::note(&format!("did you mean: {}", answer.did_you_mean));
    }
    if answer.relaxed {
        output::note("few blueprints have all of it: some hits lack a word");
    }
    if answer.degraded {
        output::note("the index is behind or being rebuilt: the newest blueprints may be missing");
    }
}

fn found(answer: &pb::SearchResponse) -> String {
    let mut parts: Vec<_> = answer.hits.iter().enumerate().map(|(i, one)| hit(i + 1, one)).collect();
    parts.extend(facets("Care setting", &answer.care_settings));
    parts.extend(facets("Project type", &answer.project_types));
    for facet in &answer.facets {
        let shown = !answer.care_settings.is_empty() && facet.field == "care_setting"
            || !answer.project_types.is_empty() && facet.field == "project_type";
        parts.extend(facets(&facet.field, &facet.counts).filter(|_| !shown));
    }
    parts.extend(asked(answer));
    if answer.total_size > 0 {
        parts.push(format!("{} in all", answer.total_size));
    }
    parts.join("\n\n")
}

/// Whom to ask: contacts and adopters who are willing.
fn asked(answer: &pb::SearchResponse) -> Option<String> {
    let person = |person: &pb::PersonHits| {
        format!("  {}, {} ({})", person.display_name, person.role, names::short(&person.organisation))
    };
    let adopter = |group: &pb::OrganisationHits| {
        format!("  {} ({}), has it live", group.display_name, names::short(&group.organisation))
    };
    let mut lines = vec!["Whom to ask".to_owned()];
    lines.extend(answer.people.iter().map(person));
    lines.extend(answer.organisations.iter().filter(|group| group.willing).map(adopter));
    (lines.len() > 1).then(|| lines.join("\n"))
}

fn hit(number: usize, hit: &pb::Hit) -> String {
    let blueprint = hit.blueprint.clone().unwrap_or_default();
    let content = blueprint.content.unwrap_or_default();
    let mut lines = vec![
        format!("{number}. {}", content.title),
        format!(
            "   {} ({}), revision {} of {}",
            hit.organisation_display_name,
            names::short(&blueprint.organisation),
            blueprint.revision,
            instant(blueprint.publish_time.as_ref()),
        ),
        format!("   {}", content.summary),
    ];
    if content.kind == i32::from(BlueprintKind::Attempt) {
        lines.push("   an attempt: it was tried, and this is what happened".to_owned());
    }
    lines.extend(hit.snippets.iter().map(snippet));
    if let Some(fit) = &hit.fit {
        lines.push(format!("   fits to {} %: {}", fit.percent, traits(fit)));
    }
    if let Some(explanation) = &hit.explanation {
        lines.push(format!("   {}", explanation.sentence));
        let parts = explanation.parts.iter().map(|part| format!("{:.3} for {}", part.points, part.reason));
        lines.push(format!("   {:.3} points: {}", explanation.total, parts.collect::<Vec<_>>().join(", ")));
    }
    lines.push(format!("   {}", names::short(&blueprint.name)));
    lines.join("\n")
}

/// What is shared and what differs.
fn traits(fit: &pb::Fit) -> String {
    let one = |of: &pb::FitTrait| {
        let (name, ours, theirs) = (of.field.replace('_', " "), of.ours.join(", "), of.theirs.join(", "));
        match (of.shared, theirs.is_empty()) {
            (true, _) => format!("same {name} ({ours})"),
            (false, true) => format!("{name} not known"),
            (false, false) => format!("other {name} ({theirs}, not {ours})"),
        }
    };
    fit.traits.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn snippet(snippet: &pb::Snippet) -> String {
    let section = match words::word::<SectionKind>(snippet.section) {
        none if none.is_empty() && !snippet.file.is_empty() => snippet.file.clone(),
        none if none.is_empty() => "Summary".to_owned(),
        section => heading(&section),
    };
    format!("   {section}: ...{}...", marked(snippet).split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The text with stars around the matching words; their places are counted in characters.
pub(crate) fn marked(snippet: &pb::Snippet) -> String {
    let is_edge = |at: usize| {
        let at = i32::try_from(at).unwrap_or(i32::MAX);
        snippet.highlights.iter().any(|range| range.start < range.end && (range.start == at || range.end == at))
    };
    let mut text = String::new();
    let length = snippet.text.chars().count();
    for (at, c) in snippet.text.chars().enumerate() {
        if is_edge(at) {
            text.push('*');
        }
        text.push(c);
    }
    if is_edge(length) {
        text.push('*');
    }
    text
}

fn facets(name: &str, counts: &[pb::FacetCount]) -> Option<String> {
    let rows = counts.iter().map(|facet| [facet.term.clone(), facet.count.to_string()]);
    (!counts.is_empty()).then(|| table([name, "Hits"], rows))
}
