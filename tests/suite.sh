#!/bin/sh
# Run one test program: suite.sh WORK NAME. Called by run.sh, several at a time.
#
# The program gets a home, a temporary folder and configuration folders of its own below WORK, no
# standard input and a time limit. Its output goes to WORK/NAME/tap, its exit status to
# WORK/NAME/status.
set -u

home=$1/$2
name=$2
mkdir -p "$home/home" "$home/tmp"

export HOME="$home/home" TMPDIR="$home/tmp"
export XDG_CONFIG_HOME="$HOME/.config" XDG_STATE_HOME="$HOME/.local/state"
export XDG_CACHE_HOME="$HOME/.cache" XDG_RUNTIME_DIR="$home/tmp"
export TZ=UTC LC_ALL=C GIT_CONFIG_NOSYSTEM=1 CMOCKA_MESSAGE_OUTPUT=TAP
# Not an exit status of ours: a report of the sanitizer must not read as a verdict.
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
export LSAN_OPTIONS="suppressions='$CASES/../lsan.supp':print_suppressions=0"
# A library without frame pointers is named in the stack of a leak only by the slow unwinder.
case $name in
live/*) ASAN_OPTIONS=$ASAN_OPTIONS:fast_unwind_on_malloc=0 ;;
esac
unset COLUMNS CI GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE SSH_AUTH_SOCK NO_COLOR CLICOLOR_FORCE FORCE_COLOR MAKEFLAGS

# limit SECONDS COMMAND...: ended with its children when time is over (macOS has no timeout(1))
limit() {
	seconds=$1
	shift
	if command -v timeout > /dev/null; then
		timeout -k 10 "$seconds" "$@"
	else
		perl -e 'alarm shift; exec @ARGV' "$seconds" "$@"
	fi
}

start() {
	case $name in
	unit/*) limit 300 "$BUILD/unit/test_${name#*/}" ;;
	fuzz/*) limit 300 "$BUILD/fuzz/fuzz_${name#*/}" "$CASES/../fuzz/corpus/${name#*/}" ;;
	case/*) limit 60 sh "$CASES/run.sh" "$CASES/${name#*/}" ;;
	live/*) limit 300 sh "$CASES/../live/${name#*/}.sh" ;;
	esac
}

# Signalled, it ends what it started: timeout(1) runs in a process group of its own.
start < /dev/null > "$home/tap" 2>&1 &
child=$!
trap 'kill "$child" 2> /dev/null; exit 130' INT TERM HUP
wait "$child"
echo $? > "$home/status"
