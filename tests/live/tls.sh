#!/bin/sh
# TLS endpoints on real servers (openssl s_server, nginx) and on hostile ones: what each is judged as,
# and that a thousand of them, of which fifty never answer, are done within one deadline.
# shellcheck disable=SC1091,SC2154  # tap.sh
set -u
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/tls.XXXXXX")" && pwd -P)
started=''
stop_all() {
	for each in $started; do
		kill "$each" 2> /dev/null
	done
	wait
	rm -rf "$lab"
}
trap stop_all EXIT
trap 'exit 143' INT TERM HUP
# The thorough unwinder that suite.sh asks for costs 50 ms a handshake, and nothing here needs it.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:fast_unwind_on_malloc=1"
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
export GIT_CONFIG_GLOBAL=/dev/null

# ---- servers

mkdir "$lab/pem" "$lab/repo"
"$BUILD/live/tls_peers" "$lab/pem" > "$lab/peers" 2>&1 &
started="$started $!"
until_true grep -q '^ready$' "$lab/peers" || { cat "$lab/peers"; exit 1; }

# port_of KIND: of a hostile server
port_of() {
	awk -v kind="$1" '$1 == kind { print $2 }' "$lab/peers"
}

# s_server NAME CERTIFICATE WORD...: a server of OpenSSL; its port is in $port
s_server() {
	name=$1 pem=$lab/pem/$2
	shift 2
	openssl s_server -accept 127.0.0.1:0 -www -cert "$pem.pem" -cert_chain "$pem.pem" -key "$pem.key" "$@" \
		> "$lab/$name.log" 2>&1 < /dev/null &
	started="$started $!"
	until_true grep -qs '^ACCEPT' "$lab/$name.log" || { cat "$lab/$name.log"; exit 1; }
	port=$(sed -n 's/^ACCEPT .*:\([0-9]*\).*/\1/p' "$lab/$name.log" | head -n 1)
}

# ---- the repo

cd "$lab/repo" || exit 1
mkdir bindings gates
printf 'version: 1\nrepo: tls.example\ngates: gates\n' > gaterun.yaml
cp "$lab/pem/ca.pem" ca.pem
cat > bindings/ssh.targets.yaml <<'END'
ssh:
  targets:
    - {id: box, host: 127.0.0.1, user: ops, access_policy: lan_only}
END
node=127.0.0.1
[ "$(uname -s)" != Linux ] || node=127.0.0.9
cat > bindings/tailscale.tailnet.snapshot.yaml <<END
devices:
  - {id: own-node, fqdn: node.many.example, lan_ip: $node, access_policy: lan_only}
END
echo 'endpoints:' > bindings/services.health.yaml

# endpoint ID PORT [NAME]
endpoint() {
	echo "  - {id: $1, host: box, url: 'https://${3:-$1.shop.example}:$2/'}" >> bindings/services.health.yaml
}

# gate ID WITH [TIMEOUT]
gate() {
	cat > "gates/$1.yaml" <<-END
	id: $1
	title: a test gate
	kind: tls_endpoint
	with: $2
	packs: [run]
	severity: high
	owner: ops
	triage: look
	explain: because
	timeout: ${3:-20s}
	END
}

# is ID VERDICT REASON [MESSAGE]: the one finding about an endpoint
is() {
	check "$1: $2, $3" ".gates[0].findings | map(select(.subject == \"endpoint:$1\")) | length == 1 and
		.[0].verdict == \"$2\" and .[0].reason == \"$3\" and (.[0].message | test(\"${4:-.}\"))"
}

passes() {
	check "$1 passes" ".gates[0].findings | map(select(.subject == \"endpoint:$1\")) == []"
}

for name in good expired early ending late own alone staging huge; do
	s_server "$name" "$name"
	endpoint "$name" "$port"
done
good=$(sed -n 's/^ACCEPT .*:\([0-9]*\).*/\1/p' "$lab/good.log" | head -n 1)
s_server other other
endpoint other "$port"
s_server old good -tls1 -cipher DEFAULT:@SECLEVEL=0
endpoint old "$port" good.shop.example
s_server twelve good -tls1_2
endpoint twelve "$port" good.shop.example
s_server client good -Verify 1 -tls1_2
endpoint client12 "$port" good.shop.example
s_server client13 good -Verify 1 -tls1_3
endpoint client13 "$port" good.shop.example
endpoint address "$good" 127.0.0.1
for kind in silent half drip alert late_alert garbage nonsense endless http ssh close reset; do
	endpoint "$kind" "$(port_of $kind)"
done
gate T1 '{ca: ca.pem, handshake: 4s}' 30s
gate T2 '{endpoints: [good], allow_private_ca: false}'
gate T3 '{endpoints: [good, own], allow_private_ca: true}'
gate T4 '{endpoints: [good, twelve], ca: ca.pem, min_version: "1.3"}'
gate T5 '{endpoints: [good], ca: ca.pem, min_days: 61}'
gate T6 '{endpoints: [good], ca: gone.pem}'
gate T7 '{endpoints: [good], ca: gaterun.yaml}'
gate T8 '{endpoints: [good], vantage: nobody}'
commit

echo '# what each server is judged as'
verify --gate T1 --no-receipt
status_is 1
passes good
passes twelve
is expired fail cert.expired
is early fail cert.not_yet_valid
is ending fail cert.expiring 'has [56] days left of 90 days'
is late pass cert.renewal_late
is other fail cert.name_mismatch 'is for synology.example'
is own fail cert.self_signed
is alone fail cert.missing_intermediate 'Shop Intermediate'
is staging fail cert.staging 'Counterfeit Cashew'
is old fail tls.version 'TLS 1.0 at best'
is client12 pass tls.client_certificate
is client13 pass tls.client_certificate
is address pass cert.no_name
is huge fail tls.garbage

echo '# hostile ones'
is silent unknown tls.silent 'nothing instead of its ServerHello'
is half unknown tls.silent
is drip unknown tls.silent
is alert fail tls.alert.internal_error 'alert 80 .internal_error., after [0-9]{1,3} ms, before'
is late_alert fail tls.alert.internal_error 'after 1[0-9]{3} ms'
is garbage fail tls.not_tls
is nonsense fail tls.garbage
is endless fail tls.garbage 'without end'
is http fail tls.plain_http 'HTTP/1.1 400 Bad Request'
is ssh fail tls.not_tls 'SSH-2.0-OpenSSH_9.2'
is close fail tls.closed
is reset fail tls.closed
check 'the way is told' '.gates[0].findings | all(.path == "loopback" or .path == null)'
check 'all but the three that hang are judged' '.gates[0].checked == 24'
check 'and they hang no longer than they may' '.gates[0].duration_ms < 8000'

echo '# settings'
verify --gate T2 --no-receipt
is good fail cert.untrusted
verify --gate T3 --no-receipt
status_is 0
verify --gate T4 --no-receipt
passes good
is twelve fail tls.version 'TLS 1.2 at best, and the gate demands TLS 1.3'
verify --gate T5 --no-receipt
is good fail cert.expiring
verify --gate T6 --no-receipt
check 'a file of authorities that is not there leaves all unknown' \
	'.verdict == "unknown" and (.gates[0].findings | length == 1 and .[0].reason == "file.absent")'
verify --gate T7 --no-receipt
check 'one without any does, too' \
	'.verdict == "unknown" and (.gates[0].findings | length == 1 and .[0].reason == "file.unreadable")'
verify --gate T8 --no-receipt
check 'so does a vantage that is no target' \
	'.verdict == "unknown" and (.gates[0].findings | length == 1 and .[0].reason == "vantage.unknown")'
SSL_CERT_FILE=$lab/pem/ca.pem verify --gate T2 --no-receipt
check "an authority of the system needs no file" '.verdict == "pass" and .gates[0].checked == 1'
verify --gate T1 --mode static --no-receipt
check 'in static mode nothing is asked' '.gates[0].verdict == "skip"'

echo '# names that are refused, protocols'
s_server sni good -servername good.shop.example -cert2 "$lab/pem/good.pem" -key2 "$lab/pem/good.key" \
	-servername_fatal
endpoint sni "$port" good.shop.example
endpoint sniless "$port" nobody.shop.example
s_server alpn good -alpn http/1.1
endpoint alpn "$port" good.shop.example
gate S1 '{endpoints: [sni, sniless], ca: ca.pem}'
gate S2 '{endpoints: [alpn], ca: ca.pem, alpn: [h2, http/1.1]}'
gate S3 '{endpoints: [alpn], ca: ca.pem, alpn: [imap]}'
verify --gate S1 --no-receipt
is sniless fail tls.alert.unrecognized_name 'alert 112'
is sni fail cert.missing_intermediate # of its second certificate s_server sends no chain
verify --gate S2 --no-receipt
status_is 0
verify --gate S3 --no-receipt
is alpn fail tls.alert.no_application_protocol

echo '# a name that a node of its own serves'
cat >> bindings/services.health.yaml <<END
  - {id: node, host: box, url: 'https://node.many.example:$(port_of many)/', tls: {node: own-node}}
  - {id: lost, host: box, url: 'https://node.many.example:$(port_of many)/', tls: {node: nobody}}
  - {id: inner, host: box, url: 'https://127.0.0.1:$(port_of many)/', tls: {name: inner.many.example}}
END
gate O1 '{endpoints: [node, lost, inner], ca: ca.pem, min_days: 80}'
verify --gate O1 --no-receipt
is node fail cert.expiring "node.many.example at $node port"
is lost unknown endpoint.unknown_node
is inner fail cert.expiring 'inner.many.example at 127.0.0.1 port'

echo '# a node that the policy says is never to be touched'
cp bindings/ssh.targets.yaml "$lab/targets"
echo "    - {id: kept, host: $node, user: ops, access_policy: lan_only}" >> bindings/ssh.targets.yaml
echo "  - {id: barred, host: box, url: 'https://node.many.example:$(port_of many)/', tls: {node: kept}}" >> bindings/services.health.yaml
cat > bindings/probe.policy.yaml <<-'END'
	version: 1
	contexts: {local: {mode: passive}}
	never: [{target: kept, kinds: [tls_endpoint], reason: it is fragile}]
END
gate O2 '{endpoints: [barred], ca: ca.pem}'
verify --gate O2 --no-receipt
status_is 2
check 'is left alone' '[.gates[0].findings[] | select(.verdict != "unknown") | [.subject, .verdict, .reason]] == [["target:kept", "skip", "policy.never"]]'
sed -i.old 's/kinds: [[]tls_endpoint[]]/kinds: [ssh_auth]/' bindings/probe.policy.yaml && rm bindings/probe.policy.yaml.old
verify --gate O2 --no-receipt
check 'is asked where the rule is about something else' '.gates[0].checked == 1'
rm bindings/probe.policy.yaml
cp "$lab/targets" bindings/ssh.targets.yaml

echo '# nginx: the same'
if ! nginx=$(sh "$LAB/nginx.sh" 2> "$lab/found"); then
	report ok "nginx # SKIP $(tail -n 1 "$lab/found")"
else
	base=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
	mkdir "$lab/nginx"
	# nginx_conf: two ports from $base on
	nginx_conf() {
		cat > "$lab/nginx.conf" <<-END
		daemon off;
		master_process off;
		pid $lab/nginx/pid;
		error_log $lab/nginx/error.log notice;
		events { worker_connections 4096; }
		http {
			access_log off;
			client_body_temp_path $lab/nginx/a; proxy_temp_path $lab/nginx/b; fastcgi_temp_path $lab/nginx/c;
			uwsgi_temp_path $lab/nginx/d; scgi_temp_path $lab/nginx/e;
			ssl_certificate $lab/pem/good.pem;
			ssl_certificate_key $lab/pem/good.key;
			server { listen $base ssl default_server backlog=2048; ssl_reject_handshake on; }
			server { listen $base ssl; server_name good.shop.example *.many.example; return 204; }
			server { listen $((base + 1)); return 204; }
		}
		END
	}
	tries=0
	while nginx_conf; do
		"$nginx" -p "$lab/nginx" -c "$lab/nginx.conf" > "$lab/nginx.out" 2>&1 < /dev/null &
		server=$!
		# shellcheck disable=SC2016
		until_true sh -c '[ -s "$1" ] || ! kill -0 "$2"' sh "$lab/nginx/pid" "$server" 2> "$lab/nginx.kill"
		[ ! -s "$lab/nginx/pid" ] || break
		tries=$((tries + 1))
		[ "$tries" -lt 10 ] || { cat "$lab/nginx.out"; exit 1; }
		base=$((base + 2))
	done
	started="$started $server"
	endpoint named "$base" good.shop.example
	endpoint unnamed "$base" nobody.shop.example
	endpoint plain $((base + 1)) good.shop.example
	gate N1 '{endpoints: [named, unnamed, plain], ca: ca.pem}'
	gate N2 '{endpoints: [named], ca: ca.pem, alpn: [http/1.1]}'
	gate N3 '{endpoints: [named], ca: ca.pem, alpn: [imap]}'
	verify --gate N1 --no-receipt
	passes named
	is unnamed fail tls.alert.unrecognized_name 'alert 112'
	is plain fail tls.plain_http
	verify --gate N2 --no-receipt
	status_is 0
	verify --gate N3 --no-receipt
	is named fail tls.alert.no_application_protocol
fi

echo '# a thousand, of which fifty never answer'
# Beyond Linux only 127.0.0.1 answers, and one machine with a thousand names is no less work.
silent=$(port_of silent)
awk -v linux="$([ "$(uname -s)" = Linux ] && echo 1)" -v good="$(port_of many)" -v silent="$silent" 'BEGIN {
	print "ssh:\n  targets:" > "bindings/ssh.targets.yaml"
	print "endpoints:" > "bindings/services.health.yaml"
	for (i = 0; i < 1000; i++) {
		host = linux ? "127.8." int(i / 250) "." i % 250 + 1 : "127.0.0.1"
		printf "    - {id: n%d, host: %s, port: %d, user: ops, access_policy: lan_only}\n", i, host, \
			10000 + i > "bindings/ssh.targets.yaml"
		printf "  - {id: e%d, host: n%d, url: \"https://n%d.many.example:%d/\"}\n", i, i, i, \
			i % 20 == 7 ? silent : good > "bindings/services.health.yaml"
	}
}'
gate M1 '{ca: ca.pem, handshake: 5s}' 30s
verify --gate M1 --no-receipt
check 'the fifty are unknown, and nobody else has a finding' \
	'.gates[0].findings | length == 50 and all(.reason == "tls.silent")'
check 'the others pass' '.gates[0].checked == 950'
check 'all of them within one deadline' '.gates[0].duration_ms < 20000'
echo "# $(jq '.gates[0].duration_ms' "$lab/run.json") ms"

done_testing
