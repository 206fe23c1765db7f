# gaterun: `make help` lists what there is.

VERSION := 0.1.0
VARIANT ?= release
CC ?= cc
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
PKG_CONFIG ?= pkg-config
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
# Objects of tests are kept, so that the next run finds them.
.SECONDARY:

# As many jobs as there are processors, unless the caller says how many.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
endif

OUT := build/$(VARIANT)
LIBRARIES := yaml-0.1 openssl jansson libssh2 libuv libpcre2-8
# Its headers alone: the library is opened at run time (src/net/curl.h).
HEADERS_OF := libcurl

# Homebrew keeps OpenSSL and curl where pkg-config does not look.
ifeq ($(shell uname -s),Darwin)
BREW := $(shell brew --prefix 2>/dev/null)/opt
export PKG_CONFIG_PATH := $(BREW)/openssl@3/lib/pkgconfig:$(BREW)/curl/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

# ---- flags

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wundef -Wvla -Wwrite-strings \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wcast-qual -Wcast-align \
	-Wpointer-arith -Wdouble-promotion -Wnull-dereference -Wimplicit-fallthrough -Wdate-time
IS_GCC := $(shell $(CC) --version 2>/dev/null | grep -c -i 'gcc\|Free Software')
ifneq ($(IS_GCC),0)
WARNINGS += -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Walloca -Wformat-signedness \
	-Warith-conversion -Wtrampolines
endif
# CI turns warnings into errors: make WERROR=1
WARNINGS += $(if $(WERROR),-Werror)

HARDENING := -fstack-protector-strong -fPIE -fno-common
HARDENING_LINK := -pie
ifeq ($(shell uname -s),Linux)
HARDENING += -fstack-clash-protection
HARDENING_LINK += -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
endif
ifeq ($(shell uname -m),x86_64)
HARDENING += -fcf-protection
endif

FLAGS_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
FLAGS_debug := -Og -g3
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_asan := -fsanitize=address,undefined
# What `make fuzz` builds, with clang.
FLAGS_fuzz := $(FLAGS_asan) -fsanitize=fuzzer-no-link
LINK_fuzz := $(LINK_asan)
ifeq ($(filter $(VARIANT),release debug asan fuzz),)
$(error VARIANT is '$(VARIANT)'; expected release, debug or asan)
endif

PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) $(HEADERS_OF) 2>/dev/null)
PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null)

CPPFLAGS_ALL = -D_GNU_SOURCE -Isrc -Ibuild/gen $(PKG_CFLAGS)
CFLAGS_ALL = -std=c17 $(WARNINGS) $(HARDENING) $(FLAGS_$(VARIANT)) $(CFLAGS)
LDFLAGS_ALL = $(HARDENING_LINK) $(LINK_$(VARIANT)) $(LDFLAGS)
LDLIBS_ALL = $(PKG_LIBS) -lpthread

# ---- files

SOURCES := $(sort $(wildcard src/*/*.c src/*/*/*.c))
HEADERS := $(sort $(wildcard src/*/*.h src/*/*/*.h))
GENERATED := build/gen/shipped.c
OBJECTS := $(SOURCES:%.c=$(OUT)/%.o) $(OUT)/gen/shipped.o
UNIT_TESTS := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,$(OUT)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
LIVE_TOOLS := $(patsubst tests/live/%.c,$(OUT)/live/%,$(sort $(wildcard tests/live/*.c)))
ZOO := $(patsubst %.c,$(OUT)/%.o,$(sort $(wildcard tests/live/zoo/*.c)))
SHIPPED_GATES := $(sort $(wildcard gates/*.yaml))

# ---- building

## all: build/gaterun (VARIANT=release|debug|asan)
all: build/gaterun
.PHONY: all

build/gaterun: $(OUT)/gaterun
	$(Q)ln -sf $(VARIANT)/gaterun $@

$(OUT)/gaterun: $(OUT)/src/main.o $(OUT)/libgaterun.a
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL)

$(OUT)/libgaterun.a: $(OBJECTS)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# What is missing is one sentence, not two screens of compiler messages.
have-libraries:
	$(Q)$(PKG_CONFIG) --exists $(LIBRARIES) $(HEADERS_OF) 2>/dev/null || sh tests/lab/packages.sh --check build
have-cmocka:
	$(Q)$(PKG_CONFIG) --exists cmocka 2>/dev/null || sh tests/lab/packages.sh --check test
.PHONY: have-libraries have-cmocka

# Everything is built again when flags change.
FLAGS_NOW = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)
$(OUT)/flags: FORCE
	$(Q)mkdir -p $(OUT)
	$(Q)printf '%s\n' '$(FLAGS_NOW)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_NOW)' > $@

# (A test that sets its scene looks at the outcome, not at each call's result; and the compiler does not
# know that a failed assertion does not return.)
TEST_WARNINGS := -Wno-unused-result -Wno-null-dereference
$(OUT)/%.o: %.c $(OUT)/flags | build/gen/version.h build/gen/scan_code.h have-libraries
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(if $(filter $(OUT)/tests/%,$@),$(TEST_WARNINGS)) -MMD -MP -c -o $@ $<

$(OUT)/gen/%.o: build/gen/%.c $(OUT)/flags | build/gen/version.h
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# GATERUN_LIBRARIES is a list of rows {"name", "version"}, of what the program is built with.
build/gen/version.h: FORCE
	$(Q)mkdir -p build/gen
	$(Q)printf '#define GATERUN_VERSION "%s"\n#define GATERUN_COMMIT "%s"\n#define GATERUN_LIBRARIES %s\n' \
		'$(VERSION)' "$$(git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)" \
		"$$(for library in $(LIBRARIES); do \
			printf '{"%s", "%s"}, ' "$$library" "$$($(PKG_CONFIG) --modversion "$$library")"; done | \
			sed 's/"yaml-0.1"/"libyaml"/; s/"libpcre2-8"/"libpcre2"/')" > $@.$$PPID
	$(Q)cmp -s $@.$$PPID $@ && rm $@.$$PPID || mv $@.$$PPID $@

# What a scan found out is believed by the same code only: SCAN_CODE is a checksum of all sources.
build/gen/scan_code.h: FORCE
	$(Q)mkdir -p build/gen
	$(Q)printf '#define SCAN_CODE "%s"\n' "$$(cat $(SOURCES) $(HEADERS) | cksum)" > $@.$$PPID
	$(Q)cmp -s $@.$$PPID $@ && rm $@.$$PPID || mv $@.$$PPID $@

# The shipped gates become part of the program.
build/gen/shipped.c: $(SHIPPED_GATES) tests/lint/embed.sh
	$(Q)mkdir -p build/gen
	$(Q)sh tests/lint/embed.sh $(SHIPPED_GATES) > $@.new
	$(Q)mv $@.new $@

$(patsubst %.c,$(OUT)/%.o,$(wildcard tests/unit/*.c)): | have-cmocka
$(OUT)/unit/%: $(OUT)/tests/unit/%.o $(OUT)/libgaterun.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL) $(shell $(PKG_CONFIG) --libs cmocka)

# A fuzz target replays its corpus, or looks for new inputs where the compiler has a fuzzer.
FUZZ_MAIN := $(if $(filter fuzz,$(VARIANT)),,$(OUT)/tests/fuzz/replay.o)
$(OUT)/fuzz/%: $(OUT)/tests/fuzz/%.o $(FUZZ_MAIN) $(OUT)/libgaterun.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) $(if $(FUZZ_MAIN),,-fsanitize=fuzzer) -o $@ $^ $(LDLIBS_ALL)

# A tool that live tests use. (The zoo has its own folder.)
$(OUT)/live/zoo: $(ZOO)
$(OUT)/live/%: $(OUT)/tests/live/%.o $(OUT)/libgaterun.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(OUT)/libgaterun.a $(LDLIBS_ALL)

# A tool that measures.
$(OUT)/bench/%: $(OUT)/tests/bench/%.o $(OUT)/libgaterun.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(OUT)/libgaterun.a $(LDLIBS_ALL)

# ---- testing

# Tests run under the sanitizers where the system has them.
CHECK_VARIANT = $(shell echo 'int main(void) { return 0; }' | \
	$(CC) $(LINK_asan) -x c -o /dev/null - 2>/dev/null && echo asan || echo debug)

## demo: install what is missing, build, start a small fleet, check it, stop it
demo:
	$(Q)sh tests/lab/packages.sh build demo
	$(Q)$(MAKE) --no-print-directory all $(OUT)/live/tailnet_stub
	$(Q)BUILD='$(CURDIR)/$(OUT)' sh tests/lab/demo.sh
.PHONY: demo

## test: install what is missing, build and run all tests
test:
	$(Q)sh tests/lab/packages.sh build demo test
	$(Q)$(MAKE) --no-print-directory check
.PHONY: test

## check: run all tests; installs nothing (UPDATE=1 rewrites what the cases expect)
check:
	$(Q)sh tests/lab/packages.sh --check build demo test
	$(Q)$(MAKE) --no-print-directory VARIANT=$(CHECK_VARIANT) tests
	$(Q)UPDATE=$(UPDATE) sh tests/run.sh build/$(CHECK_VARIANT)
.PHONY: check

## test-tailnet: build a private tailnet of real daemons (needs Go 1.26), and test against it
test-tailnet:
	$(Q)sh tests/lab/packages.sh build demo test
	$(Q)sh tests/lab/tailscale.sh --fetch
	$(Q)$(MAKE) --no-print-directory check ONLY='live/tailnet*'
.PHONY: test-tailnet

## tests: build all test programs (VARIANT=asan, as `check` does)
tests: $(OUT)/gaterun $(UNIT_TESTS) $(FUZZERS) $(LIVE_TOOLS)
.PHONY: tests

## unit: build the unit tests
unit: $(UNIT_TESTS)
.PHONY: unit

## fuzz: let each fuzz target look for new inputs (TIME=180 seconds each)
TIME ?= 180
fuzz:
	$(Q)sh tests/lab/packages.sh build lint
	$(Q)$(MAKE) --no-print-directory VARIANT=fuzz CC=clang fuzzers
	$(Q)sh tests/fuzz/run.sh build/fuzz/fuzz $(TIME)
fuzzers: $(FUZZERS)
.PHONY: fuzz fuzzers

## bench: measure against the limits
bench: $(OUT)/gaterun $(OUT)/live/tls_peers $(OUT)/bench/make_log $(OUT)/bench/hash_limit
	$(Q)sh tests/bench/run.sh $(OUT)
.PHONY: bench

## lint: install what is missing and check layout, layers, comments and what the analyzers say
lint:
	$(Q)sh tests/lab/packages.sh build test lint
	$(Q)MAKE='$(MAKE)' sh tests/lint/run.sh
.PHONY: lint

# ---- the rest

## install: the program and its manual page (PREFIX=/usr/local, DESTDIR=)
install: $(OUT)/gaterun $(OUT)/gaterun.1
	$(Q)mkdir -p '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(MANDIR)/man1'
	$(Q)install -m 755 $(OUT)/gaterun '$(DESTDIR)$(BINDIR)/gaterun'
	$(Q)install -m 644 $(OUT)/gaterun.1 '$(DESTDIR)$(MANDIR)/man1/gaterun.1'
.PHONY: install

$(OUT)/gaterun.1: $(OUT)/gaterun
	$(Q)$(OUT)/gaterun help --man > $@

## uninstall: take away what install put there
uninstall:
	$(Q)rm -f '$(DESTDIR)$(BINDIR)/gaterun' '$(DESTDIR)$(MANDIR)/man1/gaterun.1'
.PHONY: uninstall

## format: let clang-format lay out the sources
format:
	$(Q)clang-format -i $$(find src tests -name '*.[ch]')
.PHONY: format

## clean: remove build/
clean:
	$(Q)rm -rf build
.PHONY: clean

## help: this list
help:
	@sed -n 's/^## //p' Makefile
.PHONY: help

FORCE:
.PHONY: FORCE

-include $(wildcard $(OUT)/src/*.d $(OUT)/src/*/*.d $(OUT)/src/*/*/*.d $(OUT)/tests/*/*.d $(OUT)/gen/*.d)
