//! Runs the binary and its servers.
