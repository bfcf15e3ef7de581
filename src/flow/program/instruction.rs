//! A flow as a list of instructions, which a session follows.

use std::time::Duration;

use crate::flow::call::Call;
use crate::flow::program::block::{Alternative, Loop, Node, Step, steps};
use crate::flow::program::needs::Needs;
use crate::flow::program::rounds::Rounds;
use crate::flow::tree::request::Entry;
use crate::units::Delay;

/// One thing that a session does next.
#[derive(Clone, Debug)]
pub enum Instruction {
    /// Makes a request: the number of the step, from 0.
    Request(u16),
    /// Waits.
    Think(Delay),
    /// Goes on with this chance, in `[0, 1]`, or else at another instruction.
    Chance(f64, u16),
    /// Begins a loop.
    Loop {
        /// Number of the loop among those around it, from 0.
        level: u8,
        rounds: Rounds,
        /// The instruction after the loop.
        end: u16,
    },
    /// Ends a round.
    Again {
        level: u8,
        rounds: Rounds,
        pace: Option<Duration>,
        /// The first instruction of a round.
        begin: u16,
    },
    /// Goes on at one of the alternatives.
    Pick(Pick),
    /// Goes on at another instruction.
    Jump(u16),
}

/// The alternatives of a pick.
#[derive(Clone, Debug, Default)]
pub struct Pick {
    /// Sum of the weights up to each alternative, and its first instruction.
    alternatives: Vec<(u64, u16)>,
}

impl Pick {
    /// Returns the first instruction of the alternative for a number below [`Pick::total`].
    pub fn instruction(&self, number: u64) -> u16 {
        let index = self.alternatives.partition_point(|(sum, _)| *sum <= number);
        self.alternatives.get(index).map_or(0, |(_, first)| *first)
    }

    /// Returns the sum of all weights.
    pub fn total(&self) -> u64 {
        self.alternatives.last().map_or(0, |(sum, _)| *sum)
    }
}

/// A request that a session makes.
#[derive(Clone, Debug)]
pub struct MadeStep {
    /// Number of its file, from 0.
    pub file: usize,
    /// The request, and what is expected of its response.
    pub entry: Entry,
    /// Whether the flow goes on if it fails.
    pub goes_on: bool,
    /// What is kept of its response.
    pub needs: Needs,
    /// Its gRPC call, compiled with a schema. None for HTTP, and before that.
    pub call: Option<Call>,
}

/// The instructions of a flow.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The instructions. The flow ends after the last.
    pub instructions: Vec<Instruction>,
    /// The requests, in the order of the files.
    pub steps: Vec<MadeStep>,
    /// The first of the think times at the end, which are waited between two flows of a user.
    pub tail: u16,
}

impl Program {
    /// Returns the instructions of blocks. None if there are too many.
    pub fn of(nodes: Vec<Node>) -> Option<Self> {
        let mut program = Self::default();
        let n_tail = nodes.iter().rev().take_while(|node| matches!(node, Node::Think(_))).count();
        program.block(nodes, 0)?;
        let end = program.next()?;
        program.tail = end - u16::try_from(n_tail).ok()?;
        Some(program)
    }

    /// Returns the number of the next instruction. None if there are too many.
    fn next(&self) -> Option<u16> {
        u16::try_from(self.instructions.len()).ok()
    }

    fn block(&mut self, nodes: Vec<Node>, level: u8) -> Option<()> {
        for node in nodes {
            match node {
                Node::Think(delay) => self.instructions.push(Instruction::Think(delay)),
                Node::Step(step) => self.step(step)?,
                Node::Loop(inner) => self.rounds(inner, level)?,
                Node::Pick(alternatives) => self.pick(alternatives, level)?,
            }
        }
        Some(())
    }

    fn step(&mut self, step: Step) -> Option<()> {
        let chance = step.chance.map(|share| (self.instructions.len(), share));
        if chance.is_some() {
            // Its target is known below.
            self.instructions.push(Instruction::Jump(0));
        }
        if let Some(delay) = step.think {
            self.instructions.push(Instruction::Think(delay));
        }
        let number = u16::try_from(self.steps.len()).ok()?;
        self.instructions.push(Instruction::Request(number));
        let needs = Needs::of(&step.entry);
        let Step { entry, place, goes_on, .. } = step;
        self.steps.push(MadeStep { file: place.file, entry: *entry, goes_on, needs, call: None });
        if let Some((index, share)) = chance {
            self.instructions[index] = Instruction::Chance(share, self.next()?);
        }
        self.next().map(|_| ())
    }

    fn rounds(&mut self, inner: Loop, level: u8) -> Option<()> {
        // A loop without steps would never send anything.
        if steps(&inner.body).is_empty() {
            return Some(());
        }
        let Loop { rounds, pace, body, .. } = inner;
        let start = self.instructions.len();
        self.instructions.push(Instruction::Jump(0));
        let begin = self.next()?;
        self.block(body, level + 1)?;
        self.instructions.push(Instruction::Again { level, rounds, pace, begin });
        self.instructions[start] = Instruction::Loop { level, rounds, end: self.next()? };
        Some(())
    }

    fn pick(&mut self, alternatives: Vec<Alternative>, level: u8) -> Option<()> {
        let start = self.instructions.len();
        self.instructions.push(Instruction::Jump(0));
        let mut pick = Pick::default();
        let mut ends = Vec::new();
        for Alternative { weight, body } in alternatives {
            pick.alternatives.push((pick.total() + u64::from(weight), self.next()?));
            self.block(body, level)?;
            ends.push(self.instructions.len());
            self.instructions.push(Instruction::Jump(0));
        }
        let end = self.next()?;
        for index in ends {
            self.instructions[index] = Instruction::Jump(end);
        }
        self.instructions[start] = Instruction::Pick(pick);
        Some(())
    }
}
