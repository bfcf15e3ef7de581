//! Decodes an input on a separate thread while earlier records are folded.

use std::panic;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use drumfire::codec::{Decoder, Metadata};
use drumfire::error::Error;
use drumfire::record::Batch;

/// Upper bound on queued parts. Neither side blocks at this depth, so a deeper queue would only use
/// memory.
const MAX_QUEUED: usize = 2;

/// A part of an input.
pub enum Part {
    /// A plan, or facts.
    Metadata(Box<Metadata>),
    /// The next records.
    Batch(Arc<Batch>),
}

/// An input that is decoded in advance.
pub struct Prefetch {
    parts: Receiver<Result<Part, Error>>,
    /// None after the thread was joined.
    thread: Option<JoinHandle<()>>,
}

impl Prefetch {
    /// Begins to decode on a separate thread.
    pub fn start(decoder: Box<dyn Decoder>) -> Self {
        let (sender, parts) = mpsc::sync_channel(MAX_QUEUED);
        let thread = thread::spawn(move || decode(decoder, &sender));
        Self { parts, thread: Some(thread) }
    }

    /// Waits for the next part. None at the end of the input.
    ///
    /// # Errors
    ///
    /// The decoder's error; no more parts follow it.
    ///
    /// # Panics
    ///
    /// If the decoder panicked, so that a part of an input is not mistaken for all of it.
    pub fn next(&mut self) -> Result<Option<Part>, Error> {
        match self.parts.recv() {
            Ok(part) => part.map(Some),
            Err(_) => {
                let end = self.thread.take().map_or(Ok(()), JoinHandle::join);
                end.unwrap_or_else(|panic| panic::resume_unwind(panic));
                Ok(None)
            }
        }
    }
}

/// Sends everything that a decoder reads, until the receiver is gone. Plans and facts are sent
/// before the records that follow them.
fn decode(mut decoder: Box<dyn Decoder>, parts: &SyncSender<Result<Part, Error>>) {
    let mut n_sent = 0;
    loop {
        let batch = decoder
            .next_batch()
            .map(|batch| batch.map(|batch| Part::Batch(Arc::new(batch))))
            .transpose();
        let metadata = &decoder.metadata()[n_sent..];
        n_sent += metadata.len();
        let metadata = metadata.iter().map(|part| Ok(Part::Metadata(Box::new(part.clone()))));
        let is_last = !matches!(batch, Some(Ok(_)));
        let is_received = metadata.chain(batch).all(|part| parts.send(part).is_ok());
        if is_last || !is_received {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use drumfire::plan::Plan;
    use drumfire::record::{BatchBuilder, Record};

    use super::*;

    /// A decoder of a number of batches of one record, each after a plan, and an end.
    struct Script {
        batches: u64,
        metadata: Vec<Metadata>,
        end: fn() -> Result<Option<Batch>, Error>,
    }

    impl Script {
        fn new(batches: u64, end: fn() -> Result<Option<Batch>, Error>) -> Box<Self> {
            Box::new(Self { batches, metadata: Vec::new(), end })
        }
    }

    impl Decoder for Script {
        fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
            let requests = self.metadata.len() as u64;
            self.metadata.push(Metadata::Plan(Plan { requests, ..Plan::default() }));
            if requests == self.batches {
                return (self.end)();
            }
            let mut builder = BatchBuilder::new();
            builder.push(&Record { seq: requests, ..Record::default() });
            Ok(Some(builder.finish()))
        }

        fn metadata(&self) -> &[Metadata] {
            &self.metadata
        }
    }

    /// Returns the next part, as `plan N` or `record N`, `end`, or the error.
    fn next(input: &mut Prefetch) -> String {
        match input.next() {
            Ok(Some(Part::Metadata(metadata))) => match *metadata {
                Metadata::Plan(plan) => format!("plan {}", plan.requests),
                facts => format!("{facts:?}"),
            },
            Ok(Some(Part::Batch(batch))) => format!("record {}", batch.record(0).seq),
            Ok(None) => "end".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[track_caller]
    fn check(end: fn() -> Result<Option<Batch>, Error>, last: &str) {
        let mut input = Prefetch::start(Script::new(2, end));
        let parts = ["plan 0", "record 0", "plan 1", "record 1", "plan 2", last, "end"];
        parts.iter().for_each(|expected| assert_eq!(next(&mut input), *expected));
    }

    #[test]
    fn parts_arrive_in_order_until_the_end_or_an_error() {
        let cut = || Err(Error::Cut { records: 2, missing: "the rest".to_owned() });
        check(|| Ok(None), "end");
        check(cut, &cut().unwrap_err().to_string());
    }

    #[test]
    #[should_panic(expected = "the decoder broke")]
    fn a_panic_of_the_decoder_is_not_the_end_of_the_input() {
        let mut input = Prefetch::start(Script::new(1, || panic!("the decoder broke")));
        while next(&mut input) != "end" {}
    }

    #[test]
    fn decoding_ends_when_the_receiver_is_gone() {
        let mut input = Prefetch::start(Script::new(u64::MAX, || Ok(None)));
        assert_eq!(next(&mut input), "plan 0");
        let thread = input.thread.take().unwrap();
        drop(input);
        thread.join().unwrap();
    }
}
