//! The world that the end-to-end tests live in
