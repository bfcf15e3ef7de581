//! Definition: what clap knows of a command, in the words that its users type.
//!
//! Help, manual pages and completions are made of it alone, so that none of them can forget a flag.

use clap::{Arg, ArgAction, Command, ValueHint};

use crate::app::args::go_flags::is_boolean;

/// Flags, or arguments that are none, under one heading.
pub struct Section<'a> {
    /// As clap has it; `flags` or `arguments` where it has none.
    pub heading: &'a str,
    /// At least one, in the order of the definition.
    pub entries: Vec<Entry<'a>>,
}

/// A flag, or an argument that is none.
pub struct Entry<'a> {
    /// A flag's name without its dash; None for an argument that is none.
    pub flag: Option<&'a str>,
    /// What stands for the value, such as `N[/UNIT]`, `http|json` or `FILE...`; empty for a
    /// boolean.
    pub placeholder: String,
    /// What the value can be.
    pub value: Value,
    /// Whether it may be given again, each time with another value.
    pub repeats: bool,
    /// One sentence without a stop.
    pub help: String,
    /// None where that is nothing, or false.
    pub default: Option<String>,
}

/// What the value of a flag can be, as far as a shell can propose one.
#[derive(Debug, PartialEq, Eq)]
pub enum Value {
    /// True or false; true where none is given.
    Boolean,
    /// One of a few words.
    Choice(Vec<String>),
    /// The name of a file.
    File,
    /// Anything else.
    Text,
}

/// Returns what a command is for, in one line without a stop.
pub fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

/// Returns the command lines that show a command's use.
pub fn examples(command: &Command) -> Vec<String> {
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    examples.lines().map(str::to_owned).collect()
}

/// Returns the commands that users are told of, in order.
pub fn commands(tree: &Command) -> impl Iterator<Item = &Command> {
    tree.get_subcommands().filter(|command| !command.is_hide_set())
}

/// Returns what may stand behind a command's name, such as `[FLAGS] [FILE...]`.
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
        help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
        default: default(arg),
    }
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

/// Returns the words that a value is one of: those clap knows, or those that a value name such as
/// `http|json` lists; none where it may be something else.
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
    let told = !default.is_empty() && default != "false" && !arg.is_hide_default_value_set();
    told.then_some(default)
}

#[cfg(test)]
mod tests {
    use clap::builder::PossibleValuesParser;

    use super::*;

    fn flag(name: &'static str) -> Arg {
        Arg::new(name).long(name)
    }

    #[test]
    fn a_flag_s_value_is_known_as_far_as_a_shell_can_propose_it() {
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
    fn operands_that_must_be_given_stand_without_brackets() {
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
}
