#!/bin/sh
# Run one golden case: run.sh CASE, a folder tests/cases/AREA/NAME with
#
#   cmd             shell; $GATERUN is the program, the current folder a fresh copy of input/
#   input/          optional; becomes a git repo with one commit if it holds a file .gitrepo
#   stdout, stderr  what cmd must print; no file: nothing
#   status          its exit status; no file: 0
#
# What differs from run to run (run keys, times, durations, digests, the folder) is replaced by
# normalise.sed first. UPDATE=1 writes the three files instead of comparing. Prints TAP.
set -u

case=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/case.XXXXXX")" && pwd -P)
mkdir "$work/root"
echo 1..1
cd "$work/root" || exit 1

# The same commit whenever and wherever it is made.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=case GIT_AUTHOR_EMAIL=case@example.org GIT_AUTHOR_DATE=2026-03-01T00:00:00Z
export GIT_COMMITTER_NAME=case GIT_COMMITTER_EMAIL=case@example.org
export GIT_COMMITTER_DATE=2026-03-01T00:00:00Z
export CASE="$case" CASES="$here"
# shellcheck source=tests/cases/lib.sh
. "$here/lib.sh"

if [ -d "$case/input" ]; then
	cp -R "$case/input/." .
	if [ -e .gitrepo ]; then
		rm .gitrepo
		commit
	fi
fi

sh "$case/cmd" < /dev/null > "$work/stdout.raw" 2> "$work/stderr.raw"
echo $? > "$work/status"

# The folders, as they stand in a pattern; the inner one first.
escape() {
	printf '%s\n' "$1" | sed 's/[][\.*^$|+?(){}]/\\&/g'
}
for each in stdout stderr; do
	sed -E -e "s|$(escape "$work/root")|ROOT|g; s|$(escape "$work")|OUTSIDE|g" \
		-f "$here/normalise.sed" "$work/$each.raw" > "$work/$each"
done

if [ -n "${UPDATE:-}" ]; then
	for each in stdout stderr status; do
		rm -f "$case/$each"
		# Nothing, and status 0, need no file.
		[ ! -s "$work/$each" ] || [ "$(cat "$work/$each")" = 0 ] || cp "$work/$each" "$case/$each"
	done
fi

# What the case does not say: nothing is printed, and the status is 0.
: > "$work/expected.stdout"
: > "$work/expected.stderr"
echo 0 > "$work/expected.status"

differ=''
for each in status stderr stdout; do
	[ ! -e "$case/$each" ] || cp "$case/$each" "$work/expected.$each"
	cmp -s "$work/expected.$each" "$work/$each" || differ="$differ $each"
done

if [ -z "$differ" ]; then
	echo "ok 1 - ${case##*/}"
else
	echo "not ok 1 - ${case##*/}"
fi
for each in $differ; do
	echo "# $each:"
	diff -u "$work/expected.$each" "$work/$each" | tail -n +3 | head -n 40 | sed 's/^/# /'
done
rm -rf "$work"
[ -z "$differ" ]
