#!/bin/sh
# What the writers of reports cost: formats.sh BUILD [TARGETS]
#
# 1,000 targets x 20 static gates, so the run is as short as one can be. In `usual` one target in a hundred lacks
# something, in `worst` each lacks everything: 20,000 findings. A writer is held to 5 % of the usual run, in CPU time,
# and to growing as the findings do from `worst` to `ten`, which has ten times the targets. What the worst case costs is
# only said: there the output is larger than all that was read. Called by run.sh, after it has built
# BUILD/bench/measure.
# Exit status: 0 every limit is kept, 1 one is not.
set -eu

build=$(cd "$1" && pwd)
targets=${2:-1000}
gaterun=$build/gaterun
out=$build/bench
dir=$out/formats
missed=0
export LC_ALL=C

rm -rf "$dir"

at() {
	awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$dir/$3.measured"
}

limit() {
	verdict=ok
	awk -v value="$2" -v most="$3" 'BEGIN { exit !(value <= most) }' || { verdict=MISSED; missed=1; }
	printf '  %-6s %s: %s (at most %s)\n' "$verdict" "$1" "$2" "$3"
}

# repo NAME TARGETS EVERY: one in EVERY targets lacks all keys
repo() {
	mkdir -p "$dir/$1/bindings" "$dir/$1/gates"
	printf 'version: 1\ngates: gates\nbindings: {tailnet_snapshot: none, services_health: none}\n' > "$dir/$1/gaterun.yaml"
	awk -v count="$2" -v every="$3" 'BEGIN {
		for (i = 1; i <= 20; i++)
			keys = keys sprintf(", key_%d: 1", i)
		print "ssh:\n  targets:"
		for (i = 0; i < count; i++)
			printf "    - {id: host-%d, host: 10.%d.%d.%d, user: ops, access_policy: lan_only%s}\n", \
				i, i / 62500, i / 250 % 250, i % 250 + 1, i % every ? keys : ""
	}' > "$dir/$1/bindings/ssh.targets.yaml"
	for gate in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		cat > "$dir/$1/gates/$gate-key.yaml" <<-END
		id: B$gate
		title: Every target has the key key_$gate
		kind: yaml_assert
		with: {file: bindings/ssh.targets.yaml, each: ssh.targets, asserts: [{path: key_$gate, hint: add it}]}
		packs: [fast]
		severity: high
		triage: Add the key.
		owner: bench
		explain: Finds as much as it can.
		END
	done
}

# writers NAME ROUNDS: each of them, and a run that only prints text
writers() {
	name=$1 most=$2
	: > "$dir/$name.measured"
	for formats in 'json ndjson junit tap sarif' 'prom github gitlab markdown'; do
		set -- "$most" text "$gaterun" --root "$dir/$name" verify fast --no-receipt
		for each in $formats; do
			set -- "$@" -- "$each" "$gaterun" --root "$dir/$name" verify fast --no-receipt \
				-o "$each:$dir/$name.$each" -o text
		done
		"$out/measure" "$@" | sed "s/^text/text-${formats%% *}/" >> "$dir/$name.measured"
	done
}

# cost FORMAT NAME: CPU time of the writer in ms
cost() {
	base=text-json
	case $1 in prom | github | gitlab | markdown) base=text-prom ;; esac
	awk -v all="$(at "$1" 4 "$2")" -v run="$(at $base 4 "$2")" 'BEGIN { printf "%.2f %.2f", all - run, run }'
}

repo usual "$targets" 100
repo worst "$targets" 1
repo ten "$((targets * 10))" 1
echo "writers: $targets targets x 20 gates"
writers usual "${ROUNDS_FORMATS:-25}"
writers worst 3
for each in json ndjson junit tap sarif prom github gitlab markdown; do
	limit "$each / run, CPU, one target in a hundred fails" \
		"$(cost "$each" usual | awk '{ printf "%.3f", $1 / $2 }')" 0.05
	echo "  -      the same where all fail: $(cost "$each" worst | awk '{ printf "%.2f (%.0f ms)", $1 / $2, $1 }')"
	"$gaterun" --root "$dir/ten" verify fast --no-receipt -o "$each:$dir/ten.$each" > "$dir/text" || :
	limit "$each, bytes for ten times the targets" \
		"$(awk -v one="$(wc -c < "$dir/worst.$each")" -v ten="$(wc -c < "$dir/ten.$each")" 'BEGIN { printf "%.2f", ten / one }')" 11
done
[ $missed -eq 0 ]
