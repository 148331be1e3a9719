//! The commands, one file per noun: what may be typed, the call it makes, and the table that people get.

pub mod adoption;
pub mod application;
pub mod artefact;
pub mod blueprint;
pub mod cohort;
pub mod competency;
pub mod credential;
pub mod curriculum;
pub mod decision;
pub mod demand;
pub mod designation;
pub mod exchange;
pub mod finding;
pub mod follow;
pub mod funding;
pub mod import_results;
pub mod inbox;
pub mod introduction;
pub mod matching;
pub mod maturity;
pub mod network;
pub mod organisation;
pub mod pairing;
pub mod people;
pub mod portfolio;
pub mod profile;
pub mod progress;
pub mod record;
pub mod report;
pub mod review;
mod revision;
pub mod round;
pub mod search;
pub mod session;
pub mod standing;
pub mod synonym;
pub mod timetable;
pub mod vocabulary;

use clap::Subcommand;

use crate::Context;
use crate::error::Error;

/// The client's commands, to be flattened into the binary's own.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Sign in with a local account; the session is kept for the commands that follow
    ///
    /// Example: `exemplar sign-in --email lead.rgt@sample.example`
    SignIn(session::SignIn),
    /// End the session
    ///
    /// Example: `exemplar sign-out`
    SignOut,
    /// Show who is signed in, and what they may do
    ///
    /// Example: `exemplar who-am-i`
    #[command(name = "who-am-i")]
    WhoAmI,
    /// Take up an invitation: make an account, or add the roles to the one that is signed in
    ///
    /// Example: `exemplar accept --name "Ada Example"`
    Accept(session::Accept),
    /// Invite a person; the answer has the token that they need to accept
    ///
    /// Example: `exemplar invite ada@trust.example --organisation RBL --role lead`
    Invite(people::Invite),
    /// List the people of an organisation, or everybody
    ///
    /// Example: `exemplar people --organisation RBL`
    People(people::People),
    /// Set all the roles that a person has at an organisation
    ///
    /// Example: `exemplar set-roles PERSON --organisation RBL --role contributor,approver`
    SetRoles(people::SetRoles),
    /// Set all the roles that a person has on the network
    ///
    /// Example: `exemplar set-network-roles PERSON --role academy`
    SetNetworkRoles(people::SetNetworkRoles),
    /// End a person's account
    ///
    /// Example: `exemplar deactivate PERSON`
    Deactivate(people::Deactivate),
    /// Trusts, universities, partners and national bodies
    #[command(subcommand)]
    Organisation(organisation::OrganisationCommand),
    /// The words that organisations and blueprints are described with
    #[command(subcommand)]
    Vocabulary(vocabulary::VocabularyCommand),
    /// What the programme named organisations to be
    #[command(subcommand)]
    Designation(designation::DesignationCommand),
    /// Calls for expressions of interest, and who was chosen why
    #[command(subcommand)]
    Round(round::RoundCommand),
    /// Who would fit whom: suggestions, and matching rounds that can be checked
    #[command(subcommand)]
    Match(matching::MatchCommand),
    /// Exemplars with their followers and partners
    #[command(subcommand)]
    Pairing(pairing::PairingCommand),
    /// Awards, their tranches and what is put beside them
    #[command(subcommand)]
    Funding(funding::FundingCommand),
    /// The network as a whole
    #[command(subcommand)]
    Network(network::NetworkCommand),
    /// Guidance for doing it again elsewhere
    #[command(subcommand)]
    Blueprint(blueprint::BlueprintCommand),
    /// Doing elsewhere what a blueprint describes: how far it has come, what was kept, how it went
    #[command(subcommand)]
    Adoption(adoption::AdoptionCommand),
    /// Asking those who have done it
    #[command(subcommand)]
    Introduction(introduction::IntroductionCommand),
    /// The files of blueprints
    #[command(subcommand)]
    Artefact(artefact::ArtefactCommand),
    /// The way from a draft to a revision: submit, sign off, assure, comment
    #[command(subcommand)]
    Review(review::ReviewCommand),
    /// Find blueprints by words, care settings, project types and organisations
    ///
    /// What has all the words comes first; the last one counts also as a beginning. Put -- before a word to leave out.
    ///
    /// Example: `exemplar search epma barcode --care-setting acute --facets`
    ///
    /// Example: `exemplar search --newest -- '"closed loop"' -oncology`
    Search(search::Search),
    /// Offer titles, terms and organisations for the beginning of a word
    ///
    /// Example: `exemplar suggest seps`
    Suggest(finding::Suggest),
    /// Show blueprints about the same as one
    ///
    /// Example: `exemplar related 01a200c6-0d7c-7fd5-99aa-6132283c91eb`
    Related(finding::Related),
    /// What people look for and do not find: ask for it, claim it, answer it
    #[command(subcommand)]
    Demand(demand::DemandCommand),
    /// Saved searches, and following a blueprint, an organisation or a topic
    #[command(subcommand)]
    Follow(follow::FollowCommand),
    /// The words and phrases that searches take for each other
    #[command(subcommand)]
    Synonym(synonym::SynonymCommand),
    /// What waits for you, and what you were told
    #[command(subcommand)]
    Inbox(inbox::InboxCommand),
    /// What is taught
    #[command(subcommand)]
    Curriculum(curriculum::CurriculumCommand),
    /// Groups of learners, their results and where they stand
    #[command(subcommand)]
    Cohort(cohort::CohortCommand),
    /// Applications for a place in a cohort, and who is offered one
    #[command(subcommand)]
    Application(application::ApplicationCommand),
    /// The record of training: attendance, sheets, imports, marking, rulings
    #[command(subcommand)]
    Record(record::RecordCommand),
    /// The register of qualifications, and the credentials that prove them
    #[command(subcommand)]
    Credential(credential::CredentialCommand),
    /// What people can show of each competency, and their hours of continuing development
    #[command(subcommand)]
    Competency(competency::CompetencyCommand),
    /// A learner's plan, project and journal
    #[command(subcommand)]
    Portfolio(portfolio::PortfolioCommand),
    /// How many learn and have learnt, and where nobody has
    #[command(subcommand)]
    Report(report::ReportCommand),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::SignIn(command) => command.run(context).await,
            Self::SignOut => session::sign_out(context).await,
            Self::WhoAmI => session::who_am_i(context).await,
            Self::Accept(command) => command.run(context).await,
            Self::Invite(command) => command.run(context).await,
            Self::People(command) => command.run(context).await,
            Self::SetRoles(command) => command.run(context).await,
            Self::SetNetworkRoles(command) => command.run(context).await,
            Self::Deactivate(command) => command.run(context).await,
            Self::Organisation(command) => command.run(context).await,
            Self::Vocabulary(command) => command.run(context).await,
            Self::Designation(command) => command.run(context).await,
            Self::Round(command) => command.run(context).await,
            Self::Match(command) => command.run(context).await,
            Self::Pairing(command) => command.run(context).await,
            Self::Funding(command) => command.run(context).await,
            Self::Network(command) => command.run(context).await,
            Self::Blueprint(command) => command.run(context).await,
            Self::Adoption(command) => command.run(context).await,
            Self::Introduction(command) => command.run(context).await,
            Self::Artefact(command) => command.run(context).await,
            Self::Review(command) => command.run(context).await,
            Self::Search(command) => command.run(context).await,
            Self::Suggest(command) => command.run(context).await,
            Self::Related(command) => command.run(context).await,
            Self::Demand(command) => command.run(context).await,
            Self::Follow(command) => command.run(context).await,
            Self::Synonym(command) => command.run(context).await,
            Self::Inbox(command) => command.run(context).await,
            Self::Curriculum(command) => command.run(context).await,
            Self::Cohort(command) => command.run(context).await,
            Self::Application(command) => command.run(context).await,
            Self::Record(command) => command.run(context).await,
            Self::Credential(command) => command.run(context).await,
            Self::Competency(command) => command.run(context).await,
            Self::Portfolio(command) => command.run(context).await,
            Self::Report(command) => command.run(context).await,
        }
    }
}
