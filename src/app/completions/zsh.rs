//! Completions for zsh, by its function `_arguments`.

use clap::Command;

use crate::app::completions::{entries, quoted};
use crate::app::manual::flag_docs::{BUILT_IN_COMMANDS, Entry, LINKS, Value, about, commands};

/// The end of the script: finds the command and calls its function. The functions of all commands
/// precede it.
const DISPATCH: &str = r#"
_drumfire() {
    local command=$service
    if [[ $service == drumfire ]]; then
        # The flag that may precede a command, with its value in the same word or the next.
        while (( CURRENT > 2 )) && [[ $words[2] == (-|--)cpus(|=*) ]]; do
            if [[ $words[2] != *=* ]]; then
                words[2]=()
                (( CURRENT-- ))
            fi
            words[2]=()
            (( CURRENT-- ))
        done
        (( CURRENT >= 2 )) || return
        if (( CURRENT == 2 )) || [[ $CURRENT == 3 && $words[2] == help ]]; then
            _drumfire_commands
            return
        fi
        shift words
        (( CURRENT-- ))
        command=$words[1]
    fi
    (( $+functions[_drumfire_$command] )) && _drumfire_$command
}

# Called by the first completion, as compinit requires, or sourced.
if [[ $funcstack[1] == _drumfire ]]; then
    _drumfire "$@"
else
    compdef _drumfire drumfire {{links}}
fi
"#;

/// Returns the script.
pub fn script(tree: &Command) -> String {
    let links = LINKS.join(" ");
    let mut script = format!(
        "#compdef drumfire {links}\n\
         # Completes drumfire's command lines in zsh. Written by `drumfire completions zsh`.\n"
    );
    script += &commands_function(tree);
    script.extend(commands(tree).map(command_function));
    script + &DISPATCH.replace("{{links}}", &links)
}

fn commands_function(tree: &Command) -> String {
    let own = commands(tree).map(|command| (command.get_name(), about(command)));
    let lines: String = own
        .chain(BUILT_IN_COMMANDS.map(|(name, about)| (name, about.to_owned())))
        .map(|(name, about)| format!("        {}\n", quoted(&format!("{name}:{about}"))))
        .collect();
    format!(
        "\n_drumfire_commands() {{\n    local -a commands=(\n{lines}    )\n    \
         _describe command commands\n}}\n"
    )
}

fn command_function(command: &Command) -> String {
    let specs = entries(command).map(|entry| format!(" \\\n        {}", quoted(&spec(&entry))));
    format!(
        "\n_drumfire_{}() {{\n    _arguments{}\n}}\n",
        command.get_name(),
        specs.collect::<String>()
    )
}

/// Returns one flag or argument in the form of `_arguments`.
///
/// Source: zsh, zshcompsys(1), "_arguments".
fn spec(entry: &Entry<'_>) -> String {
    let message = escaped(&entry.placeholder);
    let action = match &entry.value {
        Value::Boolean => "(true false)".to_owned(),
        Value::Choice(words) => format!("({})", words.join(" ")),
        Value::File => "_files".to_owned(),
        Value::Text => " ".to_owned(),
    };
    let Some(flag) = entry.flag else { return format!("*:{message}:{action}") };
    let help = escaped(&entry.help);
    let repeats = if entry.repeats { "*" } else { "" };
    match entry.value {
        // `=-` and `::`: the value is optional and must follow `=`.
        Value::Boolean => format!("-{flag}=-[{help}]::value:{action}"),
        _ => format!("{repeats}-{flag}=[{help}]:{message}:{action}"),
    }
}

/// Escapes the characters that are special in `_arguments`.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if matches!(letter, ':' | '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_described_to_zsh_with_its_kind_of_value() {
        let entry = |flag, placeholder: &str, value, repeats| Entry {
            flag,
            placeholder: placeholder.to_owned(),
            value,
            repeats,
            help: "As in [0,1ms]: it's so".to_owned(),
            details: None,
            default: None,
        };
        let help = r"[As in \[0,1ms\]\: it's so]";
        let words = Value::Choice(vec!["http".to_owned(), "json".to_owned()]);
        let table = [
            (entry(Some("quiet"), "", Value::Boolean, false), "-quiet=-{help}::value:(true false)"),
            (
                entry(Some("format"), "http|json", words, false),
                "-format={help}:http|json:(http json)",
            ),
            (entry(Some("rate"), "N[/UNIT]", Value::Text, false), r"-rate={help}:N\[/UNIT\]: "),
            (
                entry(Some("header"), "KEY: VALUE...", Value::Text, true),
                r"*-header={help}:KEY\: VALUE...: ",
            ),
            (entry(None, "FILE...", Value::File, true), "*:FILE...:_files"),
        ];
        for (entry, expected) in table {
            assert_eq!(spec(&entry), expected.replace("{help}", help));
        }
    }
}
