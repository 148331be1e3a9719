//! Content: where it is kept, what is looked for in it before anybody gets it, and the text in it.
//!
//! Nothing here knows SQL, protobuf or blueprints.

pub(crate) mod extract;
pub(crate) mod inspect;
pub(crate) mod scan;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod zip;

pub use extract::{COMMAND as EXTRACT, extract_text};
pub use inspect::Limits;
pub use scan::Clamd;
pub use store::{Blobs, Place, S3};
