//! `SynonymService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, Violations, request};
use exemplar_proto::blueprints::v1 as pb;
use exemplar_proto::blueprints::v1::synonym_service_server::SynonymService;
use tonic::{Request, Response, Status};

use super::Api;
use crate::model::synonym::{Fact, Synonym, SynonymId};

#[tonic::async_trait]
impl SynonymService for Api {
    async fn list_synonyms(
        &self,
        request: Request<pb::ListSynonymsRequest>,
    ) -> Result<Response<pb::ListSynonymsResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        if message.version < 0 {
            violations.add("version", "must not be negative");
        }
        let contains = violations.text("contains", &message.contains, 0..=100);
        let query = ["synonyms", &message.version.to_string(), &contains];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let (page, version) = self.0.synonyms(message.version, &contains, &paging).await?;
        let page = page.map(synonym);
        Ok(Response::new(pb::ListSynonymsResponse { synonyms: page.items, next_page_token: page.next, version }))
    }

    async fn create_synonym(
        &self,
        request: Request<pb::CreateSynonymRequest>,
    ) -> Result<Response<pb::CreateSynonymResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let fact = typed_fact(&mut violations, &message.synonym.unwrap_or_default());
        violations.check()?;
        let written = self.0.create_synonym(&caller, fact, key).await?;
        let (sequence, version) = (written.sequence, written.value.version);
        let synonym = Some(synonym(written.value.synonym));
        Ok(Response::new(pb::CreateSynonymResponse { synonym, version, sequence }))
    }

    async fn delete_synonym(
        &self,
        request: Request<pb::DeleteSynonymRequest>,
    ) -> Result<Response<pb::DeleteSynonymResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let id = violations.take("name", SynonymId::parse(&message.name));
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.delete_synonym(&caller, id, key).await?;
        Ok(Response::new(pb::DeleteSynonymResponse { version: written.value, sequence: written.sequence }))
    }

    async fn restore_synonyms(
        &self,
        request: Request<pb::RestoreSynonymsRequest>,
    ) -> Result<Response<pb::RestoreSynonymsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        if message.version < 1 {
            violations.add("version", "must be at least 1");
        }
        violations.check()?;
        let written = self.0.restore_synonyms(&caller, message.version, key).await?;
        Ok(Response::new(pb::RestoreSynonymsResponse { version: written.value, sequence: written.sequence }))
    }
}

fn synonym(synonym: Synonym) -> pb::Synonym {
    let Synonym { id, fact: Fact { term, means, both_ways, source, licence } } = synonym;
    let direction = if both_ways { pb::SynonymDirection::TwoWay } else { pb::SynonymDirection::OneWay };
    pb::Synonym { name: id.to_string(), term, means, direction: direction.into(), source, licence }
}

fn typed_fact(violations: &mut Violations, typed: &pb::Synonym) -> Fact {
    let term = violations.text("synonym.term", &typed.term, 2..=100);
    let means = violations.text("synonym.means", &typed.means, 2..=200);
    for (field, text) in [("synonym.term", &term), ("synonym.means", &means)] {
        if !text.is_empty() && !text.contains(char::is_alphanumeric) {
            violations.add(field, "has no letter or digit");
        }
    }
    if !term.is_empty() && term.to_lowercase() == means.to_lowercase() {
        violations.add("synonym.means", "is the term itself");
    }
    let both_ways = match pb::SynonymDirection::try_from(typed.direction) {
        Ok(pb::SynonymDirection::TwoWay) => true,
        Ok(pb::SynonymDirection::OneWay) => false,
        Ok(pb::SynonymDirection::Unspecified) => {
            violations.add("synonym.direction", "is missing");
            false
        }
        Err(_) => {
            violations.add("synonym.direction", "is not a direction");
            false
        }
    };
    let source = violations.text("synonym.source", &typed.source, 1..=300);
    let licence = violations.text("synonym.licence", &typed.licence, 1..=60);
    Fact { term, means, both_ways, source, licence }
}
