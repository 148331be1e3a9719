//! Money: whole minor units of one currency, checked; never a float, and never two currencies in one sum.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Currencies without a minor unit (ISO 4217, list one of 2024).
const WHOLE: &[&str] =
    &["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Currencies whose minor unit is a thousandth.
const THOUSANDTHS: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
/// Currencies whose minor unit is a hundredth.
const HUNDREDTHS: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND",
    "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CUP", "CVE", "CZK",
    "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD",
    "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK",
    "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN",
    "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON",
    "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP",
    "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VED", "VES", "WST",
    "XCD", "YER", "ZAR", "ZMW", "ZWG",
];

/// A currency by its code of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Currency(&'static str);

/// An amount in whole minor units (pence of GBP, yen of JPY).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Money {
    /// How many minor units; negative is owed.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// Why two amounts cannot be one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MoneyError {
    /// They are of two currencies.
    #[error("money in {0} and in {1} cannot be added or compared")]
    Mixed(Currency, Currency),
    /// The sum is larger than any that is kept: 2^63 minor units.
    #[error("the sum of money is too large")]
    TooLarge,
}

impl Currency {
    /// Pounds sterling.
    pub const GBP: Self = Self("GBP");

    /// The currency of a code, if ISO 4217 has it.
    pub fn from_code(code: &str) -> Option<Self> {
        [HUNDREDTHS, WHOLE, THOUSANDTHS].into_iter().flatten().find(|known| **known == code).map(|code| Self(code))
    }

    /// Its code, as rows and the API hold it.
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// Decimal places of its minor unit.
    pub fn places(self) -> u32 {
        match self.0 {
            code if WHOLE.contains(&code) => 0,
            code if THOUSANDTHS.contains(&code) => 3,
            _ => 2,
        }
    }
}

impl Money {
    /// `minor` minor units of a currency.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, of a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Both together.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`], [`MoneyError::TooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// This less `other`.
    ///
    /// # Errors
    /// As [`Money::plus`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// This so many times.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn times(self, by: i64) -> Result<Self, MoneyError> {
        Ok(Self { minor: self.minor.checked_mul(by).ok_or(MoneyError::TooLarge)?, ..self })
    }

    /// Whether this is at least `other`.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`].
    pub fn covers(self, other: Self) -> Result<bool, MoneyError> {
        self.same(other)?;
        Ok(self.minor >= other.minor)
    }

    /// The sum of some amounts; nothing of `currency` when there are none.
    ///
    /// # Errors
    /// As [`Money::plus`].
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::Mixed(self.currency, other.currency)) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// As `GBP 5,000,000.00`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.currency.places();
        let unit = 10_u64.pow(places);
        let minor = self.minor.unsigned_abs();
        let digits = (minor / unit).to_string();
        let mut whole = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                whole.push(',');
            }
            whole.push(digit);
        }
        let sign = if self.minor < 0 { "-" } else { "" };
        write!(f, "{} {sign}{whole}", self.currency)?;
        if places > 0 {
            write!(f, ".{:0width$}", minor % unit, width = places as usize)?;
        }
        Ok(())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| serde::de::Error::custom(format!("{code:?} is no currency")))
    }
}
