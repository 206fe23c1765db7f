#!/bin/sh
# A certificate that is configured and never comes, from real daemons: `gaterun diagnose cert` names the one
# cause, and never waits longer than it was told to.
#
#	scene                                                     expected
#	nothing is served                                         fail serve.no_listener
#	served, ACME says "later" (429), seen from another node   unknown cert.pending
#	the same, seen by the node itself                         unknown cert.pending, from three sides
#	ordered at the wrong node                                 the daemon's own words: invalid domain
# shellcheck disable=SC1091,SC2034,SC2154  # netlab.sh sets $lab
set -u
. "$LAB/tap.sh"
. "$LAB/netlab.sh"
. "$LAB/tailnet.sh"
NAMES=harbor
tailnet_enter "$0"
hanging_up

name=harbor.hang.example
sed 's/mode: passive/mode: active/' bindings/probe.policy.yaml > "$lab/policy"
cp "$lab/policy" bindings/probe.policy.yaml

# diagnose MACHINE: there, with its own daemon
diagnose() {
	sed -i '/^tailscaled_socket:/d' gaterun.yaml
	echo "tailscaled_socket: \"$lab/$1/sock\"" >> gaterun.yaml
	said="diagnose cert $name at $1"
	on "$1" "$BUILD/gaterun" diagnose cert "$name" --deadline 5s -o json > "$lab/run.json" 2> "$lab/run.err" < /dev/null
	status=$?
}

# rung NAME VERDICT PATTERN: what one step saw
rung() {
	check "$1: $2, $3" "any(.rungs[]; .name == \"$1\" and .verdict == \"$2\" and (.evidence | test(\"$3\")))"
}

echo '# nothing is served'
diagnose ctl
status_is 1
check 'the one cause' '.reason == "serve.no_listener" and .verdict == "fail"'
rung port fail 'nothing listens'

echo '# served, and no certificate comes'
localapi harbor serve-config -X POST -d "{\"TCP\": {\"443\": {\"HTTPS\": true}}, \"Web\": {\"$name:443\": {\"Handlers\":
	{\"/\": {\"Proxy\": \"http://127.0.0.1:8080\"}}}}}"
diagnose ctl
status_is 2
check 'the one cause: it is not the fault of the host' '.reason == "cert.pending" and .verdict == "unknown"'
check 'and it says where to look' '.fix | test("log")'
rung tls unknown 'silence for [0-9.]+ s'
rung serve unknown "not asked"

echo '# the same, at the machine itself'
diagnose harbor
status_is 2
check 'the one cause' '.reason == "cert.pending"'
rung issue unknown 'still pending after [0-9.]+ s'
rung serve pass "$name"
rung backend fail 'nothing listens'

echo '# a node can order for itself only'
localapi ctl "cert/$name?type=cert" > "$lab/words"
holds 'a real daemon says it as our captures do' grep -qF "invalid domain \"$name\"; must be one of [\"ctl.hang.example\"]" "$lab/words"
done_testing
