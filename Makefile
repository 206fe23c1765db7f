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

OUT := build/$(VARIANT)
LIBRARIES := yaml-0.1 openssl jansson libssh2 libuv libpcre2-8

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
ifeq ($(filter $(VARIANT),release debug asan),)
$(error VARIANT is '$(VARIANT)'; expected release, debug or asan)
endif

CPPFLAGS_ALL = -D_GNU_SOURCE -Isrc -Ibuild/gen $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null)
CFLAGS_ALL = -std=c17 $(WARNINGS) $(HARDENING) $(FLAGS_$(VARIANT)) $(CFLAGS)
LDFLAGS_ALL = $(HARDENING_LINK) $(LINK_$(VARIANT)) $(LDFLAGS)
LDLIBS_ALL = $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) -lpthread

# ---- files

SOURCES := $(sort $(wildcard src/*/*.c))
GENERATED := build/gen/shipped.c
OBJECTS := $(SOURCES:%.c=$(OUT)/%.o) $(OUT)/gen/shipped.o
UNIT_TESTS := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
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

# Everything is built again when flags change.
FLAGS_NOW = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)
$(OUT)/flags: FORCE
	$(Q)mkdir -p $(OUT)
	$(Q)printf '%s\n' '$(FLAGS_NOW)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_NOW)' > $@

$(OUT)/%.o: %.c $(OUT)/flags | build/gen/version.h
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(OUT)/gen/%.o: build/gen/%.c $(OUT)/flags | build/gen/version.h
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

build/gen/version.h: FORCE
	$(Q)mkdir -p build/gen
	$(Q)printf '#define GATERUN_VERSION "%s"\n#define GATERUN_COMMIT "%s"\n' '$(VERSION)' \
		"$$(git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)" > $@.new
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The shipped gates become part of the program.
build/gen/shipped.c: $(SHIPPED_GATES) tests/lint/embed.sh
	$(Q)mkdir -p build/gen
	$(Q)sh tests/lint/embed.sh $(SHIPPED_GATES) > $@.new
	$(Q)mv $@.new $@

$(OUT)/unit/%: $(OUT)/tests/unit/%.o $(OUT)/libgaterun.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL) $(shell $(PKG_CONFIG) --libs cmocka)

# ---- the rest

## unit: build the unit tests
unit: $(UNIT_TESTS)
.PHONY: unit

## format: let clang-format lay out the sources
format:
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')
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

-include $(wildcard $(OUT)/src/*.d $(OUT)/src/*/*.d $(OUT)/tests/unit/*.d $(OUT)/gen/*.d)
