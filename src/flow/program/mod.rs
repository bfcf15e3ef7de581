//! From entries and annotations to instructions.

mod annotation;
mod rounds;
mod block;
mod frame;
mod reader;
mod uses;
mod assignment;
mod estimate;
mod needs;
mod instruction;

pub use assignment::{Known, check};
pub use block::{Loop, Node, Step, steps};
pub use estimate::{Estimate, estimate};
pub use frame::MAX_LOOPS;
pub use instruction::{Instruction, MadeStep, Program};
pub use needs::{mixed_raw_body, raw_body_of_call};
pub use reader::BlockReader;
pub use rounds::Rounds;
pub use uses::{Visit, of_capture, of_expected, of_options, of_request, of_value};
