//! Help: one screen for the program and one for each command, from clap's definitions.

use clap::Command;

use crate::app::args::flag_docs::{self, Entry, about, commands, examples, operands};

/// Characters in a line.
const WIDTH: usize = 100;
/// Characters before the description of a flag, at most; a longer flag has a line for itself.
const MOST_INDENT: usize = 30;

/// Returns the help of the program.
pub fn of_program(tree: &Command) -> String {
    let rows: Vec<_> = commands(tree)
        .map(|command| (format!("  {}", command.get_name()), about(command)))
        .chain([
            ("  help COMMAND".to_owned(), "Shows the flags of a command".to_owned()),
            ("  version".to_owned(), "Shows the version".to_owned()),
        ])
        .collect();
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

/// Returns the help of a command that was called by a name such as `drumfire attack`.
pub fn of_command(name: &str, command: &Command) -> String {
    let mut text = format!("{}\n\nusage: {name} {}\n", about(command), operands(command));
    let sections: Vec<_> = flag_docs::sections(command)
        .iter()
        .map(|section| (section.heading, rows(&section.entries)))
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

fn rows(entries: &[Entry<'_>]) -> Vec<(String, String)> {
    entries.iter().map(|entry| (label(entry), description(entry))).collect()
}

/// Returns `  -rate N[/UNIT]`, or the name alone for what is no flag.
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

/// Returns where the descriptions of a table begin.
fn indent_for(rows: &[(String, String)]) -> usize {
    let widths = rows.iter().map(|(label, _)| label.chars().count() + 2);
    widths.filter(|width| *width <= MOST_INDENT).max().unwrap_or(MOST_INDENT)
}

fn table(rows: &[(String, String)], indent: usize) -> String {
    rows.iter().map(|(label, text)| row(label, text, indent)).collect()
}

/// Sets a row, its description wrapped and indented; a label too long has a line for itself.
fn row(label: &str, text: &str, indent: usize) -> String {
    let mut lines = wrap(text, WIDTH - indent).into_iter();
    let mut row = if label.chars().count() + 2 > indent {
        format!("{label}\n")
    } else {
        let line = format!("{label:indent$}{}", lines.next().unwrap_or_default());
        format!("{}\n", line.trim_end())
    };
    row.extend(lines.map(|line| format!("{:indent$}{line}\n", "")));
    row
}

/// Breaks a text between words into lines of at most a number of characters.
fn wrap(text: &str, width: usize) -> Vec<String> {
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
    fn a_command_s_help_shows_flags_as_they_are_typed() {
        let mut command = Command::new("attack")
            .disable_help_flag(true)
            .about("Fires at targets")
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
Fires at targets

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
