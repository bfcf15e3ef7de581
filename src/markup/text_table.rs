//! Columns of text, aligned.

/// Spaces between the widest cell of a column and the next column.
const PADDING: usize = 2;

/// Returns one line per row, with its newline. Every cell is padded to the width of its column; the
/// last one is not.
///
/// Source: Go, package text/tabwriter, with two spaces of padding.
pub(crate) fn align<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let width_of = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| match width_of(column) {
        Some(width) if column + 1 < N => width + PADDING,
        _ => 0,
    });
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(cells: &[String], widths: &[usize]) -> String {
    cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| padded(cell, *width))
        .chain(["\n".to_owned()])
        .collect()
}

/// Returns a cell, followed by spaces up to a width. Formatting itself panics at widths above
/// 65 535.
fn padded(cell: &str, width: usize) -> String {
    let missing = width.saturating_sub(cell.chars().count());
    cell.to_owned() + &" ".repeat(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_padded_to_the_widest_of_their_column() {
        let rows = [["a", "µs", "last"], ["long", "", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(align(&rows), ["a     µs  last\n", "long      \n"]);
    }

    #[test]
    fn cells_may_be_of_any_width() {
        let rows = [["a".repeat(70_000), "b".to_owned()]];
        assert_eq!(align(&rows), [format!("{}  b\n", rows[0][0])]);
    }
}
