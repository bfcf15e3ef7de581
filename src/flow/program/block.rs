//! The blocks of a flow: entries and annotations as a tree.

use std::time::Duration;

use crate::flow::program::rounds::Rounds;
use crate::flow::syntax::names::Place;
use crate::flow::tree::request::Entry;
use crate::units::Delay;

/// A part of a flow.
#[derive(Clone, Debug)]
pub enum Node {
    /// A think time between steps, or at the end of a block.
    Think(Delay),
    /// A request.
    Step(Step),
    /// Rounds of a block.
    Loop(Loop),
    /// One of several blocks, at random.
    Pick(Vec<Alternative>),
}

/// A request with its annotations.
#[derive(Clone, Debug)]
pub struct Step {
    /// The request, and what is expected of its response.
    pub entry: Box<Entry>,
    /// Where its method is.
    pub place: Place,
    /// How often it is made, in `[0, 1]`. None for always.
    pub chance: Option<f64>,
    /// The think time before it. None for none.
    pub think: Option<Delay>,
    /// Whether the flow goes on if it fails.
    pub goes_on: bool,
}

/// A loop.
#[derive(Clone, Debug)]
pub struct Loop {
    /// Where it begins.
    pub place: Place,
    /// Its number of rounds.
    pub rounds: Rounds,
    /// The least time from the start of a round to that of the next. None for none.
    pub pace: Option<Duration>,
    /// A round.
    pub body: Vec<Node>,
}

/// A block of which a pick may make one.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// How often it is made compared with the others, >= 1.
    pub weight: u32,
    /// The block.
    pub body: Vec<Node>,
}

/// Returns the steps of blocks, in the order of the file.
pub fn steps(nodes: &[Node]) -> Vec<&Step> {
    let mut found = Vec::new();
    for node in nodes {
        match node {
            Node::Think(_) => {}
            Node::Step(step) => found.push(step),
            Node::Loop(inner) => found.extend(steps(&inner.body)),
            Node::Pick(alternatives) => {
                found.extend(alternatives.iter().flat_map(|alternative| steps(&alternative.body)));
            }
        }
    }
    found
}

/// Returns whether blocks have a request.
pub fn has_request(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Think(_) => false,
        Node::Step(_) => true,
        Node::Loop(inner) => has_request(&inner.body),
        Node::Pick(alternatives) => {
            alternatives.iter().any(|alternative| has_request(&alternative.body))
        }
    })
}
