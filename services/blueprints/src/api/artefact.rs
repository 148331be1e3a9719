//! `ArtefactService`.

use std::pin::Pin;

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, Violations, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::artefact_service_server::ArtefactService;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use super::blueprint::typed_name;
use super::{Api, artefact_convert as convert};
use crate::Error;
use crate::model::BlueprintId;
use crate::model::artefact::error::ArtefactError;
use crate::model::artefact::{ArtefactId, ContentDigest, UploadId, range};
use crate::service::{Interrupted, RemoveArtefact, StartUpload, UpdateArtefact};

#[tonic::async_trait]
impl ArtefactService for Api {
    async fn start_upload(
        &self,
        request: Request<pb::StartUploadRequest>,
    ) -> Result<Response<pb::StartUploadResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let blueprint = violations.take("blueprint", BlueprintId::parse(&message.blueprint));
        let details = convert::typed_details(&mut violations, message.details.unwrap_or_default());
        let size = violations.within("size_bytes", message.size_bytes, 1..=i64::MAX).unsigned_abs();
        let digest = violations.take("sha256", ContentDigest::parse(&message.sha256));
        let (Some(blueprint), Some(details), Some(digest), true) = (blueprint, details, digest, violations.is_empty())
        else {
            return Err(violations.refuse().into());
        };
        let written = self.0.start_upload(&caller, StartUpload { blueprint, details, size, digest }, key).await?;
        let upload = Some(convert::upload(written.value));
        Ok(Response::new(pb::StartUploadResponse { upload, sequence: written.sequence }))
    }

    async fn write_chunks(
        &self,
        request: Request<Streaming<pb::WriteChunksRequest>>,
    ) -> Result<Response<pb::WriteChunksResponse>, Status> {
        let (caller, mut messages) = request::open(request);
        let first = messages.message().await?.unwrap_or_default();
        let mut violations = Violations::new();
        let id = violations.take("upload", UploadId::parse(&first.upload));
        let offset = violations.within("offset", first.offset, 0..=i64::MAX).unsigned_abs();
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let rest = messages.map(|message| message.map(|message| message.data).map_err(|_| Interrupted));
        let chunks = tokio_stream::once(Ok(first.data)).chain(rest);
        let sent = self.0.write_chunks(&caller, id, offset, chunks).await?;
        let (upload, artefact) = (convert::upload(sent.upload), sent.artefact.map(|it| convert::artefact(it, true)));
        Ok(Response::new(pb::WriteChunksResponse { upload: Some(upload), artefact, sequence: sent.sequence }))
    }

    async fn get_upload(
        &self,
        request: Request<pb::GetUploadRequest>,
    ) -> Result<Response<pb::GetUploadResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let Some(id) = violations.take("name", UploadId::parse(&message.name)) else {
            return Err(violations.refuse().into());
        };
        let upload = Some(convert::upload(self.0.upload(&caller, id).await?));
        Ok(Response::new(pb::GetUploadResponse { upload }))
    }

    async fn update_artefact(
        &self,
        request: Request<pb::UpdateArtefactRequest>,
    ) -> Result<Response<pb::UpdateArtefactResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ArtefactId::parse(&message.name));
        let expected = Expected::parse(&mut violations, &message.etag);
        let paths = message.update_mask.unwrap_or_default().paths;
        let update = convert::typed_update(&mut violations, &paths, message.details.unwrap_or_default());
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.update_artefact(&caller, UpdateArtefact { id, update, expected }, key).await?;
        let artefact = Some(convert::artefact(written.value, true));
        Ok(Response::new(pb::UpdateArtefactResponse { artefact, sequence: written.sequence }))
    }

    async fn remove_artefact(
        &self,
        request: Request<pb::RemoveArtefactRequest>,
    ) -> Result<Response<pb::RemoveArtefactResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", ArtefactId::parse(&message.name));
        let expected = Expected::parse(&mut violations, &message.etag);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.remove_artefact(&caller, RemoveArtefact { id, expected }, key).await?;
        Ok(Response::new(pb::RemoveArtefactResponse { sequence: written.sequence }))
    }

    async fn get_artefact(
        &self,
        request: Request<pb::GetArtefactRequest>,
    ) -> Result<Response<pb::GetArtefactResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let Some(id) = violations.take("name", ArtefactId::parse(&message.name)) else {
            return Err(violations.refuse().into());
        };
        let (artefact, own) = self.0.artefact(&caller, id).await?;
        Ok(Response::new(pb::GetArtefactResponse { artefact: Some(convert::artefact(artefact, own)) }))
    }

    async fn list_artefacts(
        &self,
        request: Request<pb::ListArtefactsRequest>,
    ) -> Result<Response<pb::ListArtefactsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let parent = violations.take("parent", typed_name(&message.parent));
        let query = ["artefacts", &message.parent];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some((id, which)) = parent.filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let (page, own) = self.0.list_artefacts(&caller, id, which, &paging).await?;
        let page = page.map(|artefact| convert::artefact(artefact, own));
        Ok(Response::new(pb::ListArtefactsResponse { artefacts: page.items, next_page_token: page.next }))
    }

    type DownloadArtefactStream = Pin<Box<dyn Stream<Item = Result<pb::DownloadArtefactResponse, Status>> + Send>>;

    async fn download_artefact(
        &self,
        request: Request<pb::DownloadArtefactRequest>,
    ) -> Result<Response<Self::DownloadArtefactStream>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", ArtefactId::parse(&message.name));
        let offset = violations.within("offset", message.offset, 0..=i64::MAX).unsigned_abs();
        let length = violations.within("length", message.length, 0..=i64::MAX).unsigned_abs();
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let artefact = self.0.artefact_to_download(&caller, id).await?;
        let size = artefact.size;
        let wanted = range(offset, length, size).ok_or(Error::Artefact(ArtefactError::RangeOutside { size }))?;
        let content = self.0.artefact_content(&artefact, wanted).await?;
        let head =
            pb::DownloadArtefactResponse { artefact: Some(convert::artefact(artefact, false)), data: Vec::new() };
        let pieces = content.map(|piece| match piece {
            Ok(bytes) => Ok(pb::DownloadArtefactResponse { artefact: None, data: bytes.into() }),
            Err(error) => Err(error.into()),
        });
        Ok(Response::new(Box::pin(tokio_stream::once(Ok(head)).chain(pieces))))
    }
}
