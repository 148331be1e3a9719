//! What a learner hands in beside assessed work.

exemplar_kernel::named! {
    /// What a learner hands in.
    Artefact {
        /// A reflective journal.
        Journal = "JOURNAL",
        /// A plan of personal development, agreed with the sponsor.
        DevelopmentPlan = "DEVELOPMENT_PLAN",
        /// A project of change at the learner's own workplace.
        Project = "PROJECT",
    }
}

impl Artefact {
    /// What the requirement is called.
    pub(crate) const fn subject(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::DevelopmentPlan => "development-plan",
            Self::Project => "project",
        }
    }
}
