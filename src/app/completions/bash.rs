//! Completions for bash: a script into which the flags are inserted.

use clap::Command;

use crate::app::completions::{entries, quoted, takes_files};
use crate::app::manual::flag_docs::{Entry, LINKS, Value, commands};

/// The script, with placeholders in double braces.
const SCRIPT: &str = include_str!("bash.sh");

/// Returns the script.
pub fn script(tree: &Command) -> String {
    let names = |takes: fn(&Command) -> bool| -> Vec<&str> {
        commands(tree).filter(|command| takes(command)).map(Command::get_name).collect()
    };
    let values: Vec<_> = commands(tree).flat_map(value_arms).collect();
    let flags: Vec<_> = commands(tree).map(flags_arm).collect();
    SCRIPT
        .replace("{{commands}}", &names(|_| true).join(" "))
        .replace("{{values}}", &values.join("\n"))
        .replace("{{flags}}", &flags.join("\n"))
        .replace("{{readers}}", &names(takes_files).join(" | "))
        .replace("{{links}}", &LINKS.join(" "))
}

/// Returns the completion of the value of each flag of a command, as arms of a case.
fn value_arms(command: &Command) -> Vec<String> {
    entries(command).filter_map(|entry| value_arm(command.get_name(), &entry)).collect()
}

fn value_arm(command: &str, entry: &Entry<'_>) -> Option<String> {
    let flag = format!("{command} -{}", entry.flag?);
    let with_equals = quoted(&format!("{flag}="));
    let both = format!("{} | {with_equals}", quoted(&flag));
    Some(match &entry.value {
        // A boolean never takes the next argument.
        Value::Boolean => arm(&with_equals, "_drumfire_reply -W 'true false' -- \"$word\""),
        Value::Choice(words) => {
            let words = quoted(&words.join(" "));
            arm(&both, &format!("_drumfire_reply -W {words} -- \"$word\""))
        }
        Value::File => arm(&both, "_drumfire_files \"$word\""),
        Value::Text => arm(&both, "COMPREPLY=()"),
    })
}

fn arm(pattern: &str, action: &str) -> String {
    format!("        {pattern})\n            {action}\n            return\n            ;;")
}

/// Returns the flags of a command as an arm. Flags that need a value end with `=`.
fn flags_arm(command: &Command) -> String {
    let flags: Vec<_> = entries(command)
        .filter_map(|entry| {
            let equals = if entry.value == Value::Boolean { "" } else { "=" };
            entry.flag.map(|flag| format!("-{flag}{equals}"))
        })
        .collect();
    format!("        {}) flags={} ;;", command.get_name(), quoted(&flags.join(" ")))
}
