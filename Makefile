# `make` without a target prints the list of targets.

PREFIX ?= /usr/local
BINDIR = $(DESTDIR)$(PREFIX)/bin
DRUMFIRE = target/release/drumfire
LINKS = attack report plot encode
COMMANDS = $(LINKS) compare serve
SHARE = $(DESTDIR)$(PREFIX)/share
MANDIR = $(SHARE)/man/man1
BASHDIR = $(SHARE)/bash-completion/completions
ZSHDIR = $(SHARE)/zsh/site-functions
FISHDIR = $(SHARE)/fish/vendor_completions.d

# The fuzz target, and the duration in seconds.
FUZZ ?= stream_json
TIME ?= 600
FUZZ_CARGO = --manifest-path fuzz/Cargo.toml
# Coverage instrumentation for libFuzzer: the flags of cargo-fuzz that stable Rust supports. They
# must not apply to build scripts, hence --target.
COVERAGE = -Cpasses=sancov-module $(addprefix -Cllvm-args=-sanitizer-coverage-,level=4 \
	inline-8bit-counters pc-table trace-compares)

export SUITE PROFILE FLOW HOST SCALE RATE USERS SPAWN_RATE DURATION FLAGS TARGETS ROUTES BASELINE
export DRUMFIRE RUNS BUSY

.PHONY: help build check lint test test-busy conformance peers load-test audit verdicts bench pictures docs fuzz install uninstall clean

help:
	@echo 'make load-test  attack, print the report, save the results in reports/'
	@echo '                (SUITE=dashboard|platform|chat-api|bursts|kernel-grpc PROFILE=smoke|load|... FLOW=NAMES'
	@echo '                HOST=URL SCALE=N RATE=N USERS=N SPAWN_RATE=N DURATION=TIME FLAGS=...'
	@echo '                TARGETS=FILE ROUTES=FILE BASELINE=FOLDER;'
	@echo '                without SUITE: targets/api.txt; without HOST: a local server)'
	@echo 'make test       run all tests; installs the peers they need'
	@echo 'make test-busy  run all tests RUNS=5 times under load; installs stress-ng; up to 15 minutes a run'
	@echo 'make conformance  record again what hurl does with flow files, call tonic, build the book;'
	@echo '                installs hurl, tonic and mdBook, which takes minutes'
	@echo 'make check      check formatting, lints and docs, then run all tests'
	@echo 'make build      build the release binary, $(DRUMFIRE)'
	@echo 'make audit      measure when requests really arrive and how accurate latencies are; 1 minute'
	@echo 'make verdicts   measure how often compare is wrong, on runs with a known truth; 2 minutes'
	@echo 'make bench      run micro-benches, then compare with other tools (installs them); 10 minutes'
	@echo 'make pictures   render the pictures of the README from a run of 1 minute; installs chromium'
	@echo 'make docs       build the documentation as a book, target/book/index.html; installs mdBook'
	@echo 'make fuzz       fuzz FUZZ=$(FUZZ) for TIME=$(TIME) seconds; others: see fuzz/fuzz_targets'
	@echo 'make install    install the binary and its links $(LINKS) into $(PREFIX)/bin,'
	@echo '                manual pages and completions for bash, zsh and fish into $(PREFIX)/share'
	@echo 'make uninstall  remove what make install installed'
	@echo 'make peers      install servers, proxies, shells, jq, Python libraries and a browser for tests'
	@echo 'make clean      remove build output and reports/'

build:
	cargo build --release --locked

# Formatting, lints and docs come first, so that the output ends with the test results. The peers are
# installed meanwhile: that waits for the network most of the time.
check:
	$(MAKE) -j2 --output-sync=target lint peers
	$(MAKE) test

lint: fuzz/Cargo.lock
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo fmt $(FUZZ_CARGO) --check
	cargo clippy $(FUZZ_CARGO) --no-default-features --target-dir target -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items

# nextest runs no doctests. If nextest is not installed, cargo's own runner runs everything.
test: peers
	@if cargo nextest --version >/dev/null 2>&1; then \
		cargo test --locked --doc && cargo nextest run --locked --no-fail-fast; \
	else \
		cargo test --locked; \
	fi

# Installs stress-ng, which only this target needs.
test-busy: peers
	@scripts/test-busy.sh

peers:
	@tests/peers/install.sh

# Compares with programs that take too long to install for `make test`.
conformance: peers
	@tests/peers/conformance.sh
	@$(MAKE) --no-print-directory docs

# The variables are validated before the build, which may take minutes.
load-test:
	@scripts/load-test.sh check >/dev/null
	@$(MAKE) --no-print-directory build
	@scripts/load-test.sh

# Needs two idle cores; compiled with optimizations.
audit:
	cargo bench --locked --bench audit

verdicts:
	cargo bench --locked --bench compare

bench:
	@benches/field/install.sh
	cargo bench --locked --bench records --bench dispatch -- --max-time 0.5
	cargo bench --locked --bench field

pictures: build
	@scripts/pictures.sh

docs:
	@scripts/docs.sh

fuzz: fuzz/Cargo.lock
	mkdir -p fuzz/corpus/$(FUZZ) fuzz/artifacts/$(FUZZ)
	RUSTFLAGS='$(COVERAGE)' cargo run $(FUZZ_CARGO) --release --target-dir target/fuzz \
		--target $$(rustc -vV | sed -n 's/^host: //p') --bin $(FUZZ) -- \
		-max_total_time=$(TIME) -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix=fuzz/artifacts/$(FUZZ)/ fuzz/corpus/$(FUZZ) fuzz/seeds/$(FUZZ)

# The fuzz targets use the program's versions; cargo adds the crates that only they need.
fuzz/Cargo.lock: Cargo.lock
	cp Cargo.lock $@

# Manual pages and completions are generated here before they are installed.
MADE = target/share
# Returns whether the path $1 is a link to the file $2, in any directory.
IS_LINK = is_link() { case "$$(readlink "$$1")" in "$$2" | */"$$2") ;; *) false ;; esac; }
# Returns whether the manual page $1 refers to the page of the command $2.
IS_PAGE = is_page() { grep -qs "^\.so .*drumfire-$$2\.1" "$$1"; }

install: build
	@$(IS_LINK); for link in $(LINKS); do \
		path="$(BINDIR)/$$link"; \
		if { [ -e "$$path" ] || [ -L "$$path" ]; } && ! is_link "$$path" drumfire; then \
			echo "$$path exists and is not a link to drumfire: move it, or set another PREFIX" >&2; \
			exit 1; \
		fi; \
	done
	rm -rf $(MADE)
	mkdir -p $(MADE)
	"$(DRUMFIRE)" man $(MADE)
	"$(DRUMFIRE)" completions bash >$(MADE)/drumfire
	"$(DRUMFIRE)" completions zsh >$(MADE)/_drumfire
	"$(DRUMFIRE)" completions fish >$(MADE)/drumfire.fish
	umask 022 && install -d "$(BINDIR)" "$(MANDIR)" "$(BASHDIR)" "$(ZSHDIR)" "$(FISHDIR)"
	install -m 755 "$(DRUMFIRE)" "$(BINDIR)/drumfire"
	install -m 644 $(MADE)/*.1 "$(MANDIR)"
	install -m 644 $(MADE)/drumfire "$(BASHDIR)"
	install -m 644 $(MADE)/_drumfire "$(ZSHDIR)"
	install -m 644 $(MADE)/drumfire.fish "$(FISHDIR)"
	for link in $(LINKS); do \
		ln -sf drumfire "$(BINDIR)/$$link" && ln -sf drumfire "$(BASHDIR)/$$link" && \
		ln -sf drumfire.fish "$(FISHDIR)/$$link.fish" || exit; \
	done

uninstall:
	$(IS_LINK); $(IS_PAGE); for link in $(LINKS); do \
		! is_link "$(BINDIR)/$$link" drumfire || rm "$(BINDIR)/$$link" || exit; \
		! is_link "$(BASHDIR)/$$link" drumfire || rm "$(BASHDIR)/$$link" || exit; \
		! is_link "$(FISHDIR)/$$link.fish" drumfire.fish || rm "$(FISHDIR)/$$link.fish" || exit; \
		! is_page "$(MANDIR)/$$link.1" "$$link" || rm "$(MANDIR)/$$link.1" || exit; \
	done
	for command in $(COMMANDS); do rm -f "$(MANDIR)/drumfire-$$command.1" || exit; done
	rm -f "$(BINDIR)/drumfire" "$(MANDIR)/drumfire.1" "$(BASHDIR)/drumfire"
	rm -f "$(ZSHDIR)/_drumfire" "$(FISHDIR)/drumfire.fish"

clean:
	cargo clean
	rm -rf reports
