//! Closed sets of words.

/// Declares a closed set of words: each has one name, the same in rows, in filters and in the journal.
#[macro_export]
macro_rules! named {
    ($(#[$meta:meta])* $set:ident { $($(#[$doc:meta])* $word:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, ::serde::Serialize, ::serde::Deserialize,
        )]
        pub enum $set {
            $($(#[$doc])* #[serde(rename = $name)] $word,)+
        }

        impl $set {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$word,)+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$word => $name,)+
                }
            }

            /// The one of this name.
            pub fn from_name(name: &str) -> ::std::option::Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == name)
            }
        }

        impl ::std::fmt::Display for $set {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
