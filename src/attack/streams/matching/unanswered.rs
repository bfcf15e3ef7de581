//! The messages of one stream that have no reply yet.

use std::collections::VecDeque;

/// Most messages that are remembered by their key after they stopped waiting, since a late reply to
/// them may still come.
const MAX_LATE: usize = 1_000;

/// The messages of one stream that have no reply yet, in the order in which they were sent.
///
/// A late reply, to a message that has waited too long, is not taken for the reply to a later
/// message.
#[derive(Debug)]
pub struct Unanswered<T> {
    /// In the order in which they were sent, so sorted by number. The first one waits.
    places: VecDeque<Place<T>>,
    /// Number of replies that are due before the one to the first message, and belong to none.
    n_skipped: u64,
    /// The keys of messages that stopped waiting, in order.
    late: VecDeque<Key>,
}

/// What the reply to a message has in common with it: a hash of bytes, or of a value.
pub type Key = u64;

/// The place of a message.
#[derive(Debug)]
struct Place<T> {
    number: u64,
    /// None if the reply is found by its order or by the number of the message.
    key: Option<Key>,
    state: State<T>,
}

#[derive(Debug)]
enum State<T> {
    Waiting(T),
    Answered,
    /// Has stopped waiting.
    GivenUp,
}

/// What a reply belongs to.
#[derive(Debug, PartialEq, Eq)]
pub enum Match<T> {
    /// This message.
    Message(T),
    /// A message that has stopped waiting, or one that needs no reply.
    Late,
    /// No message: the server sent more than it was asked for.
    Unexpected,
}

impl<T> Default for Unanswered<T> {
    fn default() -> Self {
        Self { places: VecDeque::new(), n_skipped: 0, late: VecDeque::new() }
    }
}

impl<T> Unanswered<T> {
    /// Adds a message that was sent. Its number must be greater than those of all before it.
    pub fn add(&mut self, number: u64, key: Option<Key>, waiting: T) {
        self.places.push_back(Place { number, key, state: State::Waiting(waiting) });
    }

    /// Notes that the server will reply to something before the next message that is added. There
    /// must be no messages yet.
    pub fn skip(&mut self, n_replies: usize) {
        self.n_skipped = n_replies as u64;
    }

    /// Returns the first message that waits.
    pub fn first(&self) -> Option<&T> {
        match &self.places.front()?.state {
            State::Waiting(waiting) => Some(waiting),
            State::Answered | State::GivenUp => None,
        }
    }

    /// Matches a reply by its order: it belongs to the first message without one.
    pub fn take_next(&mut self) -> Match<T> {
        if self.n_skipped > 0 {
            self.n_skipped -= 1;
            return Match::Late;
        }
        self.take_place(0).map_or(Match::Unexpected, Match::Message)
    }

    /// Matches a reply by what it has in common with its message.
    pub fn take_key(&mut self, key: Key) -> Match<T> {
        if let Some(late) = self.late.iter().position(|late| *late == key) {
            self.late.remove(late);
            return Match::Late;
        }
        let is_meant =
            |place: &Place<T>| place.key == Some(key) && matches!(place.state, State::Waiting(_));
        let place = self.places.iter().position(is_meant);
        place.and_then(|place| self.take_place(place)).map_or(Match::Unexpected, Match::Message)
    }

    /// Matches a reply by the number of its message.
    pub fn take_number(&mut self, number: u64) -> Match<T> {
        let place = self.place_of(number);
        place.and_then(|place| self.take_place(place)).map_or(Match::Unexpected, Match::Message)
    }

    /// Ends the wait of a message. None if it does not wait.
    pub fn give_up(&mut self, number: u64) -> Option<T> {
        let place = self.place_of(number)?;
        self.end(place, State::GivenUp)
    }

    /// Returns whether a message waits for its reply.
    pub fn is_waiting(&self, number: u64) -> bool {
        self.place_of(number)
            .is_some_and(|place| matches!(self.places[place].state, State::Waiting(_)))
    }

    /// Ends the wait of all messages, and returns those that waited in their order. No late reply
    /// can follow.
    pub fn take_all(&mut self) -> Vec<T> {
        (self.n_skipped, self.late) = (0, VecDeque::new());
        let waiting = self.places.drain(..).filter_map(|place| match place.state {
            State::Waiting(waiting) => Some(waiting),
            State::Answered | State::GivenUp => None,
        });
        waiting.collect()
    }

    fn take_place(&mut self, place: usize) -> Option<T> {
        (place < self.places.len()).then(|| self.end(place, State::Answered))?
    }

    /// Ends the wait of the message at a place. None if it does not wait.
    fn end(&mut self, place: usize, end: State<T>) -> Option<T> {
        let state = &mut self.places[place].state;
        if !matches!(state, State::Waiting(_)) {
            return None;
        }
        let ended = std::mem::replace(state, end);
        self.trim();
        match ended {
            State::Waiting(waiting) => Some(waiting),
            State::Answered | State::GivenUp => None,
        }
    }

    /// Removes the messages at the front that do not wait.
    fn trim(&mut self) {
        while let Some(first) = self.places.front() {
            match (&first.state, first.key) {
                (State::Waiting(_), _) => return,
                (State::Answered, _) => {}
                (State::GivenUp, None) => self.n_skipped += 1,
                (State::GivenUp, Some(key)) => {
                    if self.late.len() == MAX_LATE {
                        self.late.pop_front();
                    }
                    self.late.push_back(key);
                }
            }
            self.places.pop_front();
        }
    }

    fn place_of(&self, number: u64) -> Option<usize> {
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
        SentWithKey(u64, Key),
        GivenUp(u64, Option<u64>),
        Reply(Match<u64>),
        ReplyWithKey(Key, Match<u64>),
        ReplyTo(u64, Match<u64>),
    }

    use Event::{GivenUp, Reply, ReplyTo, ReplyWithKey, Sent, SentWithKey};
    use Match::{Late, Message, Unexpected};

    fn check(intent: &str, unanswered: &mut Unanswered<u64>, events: Vec<Event>) {
        for event in events {
            match event {
                Sent(number) => unanswered.add(number, None, number),
                SentWithKey(number, key) => unanswered.add(number, Some(key), number),
                GivenUp(number, expected) => {
                    assert_eq!(unanswered.give_up(number), expected, "{intent}");
                    assert!(!unanswered.is_waiting(number), "{intent}");
                }
                Reply(expected) => assert_eq!(unanswered.take_next(), expected, "{intent}"),
                ReplyWithKey(key, expected) => {
                    assert_eq!(unanswered.take_key(key), expected, "{intent}");
                }
                ReplyTo(number, expected) => {
                    assert_eq!(unanswered.is_waiting(number), expected != Unexpected, "{intent}");
                    assert_eq!(unanswered.take_number(number), expected, "{intent}");
                    assert!(!unanswered.is_waiting(number), "{intent}");
                }
            }
        }
        assert!(unanswered.take_all().is_empty(), "{intent}");
    }

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
                    Reply(Unexpected),
                ],
            ),
        ];
        for (intent, events) in table {
            check(intent, &mut Unanswered::default(), events);
        }
        let mut after_two = Unanswered::default();
        after_two.skip(2);
        let events = vec![Sent(1), Reply(Late), Sent(2), Reply(Late), Reply(Message(1))];
        check(
            "skipped",
            &mut after_two,
            [events, vec![Reply(Message(2))]].into_iter().flatten().collect(),
        );
    }

    #[test]
    fn replies_belong_to_messages_with_the_same_key() {
        let (a, b) = (77, 88);
        let table = [
            (
                "out of order",
                vec![
                    SentWithKey(1, a),
                    SentWithKey(2, b),
                    ReplyWithKey(b, Message(2)),
                    ReplyWithKey(b, Unexpected),
                    ReplyWithKey(a, Message(1)),
                    ReplyWithKey(a, Unexpected),
                ],
            ),
            (
                "equal keys in order",
                vec![
                    SentWithKey(1, a),
                    SentWithKey(2, b),
                    SentWithKey(3, a),
                    ReplyWithKey(a, Message(1)),
                    ReplyWithKey(a, Message(3)),
                    ReplyWithKey(b, Message(2)),
                ],
            ),
            (
                "a late reply with the key of a later message",
                vec![
                    SentWithKey(1, a),
                    GivenUp(1, Some(1)),
                    SentWithKey(2, a),
                    SentWithKey(3, b),
                    ReplyWithKey(b, Message(3)),
                    ReplyWithKey(a, Late),
                    ReplyWithKey(a, Message(2)),
                ],
            ),
        ];
        for (intent, events) in table {
            check(intent, &mut Unanswered::default(), events);
        }
    }

    #[test]
    fn replies_belong_to_messages_with_their_number() {
        let events = vec![
            Sent(1),
            Sent(2),
            Sent(5),
            ReplyTo(2, Message(2)),
            ReplyTo(2, Unexpected),
            ReplyTo(3, Unexpected),
            ReplyTo(1, Message(1)),
            GivenUp(5, Some(5)),
            ReplyTo(5, Unexpected),
        ];
        check("numbers", &mut Unanswered::default(), events);
    }

    #[test]
    fn the_end_of_a_stream_ends_the_wait_of_all_its_messages() {
        let mut unanswered = Unanswered::default();
        unanswered.skip(1);
        (0..5).for_each(|number| unanswered.add(number, None, number));
        unanswered.give_up(1);
        unanswered.take_next();
        unanswered.take_next();
        assert_eq!(unanswered.first(), Some(&2));
        assert_eq!(unanswered.take_all(), [2, 3, 4]);
        assert_eq!(unanswered.take_next(), Unexpected);
    }

    #[test]
    fn a_server_that_never_answers_takes_no_memory_for_messages_that_were_given_up() {
        let mut unanswered = Unanswered::default();
        for number in 0..10_000 {
            unanswered.add(number, Some(number), number);
            assert_eq!(unanswered.give_up(number), Some(number));
        }
        assert_eq!((unanswered.places.len(), unanswered.late.len()), (0, MAX_LATE));
        assert_eq!(unanswered.take_key(0), Unexpected);
        assert_eq!(unanswered.take_key(9_999), Late);
    }
}
