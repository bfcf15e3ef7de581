//! The charts; each file turns chart data of runs into a figure.

mod scene;

mod latency;
mod heatmap;
mod percentiles;
mod rate;
mod failure_share;
mod codes;
mod lag;
mod inflight;
mod names;
mod flows;
mod messages;
mod sockets;
mod deliveries;

use std::str::FromStr;

use crate::error::Error;
use crate::plot::data::calls::CallBins;
use crate::plot::data::sockets::SocketBins;
use crate::plot::render::figure::Figure;
use crate::units::parse_keyword;

pub use scene::{Annotations, Labelled, Scene};

/// A chart of one or several runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chart {
    /// Latency over time: quantiles as bands, failures as marks, and every hit if there are few.
    Latency,
    /// A heat map of hits by time and latency.
    Heatmap,
    /// Latency by percentile.
    Percentiles,
    /// Hits due, released and successful per second over time.
    Rate,
    /// Status codes and failures over time.
    Codes,
    /// The generator's lag over time.
    Lag,
    /// Hits in flight over time.
    Inflight,
    /// Latency over time by target name.
    Names,
    /// Flows over time: started, ended, in progress, and their times.
    Flows,
    /// Messages of calls over time: the first one, the longest gap, and how many.
    Messages,
    /// WebSockets over time: how many were open, opened, ended and not opened.
    Sockets,
    /// Deliveries over time: how long they took, and how many.
    Deliveries,
}

impl Chart {
    /// All charts, in the order of the page.
    pub const ALL: [Chart; 12] = [
        Chart::Latency,
        Chart::Heatmap,
        Chart::Percentiles,
        Chart::Rate,
        Chart::Codes,
        Chart::Lag,
        Chart::Inflight,
        Chart::Names,
        Chart::Flows,
        Chart::Messages,
        Chart::Sockets,
        Chart::Deliveries,
    ];

    /// Returns the name of the chart on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Chart::Latency => "latency",
            Chart::Heatmap => "heatmap",
            Chart::Percentiles => "percentiles",
            Chart::Rate => "rate",
            Chart::Codes => "codes",
            Chart::Lag => "lag",
            Chart::Inflight => "inflight",
            Chart::Names => "names",
            Chart::Flows => "flows",
            Chart::Messages => "messages",
            Chart::Sockets => "sockets",
            Chart::Deliveries => "deliveries",
        }
    }

    /// Returns the chart as a figure.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the scene's threshold is 1 or 2 and more hits failed.
    pub fn figure(self, scene: &Scene<'_>) -> Result<Figure, Error> {
        let figure = match self {
            Chart::Latency => latency::figure(scene)?,
            Chart::Heatmap => heatmap::figure(scene),
            Chart::Percentiles => percentiles::figure(scene),
            Chart::Rate => rate::figure(scene),
            Chart::Codes => codes::figure(scene),
            Chart::Lag => lag::figure(scene),
            Chart::Inflight => inflight::figure(scene),
            Chart::Names => names::figure(scene),
            Chart::Flows => flows::figure(scene),
            Chart::Messages => messages::figure(scene),
            Chart::Sockets => sockets::figure(scene),
            Chart::Deliveries => deliveries::figure(scene),
        };
        Ok(Figure { name: self.word(), ..figure })
    }

    /// Returns whether the chart adds information about these runs that the other charts lack.
    pub fn adds_information(self, scene: &Scene<'_>) -> bool {
        match self {
            Chart::Rate => scene.has_span(),
            Chart::Lag => scene.runs.iter().any(|shown| shown.run.response().count() > 0),
            Chart::Names => scene.runs.iter().any(|shown| shown.run.is_named()),
            Chart::Flows => scene.runs.iter().any(|shown| shown.run.flows().is_some()),
            Chart::Messages => {
                let mut calls = scene.runs.iter().filter_map(|shown| shown.run.calls());
                calls.any(CallBins::has_streams)
            }
            Chart::Sockets => {
                let mut sockets = scene.runs.iter().filter_map(|shown| shown.sockets);
                sockets.any(SocketBins::is_web)
            }
            Chart::Deliveries => {
                let mut sockets = scene.runs.iter().filter_map(|shown| shown.sockets);
                sockets.any(|bins| bins.n_deliveries() > 0)
            }
            _ => !scene.runs.is_empty(),
        }
    }
}

impl FromStr for Chart {
    type Err = Error;

    fn from_str(chart: &str) -> Result<Self, Error> {
        parse_keyword("chart", chart, &Chart::ALL.map(|chart| (chart.word(), chart)))
    }
}
