//! Places for the users of a closed loop: as many hits are in flight as there are users.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task;
use tokio::time::Instant;

use crate::clock;
use crate::schedule::{Presence, Shard, Users};

/// The places of the users of one engine.
pub struct UserPlaces {
    /// The places; none before the users begin.
    pub places: Arc<Semaphore>,
    /// The users of the whole attack.
    pub users: Users,
    /// The part of the engine.
    pub shard: Shard,
}

impl UserPlaces {
    /// Adds and removes places as users begin and leave. It must run within a set of local tasks. A
    /// user who waits for a response leaves after it.
    pub async fn follow(self, start: Instant) {
        for (offset, is_begin) in self.changes() {
            clock::pause((start + offset).saturating_duration_since(clock::now())).await;
            if is_begin {
                self.places.add_permits(1);
                continue;
            }
            let places = self.places.clone();
            task::spawn_local(async move {
                if let Ok(place) = places.acquire().await {
                    place.forget();
                }
            });
        }
    }

    /// Returns when the number of places changes, in order: an offset from the start, and whether a
    /// place is added or removed.
    fn changes(&self) -> Vec<(Duration, bool)> {
        let Self { users, shard, .. } = self;
        let own = (shard.index as u32..users.most()).step_by(shard.of as usize);
        let times = own.flat_map(|user| users.presences(user));
        let ends = |time: Presence| [Some((time.begin, true)), time.end.map(|end| (end, false))];
        let mut changes: Vec<_> = times.flat_map(ends).flatten().collect();
        changes.sort_unstable();
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn there_are_as_many_places_as_users() {
        let local = task::LocalSet::new();
        local
            .run_until(async {
                let (places, start) = (Arc::new(Semaphore::new(0)), clock::now());
                let users = Users::parse("4s@0..4,2s@4,4s@4..0").unwrap();
                let shard = Shard { index: 0, of: 1 };
                let users = UserPlaces { places: places.clone(), users, shard };
                task::spawn_local(users.follow(start));
                let mut seen = Vec::new();
                for half in 0..11 {
                    let time = start + Duration::from_millis(1_000 * half + 500);
                    clock::pause(time - clock::now()).await;
                    seen.push(places.available_permits());
                }
                assert_eq!(seen, [1, 2, 3, 4, 4, 4, 4, 3, 2, 1, 0]);
            })
            .await;
    }
}
