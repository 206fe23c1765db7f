#!/bin/sh
# A thousand TLS endpoints against the tools people use for that: tls.sh BUILD [COUNT]
#
# One server (tests/live/tls_peers.c) answers on as many loopback addresses as there are endpoints, each
# with a name of its own. Every tool asks each for its name and verifies the certificate, 64 at a time;
# curl asks for a page too.
# Server and clients share the processors, so what counts first is the CPU time of the client. Called by
# run.sh, after it has built BUILD/bench/measure.
# Exit status: 0 every limit that could be measured is kept, 1 one is not, 69 it cannot be measured here.
set -eu

build=$(cd "$1" && pwd)
count=${2:-1000}
gaterun=$build/gaterun
out=$build/bench
dir=$out/tls
missed=0
export LC_ALL=C

[ "$(uname -s)" = Linux ] || { echo '  -      TLS: not measured, there is one loopback address'; exit 69; }
rm -rf "$dir"
mkdir -p "$dir/pem" "$dir/repo/bindings" "$dir/repo/gates"
"$build/live/tls_peers" "$dir/pem" > "$dir/peers" &
server=$!
trap 'kill "$server" 2> /dev/null || true' EXIT
until grep -qs '^ready$' "$dir/peers"; do
	kill -0 "$server"
	sleep 0.05
done
port=$(awk '$1 == "many" { print $2 }' "$dir/peers")

# ---- the repo, a configuration for curl, a list of words for openssl

cp "$dir/pem/ca.pem" "$dir/repo/ca.pem"
printf 'version: 1\ngates: gates\nbindings: {tailnet_snapshot: none}\n' > "$dir/repo/gaterun.yaml"
cat > "$dir/repo/gates/M1.yaml" <<'END'
id: M1
title: Every name has a certificate that lasts
kind: tls_endpoint
with: {ca: ca.pem}
packs: [fast]
severity: high
timeout: 2m
triage: Look at the server.
owner: bench
explain: Says how long certificates last.
END
awk -v count="$count" -v port="$port" -v dir="$dir" 'BEGIN {
	targets = dir "/repo/bindings/ssh.targets.yaml"
	endpoints = dir "/repo/bindings/services.health.yaml"
	curl = dir "/curl"
	print "ssh:\n  targets:" > targets
	print "endpoints:" > endpoints
	printf "cacert = \"%s/pem/ca.pem\"\n", dir > curl
	for (i = 0; i < count; i++) {
		host = "127.8." int(i / 250) "." i % 250 + 1
		name = "n" i ".many.example"
		printf "    - {id: n%d, host: %s, user: ops, access_policy: lan_only}\n", i, host > targets
		printf "  - {id: e%d, host: n%d, url: \"https://%s:%d/\"}\n", i, i, name, port > endpoints
		printf "resolve = \"%s:%d:%s\"\nurl = \"https://%s:%d/\"\noutput = \"/dev/null\"\n", \
			name, port, host, name, port > curl
		printf "-connect %s:%d -servername %s -verify_hostname %s\n", host, port, name, name > dir "/list"
	}
}'
git init -q "$dir/repo"

# ---- the measurement

at() {
	awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$out/tls.measured"
}

ratio() {
	awk -v one="$1" -v other="$2" 'BEGIN { printf "%.3g", one / other }'
}

limit() {
	verdict=ok
	awk -v value="$2" -v most="$3" 'BEGIN { exit !(value <= most) }' || { verdict=MISSED; missed=1; }
	printf '  %-6s %s: %s (at most %s)\n' "$verdict" "$1" "$2" "$3"
}

echo "TLS: $count endpoints, 64 at a time"
set -- gaterun "$gaterun" --root "$dir/repo" verify --gate M1 --no-receipt
! command -v curl > "$dir/found" || set -- "$@" -- curl curl --silent --parallel --parallel-max 64 -K "$dir/curl"
set -- "$@" -- s_client xargs -a "$dir/list" -P 64 -L 1 \
	openssl s_client -CAfile "$dir/pem/ca.pem" -verify_return_error -brief
MEASURE_SHARED=yes "$out/measure" 3 "$@" > "$out/tls.measured" 2> "$dir/err" < /dev/null
awk -F '\t' -v count="$count" '{ printf "  %-16s %9.2f ms wall %9.2f ms CPU (%.2f for each endpoint) %7.1f MiB\n", $1, $2, $4, $4 / count, $5 / 1024 }' \
	"$out/tls.measured"
for each in gaterun curl s_client; do
	[ -z "$(at "$each" 6)" ] || [ "$(at "$each" 6)" = 0 ] || {
		echo "  MISSED $each ended with exit status $(at "$each" 6)"
		missed=1
	}
done
if [ -n "$(at curl 6)" ]; then
	limit 'CPU of the client / curl --parallel' "$(ratio "$(at gaterun 4)" "$(at curl 4)")" 1
	limit 'wall time / curl --parallel' "$(ratio "$(at gaterun 2)" "$(at curl 2)")" 1
fi
limit 'CPU of the client / openssl s_client' "$(ratio "$(at gaterun 4)" "$(at s_client 4)")" 0.2
limit 'wall time / openssl s_client' "$(ratio "$(at gaterun 2)" "$(at s_client 2)")" 0.5
limit 'peak memory in MiB' "$(ratio "$(at gaterun 5)" 1024)" 40
exit "$missed"
