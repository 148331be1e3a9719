//! A certificate to be printed.

use askama::Template;
use exemplar_kernel::day;

use crate::Error;
use crate::model::badge::Issuer;
use crate::model::qualification::QualificationState;
use crate::service::credentials::Qualified;

/// One page that needs nothing else: no script, no picture, no style of another address.
#[derive(Template)]
#[template(path = "certificate.html")]
struct Certificate<'a> {
    issuer: &'a str,
    name: &'a str,
    title: &'a str,
    credits: i32,
    awarded: String,
    until: Option<String>,
    code: String,
    check: String,
}

/// The certificate of an awarded qualification.
pub(super) fn of(qualified: &Qualified, issuer: &Issuer) -> Result<String, Error> {
    let Qualified { qualification, credential } = qualified;
    let refused = || Error::QualificationState { qualification: qualification.id, state: qualification.state };
    let awarded = qualification.decided.filter(|_| qualification.state == QualificationState::Awarded);
    let (awarded, credential) = awarded.zip(credential.as_ref()).ok_or_else(refused)?;
    let page = Certificate {
        issuer: &issuer.name,
        name: &qualification.learner_name,
        title: &qualification.title,
        credits: qualification.credits,
        awarded: day::in_words(awarded.date()),
        until: qualification.valid_until.map(day::in_words),
        code: credential.code.to_string(),
        check: issuer.check_address(&credential.code),
    };
    page.render().map_err(|error| exemplar_kernel::Error::Inconsistent(format!("a certificate: {error}")).into())
}
