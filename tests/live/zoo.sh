#!/bin/sh
# A zoo of hostile servers costs nobody but itself: zoo/kinds.c says what each kind does, and what a
# run has to say about it.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
lab_up
. "$LAB/fleet.sh"
. "$LAB/zoo.sh"

HEALTHY=200
# Waits longest of all: it takes part in everything, and leaves the last answer open.
SLOWEST=stalls_at_signature

now_ms() {
	date +%s%N | cut -c 1-13
}

# timed FILE COMMAND...: how long does it take?
timed() {
	file=$1
	shift
	begin=$(now_ms)
	"$@"
	echo $(($(now_ms) - begin)) > "$file"
}

# quietly SELECTION: a run of its own beside others
quietly() {
	"$GATERUN" verify all --no-receipt --target "$1" > /dev/null 2>&1 < /dev/null
}

# One target in its deadline, and what that costs in processor time.
wait_alone() {
	timed "$lab/alone_ms" quietly "$1"
	times | tail -n 1 > "$lab/alone_cpu"
}

# What the zoo leaves behind in a process. (The sanitizer looks for leaks with ptrace itself.)
look_behind() {
	ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" "$BUILD/live/watch" "$lab/report" \
		"$GATERUN" verify all --no-receipt --target tag:zoo > /dev/null 2> "$lab/watch.err" < /dev/null
	echo $? > "$lab/watch.status"
}

# says KIND PORT VERDICT REASON
says() {
	subject=".subject == \"target:$1-$2\""
	if [ "$3" = pass ]; then
		check "$1: pass" ".gates[0].findings | all($subject | not)"
	else
		check "$1: $3, $4" ".gates[0].findings | any($subject and .verdict == \"$3\" and .reason == \"$4\")"
	fi
}

# seen KIND [PHASE]...: did each server of that kind hear the client in one of these phases at last?
seen() {
	kind=$1
	shift
	awk -v kind="$kind" -v phases=" $* " '
		$1 == "seen" && $2 == kind { found++; wrong += !index(phases, " " $5 " ") }
		END { exit !found || wrong }' "$lab/zoo"
}

fleet_gate G010 ssh_auth
fleet_clear
zoo_up "$SLOWEST=2"
zoo_add
alone=$(awk -v kind="$SLOWEST" '$1 == kind { name = kind "-" $2 } END { print name }' "$lab/zoo")
fleet_up "$HEALTHY" || exit 1

wait_alone "$alone" &
one=$!
look_behind &
two=$!
timed "$lab/healthy_ms" verify all --no-receipt --target tag:fleet
status_is 0
check 'the healthy ones pass by themselves' ".gates[0].checked == $HEALTHY"
wait "$one" "$two"

timed "$lab/all_ms" verify all --no-receipt
status_is 1
check 'and all of them among the others' \
	".gates[0] | .checked >= $HEALTHY and all(.findings[]; .subject | startswith(\"target:box\") | not)"
alone_ms=$(cat "$lab/alone_ms") healthy_ms=$(cat "$lab/healthy_ms") all_ms=$(cat "$lab/all_ms")
echo "# the slowest alone: $alone_ms ms, the healthy ones alone: $healthy_ms ms, all together: $all_ms ms"
holds 'together they take as long as the slowest, and what the healthy ones cost' \
	[ "$all_ms" -le $((alone_ms + alone_ms / 10 + healthy_ms)) ]
holds 'waiting costs no processor time' grep -q '^0m0.* 0m0' "$lab/alone_cpu"
zoo_down

while read -r kind port verdict reason; do
	[ "$kind" != ready ] || break
	says "$kind" "$port" "$verdict" "$reason"
done < "$lab/zoo"
holds 'each was tried once in each run' \
	awk -v alone="$alone" '$1 == "seen" { wrong += $4 != 2 + ($2 "-" $3 == alone) } END { exit wrong > 0 }' "$lab/zoo"
for kind in another_key a_revoked_key forges_its_signature; do
	holds "$kind: heard of no user" seen "$kind" share newkeys service
done
for kind in wants_a_password check_mode check_mode_with_banner; do
	holds "$kind: saw no key" seen "$kind" none
done

if [ "$(cat "$lab/watch.status")" -eq 77 ]; then
	echo "# not watched: $(tail -n 1 "$lab/watch.err")"
else
	holds 'no descriptor and no process is left' sh -c "! grep -E ' (left|lives)( |$)' '$lab/report'"
	holds '(and it was watched)' grep -q ' connect 127.0.0.1 ' "$lab/report"
fi
done_testing
