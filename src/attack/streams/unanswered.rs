//! The messages of one stream that have no reply yet.

use std::collections::VecDeque;

/// The messages of one stream that have no reply yet, in the order in which they were sent.
///
/// A message that has waited too long leaves its place in the queue, so that a late reply to it is
/// not taken for the reply to the message after it.
#[derive(Debug)]
pub struct Unanswered<T> {
    /// In the order in which they were sent, so sorted by number.
    places: VecDeque<Place<T>>,
}

/// The place of a message.
#[derive(Debug)]
struct Place<T> {
    number: u64,
    /// None if the message has stopped waiting for its reply.
    waiting: Option<T>,
}

/// What a reply belongs to.
#[derive(Debug, PartialEq, Eq)]
pub enum Match<T> {
    /// The message that has waited longest.
    Message(T),
    /// A message that has stopped waiting.
    Late,
    /// No message: the server sent more than it was asked for.
    Unexpected,
}

impl<T> Default for Unanswered<T> {
    fn default() -> Self {
        Self { places: VecDeque::new() }
    }
}

impl<T> Unanswered<T> {
    /// Adds a message that was sent. Its number must be greater than those of all before it.
    pub fn add(&mut self, number: u64, waiting: T) {
        self.places.push_back(Place { number, waiting: Some(waiting) });
    }

    /// Matches a reply by its order: it belongs to the first message without one.
    pub fn take_next(&mut self) -> Match<T> {
        match self.places.pop_front() {
            Some(Place { waiting: Some(waiting), .. }) => Match::Message(waiting),
            Some(Place { waiting: None, .. }) => Match::Late,
            None => Match::Unexpected,
        }
    }

    /// Ends the wait of a message. None if it does not wait.
    pub fn give_up(&mut self, number: u64) -> Option<T> {
        let place = self.place(number)?;
        self.places[place].waiting.take()
    }

    /// Returns whether a message waits for its reply.
    pub fn is_waiting(&self, number: u64) -> bool {
        self.place(number).is_some_and(|place| self.places[place].waiting.is_some())
    }

    /// Ends the wait of all messages, and returns those that waited in their order.
    pub fn take_all(&mut self) -> Vec<T> {
        self.places.drain(..).filter_map(|place| place.waiting).collect()
    }

    fn place(&self, number: u64) -> Option<usize> {
        // Most messages that are looked for are the first.
        match self.places.front() {
            Some(first) if first.number == number => Some(0),
            _ => self.places.binary_search_by_key(&number, |place| place.number).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens on a stream.
    enum Event {
        Sent(u64),
        GivenUp(u64, Option<u64>),
        Reply(Match<u64>),
    }

    use Event::{GivenUp, Reply, Sent};
    use Match::{Late, Message, Unexpected};

    #[test]
    fn replies_belong_to_messages_in_their_order() {
        let table = [
            ("one after another", vec![Sent(4), Reply(Message(4)), Sent(7), Reply(Message(7))]),
            ("several at once", vec![Sent(4), Sent(7), Reply(Message(4)), Reply(Message(7))]),
            ("a reply to nothing", vec![Reply(Unexpected), Sent(1), Reply(Message(1))]),
            ("a reply twice", vec![Sent(1), Reply(Message(1)), Reply(Unexpected)]),
            (
                "a late reply",
                vec![
                    Sent(1),
                    Sent(3),
                    GivenUp(1, Some(1)),
                    Sent(5),
                    Reply(Late),
                    Reply(Message(3)),
                    Reply(Message(5)),
                    Reply(Unexpected),
                ],
            ),
            (
                "given up twice, unknown, and after the reply",
                vec![
                    Sent(2),
                    GivenUp(1, None),
                    GivenUp(3, None),
                    Sent(4),
                    GivenUp(4, Some(4)),
                    GivenUp(4, None),
                    Reply(Message(2)),
                    GivenUp(2, None),
                    Reply(Late),
                ],
            ),
        ];
        for (intent, events) in table {
            let mut unanswered = Unanswered::default();
            for event in events {
                match event {
                    Sent(number) => {
                        unanswered.add(number, number);
                        assert!(unanswered.is_waiting(number), "{intent}");
                    }
                    GivenUp(number, expected) => {
                        assert_eq!(unanswered.give_up(number), expected, "{intent}");
                        assert!(!unanswered.is_waiting(number), "{intent}");
                    }
                    Reply(expected) => assert_eq!(unanswered.take_next(), expected, "{intent}"),
                }
            }
            assert!(unanswered.take_all().is_empty(), "{intent}");
        }
    }

    #[test]
    fn the_end_of_a_stream_ends_the_wait_of_all_its_messages() {
        let mut unanswered = Unanswered::default();
        (0..5).for_each(|number| unanswered.add(number, number));
        unanswered.give_up(1);
        unanswered.take_next();
        assert_eq!(unanswered.take_all(), [2, 3, 4]);
        assert_eq!(unanswered.take_next(), Unexpected);
    }
}
