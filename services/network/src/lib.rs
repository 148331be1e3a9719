//! Who is paired with whom: designations, capacity, pairings
