//! Tests of what is attacked: lists, templates with data, mixes, and the routes of `serve`.

mod bad_input;
mod dynamic_routes;
mod feeds;
mod load_test;
mod mixes;
mod routes;
mod sample_lists;
mod suites;
mod traps;
