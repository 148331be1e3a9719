//! `DemandService`.

use exemplar_directory::TermId;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::demand_service_server::DemandService;
use tonic::{Request, Response, Status};

use super::{Api, words};
use crate::model::BlueprintId;
use crate::model::demand::{SoughtWords, Subject, TopicId, TopicState, WORDS};
use crate::model::usage::RETENTION;
use crate::service::demand::SeenTopic;

#[tonic::async_trait]
impl DemandService for Api {
    async fn ask_for_topic(
        &self,
        request: Request<pb::AskForTopicRequest>,
    ) -> Result<Response<pb::AskForTopicResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let words = violations.text("words", &message.words, WORDS);
        violations.check()?;
        let written = self.0.ask_for_topic(&caller, &words, message.tell, key).await?;
        let topic = Some(topic(written.value));
        Ok(Response::new(pb::AskForTopicResponse { topic, sequence: written.sequence }))
    }

    async fn get_wanted_topic(
        &self,
        request: Request<pb::GetWantedTopicRequest>,
    ) -> Result<Response<pb::GetWantedTopicResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", TopicId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let topic = Some(topic(self.0.wanted_topic(&caller, id).await?));
        Ok(Response::new(pb::GetWantedTopicResponse { topic }))
    }

    async fn list_wanted_topics(
        &self,
        request: Request<pb::ListWantedTopicsRequest>,
    ) -> Result<Response<pb::ListWantedTopicsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let binding = ["wanted topics", &message.state.to_string()];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &binding);
        let state = typed_state(&mut violations, message.state);
        violations.check()?;
        let page = self.0.wanted_topics(&caller, state, &paging).await?.map(topic);
        Ok(Response::new(pb::ListWantedTopicsResponse { topics: page.items, next_page_token: page.next }))
    }

    async fn claim_topic(
        &self,
        request: Request<pb::ClaimTopicRequest>,
    ) -> Result<Response<pb::ClaimTopicResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", TopicId::parse(&message.name));
        let organisation = violations.take("organisation", OrganisationId::parse(&message.organisation));
        let Some((id, organisation)) = id.zip(organisation).filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.claim_topic(&caller, id, organisation, key).await?;
        let topic = Some(topic(written.value));
        Ok(Response::new(pb::ClaimTopicResponse { topic, sequence: written.sequence }))
    }

    async fn release_topic(
        &self,
        request: Request<pb::ReleaseTopicRequest>,
    ) -> Result<Response<pb::ReleaseTopicResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", TopicId::parse(&message.name));
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.release_topic(&caller, id, key).await?;
        let topic = Some(topic(written.value));
        Ok(Response::new(pb::ReleaseTopicResponse { topic, sequence: written.sequence }))
    }

    async fn answer_topic(
        &self,
        request: Request<pb::AnswerTopicRequest>,
    ) -> Result<Response<pb::AnswerTopicResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", TopicId::parse(&message.name));
        let blueprint = violations.take("blueprint", BlueprintId::parse(&message.blueprint));
        let Some((id, blueprint)) = id.zip(blueprint).filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.answer_topic(&caller, id, blueprint, key).await?;
        let topic = Some(topic(written.value));
        Ok(Response::new(pb::AnswerTopicResponse { topic, sequence: written.sequence }))
    }

    async fn get_search_report(
        &self,
        request: Request<pb::GetSearchReportRequest>,
    ) -> Result<Response<pb::GetSearchReportResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let subject = TopicId::parse(&message.subject).map(Subject::Topic);
        let subject = subject.or_else(|_| TermId::parse(&message.subject).map(Subject::Term));
        let subject =
            violations.take("subject", subject.map_err(|_| "must be wantedTopics/{id} or the name of a term"));
        let Some(subject) = subject else { return Err(violations.refuse().into()) };
        let searches = self.0.search_report(&caller, &subject).await?.into_iter().map(searched);
        let retention_days = words::count(RETENTION.as_secs() / (24 * 60 * 60));
        Ok(Response::new(pb::GetSearchReportResponse { searches: searches.collect(), retention_days }))
    }
}

fn typed_state(violations: &mut Violations, typed: i32) -> Option<TopicState> {
    match pb::TopicState::try_from(typed) {
        Ok(pb::TopicState::Unspecified) => None,
        Ok(pb::TopicState::Open) => Some(TopicState::Open),
        Ok(pb::TopicState::Claimed) => Some(TopicState::Claimed),
        Ok(pb::TopicState::Answered) => Some(TopicState::Answered),
        Err(_) => {
            violations.add("state", "is none");
            None
        }
    }
}

fn topic((topic, asked): SeenTopic) -> pb::WantedTopic {
    let state = match topic.state() {
        TopicState::Open => pb::TopicState::Open,
        TopicState::Claimed => pb::TopicState::Claimed,
        TopicState::Answered => pb::TopicState::Answered,
    };
    pb::WantedTopic {
        name: topic.id.to_string(),
        seeker_count: words::count(topic.seekers),
        ask_count: words::count(topic.asks()),
        stop_count: words::count(topic.stops),
        state: state.into(),
        organisation: topic.claimed_by.map(|by| by.to_string()).unwrap_or_default(),
        claim_time: topic.claimed.map(Into::into),
        blueprint: topic.blueprint.map(|blueprint| blueprint.to_string()).unwrap_or_default(),
        words: topic.words,
        asked,
    }
}

fn searched(words: SoughtWords) -> pb::SoughtWords {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    pb::SoughtWords {
        words: words.words,
        seeker_count: words::count(words.seekers),
        search_count: signed(words.searches),
        miss_count: signed(words.misses),
        open_count: signed(words.opens),
    }
}
