#!/bin/sh
# What a repo says of a tailnet, against real daemons that change under it.
#
#	scene                                   expected
#	as declared                             snapshot refresh writes nothing twice; G020, G021, G022 pass
#	we offer a route, which is approved     G022 no fail node.routes: headscale tells us late, or never
#	each machine by its own daemon          tailnet_node with `nodes: targets` passes, and fails where it is down
#	a machine takes another name            G021 fail tailnet.fqdn
#	a machine takes a name that is in use   G021 fail tailnet.naming_drift
#	a machine stops                         G021 remark tailnet.offline
#	a machine is removed                    G021 fail tailnet.gone
#	our daemon is down                      G022 fail node.not_running, G021 unknown
#	our key has expired                     G022 fail auth.blocked.needs_login
#	our daemon is not there                 both unknown, one cause
# shellcheck disable=SC1091,SC2154  # netlab.sh sets $lab
set -u
. "$LAB/tap.sh"
. "$LAB/netlab.sh"
. "$LAB/tailnet.sh"
tailnet_enter "$0"
tailnet_up
echo "tailscaled_socket: \"$lab/ctl/sock\"" >> gaterun.yaml

scene() {
	echo "# $*"
}

# says GATE SUBJECT VERDICT REASON
says() {
	check "$1, $2: $3 $4" "any(.gates[] | select(.id == \"$1\") | .findings[];
		.subject == \"$2\" and .verdict == \"$3\" and .reason == \"$4\")"
}

look() {
	verify --gate G021 --gate G022 --no-receipt
}

# Does the control host see this of a machine?
sees() {
	localapi ctl status | jq -e "any(.Peer[]; $1)"
}

# Has the control host a connection to the control server?
online() {
	localapi ctl status | jq -e '.Self.Online'
}

in_state() {
	[ "$(localapi "$1" status | jq -r .BackendState)" = "$2" ]
}

scene 'as declared'
"$GATERUN" snapshot refresh > "$lab/refreshed" 2>&1
holds 'a refresh adds the control host' grep -q '^+ ctl: ' "$lab/refreshed"
cp bindings/tailscale.tailnet.snapshot.yaml "$lab/snapshot"
"$GATERUN" snapshot refresh > /dev/null 2>&1
holds 'a second one changes no byte' cmp bindings/tailscale.tailnet.snapshot.yaml "$lab/snapshot"
holds 'and there is nothing left to do' "$GATERUN" snapshot refresh --check
verify --gate G020 --gate G021 --gate G022 --no-receipt
status_is 0
check 'all four devices were compared' 'any(.gates[]; .id == "G021" and .checked == 4)'

scene 'we offer a route, and it is approved'
tailscale ctl set --advertise-routes=10.9.0.0/24
until_true eval 'headscale nodes list-routes | grep -q 10.9.0.0/24'
headscale nodes approve-routes -i 1 -r 10.9.0.0/24 > /dev/null
look
check 'no route fails' 'all(.gates[].findings[]; .reason != "node.routes" or .verdict != "fail")'
tailscale ctl set --advertise-routes=

scene 'each machine by its own daemon, over SSH'
cp -R . "$lab/own"
mkdir "$lab/own/gates"
for name in $NAMES; do
	cat > "$lab/own/gates/N_$name.yaml" <<-END
	id: N$(number_of "$name")
	title: the node of $name
	kind: tailnet_node
	with: {nodes: targets, socket: "$lab/$name/sock", tags: ["tag:$name"], ignore_health: [Some peers are advertising routes]}
	targets: {ids: [$name]}
	packs: [own]
	severity: high
	owner: ops
	triage: look
	explain: because
	END
done
sed -i 's/^gates: .*/gates: gates/' "$lab/own/gaterun.yaml"
own() {
	verify own --root "$lab/own" --no-receipt
}
own
status_is 0
check 'each says itself that it is well' '[.gates[] | [.verdict, .checked]] == [["pass", 1], ["pass", 1], ["pass", 1]]'
tailscale lantern down
until_true in_state lantern Stopped
own
status_is 1
check 'one that is down says so' '[.gates[].findings[] | select(.verdict != "pass") | [.subject, .verdict, .reason]] ==
	[["target:lantern", "fail", "node.not_running"]]'
tailscale lantern up --login-server "https://$CONTROL:8443" --hostname lantern --accept-dns=false \
	--netfilter-mode=off > /dev/null 2>&1
until_true in_state lantern Running

scene 'a machine takes another name'
tailscale harbor set --hostname=port
until_true sees '.DNSName == "port.lab.example."'
look
says G021 device:harbor fail tailnet.fqdn

scene 'a machine takes a name that is in use'
tailscale harbor set --hostname=mill
until_true sees '.HostName == "mill" and .DNSName != "mill.lab.example." and .DNSName != "port.lab.example."'
look
says G021 device:harbor fail tailnet.naming_drift
tailscale harbor set --hostname=harbor
until_true sees '.DNSName == "harbor.lab.example."'

scene 'a machine stops'
daemon_stop mill
until_true sees '.HostName == "mill" and (.Online | not)'
look
says G021 device:mill pass tailnet.offline
own
status_is 2
check 'its own daemon cannot be asked, and why' 'any(.gates[].findings[]; .subject == "target:mill" and
	.verdict == "unknown" and .reason == "daemon.unreached")'

scene 'a machine is removed'
headscale nodes delete -i 3 --force > /dev/null 2>&1
until_true eval '! sees ".HostName == \"lantern\""'
until_true online # the control server lets go of everybody for a moment
look
status_is 1
says G021 device:lantern fail tailnet.gone

scene 'our daemon is down'
tailscale ctl down
look
status_is 1
says G022 daemon:local fail node.not_running
check 'G021 is unknown, and says so once' 'any(.gates[]; .id == "G021" and .verdict == "unknown" and
	([.findings[].subject] == ["daemon:local"]))'

scene 'our key has expired'
tailscale ctl up --login-server "https://$CONTROL:8443" --hostname ctl --accept-dns=false \
	--netfilter-mode=off 2> /dev/null
headscale nodes expire -i 1 > /dev/null 2>&1
until_true in_state ctl NeedsLogin
look
status_is 1
says G022 daemon:local fail auth.blocked.needs_login

scene 'our daemon is not there'
daemon_stop ctl
look
status_is 2
check 'nothing is known, and it has one cause' '[.gates[] | select(.verdict == "unknown")] | length == 2'
holds 'a refresh says 2' eval '"$GATERUN" snapshot refresh > "$lab/refreshed" 2>&1; [ $? -eq 2 ]'
done_testing
