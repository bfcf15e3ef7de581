//! The failures of several inputs.

/// Why inputs could not be read completely, in their order. Each failure is printed on a separate
/// line.
#[derive(Debug, Default, thiserror::Error)]
#[error("{} inputs cannot be read completely", .0.len())]
pub struct InputErrors(pub Vec<anyhow::Error>);

impl InputErrors {
    /// Returns the failures as one error.
    ///
    /// # Errors
    ///
    /// If there is any failure.
    pub fn into_result(mut self) -> anyhow::Result<()> {
        match self.0.len() {
            0 => Ok(()),
            // A single failure keeps its type, which selects the exit code.
            1 => Err(self.0.remove(0)),
            _ => Err(self.into()),
        }
    }
}
