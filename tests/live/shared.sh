#!/bin/sh
# Ten gates over thirty machines: one connection for each machine, whatever the order of the gates.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
. "$LAB/fleet.sh"
lab_up

machines=30
fleet_clear
fleet_up "$machines"
fleet_gate G10 ssh_auth
for i in 1 2 3 4 5; do
	fleet_gate "G2$i" ssh_command "with: {argv: [echo, 'gate $i'], stdout: {equals: 'gate $i'}}"
done
for i in 1 2 3 4; do
	fleet_gate "G3$i" ssh_command "with: {argv: [sh, -c, 'exit $i'], exit: $i}" 'requires: [G10]'
done
verify all --no-receipt
status_is 0
check 'ten gates judged all machines' "[.gates[].checked] == [$machines, $machines, $machines, $machines, $machines, $machines, $machines, $machines, $machines, $machines]"
holds "they made $machines connections" [ "$(fleet_connections)" -eq "$machines" ]

# Nobody who comes later: the session is not kept.
verify --gate G10 --no-receipt
status_is 0
holds 'a login alone is one connection each too' [ "$(fleet_connections)" -eq $((2 * machines)) ]

done_testing
