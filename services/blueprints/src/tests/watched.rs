//! When people are told of what they follow, and what makes two follows the same.

use exemplar_kernel::Timestamp;
use time::macros::datetime;

use crate::model::follow::{Cadence, Watched};

#[test]
fn told_when_the_day_or_the_week_begins() {
    let at =
        |time: time::OffsetDateTime| Timestamp::from_micros(i64::try_from(time.unix_timestamp_nanos() / 1000).unwrap());
    for (cadence, found, told) in [
        (Cadence::AtOnce, datetime!(2018-08-08 09:00 UTC), datetime!(2018-08-08 09:00 UTC)),
        (Cadence::Daily, datetime!(2018-08-08 09:00 UTC), datetime!(2018-08-09 00:00 UTC)),
        (Cadence::Daily, datetime!(2018-08-08 00:00 UTC), datetime!(2018-08-09 00:00 UTC)),
        (Cadence::Weekly, datetime!(2018-08-06 00:00 UTC), datetime!(2018-08-13 00:00 UTC)),
        (Cadence::Weekly, datetime!(2018-08-08 09:00 UTC), datetime!(2018-08-13 00:00 UTC)),
        (Cadence::Weekly, datetime!(2018-08-12 23:59 UTC), datetime!(2018-08-13 00:00 UTC)),
    ] {
        assert_eq!(cadence.due(at(found)), at(told), "{cadence} of {found}");
    }
}

#[test]
fn the_same_search_is_the_same_follow() {
    let search = |query: &str, filter: &str| Watched::Search { query: query.to_owned(), filter: filter.to_owned() };
    assert_eq!(search(" epma ", "").key(), search("epma", " ").key());
    assert_ne!(search("epma", "").key(), search("", "epma").key());
}
