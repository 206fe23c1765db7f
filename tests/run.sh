#!/bin/sh
# Run all tests of a build: run.sh BUILD, where BUILD is a folder such as build/asan.
#
#   unit/NAME        BUILD/unit/test_NAME
#   fuzz/NAME        BUILD/fuzz/fuzz_NAME over tests/fuzz/corpus/NAME
#   case/AREA/NAME   tests/cases/AREA/NAME (see tests/cases/run.sh)
#   live/NAME        tests/live/NAME.sh, against real servers
#
# Each is a program that prints TAP and gets folders of its own (suite.sh). ONLY='live/*' narrows the
# run, V=1 shows every line. The last line says how many tests passed and failed; the exit status is 1
# if any failed or none ran.
set -eu

cd "$(dirname "$0")/.."
[ $# -eq 1 ] || { echo 'usage: run.sh BUILD' >&2; exit 64; }
umask 022
BUILD=$(cd "$1" && pwd)
GATERUN=$BUILD/gaterun
LAB=$PWD/tests/lab
CASES=$PWD/tests/cases
export BUILD GATERUN LAB CASES
UPDATE=${UPDATE:-} V=${V:-0}
export UPDATE

work=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/gaterun.XXXXXX")" && pwd -P)
# A server of the lab may run as another user, who has to come past here.
chmod 711 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

names() {
	for each in tests/unit/test_*.c; do echo "unit/$(basename "$each" .c | sed 's/^test_//')"; done
	for each in tests/fuzz/fuzz_*.c; do echo "fuzz/$(basename "$each" .c | sed 's/^fuzz_//')"; done
	for each in tests/cases/*/*/cmd; do echo "case/$(dirname "${each#tests/cases/}")"; done
	for each in tests/live/*.sh; do echo "live/$(basename "$each" .sh)"; done
}

names | grep -v '\*' | while read -r name; do
	# shellcheck disable=SC2254  # a pattern on purpose
	case $name in
	${ONLY:-*}) echo "$name" ;;
	esac
done > "$work/names"
[ -s "$work/names" ] || { echo "no test is named '${ONLY:-*}'; tests are named unit/json, case/cli/version, live/ssh_auth" >&2; }

# Slow ones first, so that none is left to run alone at the end.
jobs=$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2)
[ ! -s "$work/names" ] || { grep '^live/' "$work/names" || true; grep -v '^live/' "$work/names" || true; } |
	xargs -n 1 -P "$jobs" sh tests/suite.sh "$work" || true

while read -r name; do
	echo "@suite $name $(cat "$work/$name/status" 2> /dev/null || echo none)"
	cat "$work/$name/tap" 2> /dev/null || true
done < "$work/names" | awk -v verbose="$V" -f tests/summary.awk
