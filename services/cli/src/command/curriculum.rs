//! What is taught.

use std::path::PathBuf;

use clap::Subcommand;
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::curriculum_service_client::CurriculumServiceClient;
use serde::Deserialize;

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, table};
use crate::words::Word;
use crate::{Context, input, names, words};

/// A curriculum's file at the most, in bytes.
const MAX_FILE: u64 = 256 << 10;

/// Commands about curricula.
#[derive(Subcommand, Clone, Debug)]
pub enum CurriculumCommand {
    /// List the newest revision of each curriculum
    ///
    /// Example: `exemplar curriculum list`
    List {
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a curriculum with its modules
    ///
    /// Example: `exemplar curriculum show PGDIP-DHL --revision 1`
    Show {
        /// Its code
        #[arg(value_parser = names::curriculum)]
        code: String,
        /// This revision instead of the newest
        #[arg(long, value_name = "N")]
        revision: Option<u32>,
    },
    /// Create a curriculum, or the next revision of the one with the same code, from a TOML file
    ///
    /// The file has `code, title, source` and, for each module, a table `[[module]]` with `code, title, credits,
    /// pass_mark, attempts, due_week`; each may have tables `[[module.assessment]]`. `[[session]]`, `[[attendance]]`,
    /// `[[artefact]]` and `[late]` say what else is demanded.
    ///
    /// Example: `exemplar curriculum create curriculum.toml`
    Create {
        /// The file; - for stdin
        file: PathBuf,
    },
}

/// A curriculum's file. What else is in it (marks of merit, remarks) is the file's own business.
#[derive(Debug, Deserialize)]
pub(crate) struct CurriculumFile {
    code: String,
    title: String,
    #[serde(default)]
    source: String,
    module: Vec<ModuleOfFile>,
    #[serde(default)]
    session: Vec<SessionOfFile>,
    #[serde(default)]
    attendance: Vec<AttendanceOfFile>,
    #[serde(default)]
    artefact: Vec<ArtefactOfFile>,
    late: Option<LateOfFile>,
}

#[derive(Debug, Deserialize)]
struct SessionOfFile {
    code: String,
    title: String,
    #[serde(default)]
    module: String,
    kind: String,
    week: i32,
    minutes: i32,
}

#[derive(Debug, Deserialize)]
struct AttendanceOfFile {
    kind: Option<String>,
    minimum_percent: i32,
    #[serde(default)]
    allowance: i32,
}

#[derive(Debug, Deserialize)]
struct ArtefactOfFile {
    kind: String,
    due_week: i32,
}

#[derive(Debug, Deserialize)]
struct LateOfFile {
    points_per_day: i32,
    most_days: i32,
}

#[derive(Debug, Deserialize)]
struct AssessmentOfFile {
    code: String,
    title: String,
    weight: i32,
    #[serde(default)]
    pass_mark: i32,
    #[serde(default)]
    attempts: i32,
    #[serde(default)]
    due_week: i32,
    #[serde(default)]
    second_marked: bool,
}

#[derive(Debug, Deserialize)]
struct ModuleOfFile {
    code: String,
    title: String,
    credits: i32,
    pass_mark: i32,
    attempts: i32,
    due_week: i32,
    #[serde(default)]
    assessment: Vec<AssessmentOfFile>,
    #[serde(default)]
    competencies: Vec<String>,
}

impl CurriculumCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List { limit } => list(context, limit).await,
            Self::Show { code, revision } => show(context, part(code, revision)?).await,
            Self::Create { file } => create(context, read(&input::text(&file, MAX_FILE)?)?).await,
        }
    }
}

async fn list(context: &Context, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListCurriculaRequest { page_size, page_token };
        let send = async |channel, request| CurriculumServiceClient::new(channel).list_curricula(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.curricula, page.next_page_token))
    };
    let (curricula, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListCurriculaResponse { curricula, next_page_token };
    context.output.listed(&answer, (answer.curricula.len(), &answer.next_page_token), |answer| {
        table(["Code", "Revision", "Title", "Modules", "Credits"], answer.curricula.iter().map(row))
    })
}

async fn show(context: &Context, name: String) -> Result<(), Error> {
    let send = async |channel, request| CurriculumServiceClient::new(channel).get_curriculum(request).await;
    let answer = context.client.call(pb::GetCurriculumRequest { name }, send).await?;
    context.output.answer(&answer, |answer| curriculum(answer.curriculum.as_ref()))
}

async fn create(context: &Context, curriculum: pb::Curriculum) -> Result<(), Error> {
    let message = pb::CreateCurriculumRequest { curriculum: Some(curriculum), request_id: request_id() };
    let send = async |channel, request| CurriculumServiceClient::new(channel).create_curriculum(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| self::curriculum(answer.curriculum.as_ref()))
}

pub(crate) fn read(text: &str) -> Result<pb::Curriculum, Error> {
    let file: CurriculumFile = toml::from_str(text).map_err(|error| Error::usage(error.to_string()))?;
    let module = |module: ModuleOfFile| pb::Module {
        code: module.code,
        title: module.title,
        credits: module.credits,
        pass_mark: module.pass_mark,
        attempts: module.attempts,
        due_week: module.due_week,
        assessments: module.assessment.into_iter().map(assessment).collect(),
        competencies: module.competencies,
    };
    let (mut sessions, mut attendance_rules, mut artefacts) = (Vec::new(), Vec::new(), Vec::new());
    for session in file.session {
        let SessionOfFile { code, title, module, kind, week, minutes } = session;
        let kind = word::<pb::TeachingSessionKind>(&kind)?;
        sessions.push(pb::PlannedSession { code, title, module, kind, week, duration_minutes: minutes });
    }
    for rule in file.attendance {
        let AttendanceOfFile { kind, minimum_percent, allowance } = rule;
        let kind = kind.map_or(Ok(0), |kind| word::<pb::TeachingSessionKind>(&kind))?;
        attendance_rules.push(pb::AttendanceRule { kind, minimum_percent, allowance });
    }
    for artefact in file.artefact {
        let kind = word::<pb::ArtefactKind>(&artefact.kind)?;
        artefacts.push(pb::RequiredArtefact { kind, due_week: artefact.due_week });
    }
    let late = |late: LateOfFile| pb::LateRule { points_per_day: late.points_per_day, most_days: late.most_days };
    Ok(pb::Curriculum {
        code: file.code,
        title: file.title,
        source: file.source,
        modules: file.module.into_iter().map(module).collect(),
        sessions,
        attendance_rules,
        artefacts,
        late_rule: file.late.map(late),
        ..pb::Curriculum::default()
    })
}

fn assessment(assessment: AssessmentOfFile) -> pb::Assessment {
    let AssessmentOfFile { code, title, weight, pass_mark, attempts, due_week, second_marked } = assessment;
    pb::Assessment { code, title, weight, pass_mark, attempts, due_week, second_marked }
}

fn word<W: Word>(typed: &str) -> Result<i32, Error> {
    words::parse::<W>(typed).map(Into::into).map_err(|fault| Error::usage(format!("{typed:?} {fault}")))
}

fn part(name: String, revision: Option<u32>) -> Result<String, Error> {
    match revision {
        None => Ok(name),
        Some(_) if names::short(&name).contains('/') => {
            Err(Error::usage("the name says already which revision; leave out --revision"))
        }
        Some(number) => Ok(format!("{name}/revisions/{number}")),
    }
}

fn curriculum(curriculum: Option<&pb::Curriculum>) -> String {
    let Some(curriculum) = curriculum else { return String::new() };
    let head = fields([
        ("Code", curriculum.code.clone()),
        ("Revision", curriculum.revision.to_string()),
        ("Title", curriculum.title.clone()),
        ("Credits", credits(curriculum)),
        ("Source", curriculum.source.clone()),
    ]);
    let header = ["Module", "Title", "Credits", "Pass mark", "Attempts", "Due in week"];
    format!("{head}\n\n{}", table(header, curriculum.modules.iter().map(module)))
}

fn row(curriculum: &pb::Curriculum) -> [String; 5] {
    [
        curriculum.code.clone(),
        curriculum.revision.to_string(),
        curriculum.title.clone(),
        curriculum.modules.len().to_string(),
        credits(curriculum),
    ]
}

fn module(module: &pb::Module) -> [String; 6] {
    [
        module.code.clone(),
        module.title.clone(),
        module.credits.to_string(),
        module.pass_mark.to_string(),
        module.attempts.to_string(),
        module.due_week.to_string(),
    ]
}

fn credits(curriculum: &pb::Curriculum) -> String {
    curriculum.modules.iter().map(|module| i64::from(module.credits)).sum::<i64>().to_string()
}
