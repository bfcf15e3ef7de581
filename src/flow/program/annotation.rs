//! What the annotations of a flow mean.

use std::time::Duration;

use crate::flow::program::rounds::Rounds;
use crate::flow::syntax::Comment;
use crate::units::{Delay, parse_share, parse_span};

/// Longest name of a flow or a step, in bytes.
const MAX_NAME: usize = 200;

/// An annotation.
#[derive(Clone, Debug)]
pub enum Annotation {
    /// `# @flow NAME [weight N]`.
    Flow {
        /// The name of the flow.
        name: Box<str>,
        /// Its share among the flows, >= 1.
        weight: u32,
    },
    /// `# @name NAME`.
    Name(Box<str>),
    /// `# @think DELAY`.
    Think(Delay),
    /// `# @loop ROUNDS`.
    Loop(Rounds),
    /// `# @end`.
    End,
    /// `# @pace TIME`, > 0.
    Pace(Duration),
    /// `# @pick`.
    Pick,
    /// `# @weight N`, >= 1.
    Weight(u32),
    /// `# @chance SHARE`, in `[0, 1]`.
    Chance(f64),
    /// `# @on-failure go-on`: whether the flow goes on.
    OnFailure(bool),
}

impl Annotation {
    /// Returns the meaning of a comment.
    ///
    /// # Errors
    ///
    /// If its text is not as expected.
    pub fn of(comment: &Comment) -> Result<Self, String> {
        let text = &*comment.text;
        match &*comment.word {
            "@flow" => flow(text),
            "@name" => name(text, "# @name"),
            "@think" => think(text),
            "@loop" => text.parse().map(Self::Loop),
            "@end" => nothing(text, "# @end").map(|()| Self::End),
            "@pace" => pace(text),
            "@pick" => nothing(text, "# @pick").map(|()| Self::Pick),
            "@weight" => weight(text).map(Self::Weight),
            "@chance" => chance(text),
            _ => on_failure(text),
        }
    }
}

fn flow(text: &str) -> Result<Annotation, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (words, weight) = match words.as_slice() {
        [name @ .., "weight", number] if !name.is_empty() => (name, weight(number)?),
        [name @ .., "weight"] if !name.is_empty() => {
            return Err(format!("no weight of '# @flow {}': expected a number", name.join(" ")));
        }
        name => (name, 1),
    };
    match name(&words.join(" "), "# @flow")? {
        Annotation::Name(name) => Ok(Annotation::Flow { name, weight }),
        other => Ok(other),
    }
}

fn name(text: &str, word: &str) -> Result<Annotation, String> {
    if text.is_empty() {
        return Err(format!("'{word}' without a name: expected '{word} NAME'"));
    }
    if text.len() > MAX_NAME || text.contains(char::is_control) {
        return Err(format!("bad name after '{word}': expected at most {MAX_NAME} bytes of text"));
    }
    Ok(Annotation::Name(text.into()))
}

fn nothing(text: &str, word: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    Err(format!("text after '{word}': expected nothing else on its line"))
}

fn think(text: &str) -> Result<Annotation, String> {
    text.parse().map(Annotation::Think).map_err(|_| {
        format!(
            "bad think time '{text}': expected 2s, 1s..3s, exp:MEAN, normal:MEAN,DEVIATION or \
             lognormal:MEDIAN,SIGMA"
        )
    })
}

fn pace(text: &str) -> Result<Annotation, String> {
    match parse_span(text) {
        Ok(pace) if !pace.is_zero() => Ok(Annotation::Pace(pace)),
        _ => Err(format!("bad pace '{text}': expected a time above 0, as in # @pace 4s")),
    }
}

fn weight(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(weight) if weight > 0 && !text.starts_with('+') => Ok(weight),
        _ => Err(format!("bad weight '{text}': expected a whole number from 1 to 4294967295")),
    }
}

fn chance(text: &str) -> Result<Annotation, String> {
    parse_share(text)
        .map(Annotation::Chance)
        .map_err(|_| format!("bad chance '{text}': expected 0% to 100%, as in # @chance 30%"))
}

fn on_failure(text: &str) -> Result<Annotation, String> {
    match text {
        "go-on" => Ok(Annotation::OnFailure(true)),
        "end" => Ok(Annotation::OnFailure(false)),
        _ => Err(format!("bad '# @on-failure {text}': expected go-on or end")),
    }
}
