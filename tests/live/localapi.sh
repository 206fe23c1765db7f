#!/bin/sh
# What answers on the socket of the local tailscaled, good and hostile: each gives its own reason, in time,
# within the ceiling, and never a pass.
#
#	a daemon that is well                          G021 pass, G022 pass; each part asked once
#	one that needs a login                         fail auth.blocked.needs_login
#	no socket, nobody behind it                    unknown daemon.absent
#	a socket that is not for this user             unknown daemon.denied
#	403, to whatever is asked                      unknown daemon.failed
#	silence                                        unknown daemon.timeout
#	1 GB, a body without end, half a body          unknown daemon.malformed
#	no HTTP, no JSON, repeated keys, deep nesting, invalid UTF-8, wrong types   the same
# shellcheck disable=SC1091,SC2154  # tap.sh
set -u
. "$LAB/tap.sh"
. "$CASES/lib.sh"

lab=$(mktemp -d /tmp/localapi.XXXXXX)
peer=
trap 'stop; rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
mkdir "$lab/repo" "$lab/daemon"
cd "$lab/repo" || exit 1
GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
fleet
edit bindings/probe.policy.yaml 's/mode: static/mode: passive/'
echo "tailscaled_socket: $lab/sock" >> gaterun.yaml

stop() {
	[ -z "$peer" ] || kill "$peer" 2> /dev/null
	[ -z "$peer" ] || wait "$peer" 2> /dev/null
	peer=
	rm -f "$lab/sock"
}

# start KIND: what answers from now on
start() {
	stop
	: > "$lab/said"
	"$BUILD/live/localapi_peer" "$lab/sock" "$1" "$lab/daemon" > "$lab/said" 2>&1 &
	peer=$!
	until [ -s "$lab/said" ]; do sleep 0.01; done
}

well() {
	rm -f "$lab/daemon"/*
	cp "$CASES"/localapi/*.json "$lab/daemon"
}

both() {
	verify --gate G021 --gate G022 --no-receipt
}

# judged STATUS VERDICT REASON: both gates, by one finding of their own about the daemon
judged() {
	status_is "$1"
	check "$scene: $2 $3" "all(.gates[]; .verdict == \"$2\" and (.findings | length) == 1 and
		.findings[0].reason == \"$3\" and .findings[0].subject == \"daemon:local\")"
}

# says WORDS: the message of both
says() {
	check "$scene: \"$1\"" "all(.gates[]; .findings[0].message | contains(\"$1\"))"
}

scene='a daemon that is well'
well
start files
both
status_is 0
check "$scene: pass" 'all(.gates[]; .verdict == "pass" and .findings == []) and (.gates | length) == 2'
holds "$scene: each part is asked once, by GET" test "$(sort "$lab/daemon/asked" | tr '\n' ';')" = \
	'GET /localapi/v0/prefs HTTP/1.1;GET /localapi/v0/status HTTP/1.1;'

scene='a static run'
rm "$lab/daemon/asked"
verify --gate G021 --gate G022 --mode static --no-receipt
check "$scene: skip" 'all(.gates[]; .verdict == "skip")'
holds "$scene: nothing is asked" test ! -e "$lab/daemon/asked"

scene='one that needs a login'
cat > "$lab/daemon/status.json" << 'END'
{"Version":"1.98.9","TUN":true,"BackendState":"NeedsLogin","AuthURL":"https://login.tailscale.com/a/12ab34cd","TailscaleIPs":null,
"Self":{"ID":"","NodeID":0,"PublicKey":"","HostName":"anvil","DNSName":"","OS":"linux","TailscaleIPs":null,"Addrs":null},
"Health":null,"MagicDNSSuffix":"","CurrentTailnet":null,"CertDomains":null,"Peer":null,"User":null,"ClientVersion":null}
END
both
judged 1 fail auth.blocked.needs_login
holds "$scene: the login page is shown nowhere" sh -c "! grep -q 12ab34cd '$lab/run.json'"

scene='a stopped one'
sed -i.was 's/NeedsLogin/Stopped/; s|"https://login[^"]*"|""|' "$lab/daemon/status.json"
both
status_is 1
check "$scene: G022 fails, G021 is unknown" '[.gates[].findings[0].reason] == ["tailnet.unseen", "node.not_running"]'

scene='prefs that cannot be had'
well
rm "$lab/daemon/prefs.json"
both
status_is 2
check "$scene: G021 pass, G022 unknown" '[.gates[].verdict] == ["pass", "unknown"] and .gates[1].findings[0].reason == "daemon.outdated"'

scene='no socket'
stop
both
judged 2 unknown daemon.absent

scene='a socket that nobody listens on'
start bound
both
judged 2 unknown daemon.absent

if [ "$(id -u)" -ne 0 ]; then
	scene='a socket that is not for this user'
	start files
	chmod 0 "$lab/sock"
	both
	judged 2 unknown daemon.denied
fi

scene='403'
start forbidden
both
judged 2 unknown daemon.failed
says 'invalid localapi request'

scene='silence'
start silent
both
judged 2 unknown daemon.timeout
check "$scene: not longer than a daemon may take" '.duration_ms < 8000'

for scene in huge endless garbage half; do
	start "$scene"
	both
	judged 2 unknown daemon.malformed
done

# with NAME BYTES...: the status is these bytes
with() {
	scene=$1
	well
	shift
	printf "$@" > "$lab/daemon/status.json"
	both
	judged 2 unknown daemon.malformed
}

start files
with 'no JSON' '<html>'
with 'no bytes' ''
with 'a repeated key' '{"BackendState":"Running","BackendState":"Stopped"}'
says "the key 'BackendState' stands twice"
with 'invalid UTF-8' '{"BackendState":"\377"}'
with 'a wrong type' '{"BackendState":"Running","Peer":[]}'
says "'Peer' is a list, expected a map"
with 'half of it' '{"BackendState":"Running"'
with 'something else' '[]'
deep=$(printf '%0100d' 0 | tr 0 '[')
with 'deep nesting' "$deep"
says 'nested deeper than 64'
with 'control characters' '{"BackendState":"Running","Self":{"TailscaleIPs":["\\u001b[2J"]}}'
holds "$scene: none comes out" sh -c "! grep -q '[[:cntrl:]]' '$lab/run.json'"

done_testing
