# `make` alone prints this list.

PREFIX ?= /usr/local
BINDIR = $(DESTDIR)$(PREFIX)/bin
DRUMFIRE = target/release/drumfire
LINKS = attack report plot encode
COMMANDS = $(LINKS) serve
SHARE = $(DESTDIR)$(PREFIX)/share
MANDIR = $(SHARE)/man/man1
BASHDIR = $(SHARE)/bash-completion/completions
ZSHDIR = $(SHARE)/zsh/site-functions
FISHDIR = $(SHARE)/fish/vendor_completions.d

# Which fuzz target, and for how many seconds.
FUZZ ?= stream_json
TIME ?= 600
FUZZ_CARGO = --manifest-path fuzz/Cargo.toml
# What libFuzzer needs to see which code an input reaches: the flags of cargo-fuzz that stable Rust
# knows. They must not reach build scripts, hence --target.
COVERAGE = -Cpasses=sancov-module $(addprefix -Cllvm-args=-sanitizer-coverage-,level=4 \
	inline-8bit-counters pc-table trace-compares)

export HOST PROFILE RATE DURATION TARGETS DRUMFIRE

.PHONY: help build check lint test peers load-test audit bench fuzz install uninstall clean

help:
	@echo 'make load-test  build, attack, print the report, leave the results under reports/'
	@echo '                (HOST=URL PROFILE=smoke|light|medium|load|heavy|stress|soak RATE=N DURATION=TIME'
	@echo '                TARGETS=FILE; without HOST a server of its own is started)'
	@echo 'make test       all tests; installs the peers that they need'
	@echo 'make check      formatting, lints and docs, then all tests'
	@echo 'make build      the release binary, $(DRUMFIRE)'
	@echo 'make audit      when requests really arrive, and what latencies say, on this machine; a minute'
	@echo 'make bench      micro-benches'
	@echo 'make fuzz       FUZZ=$(FUZZ) for TIME=$(TIME) seconds; others: those of fuzz/fuzz_targets'
	@echo 'make install    the binary and its links $(LINKS) into $(PREFIX)/bin,'
	@echo '                manual pages and completions for bash, zsh and fish into $(PREFIX)/share'
	@echo 'make uninstall  takes them away again'
	@echo 'make peers      servers, proxies, shells, jq and Python libraries, for the tests'
	@echo 'make clean      takes away what was built, and reports/'

build:
	cargo build --release --locked

# Formatting, lints and docs come first, so that the last lines are the test runner's.
check: lint
	$(MAKE) test

lint: fuzz/Cargo.lock
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo fmt $(FUZZ_CARGO) --check
	cargo clippy $(FUZZ_CARGO) --target-dir target -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items

# nextest runs no doctests; where it is not installed cargo's own runner does it all.
test: peers
	@if cargo nextest --version >/dev/null 2>&1; then \
		cargo test --locked --doc && cargo nextest run --locked --no-fail-fast; \
	else \
		cargo test --locked; \
	fi

peers:
	@tests/peers/install.sh

load-test: build
	@scripts/load-test.sh

# Compiled with optimisations; it needs two cores that have nothing else to do.
audit:
	cargo bench --locked --bench audit

bench:
	cargo bench --locked --bench records --bench dispatch

fuzz: fuzz/Cargo.lock
	mkdir -p fuzz/corpus/$(FUZZ) fuzz/artifacts/$(FUZZ)
	RUSTFLAGS='$(COVERAGE)' cargo run $(FUZZ_CARGO) --release --target-dir target/fuzz \
		--target $$(rustc -vV | sed -n 's/^host: //p') --bin $(FUZZ) -- \
		-max_total_time=$(TIME) -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix=fuzz/artifacts/$(FUZZ)/ fuzz/corpus/$(FUZZ) fuzz/seeds/$(FUZZ)

# The versions of the program, to which cargo adds those that only the fuzz targets need.
fuzz/Cargo.lock: Cargo.lock
	cp Cargo.lock $@

install: build
	install -d $(BINDIR)
	install -m 755 $(DRUMFIRE) $(BINDIR)/drumfire
	for link in $(LINKS); do ln -sf drumfire $(BINDIR)/$$link; done
	install -d $(MANDIR) $(BASHDIR) $(ZSHDIR) $(FISHDIR)
	$(DRUMFIRE) man $(MANDIR)
	$(DRUMFIRE) completions bash >$(BASHDIR)/drumfire
	$(DRUMFIRE) completions zsh >$(ZSHDIR)/_drumfire
	$(DRUMFIRE) completions fish >$(FISHDIR)/drumfire.fish
	for link in $(LINKS); do \
		ln -sf drumfire $(BASHDIR)/$$link && ln -sf drumfire.fish $(FISHDIR)/$$link.fish || exit; \
	done

uninstall:
	rm -f $(addprefix $(BINDIR)/,drumfire $(LINKS))
	rm -f $(MANDIR)/drumfire.1 $(COMMANDS:%=$(MANDIR)/drumfire-%.1) $(LINKS:%=$(MANDIR)/%.1)
	rm -f $(addprefix $(BASHDIR)/,drumfire $(LINKS))
	rm -f $(ZSHDIR)/_drumfire $(FISHDIR)/drumfire.fish $(LINKS:%=$(FISHDIR)/%.fish)

clean:
	cargo clean
	rm -rf reports
