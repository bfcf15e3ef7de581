# `make` alone prints this list.

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

# Which fuzz target, and for how many seconds.
FUZZ ?= stream_json
TIME ?= 600
FUZZ_CARGO = --manifest-path fuzz/Cargo.toml
# What libFuzzer needs to see which code an input reaches: the flags of cargo-fuzz that stable Rust
# knows. They must not reach build scripts, hence --target.
COVERAGE = -Cpasses=sancov-module $(addprefix -Cllvm-args=-sanitizer-coverage-,level=4 \
	inline-8bit-counters pc-table trace-compares)

export SUITE PROFILE HOST SCALE RATE DURATION FLAGS TARGETS ROUTES BASELINE DRUMFIRE

.PHONY: help build check lint test peers load-test audit verdicts bench pictures fuzz install uninstall clean

help:
	@echo 'make load-test  build, attack, print the report, leave the results under reports/'
	@echo '                (SUITE=dashboard|platform|chat-api|bursts PROFILE=smoke|load|... HOST=URL'
	@echo '                SCALE=N RATE=N DURATION=TIME FLAGS=... TARGETS=FILE ROUTES=FILE BASELINE=FOLDER;'
	@echo '                without SUITE targets/api.txt, without HOST a server of its own is started)'
	@echo 'make test       all tests; installs the peers that they need'
	@echo 'make check      formatting, lints and docs, then all tests'
	@echo 'make build      the release binary, $(DRUMFIRE)'
	@echo 'make audit      when requests really arrive, and what latencies say, on this machine; a minute'
	@echo 'make verdicts   how often compare is wrong, on runs whose truth is known; two minutes'
	@echo 'make bench      micro-benches; then drumfire beside its peers, which it installs: 10 minutes'
	@echo 'make pictures   those of the README, from a real run of a minute; installs chromium'
	@echo 'make fuzz       FUZZ=$(FUZZ) for TIME=$(TIME) seconds; others: those of fuzz/fuzz_targets'
	@echo 'make install    the binary and its links $(LINKS) into $(PREFIX)/bin,'
	@echo '                manual pages and completions for bash, zsh and fish into $(PREFIX)/share'
	@echo 'make uninstall  takes them away again'
	@echo 'make peers      servers, proxies, shells, jq, Python libraries and a browser, for the tests'
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

verdicts:
	cargo bench --locked --bench compare

bench:
	@benches/field/install.sh
	cargo bench --locked --bench records --bench dispatch -- --max-time 0.5
	cargo bench --locked --bench field

pictures: build
	@scripts/pictures.sh

fuzz: fuzz/Cargo.lock
	mkdir -p fuzz/corpus/$(FUZZ) fuzz/artifacts/$(FUZZ)
	RUSTFLAGS='$(COVERAGE)' cargo run $(FUZZ_CARGO) --release --target-dir target/fuzz \
		--target $$(rustc -vV | sed -n 's/^host: //p') --bin $(FUZZ) -- \
		-max_total_time=$(TIME) -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix=fuzz/artifacts/$(FUZZ)/ fuzz/corpus/$(FUZZ) fuzz/seeds/$(FUZZ)

# The versions of the program, to which cargo adds those that only the fuzz targets need.
fuzz/Cargo.lock: Cargo.lock
	cp Cargo.lock $@

# What is put in place, made here first.
MADE = target/share
# Whether the path $1 is a link to the file $2, whatever the way to it.
IS_LINK = is_link() { case "$$(readlink "$$1")" in "$$2" | */"$$2") ;; *) false ;; esac; }
# The same of the manual page $1, which sends to the page of the command $2.
IS_PAGE = is_page() { grep -qs "^\.so .*drumfire-$$2\.1" "$$1"; }

install: build
	@$(IS_LINK); for link in $(LINKS); do \
		path="$(BINDIR)/$$link"; \
		if { [ -e "$$path" ] || [ -L "$$path" ]; } && ! is_link "$$path" drumfire; then \
			echo "$$path is no link to drumfire: move it, or set another PREFIX" >&2; \
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
