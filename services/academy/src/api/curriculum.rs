//! `CurriculumService`.

use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Paging, Violations, request};
use exemplar_proto::academy::v1 as pb;
use exemplar_proto::academy::v1::curriculum_service_server::CurriculumService;
use tonic::{Request, Response, Status};

use super::{Api, convert, demands};
use crate::model::competency::{COMPETENCIES, Competency};
use crate::model::curriculum::{CreateCurriculum, CurriculumCode, CurriculumName, Module};
use crate::model::demands::Demands;

#[tonic::async_trait]
impl CurriculumService for Api {
    async fn create_curriculum(
        &self,
        request: Request<pb::CreateCurriculumRequest>,
    ) -> Result<Response<pb::CreateCurriculumResponse>, Status> {
        let (caller, message) = request::open(request);
        let mut violations = Violations::new();
        let key = RequestKey::parse(&mut violations, &message.request_id, &message);
        let create = typed_create(&mut violations, message.curriculum.unwrap_or_default());
        let Some(create) = create.filter(|_| violations.is_empty()) else { return Err(violations.refuse().into()) };
        let written = self.0.create_curriculum(&caller, create, key).await?;
        let curriculum = Some(convert::curriculum(written.value));
        Ok(Response::new(pb::CreateCurriculumResponse { curriculum, sequence: written.sequence }))
    }

    async fn get_curriculum(
        &self,
        request: Request<pb::GetCurriculumRequest>,
    ) -> Result<Response<pb::GetCurriculumResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let name = violations.take("name", CurriculumName::parse(&message.name));
        let Some(name) = name else { return Err(violations.refuse().into()) };
        let curriculum = convert::curriculum(self.0.curriculum(&name).await?);
        Ok(Response::new(pb::GetCurriculumResponse { curriculum: Some(curriculum) }))
    }

    async fn list_curricula(
        &self,
        request: Request<pb::ListCurriculaRequest>,
    ) -> Result<Response<pb::ListCurriculaResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["curricula"]);
        violations.check()?;
        let page = self.0.list_curricula(&paging).await?.map(convert::curriculum);
        Ok(Response::new(pb::ListCurriculaResponse { curricula: page.items, next_page_token: page.next }))
    }

    async fn list_competencies(
        &self,
        request: Request<pb::ListCompetenciesRequest>,
    ) -> Result<Response<pb::ListCompetenciesResponse>, Status> {
        let (_, message) = request::open(request);
        let mut violations = Violations::new();
        let paging = Paging::parse(&mut violations, message.page_size, &message.page_token, &["competencies"]);
        violations.check()?;
        let after = paging.after.first();
        let rest = COMPETENCIES.iter().skip_while(|one| after.is_some_and(|after| one.code != after));
        let rest = rest.skip(usize::from(after.is_some()));
        let rows: Vec<_> = rest.take(usize::try_from(paging.fetch()).unwrap_or(usize::MAX)).collect();
        let page = paging.page(rows, |last| vec![last.code.to_owned()]).map(competency);
        Ok(Response::new(pb::ListCompetenciesResponse { competencies: page.items, next_page_token: page.next }))
    }
}

fn competency(one: &Competency) -> pb::Competency {
    let Competency { code, title, framework, confirmed, source } = *one;
    let [code, title, framework, source] = [code, title, framework, source].map(str::to_owned);
    pb::Competency { code, title, framework, confirmed, source }
}

fn typed_create(violations: &mut Violations, curriculum: pb::Curriculum) -> Option<CreateCurriculum> {
    let typed = demands::typed(violations, "curriculum", &curriculum);
    let code = violations.take("curriculum.code", CurriculumCode::from_code(&curriculum.code));
    let title = violations.text("curriculum.title", &curriculum.title, 1..=200);
    let modules: Vec<_> = curriculum.modules.into_iter().map(convert::typed_module).collect();
    let modules = Module::parse_all(violations, "curriculum.modules", &modules);
    let demands = Demands::parse(violations, "curriculum", typed, &modules);
    let source = violations.text("curriculum.source", &curriculum.source, 0..=500);
    Some(CreateCurriculum { code: code?, title, modules, demands, source })
}
