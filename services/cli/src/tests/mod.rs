//! What can be proved without a server: names, words, drafts, JSON, sessions, addresses, errors and the command line.

mod calls;
mod command_line;
mod drafts;
mod errors;
mod files;
mod json;
mod names;
mod sessions;
