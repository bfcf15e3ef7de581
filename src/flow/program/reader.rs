//! Puts entries and annotations together to blocks.

use crate::flow::program::annotation::Annotation;
use crate::flow::program::block::{Node, Step};
use crate::flow::program::frame::{Frame, MAX_FRAMES, MAX_LOOPS};
use crate::flow::syntax::names::Place;
use crate::flow::syntax::{Comment, Item};
use crate::flow::tree::request::Entry;
use crate::units::Delay;

/// What is wrong with an annotation, and where.
pub type Fault = (Place, String);

/// The blocks of a flow so far.
#[derive(Debug, Default)]
pub struct BlockReader {
    /// The blocks that have not ended, outermost first.
    frames: Vec<Frame>,
    /// Annotations of the next entry.
    next: Next,
    /// The head of the file that is being read.
    head: Head,
    /// The name and the weight of the flow.
    flow: Option<(Box<str>, u32)>,
    nodes: Vec<Node>,
}

/// Annotations that wait for their entry.
#[derive(Debug, Default)]
struct Next {
    name: Option<Box<str>>,
    think: Option<Delay>,
    chance: Option<f64>,
    goes_on: Option<bool>,
    /// The first of them, with its word.
    first: Option<(Place, Box<str>)>,
}

/// The start of a file.
#[derive(Debug, Default)]
struct Head {
    /// Whether an entry or another block has come before.
    is_over: bool,
    /// Block of comment lines with `# @flow`.
    block: Option<usize>,
    /// Whether flows go on if a step fails.
    goes_on: bool,
}

impl BlockReader {
    /// Adds the items of a file.
    ///
    /// # Errors
    ///
    /// At the first annotation that is not as expected.
    pub fn file(&mut self, file: usize, items: Vec<Item>) -> Result<(), Fault> {
        self.head = Head::default();
        for item in items {
            match item {
                Item::Entry(entry) => self.entry(file, entry)?,
                Item::Comment(comment) => {
                    let place = Place { file, line: comment.line };
                    self.comment(place, &comment).map_err(|text| (place, text))?;
                }
            }
        }
        self.end_of_file()
    }

    fn entry(&mut self, file: usize, mut entry: Box<Entry>) -> Result<(), Fault> {
        let place = Place { file, line: entry.line };
        let next = std::mem::take(&mut self.next);
        if let Some(name) = next.name {
            entry.name = name;
        }
        self.head.is_over = true;
        let goes_on = next.goes_on.unwrap_or(self.head.goes_on);
        let Next { chance, think, .. } = next;
        let step = Step { entry, place, chance, think, goes_on };
        self.push(Node::Step(step)).map_err(|text| (place, text))
    }

    fn comment(&mut self, place: Place, comment: &Comment) -> Result<(), String> {
        let annotation = Annotation::of(comment)?;
        let is_head = matches!(annotation, Annotation::Flow { .. } | Annotation::OnFailure(_));
        match annotation {
            Annotation::Flow { name, weight } => self.flow_line(comment, name, weight)?,
            Annotation::OnFailure(goes_on) if self.head.block == Some(comment.block) => {
                self.head.goes_on = goes_on;
            }
            Annotation::Name(name) => once(&mut self.next.name, name, comment)?,
            Annotation::Think(delay) => once(&mut self.next.think, delay, comment)?,
            Annotation::Chance(share) => once(&mut self.next.chance, share, comment)?,
            Annotation::OnFailure(goes_on) => once(&mut self.next.goes_on, goes_on, comment)?,
            Annotation::Loop(rounds) => {
                self.begin(Frame::of_loop(place, rounds))?;
            }
            Annotation::Pick => self.begin(Frame::of_pick(place))?,
            Annotation::Weight(weight) => self.alternative(weight)?,
            Annotation::Pace(pace) => match self.frames.last_mut() {
                Some(frame) => frame.set_pace(pace)?,
                None => {
                    return Err("'# @pace' outside of a loop: expected it after '# @loop'".into());
                }
            },
            Annotation::End => self.end()?,
        }
        if !is_head {
            self.head.is_over = true;
        }
        let is_waiting = ["@name", "@think", "@chance", "@on-failure"].contains(&&*comment.word);
        let is_of_head = self.head.block == Some(comment.block) && &*comment.word == "@on-failure";
        if is_waiting && !is_of_head && self.next.first.is_none() {
            self.next.first = Some((place, comment.word.clone()));
        }
        Ok(())
    }

    fn flow_line(&mut self, comment: &Comment, name: Box<str>, weight: u32) -> Result<(), String> {
        if self.head.is_over {
            return Err("'# @flow' after other lines: expected it at the head of the file".into());
        }
        if self.head.block.is_some() {
            return Err("'# @flow' is there twice: expected one per file".into());
        }
        self.head.block = Some(comment.block);
        // The first of several files names the flow.
        self.flow.get_or_insert((name, weight));
        Ok(())
    }

    /// Begins a block. A think time above its first line is made before it.
    fn begin(&mut self, frame: Frame) -> Result<(), String> {
        self.end_think()?;
        self.refuse_waiting("a request")?;
        let n_loops = self.frames.iter().filter(|frame| frame.is_loop()).count();
        if frame.is_loop() && n_loops >= MAX_LOOPS {
            return Err(format!("too many loops within each other: expected at most {MAX_LOOPS}"));
        }
        if self.frames.len() >= MAX_FRAMES {
            return Err(format!(
                "too many blocks within each other: expected at most {MAX_FRAMES}"
            ));
        }
        if let Some(outer) = self.frames.last() {
            outer.check_content()?;
        }
        self.frames.push(frame);
        Ok(())
    }

    fn alternative(&mut self, weight: u32) -> Result<(), String> {
        self.refuse_think_in_pick()?;
        self.refuse_waiting("a request")?;
        match self.frames.last_mut() {
            Some(frame) => frame.begin_alternative(weight),
            None => Err("'# @weight' outside of a pick: expected it after '# @pick'".into()),
        }
    }

    fn end(&mut self) -> Result<(), String> {
        if self.frames.last().is_some_and(|frame| !frame.is_loop()) {
            self.refuse_think_in_pick()?;
        }
        self.end_think()?;
        self.refuse_waiting("a request")?;
        let Some(frame) = self.frames.pop() else {
            return Err(
                "'# @end' without a block: expected '# @loop' or '# @pick' before it".into()
            );
        };
        let node = frame.into_node()?;
        self.push(node)
    }

    fn push(&mut self, node: Node) -> Result<(), String> {
        match self.frames.last_mut() {
            Some(frame) => frame.push(node),
            None => {
                self.nodes.push(node);
                Ok(())
            }
        }
    }

    /// Makes the think time that waits for an entry a part of the block.
    fn end_think(&mut self) -> Result<(), String> {
        if let Some(delay) = self.next.think.take() {
            self.next.forget_think();
            self.push(Node::Think(delay))?;
        }
        Ok(())
    }

    fn refuse_think_in_pick(&self) -> Result<(), String> {
        if self.next.think.is_none() {
            return Ok(());
        }
        Err("'# @think' at the end of an alternative: expected it before a request, or after the \
             '# @end' of the pick"
            .into())
    }

    fn refuse_waiting(&self, expected: &str) -> Result<(), String> {
        match &self.next.first {
            Some((place, word)) => Err(format!(
                "'# {word}' in line {} has no request: expected {expected} after it",
                place.line
            )),
            None => Ok(()),
        }
    }

    fn end_of_file(&mut self) -> Result<(), Fault> {
        let place = self.next.first.as_ref().map(|(place, _)| *place).unwrap_or_default();
        self.end_think().map_err(|text| (place, text))?;
        if let Some((place, word)) = &self.next.first {
            return Err((*place, format!("'# {word}' has no request: expected one after it")));
        }
        match self.frames.last() {
            Some(frame) => Err((frame.place(), frame.unclosed())),
            None => Ok(()),
        }
    }

    /// Returns the name and the weight of the flow, if a file has them, and its blocks.
    pub fn finish(self) -> (Option<(Box<str>, u32)>, Vec<Node>) {
        (self.flow, self.nodes)
    }
}

impl Next {
    /// Forgets the think time, which is no longer waiting for an entry.
    fn forget_think(&mut self) {
        if self.name.is_none() && self.chance.is_none() && self.goes_on.is_none() {
            self.first = None;
        }
    }
}

/// Keeps a value of an annotation, which may stand only once before an entry.
fn once<T>(kept: &mut Option<T>, value: T, comment: &Comment) -> Result<(), String> {
    if kept.is_some() {
        return Err(format!("'# {}' is there twice: expected one per request", comment.word));
    }
    *kept = Some(value);
    Ok(())
}
