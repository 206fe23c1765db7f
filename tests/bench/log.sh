#!/bin/sh
# What a long history costs: log.sh BUILD [RECEIPTS]
#
# The log is made once, below BUILD, from the start and the receipt of one real run (bench/make_log.c), so
# its entries are as large as real ones and their signatures verify: an entry for the start and one for the
# receipt of each run, and a signed head. Its check is held against opening, reading, hashing and closing
# the same files on as many threads (bench/hash_limit.c), and a full one against the rate at which
# `openssl speed` verifies Ed25519 signatures on all cores. Called by run.sh, after it has built
# BUILD/bench/measure.
# Exit status: 0 every limit that could be measured is kept, 1 one is not, 69 it cannot be measured here.
set -eu

cd "$(dirname "$0")/../.."
build=$(cd "$1" && pwd)
receipts=${2:-100000}
cases=$PWD/tests/cases
gaterun=$build/gaterun
out=$build/bench
dir=$out/log-$receipts
cores=$(getconf _NPROCESSORS_ONLN)
threads=$((cores < 8 ? cores : 8)) # work_threads() of src/loop
missed=0
export LC_ALL=C XDG_STATE_HOME="$dir/state" XDG_CONFIG_HOME="$dir/config"

at() {
	awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$out/log.measured"
}

ratio() {
	awk -v one="$1" -v other="$2" 'BEGIN { printf "%.3g", one / other }'
}

limit() {
	verdict=ok
	awk -v value="$2" -v most="$3" 'BEGIN { exit !(value <= most) }' || { verdict=MISSED; missed=1; }
	printf '  %-6s %s: %s (at most %s)\n' "$verdict" "$1" "$2" "$3"
}

measure() {
	"$out/measure" "$@" > "$out/log.measured"
	awk -F '\t' '{ printf "  %-22s %9.2f ms least %9.2f median %9.2f CPU %7.1f MiB\n", $1, $2, $3, $4, $5 / 1024 }' \
		"$out/log.measured"
}

ended() {
	[ "$(at "$1" 6)" = "$2" ] && return
	echo "  MISSED $1 ended with exit status $(at "$1" 6); expected $2"
	missed=1
}

# run: one that is synced, whatever its verdict
run() {
	(cd "$dir/repo" && "$gaterun" verify fast > "$dir/run.out" 2>&1) || [ $? -le 2 ]
}

make_log() {
	[ ! -e "$dir/made" ] || return 0
	echo "making a log of $receipts receipts in $dir" >&2
	rm -rf "$dir"
	mkdir -p "$dir/repo"
	cp -R "$cases/fleet/." "$dir/repo"
	(cd "$dir/repo" && . "$cases/lib.sh" && git init -q --template= -b main && git add -A -f &&
		git -c user.name=bench -c user.email=bench@example.org commit -q -m bench)
	run
	mv "$dir/state" "$dir/one"
	"$out/make_log" "$dir/state/gaterun" "$XDG_CONFIG_HOME/gaterun/signing_ed25519" \
		"$dir"/one/gaterun/logs/*/entries/00000000.json \
		"$dir"/one/gaterun/logs/*/entries/00000001.json "$receipts" > "$dir/folder"
	run
	: > "$dir/made"
}

make_log
folder=$(cat "$dir/folder")
echo "history: $receipts receipts, $("$out/hash_limit" "$folder/entries" "$threads")"
measure "${ROUNDS_LOG:-7}" read "$out/hash_limit" "$folder/entries" "$threads" \
	-- check "$gaterun" --root "$dir/repo" log verify
ended read 0
ended check 0
limit 'log verify / open+read+hash+close, wall' "$(ratio "$(at check 2)" "$(at read 2)")" 2
limit 'the same in CPU time' "$(ratio "$(at check 4)" "$(at read 4)")" 2

# An entry has one signature, and so has a head.
signatures=$(($(find "$folder/entries" "$folder/checkpoints" -type f | wc -l)))
speed=$(openssl speed -seconds 3 -multi "$threads" ed25519 2> /dev/null | awk '/EdDSA/ { print $NF }')
measure "${ROUNDS_FULL:-1}" full "$gaterun" --root "$dir/repo" log verify --full
ended full 0
limit "log verify --full, $signatures signatures / openssl speed at $speed a second, wall" \
	"$(awk -v ms="$(at full 2)" -v count="$signatures" -v speed="$speed" \
		'BEGIN { printf "%.3g", ms / 1000 / (count / speed) }')" 1.3
[ "$missed" -eq 0 ] || exit 1
