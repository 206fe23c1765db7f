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
	: > "$lab/stub" # or the "ready" of the one before would be taken for this one's
	rm -f "$lab/socket"
	"$BUILD/live/tailnet_stub" "$lab/socket" "$lab/api" "$@" > "$lab/stub" 2>&1 &
	stub=$!
	until_true grep -q '^ready$' "$lab/stub" || { cat "$lab/stub"; exit 1; }
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

# ---- the second incident

SUFFIX=bat-boa.ts.net
HOST=storage.$SUFFIX
GOOD='grafana jellyfin bazarr overseerr tautulli nzbget transmission prowlarr'
SERVICES="$GOOD sonarr radarr prometheus alertmanager loki"

# service_address NAME: each has an address of its own, storage has the first
service_address() {
	number=2
	for each in $SERVICES; do
		[ "$each" != "$1" ] || { echo "127.0.3.$number"; return; }
		number=$((number + 1))
	done
	echo 127.0.3.1
}

# certificate FILE NAME: a good one, of the authority of this test
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$2" \
		-addext "subjectAltName=DNS:$2" -addext basicConstraints=critical,CA:FALSE \
		-CA "$lab/ca.crt" -CAkey "$lab/ca.key" -keyout "$1.key" -out "$1.crt" 2> "$lab/openssl"
}

echo '# seed 002: thirteen services on nodes of their own'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj '/CN=Ladder Test' \
	-keyout "$lab/ca.key" -out "$lab/ca.crt" 2> "$lab/openssl"
SSL_CERT_FILE=$lab/ca.crt
export SSL_CERT_FILE
nodes=tls@127.0.3.1
certificate "$lab/api/127.0.3.1" "$HOST"
for name in $GOOD prometheus; do
	address=$(service_address "$name")
	# Prometheus fell back to the host: its node shows the host's certificate.
	certificate "$lab/api/$address" "$(if [ "$name" = prometheus ]; then echo "$HOST"; else echo "$name.$SUFFIX"; fi)"
	nodes="$nodes tls@$address"
done
for name in sonarr radarr alertmanager; do
	nodes="$nodes alert@$(service_address "$name")"
done
# shellcheck disable=SC2086  # words on purpose
stub_up $nodes

# What the daemon of the main host says. It has no peer loki.
{
	cat <<-END
		{"Version": "1.92.3", "BackendState": "Running", "TailscaleIPs": ["127.0.3.1"],
		 "Self": {"DNSName": "$HOST.", "TailscaleIPs": ["127.0.3.1"], "Online": true, "CapMap": {"https": null}},
		 "CurrentTailnet": {"Name": "example", "MagicDNSSuffix": "$SUFFIX", "MagicDNSEnabled": true},
		 "CertDomains": ["$HOST"], "Peer": {
	END
	for name in $SERVICES; do
		[ "$name" != loki ] || continue
		echo "\"nodekey:$name\": {\"DNSName\": \"$name.$SUFFIX.\", \"TailscaleIPs\": [\"$(service_address "$name")\"], \"Online\": true},"
	done | sed '$s/,$//'
	echo '}}'
} | says status 200
echo "{\"TCP\": {\"$(port_of 127.0.3.1)\": {\"HTTPS\": true}}, \"Web\": {\"$HOST:$(port_of 127.0.3.1)\":
	{\"Handlers\": {\"/\": {\"Text\": \"storage\"}}}}}" | says serve-config 200
printf 'invalid domain "%s"; must be one of ["%s"]\n' "alertmanager.$SUFFIX" "$HOST" | says "cert_alertmanager.$SUFFIX" 500

# The repo. Somebody wrote that the host serves alertmanager's name.
cat > gaterun.yaml <<-END
	version: 1
	repo: ladder.test
	gates: shipped
	tailscaled_socket: $lab/socket
END
{
	echo 'ssh: {targets: ['
	echo "{id: storage, host: 127.0.0.1, tailscale_ip: 127.0.3.1}]}"
} > bindings/ssh.targets.yaml
{
	echo 'tailnet: example'
	echo 'devices:'
	for name in storage $SERVICES; do
		echo "  - {id: $name, fqdn: $name.$SUFFIX, tailscale_ip: $(service_address "$name"), access_policy: tailscale_required}"
	done
} > bindings/tailscale.tailnet.snapshot.yaml
{
	echo 'endpoints:'
	for name in storage $SERVICES; do
		node=$name
		[ "$name" != alertmanager ] || node=storage
		port=$(port_of "$(service_address "$name")")
		echo "  - {id: $name, host: storage, url: \"https://$name.$SUFFIX:${port:-443}/\", tls: {node: $node}}"
	done
} > bindings/services.health.yaml
git init -q --template= -b main . && git add -A && git commit -q -m ladder

# found NAME VERDICT REASON PATTERN: what G040 says of an endpoint
found() {
	check "$1: $2 $3" ".gates[] | select(.id == \"G040\") | any(.findings[]; .subject == \"endpoint:$1\" and
		.verdict == \"$2\" and .reason == \"$3\" and ((.message + .hint) | test(\"$4\")))"
}

verify --gate G040
status_is 1
check 'each of the fourteen names is judged' '.gates[0].checked == 14'
check 'in seconds' '.duration_ms < 9000'
for name in storage $GOOD; do
	check "$name: nothing is wrong with it" "all(.gates[0].findings[]; .subject != \"endpoint:$name\")"
done
found sonarr fail cert.own_node "alert 80 .internal_error. after [0-9]+ ms.*sonarr.$SUFFIX"
found radarr fail cert.own_node "radarr.$SUFFIX has no certificate for its name"
found loki fail cert.node_absent "the tailnet has no node loki.$SUFFIX"
found prometheus fail cert.name_mismatch "the certificate is of $HOST, not of prometheus.$SUFFIX"
found alertmanager fail cert.name_not_ours "may have only $HOST.*must be one of.*ask alertmanager.$SUFFIX itself"
check 'nobody else is blamed' '([.gates[0].findings[].subject] | sort) ==
	["endpoint:alertmanager", "endpoint:loki", "endpoint:prometheus", "endpoint:radarr", "endpoint:sonarr"]'

echo '# its acceptance criteria, from the receipt alone'
receipt=$(jq -r .receipt.file "$lab/run.json")
holds 'the receipt verifies' "$GATERUN" receipt verify "$receipt"
jq -r .payload "$receipt" | base64 -d | jq . > "$lab/run.json"
# criterion SENTENCE FILTER: of the gate's record in the receipt
criterion() {
	check "$1" "[.. | objects | select(.gate? == \"G040\" or .id? == \"G040\")] | .[0] | $2"
}
criterion '#1 TLS succeeds for grafana: it was judged, and is not among the findings' \
	'tostring | (test("endpoint:sonarr") and (test("endpoint:grafana") | not))'
criterion '#2 not all services answer: five do not' \
	'[.. | .subject? // empty] | unique | length == 5'
criterion '#3 where nodes get no certificate of their own is named' \
	'[.. | objects | select(.reason? == "cert.own_node") | .subject] | sort == ["endpoint:radarr", "endpoint:sonarr"]'
criterion '#4 each of the others has one cause' \
	'[.. | objects | select(.subject?) | .reason] | sort == ["cert.name_mismatch", "cert.name_not_ours", "cert.node_absent", "cert.own_node", "cert.own_node"]'

echo '# what the main host serves works end to end'
verify --gate G041 --no-receipt
status_is 0
check 'its one site is judged' '.gates[0].checked == 1'

echo '# what is of the whole tailnet is told once, and found for each name'
cp "$lab/api/status" "$lab/status.kept"
sed 's/"CapMap": {"https": null}/"CapMap": {}/; s/"CertDomains": [[][^]]*[]]/"CertDomains": null/' "$lab/status.kept" > "$lab/api/status"
verify --gate G040 --no-receipt
status_is 1
for name in sonarr radarr alertmanager loki; do
	found "$name" fail cert.https_off 'not enabled in the tailnet'
done
check 'they share their cause, and nothing else does' "[.gates[0].findings[] | select(.caused_by == \"tailnet:$SUFFIX cert.https_off\")] | length == 4"
found prometheus fail cert.name_mismatch "the certificate is of $HOST"
"$GATERUN" verify --gate G040 --no-receipt > "$lab/text" 2> /dev/null
holds 'in the report it stands once, with the count' grep -q "4 endpoints fail, one cause: tailnet:$SUFFIX" "$lab/text"
says status 200 <<-'END'
	{"Version": "1.92.3", "BackendState": "NeedsLogin", "AuthURL": "https://login.tailscale.com/a/x", "Self": {"HostName": "storage"}}
END
verify --gate G040 --no-receipt
check 'so is what is of the daemon here' '[.gates[0].findings[] | select(.reason == "auth.blocked.needs_login")] | length > 1 and
	all(.caused_by == "daemon:local auth.blocked.needs_login" and .verdict == "fail")'
cp "$lab/status.kept" "$lab/api/status"

echo '# without a daemon here, the snapshot has the addresses'
cp gaterun.yaml "$lab/kept"
sed 's/^tailscaled_socket:.*/&.absent/' "$lab/kept" > gaterun.yaml
verify --gate G040 --no-receipt
check 'grafana is asked at its own node' 'all(.gates[0].findings[]; .subject != "endpoint:grafana") and .gates[0].checked >= 12'
found sonarr fail cert.own_node 'no daemon was read'
verify --gate G041 --no-receipt
status_is 2
check 'what it serves is unknown, with one cause' '[.gates[0].findings[] | [.subject, .verdict, .reason]] == [["daemon:local", "unknown", "daemon.absent"]]'
cp "$lab/kept" gaterun.yaml

echo '# an authority of one'"'"'s own is known by the setting of a gate, too'
unset SSL_CERT_FILE
mkdir gates
cp "$lab/ca.crt" ca.pem
# own_gate WITH
own_gate() {
	cat > gates/001-own.yaml <<-END
		{id: A1, title: Names are served, kind: cert_obtainable, with: {$1 endpoints: [grafana]}, packs: [fast],
		 severity: high, enforce: true, timeout: 20s, owner: ops, review_by: 2099-01-01, triage: Look., explain: Why.}
	END
	verify --gate A1 --no-receipt
}
sed 's/^gates:.*/gates: gates/' gaterun.yaml > new && mv new gaterun.yaml
own_gate 'ca: ca.pem,'
status_is 0
check 'with it, the name is' '.gates[0].checked == 1'
own_gate 'ca: absent.pem,'
status_is 2
check 'a file that is not there is said' '[.gates[0].findings[] | [.subject, .reason]] == [["file:absent.pem", "file.absent"]]'
own_gate ''
status_is 1
check 'without it, the certificate is not trusted' '[.gates[0].findings[].reason] == ["cert.untrusted"]'
rm -rf gates
SSL_CERT_FILE=$lab/ca.crt
export SSL_CERT_FILE

# ---- one cause each

# cause SENTENCE REASON VERDICT: of the diagnosis
cause() {
	check "$1: $2" ".reason == \"$2\" and .verdict == \"$3\""
}

echo '# what the wire shows'
rm -rf .git bindings/*.yaml
repo active
stub_up late@127.0.2.1 closed@127.0.2.2 plain@127.0.2.3 gateway@127.0.2.4
# of ADDRESS: the daemon's node is there
of() {
	port=$(port_of "$1")
	mac_says "[\"$MAC\"]" '{"https": null}' "$port"
	sed "s/127\.0\.2\.1/$1/g; s/127\.0\.0\.9:/127.0.0.9:9/" "$lab/api/status" > "$lab/api/new" && mv "$lab/api/new" "$lab/api/status"
}
of 127.0.2.1
diagnose "$MAC:$port" --deadline 4s
cause 'an alert after more than a second, and an order that hangs' cert.pending unknown
echo '-----BEGIN CERTIFICATE-----' | says "cert_$MAC" 200
diagnose "$MAC:$port" --deadline 4s
cause 'the same alert, and no order' cert.order_failed fail
rung tls fail 'after 1[.][0-9] s'
of 127.0.2.2
diagnose "$MAC:$port" --deadline 4s
cause 'closed before TLS began' serve.closed fail
of 127.0.2.3
diagnose "$MAC:$port" --deadline 4s
cause 'HTTP without TLS' tls.plain_http fail
certificate "$lab/api/127.0.2.4" "$MAC"
of 127.0.2.4
diagnose "$MAC:$port" --deadline 4s
cause 'a gateway without its backend' serve.backend_down fail
rung certificate pass 'trusted, until'
rung http fail 'HTTP status 502'

echo '# a name of the LAN, in a passive run'
repo passive
certificate "$lab/api/127.0.2.5" nas.example
stub_up tls@127.0.2.5
sed '/bindings:/d' gaterun.yaml > new && mv new gaterun.yaml
port=$(port_of 127.0.2.5)
echo 'ssh: {targets: [{id: nas, host: 127.0.2.5, access_policy: lan_only}]}' > bindings/ssh.targets.yaml
echo "endpoints: [{id: files, host: nas, url: \"https://127.0.2.5:$port/\", tls: {name: nas.example}}]" > bindings/services.health.yaml
diagnose "nas.example:$port"
status_is 0
check 'it passes' '.verdict == "pass" and .cause == null'
rung name pass 'endpoint:files'
rung address pass "127.0.2.5, by its target's row"
rung http pass 'HTTP status 200'
check 'the tailnet is not its business' '[.rungs[] | select(.name == "serve" or .name == "issue" or .name == "backend") | .verdict] == ["skip", "skip", "skip"]'
diagnose "https://127.0.2.5:$port/"
status_is 1
cause 'asked by its address' cert.name_mismatch fail
rm bindings/ssh.targets.yaml bindings/services.health.yaml
repo active

echo '# what the daemon says'
kill "$stub"
stub=
stub_up alert@127.0.2.1
of 127.0.2.1
# answer SENTENCE STATUS TEXT REASON VERDICT
answer() {
	echo "$3" | says "cert_$MAC" "$2"
	diagnose "$MAC:$port" --deadline 4s
	cause "$1" "$4" "$5"
}
answer 'no certificates for this tailnet' 500 'your Tailscale account does not support getting TLS certs' cert.unsupported fail
answer 'a name that nobody has' 500 "invalid domain \"$MAC\"; must be one of [\"$HOST\"]" cert.name_unknown fail
answer 'a record that was not made' 500 'SetDNS "_acme-challenge.x" => "t": set-dns response: 500 Internal Server Error, failed to create DNS record' cert.dns_record fail
answer 'no authority to be reached' 500 'acme.GetReg: Get "https://acme-v02.api.letsencrypt.org/directory": x509: certificate signed by unknown authority' cert.acme_unreachable fail
answer 'a limit' 500 '429 urn:ietf:params:acme:error:rateLimited: too many certificates' cert.rate_limited fail
answer 'a limit, as 429' 429 'rate limited' cert.rate_limited fail
answer 'no permission' 403 'cert access denied' cert.access_denied unknown
answer 'taken for a browser' 403 'invalid localapi request' daemon.denied unknown
answer 'a certificate, and an alert all the same' 200 '-----BEGIN CERTIFICATE-----' cert.handshake fail
echo '{}' | says serve-config 200
diagnose "$MAC:$port" --deadline 4s
cause 'no site for the name' serve.no_handler fail
echo '{"Version": "1.92.3", "BackendState": "NeedsLogin", "AuthURL": "https://login.tailscale.com/a/x", "Self": {"HostName": "mac"}}' | says status 200
diagnose "$MAC:$port" --deadline 4s
cause 'a login that waits' auth.blocked.needs_login fail
mac_says "[\"$MAC\"]" '{"https": null}' "$port"
echo 'devices: [{id: mac, fqdn: mneme-macbook-pro14.ayu-scylla.ts.net, access_policy: tailscale_required}]' > bindings/tailscale.tailnet.snapshot.yaml
echo "never: [{target: mac, kinds: [cert_obtainable], reason: \"it is somebody's own\"}]" >> bindings/probe.policy.yaml
diagnose "$MAC:$port" --deadline 4s
cause 'a rule of the policy' policy.never unknown
rung tls unknown "not asked: it is somebody's own"
repo active
kill "$stub"
stub=
rm -f "$lab/socket" bindings/tailscale.tailnet.snapshot.yaml
diagnose "$MAC:$port" --mode passive
status_is 2
cause 'no daemon at all' daemon.absent unknown

done_testing
