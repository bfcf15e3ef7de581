//! Other programs: readers, scrapers, shells, make.

mod jq;
mod make;
mod prometheus;
mod shells;
