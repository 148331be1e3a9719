//! The command line holds together: clap's own checks, an example for every command, and what it makes of arguments.

use clap::{CommandFactory as _, Parser};
use exemplar_proto::directory::v1::Role;

use crate::command::cohort::CohortCommand;
use crate::command::pairing::PairingCommand;
use crate::error::Error;
use crate::{Command, Options};

/// The binary
#[derive(Parser)]
struct Binary {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Commands,
}

/// As the server's binary mounts them.
#[derive(clap::Subcommand)]
enum Commands {
    Serve,
    #[command(flatten)]
    Client(Box<Command>),
}

fn parse(line: &str) -> Result<(Command, Options), clap::Error> {
    let parsed = Binary::try_parse_from(line.split(' '))?;
    match parsed.command {
        Commands::Client(command) => Ok((*command, parsed.options)),
        Commands::Serve => panic!("{line} is a command of the client"),
    }
}

fn leaves(command: &clap::Command, path: &str, found: &mut Vec<(String, String)>) {
    let path = format!("{path} {}", command.get_name());
    let children: Vec<_> = command.get_subcommands().filter(|child| child.get_name() != "help").collect();
    if children.is_empty() {
        let help = command.get_long_about().map(ToString::to_string).unwrap_or_default();
        found.push((path.trim().to_owned(), help));
    }
    for child in children {
        leaves(child, &path, found);
    }
}

#[test]
fn clap_finds_no_fault() {
    Binary::command().debug_assert();
    assert_eq!(Binary::command().get_about().map(ToString::to_string).as_deref(), Some("The binary"));
}

#[test]
fn every_command_has_an_example_of_itself() {
    let mut found = Vec::new();
    leaves(&Binary::command().name("exemplar"), "", &mut found);
    assert!(found.len() > 40, "{} commands", found.len());
    for (path, help) in found.iter().filter(|(path, _)| path != "exemplar serve") {
        assert!(help.contains(&format!("Example: `{path}")), "{path}: {help}");
    }
}

#[test]
fn every_example_can_be_typed() {
    let mut found = Vec::new();
    leaves(&Binary::command().name("exemplar"), "", &mut found);
    let examples = found.iter().flat_map(|(_, help)| help.split("Example: `").skip(1));
    for example in examples.filter_map(|text| text.split('`').next()) {
        let line = example.split(" > ").next().unwrap();
        // Quoted words are one argument, capital words stand for ids.
        let id = "01990c7e-0000-7000-8000-000000000001";
        let mut quoted = false;
        let plain: String = line
            .chars()
            .map(|c| {
                quoted ^= c == '"';
                if quoted && c == ' ' { '_' } else { c }
            })
            .collect();
        let typed = plain.split(' ').map(|word| match word {
            "ADOPTION" | "APPLICATION" | "ARTEFACT" | "AWARD" | "BATCH" | "COMMENT" | "REVIEW" | "FOLLOW" | "ITEM"
            | "DESIGNATION" | "TOPIC" | "ENTRY" | "EVIDENCE" | "INTRODUCTION" | "SYNONYM" | "EXPRESSION"
            | "MATCHING" | "QUALIFICATION" | "RESULT" | "ROUND" | "RUN" | "PAIRING" | "PERSON" | "BLUEPRINT"
            | "COHORT" | "ENROLMENT" => id,
            word => word.trim_matches('"'),
        });
        let typed = typed.collect::<Vec<_>>().join(" ");
        if let Err(error) = parse(&typed) {
            panic!("{example}: {error}");
        }
    }
}

#[test]
fn roles_are_read_in_any_capitals_and_with_commas() {
    let (command, _) =
        parse("exemplar invite a@b.example --organisation rbl --role LEAD,approver --role Admin").unwrap();
    let Command::Invite(invite) = command else { panic!("{command:?}") };
    assert_eq!(invite.organisation.as_deref(), Some("organisations/RBL"));
    assert_eq!(invite.role, [Role::Lead, Role::Approver, Role::Admin]);
}

#[test]
fn an_unknown_word_is_refused_with_those_that_are_known() {
    let error = parse("exemplar invite a@b.example --organisation RBL --role boss").unwrap_err().to_string();
    assert!(error.contains("member, contributor, approver, lead, admin"), "{error}");
    assert!(error.contains("boss"), "{error}");
}

#[test]
fn roles_are_removed_only_when_that_is_said() {
    let id = "01990c7e-0000-7000-8000-000000000001";
    assert!(parse(&format!("exemplar set-roles {id} --organisation RBL")).is_err());
    assert!(parse(&format!("exemplar set-roles {id} --organisation RBL --none")).is_ok());
    assert!(parse(&format!("exemplar set-roles {id} --organisation RBL --none --role lead")).is_err());
}

#[test]
fn bare_ids_become_names_and_options_may_follow_the_command() {
    let id = "01990C7E-0000-7000-8000-000000000001";
    let (command, options) = parse(&format!("exemplar pairing show {id} --json --server https://x.example")).unwrap();
    let Command::Pairing(PairingCommand::Show { pairing }) = command else { panic!("{command:?}") };
    assert_eq!(pairing, "pairings/01990c7e-0000-7000-8000-000000000001");
    assert!(options.json);
    assert_eq!(options.server, "https://x.example");
}

#[test]
fn lists_have_a_limit_of_a_hundred_unless_said() {
    for (line, wanted) in [("exemplar cohort list", 100), ("exemplar cohort list --limit 7", 7)] {
        let (Command::Cohort(CohortCommand::List { limit }), _) = parse(line).unwrap() else { panic!("{line}") };
        assert_eq!(limit.limit, wanted);
    }
    assert!(parse("exemplar cohort list --limit 0").is_err());
}

#[test]
fn words_to_leave_out_follow_two_hyphens() {
    let (Command::Search(search), _) = parse("exemplar search --newest -- epma -oncology").unwrap() else { panic!() };
    assert_eq!(search.query, ["epma", "-oncology"]);
    assert!(search.newest);
}

#[test]
fn help_explains_the_words_as_the_api_does() {
    let help = Binary::try_parse_from(["exemplar", "invite", "--help"]).err().unwrap().to_string();
    assert!(help.contains("lead:") && help.contains("Publishes, pairs and adopts"), "{help}");
}

#[tokio::test]
async fn a_draft_is_printed_as_a_file_or_as_json() {
    let id = "01990c7e-0000-7000-8000-000000000001";
    assert!(parse(&format!("exemplar blueprint show {id} --draft --revision 2")).is_err());
    for line in ["exemplar --json blueprint show ID --markdown", "exemplar blueprint show ID/draft --draft"] {
        let (command, options) = parse(&line.replace("ID", id)).unwrap();
        assert!(matches!(crate::attempt(command, &options).await, Err(Error::Usage(_))), "{line}");
    }
}

#[test]
fn the_session_lies_in_the_configuration_folder() {
    let file = |line: &str| parse(line).unwrap().1.session_file().unwrap();
    let lies = |line: &str, wanted: &str| assert!(file(line).ends_with(wanted), "{:?}", file(line));
    lies("exemplar who-am-i --session /tmp/x.json", "/tmp/x.json");
    lies("exemplar who-am-i --config-home /tmp/config", "/tmp/config/exemplar/session.json");
    lies("exemplar who-am-i --config-home relative", ".config/exemplar/session.json");
    lies("exemplar who-am-i --config-home=", ".config/exemplar/session.json");
}

#[test]
fn a_bearer_token_is_not_shown_by_debug() {
    let (_, options) = parse("exemplar who-am-i --bearer secret-token").unwrap();
    assert!(!format!("{options:?}").contains("secret-token"));
}
