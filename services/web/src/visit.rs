//! One request for a page: who asks, for what, and the services as they see them.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use exemplar_kernel::{OrganisationId, Principal, Role};
use http::request::Parts;
use http::{StatusCode, header};

use crate::api::Api;
use crate::fault::Fault;
use crate::frame::{Area, Frame};
use crate::pages::Pages;
use crate::params::Params;

/// A request for a page.
pub(crate) struct Visit {
    /// Who asks.
    pub(crate) caller: Arc<Principal>,
    /// The services as they see them.
    pub(crate) api: Api,
    /// What the address says.
    pub(crate) params: Params,
    /// The page's address, query included.
    pub(crate) address: String,
    pages: Pages,
}

impl Visit {
    /// What is around a page.
    pub(crate) fn frame(&self, title: &str, area: Area) -> Frame {
        Frame::new(title, area, &self.caller, &self.address)
    }

    /// Lets in those who have signed in; others are asked to, and come back.
    pub(crate) fn signed_in(&self) -> Result<(), Fault> {
        match self.caller.person {
            Some(_) => Ok(()),
            None => Err(Fault::new(StatusCode::UNAUTHORIZED, "Sign in first.")),
        }
    }

    /// The caller's organisations at which they hold a role.
    pub(crate) fn organisations(&self, role: Role) -> Vec<OrganisationId> {
        self.caller.organisations().filter(|organisation| self.caller.holds(role, organisation)).cloned().collect()
    }

    /// An id for a form, so that sending it twice does its work once.
    pub(crate) fn form_id(&self) -> String {
        exemplar_kernel::digest::hex(&self.pages.directory.chance().bytes::<16>())
    }

    /// Where the next page of a list is, at this address; empty on the last.
    pub(crate) fn next(&self, path: &str, token: &str) -> String {
        let next = self.params.without("after", None).with("after", token);
        if token.is_empty() { String::new() } else { format!("{path}{}", next.query()) }
    }

    /// The day it is.
    pub(crate) fn today(&self) -> time::Date {
        self.pages.directory.clock().now().date()
    }
}

impl FromRequestParts<Pages> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Self::Rejection> {
        let caller = Option::<Extension<Arc<Principal>>>::from_request_parts(parts, pages).await.ok().flatten();
        let caller = caller.map(|Extension(caller)| caller).unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default();
        let address = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        Ok(Self {
            api: Api::new(pages.services.clone(), Arc::clone(&caller)),
            params: Params::parse(query.as_bytes()),
            address,
            caller,
            pages: pages.clone(),
        })
    }
}

/// A form that was sent.
pub(crate) struct Form(pub(crate) Params);

impl FromRequest<Pages> for Form {
    type Rejection = Fault;

    async fn from_request(request: Request, pages: &Pages) -> Result<Self, Self::Rejection> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !kind.unwrap_or_default().starts_with("application/x-www-form-urlencoded") {
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "This address takes forms only."));
        }
        let body = Bytes::from_request(request, pages).await;
        let body = body.map_err(|_| Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "The form is too large."))?;
        Ok(Self(Params::parse(&body)))
    }
}
