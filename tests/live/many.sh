#!/bin/sh
# Many machines: one connection to each, however many gates there are; and dead ones, however many, keep
# the others from nothing.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
lab_up
. "$LAB/fleet.sh"
. "$LAB/zoo.sh"

MACHINES=100
# More than four times as many as are logged in to at once.
DEAD=200

echo '# ten gates over a hundred machines'
fleet_clear
fleet_up "$MACHINES" || exit 1
for number in 0 1 2; do
	fleet_gate "A$number" ssh_auth
	fleet_gate "B1$number" path
done
for number in 0 1; do
	fleet_gate "C2$number" ssh_command "with: {argv: [echo, hello $number], stdout: {equals: hello $number}, timeout: 30s}"
done
# These come later: a session is kept for them.
for number in 2 3; do
	fleet_gate "C2$number" ssh_command "with: {argv: [sh, -c, 'exit $number'], exit: $number, timeout: 30s}" 'requires: [A0]'
done
verify all --no-receipt
status_is 0
check 'ten gates have judged each machine' "(.gates | length) == 10 and all(.gates[]; .checked == $MACHINES)"
connections=$(fleet_connections)
holds "they made $connections connections to $MACHINES machines" [ "$connections" -eq "$MACHINES" ]
# Nobody who comes later: no session is kept.
verify --gate A0 --no-receipt
status_is 0
holds 'a login alone is one connection each, too' [ "$(fleet_connections)" -eq $((2 * MACHINES)) ]

echo '# two hundred dead ones before them'
rm gates/*.yaml
fleet_gate G010 ssh_auth
cp bindings/ssh.targets.yaml "$lab/healthy"
fleet_clear
zoo_up "silence=$DEAD"
zoo_add silence
sed -n '/tags: \[fleet\]/p' "$lab/healthy" >> bindings/ssh.targets.yaml
for each in $(sed -n 's/.*{id: "\(box[^"]*\)".*/\1/p' "$lab/healthy"); do
	echo "$each $(cut -d ' ' -f 1,2 "$lab/servers/harbor/host_key.pub")"
done >> bindings/known_hosts

one=$(awk '$1 == "silence" { print $1 "-" $2; exit }' "$lab/zoo")
verify all --no-receipt --target "$one"
alone_ms=$(jq .duration_ms "$lab/run.json")
verify all --no-receipt
all_ms=$(jq .duration_ms "$lab/run.json")
check 'the dead ones are dead, and the others pass' ".gates[0] | .checked == $MACHINES and
	([.findings[] | select(.reason == \"net.silent\")] | length) == $DEAD"
echo "# a dead one alone: $alone_ms ms; all of them and the healthy ones: $all_ms ms"
holds 'they do not wait for each other' [ "$all_ms" -lt $((alone_ms * 4)) ]
zoo_down

done_testing
