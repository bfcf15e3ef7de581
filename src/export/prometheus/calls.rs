//! Messages of calls by target, with a bounded number of series. There are no series without calls.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::bounded_map::Bounded;
use crate::export::prometheus::counter::Count;
use crate::export::prometheus::hits::{LATENCIES, MAX_SERIES, OTHER};
use crate::export::prometheus::labels::target_of;
use crate::markup::redact::without_users;
use crate::record::{Messaging, Record};

/// Labels of the metrics of the calls of one target.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    url: String,
}

/// All series of calls.
pub struct CallSeries {
    families: Families,
    series: Bounded<String, Series>,
}

/// The metrics as the registry has them.
struct Families {
    first_message: Family<CallLabels, Histogram, fn() -> Histogram>,
    gap: Family<CallLabels, Histogram, fn() -> Histogram>,
    messages_in: Family<CallLabels, Count>,
    messages_out: Family<CallLabels, Count>,
}

/// The metrics of one target.
struct Series {
    first_message: Histogram,
    gap: Histogram,
    messages_in: Count,
    messages_out: Count,
}

impl CallSeries {
    /// Creates an empty set of series, whose metrics are in a registry.
    pub fn new(registry: &mut Registry) -> Self {
        Self { families: Families::new(registry), series: Bounded::new(MAX_SERIES) }
    }

    /// Adds a record; nothing if it is a plain HTTP request.
    pub fn add(&mut self, record: &Record<'_>) {
        let Some(messaging) = &record.messaging else { return };
        let (families, series, target) = (&self.families, &mut self.series, target_of(record));
        let place = match series.find(target) {
            Some(place) => place,
            None => series.place(target.to_owned(), || families.series(target)),
        };
        series.at(place, || families.series(OTHER)).add(messaging);
    }
}

impl Series {
    fn add(&self, messaging: &Messaging) {
        self.messages_in.add(messaging.messages_in.into());
        self.messages_out.add(messaging.messages_out.into());
        let times =
            [(&self.first_message, messaging.first_message), (&self.gap, messaging.gap_max)];
        for (histogram, time) in times {
            time.iter().for_each(|time| histogram.observe(time.as_secs_f64()));
        }
    }
}

impl Families {
    fn new(registry: &mut Registry) -> Self {
        let families = Self {
            first_message: Family::new_with_constructor(|| Histogram::new(LATENCIES)),
            gap: Family::new_with_constructor(|| Histogram::new(LATENCIES)),
            messages_in: Family::default(),
            messages_out: Family::default(),
        };
        let help = "Time to the first message of a call";
        let first_message = families.first_message.clone();
        registry.register("drumfire_first_message_seconds", help, first_message);
        let help = "Longest time between two messages of a call";
        registry.register("drumfire_gap_seconds", help, families.gap.clone());
        let help = "Messages received in calls";
        registry.register("drumfire_messages_in", help, families.messages_in.clone());
        let help = "Messages sent in calls";
        registry.register("drumfire_messages_out", help, families.messages_out.clone());
        families
    }

    /// Returns the series of a target. Metrics reveal neither users nor passwords.
    fn series(&self, target: &str) -> Series {
        let labels = CallLabels { url: without_users(target, "").into_owned() };
        Series {
            first_message: self.first_message.get_or_create_owned(&labels),
            gap: self.gap.get_or_create_owned(&labels),
            messages_in: self.messages_in.get_or_create_owned(&labels),
            messages_out: self.messages_out.get_or_create_owned(&labels),
        }
    }
}
