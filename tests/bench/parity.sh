#!/usr/bin/env bash
# G020 as shell gates are written: parity.sh ROOT [YQ]. One yq call for each field. Exit status 0 when
# snapshot and targets agree.
set -euo pipefail

root=$1 yq=${2:-yq}
targets=$root/bindings/ssh.targets.yaml
snapshot=$root/bindings/tailscale.tailnet.snapshot.yaml
bad=0

field() {
	"$yq" -r "$1" "$2"
}

complain() {
	echo "$1"
	bad=1
}

rows=$(field '.devices | length' "$snapshot")
[ "$(field '.device_count' "$snapshot")" = "$rows" ] || complain 'device_count is wrong'
count=$(field '.ssh.targets | length' "$targets")
[ "$count" = "$rows" ] || complain 'not as many targets as devices'
for ((i = 0; i < count; i++)); do
	id=$(field ".ssh.targets[$i].id" "$targets")
	device=".devices[] | select(.id == \"$id\")"
	policy=$(field ".ssh.targets[$i].access_policy" "$targets")
	[ "$(field "$device | .access_policy" "$snapshot")" = "$policy" ] || complain "$id: policy"
	[ "$(field "$device | .tailscale_ip" "$snapshot")" = "$(field ".ssh.targets[$i].tailscale_ip" "$targets")" ] ||
		complain "$id: tailnet address"
	if [ "$policy" != tailscale_required ]; then
		[ "$(field "$device | .lan_ip" "$snapshot")" = "$(field ".ssh.targets[$i].host" "$targets")" ] ||
			complain "$id: LAN address"
	fi
done
exit "$bad"
