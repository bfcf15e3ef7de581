//! The loopback target that demos, tests and benches fire at.
