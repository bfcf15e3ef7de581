//! Colors, each in a variant for light and for dark backgrounds. They are distinguishable with
//! every kind of color blindness, and in grey by lightness, dashes and shapes.

use std::fmt::Write as _;

use plotters::prelude::RGBColor;

/// Background of a chart.
pub const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
/// Color of titles and other important text.
pub const INK: RGBColor = RGBColor(0x1a, 0x1c, 0x1f);
/// Color of labels. The contrast is 7 to 1 on either background.
pub const MUTED: RGBColor = RGBColor(0x50, 0x57, 0x5e);
/// Grid lines at the ticks of the axes.
pub const GRID: RGBColor = RGBColor(0xe7, 0xe9, 0xec);
/// The axes.
pub const RULE: RGBColor = RGBColor(0x9a, 0xa1, 0xa8);
/// Planned values and limits.
pub const PLAN: RGBColor = RGBColor(0xc4, 0xc9, 0xce);
/// Failures.
pub const FAILED: RGBColor = SERIES[1];
/// A hit.
pub const HIT: RGBColor = RGBColor(0x2b, 0x6f, 0x98);

/// The line at the median, and the bands between one quantile and the next with their upper edges.
pub const MEDIAN: RGBColor = RGBColor(0x00, 0x3f, 0x66);
/// From the median outwards, with rising lightness.
pub const BANDS: [RGBColor; 3] =
    [RGBColor(0x5a, 0xa5, 0xd4), RGBColor(0x9c, 0xc9, 0xe7), RGBColor(0xd6, 0xe8, 0xf5)];
/// From the median outwards.
pub const EDGES: [RGBColor; 3] =
    [SERIES[0], RGBColor(0x55, 0xa2, 0xd2), RGBColor(0x98, 0xc6, 0xe5)];

/// Colors of runs, names or outcomes on one chart.
///
/// Source: Masataka Okabe, Kei Ito, Color Universal Design, 2002, revised 2008. The yellow, which
/// is not legible on white, and the black are replaced by our own.
pub const SERIES: [RGBColor; 8] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x8a, 0x7a, 0x00),
    RGBColor(0x3c, 0x40, 0x45),
];

/// Colors from few hits to many; each is darker than the one before, and lighter on a dark
/// background.
pub const HEAT: [RGBColor; 8] = [
    RGBColor(0xe0, 0xec, 0xf6),
    RGBColor(0xc2, 0xda, 0xee),
    RGBColor(0x9b, 0xc5, 0xe3),
    RGBColor(0x6c, 0xa9, 0xd5),
    RGBColor(0x41, 0x8b, 0xc4),
    RGBColor(0x20, 0x6b, 0xae),
    RGBColor(0x0a, 0x4b, 0x8c),
    RGBColor(0x07, 0x2c, 0x5c),
];

/// Each color on a light background with its counterpart on a dark background.
const DARK: [(RGBColor, &str); 29] = [
    (PAPER, "#1e2125"),
    (INK, "#e6e8ea"),
    (MUTED, "#b0b6bd"),
    (GRID, "#33373d"),
    (RULE, "#6d747c"),
    (PLAN, "#5b626a"),
    (HIT, "#7cbfe6"),
    (MEDIAN, "#d9f0ff"),
    (BANDS[0], "#2f7fb4"),
    (BANDS[1], "#24587c"),
    (BANDS[2], "#1f3d53"),
    (EDGES[1], "#3b84b3"),
    (EDGES[2], "#2c5f81"),
    (SERIES[0], "#4fa9e0"),
    (SERIES[1], "#ff9148"),
    (SERIES[2], "#2fc497"),
    (SERIES[3], "#e09bc2"),
    (SERIES[4], "#f2b632"),
    (SERIES[5], "#93d3f7"),
    (SERIES[6], "#c9bb3f"),
    (SERIES[7], "#e3e6e9"),
    (HEAT[0], "#1f3245"),
    (HEAT[1], "#20415e"),
    (HEAT[2], "#225279"),
    (HEAT[3], "#2a6797"),
    (HEAT[4], "#3f82b6"),
    (HEAT[5], "#64a2d1"),
    (HEAT[6], "#9bc7e8"),
    (HEAT[7], "#e2f2ff"),
];

/// Returns a color in SVG notation.
pub fn css(RGBColor(red, green, blue): RGBColor) -> String {
    hex((red, green, blue))
}

/// Returns the components of a color in SVG notation.
pub fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Returns CSS rules that replace the colors used in a drawing by their dark variants, for readers
/// whose system prefers a dark scheme. On paper and in programs without CSS, the light colors
/// apply.
pub fn dark_rules(drawing: &str) -> String {
    let mut rules = String::new();
    for (color, dark) in DARK {
        let light = css(color);
        for property in ["fill", "stroke"] {
            if drawing.contains(&format!("{property}=\"{light}\"")) {
                let _ = write!(rules, "[{property}=\"{light}\"]{{{property}:{dark}}}");
            }
        }
    }
    format!("@media screen and (prefers-color-scheme:dark){{{rules}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the perceived lightness of a color, in `[0, 1]`.
    ///
    /// Source: Web Content Accessibility Guidelines 2.1, relative luminance.
    fn luminance(hex: &str) -> f64 {
        let part = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        let linear =
            |c: f64| if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        0.2126 * linear(part(1)) + 0.7152 * linear(part(3)) + 0.0722 * linear(part(5))
    }

    fn both(color: RGBColor) -> [String; 2] {
        let (_, dark) = DARK.iter().find(|(light, _)| *light == color).unwrap();
        [css(color), (*dark).to_owned()]
    }

    /// Returns the contrast of two colors on either background, from 1 to 21.
    fn contrasts(one: RGBColor, other: RGBColor) -> [f64; 2] {
        let (one, other) = (both(one), both(other));
        [0, 1].map(|ground| {
            let (a, b) = (luminance(&one[ground]), luminance(&other[ground]));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        })
    }

    #[test]
    fn each_color_has_its_own_place_in_the_dark() {
        for (idx, (light, dark)) in DARK.iter().enumerate() {
            assert!(DARK[..idx].iter().all(|(l, d)| l != light && d != dark), "{light:?}");
        }
    }

    #[test]
    fn text_and_lines_have_contrast_on_both_backgrounds() {
        let table = [(INK, 12.0), (MUTED, 7.0), (FAILED, 3.0), (MEDIAN, 9.0), (HIT, 4.0)];
        for (color, least) in table {
            let found = contrasts(color, PAPER);
            assert!(found.iter().all(|contrast| *contrast >= least), "{color:?}: {found:?}");
        }
        for color in SERIES {
            let found = contrasts(color, PAPER);
            assert!(found.iter().all(|contrast| *contrast >= 2.0), "{color:?}: {found:?}");
        }
    }

    #[test]
    fn more_hits_have_more_contrast_in_grey_too() {
        for pair in HEAT.windows(2) {
            let [before, after] = [0, 1].map(|idx| contrasts(pair[idx], PAPER));
            assert!((0..2).all(|ground| after[ground] > before[ground] * 1.1), "{pair:?}");
        }
    }

    #[test]
    fn only_colors_in_use_have_rules() {
        let rules = dark_rules("<path stroke=\"#1a1c1f\"/>");
        let expected = "[stroke=\"#1a1c1f\"]{stroke:#e6e8ea}";
        assert_eq!(rules, format!("@media screen and (prefers-color-scheme:dark){{{expected}}}"));
    }
}
