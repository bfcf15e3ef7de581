//! Shapes of marks.

use crate::plot::render::canvas::px;

/// The shape of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A circle: a hit.
    Dot,
    /// A triangle that points upwards: a failed hit.
    Triangle,
}

impl Shape {
    /// Returns the corners of a shape with about the area of a circle of the given radius in CSS
    /// pixels, in units of the drawing relative to its center; None for the circle.
    pub fn corners(self, radius: f64) -> Option<Vec<(i32, i32)>> {
        let corners = [(0.0, -1.4), (1.2, 0.7), (-1.2, 0.7)];
        let scaled = || corners.iter().map(|(x, y)| (px(x * radius), px(y * radius))).collect();
        (self == Shape::Triangle).then(scaled)
    }
}
