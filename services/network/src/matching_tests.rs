//! Fit, runs and certificates by property: parts add up, the same inputs make the same bytes, and no change of a
//! certificate passes its check.

use exemplar_kernel::OrganisationId;
use proptest::prelude::*;

use crate::model::certificate::check;
use crate::model::fit::Spread;
use crate::model::run::Entrant;
use crate::{Certificate, Factor, Features, Fit, Inputs, Solver, Weights};

fn words(from: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(from, 0..=from.len()).prop_map(|words| words.into_iter().map(str::to_owned).collect())
}

fn word(from: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(from).prop_map(str::to_owned)
}

fn features() -> impl Strategy<Value = Features> {
    let place = (word(&["GB", "US"]), word(&["", "London", "North West"]));
    let system = (word(&["", "Oracle", "Epic"]), word(&["", "Millennium", "Epic", "Soarian"]));
    let topics = (words(&["epma", "flow", "sepsis"]), words(&["epma", "flow", "sepsis"]));
    let levels = prop::collection::btree_map(word(&["EMRAM", "DMA 2016"]), 0..100_i64, 0..3);
    let sizes = (prop::option::of(1..6_i64), levels, 0..4_i32);
    (place, system, words(&["acute", "community"]), topics, sizes).prop_map(
        |((country, region), (supplier, product), care_settings, (offered, sought), (size, maturity, left))| Features {
            organisation: OrganisationId::from_code("X00").unwrap(),
            country,
            region,
            supplier,
            product,
            care_settings,
            size,
            offered,
            sought,
            maturity,
            places: Some((left, left.max(3))),
        },
    )
}

fn weights() -> impl Strategy<Value = Weights> {
    prop::collection::vec(0..=100_i32, Factor::ALL.len()).prop_map(|each| {
        let mut weights = Weights::default();
        for (factor, weight) in Factor::ALL.iter().zip(each) {
            weights.set(*factor, weight);
        }
        weights
    })
}

fn code(prefix: char, number: usize) -> OrganisationId {
    OrganisationId::from_code(&format!("{prefix}{number:02}")).unwrap()
}

/// Entrants whose codes begin with `own`; some of them rank some of those whose codes begin with `others`.
fn entrants(own: char, others: char, most: usize) -> impl Strategy<Value = Vec<Entrant>> {
    let ranking = prop::option::of(prop::sample::subsequence((0..6).collect::<Vec<usize>>(), 0..6).prop_shuffle());
    prop::collection::vec((features(), ranking, any::<bool>()), 1..=most).prop_map(move |each| {
        let entrant =
            |(number, (features, ranking, priority)): (usize, (Features, Option<Vec<usize>>, bool))| Entrant {
                features: Features { organisation: code(own, number), ..features },
                ranking: ranking.map(|ranking| ranking.into_iter().map(|other| code(others, other)).collect()),
                priority,
            };
        each.into_iter().enumerate().map(entrant).collect()
    })
}

fn inputs() -> impl Strategy<Value = Inputs> {
    let solver = prop::sample::select(Solver::ALL.to_vec());
    let sides = (entrants('F', 'E', 6), entrants('E', 'F', 4));
    (solver, any::<u64>(), weights(), sides, any::<bool>(), any::<bool>()).prop_map(
        |(solver, seed, weights, (followers, exemplars), excluded, together)| {
            let pair = [code('F', 0), code('F', 1)];
            Inputs {
                solver,
                seed: seed.to_string(),
                weights,
                exclusions: if excluded { vec![[code('F', 0), code('E', 0)]] } else { vec![] },
                together: if together && followers.len() > 1 { vec![pair] } else { vec![] },
                followers,
                exemplars,
            }
        },
    )
}

#[test]
fn what_is_not_known_counts_nothing_and_says_so() {
    let nobody = Features {
        organisation: code('F', 0),
        country: String::new(),
        region: String::new(),
        supplier: String::new(),
        product: String::new(),
        care_settings: vec![],
        size: None,
        offered: vec![],
        sought: vec![],
        maturity: [].into(),
        places: None,
    };
    let fit = Fit::judge(&nobody, &nobody, &Weights::default(), &Spread::default());
    assert_eq!((fit.score(), fit.why().as_str()), (0, "nothing that counts speaks for it"));
    assert!(fit.parts.iter().all(|part| !part.change.is_empty()));
    assert_eq!(fit.change(), "30000 points more if both profiles named the same record system");
}

#[test]
fn a_difference_counts_in_standard_deviations() {
    let of = |size| Features { size: Some(size), ..features_of_size() };
    let pool = [1, 2, 3, 4, 5].map(of);
    // The standard deviation of 1 to 5 is 1.414; nothing is left at two of them.
    let value = |one: i64, other: i64| {
        let fit = Fit::judge(&of(one), &of(other), &Weights::default(), &Spread::of(&pool));
        fit.parts.iter().find(|part| part.factor == Factor::Size).unwrap().value
    };
    assert_eq!([value(3, 3), value(3, 4), value(3, 5), value(1, 4)], [1000, 647, 293, 0]);
}

fn features_of_size() -> Features {
    Features {
        organisation: code('F', 0),
        country: "GB".into(),
        region: "London".into(),
        supplier: "Epic".into(),
        product: "Epic".into(),
        care_settings: vec!["acute".into()],
        size: None,
        offered: vec![],
        sought: vec![],
        maturity: [].into(),
        places: None,
    }
}

proptest! {
    #[test]
    fn parts_add_up_and_a_weight_of_nothing_counts_nothing(
        own in features(), partner in features(), weights in weights(), out in 0..7_usize,
    ) {
        let spread = Spread::of(&[own.clone(), partner.clone()]);
        let fit = Fit::judge(&own, &partner, &weights, &spread);
        prop_assert_eq!(fit.parts.len(), Factor::ALL.len());
        prop_assert!(fit.parts.iter().all(|part| (0..=1000).contains(&part.value) && !part.why.is_empty()));
        prop_assert!(fit.parts.iter().all(|part| part.change.is_empty() == (part.value == 1000)));
        prop_assert_eq!(fit.parts.iter().map(crate::model::fit::Part::points).sum::<i32>(), fit.score());
        prop_assert!((0..=weights.maximum()).contains(&fit.score()));
        let mut without = weights.clone();
        without.set(Factor::ALL[out], 0);
        let part = &fit.parts[out];
        prop_assert_eq!(Fit::judge(&own, &partner, &without, &spread).score(), fit.score() - part.points());
    }

    #[test]
    fn a_run_repeats_and_its_certificate_holds(inputs in inputs()) {
        let certificate = Certificate::issue(inputs.clone());
        let document = certificate.bytes();
        let read: Inputs = serde_json::from_str(&serde_json::to_string(&inputs).unwrap()).unwrap();
        prop_assert_eq!(&Certificate::issue(read).bytes(), &document, "the same bytes again");
        for check in check(&document) {
            prop_assert!(check.holds, "{}: {}", check.check, check.detail);
        }
        prop_assert_eq!(certificate.explanations.len(), inputs.followers.len() + inputs.exemplars.len());
    }

    #[test]
    fn no_other_result_passes(inputs in inputs(), which in 0..6_usize, place in 0..5_usize) {
        let mut forged = Certificate::issue(inputs);
        let which = which % forged.result.len();
        let to = forged.inputs.exemplars.get(place).map(|entrant| entrant.features.organisation.clone());
        prop_assume!(forged.result[which].exemplar != to && forged.proven());
        forged.result[which].exemplar = to;
        prop_assert!(check(&forged.bytes()).iter().any(|check| !check.holds), "{:?}", forged.result);
    }

    #[test]
    fn no_document_breaks_the_check(document in prop::collection::vec(any::<u8>(), 0..200), inputs in inputs(), at in any::<prop::sample::Index>(), byte in 32..127_u8) {
        check(&document);
        let mut document = Certificate::issue(inputs).bytes();
        let at = at.index(document.len());
        let before = std::mem::replace(&mut document[at], byte);
        prop_assert!(before == byte || check(&document).iter().any(|check| !check.holds), "byte {at}");
    }
}
