//! What items read like.

use std::collections::BTreeMap;

use exemplar_kernel::OrganisationId;

use crate::model::{named, read_aloud};

#[test]
fn organisations_are_called_by_their_names() {
    let code = |code| OrganisationId::from_code(code).unwrap();
    let names = BTreeMap::from([(code("RGT"), "Addenbrooke's".to_owned())]);
    for (text, read, found) in [
        ("{organisations/RGT} proposes.", "Addenbrooke's proposes.", vec![code("RGT")]),
        ("To {organisations/RRV}", "To RRV", vec![code("RRV")]),
        ("{organisations/RGT}{organisations/RRV}", "Addenbrooke'sRRV", vec![code("RGT"), code("RRV")]),
        (
            "A {brace}, an {open one, {} and {organisations/r}",
            "A {brace}, an {open one, {} and {organisations/r}",
            vec![],
        ),
        ("", "", vec![]),
    ] {
        assert_eq!(read_aloud(text, &names), read);
        assert_eq!(named(text).collect::<Vec<_>>(), found);
    }
}
