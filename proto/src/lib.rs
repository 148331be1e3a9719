//! The API, generated from the .proto files beside it: messages, clients and servers of every context.
#![expect(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated; its documentation is in the .proto files"
)]

/// `exemplar.directory`: who, and in which words.
pub mod directory {
    pub mod v1 {
        tonic::include_proto!("exemplar.directory.v1");
    }
}

/// `exemplar.network`: who is paired with whom.
pub mod network {
    pub mod v1 {
        tonic::include_proto!("exemplar.network.v1");
    }
}

/// `exemplar.blueprints`: guidance, and finding it.
pub mod blueprints {
    pub mod v1 {
        tonic::include_proto!("exemplar.blueprints.v1");
    }
}

/// `exemplar.academy`: the record of training.
pub mod academy {
    pub mod v1 {
        tonic::include_proto!("exemplar.academy.v1");
    }
}

/// `exemplar.inbox`: what waits for a person.
pub mod inbox {
    pub mod v1 {
        tonic::include_proto!("exemplar.inbox.v1");
    }
}

/// The encoded `FileDescriptorSet` of the whole API, comments included, for reflection and for the tests of its rules.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
