//! The plotters backend: a small, scalable, accessible SVG document that follows the reader's light
//! or dark color scheme.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::rc::Rc;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};

use crate::markup::escape::escape;
use crate::plot::render::palette::{dark_rules, hex};

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// A pen on a sheet; its clones draw on the same sheet.
#[derive(Clone)]
pub struct Pen(Rc<RefCell<Sheet>>);

/// A drawing in progress.
struct Sheet {
    /// Width and height in units of the drawing.
    size: (u32, u32),
    /// The finished part, as SVG.
    done: String,
    /// Shapes with the same attributes that further shapes may join; None if the next shape starts
    /// a new group.
    open: Option<Open>,
}

/// Shapes with the same attributes, which are written once.
struct Open {
    /// Attributes.
    look: String,
    /// Whether the shapes are elements in a group; otherwise they are parts of one path.
    is_group: bool,
    shapes: String,
}

impl Pen {
    /// Returns a pen on an empty sheet, whose size is in units of the drawing.
    pub fn new(size: (u32, u32)) -> Self {
        Self(Rc::new(RefCell::new(Sheet { size, done: String::new(), open: None })))
    }

    /// Begins a group with attributes, which must be well-formed.
    pub fn begin_group(&self, attributes: &str) {
        self.element(&format!("<g {attributes}>"));
    }

    /// Ends the group that was begun last.
    pub fn end_group(&self) {
        self.element("</g>");
    }

    /// Returns the drawing as one SVG element of a size in CSS pixels, which scales with the page
    /// around it. The title is for screen readers, and the data, JSON without markup, is for
    /// scripts.
    pub fn document(&self, (width, height): (u32, u32), title: &str, data: &str) -> String {
        let mut sheet = self.0.borrow_mut();
        sheet.close();
        let (view_width, view_height) = sheet.size;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {view_width} {view_height}\" font-family=\"system-ui, sans-serif\" \
             role=\"img\">\n<title>{}</title>\n<metadata>{}</metadata>\n<style>{}</style>\n{}</svg>\n",
            escape(title),
            data,
            dark_rules(&sheet.done),
            sheet.done,
        )
    }

    /// Writes an element, or a part of one, on its own line.
    fn element(&self, element: &str) {
        let mut sheet = self.0.borrow_mut();
        sheet.close();
        sheet.done += element;
        sheet.done.push('\n');
    }

    /// Adds a shape to those with the same attributes.
    fn shape(&self, look: &str, is_group: bool, shape: &str) {
        let mut sheet = self.0.borrow_mut();
        let is_same = |open: &&mut Open| open.look == look && open.is_group == is_group;
        if let Some(open) = sheet.open.as_mut().filter(is_same) {
            open.shapes += shape;
            return;
        }
        sheet.close();
        sheet.open = Some(Open { look: look.to_owned(), is_group, shapes: shape.to_owned() });
    }
}

impl Sheet {
    fn close(&mut self) {
        let Some(Open { look, is_group, shapes }) = self.open.take() else { return };
        if is_group {
            let _ = writeln!(self.done, "<g {look}>\n{shapes}</g>");
        } else {
            let _ = writeln!(self.done, "<path {look} d=\"{shapes}\"/>");
        }
    }
}

/// Returns the attributes of a filled shape.
fn filled(color: BackendColor) -> String {
    let mut look = format!("fill=\"{}\"", hex(color.rgb));
    if color.alpha < 1.0 {
        let _ = write!(look, " fill-opacity=\"{}\"", color.alpha);
    }
    look
}

/// Returns the attributes of a line.
fn stroked<S: BackendStyle>(style: &S) -> String {
    let (color, width) = (style.color(), style.stroke_width());
    let mut look = format!("fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"", hex(color.rgb));
    if color.alpha < 1.0 {
        let _ = write!(look, " stroke-opacity=\"{}\"", color.alpha);
    }
    look
}

/// Returns a path through points, with each step in its shortest form.
fn path(places: impl IntoIterator<Item = BackendCoord>) -> String {
    let mut path = String::new();
    let mut last: Option<BackendCoord> = None;
    for (x, y) in places {
        let _ = match last.map(|(from_x, from_y)| (x - from_x, y - from_y)) {
            None => write!(path, "M{x} {y}"),
            Some((0, 0)) => Ok(()),
            Some((across, 0)) => write!(path, "h{across}"),
            Some((0, down)) => write!(path, "v{down}"),
            Some((across, down)) => write!(path, "l{across} {down}"),
        };
        last = Some((x, y));
    }
    path
}

impl DrawingBackend for Pen {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.0.borrow().size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        if fill {
            return self.fill_polygon(corners, style);
        }
        self.draw_path(corners.into_iter().chain([(left, top)]), style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        places: I,
        style: &S,
    ) -> Drawn {
        if style.color().alpha > 0.0 {
            self.shape(&stroked(style), false, &path(places));
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        if style.color().alpha > 0.0 {
            self.shape(&filled(style.color()), false, &format!("{}z", path(corners)));
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let look = if fill { filled(style.color()) } else { stroked(style) };
        self.shape(&look, true, &format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>\n"));
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Right => " text-anchor=\"end\"",
            HPos::Center => " text-anchor=\"middle\"",
        };
        // Vertical position of the baseline, in parts of the font size.
        let down = match style.anchor().v_pos {
            VPos::Top => 0.76,
            VPos::Center => 0.35,
            VPos::Bottom => -0.25,
        };
        let y = y + (down * style.size()).round() as i32;
        let weight = match style.style() {
            FontStyle::Bold => " font-weight=\"bold\"",
            _ => "",
        };
        let (size, look) = (style.size(), filled(style.color()));
        self.element(&format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{weight}{anchor} {look}>{}</text>",
            escape(text)
        ));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use plotters::prelude::*;

    use super::*;

    #[test]
    fn shapes_of_one_look_are_one_path_or_group() {
        let mut pen = Pen::new((20, 8));
        let line = Color::stroke_width(&BLACK, 2);
        pen.draw_line((1, 2), (1, 5), &line).unwrap();
        pen.draw_path([(3, 3), (4, 3), (6, 7), (6, 7)], &line).unwrap();
        pen.draw_rect((0, 0), (2, 1), &BLACK.mix(0.5), true).unwrap();
        pen.begin_group("class=\"a\"");
        pen.draw_circle((1, 2), 3, &BLACK, true).unwrap();
        pen.draw_circle((2, 2), 3, &BLACK, true).unwrap();
        pen.end_group();
        let expected = "\
<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"4\" viewBox=\"0 0 20 8\" font-family=\"system-ui, sans-serif\" role=\"img\">
<title>a &lt; b</title>
<metadata>{\"a\":1}</metadata>
<style>@media screen and (prefers-color-scheme:dark){}</style>
<path fill=\"none\" stroke=\"#000000\" stroke-width=\"2\" d=\"M1 2v3M3 3h1l2 4\"/>
<path fill=\"#000000\" fill-opacity=\"0.5\" d=\"M0 0h2v1h-2z\"/>
<g class=\"a\">
<g fill=\"#000000\">
<circle cx=\"1\" cy=\"2\" r=\"3\"/>
<circle cx=\"2\" cy=\"2\" r=\"3\"/>
</g>
</g>
</svg>
";
        assert_eq!(pen.document((10, 4), "a < b", "{\"a\":1}"), expected);
    }
}
