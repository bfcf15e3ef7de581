//! Splits the Markdown of long descriptions into blocks, for formats other than Markdown.
//!
//! Only what the descriptions use is supported: paragraphs, lists, tables, fenced code, and within
//! a line code and links.

/// A block of a description.
#[derive(Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph, on one line.
    Paragraph(String),
    /// The items of a list, each on one line.
    List(Vec<String>),
    /// The cells of each row of a table, without its header.
    Table(Vec<Vec<String>>),
    /// The lines of fenced code.
    Code(Vec<String>),
}

/// A part of a line.
#[derive(Debug, PartialEq, Eq)]
pub enum Span {
    /// Plain text.
    Text(String),
    /// Code.
    Code(String),
}

/// Returns the blocks of a text.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        if line.starts_with("```") {
            let code = lines.by_ref().take_while(|line| *line != "```");
            blocks.push(Block::Code(code.map(str::to_owned).collect()));
            continue;
        }
        let mut block = vec![line];
        while let Some(line) = lines.next_if(|line| !line.is_empty()) {
            block.push(line);
        }
        blocks.push(block_of(&block));
    }
    blocks
}

/// Returns the block that consists of lines between two blank lines.
fn block_of(lines: &[&str]) -> Block {
    match lines[0].chars().next() {
        Some('|') => Block::Table(lines.iter().skip(2).map(|line| cells(line)).collect()),
        Some('-') if lines[0].starts_with("- ") => Block::List(items(lines)),
        _ => Block::Paragraph(lines.join(" ")),
    }
}

fn cells(row: &str) -> Vec<String> {
    row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// Returns the items of a list, each with its continuation lines.
fn items(lines: &[&str]) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        match (line.strip_prefix("- "), items.last_mut()) {
            (None, Some(item)) => *item += &format!(" {}", line.trim_start()),
            (item, _) => items.push(item.unwrap_or(line).to_owned()),
        }
    }
    items
}

/// Returns the parts of a line. Links become their text, followed by the address if it is a web
/// address.
pub fn spans(line: &str) -> Vec<Span> {
    let line = without_links(line);
    let parts = line.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts
        .map(|(n, part)| match n % 2 {
            0 => Span::Text(part.to_owned()),
            _ => Span::Code(part.to_owned()),
        })
        .collect()
}

fn without_links(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        plain += before;
        rest = match link(after) {
            Some(Link { label, address, rest }) => {
                plain += label;
                if address.starts_with("http") {
                    plain += &format!(" ({address})");
                }
                rest
            }
            // Brackets of other kinds, such as in `N[/UNIT]`.
            None => {
                plain.push('[');
                after
            }
        };
    }
    plain + rest
}

/// A link, and what follows it on the line.
struct Link<'a> {
    label: &'a str,
    address: &'a str,
    rest: &'a str,
}

/// Parses a link after its opening bracket. None if the bracket does not begin a link.
fn link(text: &str) -> Option<Link<'_>> {
    let (label, target) = text.split_once(']')?;
    let (address, rest) = target.strip_prefix('(')?.split_once(')')?;
    Some(Link { label, address, rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_into_its_blocks() {
        let text = "One\nline.\n\n- a\n  b\n- c\n\n| x | y |\n|---|---|\n| `1` | 2 |\n\n\
                    ```sh\nrun\n\nit\n```\nEnd.";
        let strings = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let expected = [
            Block::Paragraph("One line.".to_owned()),
            Block::List(strings(&["a b", "c"])),
            Block::Table(vec![strings(&["`1`", "2"])]),
            Block::Code(strings(&["run", "", "it"])),
            Block::Paragraph("End.".to_owned()),
        ];
        assert_eq!(blocks(text), expected);
    }

    #[test]
    fn links_become_their_text() {
        let line = "`[NAME:]METRIC`, see [the `format`](../a.md) or [B](https://b.org/c).";
        let text = |text: &str| Span::Text(text.to_owned());
        let code = |text: &str| Span::Code(text.to_owned());
        let expected = [
            code("[NAME:]METRIC"),
            text(", see the "),
            code("format"),
            text(" or B (https://b.org/c)."),
        ];
        assert_eq!(spans(line), expected);
    }
}
