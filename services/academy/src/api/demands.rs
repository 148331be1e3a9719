//! What a curriculum demands, in protobuf.

use exemplar_kernel::Violations;
use exemplar_proto::academy::v1 as pb;

use super::words;
use crate::model::assessment::Assessment;
use crate::model::demands::{AttendanceRule, Demands, LateRule, PlannedSession, RequiredArtefact};
use crate::model::session::SessionKind;

pub(super) fn assessment(assessment: Assessment) -> pb::Assessment {
    let Assessment { code, title, weight, pass_mark, attempts, due_week, second_marked } = assessment;
    pb::Assessment { code, title, weight, pass_mark, attempts, due_week, second_marked }
}

pub(super) fn typed_assessment(assessment: pb::Assessment) -> Assessment {
    let pb::Assessment { code, title, weight, pass_mark, attempts, due_week, second_marked } = assessment;
    Assessment { code, title, weight, pass_mark, attempts, due_week, second_marked }
}

pub(super) fn session(session: PlannedSession) -> pb::PlannedSession {
    let PlannedSession { code, title, module, kind, week, minutes } = session;
    let kind = pb::TeachingSessionKind::from(kind).into();
    pb::PlannedSession { code, title, module, kind, week, duration_minutes: minutes }
}

pub(super) fn rule(rule: AttendanceRule) -> pb::AttendanceRule {
    let kind = rule.kind.map_or(pb::TeachingSessionKind::Unspecified, pb::TeachingSessionKind::from);
    let AttendanceRule { minimum_percent, allowance, .. } = rule;
    pb::AttendanceRule { kind: kind.into(), minimum_percent, allowance }
}

pub(super) fn artefact(required: RequiredArtefact) -> pb::RequiredArtefact {
    let RequiredArtefact { artefact, due_week } = required;
    pb::RequiredArtefact { kind: pb::ArtefactKind::from(artefact).into(), due_week }
}

pub(super) fn late(late: LateRule) -> pb::LateRule {
    let LateRule { points_per_day, most_days } = late;
    pb::LateRule { points_per_day, most_days }
}

/// The demands as they were typed; what they say is checked by the model.
pub(super) fn typed(violations: &mut Violations, path: &str, curriculum: &pb::Curriculum) -> Demands {
    let mut demands = Demands::default();
    for (i, typed) in curriculum.sessions.iter().enumerate() {
        let kind = words::required(violations, &format!("{path}.sessions[{i}].kind"), typed.kind);
        let pb::PlannedSession { code, title, module, week, duration_minutes: minutes, .. } = typed.clone();
        let kind = kind.unwrap_or(SessionKind::Class);
        demands.sessions.push(PlannedSession { code, title, module, kind, week, minutes });
    }
    for (i, typed) in curriculum.attendance_rules.iter().enumerate() {
        let kind = words::optional(violations, &format!("{path}.attendance_rules[{i}].kind"), typed.kind);
        let pb::AttendanceRule { minimum_percent, allowance, .. } = *typed;
        demands.attendance.push(AttendanceRule { kind, minimum_percent, allowance });
    }
    for (i, typed) in curriculum.artefacts.iter().enumerate() {
        if let Some(artefact) = words::required(violations, &format!("{path}.artefacts[{i}].kind"), typed.kind) {
            demands.artefacts.push(RequiredArtefact { artefact, due_week: typed.due_week });
        }
    }
    let rule = |late: pb::LateRule| LateRule { points_per_day: late.points_per_day, most_days: late.most_days };
    demands.late = curriculum.late_rule.map(rule);
    demands
}
