//! App::build puts every crate together; the exemplar binary runs it
