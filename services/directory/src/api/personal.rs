//! `PersonalDataService`.

use std::pin::Pin;

use exemplar_kernel::personal::pseudonym;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, PersonId, Violations, request};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::personal_data_service_server::PersonalDataService;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

use crate::model::erasure::Erasure;
use crate::model::person::parse_email;
use crate::service::personal::{ClassDue, PersonalData};

/// The collection of the classes of records.
const CLASSES: &str = "recordClasses/";

/// The gRPC face of personal data.
#[derive(Clone, Debug)]
pub struct Api(pub(super) PersonalData);

#[tonic::async_trait]
impl PersonalDataService for Api {
    type DownloadPersonalDataStream =
        Pin<Box<dyn Stream<Item = Result<pb::DownloadPersonalDataResponse, Status>> + Send>>;

    async fn download_personal_data(
        &self,
        request: Request<pb::DownloadPersonalDataRequest>,
    ) -> Result<Response<Self::DownloadPersonalDataStream>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let person = typed_person(&mut violations, &message.person);
        violations.check()?;
        let pieces = ReceiverStream::new(self.0.copy(&caller, person).await?);
        Ok(Response::new(Box::pin(pieces.map(|piece| Ok(pb::DownloadPersonalDataResponse { chunk: piece? })))))
    }

    async fn erase_person(
        &self,
        request: Request<pb::ErasePersonRequest>,
    ) -> Result<Response<pb::ErasePersonResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let person = typed_person(&mut violations, &message.person);
        let email = parse_email(&mut violations, "confirm_email", &message.confirm_email);
        violations.check()?;
        let written = self.0.erase(&caller, person, &email, key).await?;
        let (erasure, sequence) = (Some(told(written.value)), written.sequence);
        Ok(Response::new(pb::ErasePersonResponse { erasure, sequence }))
    }

    async fn list_record_classes(
        &self,
        request: Request<pb::ListRecordClassesRequest>,
    ) -> Result<Response<pb::ListRecordClassesResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["record-classes"]);
        violations.check()?;
        let page = self.0.record_classes(&caller, &paging).await?.map(class);
        Ok(Response::new(pb::ListRecordClassesResponse { record_classes: page.items, next_page_token: page.next }))
    }

    async fn apply_retention(
        &self,
        request: Request<pb::ApplyRetentionRequest>,
    ) -> Result<Response<pb::ApplyRetentionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let only = message.record_class.strip_prefix(CLASSES);
        if only.is_none() && !message.record_class.is_empty() {
            violations.add("record_class", "must look like recordClasses/{name}");
        }
        violations.check()?;
        let written = self.0.apply_retention(&caller, only, key).await?;
        Ok(Response::new(pb::ApplyRetentionResponse { rows: count(written.value), sequence: written.sequence }))
    }
}

fn typed_person(violations: &mut Violations, name: &str) -> Option<PersonId> {
    if name.is_empty() { None } else { violations.take("person", PersonId::parse(name)) }
}

fn told(erasure: Erasure) -> pb::Erasure {
    pb::Erasure {
        name: erasure.id.to_string(),
        person: erasure.person.to_string(),
        pseudonym: pseudonym(erasure.person),
        request_time: Some(erasure.asked.into()),
        done_time: erasure.done.map(Into::into),
        rows: count(erasure.rows),
        changes: count(erasure.changes),
    }
}

fn class(due: ClassDue) -> pb::RecordClass {
    pb::RecordClass {
        name: format!("{CLASSES}{}", due.class.name),
        description: due.class.words.to_owned(),
        days: i32::try_from(due.days.unwrap_or(0)).unwrap_or(i32::MAX),
        source: due.class.source.to_owned(),
        due_rows: count(due.rows),
    }
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
