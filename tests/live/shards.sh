#!/bin/sh
# A run over machines behind a jump host, in two parts that each log in at the jump host: the merged
# receipt names each machine once, with the key that it proved, and verifies.
#
#	ctl --- lan --- harbor --- 10.99.0.0/24 --- mill
#	                harbor --- 10.97.0.0/24 --- loft
# shellcheck disable=SC1091,SC2154  # netlab.sh sets $lab
set -u
. "$LAB/tap.sh"
. "$LAB/netlab.sh"
net_enter "$0"
net_up

# wire NAME ADDRESS ADDRESS: a cable between harbor and another machine
wire() {
	ip -n harbor link add "to-$1" type veth peer name inner netns "$1"
	ip -n harbor addr add "$2/24" dev "to-$1"
	ip -n "$1" addr add "$3/24" dev inner
	ip -n harbor link set "to-$1" up
	ip -n "$1" link set inner up
}
wire mill 10.99.0.1 10.99.0.3
wire loft 10.97.0.1 10.97.0.5
cat > bindings/ssh.targets.yaml <<-END
	ssh:
	  defaults: {user: "$(id -un)", port: 22022, connect_timeout_sec: 2}
	  targets:
	    - {id: harbor, host: 192.168.77.1, access_policy: lan_only}
	    - {id: mill, host: 10.99.0.3, access_policy: lan_only, probe_via: harbor}
	    - {id: loft, host: 10.97.0.5, access_policy: lan_only, probe_via: harbor}
END
cat > gates.yaml <<'END'
id: C001
title: Every machine says what it is
kind: ssh_command
with: {argv: [uname], stdout: {match: .}}
packs: [mine]
severity: low
owner: lab
triage: Look.
explain: A gate of the lab.
END
mkdir gates
mv gates.yaml gates/001-own.yaml
sed 's/^gates:.*/gates: gates/' gaterun.yaml > new && mv new gaterun.yaml

# part I: run it; its receipt is then named in $parts
parts=''
part() {
	verify mine --shard "$1/2"
	parts="$parts $(jq -r .receipt.file "$lab/run.json")"
}
body() {
	jq -r .payload "$1" | base64 -d | jq '.predicate["urn:gaterun:receipt:v1"]'
}
merge() {
	# shellcheck disable=SC2086  # one word a part
	"$GATERUN" receipt merge "$@" -o json > "$lab/merged.json" 2> "$lab/run.err"
	status=$?
	merged=$(jq -r '.run_key // empty' "$lab/merged.json")
	[ -z "$merged" ] || body "receipts/$merged.json" > "$lab/run.json"
}

for each in 1 2; do part "$each"; done
met=0
for each in $parts; do
	! body "$each" | jq -e '.targets | any(.name == "harbor")' > "$lab/jq" || met=$((met + 1))
done
holds "both parts logged in at the jump host" [ "$met" -eq 2 ]
# shellcheck disable=SC2086
merge $parts
status_is 0
check 'each machine was looked at once' '.results[0] | .verdict == "pass" and .checked == 3'
check 'and is named once, in order' '[.targets[].name] == ["harbor", "loft", "mill"]'
check 'each proved a key of its own, and let the run in' \
	'(.targets | all(.state == "logged_in")) and ([.targets[].fingerprint] | unique | length == 3)'
check 'two of them through the first' '[.targets[] | .via // "-"] == ["-", "harbor", "harbor"]'
check 'what each said is bound, once' '[.results[0].outputs[] | select(.stream == "stdout") | .subject] == ["target:harbor", "target:loft", "target:mill"]'
holds 'the merged receipt verifies' "$GATERUN" receipt verify "$merged"
holds 'and the log it is in' "$GATERUN" log verify

# The jump host goes away between two parts: it was met, and was not.
parts=''
for each in 1 2; do
	part "$each"
	[ "$each" -ne 1 ] || server harbor stop
done
# shellcheck disable=SC2086
merge $parts
status_is 2
check 'what was met before it went away is there, and what was not is unknown' \
	'([.targets[] | select(.state == "logged_in") | .name] == ["harbor", "loft"]) and .results[0].verdict == "unknown"'
holds 'that receipt verifies, too' "$GATERUN" receipt verify "$merged"
done_testing
