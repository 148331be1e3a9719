//! The command line: a pure client of the API
