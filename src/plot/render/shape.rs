//! Shapes of marks.

use crate::plot::render::canvas::px;

/// The shape of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A circle: a hit.
    Dot,
    /// A triangle that points upwards: a hit that failed.
    Triangle,
}

impl Shape {
    /// Returns the corners of a shape that has the area of about a circle of a radius in CSS
    /// pixels, in units of the drawing from its middle; None for the circle.
    pub fn corners(self, radius: f64) -> Option<Vec<(i32, i32)>> {
        let corners = [(0.0, -1.4), (1.2, 0.7), (-1.2, 0.7)];
        let scaled = || corners.iter().map(|(x, y)| (px(x * radius), px(y * radius))).collect();
        (self == Shape::Triangle).then(scaled)
    }
}
