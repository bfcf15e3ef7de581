//! The users of a closed loop: each makes one flow after another while present.

use std::cell::Cell;
use std::collections::HashMap;
use std::time::Duration;

use crate::attack::flows::Crowd;
use crate::attack::flows::journey::Turn;
use crate::attack::target_choice::mix::Random;
use crate::error::Error;
use crate::feed::{Feed, Row};
use crate::schedule::{Shard, Users};

/// The users of one engine.
pub struct UserPlan {
    users: Users,
    shard: Shard,
    /// Which flow a user begins.
    choice: Random,
    /// Number of flows that the users of the engine may still begin. None for no limit.
    left: Cell<Option<u64>>,
    /// The row of each user of the engine. None without a feed.
    rows: Option<HashMap<u32, Row>>,
}

/// A user who begins.
#[derive(Debug, PartialEq, Eq)]
pub struct NewUser {
    /// Number of the user, from 0.
    pub user: u32,
    /// When the user begins, from the start of the attack.
    pub begin: Duration,
    /// When the user leaves. None to stay until the attack ends.
    pub end: Option<Duration>,
    /// Number of the first flow of the user: not 0 for a user who comes back.
    pub first_turn: u64,
}

/// Number of flows that are reserved for a user's stay.
const TURNS: u64 = 1_000_000;

impl UserPlan {
    /// Takes the users of an engine. Each gets a row of the feed for good; those for whom there is
    /// no row do not begin.
    ///
    /// # Errors
    ///
    /// The feed cannot be read.
    pub fn new(
        crowd: &Crowd,
        shard: Shard,
        choice: Random,
        feed: Option<&Feed>,
    ) -> Result<Self, Error> {
        let Crowd { users, n_flows } = crowd;
        let users = users.clone();
        let rows = feed.map(|feed| rows(feed, &users, shard)).transpose()?;
        let left = Cell::new(n_flows.map(|n_flows| shard.part_of(n_flows)));
        Ok(Self { users, shard, choice, left, rows })
    }

    /// Returns the users of the engine, once for each time that they are present, in the order in
    /// which they begin.
    pub fn beginners(&self) -> Vec<NewUser> {
        let own = (self.shard.index as u32..self.users.most()).step_by(self.shard.of as usize);
        let has_row = |user: &u32| self.rows.as_ref().is_none_or(|rows| rows.contains_key(user));
        let times = |user| {
            let times = self.users.presences(user).into_iter();
            times.zip(0..).map(move |(time, stay)| NewUser {
                user,
                begin: time.begin,
                end: time.end,
                first_turn: stay * TURNS,
            })
        };
        let mut all: Vec<_> = own.filter(has_row).flat_map(times).collect();
        all.sort_by_key(|new| (new.begin, new.user));
        all
    }

    /// Takes the number in the attack of a flow that a user is about to begin. None if no further
    /// flow may begin.
    pub fn take_number(&self, turn: Turn) -> Option<u64> {
        if let Some(left) = self.left.get() {
            self.left.set(Some(left.checked_sub(1)?));
        }
        Some(turn.turn * u64::from(self.users.most()) + u64::from(turn.user))
    }

    /// Returns the index of the flow with a number.
    pub fn flow_of(&self, number: u64) -> usize {
        self.choice.index_of(number)
    }

    /// Returns the row of a user. None without a feed.
    pub fn row_of(&self, user: u32) -> Option<&Row> {
        self.rows.as_ref().and_then(|rows| rows.get(&user))
    }
}

/// Reads the rows of the users of an engine.
fn rows(feed: &Feed, users: &Users, shard: Shard) -> Result<HashMap<u32, Row>, Error> {
    let own = (shard.index as u32..users.most()).step_by(shard.of as usize);
    own.zip(feed.rows(shard.index, shard.of)?).map(|(user, row)| Ok((user, row?))).collect()
}

/// Earliest start of a user's next flow after one that failed, so that users of a server that is
/// down do not try again without a pause.
pub const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::seed::Seed;

    fn plan(users: &str, index: u64, of: u64, n_flows: Option<u64>) -> UserPlan {
        let (users, shard) = (Users::parse(users).unwrap(), Shard { index, of });
        UserPlan::new(&Crowd { users, n_flows }, shard, Random::new(&[3, 1], Seed(1)), None)
            .unwrap()
    }

    #[test]
    fn engines_share_the_users() {
        let all = plan("10s@0..7,5s@0,5s@7", 0, 1, None).beginners();
        assert_eq!(all.len(), 14);
        let mut parts: Vec<_> = (0..3)
            .flat_map(|index| plan("10s@0..7,5s@0,5s@7", index, 3, None).beginners())
            .collect();
        parts.sort_by_key(|new| (new.begin, new.user));
        assert_eq!(parts, all);
    }

    #[test]
    fn flows_of_users_have_different_numbers_up_to_the_limit() {
        let plan = plan("3", 0, 1, Some(5));
        let number = |user, turn| plan.take_number(Turn { user, turn, leaves: None });
        assert_eq!([number(0, 0), number(2, 0), number(0, 1)], [Some(0), Some(2), Some(3)]);
        assert_eq!([number(1, 7), number(0, 2), number(1, 8)], [Some(22), Some(6), None]);
    }

    #[test]
    fn users_choose_flows_by_weight() {
        let plan = plan("3", 0, 1, None);
        let first = (0..1_000).filter(|number| plan.flow_of(*number) == 0).count();
        assert!((700..800).contains(&first), "{first}");
    }
}
