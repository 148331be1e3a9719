//! The command line: a pure client of the API.
//!
//! Data goes to stdout, all else to stderr. People get tables; `--json` gives one document of the answer. The exit code
//! is 0 when all went well, 1 when the service refused, 2 when the command was wrong, 3 when nobody answered.

mod client;
pub mod command;
mod draft;
mod error;
mod input;
mod json;
mod names;
mod options;
mod output;
mod page;
mod server;
mod session;
mod table;
#[cfg(test)]
mod tests;
mod words;

use std::process::ExitCode;

pub use command::Command;
pub use options::Options;

use client::Client;
use error::Error;
use output::Output;

/// What every command works with.
pub(crate) struct Context {
    client: Client,
    output: Output,
}

/// Runs one command of the client and says how it went.
pub async fn run(command: Command, options: Options) -> ExitCode {
    match attempt(command, &options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            error.exit_code()
        }
    }
}

async fn attempt(command: Command, options: &Options) -> Result<(), Error> {
    let context = Context { client: Client::new(options)?, output: Output::new(options.json) };
    Box::pin(command.run(&context)).await
}
