#!/usr/bin/env bash
# Builds the documentation as a book in target/book. Installs a pinned mdBook in target/mdbook.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.5.4
mdbook=target/mdbook/bin/mdbook
source=target/book-source/src

if [ "$("$mdbook" --version 2>/dev/null)" != "mdbook v$version" ]; then
    cargo install mdbook --version "$version" --locked --no-default-features --features search \
        --root target/mdbook
fi

# Pages link to files outside docs/, so mdBook reads a copy that contains these too.
rm -rf target/book-source target/book
mkdir -p "$source"
cp -r docs targets feeds README.md CONTRIBUTING.md CHANGELOG.md LICENSE-* "$source"
# The links of the summary are relative to docs/; mdBook needs them relative to the copy.
sed 's#](\.\./#](#; t; s#](#](docs/#' docs/SUMMARY.md >"$source/SUMMARY.md"

# Without its preprocessors mdBook keeps the names of README files, so that links to them work.
export MDBOOK_BOOK__TITLE=drumfire MDBOOK_BUILD__USE_DEFAULT_PREPROCESSORS=false
"$mdbook" build --dest-dir "$PWD/target/book" target/book-source
echo "the book is target/book/index.html" >&2
