//! HOW: one hit over the network.
