//! What an address or a form says: names and values, repeated as often as one likes.

use url::form_urlencoded::{Serializer, parse};

/// Names and values in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Those of a query or a form's body.
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(parse(text).into_owned().collect())
    }

    /// The first value of a name, without the space around it; empty when there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(there, _)| there == name).map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// Every value of a name that is not empty.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(there, value)| there == name && !value.trim().is_empty());
        values.map(|(_, value)| value.trim().to_owned()).collect()
    }

    /// Names and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same and one more.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut more = self.clone();
        more.0.push((name.to_owned(), value.to_owned()));
        more
    }

    /// The same without a name, or without one of its values.
    pub(crate) fn without(&self, name: &str, value: Option<&str>) -> Self {
        let gone = |(there, held): &&(String, String)| there == name && value.is_none_or(|value| held == value);
        Self(self.0.iter().filter(|pair| !gone(pair)).cloned().collect())
    }

    /// As a query, with the `?`; empty without values.
    pub(crate) fn query(&self) -> String {
        let full: Vec<_> = self.0.iter().filter(|(_, value)| !value.is_empty()).collect();
        if full.is_empty() {
            return String::new();
        }
        format!("?{}", Serializer::new(String::new()).extend_pairs(full).finish())
    }
}
