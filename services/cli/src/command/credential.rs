//! The register of qualifications, and the credentials that prove them.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::check_credential_request::By;
use exemplar_proto::academy::v1::credential_service_client::CredentialServiceClient;
use exemplar_proto::academy::v1::{CredentialStatus, QualificationState, Shown};

use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{fields, instant, table, yes};
use crate::{Context, input, names, output, words};

/// A credential's document at the most, in bytes.
const MAX_DOCUMENT: u64 = 16_384;

/// Commands about qualifications and credentials.
#[derive(Subcommand, Clone, Debug)]
pub enum CredentialCommand {
    /// Show whether a learner has earned the qualification, condition by condition
    ///
    /// Example: `exemplar credential eligibility ENROLMENT`
    Eligibility {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
    },
    /// Say that a learner has earned the qualification; another person confirms it
    ///
    /// Example: `exemplar credential propose ENROLMENT`
    Propose {
        /// The enrolment's id
        #[arg(value_parser = names::enrolment)]
        enrolment: String,
        /// The last day on which the credential is to hold, as YYYY-MM-DD; for good when left out
        #[arg(long, value_name = "DATE", default_value = "", hide_default_value = true)]
        valid_until: String,
    },
    /// Confirm what another person proposed: it is awarded, and its credential issued
    ///
    /// Example: `exemplar credential confirm QUALIFICATION`
    Confirm {
        /// The qualification's id
        #[arg(value_parser = names::qualification)]
        qualification: String,
    },
    /// Refuse what another person proposed
    ///
    /// Example: `exemplar credential refuse QUALIFICATION --reason "The essay is under appeal"`
    Refuse(Reasoned),
    /// Take an awarded qualification back, and its credential with it
    ///
    /// Example: `exemplar credential revoke QUALIFICATION --reason "Awarded in error"`
    Revoke(Reasoned),
    /// Show one qualification and its credential
    ///
    /// Example: `exemplar credential show QUALIFICATION`
    Show {
        /// The qualification's id
        #[arg(value_parser = names::qualification)]
        qualification: String,
    },
    /// List the register, newest first: all of it for ACADEMY, your own else
    ///
    /// Example: `exemplar credential list --state proposed`
    List {
        /// Only those in this state
        #[arg(long, value_parser = words::parser::<QualificationState>())]
        state: Option<QualificationState>,
        /// How many.
        #[command(flatten)]
        limit: Limit,
    },
    /// Set what strangers see who check your credential; without --show, only whether it holds
    ///
    /// Example: `exemplar credential disclose QUALIFICATION --show name,title`
    Disclose {
        /// The qualification's id
        #[arg(value_parser = names::qualification)]
        qualification: String,
        /// What they see
        #[arg(long = "show", id = "show", value_delimiter = ',', value_parser = words::parser::<Shown>())]
        shown: Vec<Shown>,
    },
    /// Write a certificate to be printed, as one HTML page
    ///
    /// Example: `exemplar credential certificate QUALIFICATION --to certificate.html`
    Certificate {
        /// The qualification's id
        #[arg(value_parser = names::qualification)]
        qualification: String,
        /// The file
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Write the credential itself, for wallets and verifiers
    ///
    /// Example: `exemplar credential export QUALIFICATION --to credential.jwt`
    Export {
        /// The qualification's id
        #[arg(value_parser = names::qualification)]
        qualification: String,
        /// The file
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Check a credential, by its code or by the credential itself; needs no account
    ///
    /// Example: `exemplar credential check 7K3M-9QXT-2B4V-H8ND`
    Check(Check),
}

/// A decision that says why.
#[derive(Args, Clone, Debug)]
pub struct Reasoned {
    /// The qualification's id
    #[arg(value_parser = names::qualification)]
    pub qualification: String,
    /// Why
    #[arg(long)]
    pub reason: String,
}

/// What is checked.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct Check {
    /// The code on the certificate
    pub code: Option<String>,
    /// The file of the credential; - for stdin
    #[arg(long, value_name = "FILE")]
    pub document: Option<PathBuf>,
}

/// Calls a verb on one qualification and shows it as it is after it.
macro_rules! verb {
    ($context:ident, $verb:ident, $message:expr) => {{
        let send = async |channel, request| CredentialServiceClient::new(channel).$verb(request).await;
        let answer = $context.client.call($message, send).await?;
        $context.output.written(&answer, answer.sequence, |answer| qualification(answer.qualification.as_ref()))
    }};
}

impl CredentialCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let request_id = request_id();
        match self {
            Self::Eligibility { enrolment } => eligibility(context, enrolment).await,
            Self::Propose { enrolment, valid_until: valid_until_date } => {
                let message = pb::ProposeQualificationRequest { enrolment, valid_until_date, request_id };
                verb!(context, propose_qualification, message)
            }
            Self::Confirm { qualification: name } => {
                verb!(context, confirm_qualification, pb::ConfirmQualificationRequest { name, request_id })
            }
            Self::Refuse(Reasoned { qualification: name, reason }) => {
                verb!(context, refuse_qualification, pb::RefuseQualificationRequest { name, reason, request_id })
            }
            Self::Revoke(Reasoned { qualification: name, reason }) => {
                verb!(context, revoke_qualification, pb::RevokeQualificationRequest { name, reason, request_id })
            }
            Self::Show { qualification: name } => {
                let answer = get(context, name).await?;
                context.output.answer(&answer, |answer| qualification(answer.qualification.as_ref()))
            }
            Self::List { state, limit } => list(context, state, limit).await,
            Self::Disclose { qualification: name, shown } => {
                let shown = shown.into_iter().map(Into::into).collect();
                verb!(context, set_shown, pb::SetShownRequest { name, shown, request_id })
            }
            Self::Certificate { qualification: name, to } => {
                let message = pb::DownloadCertificateRequest { name };
                let send =
                    async |channel, request| CredentialServiceClient::new(channel).download_certificate(request).await;
                write(&to, &context.client.call(message, send).await?.html)
            }
            Self::Export { qualification: name, to } => {
                let credential = get(context, name).await?.qualification.and_then(|found| found.credential);
                let credential = credential.ok_or_else(|| Error::usage("the qualification has no credential"))?;
                write(&to, credential.document.as_bytes())
            }
            Self::Check(check) => check.run(context).await,
        }
    }
}

impl Check {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let by = match self.document {
            Some(file) => Some(By::Document(input::text(&file, MAX_DOCUMENT)?.trim().to_owned())),
            None => self.code.map(By::Code),
        };
        let send = async |channel, request| CredentialServiceClient::new(channel).check_credential(request).await;
        let answer = context.client.call(pb::CheckCredentialRequest { by }, send).await?;
        context.output.answer(&answer, |answer| {
            fields([
                ("Status", words::word::<CredentialStatus>(answer.status)),
                ("Holder", answer.holder_display_name.clone()),
                ("Qualification", answer.title.clone()),
                ("Awarded", answer.award_date.clone()),
                ("Employer then", answer.organisation_display_name.clone()),
            ])
        })
    }
}

async fn get(context: &Context, name: String) -> Result<pb::GetQualificationResponse, Error> {
    let send = async |channel, request| CredentialServiceClient::new(channel).get_qualification(request).await;
    context.client.call(pb::GetQualificationRequest { name }, send).await
}

async fn eligibility(context: &Context, enrolment: String) -> Result<(), Error> {
    let send = async |channel, request| CredentialServiceClient::new(channel).get_eligibility(request).await;
    let answer = context.client.call(pb::GetEligibilityRequest { enrolment }, send).await?;
    context.output.answer(&answer, |answer| {
        let row = |one: &pb::Condition| [one.subject.clone(), yes(one.met), one.reason.clone()];
        let conditions = table(["Condition", "Met", "Why"], answer.conditions.iter().map(row));
        format!("{}\n\n{conditions}", fields([("Eligible", yes(answer.eligible))]))
    })
}

async fn list(context: &Context, state: Option<QualificationState>, limit: Limit) -> Result<(), Error> {
    let state = state.map_or(0, Into::into);
    let fetch = async |page_size, page_token| {
        let message = pb::ListQualificationsRequest { state, page_size, page_token };
        let send = async |channel, request| CredentialServiceClient::new(channel).list_qualifications(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.qualifications, page.next_page_token))
    };
    let (qualifications, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListQualificationsResponse { qualifications, next_page_token };
    context.output.listed(&answer, (answer.qualifications.len(), &answer.next_page_token), |answer| {
        table(["Learner", "Organisation", "Qualification", "State", "Id"], answer.qualifications.iter().map(row))
    })
}

fn row(qualification: &pb::Qualification) -> [String; 5] {
    [
        qualification.learner_display_name.clone(),
        names::short(&qualification.organisation).to_owned(),
        qualification.title.clone(),
        words::word::<QualificationState>(qualification.state),
        names::short(&qualification.name).to_owned(),
    ]
}

fn qualification(qualification: Option<&pb::Qualification>) -> String {
    let Some(qualification) = qualification else { return String::new() };
    let credential = qualification.credential.clone().unwrap_or_default();
    let shown: Vec<_> = credential.shown.iter().map(|shown| words::word::<Shown>(*shown)).collect();
    let status = qualification.credential.as_ref().map(|credential| words::word::<CredentialStatus>(credential.status));
    fields([
        ("Learner", qualification.learner_display_name.clone()),
        ("Organisation", names::short(&qualification.organisation).to_owned()),
        ("Qualification", qualification.title.clone()),
        ("Credits", qualification.credits.to_string()),
        ("State", words::word::<QualificationState>(qualification.state)),
        ("Why", qualification.reason.clone()),
        ("Proposed", instant(qualification.propose_time.as_ref())),
        ("Decided", instant(qualification.decide_time.as_ref())),
        ("Holds until", qualification.valid_until_date.clone()),
        ("Code", credential.code),
        ("Check at", credential.check_uri),
        ("Status", status.unwrap_or_default()),
        ("Strangers see", shown.join(", ")),
        ("Id", names::short(&qualification.name).to_owned()),
    ])
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |error| Error::File(format!("cannot write {}", path.display()), error);
    std::fs::write(path, bytes).map_err(failed)?;
    output::note(&format!("written to {}", path.display()));
    Ok(())
}
