//! Server-rendered pages; they call the services, never a store. Complete without a script: there is none.

mod adoption;
mod api;
mod artefacts;
mod assets;
mod blueprint;
mod card;
mod cohort;
mod comment;
mod compare;
mod credentials;
mod difference;
mod draft;
mod fault;
mod follow;
mod frame;
mod headers;
mod home;
mod inbox;
mod introduction;
mod marks;
mod network;
mod organisation;
mod pages;
mod pairing;
mod params;
mod partners;
mod people;
mod picture;
mod record;
mod review;
mod round;
mod search;
mod session;
mod status;
mod steps;
mod unsubscribe;
mod visit;
mod wanted;
mod words;

#[cfg(test)]
mod tests;

pub use frame::refusal;
pub use pages::{Pages, router};
