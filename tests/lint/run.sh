#!/bin/sh
# Everything a machine can see about the sources: run.sh. Each step says ok or FAIL; the exit status is
# 1 if any failed. The steps that analyze files remember what they found clean, so that the next run
# looks at what changed. ONLY=name runs one step.
set -u

cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/lint.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
failures=0

# step NAME COMMAND...
step() {
	name=$1
	shift
	# shellcheck disable=SC2254  # a pattern on purpose
	case $name in
	${ONLY:-*}) ;;
	*) return ;;
	esac
	if "$@" > "$work/out" 2>&1; then
		echo "ok    $name"
	else
		failures=$((failures + 1))
		echo "FAIL  $name"
		sed 's/^/      /' "$work/out"
	fi
	# A step that did not look says so with a line "note: ...".
	grep '^note: ' "$work/out" | sed 's/^/      /'
}

# Layout and analysis are those of version 14 of LLVM; others disagree about details.
pinned() {
	for each in "$1-14" "$1"; do
		if "$each" --version 2> /dev/null | grep -q 'version 14\.'; then
			echo "$each"
			return
		fi
	done
	echo "note: not checked, because $1 14 is not here" >&2
	return 1
}

format() {
	program=$(pinned clang-format) || return 0
	find src tests -name "*.[ch]" -exec "$program" --dry-run -Werror {} +
}

# werror COMPILER: everything builds without a warning
werror() {
	"${MAKE:-make}" -s -k --no-print-directory OUT="build/lint/$1" CC="$1" WERROR=1 tests
}

tidy() {
	TIDY=$(pinned clang-tidy) || return 0
	export TIDY
	find src tests/fuzz -name '*.c' | sort |
		xargs -n 1 -P "$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2)" sh tests/lint/tidy.sh
}

# (NULL as the last fixed argument before the variable ones is taken for one of them, __has_include is
# not known to every version, and new versions say how far they looked.)
cppcheck_all() {
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -D_GNU_SOURCE -Isrc -Ibuild/gen \
		--enable=warning,performance,portability --suppress=missingIncludeSystem \
		--suppress=varFuncNullUB --suppress=preprocessorErrorDirective \
		--suppress=normalCheckLevelMaxBranches \
		--cppcheck-build-dir="$1" src
}

step layers sh tests/lint/layers.sh
step layers-self-test sh tests/lint/layers_test.sh
step banned sh tests/lint/banned.sh
step docs sh tests/lint/docs.sh
step format format
step gcc werror gcc
step clang werror clang
mkdir -p build/lint/cppcheck
step cppcheck cppcheck_all build/lint/cppcheck
step tidy tidy
[ "$failures" -eq 0 ]
