//! What is held about people: a copy, an erasure, how long records are kept.

use std::path::PathBuf;

use clap::Subcommand;
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::personal_data_service_client::PersonalDataServiceClient;

use super::exchange::{broken, write};
use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{count, fields, instant, table};
use crate::{Context, names};

/// Commands about personal data.
#[derive(Subcommand, Clone, Debug)]
pub enum PersonalCommand {
    /// Save everything that is held about you, as a ZIP archive of JSON and CSV files; another's for PROGRAMME
    ///
    /// Example: `exemplar personal export -o mine.zip`
    Export {
        /// Whose; yours when left out
        #[arg(value_parser = names::person)]
        person: Option<String>,
        /// Where to; standard output when left out
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Erase yourself, or another for PROGRAMME; it cannot be taken back
    ///
    /// The account ends at once. Awards stay in the register under a pseudonym, and can still be checked.
    ///
    /// Example: `exemplar personal erase --confirm-email me@trust.example`
    Erase {
        /// Whom; you when left out
        #[arg(value_parser = names::person)]
        person: Option<String>,
        /// The e-mail address of the account, once more
        #[arg(long, value_name = "ADDRESS")]
        confirm_email: String,
    },
    /// List the classes of records, how long they are kept, and what is due to go: a dry run
    ///
    /// Example: `exemplar personal classes`
    Classes {
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Delete what is due, of one class or of all
    ///
    /// Example: `exemplar personal apply learner-journals`
    Apply {
        /// The class's name
        class: Option<String>,
    },
}

impl PersonalCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Export { person, output } => {
                let message = pb::DownloadPersonalDataRequest { person: person.unwrap_or_default() };
                let send = async |channel, request| {
                    PersonalDataServiceClient::new(channel).download_personal_data(request).await
                };
                let mut stream = context.client.call(message, send).await?;
                let mut file = Vec::new();
                while let Some(piece) = stream.message().await.map_err(|status| broken(context, status))? {
                    file.extend(piece.chunk);
                }
                write(output.as_deref(), &file)
            }
            Self::Erase { person, confirm_email } => {
                let (person, request_id) = (person.unwrap_or_default(), request_id());
                let message = pb::ErasePersonRequest { person, confirm_email, request_id };
                let send = async |channel, request| PersonalDataServiceClient::new(channel).erase_person(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| erasure(answer.erasure.as_ref()))
            }
            Self::Classes { limit } => classes(context, limit).await,
            Self::Apply { class } => {
                let record_class = class.map(|class| format!("recordClasses/{class}")).unwrap_or_default();
                let message = pb::ApplyRetentionRequest { record_class, request_id: request_id() };
                let send =
                    async |channel, request| PersonalDataServiceClient::new(channel).apply_retention(request).await;
                let answer = context.client.call(message, send).await?;
                context.output.written(&answer, answer.sequence, |answer| fields([("Rows", count(answer.rows))]))
            }
        }
    }
}

async fn classes(context: &Context, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListRecordClassesRequest { page_size, page_token };
        let send = async |channel, request| PersonalDataServiceClient::new(channel).list_record_classes(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.record_classes, page.next_page_token))
    };
    let (record_classes, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListRecordClassesResponse { record_classes, next_page_token };
    context.output.listed(&answer, (answer.record_classes.len(), &answer.next_page_token), |answer| {
        table(["Class", "Days", "Due", "What", "Source"], answer.record_classes.iter().map(row))
    })
}

fn row(class: &pb::RecordClass) -> [String; 5] {
    [
        names::short(&class.name).to_owned(),
        if class.days == 0 { String::new() } else { class.days.to_string() },
        count(class.due_rows),
        class.description.clone(),
        class.source.clone(),
    ]
}

fn erasure(erasure: Option<&pb::Erasure>) -> String {
    let Some(erasure) = erasure else { return String::new() };
    fields([
        ("Pseudonym", erasure.pseudonym.clone()),
        ("Asked", instant(erasure.request_time.as_ref())),
        ("Done", instant(erasure.done_time.as_ref())),
        ("Rows", count(erasure.rows)),
        ("Changes", count(erasure.changes)),
        ("Id", names::short(&erasure.name).to_owned()),
    ])
}
