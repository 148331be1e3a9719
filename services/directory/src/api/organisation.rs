//! `OrganisationService`.

use exemplar_kernel::etag::Expected;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{OrganisationId, Paging, Violations, day, filter, request};
use exemplar_proto::directory::v1 as pb;
use exemplar_proto::directory::v1::organisation_service_server::OrganisationService;
use tonic::{Request, Response, Status};

use super::{Api, convert};
use crate::model::import::parse_country;
use crate::model::organisation::{Draft, Profile, Succession};
use crate::model::vocabulary::{Vocabularies, Vocabulary};
use crate::service::organisations::{ProfileUpdate, Update};
use crate::store::organisations::Wanted;

/// The fields that a list of organisations can be filtered by.
const FILTERS: [&str; 6] = ["region", "care_setting", "epr_supplier", "epr_product", "country", "status"];

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
        let update = typed_update(&mut violations, message);
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
    for condition in filter::parse_once(violations, &message.filter, &FILTERS) {
        let value = Some(condition.value.clone());
        match condition.field {
            "region" => wanted.region = value,
            "country" => wanted.country = value,
            "epr_supplier" => wanted.epr_supplier = value,
            "epr_product" => wanted.epr_product = value,
            "care_setting" => match words.wanted(Vocabulary::CareSetting, &condition.value) {
                Ok(slugs) => wanted.care_settings = slugs,
                Err(_) => {
                    let choices = words.choices(Vocabulary::CareSetting).join(", ");
                    violations.add("filter", format!("care_setting is one of {choices}"));
                }
            },
            _ => match condition.value.as_str() {
                "open" => wanted.open = Some((true, words.today())),
                "closed" => wanted.open = Some((false, words.today())),
                _ => violations.add("filter", "status is open or closed"),
            },
        }
    }
    wanted
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
    let typed = convert::typed_profile(organisation.profile);
    let draft = Draft {
        display_name: violations.text("organisation.display_name", &organisation.display_name, 1..=200),
        country,
        profile: Profile::parse(violations, words, "organisation.profile", &typed),
        open_date: None,
        close_date: None,
        source: violations.text("organisation.source", &organisation.source, 0..=500),
    };
    (id, draft)
}

fn typed_update(violations: &mut Violations, message: pb::UpdateOrganisationRequest) -> Option<Update> {
    let organisation = message.organisation.unwrap_or_default();
    let id = violations.take("organisation.name", OrganisationId::parse(&organisation.name));
    let expected = Expected::parse(violations, &organisation.etag);
    let typed = convert::typed_profile(organisation.profile);
    let (mut display_name, mut source, mut profile) = (None, None, ProfileUpdate::default());
    let paths = message.update_mask.unwrap_or_default().paths;
    if paths.is_empty() {
        violations.add("update_mask", "names no field");
    }
    for path in &paths {
        let whole = path == "profile";
        match path.as_str() {
            "display_name" => {
                let name = violations.text("organisation.display_name", &organisation.display_name, 1..=200);
                display_name = Some(name);
            }
            "source" => source = Some(violations.text("organisation.source", &organisation.source, 0..=500)),
            "profile"
            | "profile.region"
            | "profile.care_settings"
            | "profile.epr_supplier"
            | "profile.epr_product"
            | "profile.epr_version" => {
                let take = |field: &str| whole || *path == format!("profile.{field}");
                take("region").then(|| profile.region = Some(typed.region.clone()));
                take("care_settings").then(|| profile.care_settings = Some(typed.care_settings.clone()));
                take("epr_supplier").then(|| profile.epr_supplier = Some(typed.epr_supplier.clone()));
                take("epr_product").then(|| profile.epr_product = Some(typed.epr_product.clone()));
                take("epr_version").then(|| profile.epr_version = Some(typed.epr_version.clone()));
            }
            unknown => {
                violations.add("update_mask", format!("names {unknown:?}, which is no field that can be changed"))
            }
        }
    }
    id.map(|id| Update { id, display_name, source, profile, expected })
}

fn typed_succession(violations: &mut Violations, succession: pb::Succession) -> Option<Succession> {
    let predecessor = violations.take("succession.predecessor", OrganisationId::parse(&succession.predecessor));
    let successor = violations.take("succession.successor", OrganisationId::parse(&succession.successor));
    let date = day::required(violations, "succession.date", &succession.date);
    let source = violations.text("succession.source", &succession.source, 0..=500);
    Some(Succession { predecessor: predecessor?, successor: successor?, date: date?, source })
}
