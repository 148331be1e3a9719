//! A cohort's timetable, and watching how its learners stand.

use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::TeachingSessionKind;
use exemplar_proto::academy::v1::cohort_service_client::CohortServiceClient;
use exemplar_proto::academy::v1::record_service_client::RecordServiceClient;

use super::standing;
use crate::client::request_id;
use crate::error::Error;
use crate::page::Limit;
use crate::table::table;
use crate::{Context, words};

pub(crate) async fn list(context: &Context, cohort: String, limit: Limit) -> Result<(), Error> {
    let fetch = async |page_size, page_token| {
        let message = pb::ListTeachingSessionsRequest { cohort: cohort.clone(), page_size, page_token };
        let send = async |channel, request| CohortServiceClient::new(channel).list_teaching_sessions(request).await;
        let page = context.client.call(message, send).await?;
        Ok((page.sessions, page.next_page_token))
    };
    let (sessions, next_page_token) = limit.gather(fetch).await?;
    let answer = pb::ListTeachingSessionsResponse { sessions, next_page_token };
    context.output.listed(&answer, (answer.sessions.len(), &answer.next_page_token), |answer| {
        table(["Date", "Code", "Title", "Kind", "Module", "Venue", "Tutor"], answer.sessions.iter().map(row))
    })
}

/// Puts what the curriculum plans into the timetable.
pub(crate) async fn plan(context: &Context, cohort: String) -> Result<(), Error> {
    let (sessions, from_curriculum, request_id) = (Vec::new(), true, request_id());
    let message = pb::ScheduleSessionsRequest { cohort, sessions, from_curriculum, request_id };
    let send = async |channel, request| CohortServiceClient::new(channel).schedule_sessions(request).await;
    let answer = context.client.call(message, send).await?;
    context.output.written(&answer, answer.sequence, |answer| format!("{} sessions added", answer.added))
}

/// Tells whose standing changes, until it is interrupted.
pub(crate) async fn watch(context: &Context, cohort: String) -> Result<(), Error> {
    let send = async |channel, request| RecordServiceClient::new(channel).watch_cohort(request).await;
    let mut answers = context.client.call(pb::WatchCohortRequest { cohort }, send).await?;
    while let Some(answer) =
        answers.message().await.map_err(|status| Error::of_call(status, context.client.origin()))?
    {
        context.output.answer(&answer, |answer| standing::table_of(&answer.standings))?;
    }
    Ok(())
}

fn row(session: &pb::TeachingSession) -> [String; 7] {
    [
        session.date.clone(),
        session.code.clone(),
        session.title.clone(),
        words::word::<TeachingSessionKind>(session.kind),
        session.module.clone(),
        session.venue.clone(),
        session.tutor.clone(),
    ]
}
