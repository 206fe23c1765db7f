#!/bin/sh
# The certificate of another node, whose own daemon is asked over SSH what it serves. Each machine has
# a network of its own, so what is behind serve there is at its 127.0.0.1 and nowhere here.
#
#	scene                                     expected
#	serve has no site for the name            fail serve.no_handler, by the daemon there
#	its certificates are for other names      fail cert.not_for_name
#	a backend that answers, or is down        asked from that machine, over the same login
#	a certificate that is shown               a gate logs in to nobody
#	a rule, a key, a server that refuse,
#	another node, no target                   "not asked" with the reason; as without that daemon
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab and $status
set -u
. "$LAB/tap.sh"
. "$LAB/netlab.sh"
net_enter "$0"
net_up

NAME=harbor.bat-boa.ts.net
HERE=anvil.bat-boa.ts.net
there=$lab/there
stubs=
patience=8s
trap 'stop; sh "$LAB/lab.sh" down "$lab"; rm -rf "$lab"' EXIT
mkdir -p "$lab/here" "$there" /run/tailscale
cp gaterun.yaml "$lab/plain.yaml"
cp bindings/probe.policy.yaml "$lab/policy.yaml"
{
	cat "$lab/plain.yaml"
	echo "tailscaled_socket: \"$lab/socket\""
} > gaterun.yaml
sed -i 's/local: {mode: passive}/local: {mode: active}/' bindings/probe.policy.yaml
cp bindings/probe.policy.yaml "$lab/active.yaml"

stop() {
	for each in $stubs; do
		kill "$each" 2> /dev/null
	done
	stubs=
	rm -f "$lab/socket" /run/tailscale/tailscaled.sock
}

# stub MACHINE SOCKET FOLDER KIND@ADDRESS...
stub() {
	machine=$1
	shift
	: > "$lab/said.$machine" # what the one before said
	on "$machine" "$BUILD/live/tailnet_stub" "$@" > "$lab/said.$machine" 2>&1 &
	stubs="$stubs $!"
	until_true grep -q '^ready$' "$lab/said.$machine" || { cat "$lab/said.$machine"; exit 1; }
}

# start NODE-KIND: both daemons, and the node harbor with its backend
start() {
	stop
	stub ctl "$lab/socket" "$lab/here"
	stub harbor /run/tailscale/tailscaled.sock "$there" "$1@$(tail_of 1)" plain@127.0.0.1
	port=$(awk '$1 != "plain" && $2 != "" { print $3 }' "$lab/said.harbor")
	backend=$(awk '$1 == "plain" { print $3 }' "$lab/said.harbor")
}

# status_of FILE NAME ADDRESS DOMAIN PEER: of a daemon that runs
status_of() {
	cat > "$1" <<-END
		200
		{"Version": "1.98.1", "BackendState": "Running", "TailscaleIPs": ["$3"],
		 "Self": {"DNSName": "$2.", "TailscaleIPs": ["$3"], "Online": true, "CapMap": {"https": null}},
		 "CurrentTailnet": {"Name": "example", "MagicDNSSuffix": "bat-boa.ts.net", "MagicDNSEnabled": true},
		 "CertDomains": ["$4"], "Peer": $5}
	END
}

# site HOST PORT: what is served there
site() {
	printf '200\n{"TCP": {"%s": {"HTTPS": true}}, "Web": {"%s:%s": {"Handlers": {"/": {"Proxy": "http://127.0.0.1:%s"}}}}}\n' \
		"$port" "$1" "$port" "$2" > "$there/serve-config"
}

well() {
	status_of "$lab/here/status" "$HERE" "$(tail_of "$CTL")" "$HERE" \
		"{\"nodekey:h\": {\"DNSName\": \"$NAME.\", \"TailscaleIPs\": [\"$(tail_of 1)\"], \"Online\": true}}"
	status_of "$there/status" "$NAME" "$(tail_of 1)" "$NAME" null
	site "$NAME" "$backend"
}

diagnose() {
	said="diagnose cert $*"
	"$GATERUN" diagnose cert "$NAME:$port" --deadline "$patience" "$@" -o json > "$lab/run.json" 2> "$lab/run.err" < /dev/null
	status=$?
	jq -c '{verdict, reason, row, cause, fix, duration_ms}' "$lab/run.json" 2>&1 | sed 's/^/# /'
}

# rung NAME VERDICT PATTERN
rung() {
	check "rung $1: $2, $3" ".rungs[] | select(.name == \"$1\") | .verdict == \"$2\" and (.evidence | test(\"$3\"))"
}

# unread PATTERN: it is not known what is served there, and the rest is as it ever was
unread() {
	rung serve unknown "not asked: $1"
	rung backend unknown "not asked: $1"
	check 'the cause is what the wire shows' '.reason == "cert.own_node" and .row == 22 and .verdict == "fail"'
	check 'it is said what was not asked' '.not_checked | any(startswith("serve config: "))'
}

start alert
well

echo '# what serve does there is known'
before=$(logins harbor)
diagnose
rung serve pass "port $port on target:harbor: HTTPS; a site for $NAME"
rung backend pass "http://127.0.0.1:$backend on target:harbor accepts connections"
rung backend_http pass 'HTTP status 200'
rung domains pass "target:harbor: certificates for $NAME"
check 'what serve does is not the cause' '.verdict == "fail" and .reason == "cert.handshake"'
holds 'one login' [ "$(logins harbor)" -eq $((before + 1)) ]

site "other.bat-boa.ts.net" "$backend"
diagnose
check 'no site for the name' '.verdict == "fail" and .reason == "serve.no_handler"'
rung serve fail "no site for $NAME"

well
status_of "$there/status" "$NAME" "$(tail_of 1)" 'old.bat-boa.ts.net' null
diagnose
check 'its certificates are for another name' '.verdict == "fail" and .reason == "cert.not_for_name" and
	(.cause | test("old.bat-boa.ts.net only"))'
rung domains fail 'target:harbor: certificates for old.bat-boa.ts.net'

well
site "$NAME" 9
diagnose
rung backend fail 'http://127.0.0.1:9 on target:harbor: nothing listens'
rung backend_http unknown 'not asked: nothing listens there'

echo '# a gate asks it where no certificate is shown'
well
site "other.bat-boa.ts.net" "$backend"
# endpoint: the name, on the node itself
cat > bindings/services.health.yaml <<END
endpoints:
  - {id: harbor, host: harbor, url: "https://$NAME:$port/"}
END
verify --gate G040 --no-receipt
status_is 1
check 'with the cause that only its daemon knows' '[.gates[0].findings[] | [.subject, .verdict, .reason]] ==
	[["endpoint:harbor", "fail", "serve.no_handler"]]'

echo '# what stands in the way is said'
well
never() {
	{ cat "$lab/active.yaml"; echo "never: [{target: harbor, kinds: [$1], reason: fragile}]"; } > bindings/probe.policy.yaml
}
before=$(logins harbor)
for kind in tailnet_node ssh_command; do
	never "$kind"
	diagnose
	unread 'target:harbor, never by policy: fragile'
done
cp "$lab/active.yaml" bindings/probe.policy.yaml
holds 'nobody logged in' [ "$(logins harbor)" -eq "$before" ]

cp bindings/ssh.targets.yaml "$lab/targets"
sed -i "s/$(tail_of 1)\"/$(tail_of 99)\"/" bindings/ssh.targets.yaml
diagnose
unread 'no target has the address of that node'
cp "$lab/targets" bindings/ssh.targets.yaml

status_of "$there/status" other.bat-boa.ts.net "$(tail_of 77)" other.bat-boa.ts.net null
diagnose
unread 'the tailscaled of target:harbor is another node'
printf '403\naccess denied\n' > "$there/serve-config"
status_of "$there/status" "$NAME" "$(tail_of 1)" "$NAME" null
diagnose
unread 'target:harbor: the tailscaled at .*access denied'
rm "$there/serve-config"
patience=2s
diagnose
rung serve unknown 'no answer in time'
check 'a daemon that says nothing costs the deadline at most, and nothing else' '.reason == "cert.own_node" and .duration_ms < 3000'
patience=8s
well

server harbor stop
diagnose
unread 'there is no session to target:harbor: .*nothing listens'
server harbor start

sed 's/^identity:.*/identity: nowhere/' gaterun.yaml > new && cp gaterun.yaml "$lab/kept" && mv new gaterun.yaml
diagnose
unread 'there is no session to target:harbor: there is no usable key'
cp "$lab/kept" gaterun.yaml

find . -name '*known_hosts*' -type f > "$lab/pins"
cp "$(cat "$lab/pins")" "$lab/pins.kept"
: > "$(cat "$lab/pins")"
diagnose
unread 'there is no session to target:harbor: .*(pin|key)'
cp "$lab/pins.kept" "$(cat "$lab/pins")"

configure harbor 'AllowStreamLocalForwarding no'
diagnose
unread 'target:harbor: the tailscaled at'
unconfigure harbor

echo '# a passive run asks over the LAN, and sends nothing to the node'
diagnose --mode passive
rung serve pass 'on target:harbor: HTTPS'
rung tls unknown 'not asked'
rung backend pass "http://127.0.0.1:$backend on target:harbor accepts connections"
check 'it proves nothing' '.verdict == "unknown" and .reason == "mode.passive"'

sed -i "s|http://127.0.0.1:|http://$(tail_of 3):|" "$there/serve-config"
diagnose --mode passive
rung backend unknown 'not asked: target:harbor: '
check 'its session does not lead into the tailnet' '.rungs[] | select(.name == "backend") | .evidence | test("passive")'

echo '# a certificate that is shown says enough'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj '/CN=Ladder Test' \
	-keyout "$lab/ca.key" -out "$lab/ca.crt" 2> "$lab/openssl"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$NAME" \
	-addext "subjectAltName=DNS:$NAME" -addext basicConstraints=critical,CA:FALSE \
	-CA "$lab/ca.crt" -CAkey "$lab/ca.key" -keyout "$there/$(tail_of 1).key" -out "$there/$(tail_of 1).crt" 2> "$lab/openssl"
start tls
well
sed -i "s|https://[^\"]*|https://$NAME:$port/|" bindings/services.health.yaml
before=$(logins harbor)
SSL_CERT_FILE=$lab/ca.crt
export SSL_CERT_FILE
verify --gate G040 --no-receipt
status_is 0
holds 'a gate logs in to nobody' [ "$(logins harbor)" -eq "$before" ]
diagnose
rung serve pass 'on target:harbor: HTTPS'
check 'who asks about one name is told all of it' '.verdict == "pass"'

done_testing
