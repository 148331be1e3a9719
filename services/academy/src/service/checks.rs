//! What strangers ask: whether a credential holds, who issues, what was taken back.

use serde_json::Value;
use time::Date;

use super::Academy;
use crate::Error;
use crate::model::badge::{Issuer, STATUS_TYPE, id_of};
use crate::model::credential::{Code, CredentialStatus, Shown};
use crate::store::{credentials, qualifications};

/// How a stranger names a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckBy {
    /// By its code.
    Code(Code),
    /// By the credential itself.
    Document(String),
}

/// What a stranger is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whether it holds.
    pub status: CredentialStatus,
    /// What the holder is called, if they show it.
    pub name: Option<String>,
    /// The title, if they show it.
    pub title: Option<String>,
    /// The day of the award, if they show it.
    pub date: Option<Date>,
    /// What the employer is called, if they show it.
    pub organisation: Option<String>,
}

impl Academy {
    /// Whether a credential holds, and what its holder agreed to show. Anyone may ask.
    pub async fn check_credential(&self, by: CheckBy) -> Result<Checked, Error> {
        let db = self.db.read();
        let found = match by {
            CheckBy::Code(code) => credentials::by_code(db, &code).await?,
            CheckBy::Document(document) => match id_of(&document) {
                Some(id) => credentials::by_id(db, id).await?.filter(|found| found.is(&document)),
                None => None,
            },
        };
        let credential = found.ok_or(Error::CredentialNotFound)?;
        let status = credential.status(self.db.clock().now());
        let id = credential.qualification;
        let earned = qualifications::find(db, None, id).await?.ok_or(Error::QualificationNotFound(id))?;
        let shows = |what: Shown| credential.shown.contains(&what);
        let organisation = if shows(Shown::Organisation) {
            Some(self.directory.organisation(&earned.organisation).await?.organisation.display_name)
        } else {
            None
        };
        Ok(Checked {
            status,
            name: shows(Shown::Name).then_some(earned.learner_name),
            title: shows(Shown::Title).then_some(earned.title),
            date: earned.decided.filter(|_| shows(Shown::Date)).map(exemplar_kernel::Timestamp::date),
            organisation,
        })
    }

    /// Who issues credentials.
    pub fn issuer(&self) -> &Issuer {
        &self.issuing.issuer
    }

    /// The issuer's document (DID Core 1.0), with the keys that verify its credentials.
    pub fn did_document(&self) -> Value {
        self.issuing.issuer.did_document(self.issuing.keys.published())
    }

    /// The issuer's keys as a set (RFC 7517).
    pub fn key_set(&self) -> Value {
        Issuer::key_set(self.issuing.keys.published())
    }

    /// The signed list of what was taken back (Bitstring Status List 1.0).
    pub async fn status_list(&self) -> Result<String, Error> {
        let revoked = credentials::revoked(self.db.read()).await?;
        let (issuer, keys) = (&self.issuing.issuer, &self.issuing.keys);
        let document = issuer.status_document(&revoked, self.db.clock().now());
        Ok(keys.sign(STATUS_TYPE, &issuer.key_prefix(), &document)?)
    }
}
