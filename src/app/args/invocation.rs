//! The name by which the program was called, and what its arguments ask for.

use std::ffi::OsString;
use std::path::Path;

use clap::{Arg, CommandFactory as _, FromArgMatches as _, value_parser};

use crate::app::args::go_flags::{Translated, translate};
use crate::app::args::redacted_command;
use crate::app::args::usage_errors::explain;
use crate::app::command::Command;
use crate::app::exit::Usage;
use crate::app::manual::flag_docs::{BUILT_IN_COMMANDS, LINKS};
use crate::app::manual::help;
use crate::app::suggestion::nearest;

/// The flag that may be written before a command or after it.
const CPUS: &str = "cpus";

/// The error for Vegeta's `-profile`, whose profiles only Go's tools can read.
const NO_PROFILE: &str = "flag -profile is not supported: profile with the system's tools, as in \
                          'perf record -g drumfire attack …'";

/// The error for Vegeta's `dump`, which Vegeta itself no longer supports.
const NO_DUMP: &str = "command dump is not supported: write the records with 'drumfire encode'";

/// A parsed command line.
#[derive(Debug)]
pub struct Invocation {
    /// The name that begins messages: `drumfire`, `drumfire attack`, or the name of a link.
    pub name: String,
    /// What the arguments ask for, or what is wrong with them.
    pub action: Result<Action, Usage>,
}

/// What a command line asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing, since there are no arguments.
    Nothing {
        /// The help of the program, for the user.
        help: String,
    },
    /// To print this help, of the program or of a command.
    Help(String),
    /// To print the version.
    Version,
    /// To run a command.
    Run(Box<Command>),
}

impl Invocation {
    /// Parses a command line, whose first part is the path of the program.
    pub fn parse(line: impl IntoIterator<Item = OsString>) -> Self {
        let mut line = line.into_iter();
        let program = line.next().unwrap_or_default();
        let link = Path::new(&program).file_stem().and_then(|name| name.to_str());
        let link = link.and_then(|name| LINKS.into_iter().find(|known| *known == name));

        let mut tree = definition();
        tree.build();
        let args: Result<Vec<_>, _> = line.map(OsString::into_string).collect();
        match (args, link) {
            (Err(arg), _) => Self {
                name: link.unwrap_or("drumfire").to_owned(),
                action: Err(Usage(format!("argument {arg:?} is not UTF-8"))),
            },
            (Ok(args), Some(link)) => Self::of_command(&tree, link, link.to_owned(), &args),
            (Ok(args), None) => Self::of_program(&tree, &args),
        }
    }

    fn of_program(tree: &clap::Command, args: &[String]) -> Self {
        let program = |action| Self { name: "drumfire".to_owned(), action };
        let (global_flags, args) = match split_global_flags(args) {
            Ok(split) => split,
            Err(problem) => return program(Err(problem)),
        };
        let Some((word, rest)) = args.split_first() else {
            return program(Ok(Action::Nothing { help: help::of_program(tree) }));
        };
        match (word.as_str(), rest) {
            ("help" | "-h" | "-help" | "--help", rest) => program(help_about(tree, rest.first())),
            ("version" | "-version" | "--version" | "-V", _) => program(Ok(Action::Version)),
            (flag, _) if flag.starts_with('-') => {
                let (name, _) = flag.split_once('=').unwrap_or((flag, ""));
                program(Err(Usage(format!(
                    "flag provided but not defined: {name} (flags follow a command, \
                     as in 'drumfire report -h')"
                ))))
            }
            ("dump", _) => program(Err(Usage(NO_DUMP.to_owned()))),
            (word, rest) if tree.find_subcommand(word).is_some() => {
                // Flags after the command come later and therefore take precedence.
                let args = [global_flags, rest].concat();
                Self::of_command(tree, word, format!("drumfire {word}"), &args)
            }
            (word, _) => program(Err(unknown_command(tree, word))),
        }
    }

    /// Parses the arguments that follow the name of a command.
    fn of_command(tree: &clap::Command, command: &str, name: String, args: &[String]) -> Self {
        let action = read_options(tree, command, &name, args);
        Self { name, action }
    }
}

/// Returns the commands and their flags. Every command accepts `-cpus`, as in Vegeta; only `attack`
/// uses and documents it.
fn definition() -> clap::Command {
    Command::command().mut_subcommands(|command| {
        if command.get_arguments().any(|arg| arg.get_id() == CPUS) {
            return command;
        }
        command.arg(Arg::new(CPUS).long(CPUS).value_parser(value_parser!(i64)).hide(true))
    })
}

/// Splits off the flags before the name of a command, which Vegeta has too.
fn split_global_flags(args: &[String]) -> Result<(&[String], &[String]), Usage> {
    let mut end = 0;
    while let Some(flag) = args.get(end).and_then(|arg| arg.strip_prefix('-')) {
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        let (name, value) = flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v)));
        match name {
            CPUS => end += if value.is_some() { 1 } else { 2 },
            "profile" => return Err(Usage(NO_PROFILE.to_owned())),
            _ => break,
        }
    }
    args.split_at_checked(end).ok_or_else(|| Usage(format!("flag needs an argument: -{CPUS}")))
}

fn help_about(tree: &clap::Command, command: Option<&String>) -> Result<Action, Usage> {
    let Some(word) = command else { return Ok(Action::Help(help::of_program(tree))) };
    let command = tree.find_subcommand(word).ok_or_else(|| unknown_command(tree, word))?;
    Ok(Action::Help(help::of_command(&format!("drumfire {word}"), command)))
}

fn read_options(
    tree: &clap::Command,
    command: &str,
    name: &str,
    args: &[String],
) -> Result<Action, Usage> {
    let definition = tree.find_subcommand(command).ok_or_else(|| unknown_command(tree, command))?;
    let long_form = match translate(definition, args)? {
        Translated::Help => return Ok(Action::Help(help::of_command(name, definition))),
        Translated::Args(long_form) => long_form,
    };
    let redacted = redacted_command::line(name, definition, &long_form);
    let line = ["drumfire", command].into_iter().map(str::to_owned).chain(long_form);
    tree.clone()
        .try_get_matches_from(line)
        .and_then(|matches| Command::from_arg_matches(&matches))
        .map(|command| Action::Run(Box::new(with_line(command, redacted))))
        .map_err(|error| explain(&error))
}

/// Adds the redacted command line to the options of commands that record it.
fn with_line(mut command: Command, line: String) -> Command {
    match &mut command {
        Command::Attack(options) => options.command = line,
        Command::Report(options) => options.command = line,
        Command::Compare(options) => options.command = line,
        Command::Plot(options) => options.command = line,
        _ => {}
    }
    command
}

fn unknown_command(tree: &clap::Command, word: &str) -> Usage {
    let commands = tree.get_subcommands().map(clap::Command::get_name);
    let hint = nearest(word, commands.chain(BUILT_IN_COMMANDS.map(|(name, _)| name)));
    let hint = hint.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
    Usage(format!("unknown command {word:?}{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::manual::flag_docs;

    /// Parses a line and shows it as `name: action`.
    fn check(line: &str, expected: &str) {
        let invocation = Invocation::parse(line.split_whitespace().map(OsString::from));
        let action = match invocation.action {
            Ok(Action::Nothing { help }) => format!("nothing, {}", first_line(&help)),
            Ok(Action::Help(text)) => format!("help, {}", first_line(&text)),
            Ok(Action::Version) => "version".to_owned(),
            Ok(Action::Run(command)) => {
                let text = format!("{command:?}");
                text.split('(').next().unwrap_or_default().to_lowercase()
            }
            Err(Usage(problem)) => problem,
        };
        assert_eq!(format!("{}: {action}", invocation.name), expected, "{line}");
    }

    fn first_line(text: &str) -> &str {
        text.lines().next().unwrap_or_default()
    }

    #[test]
    fn a_line_is_parsed_by_its_command() {
        let program = "Sends HTTP requests at a fixed rate and measures its own delay";
        let encode = "Converts streams of results to another format";
        let table = [
            ("drumfire", format!("drumfire: nothing, {program}")),
            ("drumfire -h", format!("drumfire: help, {program}")),
            ("drumfire --help", format!("drumfire: help, {program}")),
            ("drumfire help", format!("drumfire: help, {program}")),
            ("drumfire help encode", format!("drumfire: help, {encode}")),
            ("drumfire encode -help", format!("drumfire encode: help, {encode}")),
            ("drumfire version", "drumfire: version".to_owned()),
            ("drumfire -version", "drumfire: version".to_owned()),
            ("drumfire --version", "drumfire: version".to_owned()),
            ("drumfire -V", "drumfire: version".to_owned()),
            ("drumfire encode", "drumfire encode: encode".to_owned()),
            ("drumfire -cpus=2 encode", "drumfire encode: encode".to_owned()),
            ("drumfire --cpus 2 -cpus 3 encode -cpus=0x4", "drumfire encode: encode".to_owned()),
            ("drumfire -cpus 2 -version", "drumfire: version".to_owned()),
            ("drumfire -cpus=2 -h", format!("drumfire: help, {program}")),
            ("drumfire -cpus", "drumfire: flag needs an argument: -cpus".to_owned()),
            (
                "drumfire -cpus=x encode",
                "drumfire encode: invalid value \"x\" for flag -cpus: expected a whole number"
                    .to_owned(),
            ),
            (
                "drumfire -profile=cpu attack",
                "drumfire: flag -profile is not supported: profile with the system's tools, as in \
                 'perf record -g drumfire attack …'"
                    .to_owned(),
            ),
            (
                "drumfire atack",
                "drumfire: unknown command \"atack\" (did you mean attack?)".to_owned(),
            ),
            (
                "drumfire dump -h",
                "drumfire: command dump is not supported: write the records with 'drumfire encode'"
                    .to_owned(),
            ),
            ("drumfire foo", "drumfire: unknown command \"foo\"".to_owned()),
            (
                "drumfire help reprot",
                "drumfire: unknown command \"reprot\" (did you mean report?)".to_owned(),
            ),
            (
                "drumfire -rate=50",
                "drumfire: flag provided but not defined: -rate (flags follow a command, \
                 as in 'drumfire report -h')"
                    .to_owned(),
            ),
        ];
        for (line, expected) in table {
            check(line, &expected);
        }
    }

    #[test]
    fn a_link_with_the_name_of_a_command_is_that_command() {
        let table = [
            ("/usr/bin/report", "report: report"),
            ("encode", "encode: encode"),
            ("plot.exe -h", "plot: help, Draws charts from streams of results"),
            ("report -cpus=2", "report: report"),
            ("attack -nonesuch", "attack: flag provided but not defined: -nonesuch"),
        ];
        for (line, expected) in table {
            check(line, expected);
        }
    }

    #[test]
    fn the_definitions_are_valid() {
        definition().debug_assert();
    }

    #[test]
    fn the_help_of_a_flag_is_one_short_line_without_a_final_stop() {
        let mut tree = definition();
        tree.build();
        let entries = tree.get_subcommands().flat_map(flag_docs::sections);
        for entry in entries.flat_map(|section| section.entries) {
            let help = &entry.help;
            assert!((1..=72).contains(&help.chars().count()) && !help.ends_with('.'), "{help}");
        }
    }

    #[test]
    fn every_help_fits_on_a_screen() {
        let mut tree = definition();
        tree.build();
        let commands = tree.get_subcommands();
        let texts = commands.map(|command| help::of_command(command.get_name(), command));
        for text in texts.chain([help::of_program(&tree)]) {
            // Of the help of attack, the flags of flows take 13 lines, those of gRPC 15, and those of
            // WebSockets 13.
            assert!(text.lines().count() <= 76 + 13 + 15 + 13, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        }
    }
}
