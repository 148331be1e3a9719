//! `OrganisationService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, day, filter, request};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::organisation_service_server::OrganisationService;
use tonic::{Request, Response, Status};

use super::{Api, convert};
use crate::model::import::parse_country;
use crate::model::organisation::{Draft, Succession};
use crate::model::profile::Profile;
use crate::model::vocabulary::{Vocabularies, Vocabulary};
use crate::service::organisations::Update;
use crate::store::organisations::Wanted;

/// The fields that a list of organisations can be filtered by.
const FILTERS: [&str; 10] = [
    "region",
    "care_setting",
    "epr_supplier",
    "epr_product",
    "country",
    "status",
    "size_band",
    "type",
    "offers",
    "seeks",
];

/// The fields of a profile that can be changed.
const PROFILE: [&str; 9] = [
    "region",
    "care_settings",
    "epr_supplier",
    "epr_product",
    "epr_version",
    "size_band",
    "organisation_type",
    "topics_offered",
    "topics_sought",
];

#[tonic::async_trait]
impl OrganisationService for Api {
    async fn get_organisation(
        &self,
        request: Request<pb::GetOrganisationRequest>,
    ) -> Result<Response<pb::GetOrganisationResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let id = violations.take("name", OrganisationId::parse(&message.name));
        let Some(id) = id else { return Err(violations.refuse().into()) };
        let words = self.0.vocabularies().await?;
        let organisation = convert::organisation(&words, self.0.organisation(&id).await?);
        Ok(Response::new(pb::GetOrganisationResponse { organisation: Some(organisation) }))
    }

    async fn list_organisations(
        &self,
        request: Request<pb::ListOrganisationsRequest>,
    ) -> Result<Response<pb::ListOrganisationsResponse>, Status> {
        let (_, message) = request::open(request);
        let words = self.0.vocabularies().await?;
        let mut violations = Violations::new();
        let wanted = wanted(&mut violations, &words, &message);
        let query = ["organisations", &message.filter, &message.order_by];
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &query);
        violations.check()?;
        let page = self.0.list_organisations(&wanted, &paging).await?;
        let page = page.map(|organisation| convert::organisation(&words, organisation));
        Ok(Response::new(pb::ListOrganisationsResponse { organisations: page.items, next_page_token: page.next }))
    }

    async fn create_organisation(
        &self,
        request: Request<pb::CreateOrganisationRequest>,
    ) -> Result<Response<pb::CreateOrganisationResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let (id, draft) = typed_create(&mut violations, &words, message);
        let Some(id) = id.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.create_organisation(&caller, id, draft, key).await?;
        let organisation = Some(convert::organisation(&words, written.value));
        Ok(Response::new(pb::CreateOrganisationResponse { organisation, sequence: written.sequence }))
    }

    async fn update_organisation(
        &self,
        request: Request<pb::UpdateOrganisationRequest>,
    ) -> Result<Response<pb::UpdateOrganisationResponse>, Status> {
        let (caller, message) = request::open(request);
        let words = self.0.vocabularies().await?;
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let update = typed_update(&mut violations, &words, message);
        let Some(update) = update.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.update_organisation(&caller, update, key).await?;
        let organisation = Some(convert::organisation(&words, written.value));
        Ok(Response::new(pb::UpdateOrganisationResponse { organisation, sequence: written.sequence }))
    }

    async fn import_organisations(
        &self,
        request: Request<pb::ImportOrganisationsRequest>,
    ) -> Result<Response<pb::ImportOrganisationsResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        violations.check()?;
        let written = self.0.import_organisations(&caller, &message.csv, message.validate_only, key).await?;
        let verdicts = written.value.verdicts.into_iter().map(convert::verdict).collect();
        Ok(Response::new(pb::ImportOrganisationsResponse { verdicts, sequence: written.sequence }))
    }

    async fn record_succession(
        &self,
        request: Request<pb::RecordSuccessionRequest>,
    ) -> Result<Response<pb::RecordSuccessionResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let succession = typed_succession(&mut violations, message.succession.unwrap_or_default());
        let Some(succession) = succession.filter(|_| violations.is_empty()) else {
            return Err(violations.refuse().into());
        };
        let written = self.0.record_succession(&caller, succession, key).await?;
        let predecessor = Some(convert::organisation(&self.0.vocabularies().await?, written.value));
        Ok(Response::new(pb::RecordSuccessionResponse { predecessor, sequence: written.sequence }))
    }
}

fn wanted(violations: &mut Violations, words: &Vocabularies, message: &pb::ListOrganisationsRequest) -> Wanted {
    let mut wanted = Wanted::default();
    match message.order_by.as_str() {
        "" | "display_name" => {}
        "code" => wanted.by_code = true,
        _ => violations.add("order_by", "must be display_name or code"),
    }
    wanted.day = Some(words.today());
    for condition in filter::parse_once(violations, &message.filter, &FILTERS) {
        let value = condition.value;
        // Words that a vocabulary does not have may stand in rows as they are.
        let loosely = |vocabulary: Vocabulary| words.wanted(vocabulary, &value).unwrap_or_else(|_| vec![value.clone()]);
        let mut strictly = |vocabulary: Vocabulary| {
            words.wanted(vocabulary, &value).unwrap_or_else(|_| {
                let choices = words.choices(vocabulary).join(", ");
                violations.add("filter", format!("{} is one of {choices}", condition.field));
                Vec::new()
            })
        };
        match condition.field {
            "region" => wanted.regions = loosely(Vocabulary::Region),
            "country" => wanted.country = Some(value),
            "epr_supplier" => wanted.suppliers = loosely(Vocabulary::EprSupplier),
            "epr_product" => wanted.products = loosely(Vocabulary::EprProduct),
            "care_setting" => wanted.care_settings = strictly(Vocabulary::CareSetting),
            "size_band" => wanted.size_bands = strictly(Vocabulary::SizeBand),
            "type" => wanted.types = strictly(Vocabulary::OrganisationType),
            "offers" => wanted.offers = topic(violations, words, condition.field, &value),
            "seeks" => wanted.seeks = topic(violations, words, condition.field, &value),
            _ => match value.as_str() {
                "open" => wanted.open = Some((true, words.today())),
                "closed" => wanted.open = Some((false, words.today())),
                _ => violations.add("filter", "status is open or closed"),
            },
        }
    }
    wanted
}

/// The slugs of a topic: a strategic one, or a kind of project.
fn topic(violations: &mut Violations, words: &Vocabularies, field: &str, typed: &str) -> Vec<String> {
    let strategic = words.wanted(Vocabulary::StrategicTopic, typed);
    strategic.or_else(|_| words.wanted(Vocabulary::ProjectType, typed)).unwrap_or_else(|_| {
        violations.add("filter", format!("{field} is a strategic topic or a project type"));
        Vec::new()
    })
}

fn typed_create(
    violations: &mut Violations,
    words: &Vocabularies,
    message: pb::CreateOrganisationRequest,
) -> (Option<OrganisationId>, Draft) {
    let id = violations.take("organisation_id", OrganisationId::from_code(&message.organisation_id));
    let id = id.filter(|id| {
        if !id.is_own() {
            violations
                .add("organisation_id", "looks like an ODS code; those come by import, own ids look like US-STANFORD");
        }
        id.is_own()
    });
    let organisation = message.organisation.unwrap_or_default();
    let country = id.as_ref().map(|id| id.code()[..2].to_owned()).unwrap_or_default();
    if !organisation.country.is_empty() && organisation.country != country {
        let country = parse_country(violations, "organisation.country", &organisation.country);
        violations.add("organisation.country", format!("{country} is not the country that the id begins with"));
    }
    let typed = organisation.profile.unwrap_or_default();
    let update = convert::profile::typed_profile(violations, words, &typed, |_| true);
    let source = violations.text("organisation.source", &organisation.source, 0..=500);
    let draft = Draft {
        display_name: violations.text("organisation.display_name", &organisation.display_name, 1..=200),
        country,
        profile: Profile::default().updated(update, words.today(), &source),
        open_date: None,
        close_date: None,
        source,
    };
    (id, draft)
}

fn typed_update(
    violations: &mut Violations,
    words: &Vocabularies,
    message: pb::UpdateOrganisationRequest,
) -> Option<Update> {
    let organisation = message.organisation.unwrap_or_default();
    let id = violations.take("organisation.name", OrganisationId::parse(&organisation.name));
    let expected = Expected::parse(violations, &organisation.etag);
    let (mut display_name, mut source) = (None, None);
    let paths = message.update_mask.unwrap_or_default().paths;
    if paths.is_empty() {
        violations.add("update_mask", "names no field");
    }
    for path in &paths {
        match path.as_str() {
            "display_name" => {
                let name = violations.text("organisation.display_name", &organisation.display_name, 1..=200);
                display_name = Some(name);
            }
            "source" => source = Some(violations.text("organisation.source", &organisation.source, 0..=500)),
            "profile" => {}
            path if path.strip_prefix("profile.").is_some_and(|field| PROFILE.contains(&field)) => {}
            unknown => {
                violations.add("update_mask", format!("names {unknown:?}, which is no field that can be changed"));
            }
        }
    }
    let takes =
        |field: &str| paths.iter().any(|path| path == "profile" || path.strip_prefix("profile.") == Some(field));
    let typed = organisation.profile.unwrap_or_default();
    let profile = convert::profile::typed_profile(violations, words, &typed, takes);
    id.map(|id| Update { id, display_name, source, profile, expected })
}

fn typed_succession(violations: &mut Violations, succession: pb::Succession) -> Option<Succession> {
    let predecessor = violations.take("succession.predecessor", OrganisationId::parse(&succession.predecessor));
    let successor = violations.take("succession.successor", OrganisationId::parse(&succession.successor));
    let date = day::required(violations, "succession.date", &succession.date);
    let source = violations.text("succession.source", &succession.source, 0..=500);
    Some(Succession { predecessor: predecessor?, successor: successor?, date: date?, source })
}
