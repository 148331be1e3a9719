//! The words of the model in protobuf.

use exemplar_proto::academy::v1 as pb;

use crate::model::cohort::Cohort;
use crate::model::curriculum::{Curriculum, Module};
use crate::model::enrolment::Enrolment;
use crate::model::result::Mark;
use crate::model::standing::{Requirement, RequirementState, Standing};
use crate::service::records::{JudgedResult, Learner};

/// The best mark where there is none.
const NO_MARK: i32 = -1;

pub(super) fn curriculum(curriculum: Curriculum) -> pb::Curriculum {
    pb::Curriculum {
        name: curriculum.id.to_string(),
        code: curriculum.id.code.code().to_owned(),
        revision: curriculum.id.number,
        title: curriculum.title,
        modules: curriculum.modules.into_iter().map(module).collect(),
        source: curriculum.source,
    }
}

fn module(module: Module) -> pb::Module {
    let Module { code, title, credits, pass_mark, attempts, due_week } = module;
    pb::Module { code, title, credits, pass_mark, attempts, due_week }
}

pub(super) fn typed_module(module: pb::Module) -> Module {
    let pb::Module { code, title, credits, pass_mark, attempts, due_week } = module;
    Module { code, title, credits, pass_mark, attempts, due_week }
}

pub(super) fn cohort(cohort: Cohort) -> pb::Cohort {
    pb::Cohort {
        name: cohort.id.to_string(),
        title: cohort.title,
        curriculum: cohort.curriculum.to_string(),
        start_date: cohort.start_date.to_string(),
        places: cohort.places,
        enrolled: cohort.enrolled,
    }
}

pub(super) fn enrolment(enrolment: Enrolment) -> pb::Enrolment {
    pb::Enrolment {
        name: enrolment.id.to_string(),
        cohort: enrolment.cohort.to_string(),
        learner: enrolment.learner.to_string(),
        learner_display_name: enrolment.learner_name,
        organisation: enrolment.organisation.to_string(),
        enrol_time: Some(enrolment.enrolled.into()),
    }
}

pub(super) fn result(result: JudgedResult) -> pb::Result {
    let JudgedResult { entry, passed } = result;
    pb::Result {
        name: entry.id.to_string(),
        enrolment: entry.enrolment.to_string(),
        module: entry.module,
        attempt: entry.attempt.number(),
        mark: entry.mark.percent(),
        passed,
        date: entry.date.to_string(),
        correction: entry.correction.unwrap_or_default(),
        record_time: Some(entry.recorded.into()),
    }
}

pub(super) fn learner(learner: Learner) -> pb::LearnerStanding {
    let Learner { enrolment, standing } = learner;
    let wire = match standing.standing {
        Standing::Complete => pb::Standing::Complete,
        Standing::OnTrack => pb::Standing::OnTrack,
        Standing::AtRisk => pb::Standing::AtRisk,
        Standing::Behind => pb::Standing::Behind,
        Standing::CannotComplete => pb::Standing::CannotComplete,
    };
    pb::LearnerStanding {
        enrolment: enrolment.id.to_string(),
        learner_display_name: enrolment.learner_name,
        organisation: enrolment.organisation.to_string(),
        standing: wire.into(),
        credits: standing.credits,
        credits_total: standing.credits_total,
        requirements: standing.requirements.into_iter().map(requirement).collect(),
    }
}

fn requirement(requirement: Requirement) -> pb::Requirement {
    let state = match requirement.state {
        RequirementState::Met => pb::RequirementState::Met,
        RequirementState::Open => pb::RequirementState::Open,
        RequirementState::AtRisk => pb::RequirementState::AtRisk,
        RequirementState::Overdue => pb::RequirementState::Overdue,
        RequirementState::Lost => pb::RequirementState::Lost,
    };
    pb::Requirement {
        module: requirement.module,
        state: state.into(),
        reason: requirement.reason,
        best_mark: requirement.best_mark.map_or(NO_MARK, Mark::percent),
        attempts_made: requirement.attempts_made,
        due_date: requirement.due_date.to_string(),
    }
}
