//! `drumfire man`: writes the manual pages, made of the definitions of the flags.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory as _};

use crate::app::Command;
use crate::app::args::flag_docs::{Entry, Section, about, commands, examples, operands, sections};
use crate::app::args::invocation::LINKS;

/// How flags are typed, as in Go.
const SYNTAX: &str = "Flags are written as in Go: one dash or two, the value behind = or in the \
                      next argument. A boolean takes a value only behind =. Of a flag given twice \
                      the last counts, unless it is repeatable. -- ends the flags.";

/// Kinds of values, and their forms.
const VALUES: [(&str, &str); 4] = [
    ("TIME", "300ms, 1m30s or 1.5h; units ns, us, µs, ms, s, m, h; a bare 0"),
    ("SIZE", "bytes, or with a unit in powers of 1024: 64k, 10MB, 1 gigabyte"),
    ("N", "a whole number; 0x10 and 1_000 too"),
    ("FILE", "a path; stdin, stdout and - name the streams"),
];

/// Exit codes, and what they mean.
const EXITS: [(&str, &str); 6] = [
    ("0", "Done; also where requests failed, since these are results, or where a pipe was closed."),
    ("1", "The run or its input failed."),
    ("2", "The command line cannot be understood."),
    ("98", "The generator could not keep up, and report was given -require-valid."),
    ("99", "A threshold was missed, or -abort ended the attack."),
    ("130, 143", "SIGINT or SIGTERM ended a command whose output took nothing."),
];

/// What stands before a command, or in its place, and is in no definition.
const GLOBALS: [(&str, &str, &str); 2] = [
    ("-cpus", "=N", "Engine threads, at most; behind a command, too."),
    ("-version", "", "Shows the version."),
];

/// Commands for those who install the program.
const FOR_INSTALLERS: [(&str, &str, &str); 2] = [
    ("man", "DIR", "Writes the manual pages into a directory"),
    ("completions", "bash|zsh|fish", "Writes what completes command lines in a shell"),
];

/// The arguments of man.
#[derive(Debug, Args)]
pub struct Options {
    /// Directory to write the pages into
    #[arg(value_name = "DIR", required = true)]
    directory: PathBuf,
}

/// Runs the command.
///
/// # Errors
///
/// Where a page cannot be written.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let mut tree = Command::command();
    tree.build();
    for (file, page) in pages(&tree) {
        let path = options.directory.join(file);
        fs::write(&path, page).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// Returns every page with the name of its file: the program's, the commands', and for each link
/// one that sends to its command.
fn pages(tree: &clap::Command) -> Vec<(String, String)> {
    let of_command = |command: &clap::Command| {
        (format!("drumfire-{}.1", command.get_name()), page_of_command(tree, command))
    };
    let of_link = |link| (format!("{link}.1"), format!(".so man1/drumfire-{link}.1\n"));
    let program = ("drumfire.1".to_owned(), page_of_program(tree));
    let commands = commands(tree).map(of_command);
    [program].into_iter().chain(commands).chain(LINKS.map(of_link)).collect()
}

fn page_of_program(tree: &clap::Command) -> String {
    let mut page = Page::new("drumfire", &about(tree));
    page.section("SYNOPSIS");
    page.line(&format!("{} {}", bold("drumfire"), roff("COMMAND [FLAGS] [FILE...]")));
    page.section("COMMANDS");
    commands(tree).for_each(|command| page.item(&bold(command.get_name()), &about(command)));
    page.item(&format!("{} {}", bold("help"), italic("COMMAND")), "Shows the flags of a command");
    page.item(&bold("version"), "Shows the version");
    for (name, operand, about) in FOR_INSTALLERS {
        page.item(&format!("{} {}", bold(name), italic(operand)), about);
    }
    page.section("FLAGS");
    page.text(SYNTAX);
    for (name, value, about) in GLOBALS {
        page.item(&format!("{}{}", bold(name), italic(value)), about);
    }
    VALUES.iter().for_each(|(name, form)| page.item(&italic(name), form));
    page.section("EXIT STATUS");
    EXITS.iter().for_each(|(code, meaning)| page.item(&bold(code), meaning));
    page.examples(commands(tree).filter_map(|command| examples(command).into_iter().next()));
    page.see_also(commands(tree).map(|command| format!("drumfire-{}", command.get_name())));
    page.0
}

fn page_of_command(tree: &clap::Command, command: &clap::Command) -> String {
    let name = command.get_name();
    let own = format!("drumfire-{name}");
    let mut page = Page::new(&own, &about(command));
    page.section("SYNOPSIS");
    let link = LINKS.contains(&name).then_some(name);
    for (idx, called) in [format!("drumfire {name}").as_str()].into_iter().chain(link).enumerate() {
        page.break_line(idx > 0);
        page.line(&format!("{} {}", bold(called), roff(&operands(command))));
    }
    sections(command).iter().for_each(|section| page.flags(section));
    page.examples(examples(command).into_iter());
    let others = commands(tree).map(|other| format!("drumfire-{}", other.get_name()));
    page.see_also(["drumfire".to_owned()].into_iter().chain(others.filter(|other| *other != own)));
    page.0
}

/// A page under way, in the macros of man.
///
/// Source: groff, groff_man(7).
struct Page(String);

impl Page {
    fn new(name: &str, about: &str) -> Self {
        let mut page = Self(String::new());
        let (title, version) = (name.to_uppercase(), env!("CARGO_PKG_VERSION"));
        // Without a date: the same source should always give the same page.
        page.line(&format!(
            ".TH {} 1 \"\" \"drumfire {version}\" \"drumfire manual\"",
            roff(&title)
        ));
        // Neither hyphens in the midst of a flag nor gaps between words.
        page.line(".nh\n.ad l");
        page.section("NAME");
        page.line(&format!("{} \\- {}", roff(name), roff(about)));
        page
    }

    fn section(&mut self, heading: &str) {
        self.line(&format!(".SH {}", roff(heading)));
    }

    fn break_line(&mut self, wanted: bool) {
        if wanted {
            self.line(".br");
        }
    }

    fn text(&mut self, text: &str) {
        self.line(&roff(text));
    }

    /// Adds a line of the list under way; the label is roff already.
    fn item(&mut self, label: &str, text: &str) {
        self.line(".TP");
        self.line(label);
        self.text(text);
    }

    /// Adds the flags of a section, or its arguments.
    fn flags(&mut self, section: &Section<'_>) {
        self.section(&section.heading.to_uppercase());
        for entry in &section.entries {
            self.item(&label(entry), &format!("{}.", entry.help));
            if let Some(default) = &entry.default {
                self.line(&format!("Default: {}.", bold(default)));
            }
        }
    }

    fn examples(&mut self, lines: impl Iterator<Item = String>) {
        self.section("EXAMPLES");
        self.line(".EX");
        lines.for_each(|line| self.text(&line));
        self.line(".EE");
    }

    fn see_also(&mut self, pages: impl Iterator<Item = String>) {
        self.section("SEE ALSO");
        let pages: Vec<_> = pages.map(|page| format!("{}(1)", bold(&page))).collect();
        self.line(&pages.join(",\n"));
    }

    /// Adds a line that is roff already.
    fn line(&mut self, line: &str) {
        writeln!(self.0, "{line}").expect("a string takes every line");
    }
}

/// Returns a flag as it is typed.
fn label(entry: &Entry<'_>) -> String {
    match entry.flag {
        None => italic(&entry.placeholder),
        Some(flag) if entry.placeholder.is_empty() => bold(&format!("-{flag}")),
        Some(flag) => format!("{}={}", bold(&format!("-{flag}")), italic(&entry.placeholder)),
    }
}

fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", roff(text))
}

fn italic(text: &str) -> String {
    format!("\\fI{}\\fR", roff(text))
}

/// Returns a text of which roff takes nothing for an escape or a request, and which can be copied
/// from the page as it was typed.
///
/// Source: groff, groff_char(7) and groff_man_style(7), "Portability".
fn roff(text: &str) -> String {
    let mut escaped = String::new();
    if text.starts_with('.') {
        // A line that begins with a stop would be a request; \& is nothing, and no stop.
        escaped += "\\&";
    }
    for letter in text.chars() {
        match letter {
            '\\' => escaped += "\\e",
            '-' => escaped += "\\-",
            '\'' => escaped += "\\(aq",
            '`' => escaped += "\\(ga",
            '^' => escaped += "\\(ha",
            '~' => escaped += "\\(ti",
            '"' => escaped += "\\(dq",
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction};

    use super::*;

    #[test]
    fn roff_takes_no_text_for_an_escape_or_a_request() {
        let table = [
            ("-rate", "\\-rate"),
            (".so x", "\\&.so x"),
            ("'hist[0,1ms]'", "\\(aqhist[0,1ms]\\(aq"),
            ("a\\b", "a\\eb"),
            ("0.5", "0.5"),
        ];
        for (text, expected) in table {
            assert_eq!(roff(text), expected);
        }
    }

    #[test]
    fn a_page_shows_flags_as_they_are_typed() {
        let attack = clap::Command::new("attack")
            .disable_help_flag(true)
            .about("Fires at targets")
            .after_help("attack -rate=50 | report")
            .arg(
                Arg::new("rate")
                    .long("rate")
                    .value_name("N[/UNIT]")
                    .default_value("50/1s")
                    .help("Hits in each unit of time")
                    .help_heading("Load"),
            )
            .arg(Arg::new("quiet").long("quiet").action(ArgAction::SetTrue).help("Say nothing"))
            .arg(Arg::new("files").value_name("FILE").action(ArgAction::Append).help("Streams"));
        let hidden = clap::Command::new("man").hide(true);
        let mut tree = clap::Command::new("drumfire").disable_help_subcommand(true).subcommands([
            attack,
            clap::Command::new("serve"),
            hidden,
        ]);
        tree.build();
        let expected = format!(
            r#".TH DRUMFIRE\-ATTACK 1 "" "drumfire {}" "drumfire manual"
.nh
.ad l
.SH NAME
drumfire\-attack \- Fires at targets
.SH SYNOPSIS
\fBdrumfire attack\fR [FLAGS] [FILE...]
.br
\fBattack\fR [FLAGS] [FILE...]
.SH LOAD
.TP
\fB\-rate\fR=\fIN[/UNIT]\fR
Hits in each unit of time.
Default: \fB50/1s\fR.
.SH FLAGS
.TP
\fB\-quiet\fR
Say nothing.
.SH ARGUMENTS
.TP
\fIFILE...\fR
Streams.
.SH EXAMPLES
.EX
attack \-rate=50 | report
.EE
.SH SEE ALSO
\fBdrumfire\fR(1),
\fBdrumfire\-serve\fR(1)
"#,
            env!("CARGO_PKG_VERSION")
        );
        let command = tree.find_subcommand("attack").expect("it was defined above");
        assert_eq!(page_of_command(&tree, command), expected);
    }
}
