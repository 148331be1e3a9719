//! The pure model, by table and by property.
