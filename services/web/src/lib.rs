//! Server-rendered pages; they call the services, never a store
