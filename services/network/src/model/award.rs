//! Money: awards, their tranches, and what the receivers put beside them. What is payable, and why something is not.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use exemplar_kernel::{Money, MoneyError, OrganisationId, Timestamp};
use serde::{Deserialize, Serialize};
use time::Date;

use super::milestone::{Milestone, MilestoneState};
use super::pairing::{Pairing, PairingId};
use super::terms::PairingState;
use crate::Error;

/// Receivers of one award.
pub(crate) const RECEIVERS: RangeInclusive<usize> = 1..=10;
/// Tranches of one award at the most, and matches.
pub(crate) const MAX_PARTS: usize = 200;
/// A reference's length, in characters.
pub(crate) const REFERENCE: RangeInclusive<usize> = 1..=200;
/// Staff days of one match at the most.
pub(crate) const MAX_DAYS: i32 = 100_000;

exemplar_kernel::id!(
    /// One award.
    AwardId,
    "awards"
);
exemplar_kernel::named!(
    /// The two tracks of the acute exemplars.
    Track {
        /// For the most advanced.
        Months24 = "MONTHS_24",
        /// For the others.
        Months42 = "MONTHS_42",
    }
);
exemplar_kernel::named!(
    /// What a tranche waits for.
    TrancheKind {
        /// The signed agreement.
        Upfront = "UPFRONT",
        /// A milestone with its evidence.
        Milestone = "MILESTONE",
        /// Every milestone with its evidence, and the match.
        Final = "FINAL",
    }
);
exemplar_kernel::named!(
    /// Which part of an award a sum belongs to.
    Part {
        /// Capital.
        Capital = "CAPITAL",
        /// Revenue.
        Revenue = "REVENUE",
    }
);
exemplar_kernel::named!(
    /// Where a tranche stands.
    TrancheState {
        /// It is planned.
        Planned = "PLANNED",
        /// It may be paid.
        Approved = "APPROVED",
        /// It was paid.
        Paid = "PAID",
        /// It will not be paid.
        Cancelled = "CANCELLED",
    }
);

/// Where a fact is known from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Where from; 1 to 500 characters.
    pub text: String,
    /// Of which day.
    pub date: Date,
}

/// An award to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAward {
    /// Who receives it together.
    pub organisations: Vec<OrganisationId>,
    /// The pairing whose agreement it hangs on.
    pub pairing: Option<PairingId>,
    /// On which track.
    pub track: Option<Track>,
    /// How much it is at the most.
    pub cap: Money,
    /// Its capital and revenue parts, where the split is known.
    pub parts: Option<(Money, Money)>,
    /// Where its sums are known from.
    pub source: Source,
}

/// Money for one or more organisations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// Which.
    pub id: AwardId,
    /// Who receives it together, today.
    pub organisations: Vec<OrganisationId>,
    /// The pairing whose agreement it hangs on.
    pub pairing: Option<PairingId>,
    /// On which track.
    pub track: Option<Track>,
    /// How much it is at the most.
    pub cap: Money,
    /// Its capital and revenue parts.
    pub parts: Option<(Money, Money)>,
    /// Where its sums are known from.
    pub source: Source,
    /// When it was recorded.
    pub created: Timestamp,
    /// Its tranches, in their order.
    pub tranches: Vec<Tranche>,
    /// What the receivers put beside it, in the order it was recorded.
    pub matches: Vec<Match>,
}

/// A tranche to be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTranche {
    /// What it waits for.
    pub kind: TrancheKind,
    /// How much it is.
    pub amount: Money,
    /// Of which part.
    pub part: Option<Part>,
    /// The number of the pairing's milestone.
    pub milestone: Option<i32>,
    /// Where the sum is known from.
    pub source: Source,
}

/// A part of an award that is paid at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tranche {
    /// 1 for the first of an award.
    pub number: i32,
    /// What it waits for.
    pub kind: TrancheKind,
    /// How much it is.
    pub amount: Money,
    /// Of which part.
    pub part: Option<Part>,
    /// The number of the pairing's milestone.
    pub milestone: Option<i32>,
    /// Where the sum is known from.
    pub source: Source,
    /// Where it stands.
    pub state: TrancheState,
    /// The reference of the payment, or why it was cancelled.
    pub note: String,
    /// When it came to stand so.
    pub at: Timestamp,
}

/// Something that a receiver puts beside an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// 1 for the first of an award.
    pub number: i32,
    /// Which of the receivers.
    pub organisation: OrganisationId,
    /// The money, or what the days are worth.
    pub amount: Money,
    /// Days of released staff, with what one is worth; none for cash.
    pub staff: Option<(i32, Money)>,
    /// Where it is known from.
    pub source: Source,
}

/// What decides whether money may flow: the pairing of an award, if it has one, and its milestones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grounds {
    pub(crate) pairing: Option<Pairing>,
    pub(crate) milestones: Vec<Milestone>,
}

impl Award {
    /// An award without tranches.
    ///
    /// # Errors
    /// [`Error::MixedCurrencies`] for two currencies; [`Error::AwardParts`] when the parts are not the cap.
    pub(crate) fn record(id: AwardId, new: NewAward, now: Timestamp) -> Result<Self, Error> {
        let NewAward { mut organisations, pairing, track, cap, parts, source } = new;
        organisations.sort();
        organisations.dedup();
        if let Some((capital, revenue)) = parts {
            capital.plus(cap)?;
            let sum = capital.plus(revenue)?;
            if sum != cap {
                return Err(Error::AwardParts { sum, cap });
            }
        }
        let (tranches, matches) = (Vec::new(), Vec::new());
        Ok(Self { id, organisations, pairing, track, cap, parts, source, created: now, tranches, matches })
    }

    /// The award with one more tranche.
    ///
    /// # Errors
    /// [`Error::MixedCurrencies`] for another currency; [`Error::AwardExceeded`] when all tranches together would be more than the
    /// cap, or those of a part more than it; [`Error::MilestoneNotFound`].
    pub(crate) fn plan(mut self, new: NewTranche, grounds: &Grounds, now: Timestamp) -> Result<Self, Error> {
        let NewTranche { kind, amount, part, milestone, source } = new;
        if let Some(number) = milestone
            && !grounds.milestones.iter().any(|known| known.number == number)
        {
            return Err(Error::MilestoneNotFound(number));
        }
        self.within(self.cap, amount, |_| true)?;
        if let (Some(part), Some((capital, revenue))) = (part, self.parts) {
            let cap = if part == Part::Capital { capital } else { revenue };
            self.within(cap, amount, |tranche| tranche.part == Some(part))?;
        }
        let number = i32::try_from(self.tranches.len()).unwrap_or(i32::MAX).saturating_add(1);
        let (state, note) = (TrancheState::Planned, String::new());
        self.tranches.push(Tranche { number, kind, amount, part, milestone, source, state, note, at: now });
        Ok(self)
    }

    fn within(&self, cap: Money, more: Money, counts: impl Fn(&Tranche) -> bool) -> Result<(), Error> {
        let standing = self.tranches.iter().filter(|tranche| tranche.state != TrancheState::Cancelled);
        let planned =
            Money::sum(cap.currency, standing.filter(|tranche| counts(tranche)).map(|tranche| tranche.amount))?;
        let sum = planned.plus(more)?;
        if cap.covers(sum)? { Ok(()) } else { Err(Error::AwardExceeded { sum, cap }) }
    }

    /// The award with a tranche approved.
    ///
    /// # Errors
    /// [`Error::TrancheNotFound`], [`Error::TrancheState`], and the first of what [`Award::blocks`] says.
    pub(crate) fn approve(self, number: i32, grounds: &Grounds, now: Timestamp) -> Result<Self, Error> {
        self.payable(number, TrancheState::Planned, grounds)?;
        self.stands(number, TrancheState::Approved, String::new(), now)
    }

    /// The award with a tranche paid.
    ///
    /// # Errors
    /// As [`Award::approve`].
    pub(crate) fn pay(self, number: i32, reference: String, grounds: &Grounds, now: Timestamp) -> Result<Self, Error> {
        self.payable(number, TrancheState::Approved, grounds)?;
        self.stands(number, TrancheState::Paid, reference, now)
    }

    /// The award with a tranche cancelled.
    ///
    /// # Errors
    /// [`Error::TrancheNotFound`], [`Error::TrancheState`].
    pub(crate) fn cancel(self, number: i32, reason: String, now: Timestamp) -> Result<Self, Error> {
        let state = self.tranche(number)?.state;
        if !matches!(state, TrancheState::Planned | TrancheState::Approved) {
            return Err(Error::TrancheState { number, state });
        }
        self.stands(number, TrancheState::Cancelled, reason, now)
    }

    /// The award with one more match.
    ///
    /// # Errors
    /// [`Error::MixedCurrencies`] for another currency or a sum that is too large.
    pub(crate) fn matched(mut self, organisation: OrganisationId, offer: Offer, source: Source) -> Result<Self, Error> {
        let (amount, staff) = match offer {
            Offer::Cash(amount) => (amount, None),
            Offer::Staff { days, rate } => (rate.times(i64::from(days))?, Some((days, rate))),
        };
        self.match_total()?.plus(amount)?;
        let number = i32::try_from(self.matches.len()).unwrap_or(i32::MAX).saturating_add(1);
        self.matches.push(Match { number, organisation, amount, staff, source });
        Ok(self)
    }

    /// The value of all that the receivers put beside it.
    pub(crate) fn match_total(&self) -> Result<Money, MoneyError> {
        Money::sum(self.cap.currency, self.matches.iter().map(|known| known.amount))
    }

    /// Whether the match is "at least to the same scale": cash and staff days together are worth the cap or more
    /// (NHS England, "Progressing the acute Global Digital Exemplar programme").
    pub(crate) fn match_met(&self) -> Result<bool, MoneyError> {
        self.match_total()?.covers(self.cap)
    }

    /// The sum of what was paid.
    pub(crate) fn paid_total(&self) -> Result<Money, MoneyError> {
        let paid = self.tranches.iter().filter(|tranche| tranche.state == TrancheState::Paid);
        Money::sum(self.cap.currency, paid.map(|tranche| tranche.amount))
    }

    /// The tranche of a number.
    pub(crate) fn tranche(&self, number: i32) -> Result<&Tranche, Error> {
        self.tranches.iter().find(|tranche| tranche.number == number).ok_or(Error::TrancheNotFound(number))
    }

    /// Everything that keeps a tranche from being payable now.
    pub(crate) fn blocks(&self, tranche: &Tranche, grounds: &Grounds) -> Result<Vec<Error>, MoneyError> {
        let Some(pairing) = &grounds.pairing else { return Ok(vec![Error::AwardUnpaired(self.id)]) };
        let mut blocks = Vec::new();
        if pairing.state.is_ended() && pairing.state != PairingState::Completed {
            blocks.push(Error::PairingEnded { pairing: pairing.id, state: pairing.state });
        }
        if pairing.agreement == 0 {
            blocks.push(Error::AgreementUnsigned(pairing.id));
        }
        let evident = |milestone: &Milestone| milestone.state == MilestoneState::Met && !milestone.evidence.is_empty();
        match tranche.kind {
            TrancheKind::Upfront => {}
            TrancheKind::Milestone => {
                let of_it = grounds.milestones.iter().find(|milestone| Some(milestone.number) == tranche.milestone);
                if !of_it.is_some_and(evident) {
                    blocks.push(Error::MilestoneUnmet(tranche.milestone.unwrap_or(0)));
                }
            }
            TrancheKind::Final => {
                let wanted = grounds.milestones.iter().filter(|milestone| milestone.state != MilestoneState::Dropped);
                blocks.extend(
                    wanted.filter(|known| !evident(known)).map(|milestone| Error::MilestoneUnmet(milestone.number)),
                );
                if !self.match_met()? {
                    blocks.push(Error::MatchMissing { total: self.match_total()?, cap: self.cap });
                }
            }
        }
        Ok(blocks)
    }

    /// Why tranches are not payable now, by their numbers; those that are, and those paid or cancelled, are left out.
    pub(crate) fn blocks_in_words(&self, grounds: &Grounds) -> Result<HashMap<i32, Vec<String>>, MoneyError> {
        let open = |tranche: &&Tranche| matches!(tranche.state, TrancheState::Planned | TrancheState::Approved);
        let mut words = HashMap::new();
        for tranche in self.tranches.iter().filter(open) {
            let blocks = self.blocks(tranche, grounds)?;
            if !blocks.is_empty() {
                words.insert(tranche.number, blocks.iter().map(ToString::to_string).collect());
            }
        }
        Ok(words)
    }

    fn payable(&self, number: i32, from: TrancheState, grounds: &Grounds) -> Result<(), Error> {
        let tranche = self.tranche(number)?;
        if tranche.state != from {
            return Err(Error::TrancheState { number, state: tranche.state });
        }
        self.blocks(tranche, grounds)?.into_iter().next().map_or(Ok(()), Err)
    }

    fn stands(mut self, number: i32, state: TrancheState, note: String, now: Timestamp) -> Result<Self, Error> {
        let tranche = self.tranches.iter_mut().find(|tranche| tranche.number == number);
        let tranche = tranche.ok_or(Error::TrancheNotFound(number))?;
        (tranche.state, tranche.note, tranche.at) = (state, note, now);
        Ok(self)
    }
}

/// What a receiver offers to put beside an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// Money.
    Cash(Money),
    /// Released staff.
    Staff {
        /// How many days.
        days: i32,
        /// What one is worth.
        rate: Money,
    },
}

/// Which awards a list wants; what is not given does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedAwards {
    /// Those of this receiver.
    pub organisation: Option<OrganisationId>,
    /// Those that hang on this pairing.
    pub pairing: Option<PairingId>,
}
