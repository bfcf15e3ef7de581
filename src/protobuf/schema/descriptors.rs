//! Descriptors of files, collected from protosets or reflection, and joined to a pool.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use indexmap::IndexMap;
use indexmap::map::Entry;
use prost::Message;
use prost_reflect::DescriptorPool;
use prost_reflect::prost_types::FileDescriptorProto;
use protox::file::{FileResolver, GoogleFileResolver};

use crate::error::{Error, plain_text};
use crate::protobuf::schema::protos::EDITIONS;

/// Descriptors of files, by name.
#[derive(Default)]
pub struct DescriptorFiles {
    files: IndexMap<String, DescriptorFile>,
}

/// The descriptor of a file.
struct DescriptorFile {
    /// The serialized form, which keeps options that [`FileDescriptorProto`] does not know.
    wire: Bytes,
    /// Without positions of comments, so that files can be compared.
    parsed: FileDescriptorProto,
    /// Where the descriptor comes from, e.g. the name of a protoset. None if from reflection.
    source: Option<String>,
}

/// A protoset, with its files still serialized.
#[derive(Clone, PartialEq, Message)]
struct Protoset {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    file: Vec<Bytes>,
}

impl DescriptorFiles {
    /// Adds the files of a protoset.
    pub fn add_protoset(&mut self, path: &Path) -> Result<(), Error> {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| {
            Error::Schema(format!("protoset '{name}': {}", plain_text(&error.to_string())))
        })?;
        let set = Protoset::decode(&*bytes).ok().filter(|set| !set.file.is_empty());
        let set = set.ok_or_else(|| not_a_protoset(&name))?;
        for file in set.file {
            self.add_file(file, Some(&name))?;
        }
        Ok(())
    }

    /// Adds a file in serialized form. `source` is the name of its protoset, None if it has none.
    pub fn add_file(&mut self, wire: Bytes, source: Option<&str>) -> Result<(), Error> {
        let parsed = FileDescriptorProto::decode(&*wire);
        let mut parsed = parsed.map_err(|_| match source {
            Some(name) => not_a_protoset(name),
            None => Error::Schema("a file descriptor is damaged".into()),
        })?;
        if parsed.name().is_empty() {
            return Err(source.map_or_else(
                || Error::Schema("a file descriptor has no name".into()),
                not_a_protoset,
            ));
        }
        match parsed.syntax() {
            "" | "proto2" | "proto3" => {}
            "editions" => return Err(Error::Schema(format!("{}: {EDITIONS}", parsed.name()))),
            // prost-reflect panics at another syntax.
            other => {
                let expected = "expected 'proto2' or 'proto3'";
                let text = format!("{}: unknown syntax '{other}': {expected}", parsed.name());
                return Err(Error::Schema(text));
            }
        }
        parsed.source_code_info = None;
        self.insert(DescriptorFile { wire, parsed, source: source.map(str::to_owned) })
    }

    /// Inserts a file, unless the same file is there already.
    fn insert(&mut self, file: DescriptorFile) -> Result<(), Error> {
        match self.files.entry(file.parsed.name().to_owned()) {
            Entry::Vacant(vacant) => drop(vacant.insert(file)),
            // Compilers have different versions of the files of google/protobuf.
            Entry::Occupied(known) if known.key().starts_with("google/protobuf/") => {}
            Entry::Occupied(known) if known.get().parsed == file.parsed => {}
            Entry::Occupied(known) => {
                let source = |source: &Option<String>| match source {
                    Some(source) => format!("'{source}'"),
                    None => "the schema".into(),
                };
                let sources = [source(&known.get().source), source(&file.source)];
                return Err(Error::Schema(format!(
                    "file '{}' is given twice with different contents, in {}: expected one version",
                    known.key(),
                    sources.join(" and in "),
                )));
            }
        }
        Ok(())
    }

    /// Returns the pool of all files and of the files of `google/protobuf` that they import.
    pub fn pool(mut self) -> Result<DescriptorPool, Error> {
        let imports: Vec<_> =
            self.files.values().flat_map(|file| file.parsed.dependency.clone()).collect();
        for import in imports {
            self.require(&import)?;
        }
        let wire = Protoset { file: self.files.into_values().map(|file| file.wire).collect() };
        let mut pool = DescriptorPool::new();
        // The debug form has the name of the file.
        let added = pool.decode_file_descriptor_set(&*wire.encode_to_vec());
        added.map_err(|error| Error::Schema(format!("{error:?}").replace('\n', " ")))?;
        Ok(pool)
    }

    /// Adds an imported file if it is missing and built in.
    fn require(&mut self, import: &str) -> Result<(), Error> {
        if self.files.contains_key(import) {
            return Ok(());
        }
        if let Ok(file) = GoogleFileResolver::new().open_file(import) {
            let wire = Bytes::from(file.file_descriptor_proto().encode_to_vec());
            let imports = file.file_descriptor_proto().dependency.clone();
            self.add_file(wire, None)?;
            return imports.iter().try_for_each(|import| self.require(import));
        }
        let importer = self
            .files
            .values()
            .find(|file| file.parsed.dependency.iter().any(|name| name == import));
        let importer = importer.expect("an import is a dependency of a file");
        let name = importer.parsed.name();
        Err(Error::Schema(match &importer.source {
            Some(source) => format!(
                "protoset '{source}' lacks '{import}', which '{name}' imports: write the protoset \
                 with --include_imports"
            ),
            None => format!("file '{import}' is missing, which '{name}' imports"),
        }))
    }
}

fn not_a_protoset(name: &str) -> Error {
    Error::Schema(format!(
        "'{name}' is no protoset: expected a file that protoc --descriptor_set_out or buf build \
         writes; -proto takes the source of a schema"
    ))
}
