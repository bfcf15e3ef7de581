//! Tables of a page.

use std::fmt::{Display, Write as _};

use crate::markup::escape::escape;

/// Length in characters from which on a text has a limited width and may be broken anywhere.
const LONG: usize = 25;

/// Whether a value is good or bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good.
    Good,
    /// Bad.
    Bad,
    /// Neither good nor bad.
    Plain,
}

impl Tone {
    /// Returns the class name in the style sheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Plain => "plain",
        }
    }
}

/// A table.
#[derive(Default)]
pub struct Table {
    /// Description of the table.
    pub caption: String,
    /// Whether only screen readers present the caption, because a heading above the table already
    /// says the same.
    pub is_headed: bool,
    /// Names of the columns.
    pub head: Vec<String>,
    /// Rows, each as long as the header. The first cell of a row is its header.
    pub rows: Vec<Vec<Cell>>,
    /// A row that sums up the others and stays below them; None if there is none.
    pub total: Option<Vec<Cell>>,
}

/// A small drawing in a cell, in the color of its text.
pub struct Picture {
    /// Width and height in units of the drawing, which are CSS pixels.
    pub size: (f64, f64),
    /// SVG shapes. They are trusted, not escaped.
    pub shapes: String,
    /// Description for screen readers.
    pub words: String,
}

impl Picture {
    fn html(&self) -> String {
        let ((width, height), words) = (self.size, escape(&self.words));
        let shapes = &self.shapes;
        format!(
            "<svg class=\"picture\" role=\"img\" aria-label=\"{words}\" width=\"{width}\" \
             height=\"{height}\" viewBox=\"0 0 {width} {height}\">{shapes}</svg>"
        )
    }
}

/// A cell of a table.
pub struct Cell {
    text: String,
    /// The whole text, if the cell shows a part of it only.
    whole: Option<String>,
    /// Drawing instead of the text; None for the text.
    picture: Option<Picture>,
    /// The exact value for programs; None if the text is not a number.
    value: Option<String>,
    tone: Tone,
}

impl Cell {
    /// Returns a cell with text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), whole: None, picture: None, value: None, tone: Tone::Plain }
    }

    /// Returns a cell with several lines.
    pub fn lines(lines: &[String]) -> Self {
        Self::text(lines.join("\n"))
    }

    /// Returns a cell with a short form of a text, and the whole text on request.
    pub fn shortened(short: impl Into<String>, whole: impl Into<String>) -> Self {
        Self { whole: Some(whole.into()), ..Self::text(short) }
    }

    /// Returns a cell with a value for people and the same value for programs.
    pub fn figure(text: impl Into<String>, value: impl Display) -> Self {
        Self { value: Some(value.to_string()), ..Self::text(text) }
    }

    /// Returns a cell with a small drawing.
    pub fn picture(picture: Picture) -> Self {
        Self { picture: Some(picture), ..Self::text("") }
    }

    /// Returns the cell in a tone.
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.picture.is_none()
    }

    /// Returns the cell as HTML. Numbers are aligned by their last digit, as `data` elements: a class
    /// of each cell would make up a tenth of a large page.
    fn html(&self, tag: &str) -> String {
        let mut classes = Vec::new();
        if self.tone != Tone::Plain {
            classes.push(self.tone.class());
        }
        // Other cells are not broken: a browser would break short texts to make space for long
        // ones.
        if self.text.lines().any(|line| line.chars().count() >= LONG) {
            classes.push("long");
        }
        let class = match classes.is_empty() {
            true => String::new(),
            false => format!(" class=\"{}\"", classes.join(" ")),
        };
        let end = tag.split(' ').next().unwrap_or_default();
        let content = match (&self.picture, &self.whole) {
            (Some(picture), _) => picture.html(),
            (None, Some(whole)) => {
                format!("<span title=\"{}\">{}</span>", escape(whole), escape(&self.text))
            }
            (None, None) => figure(&self.text, self.value.as_deref()),
        };
        format!("<{tag}{class}>{content}</{end}>")
    }
}

fn kept<T>(row: Vec<T>, used: &[bool]) -> Vec<T> {
    row.into_iter().zip(used).filter_map(|(cell, is_used)| is_used.then_some(cell)).collect()
}

/// Returns a value for people, with its form for programs if it has one.
pub(super) fn figure(text: &str, value: Option<&str>) -> String {
    let text = escape(text);
    match value {
        None => text.into_owned(),
        Some(value) => format!("<data value=\"{}\">{text}</data>", escape(value)),
    }
}

impl Table {
    /// Returns the table without the columns that are empty in every row.
    pub fn without_empty_columns(self) -> Self {
        let all = || self.rows.iter().chain(&self.total);
        let is_used = |column: usize| all().any(|row| !row[column].is_empty());
        let used: Vec<bool> = (0..self.head.len()).map(is_used).collect();
        Self {
            head: kept(self.head, &used),
            rows: self.rows.into_iter().map(|row| kept(row, &used)).collect(),
            total: self.total.map(|row| kept(row, &used)),
            ..self
        }
    }

    /// Returns whether the rows can have another order.
    pub(super) fn is_sortable(&self) -> bool {
        self.rows.len() > 1
    }

    /// Returns the table as HTML: a focusable region that scrolls if it is too wide.
    pub(super) fn html(&self) -> String {
        let caption = escape(&self.caption);
        let class = if self.is_headed { " class=\"unseen\"" } else { "" };
        let mut html = format!(
            "<div class=\"table\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n<table>\n\
             <caption{class}>{caption}</caption>\n<thead>\n<tr>"
        );
        for (column, name) in self.head.iter().enumerate() {
            let is_figure = self.rows.iter().any(|row| row[column].value.is_some());
            let class = if is_figure { " class=\"figure\"" } else { "" };
            let _ = write!(html, "<th scope=\"col\"{class}>{}</th>", escape(name));
        }
        html += "</tr>\n</thead>\n<tbody>\n";
        self.rows.iter().for_each(|row| html += &row_html(row));
        html += "</tbody>\n";
        if let Some(total) = &self.total {
            let _ = write!(html, "<tfoot>\n{}</tfoot>\n", row_html(total));
        }
        html + "</table>\n</div>\n"
    }
}

fn row_html(row: &[Cell]) -> String {
    let tags = ["th scope=\"row\""].into_iter().chain(std::iter::repeat("td"));
    let cells = row.iter().zip(tags).map(|(cell, tag)| cell.html(tag));
    format!("<tr>{}</tr>\n", cells.collect::<String>())
}
