//! Doing elsewhere what a blueprint describes.

use clap::{Args, Subcommand};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::adoption_service_client::AdoptionServiceClient;
use exemplar_proto::blueprints::v1::{AdoptionState, PieceKind, SectionDecision, SectionKind, StopReason};
use prost_types::FieldMask;

use crate::client::request_id;
use crate::error::Error;
use crate::page::{Limit, filter};
use crate::table::{fields, table, yes};
use crate::words::{self, parser};
use crate::{Context, names};

/// Commands about adoptions.
#[derive(Subcommand, Clone, Debug)]
pub enum AdoptionCommand {
    /// Adopt a revision of a blueprint, at the state that it has reached already
    ///
    /// Example: `exemplar adoption start BLUEPRINT --organisation RRV --state planned --willing`
    Start(Start),
    /// Go on to a later state
    ///
    /// Example: `exemplar adoption advance ADOPTION --state live --date 2026-11-02`
    Advance {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// How far it has come.
        #[command(flatten)]
        step: Step,
    },
    /// Give it up, and say why
    ///
    /// Example: `exemplar adoption stop ADOPTION --why want-of-guidance --reason "nothing on community wards"`
    Stop {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// The kind of reason
        #[arg(long, value_parser = parser::<StopReason>())]
        why: StopReason,
        /// The reason in words
        #[arg(long)]
        reason: String,
        /// Since when; today when left out
        #[arg(long, value_name = "YYYY-MM-DD", default_value = "", hide_default_value = true)]
        date: String,
    },
    /// Change the plan, whether others may ask, or the revision that is followed
    ///
    /// Example: `exemplar adoption edit ADOPTION --revision 2 --willing yes`
    Edit(Edit),
    /// Say what was kept, adapted and dropped
    ///
    /// Example: `exemplar adoption decide ADOPTION --section approach=adapted:"two wards at a time" --section team=kept`
    Decide {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// A section, what was done with it, and why; said again for each
        #[arg(long, value_name = "SECTION=DECISION[:WHY]", value_parser = decision, required = true)]
        section: Vec<(SectionKind, SectionDecision, String)>,
    },
    /// Record how it went, by a benefit of the blueprint or by what nobody expected
    ///
    /// Example: `exemplar adoption outcome ADOPTION --benefit doses-scanned --result "91 % of doses" --date 2026-11-01`
    Outcome(Outcome),
    /// Show one adoption
    ///
    /// Example: `exemplar adoption show ADOPTION`
    Show {
        /// Its id
        #[arg(value_parser = names::adoption)]
        adoption: String,
    },
    /// Show what the newest revision says otherwise in the sections that were kept or adapted
    ///
    /// Example: `exemplar adoption news ADOPTION`
    News {
        /// Its id
        #[arg(value_parser = names::adoption)]
        adoption: String,
    },
    /// List adoptions, newest first
    ///
    /// Example: `exemplar adoption list --author RGT --state live`
    List(List),
}

/// One adoption, and the version of it that is meant.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// The adoption's id
    #[arg(value_parser = names::adoption)]
    pub adoption: String,
    /// Refuse unless it is still at this version
    #[arg(long, default_value = "", hide_default_value = true)]
    pub etag: String,
}

/// How far an adoption has come.
#[derive(Args, Clone, Debug)]
pub struct Step {
    /// The state that it has reached
    #[arg(long, value_parser = parser::<AdoptionState>())]
    pub state: AdoptionState,
    /// On which day; today when left out
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "", hide_default_value = true)]
    pub date: String,
    /// Why, in words
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
}

/// A new adoption.
#[derive(Args, Clone, Debug)]
pub struct Start {
    /// The blueprint's id; add /revisions/N for an older revision
    #[arg(value_parser = names::blueprint_or_part)]
    pub blueprint: String,
    /// The adopting organisation
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: String,
    /// How far it has come.
    #[command(flatten)]
    pub step: Step,
    /// How you go about it; only told to your own people and the programme
    #[arg(long, default_value = "", hide_default_value = true)]
    pub plan: String,
    /// Others may ask you about it
    #[arg(long)]
    pub willing: bool,
}

/// What changes of an adoption.
#[derive(Args, Clone, Debug)]
pub struct Edit {
    /// Which.
    #[command(flatten)]
    pub which: Which,
    /// How you go about it
    #[arg(long)]
    pub plan: Option<String>,
    /// Whether others may ask you about it: yes or no
    #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
    pub willing: Option<bool>,
    /// Follow this newer revision
    #[arg(long, value_name = "N")]
    pub revision: Option<i32>,
}

/// How it went.
#[derive(Args, Clone, Debug)]
pub struct Outcome {
    /// Which.
    #[command(flatten)]
    pub which: Which,
    /// The id of a benefit of the blueprint
    #[arg(long, default_value = "", hide_default_value = true, required_unless_present = "measure")]
    pub benefit: String,
    /// What was measured; needed without --benefit
    #[arg(long, default_value = "", hide_default_value = true)]
    pub measure: String,
    /// How it was before
    #[arg(long, default_value = "", hide_default_value = true)]
    pub baseline: String,
    /// How it is now
    #[arg(long)]
    pub result: String,
    /// When it was measured
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: String,
    /// The organisation that measured it; yours when left out
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub measured_by: Option<String>,
    /// Who there
    #[arg(long, default_value = "", hide_default_value = true)]
    pub measurer: String,
}

/// Which adoptions are listed.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// Only those of this blueprint
    #[arg(long, value_parser = names::blueprint)]
    pub blueprint: Option<String>,
    /// Only those by this organisation
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub organisation: Option<String>,
    /// Only those of what this organisation wrote
    #[arg(long, value_name = "CODE", value_parser = names::organisation)]
    pub author: Option<String>,
    /// Only those that stand so
    #[arg(long, value_parser = parser::<AdoptionState>())]
    pub state: Option<AdoptionState>,
    /// How many.
    #[command(flatten)]
    pub limit: Limit,
}

impl AdoptionCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Start(start) => start.run(context).await,
            Self::Advance { which, step } => advance(context, which, step).await,
            Self::Stop { which, why, reason, date } => stop(context, which, (why, reason, date)).await,
            Self::Edit(edit) => edit.run(context).await,
            Self::Decide { which, section } => decide(context, which, section).await,
            Self::Outcome(outcome) => outcome.run(context).await,
            Self::Show { adoption } => show(context, adoption).await,
            Self::News { adoption } => news(context, adoption).await,
            Self::List(list) => list.run(context).await,
        }
    }
}

impl Step {
    fn message(self) -> pb::AdoptionStep {
        pb::AdoptionStep { state: self.state.into(), date: self.date, reason: self.reason, stop_reason: 0 }
    }
}

impl Start {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let message = pb::AdoptBlueprintRequest {
            blueprint: self.blueprint,
            organisation: self.organisation,
            step: Some(self.step.message()),
            plan: self.plan,
            willing: self.willing,
            request_id: request_id(),
        };
        let send = async |channel, request| AdoptionServiceClient::new(channel).adopt_blueprint(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| adoption(answer.adoption.as_ref()))
    }
}

impl Edit {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let named =
            [("plan", self.plan.is_some()), ("willing", self.willing.is_some()), ("revision", self.revision.is_some())];
        let paths: Vec<_> = named.into_iter().filter(|(_, is)| *is).map(|(path, _)| path.to_owned()).collect();
        if paths.is_empty() {
            return Err(Error::usage("say what changes: --plan, --willing or --revision"));
        }
        let typed = pb::Adoption {
            name: self.which.adoption,
            plan: self.plan.unwrap_or_default(),
            willing: self.willing.unwrap_or_default(),
            revision: self.revision.unwrap_or_default(),
            ..Default::default()
        };
        let message = pb::UpdateAdoptionRequest {
            adoption: Some(typed),
            update_mask: Some(FieldMask { paths }),
            etag: self.which.etag,
            request_id: request_id(),
        };
        let send = async |channel, request| AdoptionServiceClient::new(channel).update_adoption(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| adoption(answer.adoption.as_ref()))
    }
}

impl Outcome {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let outcome = pb::Outcome {
            benefit: self.benefit,
            measure: self.measure,
            baseline: self.baseline,
            result: self.result,
            date: self.date,
            measured_by: self.measured_by.unwrap_or_default(),
            measurer: self.measurer,
            independent: false,
        };
        let Which { adoption: name, etag } = self.which;
        let message = pb::RecordOutcomeRequest { name, outcome: Some(outcome), etag, request_id: request_id() };
        let send = async |channel, request| AdoptionServiceClient::new(channel).record_outcome(request).await;
        let answer = context.client.call(message, send).await?;
        context.output.written(&answer, answer.sequence, |answer| adoption(answer.adoption.as_ref()))
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let filter = filter([
            ("blueprint", self.blueprint),
            ("organisation", self.organisation),
            ("author", self.author),
            ("state", self.state.map(words::constant)),
        ]);
        let fetch = async |page_size, page_token| {
            let message = pb::ListAdoptionsRequest { page_size, page_token, filter: filter.clone() };
            let send = async |channel, request| AdoptionServiceClient::new(channel).list_adoptions(request).await;
            let page = context.client.call(message, send).await?;
            Ok((page.adoptions, page.next_page_token))
        };
        let (adoptions, next_page_token) = self.limit.gather(fetch).await?;
        let answer = pb::ListAdoptionsResponse { adoptions, next_page_token };
        context.output.listed(&answer, (answer.adoptions.len(), &answer.next_page_token), |answer| {
            let header = ["Organisation", "State", "Since", "Revision", "Willing", "Blueprint", "Id"];
            table(header, answer.adoptions.iter().map(row))
        })
    }
}

async fn advance(context: &Context, Which { adoption: name, etag }: Which, step: Step) -> Result<(), Error> {
    let message = pb::AdvanceAdoptionRequest { name, step: Some(step.message()), etag, request_id: request_id() };
    let send = async |channel, request| AdoptionServiceClient::new(channel).advance_adoption(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| adoption(answer.adoption.as_ref()))
}

async fn stop(
    context: &Context,
    Which { adoption: name, etag }: Which,
    (why, reason, date): (StopReason, String, String),
) -> Result<(), Error> {
    let stop_reason = why.into();
    let message = pb::StopAdoptionRequest { name, stop_reason, reason, date, etag, request_id: request_id() };
    let send = async |channel, request| AdoptionServiceClient::new(channel).stop_adoption(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| adoption(answer.adoption.as_ref()))
}

async fn decide(
    context: &Context,
    Which { adoption: name, etag }: Which,
    sections: Vec<(SectionKind, SectionDecision, String)>,
) -> Result<(), Error> {
    let decided = |(section, decision, reason): (SectionKind, SectionDecision, String)| pb::DecidedSection {
        section: section.into(),
        decision: decision.into(),
        reason,
    };
    let decisions = sections.into_iter().map(decided).collect();
    let message = pb::DecideSectionsRequest { name, decisions, etag, request_id: request_id() };
    let send = async |channel, request| AdoptionServiceClient::new(channel).decide_sections(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| adoption(answer.adoption.as_ref()))
}

async fn show(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| AdoptionServiceClient::new(channel).get_adoption(request).await;
    let answer = context.client.call(pb::GetAdoptionRequest { name }, send).await?;
    context.output.answer(&answer, |answer| adoption(answer.adoption.as_ref()))
}

async fn news(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| AdoptionServiceClient::new(channel).get_adoption_update(request).await;
    let answer = context.client.call(pb::GetAdoptionUpdateRequest { name }, send).await?;
    context.output.answer(&answer, |answer| {
        let mut text = format!("Follows revision {}, the newest is {}\n", answer.revision, answer.latest_revision);
        for note in answer.change_notes.iter().filter(|note| !note.is_empty()) {
            text.push_str(&format!("- {note}\n"));
        }
        for section in &answer.sections {
            let (kind, decision) =
                (words::word::<SectionKind>(section.section), words::word::<SectionDecision>(section.decision));
            text.push_str(&format!("\n{kind} ({decision})\n{}\n", marked(&section.pieces)));
        }
        if answer.sections.is_empty() {
            text.push_str("nothing differs in what was kept or adapted\n");
        }
        text
    })
}

/// A difference as people read it: what went in square brackets with a minus, what came with a plus.
fn marked(pieces: &[pb::TextPiece]) -> String {
    let piece = |piece: &pb::TextPiece| match PieceKind::try_from(piece.kind) {
        Ok(PieceKind::Removed) => format!("[-{}-]", piece.text),
        Ok(PieceKind::Added) => format!("[+{}+]", piece.text),
        Ok(PieceKind::Same | PieceKind::Unspecified) | Err(_) => piece.text.clone(),
    };
    pieces.iter().map(piece).collect()
}

fn decision(typed: &str) -> Result<(SectionKind, SectionDecision, String), String> {
    let (section, rest) = typed.split_once('=').ok_or("expects SECTION=DECISION or SECTION=DECISION:WHY")?;
    let (decision, why) = rest.split_once(':').unwrap_or((rest, ""));
    Ok((words::parse(section)?, words::parse(decision)?, why.trim().to_owned()))
}

fn yes_or_no(typed: &str) -> Result<bool, String> {
    match typed.to_lowercase().as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("is yes or no".to_owned()),
    }
}

fn adoption(adoption: Option<&pb::Adoption>) -> String {
    let Some(adoption) = adoption else { return String::new() };
    let newest = if adoption.latest_revision > adoption.revision {
        format!("{} (the newest is {})", adoption.revision, adoption.latest_revision)
    } else {
        adoption.revision.to_string()
    };
    let mut text = fields([
        ("Organisation", names::short(&adoption.organisation).to_owned()),
        ("State", words::word::<AdoptionState>(adoption.state)),
        ("Revision", newest),
        ("May be asked", yes(adoption.willing)),
        ("Plan", adoption.plan.clone()),
        ("Blueprint", names::short(&adoption.blueprint).to_owned()),
        ("Id", names::short(&adoption.name).to_owned()),
        ("Etag", adoption.etag.clone()),
    ]);
    let steps = adoption.steps.iter().map(|step| {
        let why = [words::word::<StopReason>(step.stop_reason), step.reason.clone()];
        let why: Vec<_> = why.into_iter().filter(|why| !why.is_empty()).collect();
        [step.date.clone(), words::word::<AdoptionState>(step.state), why.join(": ")]
    });
    text.push_str(&format!("\n\n{}", table(["Since", "State", "Why"], steps)));
    if !adoption.decisions.is_empty() {
        let decided = adoption.decisions.iter().map(|decided| {
            let decision = words::word::<SectionDecision>(decided.decision);
            [words::word::<SectionKind>(decided.section), decision, decided.reason.clone()]
        });
        text.push_str(&format!("\n\n{}", table(["Section", "Decision", "Why"], decided)));
    }
    if !adoption.outcomes.is_empty() {
        text.push_str(&format!("\n\n{}", outcomes(&adoption.outcomes)));
    }
    text
}

/// Outcomes with who measured them.
fn outcomes(outcomes: &[pb::Outcome]) -> String {
    let row = |told: &pb::Outcome| {
        let by = names::short(&told.measured_by);
        let by = if told.independent { format!("{by} (independent)") } else { by.to_owned() };
        [told.date.clone(), told.measure.clone(), told.baseline.clone(), told.result.clone(), by]
    };
    table(["Measured", "Measure", "Before", "Now", "By"], outcomes.iter().map(row))
}

fn row(adoption: &pb::Adoption) -> [String; 7] {
    [
        names::short(&adoption.organisation).to_owned(),
        words::word::<AdoptionState>(adoption.state),
        adoption.steps.last().map(|step| step.date.clone()).unwrap_or_default(),
        format!("{} of {}", adoption.revision, adoption.latest_revision),
        yes(adoption.willing),
        names::short(&adoption.blueprint).to_owned(),
        names::short(&adoption.name).to_owned(),
    ]
}
