//! A block that has not ended yet.

use std::time::Duration;

use crate::flow::program::block::{Alternative, Loop, Node, has_request};
use crate::flow::program::rounds::Rounds;
use crate::flow::syntax::names::Place;

/// Most loops within each other. Each has a place in a session.
pub const MAX_LOOPS: usize = 3;

/// Most blocks within each other.
pub const MAX_FRAMES: usize = 16;

/// A block that has not ended.
#[derive(Debug)]
pub enum Frame {
    /// A loop.
    Loop(Loop),
    /// A pick.
    Pick(Place, Vec<Alternative>),
}

impl Frame {
    /// Begins a loop.
    pub fn of_loop(place: Place, rounds: Rounds) -> Self {
        Self::Loop(Loop { place, rounds, pace: None, body: Vec::new() })
    }

    /// Begins a pick.
    pub fn of_pick(place: Place) -> Self {
        Self::Pick(place, Vec::new())
    }

    /// Returns whether it is a loop.
    pub fn is_loop(&self) -> bool {
        matches!(self, Self::Loop(_))
    }

    /// Returns where it begins.
    pub fn place(&self) -> Place {
        match self {
            Self::Loop(inner) => inner.place,
            Self::Pick(place, _) => *place,
        }
    }

    /// Returns what is wrong if the file ends within the block.
    pub fn unclosed(&self) -> String {
        let word = if self.is_loop() { "@loop" } else { "@pick" };
        format!("'# {word}' has no end: expected '# @end' after its last request")
    }

    /// Checks that a part may come next.
    pub fn check_content(&self) -> Result<(), String> {
        match self {
            Self::Pick(_, alternatives) if alternatives.is_empty() => {
                Err("no weight after '# @pick': expected '# @weight N' before each alternative"
                    .into())
            }
            _ => Ok(()),
        }
    }

    /// Adds a part.
    pub fn push(&mut self, node: Node) -> Result<(), String> {
        self.check_content()?;
        match self {
            Self::Loop(inner) => inner.body.push(node),
            Self::Pick(_, alternatives) => {
                if let Some(last) = alternatives.last_mut() {
                    last.body.push(node);
                }
            }
        }
        Ok(())
    }

    /// Sets the pace of a loop.
    pub fn set_pace(&mut self, pace: Duration) -> Result<(), String> {
        match self {
            Self::Loop(Loop { pace: known @ None, .. }) => {
                *known = Some(pace);
                Ok(())
            }
            Self::Loop(_) => Err("'# @pace' is there twice: expected one per loop".into()),
            Self::Pick(..) => {
                Err("'# @pace' in a pick: expected it after '# @loop', before '# @pick'".into())
            }
        }
    }

    /// Begins an alternative of a pick.
    pub fn begin_alternative(&mut self, weight: u32) -> Result<(), String> {
        match self {
            Self::Loop(_) => Err("'# @weight' in a loop: expected it after '# @pick'".into()),
            Self::Pick(_, alternatives) => {
                check_last(alternatives)?;
                alternatives.push(Alternative { weight, body: Vec::new() });
                Ok(())
            }
        }
    }

    /// Returns the block, which has ended.
    pub fn into_node(self) -> Result<Node, String> {
        match self {
            Self::Loop(inner) if !has_request(&inner.body) => {
                Err("a loop without a request: expected one after '# @loop'".into())
            }
            Self::Loop(inner) => Ok(Node::Loop(inner)),
            Self::Pick(_, alternatives) if alternatives.is_empty() => {
                Err("a pick without alternatives: expected '# @weight N' and a request".into())
            }
            Self::Pick(_, alternatives) => {
                check_last(&alternatives)?;
                Ok(Node::Pick(alternatives))
            }
        }
    }
}

/// Checks that the last alternative is complete.
fn check_last(alternatives: &[Alternative]) -> Result<(), String> {
    if alternatives.last().is_some_and(|last| !has_request(&last.body)) {
        return Err("an alternative without a request: expected one after '# @weight'".into());
    }
    Ok(())
}
