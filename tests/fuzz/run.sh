#!/bin/sh
# Let every fuzz target look for new inputs: run.sh TARGETS SECONDS. TARGETS is the folder with the
# built ones; ONLY=name runs one. Several run at a time, one per processor.
#
# What a target found interesting is kept in build/fuzz/corpus/NAME for the next run; an input that
# broke it is in build/fuzz/found/. Prints a line per target with its executions, and exits 1 if one
# broke. An input worth keeping belongs into tests/fuzz/corpus/NAME, with a test.
set -u

cd "$(dirname "$0")/../.." || exit 1
targets=$1
seconds=$2
mkdir -p build/fuzz/found build/fuzz/log

fuzz_one() {
	name=${1#fuzz_}
	mkdir -p "build/fuzz/corpus/$name"
	log=build/fuzz/log/$name
	if "$targets/$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/found/$name-" "build/fuzz/corpus/$name" \
		"tests/fuzz/corpus/$name" > "$log" 2>&1; then
		printf 'ok    %-16s %s executions in %s s\n' "$name" \
			"$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$seconds"
	else
		printf 'FAIL  %-16s see %s\n' "$name" "$log"
		tail -n 20 "$log" | sed 's/^/      /'
		return 1
	fi
}

# Called again by xargs for one target.
if [ "${3:-}" ]; then
	fuzz_one "$3"
	exit
fi

for each in "$targets"/fuzz_${ONLY:-*}; do
	basename "$each"
done | xargs -n 1 -P "$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2)" sh tests/fuzz/run.sh "$targets" "$seconds"
