//! Tests of `report`, `compare`, `plot`, and of metrics during an attack.

mod compare;
mod export;
mod inputs;
mod mixtures;
mod outputs;
mod pages;
mod plot;
mod secrets;
mod terminal;
