#!/bin/sh
# Run clang-tidy over one file, in a process of its own (several in one give a false va_list report):
# tidy.sh FILE. A file found clean is not looked at again while neither it, nor what it includes, nor
# the settings change.
set -eu

TIDY=${TIDY:-clang-tidy}

flags="-std=c17 -D_GNU_SOURCE -Isrc -Ibuild/gen"
# shellcheck disable=SC2086  # words on purpose
key=$({
	clang $flags -E -C "$1"
	cat .clang-tidy
	"$TIDY" --version
} | git hash-object --stdin)
stamp=build/lint/tidy/$key
[ ! -e "$stamp" ] || exit 0

# shellcheck disable=SC2086
"$TIDY" --quiet "$1" -- $flags 2> /dev/null
mkdir -p build/lint/tidy
: > "$stamp"
