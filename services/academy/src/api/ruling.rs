//! Results, attendance and rulings as they are typed.

use exemplar_kernel::{Violations, day};
use exemplar_proto::academy::v1 as pb;

use super::{convert, words};
use crate::model::curriculum::MAX_MODULE_CODE;
use crate::model::enrolment::EnrolmentId;
use crate::model::result::{Attempt, Mark, RecordResult};
use crate::model::ruling::{Ruling, RulingKind};
use crate::model::session::MAX_CODE;
use crate::service::attendance::RecordAttendance;
use crate::service::rulings::Rule;

pub(super) fn typed_record(violations: &mut Violations, result: &pb::Result) -> Option<RecordResult> {
    let enrolment = violations.take("result.enrolment", EnrolmentId::parse(&result.enrolment));
    let module = violations.text("result.module", &result.module, 1..=MAX_MODULE_CODE);
    let assessment = violations.text("result.assessment", &result.assessment, 0..=MAX_MODULE_CODE);
    let attempt = violations.take("result.attempt", Attempt::new(result.attempt));
    let mark = violations.take("result.mark", Mark::new(result.mark));
    let date = day::required(violations, "result.date", &result.date);
    let correction = violations.text("result.correction", &result.correction, 0..=500);
    let correction = (!correction.is_empty()).then_some(correction);
    let (enrolment, attempt, mark, date) = (enrolment?, attempt?, mark?, date?);
    Some(RecordResult { enrolment, module, assessment, attempt, mark, date, correction })
}

pub(super) fn typed_attendance(
    violations: &mut Violations,
    message: &pb::RecordAttendanceRequest,
) -> Option<RecordAttendance> {
    let enrolment = violations.take("enrolment", EnrolmentId::parse(&message.enrolment));
    let session = violations.text("session", &message.session, 1..=MAX_CODE);
    let presence = words::required(violations, "presence", message.presence);
    let note = violations.text("note", &message.note, 0..=500);
    Some(RecordAttendance { enrolment: enrolment?, session, presence: presence?, note })
}

pub(super) fn typed_rule(violations: &mut Violations, enrolment: &str, ruling: pb::Ruling) -> Option<Rule> {
    let enrolment = violations.take("enrolment", EnrolmentId::parse(enrolment));
    let kind = words::required(violations, "ruling.kind", ruling.kind);
    if kind == Some(RulingKind::Carried) {
        violations.add("ruling.kind", "is carried by TransferEnrolment alone");
    }
    let subject = violations.text("ruling.subject", &ruling.subject, 1..=2 * MAX_MODULE_CODE + 1);
    let date = day::parse(violations, "ruling.date", &ruling.date);
    if kind == Some(RulingKind::Extension) && ruling.date.is_empty() && !ruling.withdrawn {
        violations.add("ruling.date", "is missing");
    }
    let reason = violations.text("ruling.reason", &ruling.reason, 1..=500);
    Some(Rule { enrolment: enrolment?, kind: kind?, subject, withdraw: ruling.withdrawn, date, reason })
}

pub(super) fn ruling(ruling: Ruling) -> pb::Ruling {
    pb::Ruling {
        kind: pb::RulingKind::from(ruling.kind).into(),
        subject: ruling.subject,
        withdrawn: ruling.void,
        date: convert::day(ruling.date),
        reason: ruling.reason,
        recorded_by: ruling.recorded_by_name,
        record_time: Some(ruling.recorded.into()),
    }
}
