//! What answers are counted, narrowed and compared by: fields of keys.

/// A field of keys of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// The care settings that it is from.
    CareSetting,
    /// What kind of project it was.
    ProjectType,
    /// The code of the organisation that owns it.
    Organisation,
    /// How much of the story it tells.
    Level,
    /// Whether it went well.
    Kind,
    /// Who supplies the electronic patient record that it was done with.
    EprSupplier,
    /// Which product that is.
    EprProduct,
    /// The region it was done in.
    Region,
    /// How big the organisation is.
    SizeBand,
    /// How mature the organisation's systems are.
    Maturity,
    /// Who uses what was made.
    UserGroup,
    /// The pillar of What Good Looks Like that it stands on.
    Pillar,
    /// Who paid.
    Funder,
}

impl Facet {
    /// Every facet, in the order of the index's columns.
    pub const ALL: [Self; 13] = [
        Self::CareSetting,
        Self::ProjectType,
        Self::Organisation,
        Self::Level,
        Self::Kind,
        Self::EprSupplier,
        Self::EprProduct,
        Self::Region,
        Self::SizeBand,
        Self::Maturity,
        Self::UserGroup,
        Self::Pillar,
        Self::Funder,
    ];

    /// Its name in the index, in filters and in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CareSetting => "care_setting",
            Self::ProjectType => "project_type",
            Self::Organisation => "organisation",
            Self::Level => "level",
            Self::Kind => "kind",
            Self::EprSupplier => "epr_supplier",
            Self::EprProduct => "epr_product",
            Self::Region => "region",
            Self::SizeBand => "size_band",
            Self::Maturity => "maturity",
            Self::UserGroup => "user_group",
            Self::Pillar => "pillar",
            Self::Funder => "funder",
        }
    }

    /// The facet of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.name() == name)
    }

    /// Its place among all.
    pub(super) const fn place(self) -> usize {
        self as usize
    }
}
