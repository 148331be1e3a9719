//! The words of the model in protobuf.

use exemplar_kernel::Etag;
use exemplar_proto::academy::v1 as pb;
use time::Date;

use super::demands;
use crate::model::attendance::{AttendanceEntry, Figures};
use crate::model::cohort::{Cohort, CohortStaff};
use crate::model::curriculum::{Curriculum, Module};
use crate::model::enrolment::{EnrolmentEvent, EnrolmentId};
use crate::model::result::Mark;
use crate::model::session::TeachingSession;
use crate::model::standing::Requirement;
use crate::service::enrolments::Employed;
use crate::service::records::{JudgedResult, Learner};

/// A mark or a part where there is none.
pub(super) const NONE: i32 = -1;

pub(super) fn day(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

pub(super) fn curriculum(curriculum: Curriculum) -> pb::Curriculum {
    let demands = curriculum.demands;
    pb::Curriculum {
        name: curriculum.id.to_string(),
        code: curriculum.id.code.code().to_owned(),
        revision: curriculum.id.number,
        title: curriculum.title,
        modules: curriculum.modules.into_iter().map(module).collect(),
        source: curriculum.source,
        sessions: demands.sessions.into_iter().map(demands::session).collect(),
        attendance_rules: demands.attendance.into_iter().map(demands::rule).collect(),
        artefacts: demands.artefacts.into_iter().map(demands::artefact).collect(),
        late_rule: demands.late.map(demands::late),
    }
}

fn module(module: Module) -> pb::Module {
    let Module { code, title, credits, pass_mark, attempts, due_week, assessments, competencies } = module;
    let assessments = assessments.into_iter().map(demands::assessment).collect();
    pb::Module { code, title, credits, pass_mark, attempts, due_week, assessments, competencies }
}

pub(super) fn typed_module(module: pb::Module) -> Module {
    let pb::Module { code, title, credits, pass_mark, attempts, due_week, assessments, competencies } = module;
    let assessments = assessments.into_iter().map(demands::typed_assessment).collect();
    Module { code, title, credits, pass_mark, attempts, due_week, assessments, competencies }
}

pub(super) fn cohort(cohort: Cohort) -> pb::Cohort {
    let settings = cohort.settings;
    pb::Cohort {
        name: cohort.id.to_string(),
        title: cohort.title,
        curriculum: cohort.curriculum.to_string(),
        start_date: cohort.start_date.to_string(),
        places: cohort.places,
        enrolled: cohort.enrolled,
        end_date: day(settings.end_date),
        applications_open_date: day(settings.applications_open),
        applications_close_date: day(settings.applications_close),
        automatic_score: settings.automatic_score,
        network_first: settings.network_first,
        etag: Etag::of(cohort.version).to_string(),
    }
}

pub(super) fn staff(staff: CohortStaff) -> pb::CohortStaff {
    let role = pb::CohortRole::from(staff.role).into();
    pb::CohortStaff { person: staff.person.to_string(), display_name: staff.name, role }
}

pub(super) fn session(session: TeachingSession) -> pb::TeachingSession {
    let TeachingSession { code, title, module, kind, date, start_minute, minutes, venue, tutor, .. } = session;
    let kind = pb::TeachingSessionKind::from(kind).into();
    let date = date.to_string();
    pb::TeachingSession { code, title, module, kind, date, start_minute, duration_minutes: minutes, venue, tutor }
}

pub(super) fn enrolment((enrolment, employers): Employed) -> pb::Enrolment {
    pb::Enrolment {
        name: enrolment.id.to_string(),
        cohort: enrolment.cohort.to_string(),
        learner: enrolment.learner.to_string(),
        learner_display_name: enrolment.learner_name,
        organisation: enrolment.organisation.to_string(),
        enrol_time: Some(enrolment.enrolled.into()),
        state: pb::EnrolmentState::from(enrolment.state).into(),
        state_date: day(enrolment.state_date),
        state_reason: enrolment.state_reason,
        sponsor: enrolment.sponsor.map(|sponsor| sponsor.to_string()).unwrap_or_default(),
        current_organisations: employers.iter().map(ToString::to_string).collect(),
        continues: enrolment.continues.map(|continues: EnrolmentId| continues.to_string()).unwrap_or_default(),
    }
}

pub(super) fn event(event: EnrolmentEvent) -> pb::EnrolmentEvent {
    pb::EnrolmentEvent {
        state: pb::EnrolmentState::from(event.state).into(),
        date: event.date.to_string(),
        reason: event.reason,
        record_time: Some(event.recorded.into()),
    }
}

pub(super) fn result(result: JudgedResult) -> pb::Result {
    let JudgedResult { entry, passed } = result;
    pb::Result {
        name: entry.id.to_string(),
        enrolment: entry.enrolment.to_string(),
        module: entry.module.clone(),
        attempt: entry.attempt.number(),
        mark: entry.mark.percent(),
        passed,
        date: entry.date.to_string(),
        correction: entry.correction.clone().unwrap_or_default(),
        record_time: Some(entry.recorded.into()),
        assessment: entry.assessment.clone(),
        second_mark: entry.second.map_or(NONE, |second| second.mark.percent()),
        agreed_mark: entry.agreed().percent(),
        moderation: entry.moderated.map(|moderated| moderated.note).unwrap_or_default(),
        released: entry.released.is_some(),
        batch: entry.batch.map(|batch| batch.to_string()).unwrap_or_default(),
    }
}

pub(super) fn attendance((held, entry): (TeachingSession, AttendanceEntry)) -> pb::Attendance {
    pb::Attendance {
        session: Some(session(held)),
        presence: entry.presence.map_or(pb::Presence::Unspecified, pb::Presence::from).into(),
        note: entry.note,
        entries: entry.entry,
        record_time: Some(entry.recorded.into()),
    }
}

pub(super) fn learner(learner: Learner) -> pb::LearnerStanding {
    let Learner { enrolment, standing } = learner;
    pb::LearnerStanding {
        enrolment: enrolment.id.to_string(),
        learner_display_name: enrolment.learner_name,
        organisation: enrolment.organisation.to_string(),
        standing: pb::Standing::from(standing.standing).into(),
        credits: standing.credits,
        credits_total: standing.credits_total,
        requirements: standing.requirements.into_iter().map(requirement).collect(),
        attendance: Some(figures(standing.attendance)),
        state: pb::EnrolmentState::from(enrolment.state).into(),
    }
}

fn figures(figures: Figures) -> pb::AttendanceFigures {
    pb::AttendanceFigures {
        attended: figures.attended,
        recorded: figures.recorded,
        total: figures.total,
        to_date_percent: figures.to_date().unwrap_or(NONE),
        over_all_percent: figures.over_all().unwrap_or(NONE),
        best_possible_percent: figures.best_possible().unwrap_or(NONE),
    }
}

fn requirement(requirement: Requirement) -> pb::Requirement {
    pb::Requirement {
        module: requirement.subject,
        state: pb::RequirementState::from(requirement.state).into(),
        reason: requirement.reason,
        best_mark: requirement.best_mark.map_or(NONE, Mark::percent),
        attempts_made: requirement.attempts_made,
        due_date: day(requirement.due_date),
        kind: pb::RequirementKind::from(requirement.kind).into(),
        overridden: requirement.overridden,
    }
}
