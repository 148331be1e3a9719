//! `App::build` puts every crate together; the `exemplar` binary runs it, and the tests run the same.

pub mod app;
pub mod config;
mod deadline;
pub mod demo;
mod front;
mod links;
mod listen;
pub mod operate;
mod tasks;
pub mod telemetry;
mod whole;

pub use app::{App, Services};
pub use config::Config;
