//! `VocabularyService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, Violations, day, filter, request};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::vocabulary_service_server::VocabularyService;
use time::Date;
use tonic::{Request, Response, Status};

use super::Api;
use super::convert::vocabulary as convert;
use crate::model::vocabulary::change::{NewTerm, TermUpdate, parse_spelling, parse_synonyms};
use crate::model::vocabulary::{Term, TermId, TermState, Vocabularies, Vocabulary, is_slug, key};

/// The fields that a list of terms can be filtered by.
const FILTERS: [&str; 3] = ["state", "means", "supplier"];

#[tonic::async_trait]
impl VocabularyService for Api {
    async fn list_vocabularies(
        &self,
        request: Request<pb::ListVocabulariesRequest>,
    ) -> Result<Response<pb::ListVocabulariesResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["vocabularies"]);
        violations.check()?;
        let words = self.0.vocabularies().await?;
        let rows: Vec<_> = page_of(Vocabulary::ALL.iter().copied(), &paging, |vocabulary| vocabulary.name());
        let page = paging.page(rows, |last| vec![last.name().to_owned()]);
        let page = page.map(|vocabulary| convert::vocabulary(&words, vocabulary));
        Ok(Response::new(pb::ListVocabulariesResponse { vocabularies: page.items, next_page_token: page.next }))
    }

    async fn list_terms(
        &self,
        request: Request<pb::ListTermsRequest>,
    ) -> Result<Response<pb::ListTermsResponse>, Status> {
        let (_, message) = request::open(request);
        let words = self.0.vocabularies().await?;
        let mut violations = Violations::new();
        let vocabulary = violations.take("vocabulary", Vocabulary::parse(&message.vocabulary));
        let query = ["terms", &message.vocabulary, &message.filter];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let wanted = vocabulary.map(|vocabulary| wanted(&mut violations, &words, vocabulary, &message.filter));
        let Some((vocabulary, wanted)) = vocabulary.zip(wanted).filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let fits = words.all(vocabulary).filter(|term| wanted.fits(term, words.today()));
        let rows = page_of(fits, &paging, |term| &term.id.slug);
        let page = paging.page(rows, |last| vec![last.id.slug.clone()]).map(|term| convert::term(&words, term));
        let version = words.version(vocabulary);
        Ok(Response::new(pb::ListTermsResponse { terms: page.items, next_page_token: page.next, version }))
    }

    async fn get_term(&self, request: Request<pb::GetTermRequest>) -> Result<Response<pb::GetTermResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", TermId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let (term, current) = self.0.term(&id).await?;
        let words = self.0.vocabularies().await?;
        let (term, current) = (Some(convert::term(&words, &term)), Some(convert::term(&words, &current)));
        Ok(Response::new(pb::GetTermResponse { term, current }))
    }

    async fn list_vocabulary_changes(
        &self,
        request: Request<pb::ListVocabularyChangesRequest>,
    ) -> Result<Response<pb::ListVocabularyChangesResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let vocabulary = violations.take("vocabulary", Vocabulary::parse(&message.vocabulary));
        let query = ["vocabulary changes", &message.vocabulary];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        let Some(vocabulary) = vocabulary.filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let page = self.0.vocabulary_changes(vocabulary, &paging).await?;
        let page = page.map(|change| convert::change(vocabulary, change));
        Ok(Response::new(pb::ListVocabularyChangesResponse { changes: page.items, next_page_token: page.next }))
    }

    async fn create_term(
        &self,
        request: Request<pb::CreateTermRequest>,
    ) -> Result<Response<pb::CreateTermResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let new = typed_new(&mut violations, &words, message);
        let Some(new) = new.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.create_term(&caller, new, key).await?;
        let term = Some(convert::term(&words, &written.value));
        Ok(Response::new(pb::CreateTermResponse { term, sequence: written.sequence }))
    }

    async fn update_term(
        &self,
        request: Request<pb::UpdateTermRequest>,
    ) -> Result<Response<pb::UpdateTermResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let update = typed_update(&mut violations, &words, message);
        let Some((term, update)) = update.filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.update_term(&caller, term, update, key).await?;
        let term = Some(convert::term(&words, &written.value));
        Ok(Response::new(pb::UpdateTermResponse { term, sequence: written.sequence }))
    }

    async fn merge_terms(
        &self,
        request: Request<pb::MergeTermsRequest>,
    ) -> Result<Response<pb::MergeTermsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let expected = Expected::parse(&mut violations, &message.etag);
        let id = violations.take("name", TermId::parse(&message.name));
        let into = violations.take("into", TermId::parse(&message.into));
        let from = day::parse(&mut violations, "date", &message.date);
        if let (Some(id), Some(into)) = (&id, &into) {
            if id == into {
                violations.add("into", "is the term itself");
            } else if id.vocabulary != into.vocabulary {
                violations.add("into", "is of another vocabulary");
            }
        }
        let Some((id, into)) = id.zip(into).filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.merge_terms(&caller, (id, expected), (into, from), key).await?;
        let term = Some(convert::term(&self.0.vocabularies().await?, &written.value));
        Ok(Response::new(pb::MergeTermsResponse { term, sequence: written.sequence }))
    }

    async fn retire_term(
        &self,
        request: Request<pb::RetireTermRequest>,
    ) -> Result<Response<pb::RetireTermResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let expected = Expected::parse(&mut violations, &message.etag);
        let id = violations.take("name", TermId::parse(&message.name));
        let from = day::parse(&mut violations, "date", &message.date);
        let reason = violations.text("reason", &message.reason, 1..=500);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.retire_term(&caller, (id, expected), (from, reason), key).await?;
        let term = Some(convert::term(&self.0.vocabularies().await?, &written.value));
        Ok(Response::new(pb::RetireTermResponse { term, sequence: written.sequence }))
    }
}

/// What follows the page before, of things in the order of their names; one more than wanted.
fn page_of<T>(all: impl Iterator<Item = T>, paging: &Paging, name: impl Fn(&T) -> &str) -> Vec<T> {
    let follows = |one: &T| paging.after.first().is_none_or(|after| name(one) > after.as_str());
    all.filter(follows).take(usize::try_from(paging.fetch()).unwrap_or(usize::MAX)).collect()
}

/// Which terms a list wants.
#[derive(Default)]
struct Wanted {
    state: Option<TermState>,
    means: Option<Vec<String>>,
    suppliers: Option<Vec<String>>,
}

impl Wanted {
    fn fits(&self, term: &Term, today: Date) -> bool {
        self.state.is_none_or(|state| term.state(today) == state)
            && self.means.as_ref().is_none_or(|slugs| slugs.contains(&term.id.slug))
            && self.suppliers.as_ref().is_none_or(|slugs| term.supplier.as_ref().is_some_and(|own| slugs.contains(own)))
    }
}

fn wanted(violations: &mut Violations, words: &Vocabularies, vocabulary: Vocabulary, filter: &str) -> Wanted {
    let mut wanted = Wanted::default();
    for condition in filter::parse_once(violations, filter, &FILTERS) {
        let mut spelling = |vocabulary: Vocabulary| {
            let found = words.wanted(vocabulary, &condition.value);
            violations.take("filter", found.map_err(|fault| format!("{} {fault}", condition.field)))
        };
        match condition.field {
            "means" => wanted.means = spelling(vocabulary),
            "supplier" => wanted.suppliers = spelling(Vocabulary::EprSupplier),
            _ => {
                wanted.state = match condition.value.as_str() {
                    "current" => Some(TermState::Current),
                    "merged" => Some(TermState::Merged),
                    "retired" => Some(TermState::Retired),
                    _ => {
                        violations.add("filter", "state is current, merged or retired");
                        None
                    }
                }
            }
        }
    }
    wanted
}

fn typed_new(violations: &mut Violations, words: &Vocabularies, message: pb::CreateTermRequest) -> Option<NewTerm> {
    let term = message.term.unwrap_or_default();
    let vocabulary = violations.take("vocabulary", Vocabulary::parse(&message.vocabulary));
    let label = parse_spelling(violations, "term.label", &term.label);
    let slug = if message.term_id.is_empty() { key(&label) } else { message.term_id };
    if !is_slug(&slug) && !label.is_empty() {
        violations
            .add("term_id", "must be small letters and digits with single hyphens between, at most 80 characters");
    }
    let synonyms = parse_synonyms(violations, "term.synonyms", &term.synonyms);
    let source = violations.text("term.source", &term.source, 0..=500);
    let supplier = vocabulary.and_then(|vocabulary| typed_supplier(violations, words, vocabulary, &term.supplier));
    Some(NewTerm { id: TermId { vocabulary: vocabulary?, slug }, label, synonyms, supplier, source })
}

/// The supplier's slug; only products have one.
fn typed_supplier(
    violations: &mut Violations,
    words: &Vocabularies,
    vocabulary: Vocabulary,
    typed: &str,
) -> Option<String> {
    if typed.is_empty() {
        return None;
    }
    if vocabulary != Vocabulary::EprProduct {
        violations.add("term.supplier", "is for terms of epr-product only");
        return None;
    }
    let spelling = TermId::parse(typed).map_or_else(|_| typed.to_owned(), |id| id.slug);
    let chosen = words.choose(Vocabulary::EprSupplier, &spelling);
    violations.take("term.supplier", chosen).map(|supplier| supplier.id.slug.clone())
}

fn typed_update(
    violations: &mut Violations,
    words: &Vocabularies,
    message: pb::UpdateTermRequest,
) -> Option<((TermId, Expected), TermUpdate)> {
    let term = message.term.unwrap_or_default();
    let id = violations.take("term.name", TermId::parse(&term.name));
    let expected = Expected::parse(violations, &term.etag);
    let from = day::parse(violations, "label_start_date", &message.label_start_date);
    let paths = message.update_mask.unwrap_or_default().paths;
    if paths.is_empty() {
        violations.add("update_mask", "names no field");
    }
    let mut update = TermUpdate::default();
    for path in &paths {
        match path.as_str() {
            "label" => {
                let label = parse_spelling(violations, "term.label", &term.label);
                update.label = Some((label, from.unwrap_or_else(|| words.today())));
            }
            "synonyms" => update.synonyms = Some(parse_synonyms(violations, "term.synonyms", &term.synonyms)),
            "source" => update.source = Some(violations.text("term.source", &term.source, 0..=500)),
            "supplier" => {
                let vocabulary = id.as_ref().map_or(Vocabulary::EprProduct, |id| id.vocabulary);
                update.supplier = Some(typed_supplier(violations, words, vocabulary, &term.supplier));
            }
            unknown => {
                violations.add("update_mask", format!("names {unknown:?}, which is no field that can be changed"));
            }
        }
    }
    Some(((id?, expected), update))
}
