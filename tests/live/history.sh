# `--baseline COMMIT^` on every commit of a made-up history: is what it calls introduced, pre-existing
# and fixed what the history put there and took away? What is expected comes from history.awk.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/history.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_CONFIG_GLOBAL=/dev/null
commits=300

git init -q --template= -b main "$lab/repo"
cd "$lab/repo" || exit 1
find "$CASES/fleet" -type f | LC_ALL=C sort > "$lab/files"
tr '\n' '\0' < "$lab/files" | xargs -0 awk -v commits="$commits" -v seed=20261120 \
	-v expected="$lab/expected" -f "$CASES/../live/history.awk" > "$lab/stream"
git fast-import --quiet --export-marks="$lab/marks" < "$lab/stream"
holds 'the history is there' [ "$(git rev-list --count main)" -eq "$commits" ]

# No commit is checked out: what would be committed is judged, and that is the commit. The slow
# unwinder of the sanitizer is for libraries that other tests go through as well.
sort -t : -k 2 -n "$lab/marks" | tail -n +2 | while read -r _ id; do
	git read-tree "$id"
	ASAN_OPTIONS=$ASAN_OPTIONS:fast_unwind_on_malloc=1 "$GATERUN" verify fast --root . --staged --baseline "$id^" --no-receipt -o json
done > "$lab/runs.json" 2> "$lab/errors"
holds 'no run complained' [ ! -s "$lab/errors" ]

# One line for each gate and subject of each run: how many are introduced, pre-existing, fixed.
jq -r -n '[inputs] | to_entries[] | (.key + 2) as $number | [.value.gates[] | .id as $gate | .findings[]
		| select(.state == "fixed" or .verdict == "fail" or .verdict == "unknown")
		| {about: "\($gate) \(.subject)", state}]
	| group_by(.about)[] | ([.[].state | select(. == "introduced")] | length) as $introduced
	| ([.[].state | select(. == "pre-existing")] | length) as $kept
	| ([.[].state | select(. == "fixed")] | length) as $fixed
	| "\($number) \(.[0].about) \($introduced) \($kept) \($fixed)"' "$lab/runs.json" |
	LC_ALL=C sort > "$lab/found"
LC_ALL=C sort "$lab/expected" > "$lab/wanted"
if diff "$lab/wanted" "$lab/found" > "$lab/difference"; then
	report ok "$((commits - 1)) commits are compared rightly"
else
	report 'not ok' "$((commits - 1)) commits are compared rightly"
	head -n 40 "$lab/difference" | sed 's/^/# /'
fi

# The history is worth the time: everything happens often, in every gate.
awk '{ introduced[$2] += $4; kept[$2] += $5; fixed[$2] += $6 }
	END { for (gate in introduced) { print gate, introduced[gate], kept[gate], fixed[gate] } }' \
	"$lab/wanted" | LC_ALL=C sort | sed 's/^/# /'
holds 'five gates, each with at least ten of each sort' awk '
	{ gate[$2] = 1; introduced[$2] += $4; kept[$2] += $5; fixed[$2] += $6 }
	END { for (id in gate) { count++; if (introduced[id] < 10 || kept[id] < 10 || fixed[id] < 10) { exit 1 } } exit count != 5 }' "$lab/wanted"
jq -r -n '[inputs] | to_entries[] | "\(.key) \(.value.counts.fail) \(.value.exit) \(.value.baseline.undetermined)"' \
	"$lab/runs.json" > "$lab/ends"
holds 'nothing is undetermined, and the status is 1 where a gate fails, else 0' awk '
	$4 != 0 || $3 != ($2 > 0) { exit 1 }' "$lab/ends"
done_testing
