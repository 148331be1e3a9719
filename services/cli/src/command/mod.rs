//! The commands, one file per noun: what may be typed, the call it makes, and the table that people get.

pub mod artefact;
pub mod blueprint;
pub mod cohort;
pub mod curriculum;
pub mod designation;
pub mod import_results;
pub mod organisation;
pub mod pairing;
pub mod people;
pub mod review;
mod revision;
pub mod search;
pub mod session;
pub mod standing;
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
    /// Exemplars with their followers and partners
    #[command(subcommand)]
    Pairing(pairing::PairingCommand),
    /// Guidance for doing it again elsewhere
    #[command(subcommand)]
    Blueprint(blueprint::BlueprintCommand),
    /// The files of blueprints
    #[command(subcommand)]
    Artefact(artefact::ArtefactCommand),
    /// The way from a draft to a revision: submit, sign off, assure, comment
    #[command(subcommand)]
    Review(review::ReviewCommand),
    /// Find blueprints by words, care settings, project types and organisations
    ///
    /// All words must be there; the last one also as a beginning. Put -- before a word to leave out.
    ///
    /// Example: `exemplar search epma barcode --care-setting acute --facets`
    ///
    /// Example: `exemplar search --newest -- '"closed loop"' -oncology`
    Search(search::Search),
    /// What is taught
    #[command(subcommand)]
    Curriculum(curriculum::CurriculumCommand),
    /// Groups of learners, their results and where they stand
    #[command(subcommand)]
    Cohort(cohort::CohortCommand),
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
            Self::Pairing(command) => command.run(context).await,
            Self::Blueprint(command) => command.run(context).await,
            Self::Artefact(command) => command.run(context).await,
            Self::Review(command) => command.run(context).await,
            Self::Search(command) => command.run(context).await,
            Self::Curriculum(command) => command.run(context).await,
            Self::Cohort(command) => command.run(context).await,
        }
    }
}
