//! Ahead: an input decoded on a thread of its own, while what came before is folded.

use std::panic;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use drumfire::codec::{Decoder, Metadata};
use drumfire::error::Error;
use drumfire::record::Batch;

/// Parts that lie ready at most: as long as neither side waits for the other, more would only take
/// memory.
const MOST_READY: usize = 2;

/// A part of an input.
pub enum Part {
    /// What it says of its attack.
    Metadata(Metadata),
    /// The next records.
    Batch(Box<Batch>),
}

/// An input that is decoded ahead of whoever takes it.
pub struct Ahead {
    parts: Receiver<Result<Part, Error>>,
    /// None once it was seen to be over.
    decoding: Option<JoinHandle<()>>,
}

impl Ahead {
    /// Begins to decode.
    pub fn start(decoder: Box<dyn Decoder>) -> Self {
        let (sender, parts) = mpsc::sync_channel(MOST_READY);
        let decoding = thread::spawn(move || decode(decoder, &sender));
        Self { parts, decoding: Some(decoding) }
    }

    /// Waits for the next part; None at the end of the input.
    ///
    /// # Errors
    ///
    /// As the decoder's; behind one there is nothing more.
    ///
    /// # Panics
    ///
    /// Where the decoder did, so that half an input is not taken for the whole.
    pub fn next(&mut self) -> Result<Option<Part>, Error> {
        match self.parts.recv() {
            Ok(part) => part.map(Some),
            Err(_) => {
                let end = self.decoding.take().map_or(Ok(()), JoinHandle::join);
                end.unwrap_or_else(|panic| panic::resume_unwind(panic));
                Ok(None)
            }
        }
    }
}

/// Gives out all that a decoder reads, what is said of an attack before its records, until nobody
/// takes it any more.
fn decode(mut decoder: Box<dyn Decoder>, parts: &SyncSender<Result<Part, Error>>) {
    let mut n_told = 0;
    loop {
        let batch = decoder
            .next_batch()
            .map(|batch| batch.map(|batch| Part::Batch(Box::new(batch))))
            .transpose();
        let notes = &decoder.metadata()[n_told..];
        n_told += notes.len();
        let notes = notes.iter().map(|note| Ok(Part::Metadata(note.clone())));
        let is_last = !matches!(batch, Some(Ok(_)));
        let is_taken = notes.chain(batch).all(|part| parts.send(part).is_ok());
        if is_last || !is_taken {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use drumfire::plan::Plan;
    use drumfire::record::{BatchBuilder, Record};

    use super::*;

    /// Reads so many batches of one record, each behind a note of its own, and then ends as it is
    /// told to.
    struct Script {
        batches: u64,
        notes: Vec<Metadata>,
        end: fn() -> Result<Option<Batch>, Error>,
    }

    impl Script {
        fn new(batches: u64, end: fn() -> Result<Option<Batch>, Error>) -> Box<Self> {
            Box::new(Self { batches, notes: Vec::new(), end })
        }
    }

    impl Decoder for Script {
        fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
            let requests = self.notes.len() as u64;
            self.notes.push(Metadata::Plan(Plan { requests, ..Plan::default() }));
            if requests == self.batches {
                return (self.end)();
            }
            let mut builder = BatchBuilder::new();
            builder.push(&Record { seq: requests, ..Record::default() });
            Ok(Some(builder.finish()))
        }

        fn metadata(&self) -> &[Metadata] {
            &self.notes
        }
    }

    /// Returns the next part, as `note N` or `record N`, `end`, or the error.
    fn next(ahead: &mut Ahead) -> String {
        match ahead.next() {
            Ok(Some(Part::Metadata(Metadata::Plan(plan)))) => format!("note {}", plan.requests),
            Ok(Some(Part::Metadata(note))) => format!("{note:?}"),
            Ok(Some(Part::Batch(batch))) => format!("record {}", batch.record(0).seq),
            Ok(None) => "end".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[track_caller]
    fn check(end: fn() -> Result<Option<Batch>, Error>, last: &str) {
        let mut ahead = Ahead::start(Script::new(2, end));
        let parts = ["note 0", "record 0", "note 1", "record 1", "note 2", last, "end"];
        parts.iter().for_each(|expected| assert_eq!(next(&mut ahead), *expected));
    }

    #[test]
    fn parts_come_in_their_order_up_to_the_end_or_the_loss() {
        let loss = || Err(Error::Cut { records: 2, missing: "the rest".to_owned() });
        check(|| Ok(None), "end");
        check(loss, &loss().unwrap_err().to_string());
    }

    #[test]
    #[should_panic(expected = "the decoder broke")]
    fn a_panic_of_the_decoder_is_no_end_of_the_input() {
        let mut ahead = Ahead::start(Script::new(1, || panic!("the decoder broke")));
        while next(&mut ahead) != "end" {}
    }

    #[test]
    fn decoding_ends_once_nobody_takes_its_parts() {
        let mut ahead = Ahead::start(Script::new(u64::MAX, || Ok(None)));
        assert_eq!(next(&mut ahead), "note 0");
        let decoding = ahead.decoding.take().unwrap();
        drop(ahead);
        decoding.join().unwrap();
    }
}
