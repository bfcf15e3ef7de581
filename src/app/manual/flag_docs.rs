//! What clap's definition says about commands and flags, in the words that users type.
//!
//! Help, manual pages, the flag reference and shell completions are all made from it, so that none
//! of them can omit a flag.

use std::any::TypeId;

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command, ValueHint};

/// Commands that the program also runs if it is called by their name, for example through a link.
pub const LINKS: [&str; 4] = ["attack", "report", "plot", "encode"];

/// Commands that clap does not define, each with its description.
pub const BUILT_IN_COMMANDS: [(&str, &str); 2] =
    [("help", "Shows the flags of a command"), ("version", "Shows the version")];

/// A flag that may be written before the command, or instead of one. clap does not define it.
pub struct GlobalFlag {
    /// The name without its dash.
    pub name: &'static str,
    /// The form of the value, such as `=N`; empty for a boolean.
    pub value: &'static str,
    /// Verb and object, without a final stop.
    pub help: &'static str,
}

/// The global flags.
pub const GLOBAL_FLAGS: [GlobalFlag; 2] = [
    GlobalFlag { name: "cpus", value: "=N", help: "Limit the number of engine threads" },
    GlobalFlag { name: "version", value: "", help: "Show the version" },
];

/// Flags or arguments under one heading.
pub struct Section<'a> {
    /// The heading in clap's definition; `flags` or `arguments` if it has none.
    pub heading: &'a str,
    /// At least one, in the order of the definition.
    pub entries: Vec<Entry<'a>>,
}

/// A flag, or an argument that is not a flag.
pub struct Entry<'a> {
    /// The flag's name without its dash. None for an argument that is not a flag.
    pub flag: Option<&'a str>,
    /// The placeholder of the value, such as `N[/UNIT]`, `http|json` or `FILE...`; empty for a
    /// boolean.
    pub placeholder: String,
    /// What the value can be.
    pub value: Value,
    /// Whether the flag may be repeated, each time with another value.
    pub repeats: bool,
    /// Verb and object, without a final stop.
    pub help: String,
    /// The description in Markdown. None if `help` says everything.
    pub details: Option<String>,
    /// None if there is no default, or if it is empty or false.
    pub default: Option<String>,
}

/// What the value of a flag can be, as far as a shell can complete it.
#[derive(Debug, PartialEq, Eq)]
pub enum Value {
    /// True or false; true if no value is given.
    Boolean,
    /// One of a few words.
    Choice(Vec<String>),
    /// The name of a file.
    File,
    /// Anything else.
    Text,
}

/// Returns what a command does, in one line without a final stop.
pub fn about(command: &Command) -> String {
    text(command.get_about())
}

/// Returns the introduction of a command in Markdown. None if `about` says everything.
pub fn introduction(command: &Command) -> Option<String> {
    without_first_paragraph(&text(command.get_long_about()))
}

/// Returns how a command behaves besides its flags, in Markdown. None if it has no special
/// behavior.
pub fn behavior(command: &Command) -> Option<String> {
    command.get_after_long_help().map(ToString::to_string)
}

/// Returns command lines that show how a command is used.
pub fn examples(command: &Command) -> Vec<String> {
    text(command.get_after_help()).lines().map(str::to_owned).collect()
}

fn text(text: Option<&StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// Returns a text without its first paragraph, which clap repeats before the details. None if it
/// has only one.
fn without_first_paragraph(text: &str) -> Option<String> {
    let (_, details) = text.split_once("\n\n")?;
    Some(details.trim_end().to_owned())
}

/// Returns the commands that the documentation lists, in order.
pub fn commands(tree: &Command) -> impl Iterator<Item = &Command> {
    tree.get_subcommands().filter(|command| !command.is_hide_set())
}

/// Returns what may follow a command's name, such as `[FLAGS] [FILE...]`.
pub fn operands(command: &Command) -> String {
    let flags = command.get_opts().next().map(|_| "[FLAGS]".to_owned());
    let files = command.get_positionals().map(|arg| match placeholder(arg) {
        name if arg.is_required_set() => name,
        name => format!("[{name}]"),
    });
    flags.into_iter().chain(files).collect::<Vec<_>>().join(" ")
}

/// Returns the flags under their headings, both in the order of the definition.
pub fn sections(command: &Command) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let heading = match (arg.get_help_heading(), arg.is_positional()) {
            (Some(heading), _) => heading,
            (None, true) => "arguments",
            (None, false) => "flags",
        };
        match sections.iter_mut().find(|section| section.heading == heading) {
            Some(section) => section.entries.push(entry(arg)),
            None => sections.push(Section { heading, entries: vec![entry(arg)] }),
        }
    }
    sections
}

fn entry(arg: &Arg) -> Entry<'_> {
    Entry {
        flag: arg.get_long(),
        placeholder: if is_boolean(arg) { String::new() } else { placeholder(arg) },
        value: value(arg),
        repeats: matches!(arg.get_action(), ArgAction::Append),
        help: text(arg.get_help()),
        details: without_first_paragraph(&text(arg.get_long_help())),
        default: default(arg),
    }
}

/// Returns whether a flag is a boolean. Works before clap has built the command, too.
pub fn is_boolean(flag: &Arg) -> bool {
    flag.get_value_parser().type_id() == TypeId::of::<bool>()
}

fn placeholder(arg: &Arg) -> String {
    let choices = choices(arg);
    let repeats = if matches!(arg.get_action(), ArgAction::Append) { "..." } else { "" };
    let name = if choices.is_empty() { value_name(arg) } else { choices.join("|") };
    name + repeats
}

fn value(arg: &Arg) -> Value {
    let choices = choices(arg);
    if is_boolean(arg) {
        Value::Boolean
    } else if !choices.is_empty() {
        Value::Choice(choices)
    } else if value_name(arg).starts_with("FILE") || arg.get_value_hint() == ValueHint::FilePath {
        Value::File
    } else {
        Value::Text
    }
}

/// Returns the words that a value must be one of: those that clap knows, or those that a value name
/// such as `http|json` lists. Empty if other values are possible.
fn choices(arg: &Arg) -> Vec<String> {
    let known = arg.get_possible_values();
    if is_boolean(arg) {
        Vec::new()
    } else if known.is_empty() {
        let name = value_name(arg);
        let listed = name.split('|').map(str::to_owned).collect::<Vec<_>>();
        if listed.len() > 1 { listed } else { Vec::new() }
    } else {
        known.iter().map(|choice| choice.get_name().to_owned()).collect()
    }
}

fn value_name(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ")
}

fn default(arg: &Arg) -> Option<String> {
    let defaults: Vec<_> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default = defaults.join(",");
    let is_shown = !default.is_empty() && default != "false" && !arg.is_hide_default_value_set();
    is_shown.then_some(default)
}

#[cfg(test)]
mod tests {
    use clap::builder::PossibleValuesParser;

    use super::*;

    fn flag(name: &'static str) -> Arg {
        Arg::new(name).long(name)
    }

    #[test]
    fn the_kind_of_a_value_follows_from_the_definition() {
        let words = |words: &[&str]| Value::Choice(words.iter().map(ToString::to_string).collect());
        let table = [
            (flag("quiet").action(ArgAction::SetTrue), "", Value::Boolean),
            (
                flag("type").value_parser(PossibleValuesParser::new(["html", "svg"])),
                "html|svg",
                words(&["html", "svg"]),
            ),
            (flag("to").value_name("json|csv"), "json|csv", words(&["json", "csv"])),
            (flag("output").value_name("FILE"), "FILE", Value::File),
            (flag("root-certs").value_name("FILES"), "FILES", Value::File),
            (flag("base").value_name("BASE").value_hint(ValueHint::FilePath), "BASE", Value::File),
            (flag("rate").value_name("N[/UNIT]"), "N[/UNIT]", Value::Text),
            (
                flag("header").value_name("KEY: VALUE").action(ArgAction::Append),
                "KEY: VALUE...",
                Value::Text,
            ),
        ];
        for (arg, placeholder, value) in table {
            let mut command = Command::new("attack").disable_help_flag(true).arg(arg);
            command.build();
            let entry = sections(&command).remove(0).entries.remove(0);
            assert_eq!((entry.placeholder.as_str(), entry.value), (placeholder, value));
        }
    }

    #[test]
    fn required_operands_have_no_brackets() {
        let file = || Arg::new("file").value_name("FILE");
        let table = [
            (Command::new("serve").arg(flag("listen")), "[FLAGS]"),
            (Command::new("report").arg(file().action(ArgAction::Append)), "[FILE...]"),
            (Command::new("man").arg(file().required(true)), "FILE"),
        ];
        for (command, expected) in table {
            let mut command = command.disable_help_flag(true);
            command.build();
            assert_eq!(operands(&command), expected);
        }
    }

    #[test]
    fn details_are_the_paragraphs_after_the_first() {
        let arg = flag("rate").help("Rate").long_help("Rate\n\nOne.\n\nTwo.\n");
        let command = Command::new("attack").disable_help_flag(true).arg(arg).arg(flag("seed"));
        let entries = sections(&command).remove(0).entries;
        let details: Vec<_> = entries.iter().map(|entry| entry.details.as_deref()).collect();
        assert_eq!(details, [Some("One.\n\nTwo."), None]);
    }
}
