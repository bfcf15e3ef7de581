//! The place of a session in its flow, and how it moves on.

use std::time::Duration;

use rand::RngExt;

use crate::flow::compiled::Flow;
use crate::flow::program::{Instruction, MAX_LOOPS, Rounds};
use crate::flow::session::Session;
use crate::flow::session::waits::nanos;

/// Most instructions from one request to the next. They take about a millisecond.
const MAX_INSTRUCTIONS: usize = 100_000;

/// A place in a flow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Position {
    levels: [Level; MAX_LOOPS],
    /// Number of the repeats of the step that have been made.
    n_repeats: u32,
    /// How often the step is made, >= 1.
    repeats: u32,
    /// Most retries of the step.
    retries: u32,
    /// The next instruction.
    at: u16,
    /// The step that is made, or was made last.
    step: u16,
    /// 0, or the number of the retry.
    attempt: u16,
    phase: Phase,
    /// Whether a step has failed.
    has_failed: bool,
}

/// A loop that is on its way.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// Number of rounds that are left, or the time at which the loop ends, in ns.
    until: u64,
    /// When the round began, in ns.
    began_ns: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// The next request is searched for.
    #[default]
    Advance,
    /// The next request can be sent after the waits.
    Ready,
    /// The next request cannot be made: one of its options has no valid value.
    Broken,
    /// A request is out.
    Sent,
    /// The flow has ended.
    Ended,
}

impl Position {
    pub fn must_advance(&self) -> bool {
        self.phase == Phase::Advance
    }

    pub fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    pub fn is_sent(&self) -> bool {
        self.phase == Phase::Sent
    }

    pub fn is_broken(&self) -> bool {
        self.phase == Phase::Broken
    }

    pub fn is_retry(&self) -> bool {
        self.attempt > 0
    }

    pub fn has_failed(&self) -> bool {
        self.has_failed
    }

    pub fn step(&self) -> u16 {
        self.step
    }

    pub fn attempt(&self) -> u16 {
        self.attempt
    }

    /// Notes that the request has been made.
    pub fn sent(&mut self) {
        self.phase = Phase::Sent;
    }

    /// Moves on after a step that held, or whose failure ends nothing: to its next repeat or to the
    /// next instruction.
    pub fn succeed(&mut self) {
        self.attempt = 0;
        self.phase = Phase::Advance;
        self.n_repeats = self.n_repeats.saturating_add(1);
        if self.n_repeats >= self.repeats {
            self.leave_step();
        }
    }

    fn leave_step(&mut self) {
        self.n_repeats = 0;
        self.at += 1;
    }

    /// Notes that a step has failed. `tail` is where the think times at the end of the flow begin.
    pub fn fail(&mut self, goes_on: bool, tail: u16) {
        self.has_failed = true;
        if goes_on {
            return self.succeed();
        }
        self.attempt = 0;
        self.phase = Phase::Advance;
        self.at = tail;
    }

    /// Begins the next try of the step. Returns whether there is one.
    pub fn retry(&mut self) -> bool {
        let has_next = u32::from(self.attempt) < self.retries && self.attempt < u16::MAX;
        if has_next {
            self.attempt += 1;
            self.phase = Phase::Ready;
        }
        has_next
    }

    /// Returns whether a loop makes another round, at a time in ns.
    fn has_round(&mut self, level: u8, rounds: Rounds, at_ns: u64) -> bool {
        let Some(level) = self.levels.get_mut(usize::from(level)) else { return false };
        match rounds {
            Rounds::Endless => true,
            Rounds::Time(_) => at_ns < level.until,
            Rounds::Fixed(_) | Rounds::Uniform(..) | Rounds::Geometric(_) => {
                level.until = level.until.saturating_sub(1);
                level.until > 0
            }
        }
    }
}

/// The end of a round of a loop.
struct Round {
    level: u8,
    rounds: Rounds,
    pace: Option<Duration>,
}

/// How a search for the next request goes on.
enum Found {
    /// After the next instruction.
    Nothing,
    /// It has ended.
    Request,
}

impl Session {
    /// Moves on to the next request or to the end of the flow, and adds up the waits before it.
    pub fn advance(&mut self, flow: &Flow, at: Duration, leaves: &impl Fn(Duration) -> bool) {
        let mut at_ns = nanos(at);
        for _ in 0..MAX_INSTRUCTIONS {
            let instruction = flow.program.instructions.get(usize::from(self.position.at));
            let Some(instruction) = instruction else {
                self.position.phase = Phase::Ended;
                return;
            };
            match self.follow(flow, instruction, &mut at_ns, leaves) {
                Found::Nothing => {}
                Found::Request => return,
            }
        }
        // A loop that sends nothing would keep the engine from all other flows.
        self.position.phase = Phase::Ended;
    }

    fn follow(
        &mut self,
        flow: &Flow,
        instruction: &Instruction,
        at_ns: &mut u64,
        leaves: &impl Fn(Duration) -> bool,
    ) -> Found {
        let next = self.position.at + 1;
        self.position.at = match instruction {
            Instruction::Request(step) => {
                self.position.step = *step;
                return self.arrive(flow);
            }
            Instruction::Think(delay) => {
                let think_ns = nanos(delay.draw(&mut self.draw()));
                self.waits.think_ns = self.waits.think_ns.saturating_add(think_ns);
                *at_ns = at_ns.saturating_add(think_ns);
                next
            }
            Instruction::Chance(share, past) => {
                if self.draw().random::<f64>() < *share {
                    next
                } else {
                    *past
                }
            }
            Instruction::Loop { level, rounds, end } => {
                if self.enter(*level, *rounds, *at_ns) {
                    next
                } else {
                    *end
                }
            }
            Instruction::Again { level, rounds, pace, begin } => {
                let round = Round { level: *level, rounds: *rounds, pace: *pace };
                if self.again(&round, at_ns, leaves) { *begin } else { next }
            }
            Instruction::Pick(pick) => pick.instruction(self.draw().random_range(0..pick.total())),
            Instruction::Jump(to) => *to,
        };
        Found::Nothing
    }

    /// Begins a loop. Returns whether it has a round.
    fn enter(&mut self, level: u8, rounds: Rounds, at_ns: u64) -> bool {
        let until = match rounds {
            Rounds::Endless => 1,
            Rounds::Time(length) => at_ns.saturating_add(nanos(length)),
            _ => rounds.draw(&mut self.draw()).map_or(1, u64::from),
        };
        if let Some(level) = self.position.levels.get_mut(usize::from(level)) {
            *level = Level { until, began_ns: at_ns };
        }
        until > 0
    }

    /// Ends a round. Returns whether another one begins.
    fn again(
        &mut self,
        round: &Round,
        at_ns: &mut u64,
        leaves: &impl Fn(Duration) -> bool,
    ) -> bool {
        let wait_ns = self.pace_wait(round.level, round.pace, *at_ns);
        let later_ns = at_ns.saturating_add(wait_ns);
        let is_asked_to_leave = leaves(Duration::from_nanos(later_ns));
        if is_asked_to_leave || !self.position.has_round(round.level, round.rounds, *at_ns) {
            return false;
        }
        *at_ns = later_ns;
        self.waits.pace_ns = self.waits.pace_ns.saturating_add(wait_ns);
        if let Some(level) = self.position.levels.get_mut(usize::from(round.level)) {
            level.began_ns = later_ns;
        }
        true
    }

    /// Returns what is left of the pace at the end of a round, in ns.
    fn pace_wait(&self, level: u8, pace: Option<Duration>, at_ns: u64) -> u64 {
        let began_ns = self.position.levels.get(usize::from(level)).map_or(0, |it| it.began_ns);
        let round_ns = at_ns.saturating_sub(began_ns);
        pace.map_or(0, |pace| nanos(pace).saturating_sub(round_ns))
    }

    /// Begins a step: evaluates its options. Skips it if they say so.
    fn arrive(&mut self, flow: &Flow) -> Found {
        self.position.phase = match self.options(flow) {
            Ok(options) if options.is_skipped => {
                self.position.leave_step();
                return Found::Nothing;
            }
            Ok(options) => {
                self.position.repeats = options.repeats;
                self.position.retries = options.retries;
                self.waits.delay_ns = nanos(options.delay);
                Phase::Ready
            }
            Err(_) => Phase::Broken,
        };
        Found::Request
    }
}
