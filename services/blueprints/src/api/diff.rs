//! The words in which two texts differ.

use exemplar_proto::blueprints::v1::{PieceKind, TextPiece};
use similar::{Algorithm, ChangeTag, utils::diff_words};

/// The pieces of both texts in their order.
pub(crate) fn pieces(before: &str, after: &str) -> Vec<TextPiece> {
    let piece = |(tag, text): (ChangeTag, &str)| {
        let kind = match tag {
            ChangeTag::Equal => PieceKind::Same,
            ChangeTag::Delete => PieceKind::Removed,
            ChangeTag::Insert => PieceKind::Added,
        };
        TextPiece { kind: kind.into(), text: text.to_owned() }
    };
    diff_words(Algorithm::Patience, before, after).into_iter().map(piece).collect()
}
