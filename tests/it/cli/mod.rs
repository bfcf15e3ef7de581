//! Tests of the command line.

mod command_line;
mod first_steps;
mod flag_reference;
mod from_locust;
mod guide;
mod manual;
mod vegeta_flags;
