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
cores=$(getconf _NPROCESSORS_ONLN)
threads=$((cores < 8 ? cores : 8)) # work_threads() of src/loop
missed=0
export LC_ALL=C

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

# make_log COUNT: sets $dir, $folder and what the log is found by
make_log() {
	dir=$out/log-$1
	export XDG_STATE_HOME="$dir/state" XDG_CONFIG_HOME="$dir/config"
	[ -e "$dir/made" ] || fill "$1"
	folder=$(cat "$dir/folder")
}

fill() {
	echo "making a log of $1 receipts in $dir" >&2
	rm -rf "$dir"
	mkdir -p "$dir/repo"
	cp -R "$cases/fleet/." "$dir/repo"
	(cd "$dir/repo" && git init -q --template= -b main && git add -A -f &&
		git -c user.name=bench -c user.email=bench@example.org commit -q -m bench)
	run
	mv "$dir/state" "$dir/one"
	"$out/make_log" "$dir/state/gaterun" "$XDG_CONFIG_HOME/gaterun/signing_ed25519" \
		"$dir"/one/gaterun/logs/*/entries/00000000.json \
		"$dir"/one/gaterun/logs/*/entries/00000001.json "$1" > "$dir/folder"
	run
	: > "$dir/made"
}

make_log "$receipts"
echo "history: $receipts receipts, $("$out/hash_limit" "$folder/entries" "$threads")"
measure "${ROUNDS_LOG:-7}" read "$out/hash_limit" "$folder/entries" "$threads" \
	-- check "$gaterun" --root "$dir/repo" log verify
ended read 0
ended check 0
limit 'log verify / open+read+hash+close, wall' "$(ratio "$(at check 2)" "$(at read 2)")" 2
limit 'the same in CPU time' "$(ratio "$(at check 4)" "$(at read 4)")" 2

# An entry has one signature, and so has a head. Fewer receipts: what one costs does not depend on how many
# there are, and openssl must be asked in the same minute.
make_log "$((receipts / 20))"
signatures=$(find "$folder/entries" "$folder/checkpoints" -type f | wc -l)
measure "${ROUNDS_FULL:-3}" full "$gaterun" --root "$dir/repo" log verify --full
ended full 0
speed=$(openssl speed -seconds 3 -multi "$threads" ed25519 2> /dev/null | awk '/EdDSA/ { print $NF }')
limit "log verify --full, $signatures signatures / openssl speed at $speed a second on $threads cores, wall" \
	"$(awk -v ms="$(at full 2)" -v count="$signatures" -v speed="$speed" \
		'BEGIN { printf "%.3g", ms / 1000 / (count / speed) }')" 1.3

# ---- the cost of a run, in syncs: each waits for the disk, 1 to 10 ms on a real one
#
#	start, receipt     2   what was acknowledged is there after a power failure
#	folder of entries  1   so are their names
#	head               1   only once they are: a head that outlives its entries reads as lost history
#	receipt in receipts/ and that folder  2   the copy that was named to the user, for git
#
# None for the folder of heads (a head that is gone is signed again), the pin and the edge (made again), or
# a staged run: what it says is asked again at the next commit, and the next synced run covers its entries.

if command -v strace > /dev/null; then
	(cd "$dir/repo" && strace -f -e trace=fsync,fdatasync,sync_file_range -o "$dir/syncs" \
		"$gaterun" verify fast > "$dir/run.out" 2>&1) || [ $? -le 2 ]
	limit 'syncs of a run' "$(grep -c 'sync(' "$dir/syncs")" 6
	(cd "$dir/repo" && strace -f -e trace=fsync,fdatasync,sync_file_range -o "$dir/syncs" \
		"$gaterun" verify fast --staged > "$dir/run.out" 2>&1) || [ $? -le 2 ]
	limit 'syncs of a staged run' "$(grep -c 'sync(' "$dir/syncs" || :)" 0
else
	echo '  -      syncs of a run: not counted, there is no strace'
fi
[ "$missed" -eq 0 ] || exit 1
