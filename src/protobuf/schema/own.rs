//! The schema of the services that `serve` has: echo, health and reflection.

use std::sync::OnceLock;

use prost_reflect::DescriptorPool;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use crate::protobuf::schema::Schema;

/// The files, each with the name that other tools know it by.
const FILES: [(&str, &str); 4] = [
    ("drumfire/v1/echo.proto", include_str!("builtin/echo.proto")),
    ("grpc/health/v1/health.proto", include_str!("builtin/health.proto")),
    ("grpc/reflection/v1/reflection.proto", include_str!("builtin/reflection_v1.proto")),
    ("grpc/reflection/v1alpha/reflection.proto", include_str!("builtin/reflection_v1alpha.proto")),
];

/// Returns the schema. It is compiled at the first call.
pub fn schema() -> Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| Schema { pool: compile().expect("our own files are valid") }).clone()
}

fn compile() -> Result<DescriptorPool, protox::Error> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(OwnFiles);
    resolver.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true);
    compiler.open_files(FILES.map(|(name, _)| name))?;
    Ok(compiler.descriptor_pool())
}

/// Finds our own files by name.
struct OwnFiles;

impl FileResolver for OwnFiles {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match FILES.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => File::from_source(name, text),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}
