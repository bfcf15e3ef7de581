//! Completions for fish, one `complete` per flag.

use clap::Command;

use crate::app::completions::{entries, takes_files};
use crate::app::manual::flag_docs::{
    BUILT_IN_COMMANDS, Entry, GLOBAL_FLAGS, LINKS, Value, about, commands,
};

/// Returns the script.
pub fn script(tree: &Command) -> String {
    let mut lines = vec![
        "# Completes drumfire's command lines in fish. Written by `drumfire completions fish`."
            .to_owned(),
        "complete -c drumfire -f".to_owned(),
    ];
    let own = commands(tree).map(|command| (command.get_name(), about(command)));
    let built_in = BUILT_IN_COMMANDS.map(|(name, about)| (name, about.to_owned()));
    for (name, about) in own.chain(built_in) {
        let about = quoted(&about);
        lines.push(format!("complete -c drumfire -n __fish_use_subcommand -a {name} -d {about}"));
    }
    let names: Vec<_> = commands(tree).map(Command::get_name).collect();
    let names = quoted(&names.join(" "));
    lines.push(format!("complete -c drumfire -n '__fish_seen_subcommand_from help' -a {names}"));
    lines.extend(GLOBAL_FLAGS.map(|flag| {
        let value = if flag.value.is_empty() { "" } else { " -x" };
        let flag = format!("-o {}{value} -d {}", flag.name, quoted(flag.help));
        format!("complete -c drumfire -n __fish_use_subcommand {flag}")
    }));
    for command in commands(tree) {
        let name = command.get_name();
        let start = format!("complete -c drumfire -n '__fish_seen_subcommand_from {name}'");
        lines.extend(flags(command, &start));
        if LINKS.contains(&name) {
            lines.extend(flags(command, &format!("complete -c {name}")));
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Returns the lines that complete the arguments of a command. Each begins with `start`.
fn flags(command: &Command, start: &str) -> Vec<String> {
    let files = if takes_files(command) { "-F" } else { "-f" };
    let mut lines = vec![format!("{start} {files}")];
    lines.extend(entries(command).filter_map(|entry| Some(format!("{start} {}", flag(&entry)?))));
    lines
}

/// Returns one flag in the form of `complete`, whose old style has one dash. None for an argument
/// that is not a flag.
///
/// Source: fish, complete(1).
fn flag(entry: &Entry<'_>) -> Option<String> {
    let value = match &entry.value {
        Value::Boolean => String::new(),
        Value::Choice(words) => format!(" -x -a {}", quoted(&words.join(" "))),
        Value::File => " -r -F".to_owned(),
        Value::Text => " -x".to_owned(),
    };
    Some(format!("-o {}{value} -d {}", entry.flag?, quoted(&entry.help)))
}

/// Quotes a text as one word of fish, which supports escapes within single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}
