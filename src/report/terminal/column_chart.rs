//! A small column chart of values over time, in characters.

use crate::report::terminal::Blocks;

/// Height of a chart in lines.
const LINES: usize = 6;

/// The frame: the left edge, the corner, and the lower edge.
fn frame(blocks: Blocks) -> [char; 3] {
    match blocks {
        Blocks::Unicode => ['│', '└', '─'],
        Blocks::Ascii => ['|', '+', '-'],
    }
}

/// The labels of a chart's axes.
#[derive(Clone, Copy, Debug)]
pub struct Axes<'a> {
    /// The greatest value, > 0.
    pub top: f64,
    /// Name of the values.
    pub label: &'a str,
    /// Label at the end of the last column.
    pub end: &'a str,
}

/// Draws values >= 0, one per column. A value above 0 is always visible, however small.
pub fn chart(figures: &[f64], axes: Axes<'_>, blocks: Blocks) -> String {
    let Axes { top, label, end } = axes;
    let steps = blocks.columns();
    let [side, corner, floor] = frame(blocks);
    let full = steps.len() - 1;
    let height = |figure: f64| {
        let height = (figure / top * (LINES * full) as f64).round() as usize;
        height.max(usize::from(figure > 0.0))
    };
    let mut chart = String::new();
    for line in (0..LINES).rev() {
        let below = line * full;
        let columns = figures.iter().map(|figure| {
            let part = height(*figure).saturating_sub(below).min(full);
            steps.get(part).copied().unwrap_or(' ')
        });
        let columns: String = columns.collect();
        let name = if line + 1 == LINES { label } else { "" };
        chart += &format!("{name:>9} {side}{}", columns.trim_end());
        chart.push('\n');
    }
    let floor: String = figures.iter().map(|_| floor).collect();
    let width = figures.len().saturating_sub(1);
    chart + &format!("{:>9} {corner}{floor}\n{:>11}0{end:>width$}\n", "0", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_high_as_their_figures() {
        let figures = [0.0, 0.1, 6.0, 12.0, 9.0, 1.0];
        let unicode = "     12/s │   █
          │   █▄
          │   ██
          │  ███
          │  ███
          │ ▁███▄
        0 └──────
           0   9s
";
        let ascii = "     12/s |   #
          |   #.
          |   ##
          |  ###
          |  ###
          | .###.
        0 +------
           0   9s
";
        let axes = Axes { top: 12.0, label: "12/s", end: "9s" };
        assert_eq!(chart(&figures, axes, Blocks::Unicode), unicode);
        assert_eq!(chart(&figures, axes, Blocks::Ascii), ascii);
    }
}
