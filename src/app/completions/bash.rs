//! Completions for bash: a script with the flags filled in.

use clap::Command;

use super::{entries, quoted, takes_files};
use crate::app::args::flag_docs::{Entry, Value, commands};
use crate::app::args::invocation::LINKS;

/// The script, with places in double braces.
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

/// Returns what completes the value of each of a command's flags, as arms of a case.
fn value_arms(command: &Command) -> Vec<String> {
    entries(command).filter_map(|entry| value_arm(command.get_name(), &entry)).collect()
}

fn value_arm(command: &str, entry: &Entry<'_>) -> Option<String> {
    let flag = format!("{command} -{}", entry.flag?);
    let behind_equals = quoted(&format!("{flag}="));
    let both = format!("{} | {behind_equals}", quoted(&flag));
    Some(match &entry.value {
        // A boolean never takes the next argument.
        Value::Boolean => arm(&behind_equals, "_drumfire_reply -W 'true false' -- \"$word\""),
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

/// Returns the flags of a command, those that need a value with the `=` before it, as an arm.
fn flags_arm(command: &Command) -> String {
    let flags: Vec<_> = entries(command)
        .filter_map(|entry| {
            let equals = if entry.value == Value::Boolean { "" } else { "=" };
            entry.flag.map(|flag| format!("-{flag}{equals}"))
        })
        .collect();
    format!("        {}) flags={} ;;", command.get_name(), quoted(&flags.join(" ")))
}
