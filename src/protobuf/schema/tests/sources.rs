//! Schemas from .proto files, protosets and descriptors, and what is wrong with them.

use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;
use prost_reflect::prost_types::FileDescriptorProto;
use tempfile::TempDir;

use super::super::*;

const SERVICE: &str = "syntax = \"proto3\";\npackage a.v1;\nimport \"google/protobuf/timestamp.proto\";\n\
                       import \"common/type.proto\";\n\
                       service S { rpc Call(common.T) returns (google.protobuf.Timestamp); }\n";
const TYPE: &str = "syntax = \"proto3\";\npackage common;\nmessage T { int32 n = 1; }\n";

/// A file with most kinds of definitions.
const SMALL: &str = "syntax = \"proto3\"; package p; service S { rpc C(M) returns (stream M); } \
                     enum E { A = 0; } message M { oneof o { E e = 1; } map<string, M> m = 2; \
                     optional int32 n = 3 [json_name = \"k\"]; reserved 7 to 9; }";

/// Returns a folder with files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn paths(folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| folder.join(name)).collect()
}

/// Returns the error of a schema, with the folder as `DIR`.
fn error(folder: &Path, schema: Result<Schema, Error>) -> String {
    let text = schema.expect_err("the schema is invalid").to_string();
    assert!(!text.contains('\n'), "{text}");
    text.replace(&folder.display().to_string(), "DIR")
}

/// Returns the serialized descriptors of a schema.
fn descriptors(schema: &Schema) -> Vec<Bytes> {
    schema.pool.files().map(|file| file.encode_to_vec().into()).collect()
}

/// Writes a protoset with files.
fn write_protoset(path: &Path, files: &[Bytes]) {
    let mut set = Vec::new();
    for file in files {
        prost::encoding::bytes::encode(1, file, &mut set);
    }
    fs::write(path, set).unwrap();
}

#[test]
fn imports_are_found_in_import_paths_and_next_to_the_file() {
    let folder = folder(&[("api/a.proto", SERVICE), ("api/common/type.proto", TYPE)]);
    let folder = folder.path();
    let rows = [
        (paths(folder, &["api/a.proto"]), vec![]),
        (paths(folder, &["api/a.proto"]), paths(folder, &["api"])),
        (vec!["a.proto".into()], paths(folder, &["api"])),
        (paths(folder, &["api/common/type.proto", "api/a.proto"]), paths(folder, &["api"])),
    ];
    for (files, import_paths) in rows {
        let schema = Schema::from_protos(&files, &import_paths).unwrap();
        assert_eq!(schema.services().collect::<Vec<_>>(), ["a.v1.S"], "{files:?}");
        assert_eq!(schema.method("a.v1.S/Call").unwrap().encode("{\"n\": 1}").unwrap(), "\x08\x01");
    }
}

#[test]
fn an_invalid_proto_file_is_reported_with_its_place() {
    let rows = [
        (
            "syntax = \"proto3\";\nmessage M { int32 n = ; }",
            "x.proto:2:23: expected an integer, but found ';'",
        ),
        (
            "syntax = \"proto3\";\n\nmessage M { Other o = 1; }",
            "x.proto:3:13: name 'Other' is not defined",
        ),
        (
            "edition = \"2023\";\nmessage M {}",
            "x.proto:1:1: protobuf editions are not supported: expected syntax = \"proto2\" or \"proto3\"; a proto3 file with the same names and field numbers has the same wire format",
        ),
        ("syntax = \"proto4\";", "x.proto:1:10: unknown syntax 'proto4'"),
        (
            "syntax = \"proto3\";\nimport \"y.proto\";",
            "x.proto:2:1: import 'y.proto' not found (searched in 'DIR', '.'): add its root with -import-path=DIR",
        ),
        ("syntax = \"proto3\";\nimport \"x.proto\";", "import cycle detected: x.proto -> x.proto"),
    ];
    for (text, expected) in rows {
        let folder = folder(&[("x.proto", text)]);
        let schema = Schema::from_protos(&paths(folder.path(), &["x.proto"]), &[]);
        assert_eq!(error(folder.path(), schema), expected, "{text}");
    }
}

#[test]
fn a_proto_file_that_is_missing_is_reported() {
    let folder = folder(&[]);
    let folder = folder.path();
    let schema = Schema::from_protos(&paths(folder, &["x.proto"]), &[]);
    assert_eq!(error(folder, schema), "no file 'DIR/x.proto'");
    let schema = Schema::from_protos(&["no/such.proto".into()], &paths(folder, &["api"]));
    let expected = "file 'no/such.proto' is not in any include path (searched in 'DIR/api'): add its root with -import-path=DIR";
    assert_eq!(error(folder, schema), expected);
}

#[test]
fn protosets_are_read_in_any_order_and_without_the_files_of_google() {
    let folder = folder(&[("a.proto", SERVICE), ("common/type.proto", TYPE)]);
    let folder = folder.path();
    let all = Schema::from_protos(&paths(folder, &["a.proto"]), &[]).unwrap();
    let own = |file: &Bytes| {
        !FileDescriptorProto::decode(file.clone()).unwrap().name().starts_with("google/")
    };
    let files: Vec<_> = descriptors(&all).into_iter().filter(own).rev().collect();
    assert_eq!(files.len(), 2);
    write_protoset(&folder.join("one.bin"), &files[..1]);
    write_protoset(&folder.join("two.bin"), &files[1..]);
    let rows =
        [&["one.bin", "two.bin"][..], &["two.bin", "one.bin"], &["one.bin", "two.bin", "one.bin"]];
    for names in rows {
        let schema = Schema::from_protosets(&paths(folder, names)).unwrap();
        assert_eq!(schema.method("a.v1.S.Call").unwrap().path(), "/a.v1.S/Call", "{names:?}");
    }
    let schema = Schema::from_file_descriptors(files.iter().rev().chain(&files).cloned().collect());
    assert_eq!(schema.unwrap().services().count(), 1);
}

#[test]
fn an_invalid_protoset_is_reported_with_its_name() {
    let folder = folder(&[("a.proto", SERVICE), ("common/type.proto", TYPE), ("empty.bin", "")]);
    let folder = folder.path();
    let all = Schema::from_protos(&paths(folder, &["a.proto"]), &[]).unwrap();
    let (last, _) =
        descriptors(&all).split_last().map(|(last, rest)| (last.clone(), rest.len())).unwrap();
    write_protoset(&folder.join("lacking.bin"), &[last]);
    let editions = FileDescriptorProto {
        name: Some("e.proto".into()),
        syntax: Some("editions".into()),
        ..Default::default()
    };
    write_protoset(&folder.join("editions.bin"), &[editions.encode_to_vec().into()]);
    let other = FileDescriptorProto { name: Some("a.proto".into()), ..Default::default() };
    write_protoset(&folder.join("other.bin"), &[other.encode_to_vec().into()]);
    let unknown = "'DIR/NAME' is no protoset: expected a file that protoc --descriptor_set_out or buf build writes; -proto takes the source of a schema";
    let rows = [
        (&["missing.bin"][..], "protoset 'DIR/missing.bin': no such file or directory".to_owned()),
        (&["empty.bin"], unknown.replace("NAME", "empty.bin")),
        (&["a.proto"], unknown.replace("NAME", "a.proto")),
        (&["lacking.bin"], "protoset 'DIR/lacking.bin' lacks 'common/type.proto', which 'a.proto' imports: write the protoset with --include_imports".into()),
        (&["editions.bin"], "e.proto: protobuf editions are not supported: expected syntax = \"proto2\" or \"proto3\"; a proto3 file with the same names and field numbers has the same wire format".into()),
        (&["lacking.bin", "other.bin"], "file 'a.proto' is given twice with different contents, in 'DIR/lacking.bin' and in 'DIR/other.bin': expected one version".into()),
    ];
    for (names, expected) in rows {
        assert_eq!(
            error(folder, Schema::from_protosets(&paths(folder, names))),
            expected,
            "{names:?}"
        );
    }
}

#[test]
fn two_schemas_are_merged_unless_they_differ() {
    let files = folder(&[("a.proto", SERVICE), ("common/type.proto", TYPE)]);
    let one = Schema::from_protos(&paths(files.path(), &["a.proto"]), &[]).unwrap();
    let both = one.clone().merged(Schema::builtin()).unwrap().merged(one.clone()).unwrap();
    assert_eq!(both.services().count(), 5);
    let changed = TYPE.replace("n = 1", "n = 2");
    let others = folder(&[("a.proto", SERVICE), ("common/type.proto", &changed)]);
    let other = Schema::from_protos(&paths(others.path(), &["a.proto"]), &[]).unwrap();
    let expected = "file 'common/type.proto' is given twice with different contents, in the schema and in the schema: expected one version";
    assert_eq!(error(files.path(), one.clone().merged(other)), expected);
    let moved =
        folder(&[("b.proto", &SERVICE.replace("common/", "moved/")), ("moved/type.proto", TYPE)]);
    let other = Schema::from_protos(&paths(moved.path(), &["b.proto"]), &[]).unwrap();
    let text = error(moved.path(), one.merged(other));
    assert!(text.contains("name 'common.T' is already defined"), "{text}");
}

#[test]
fn damaged_descriptors_are_reported() {
    let empty = FileDescriptorProto::default().encode_to_vec();
    for file in [&b"\xff"[..], b"\x0a\x7f", &empty] {
        assert!(Schema::from_file_descriptors(vec![Bytes::copy_from_slice(file)]).is_err());
    }
    // Each byte of a valid descriptor is changed: no change may panic.
    let files = folder(&[("x.proto", SMALL)]);
    let whole = Schema::from_protos(&paths(files.path(), &["x.proto"]), &[]).unwrap();
    let whole = descriptors(&whole).remove(0);
    for at in 0..whole.len() {
        for change in [1, 0x7f] {
            let mut file = whole.to_vec();
            file[at] ^= change;
            if let Ok(schema) = Schema::from_file_descriptors(vec![file.into()]) {
                schema.services().count();
            }
        }
    }
}
