//! Makes a document that scales, speaks and is small of what plotters' SVG backend writes.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Lines;

use crate::page::escape;

/// Returns the drawing as one SVG element of a size in CSS pixels, which shrinks and grows with
/// the page it stands in.
pub fn document(drawn: &str, (width, height): (u32, u32), title: &str) -> String {
    let (root, content) = drawn.split_once(">\n").unwrap_or(("", drawn));
    let view = root.split_once("viewBox=\"").and_then(|(_, rest)| rest.split('"').next());
    let mut document = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"{}\" role=\"img\">\n<title>{}</title>\n",
        view.unwrap_or_default(),
        escape(title),
    );
    let mut lines = content.lines().peekable();
    while let Some(line) = lines.next() {
        match Mark::parse(line) {
            Some(mark) => push_marks(&mut document, mark, &mut lines),
            None if line.starts_with("<text ") => push_text(&mut document, line, &mut lines),
            None => push_line(&mut document, line),
        }
    }
    document
}

/// Writes a text on one line, without the newlines around it, which would count as spaces.
fn push_text(document: &mut String, tag: &str, lines: &mut Peekable<Lines<'_>>) {
    document.push_str(tag);
    for line in lines.by_ref() {
        document.push_str(line);
        if line == "</text>" {
            break;
        }
    }
    document.push('\n');
}

/// Writes anything else as it came, but for the space behind the last of a list of points.
fn push_line(document: &mut String, line: &str) {
    match line.strip_suffix(" \"/>") {
        Some(points) => document.extend([points, "\"/>"]),
        None => document.push_str(line),
    }
    document.push('\n');
}

/// Writes a mark and those of its look that follow it as a group that names the look once.
fn push_marks(document: &mut String, first: Mark<'_>, lines: &mut Peekable<Lines<'_>>) {
    let Mark { opacity, fill, .. } = first;
    let _ = writeln!(document, "<g fill=\"{fill}\" fill-opacity=\"{opacity}\">");
    let mut mark = first;
    loop {
        let _ = writeln!(document, "<{} {}\"/>", mark.tag, mark.shape);
        let next = lines.peek().and_then(|line| Mark::parse(line));
        match next.filter(|next| (next.opacity, next.fill) == (opacity, fill)) {
            Some(next) => mark = next,
            None => break,
        }
        lines.next();
    }
    document.push_str("</g>\n");
}

/// A filled circle or polygon, taken apart.
#[derive(Clone, Copy)]
struct Mark<'a> {
    tag: &'a str,
    /// The attributes that say where it is, but for the last quote.
    shape: &'a str,
    opacity: &'a str,
    fill: &'a str,
}

impl<'a> Mark<'a> {
    /// Parses a line as plotters writes it; None for anything but such a mark.
    fn parse(line: &'a str) -> Option<Self> {
        let (tag, attributes) = line.strip_prefix('<')?.strip_suffix("/>")?.split_once(' ')?;
        let (shape, look) = match tag {
            "circle" => attributes.split_once("\" opacity=\"")?,
            "polygon" => {
                let look = attributes.strip_prefix("opacity=\"")?;
                let points = look.find("points=\"")?;
                (look[points..].trim_end_matches(['"', ' ']), &look[..points])
            }
            _ => return None,
        };
        let (opacity, rest) = look.split_once("\" fill=\"")?;
        let (fill, _) = rest.split_once('"')?;
        let filled = fill != "none";
        filled.then_some(Self { tag, shape, opacity, fill })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_becomes_small_and_scales() {
        let drawn = concat!(
            "<svg width=\"20\" height=\"8\" viewBox=\"0 0 20 8\" xmlns=\"http://x\">\n",
            "<rect x=\"0\" y=\"0\" width=\"20\" height=\"8\" opacity=\"1\" fill=\"#FFFFFF\"/>\n",
            "<text x=\"1\" y=\"2\">\na &lt;circle \n</text>\n",
            "<circle cx=\"1\" cy=\"2\" r=\"3\" opacity=\"0.5\" fill=\"#000001\" stroke=\"none\" stroke-width=\"1\"/>\n",
            "<circle cx=\"2\" cy=\"2\" r=\"3\" opacity=\"0.5\" fill=\"#000001\" stroke=\"none\" stroke-width=\"1\"/>\n",
            "<polygon opacity=\"0.5\" fill=\"#000002\" points=\"1,2 3,4 5,6 \"/>\n",
            "<polyline fill=\"none\" points=\"1,2 3,4 \"/>\n",
            "</svg>\n",
        );
        let expected = "\
<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"4\" viewBox=\"0 0 20 8\" role=\"img\">
<title>a &lt; b</title>
<rect x=\"0\" y=\"0\" width=\"20\" height=\"8\" opacity=\"1\" fill=\"#FFFFFF\"/>
<text x=\"1\" y=\"2\">a &lt;circle </text>
<g fill=\"#000001\" fill-opacity=\"0.5\">
<circle cx=\"1\" cy=\"2\" r=\"3\"/>
<circle cx=\"2\" cy=\"2\" r=\"3\"/>
</g>
<g fill=\"#000002\" fill-opacity=\"0.5\">
<polygon points=\"1,2 3,4 5,6\"/>
</g>
<polyline fill=\"none\" points=\"1,2 3,4\"/>
</svg>
";
        assert_eq!(document(drawn, (10, 4), "a < b"), expected);
    }
}
