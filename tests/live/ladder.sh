#!/bin/sh
# Two incidents that took people hours, replayed: one command, one answer. The daemon is a stub that
# says what the real one said, and each node of the tailnet listens on a loopback address of its own.
# shellcheck disable=SC1091,SC2154  # tap.sh sets lab and status
set -u
. "$LAB/tap.sh"

MAC=mneme-macbook-pro14.ayu-scylla.ts.net
lab=$(mktemp -d "${TMPDIR:-/tmp}/lab.XXXXXX")
stub=
trap '[ -z "$stub" ] || kill "$stub"; rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
mkdir -p "$lab/api" "$lab/repo/bindings"
cd "$lab/repo" || exit 1

# stub_up KIND@ADDRESS...: start the daemon and the nodes anew
stub_up() {
	[ -z "$stub" ] || kill "$stub"
	rm -f "$lab/socket"
	"$BUILD/live/tailnet_stub" "$lab/socket" "$lab/api" "$@" > "$lab/stub" 2>&1 &
	stub=$!
	tries=0
	until grep -q '^ready$' "$lab/stub"; do
		tries=$((tries + 1))
		[ "$tries" -lt 500 ] || { cat "$lab/stub"; exit 1; }
		sleep 0.01
	done
}

# port_of ADDRESS
port_of() {
	awk -v address="$1" '$2 == address { print $3 }' "$lab/stub"
}

# says FILE STATUS: what the LocalAPI says at a path, from standard input
says() {
	{ echo "$2"; cat; } > "$lab/api/$1.new" && mv "$lab/api/$1.new" "$lab/api/$1"
}

# diagnose WORDS...: its JSON is what the next statements are about
diagnose() {
	said="diagnose cert $*"
	"$GATERUN" diagnose cert "$@" -o json > "$lab/run.json" 2> "$lab/run.err" < /dev/null
	status=$?
	jq -c '{verdict, reason, row, cause, fix, duration_ms}' "$lab/run.json" 2>&1 | sed 's/^/# /'
}

# rung NAME VERDICT PATTERN
rung() {
	check "rung $1: $2, $3" ".rungs[] | select(.name == \"$1\") |
		.verdict == \"$2\" and (.evidence | test(\"$3\"))"
}

# repo MODE: an empty ops repo whose policy grants that locally
repo() {
	cat > gaterun.yaml <<-END
		version: 1
		repo: ladder.test
		gates: shipped
		bindings: {ssh_targets: none, known_hosts: none}
		tailscaled_socket: $lab/socket
	END
	cat > bindings/probe.policy.yaml <<-END
		version: 1
		contexts: {local: {mode: $1}}
	END
}

# mac_says CERT-DOMAINS CAPMAP PORT: status and serve configuration of the first incident
mac_says() {
	says status 200 <<-END
		{"Version": "1.92.3", "BackendState": "Running", "AuthURL": "", "TailscaleIPs": ["127.0.2.1"],
		 "Self": {"ID": "n1CNTRL", "HostName": "mneme-macbook-pro14", "DNSName": "$MAC.", "OS": "macOS",
		  "TailscaleIPs": ["127.0.2.1"], "Online": true, "CapMap": $2},
		 "CurrentTailnet": {"Name": "example", "MagicDNSSuffix": "ayu-scylla.ts.net", "MagicDNSEnabled": true},
		 "CertDomains": $1, "Peer": null}
	END
	says serve-config 200 <<-END
		{"TCP": {"$3": {"HTTPS": true}},
		 "Web": {"$MAC:$3": {"Handlers": {"/": {"Proxy": "http://127.0.0.9:$(port_of 127.0.0.9)"}}}}}
	END
}

echo '# seed 001: serve is configured, the port accepts, TLS never ends'
repo active
stub_up silent@127.0.2.1 plain@127.0.0.9
port=$(port_of 127.0.2.1)
mac_says null null "$port"
diagnose "$MAC:$port" --deadline 6s
status_is 1
check 'the one cause' '.reason == "cert.https_off" and .row == 7 and
	.cause == "HTTPS certificates are not enabled in the tailnet"'
check 'the step for an admin' '.fix | test("enables HTTPS Certificates on the DNS page.*https://login.tailscale.com/admin/dns")'
check 'in seconds' '.duration_ms < 7000'
echo '# the eight steps of its diagnosis, each a rung with evidence of its own'
rung daemon pass 'tailscaled 1.92.3 answers'
rung state pass 'Running, online'
rung serve pass "HTTPS; a site for $MAC"
rung port pass "127.0.2.1 port $port: accepts connections"
rung backend pass 'http://127.0.0.9:.* accepts connections'
rung backend_http pass 'HTTP status 200'
rung tls unknown 'silence for [0-9.]+ s'
rung issue unknown 'still pending after [0-9.]+ s'
rung domains fail 'no name to have certificates for; MagicDNS is on, the capability https is not there'

echo '# the variant that ends each handshake at once'
stub_up alert@127.0.2.1 plain@127.0.0.9
port=$(port_of 127.0.2.1)
mac_says null null "$port"
diagnose "$MAC:$port"
status_is 1
check 'the same cause' '.reason == "cert.https_off"'
check 'in seconds' '.duration_ms < 7000'
rung tls fail 'alert 80 .internal_error. after [0-9]+ ms'

echo '# in a passive run it is known without a packet to the node'
repo passive
diagnose "$MAC:$port"
status_is 1
check 'the same cause' '.reason == "cert.https_off"'
check 'what was not asked is said' '.not_checked | any(. == "certificate endpoint: it may cause an order, and the run is passive")'
check 'at once' '.duration_ms < 2000'
rung tls unknown 'not asked'

echo '# once an admin has enabled it, and the order is under way'
repo active
mac_says "[\"$MAC\"]" '{"https": null}' "$port"
stub_up silent@127.0.2.1 plain@127.0.0.9
port=$(port_of 127.0.2.1)
mac_says "[\"$MAC\"]" '{"https": null}' "$port"
diagnose "$MAC:$port" --deadline 3s
status_is 2
check 'pending or rate limited, and not a failure' '.reason == "cert.pending" and .verdict == "unknown" and
	(.cause | test("pending or rate limited, after [0-9.]+ s")) and (.fix | test("journalctl"))'
check 'never later than it may' '.duration_ms < 4000'

done_testing
