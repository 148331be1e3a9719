//! Looking back at a blueprint, and taking it out of circulation.

use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::blueprint_service_client::BlueprintServiceClient;
use exemplar_proto::blueprints::v1::{Edit, RevisionState, Visibility};

use super::blueprint::summary;
use crate::Context;
use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::{instant, table};
use crate::words;

pub(super) async fn withdraw(context: &Context, name: String, reason: String) -> Result<(), Error> {
    let message = pb::WithdrawBlueprintRequest { name, reason, request_id: request_id(), ..Default::default() };
    let send = async |channel, request| BlueprintServiceClient::new(channel).withdraw_blueprint(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| summary(answer.blueprint.as_ref()))
}

pub(super) async fn set_visibility(context: &Context, name: String, visibility: Visibility) -> Result<(), Error> {
    let visibility = visibility.into();
    let message = pb::SetVisibilityRequest { name, visibility, request_id: request_id(), ..Default::default() };
    let send = async |channel, request| BlueprintServiceClient::new(channel).set_visibility(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| summary(answer.blueprint.as_ref()))
}

pub(super) async fn list(context: &Context, name: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListRevisionsRequest { name: name.clone(), page_size, page_token };
        let send = async |channel, request| BlueprintServiceClient::new(channel).list_revisions(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.revisions, page.next_page_token))
    };
    let (revisions, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListRevisionsResponse { revisions, next_page_token };
    context.output.listed(&answer, (answer.revisions.len(), &answer.next_page_token), |answer| {
        let row = |revision: &pb::Revision| {
            [
                revision.number.to_string(),
                words::word::<RevisionState>(revision.state),
                instant(revision.publish_time.as_ref()),
                revision.change_note.clone(),
                revision.citation.clone(),
            ]
        };
        table(["Revision", "State", "Released", "What changed", "Cite as"], answer.revisions.iter().map(row))
    })
}

pub(super) async fn compare(context: &Context, name: String, (from, to): (i32, i32)) -> Result<(), Error> {
    let message = pb::CompareRevisionsRequest { name, from_revision: from, to_revision: to };
    let send = async |channel, request| BlueprintServiceClient::new(channel).compare_revisions(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.answer(&answer, |answer| {
        let mut text = String::new();
        for part in &answer.differences {
            text.push_str(&format!("\n{}\n", part.field));
            for run in &part.runs {
                match run.edit() {
                    Edit::Removed => text.push_str(&format!("[-{}-]", run.text)),
                    Edit::Added => text.push_str(&format!("{{+{}+}}", run.text)),
                    Edit::Kept | Edit::Unspecified => text.push_str(&run.text),
                }
            }
            text.push('\n');
        }
        text
    })
}
