//! drumfire tried as a user would try it: the built binary over real pipes and sockets.

mod harness;

mod command_line;
mod targets;
