//! A page of HTML that opens without a network.
