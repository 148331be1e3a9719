//! What waits for a person and how they are told.
//!
//! [`Inbox`] is the context's public face. Everything in it is derived from the journal: what an entry means for whom is
//! said by its own context ([`exemplar_kernel::notice`]), and the server hands all of these to [`Inbox::new`].

mod api;
mod error;
mod model;
mod personal;
mod post;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use api::inbox;
pub use error::Error;
pub use model::mail::{MailCadence, MailChoice};
pub use model::{Count, Item, ItemId, WantedItems};
pub use personal::PERSONAL;
pub use post::{Post, PostSettings};
pub use service::{Inbox, Mark};
