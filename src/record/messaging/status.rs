//! The names of gRPC statuses.

use std::borrow::Cow;

/// The status of a call that succeeded.
pub const GRPC_OK: u8 = 0;

/// The names of the statuses, by number.
///
/// Source: grpc-go, codes/code_string.go, whose spelling its users search for.
const NAMES: [&str; 17] = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];

/// Returns the name of a gRPC status, as grpc-go prints it: `Unavailable` for 14, and `Code(17)` for
/// a number without a name.
pub fn grpc_status_name(status: u8) -> Cow<'static, str> {
    match NAMES.get(usize::from(status)) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("Code({status})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_the_names_of_grpc_go() {
        let table = [(0, "OK"), (1, "Canceled"), (14, "Unavailable"), (16, "Unauthenticated")];
        for (status, name) in table.into_iter().chain([(17, "Code(17)"), (255, "Code(255)")]) {
            assert_eq!(grpc_status_name(status), name);
        }
    }
}
