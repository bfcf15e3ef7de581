//! THE NUMBERS: a stream folded to constant size.
