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
# Of these so many run a command besides, which costs them more than a login.
BUSY=48
# The largest deadline of one target in this run: a server's for a step of the login, and G020's for its
# command.
LARGEST_MS=10000
# Waits longest of all: it takes part in everything, and leaves the last answer open.
SLOWEST=stalls_at_signature
# Never reads, but always has something to say: nobody may look at that over and over.
BUSIEST=floods_questions

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

# A line "KIND PORT WANTED GOT" for each server and each gate: "pass" or "VERDICT:REASON", and "+cause"
# behind what hangs on something else.
opinions() {
	jq -r '.gates[] | .kind as $kind | .findings[] | select(.subject | startswith("target:")) |
		"\($kind) \(.subject | ltrimstr("target:")) \(.verdict):\(.reason)\(if .caused_by then "+cause" else "" end)"' \
		"$lab/run.json" > "$lab/got"
	awk -v gates='ssh_auth ssh_command' '
		NR == FNR { got[$1, $2] = $3; next }
		$1 == "ready" { exit }
		{
			name = $1 "-" $2
			wanted = $4 == "pass" ? "pass" : $4 ":" $5
			# What goes wrong in a login is the cause of what the command gate says.
			first = $3 == "ssh_auth" ? wanted : "pass"
			second = $3 == "ssh_command" || wanted == "pass" ? wanted : "unknown:" $5 "[+]cause"
			tell(first, (("ssh_auth", name) in got) ? got["ssh_auth", name] : "pass")
			said = (("ssh_command", name) in got) ? got["ssh_command", name] : "pass"
			# A connection that is lost in a command is a cause by itself.
			if ($3 == "ssh_command") sub(/[+]cause$/, "", said)
			tell(second, said)
		}
		function tell(wanted, said, parts) {
			split(wanted, parts, ":")
			print $1, $2, wanted, said, (wanted == said || said ~ "^" parts[1] ":(" parts[2] ")$") ? "same" : "other"
		}' "$lab/got" "$lab/zoo"
}

# Is everything as it should be? (For a computer that has much else to do.)
is_as_wanted() {
	! opinions | grep -q ' other$' && ! grep -q ' box' "$lab/got" && is_in_time
}

# Did the last run take as long as the slowest server, and what the healthy ones cost?
is_in_time() {
	alone_ms=$(cat "$lab/alone_ms") healthy_ms=$(cat "$lab/healthy_ms") all_ms=$(cat "$lab/all_ms")
	[ "$all_ms" -le $((alone_ms + alone_ms / 10 + healthy_ms)) ] &&
		{ is_busy || [ "$all_ms" -le $((LARGEST_MS + LARGEST_MS / 10)) ]; }
}

# Do the healthy ones keep the computer busy for a good part of the largest deadline? (They do where it has
# much else to do, and under a sanitizer.) Then a server that lets us in does so late, and what waits for
# its command begins late too: their sum says nothing about the waiting, so the ratio alone has to do.
is_busy() {
	[ "$healthy_ms" -gt $((LARGEST_MS * 3 / 10)) ]
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
fleet_gate G020 ssh_command 'targets: {tags: [zoo, busy]}' \
	"with: {argv: [echo, hello], stdout: {equals: hello}, timeout: ${LARGEST_MS}ms}"
fleet_clear
zoo_up "$SLOWEST=2" "$BUSIEST=2"
zoo_add
# The last one of each has a run of its own.
alone=$(for kind in "$SLOWEST" "$BUSIEST"; do
	awk -v kind="$kind" '$1 == kind { name = kind "-" $2 } END { print name }' "$lab/zoo"
done | paste -sd, -)
fleet_up "$BUSY" busy && fleet_up $((HEALTHY - BUSY)) || exit 1

wait_alone "$alone" &
one=$!
look_behind &
two=$!
timed "$lab/healthy_ms" verify all --no-receipt --target tag:fleet
status_is 0
check 'the healthy ones pass by themselves' \
	".gates[0].checked == $HEALTHY and .gates[1].checked == $BUSY and all(.gates[]; .verdict == \"pass\")"
wait "$one" "$two"

# All deadlines are real time: where the computer was busy with something else meanwhile, once more.
runs=0
until
	timed "$lab/all_ms" verify all --no-receipt
	runs=$((runs + 1))
	is_as_wanted || [ "$runs" -eq 3 ]
do
	echo '# another try'
done
status_is 1
check 'and all of them among the others' \
	".gates[0].checked >= $HEALTHY and .gates[1].checked >= $BUSY and
		all(.gates[].findings[]; .subject | startswith(\"target:box\") | not)"
is_in_time || true
echo "# the slowest alone: $alone_ms ms, the healthy ones alone: $healthy_ms ms, all together: $all_ms ms"
holds 'together they take as long as the slowest, and what the healthy ones cost' is_in_time
if is_busy; then
	echo "# not held against $LARGEST_MS ms and a tenth: the healthy ones alone took $healthy_ms ms"
else
	holds 'and no longer than the largest deadline of one, and a tenth' \
		[ "$all_ms" -le $((LARGEST_MS + LARGEST_MS / 10)) ]
fi
holds 'waiting costs no processor time' grep -q '^0m0.* 0m0' "$lab/alone_cpu"
zoo_down

opinions > "$lab/opinions"
while read -r kind port wanted got verdict; do
	holds "$kind: $wanted, got $got" [ "$verdict" = same ]
done < "$lab/opinions"
holds 'each was tried once in each run' \
	awk -v alone="$alone" -v runs="$((runs + 1))" '$1 == "seen" { wrong += $4 != runs + (index("," alone ",", "," $2 "-" $3 ",") > 0) } END { exit wrong > 0 }' "$lab/zoo"
for kind in another_key a_revoked_key forges_its_signature; do
	holds "$kind: heard of no user" seen "$kind" share newkeys service
done
for kind in wants_a_password check_mode check_mode_with_banner; do
	holds "$kind: saw no key" seen "$kind" none
done

if [ "$(cat "$lab/watch.status")" -eq 77 ]; then
	echo "# not watched: $(tail -n 1 "$lab/watch.err")"
else
	left_behind "$lab/report" > "$lab/left"
	holds 'no descriptor and no process is left' [ ! -s "$lab/left" ]
	sed 's/^/# /' "$lab/left"
	holds '(and it was watched)' grep -q ' connect 127.0.0.1 ' "$lab/report"
fi
done_testing
