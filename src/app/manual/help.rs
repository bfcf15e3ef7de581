//! The help of the program and of each command, one screen each, from clap's definitions.

use clap::Command;

use crate::app::manual::flag_docs::{
    BUILT_IN_COMMANDS, Entry, about, commands, examples, operands, sections,
};

/// Maximum number of characters in a line.
pub const MAX_WIDTH: usize = 100;
/// Maximum number of characters before a description. A longer flag has a separate line.
const MAX_INDENT: usize = 30;

/// A line of a table.
struct Row {
    /// The indented flag or command, with its placeholder.
    label: String,
    /// What the flag or command does.
    description: String,
}

/// Returns the help of the program.
pub fn of_program(tree: &Command) -> String {
    let own = commands(tree).map(|command| (command.get_name(), about(command)));
    let built_in = BUILT_IN_COMMANDS.map(|(name, about)| match name {
        "help" => ("help COMMAND", about.to_owned()),
        name => (name, about.to_owned()),
    });
    let row = |(name, description)| Row { label: format!("  {name}"), description };
    let rows: Vec<_> = own.chain(built_in).map(row).collect();
    let indent = indent_for(&rows);
    let examples: String = commands(tree)
        .filter_map(|command| examples(command).into_iter().next())
        .map(|line| format!("  {line}\n"))
        .collect();
    format!(
        "{}\n\nusage: drumfire COMMAND [FLAGS] [FILE...]\n\n\
         commands:\n{}\nexamples:\n{examples}",
        about(tree),
        table(&rows, indent)
    )
}

/// Returns the help of a command that was called by a name, such as `drumfire attack`.
pub fn of_command(name: &str, command: &Command) -> String {
    let mut text = format!("{}\n\nusage: {name} {}\n", about(command), operands(command));
    let sections: Vec<_> = sections(command)
        .iter()
        .map(|section| (section.heading, section.entries.iter().map(row_of).collect::<Vec<_>>()))
        .collect();
    let indent = sections.iter().map(|(_, rows)| indent_for(rows)).max().unwrap_or_default();
    for (heading, rows) in sections {
        text += &format!("\n{heading}:\n{}", table(&rows, indent));
    }
    let examples = examples(command);
    if !examples.is_empty() {
        text += "\nexamples:\n";
        text.extend(examples.iter().map(|line| format!("  {line}\n")));
    }
    text
}

fn row_of(entry: &Entry<'_>) -> Row {
    Row { label: label(entry), description: description(entry) }
}

/// Returns `  -rate N[/UNIT]`, or only the placeholder for an argument that is not a flag.
fn label(entry: &Entry<'_>) -> String {
    let name = entry.flag.map(|flag| format!("-{flag} ")).unwrap_or_default();
    format!("  {name}{}", entry.placeholder).trim_end().to_owned()
}

fn description(entry: &Entry<'_>) -> String {
    match &entry.default {
        Some(default) => format!("{} [{default}]", entry.help),
        None => entry.help.clone(),
    }
}

/// Returns the column at which the descriptions of a table begin.
fn indent_for(rows: &[Row]) -> usize {
    let widths = rows.iter().map(|row| row.label.chars().count() + 2);
    widths.filter(|width| *width <= MAX_INDENT).max().unwrap_or(MAX_INDENT)
}

fn table(rows: &[Row], indent: usize) -> String {
    rows.iter().map(|row| row.text(indent)).collect()
}

impl Row {
    /// Returns the row as text, its description wrapped and indented.
    fn text(&self, indent: usize) -> String {
        let mut lines = wrap(&self.description, MAX_WIDTH - indent).into_iter();
        let label = &self.label;
        // A label that is too long has a separate line.
        let mut text = if label.chars().count() + 2 > indent {
            format!("{label}\n")
        } else {
            let line = format!("{label:indent$}{}", lines.next().unwrap_or_default());
            format!("{}\n", line.trim_end())
        };
        text.extend(lines.map(|line| format!("{:indent$}{line}\n", "")));
        text
    }
}

/// Breaks a text between words into lines of at most `width` characters.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use clap::builder::PossibleValuesParser;
    use clap::{Arg, ArgAction};

    use super::*;

    #[test]
    fn the_help_of_a_command_shows_flags_as_they_are_typed() {
        let mut command = Command::new("attack")
            .disable_help_flag(true)
            .about("Attacks targets")
            .after_help("attack -rate=50\nattack -rate=0")
            .arg(
                Arg::new("rate")
                    .long("rate")
                    .value_name("N[/UNIT]")
                    .default_value("50/1s")
                    .help("hits in each unit of time")
                    .help_heading("load"),
            )
            .arg(
                Arg::new("format")
                    .long("format")
                    .value_parser(PossibleValuesParser::new(["a", "b"])),
            )
            .arg(Arg::new("header").long("header").value_name("KV").action(ArgAction::Append))
            .arg(
                Arg::new("a-flag-with-quite-a-name")
                    .long("a-flag-with-quite-a-name")
                    .value_name("VALUE")
                    .help("word ".repeat(18)),
            )
            .arg(
                Arg::new("keepalive")
                    .long("keepalive")
                    .action(ArgAction::Set)
                    .value_parser(clap::value_parser!(bool))
                    .default_value("true")
                    .help("reuse connections"),
            )
            .arg(Arg::new("quiet").long("quiet").action(ArgAction::SetTrue).help("say nothing"))
            .arg(Arg::new("files").value_name("FILE").action(ArgAction::Append).help("streams"));
        command.build();
        let expected = "\
Attacks targets

usage: drumfire attack [FLAGS] [FILE...]

load:
  -rate N[/UNIT]  hits in each unit of time [50/1s]

flags:
  -format a|b
  -header KV...
  -a-flag-with-quite-a-name VALUE
                  word word word word word word word word word word word word word word word word
                  word word
  -keepalive      reuse connections [true]
  -quiet          say nothing

arguments:
  FILE...         streams

examples:
  attack -rate=50
  attack -rate=0
";
        assert_eq!(of_command("drumfire attack", &command), expected);
    }
}
