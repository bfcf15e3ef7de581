//! How the hits of an attack look: the shape and the colour of their marks.

use plotters::prelude::*;

use crate::plot::canvas::px;

/// Colours of answered and of failed hits, by number of the attack: four hues, then the same
/// darker. Blues and greens against reds and oranges are told apart with every kind of colour
/// blindness.
///
/// Source: Masataka Okabe, Kei Ito, Color Universal Design, 2002, revised 2008; the darker ones
/// and the last of the failed are ours.
const ANSWERED: [RGBColor; 8] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x00, 0x36, 0x5c),
    RGBColor(0x00, 0x56, 0x3e),
    RGBColor(0x2b, 0x6f, 0x98),
    RGBColor(0x7a, 0x3a, 0x5c),
];
const FAILED: [RGBColor; 8] = [
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x00, 0x00),
    RGBColor(0xc0, 0x00, 0x30),
    RGBColor(0x84, 0x38, 0x00),
    RGBColor(0x8f, 0x60, 0x00),
    RGBColor(0x66, 0x66, 0x66),
    RGBColor(0x70, 0x00, 0x1c),
];

/// Attacks in a row whose marks have the same shape: as many as there are hues.
const HUES: usize = 4;

/// The shape of a mark. Hits that were answered and such that failed have none in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A circle.
    Dot,
    /// A square that stands on a side.
    Square,
    /// A square that stands on a corner.
    Diamond,
    /// A triangle that points upwards.
    Up,
    /// A triangle that points downwards.
    Down,
    /// A triangle that points to the right.
    Right,
}

impl Shape {
    /// Returns the corners of a shape that has the area of about a circle of a radius in CSS
    /// pixels, in units of the drawing from its middle; None for the circle.
    pub fn corners(self, radius: f64) -> Option<Vec<(i32, i32)>> {
        let corners: &[(f64, f64)] = match self {
            Shape::Dot => return None,
            Shape::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Shape::Diamond => &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
            Shape::Up => &[(0.0, -1.4), (1.2, 0.7), (-1.2, 0.7)],
            Shape::Down => &[(0.0, 1.4), (-1.2, -0.7), (1.2, -0.7)],
            Shape::Right => &[(1.4, 0.0), (-0.7, 1.2), (-0.7, -1.2)],
        };
        Some(corners.iter().map(|(x, y)| (px(x * radius), px(y * radius))).collect())
    }
}

/// How the marks of a series look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Their shape.
    pub shape: Shape,
    /// Their colour.
    pub colour: RGBColor,
}

impl Look {
    /// Returns the look of the hits of an attack, told by its number from 0, with one outcome.
    /// The attacks up to the 24th all look different.
    pub fn of(attack: usize, failed: bool) -> Self {
        let (colours, shapes) = if failed {
            (FAILED, [Shape::Up, Shape::Down, Shape::Right])
        } else {
            (ANSWERED, [Shape::Dot, Shape::Square, Shape::Diamond])
        };
        Self {
            shape: shapes[attack / HUES % shapes.len()],
            colour: colours[attack % colours.len()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_dozen_attacks_look_different_in_either_outcome() {
        let looks: Vec<Look> =
            (0..24).flat_map(|a| [false, true].map(|f| Look::of(a, f))).collect();
        for (idx, look) in looks.iter().enumerate() {
            assert!(!looks[..idx].contains(look), "{idx}: {look:?}");
        }
    }

    #[test]
    fn neighbours_differ_in_colour_and_rounds_in_shape_too() {
        assert_eq!(Look::of(0, false), Look { shape: Shape::Dot, colour: ANSWERED[0] });
        assert_eq!(Look::of(1, false).shape, Shape::Dot);
        assert_eq!(Look::of(4, false), Look { shape: Shape::Square, colour: ANSWERED[4] });
        assert_eq!(Look::of(8, true), Look { shape: Shape::Right, colour: FAILED[0] });
    }
}
