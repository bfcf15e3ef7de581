//! Tests of the command line.

mod command_line;
mod flag_reference;
mod from_locust;
mod guide;
mod manual;
mod vegeta_flags;
