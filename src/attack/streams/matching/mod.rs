//! Which message of the server is the reply to a message.

mod unanswered;
mod pointer;

pub use unanswered::{Key, Match, Unanswered};

use std::hash::{DefaultHasher, Hash, Hasher};

use memchr::memmem;

use crate::attack::streams::matching::pointer::Pointer;
use crate::attack::streams::options::ReplyRule;
use crate::mark::{MarkFinder, Run};

/// How the replies on a stream are found.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// There are none: a message is done when the system has taken its last byte.
    None,
    /// All messages of the server are replies, in the order in which messages were sent.
    Order,
    /// Messages of the server with a text are replies, in that order.
    Contains(memmem::Finder<'static>),
    /// A reply has the bytes of its message.
    Echo,
    /// A reply has a value of its message.
    Pointer(Pointer),
    /// A reply has the mark of its message.
    Mark(MarkFinder),
}

/// What a message that was just sent waits for.
#[derive(Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing but the system, which takes the message.
    Nothing,
    /// A reply, which has this key if there is one.
    Reply(Option<Key>),
    /// No reply can be found, for this reason.
    Never(String),
}

impl Matcher {
    /// Returns how replies are found to messages that have a mark of a run, or have none.
    pub fn new(rule: &ReplyRule, has_mark: bool, run: Run) -> Self {
        let mark = || Self::Mark(MarkFinder::of_run(run));
        match rule {
            ReplyRule::Auto if has_mark => mark(),
            ReplyRule::Auto | ReplyRule::Order => Self::Order,
            ReplyRule::None => Self::None,
            ReplyRule::Echo => Self::Echo,
            ReplyRule::Mark => mark(),
            ReplyRule::Pointer(pointer) => Self::Pointer(Pointer::new(pointer)),
            ReplyRule::Contains(text) => {
                Self::Contains(memmem::Finder::new(text.as_bytes()).into_owned())
            }
        }
    }

    /// Returns whether everything that is sent gets a reply, in order.
    pub fn is_order(&self) -> bool {
        matches!(self, Self::Order)
    }

    /// Returns what a message waits for.
    pub fn expected(&self, message: &[u8]) -> Expected {
        match self {
            Self::None => Expected::Nothing,
            Self::Order | Self::Contains(_) | Self::Mark(_) => Expected::Reply(None),
            Self::Echo => Expected::Reply(Some(hash(message))),
            Self::Pointer(pointer) => match pointer.key_in(message) {
                Some(key) => Expected::Reply(Some(key)),
                None => Expected::Never(format!("the message has no value at {}", pointer.text())),
            },
        }
    }

    /// Passes on each message that a message of the server is the reply to.
    pub fn take<T>(
        &self,
        unanswered: &mut Unanswered<T>,
        message: &[u8],
        mut on_reply: impl FnMut(T),
    ) {
        let matched = match self {
            Self::None => return,
            Self::Order => unanswered.take_next(),
            Self::Contains(text) if text.find(message).is_none() => return,
            Self::Contains(_) => unanswered.take_next(),
            Self::Echo => unanswered.take_key(hash(message)),
            Self::Pointer(pointer) => match pointer.key_in(message) {
                Some(key) => unanswered.take_key(key),
                None => return,
            },
            Self::Mark(finder) => {
                // A server may reply to several messages at once.
                for mark in finder.marks(message) {
                    if let Match::Message(waiting) = unanswered.take_number(mark.seq()) {
                        on_reply(waiting);
                    }
                }
                return;
            }
        };
        if let Match::Message(waiting) = matched {
            on_reply(waiting);
        }
    }
}

fn hash(message: &[u8]) -> Key {
    let mut hasher = DefaultHasher::new();
    message.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mark::Mark;

    /// What happens on a stream: a message is sent, one is given up, or the server sends something,
    /// which is the reply to these messages.
    enum Event {
        Sent(u64, String),
        GivenUp(u64),
        Received(String, Vec<u64>),
    }

    use Event::GivenUp;

    fn sent(number: u64, text: &str) -> Event {
        Event::Sent(number, text.to_owned())
    }

    fn got(text: &str, expected: &[u64]) -> Event {
        Event::Received(text.to_owned(), expected.to_vec())
    }

    fn check(rule: &str, run: Run, events: Vec<Event>) {
        let matcher = Matcher::new(&rule.parse().unwrap(), false, run);
        let mut unanswered = Unanswered::default();
        for event in events {
            match event {
                Event::Sent(number, text) => match matcher.expected(text.as_bytes()) {
                    Expected::Reply(key) => unanswered.add(number, key, number),
                    other => panic!("{rule}: {text}: {other:?}"),
                },
                GivenUp(number) => assert_eq!(unanswered.give_up(number), Some(number), "{rule}"),
                Event::Received(text, expected) => {
                    let mut found = Vec::new();
                    matcher.take(&mut unanswered, text.as_bytes(), |number| found.push(number));
                    assert_eq!(found, expected, "{rule}: {text}");
                }
            }
        }
    }

    #[test]
    fn replies_in_order_are_all_that_order_can_know() {
        let run = Run::fresh();
        let events = vec![
            sent(1, "a"),
            sent(2, "b"),
            // Out of order, and then one too many: neither can be seen.
            got("B", &[1]),
            got("news", &[2]),
            got("A", &[]),
            sent(3, "c"),
            sent(4, "d"),
            GivenUp(3),
            got("C, late", &[]),
            got("D", &[4]),
        ];
        check("order", run, events);
    }

    #[test]
    fn only_messages_with_the_text_are_replies() {
        let events = vec![
            sent(1, "a"),
            got("{\"type\":\"news\"}", &[]),
            sent(2, "b"),
            got("{\"type\":\"reply\"}", &[1]),
            got("", &[]),
            GivenUp(2),
            sent(3, "c"),
            got("{\"type\":\"reply\"}", &[]),
            got("{\"type\":\"reply\"}", &[3]),
            got("{\"type\":\"reply\"}", &[]),
        ];
        check("contains:\"type\":\"reply\"", Run::fresh(), events);
    }

    #[test]
    fn an_echo_has_the_bytes_of_its_message() {
        let events = vec![
            sent(1, "a"),
            sent(2, "b"),
            sent(3, "c"),
            got("welcome", &[]),
            got("c", &[3]),
            got("a", &[1]),
            got("a", &[]),
            got("a ", &[]),
            GivenUp(2),
            sent(4, "b"),
            got("b", &[]),
            got("b", &[4]),
        ];
        check("echo", Run::fresh(), events);
    }

    #[test]
    fn a_reply_has_the_value_of_its_message() {
        let events = vec![
            sent(1, r#"{"id": "a", "n": 1}"#),
            sent(2, r#"{"id": "b", "n": 1}"#),
            got(r#"{"type": "news"}"#, &[]),
            got("no JSON", &[]),
            got(r#"{"ok": true, "id": "b"}"#, &[2]),
            got(r#"{"ok": true, "id": "b"}"#, &[]),
            got(r#"{"id": "a"}"#, &[1]),
        ];
        check("/id", Run::fresh(), events);
        let matcher = Matcher::new(&"/id".parse().unwrap(), false, Run::fresh());
        let never = Expected::Never("the message has no value at /id".to_owned());
        assert_eq!(matcher.expected(b"{}"), never);
    }

    #[test]
    fn a_reply_has_the_mark_of_its_message() {
        let (run, other) = (Run::fresh(), Run::fresh());
        let mark = |seq| Mark::new(run, seq, 0).to_string();
        let events = vec![
            sent(1, &mark(1)),
            sent(2, &mark(2)),
            sent(3, &mark(3)),
            sent(4, &mark(4)),
            got("news", &[]),
            got(&Mark::new(other, 1, 0).to_string(), &[]),
            got(&format!("[\"{}\"]", mark(3)), &[3]),
            got(&format!("{} {} {}", mark(2), mark(3), mark(1)), &[2, 1]),
            GivenUp(4),
            got(&mark(4), &[]),
            sent(5, &mark(5)),
            got(&mark(5), &[5]),
        ];
        check("mark", run, events);
    }

    #[test]
    fn auto_takes_the_mark_if_messages_have_one() {
        let table = [
            (ReplyRule::Auto, true, "mark"),
            (ReplyRule::Auto, false, "order"),
            (ReplyRule::Order, true, "order"),
            (ReplyRule::None, true, "none"),
        ];
        for (rule, has_mark, expected) in table {
            let found = match Matcher::new(&rule, has_mark, Run::default()) {
                Matcher::Mark(_) => "mark",
                Matcher::Order => "order",
                Matcher::None => "none",
                other => panic!("{other:?}"),
            };
            assert_eq!(found, expected, "{rule:?} {has_mark}");
        }
        let none = Matcher::new(&ReplyRule::None, false, Run::default());
        assert_eq!(none.expected(b""), Expected::Nothing);
    }
}
