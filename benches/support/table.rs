//! Markdown tables with aligned columns.

/// Returns a table with aligned columns: the first `n_words` to the left, as text, the others to
/// the right, as numbers.
pub fn markdown(names: &[&str], n_words: usize, rows: &[Vec<String>]) -> String {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let width_of = |column: usize| {
        let cells = rows.iter().chain([&names]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..names.len()).map(width_of).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            match column < n_words {
                true => format!(" {cell:<width$} |"),
                false => format!(" {cell:>width$} |"),
            }
        });
        format!("|{}\n", padded.collect::<String>())
    };
    let rule = widths.iter().enumerate().map(|(column, width)| match column < n_words {
        true => format!("{}|", "-".repeat(width + 2)),
        false => format!("{}:|", "-".repeat(width + 1)),
    });
    let head = format!("{}|{}\n", line(&names), rule.collect::<String>());
    rows.iter().fold(head, |table, row| table + &line(row))
}
