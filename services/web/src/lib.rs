//! Server-rendered pages; they call the services, never a store.

mod artefacts;
mod credentials;
mod headers;
mod pages;
mod unsubscribe;
mod view;

pub use pages::{Pages, refusal, router};
