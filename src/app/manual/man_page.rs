//! Manual pages in roff.

use std::fmt::Write as _;

use clap::Command;

use crate::app::manual::Page;
use crate::app::manual::flag_docs::{
    BUILT_IN_COMMANDS, Entry, GLOBAL_FLAGS, LINKS, Section, about, behavior, commands, examples,
    introduction, operands, sections,
};
use crate::app::manual::markdown_blocks::{Block, Span, blocks, spans};

/// The syntax of flags.
const SYNTAX: &str = "Flags follow Go's syntax: one dash or two, and the value after = or in the \
                      next argument. A boolean takes a value only after =. If a flag is given \
                      twice, the last one counts, unless it is repeatable. -- ends the flags.";

/// Kinds of values, and their forms.
const VALUES: [(&str, &str); 4] = [
    ("TIME", "300ms, 1m30s or 1.5h; units ns, us, µs, ms, s, m, h; a bare 0"),
    ("SIZE", "bytes, or a number with a unit in powers of 1024: 64k, 10MB, 1 gigabyte"),
    ("N", "a whole number; 0x10 and 1_000 are accepted too"),
    ("FILE", "a path; stdin, stdout and - are the standard streams"),
];

/// Exit codes, and their meanings.
const EXIT_CODES: [(&str, &str); 6] = [
    ("0", "Success; failed requests are results and do not change it, nor does a closed pipe."),
    ("1", "The run or its input failed."),
    ("2", "The command line is wrong."),
    ("98", "The generator could not keep up, and report was given -require-valid."),
    ("99", "A threshold or regression limit was missed, or -abort ended the attack."),
    ("130, 143", "SIGINT or SIGTERM ended a command whose output was blocked."),
];

/// Commands for those who install the program, which the help does not list.
const INSTALLER_COMMANDS: [(&str, &str, &str); 2] = [
    ("man", "DIR", "Writes the manual pages into a directory"),
    ("completions", "bash|zsh|fish", "Writes a script that completes command lines in a shell"),
];

/// Returns all pages: the program's, the commands', and for each link one that includes the page of
/// its command.
pub fn pages(tree: &Command) -> Vec<Page> {
    let program = Page { file: "drumfire.1".to_owned(), text: program_page(tree) };
    let commands = commands(tree).map(|command| Page {
        file: format!("drumfire-{}.1", command.get_name()),
        text: command_page(tree, command),
    });
    let links = LINKS.map(|link| Page {
        file: format!("{link}.1"),
        text: format!(".so man1/drumfire-{link}.1\n"),
    });
    [program].into_iter().chain(commands).chain(links).collect()
}

fn program_page(tree: &Command) -> String {
    let mut page = Writer::new("drumfire", &about(tree));
    page.section("SYNOPSIS");
    page.line(&format!("{} {}", bold("drumfire"), roff("COMMAND [FLAGS] [FILE...]")));
    page.section("COMMANDS");
    commands(tree).for_each(|command| page.item(&bold(command.get_name()), &about(command)));
    for (name, about) in BUILT_IN_COMMANDS {
        let operand = if name == "help" { " COMMAND" } else { "" };
        page.item(&(bold(name) + &italic(operand)), about);
    }
    for (name, operand, about) in INSTALLER_COMMANDS {
        page.item(&format!("{} {}", bold(name), italic(operand)), about);
    }
    page.section("FLAGS");
    page.text(SYNTAX);
    for flag in GLOBAL_FLAGS {
        let name = bold(&format!("-{}", flag.name));
        page.item(&(name + &italic(flag.value)), &format!("{}.", flag.help));
    }
    VALUES.iter().for_each(|(name, form)| page.item(&italic(name), form));
    page.section("EXIT STATUS");
    EXIT_CODES.iter().for_each(|(code, meaning)| page.item(&bold(code), meaning));
    page.examples(commands(tree).filter_map(|command| examples(command).into_iter().next()));
    page.see_also(commands(tree).map(|command| format!("drumfire-{}", command.get_name())));
    page.0
}

fn command_page(tree: &Command, command: &Command) -> String {
    let name = command.get_name();
    let own = format!("drumfire-{name}");
    let mut page = Writer::new(&own, &about(command));
    page.section("SYNOPSIS");
    page.line(&format!("{} {}", bold(&format!("drumfire {name}")), roff(&operands(command))));
    if LINKS.contains(&name) {
        page.line(".br");
        page.line(&format!("{} {}", bold(name), roff(&operands(command))));
    }
    if let Some(introduction) = introduction(command) {
        page.section("DESCRIPTION");
        page.blocks(&blocks(&introduction), ".PP");
    }
    sections(command).iter().for_each(|section| page.flags(section));
    if let Some(behavior) = behavior(command) {
        page.section("NOTES");
        page.blocks(&blocks(&behavior), ".PP");
    }
    page.examples(examples(command).into_iter());
    let others = commands(tree).map(|other| format!("drumfire-{}", other.get_name()));
    page.see_also(["drumfire".to_owned()].into_iter().chain(others.filter(|other| *other != own)));
    page.0
}

/// Writes a page in the macros of man.
///
/// Source: groff, groff_man(7).
struct Writer(String);

impl Writer {
    fn new(name: &str, about: &str) -> Self {
        let mut page = Self(String::new());
        let (title, version) = (name.to_uppercase(), env!("CARGO_PKG_VERSION"));
        // No date, so that the same source always gives the same page.
        page.line(&format!(
            ".TH {} 1 \"\" \"drumfire {version}\" \"drumfire manual\"",
            roff(&title)
        ));
        // No hyphens within flags, and no gaps between words.
        page.line(".nh\n.ad l");
        page.section("NAME");
        page.line(&format!("{} \\- {}", roff(name), roff(about)));
        page
    }

    fn section(&mut self, heading: &str) {
        self.line(&format!(".SH {}", roff(heading)));
    }

    fn text(&mut self, text: &str) {
        self.line(&roff(text));
    }

    /// Adds an item to the current list. The label is roff already.
    fn item(&mut self, label: &str, text: &str) {
        self.label(label);
        self.text(text);
    }

    fn label(&mut self, label: &str) {
        self.line(".TP");
        self.line(label);
    }

    /// Adds the flags or arguments of a section.
    fn flags(&mut self, section: &Section<'_>) {
        self.section(&section.heading.to_uppercase());
        section.entries.iter().for_each(|entry| self.flag(entry));
    }

    fn flag(&mut self, entry: &Entry<'_>) {
        self.label(&label(entry));
        let details = entry.details.as_deref().map(blocks).unwrap_or_default();
        // Details begin with a paragraph. The default follows it, before lists and examples.
        let (first, others) = match details.split_first() {
            Some((Block::Paragraph(text), others)) => (roff_line(text), others),
            _ => (format!("{}.", roff(&entry.help)), details.as_slice()),
        };
        self.line(&first);
        if let Some(default) = &entry.default {
            self.line(&format!("Default: {}.", bold(default)));
        }
        others.iter().for_each(|block| self.block(block, ".IP"));
    }

    /// Adds blocks of a section. Each paragraph after the first begins with a macro.
    fn blocks(&mut self, blocks: &[Block], paragraph: &str) {
        for (n, block) in blocks.iter().enumerate() {
            match block {
                Block::Paragraph(text) if n == 0 => self.line(&roff_line(text)),
                block => self.block(block, paragraph),
            }
        }
    }

    fn block(&mut self, block: &Block, paragraph: &str) {
        match block {
            Block::Paragraph(text) => self.line(&format!("{paragraph}\n{}", roff_line(text))),
            Block::List(items) => {
                self.line(".RS");
                items.iter().for_each(|item| {
                    self.line(&format!(".IP \\(bu 2\n{}", roff_line(item)));
                });
                self.line(".RE");
            }
            Block::Table(rows) => {
                self.line(".RS");
                rows.iter().for_each(|row| self.row(row));
                self.line(".RE");
            }
            Block::Code(lines) => {
                self.line(&format!("{paragraph}\n.EX"));
                lines.iter().for_each(|line| self.text(line));
                self.line(".EE");
            }
        }
    }

    /// Adds a row of a table: its first cell as a label, the others as its text.
    fn row(&mut self, cells: &[String]) {
        let Some((first, others)) = cells.split_first() else { return };
        self.label(&roff_line(first));
        self.line(&roff_line(&others.join(": ")));
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
        writeln!(self.0, "{line}").expect("writing to a string cannot fail");
    }
}

/// Returns a flag as it is typed, in roff.
fn label(entry: &Entry<'_>) -> String {
    match entry.flag {
        None => italic(&entry.placeholder),
        Some(flag) if entry.placeholder.is_empty() => bold(&format!("-{flag}")),
        Some(flag) => format!("{}={}", bold(&format!("-{flag}")), italic(&entry.placeholder)),
    }
}

/// Returns a line of Markdown in roff.
fn roff_line(line: &str) -> String {
    let spans = spans(line).into_iter().map(|span| match span {
        Span::Text(text) => escaped(&text),
        Span::Code(code) => bold(&code),
    });
    at_line_start(spans.collect())
}

fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", roff(text))
}

fn italic(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("\\fI{}\\fR", roff(text))
}

/// Escapes a text so that roff finds no escape or request in it, and that it can be copied from the
/// page as it was typed.
fn roff(text: &str) -> String {
    at_line_start(escaped(text))
}

/// Returns an escaped text that may begin a line.
fn at_line_start(text: String) -> String {
    // A line that begins with a full stop would be a request; \& has no width.
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

/// Escapes special characters.
///
/// Source: groff, groff_char(7) and groff_man_style(7), "Portability".
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
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
    fn texts_are_escaped_for_roff() {
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
            .about("Attacks targets")
            .long_about("Attacks targets\n\nOne paragraph.\n\nAnother, see [B](b.md).")
            .after_long_help("It ends.")
            .after_help("attack -rate=50 | report")
            .arg(
                Arg::new("rate")
                    .long("rate")
                    .value_name("N[/UNIT]")
                    .default_value("50/1s")
                    .help("Hits per unit of time")
                    .long_help(
                        "Hits\n\nNumber of hits, as in `50/s`.\n\n- `0`: no limit\n\n```\n.x\n```",
                    )
                    .help_heading("Load"),
            )
            .arg(Arg::new("quiet").long("quiet").action(ArgAction::SetTrue).help("Print nothing"))
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
drumfire\-attack \- Attacks targets
.SH SYNOPSIS
\fBdrumfire attack\fR [FLAGS] [FILE...]
.br
\fBattack\fR [FLAGS] [FILE...]
.SH DESCRIPTION
One paragraph.
.PP
Another, see B.
.SH LOAD
.TP
\fB\-rate\fR=\fIN[/UNIT]\fR
Number of hits, as in \fB50/s\fR.
Default: \fB50/1s\fR.
.RS
.IP \(bu 2
\fB0\fR: no limit
.RE
.IP
.EX
\&.x
.EE
.SH FLAGS
.TP
\fB\-quiet\fR
Print nothing.
.SH ARGUMENTS
.TP
\fIFILE...\fR
Streams.
.SH NOTES
It ends.
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
        assert_eq!(command_page(&tree, command), expected);
    }
}
