# A private tailnet of real daemons, to be sourced after tap.sh and netlab.sh: . "$LAB/tailnet.sh"
#
# The network is that of netlab.sh without its second switch: each machine, and the control host `ctl`, runs
# tailscaled with a network interface of its own, in its own namespace. Their control server is headscale,
# in the namespace of the test. Nothing leaves these namespaces: there is no way out of them, and a daemon
# that wanted to speak to the public control server would end (TS_PANIC_IF_HIT_MAIN_CONTROL).
#
#	tailnet_enter "$0"    in namespaces, with all programs, or skipped with the reason
#	tailnet_up            the network, the control server, a daemon in each machine, and the ops repo
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # variables of netlab.sh and tap.sh

NAMES='harbor lantern mill'
SEGMENTS=lan
CONTROL=192.168.77.200 # of the switch itself
DOMAIN=lab.example
WAITS=3000 # of until_true: daemons take their time

tailnet_enter() {
	programs=$(sh "$LAB/tailscale.sh" 2> "${TMPDIR:-/tmp}/why") || skip "$(tail -n 1 "${TMPDIR:-/tmp}/why")"
	[ "$(id -u)" -eq 0 ] || skip 'tailnet: a network interface of tailscaled needs root'
	[ -c /dev/net/tun ] || skip 'tailnet: no /dev/net/tun here'
	net_enter "$1"
}

# The control server gives addresses in the order in which nodes register: ctl is the first.
tail_of() {
	echo "100.64.0.$(($1 + 1))"
}

headscale() {
	"$programs/headscale" -c "$lab/headscale.yaml" "$@"
}

# tailscale MACHINE WORD...: what its owner would type there. (Only the lab calls this program.)
tailscale() {
	machine=$1
	shift
	on "$machine" "$programs/tailscale" --socket "$lab/$machine/sock" "$@"
}

# localapi MACHINE PATH [CURL-OPTION]...: what its daemon says
localapi() {
	machine=$1 path=$2
	shift 2
	curl -s -m 10 --unix-socket "$lab/$machine/sock" "$@" "http://local-tailscaled.sock/localapi/v0/$path"
}

# policy JSON: put into force
policy() {
	echo "$1" > "$lab/policy.hujson"
	[ ! -s "$lab/headscale.pid" ] || kill -HUP "$(cat "$lab/headscale.pid")"
}

control_up() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=control of the lab' \
		-addext "subjectAltName=IP:$CONTROL" -keyout "$lab/control.key" -out "$lab/control.crt" 2> /dev/null
	cat > "$lab/headscale.yaml" <<-END
	server_url: https://$CONTROL:8443
	listen_addr: $CONTROL:8443
	metrics_listen_addr: 127.0.0.1:9090
	grpc_listen_addr: 127.0.0.1:50443
	tls_cert_path: $lab/control.crt
	tls_key_path: $lab/control.key
	noise: {private_key_path: $lab/noise.key}
	prefixes: {v4: 100.64.0.0/10, v6: "fd7a:115c:a1e0::/48", allocation: sequential}
	derp:
	  server:
	    enabled: true
	    region_id: 999
	    region_code: lab
	    region_name: lab
	    verify_clients: false
	    stun_listen_addr: "$CONTROL:3478"
	    private_key_path: $lab/derp.key
	    automatically_add_embedded_derp_region: true
	    ipv4: $CONTROL
	  urls: []
	  paths: []
	  auto_update_enabled: false
	disable_check_updates: true
	database: {type: sqlite, sqlite: {path: $lab/headscale.sqlite}}
	policy: {mode: file, path: $lab/policy.hujson}
	dns: {magic_dns: true, base_domain: $DOMAIN, override_local_dns: false, nameservers: {global: []}}
	unix_socket: $lab/headscale.sock
	unix_socket_permission: "0700"
	logtail: {enabled: false}
	log: {level: info, format: text}
	END
	"$programs/headscale" -c "$lab/headscale.yaml" serve > "$lab/headscale.log" 2>&1 &
	echo $! > "$lab/headscale.pid"
	until_true test -S "$lab/headscale.sock" && headscale users list > /dev/null ||
		{ cat "$lab/headscale.log" >&2; exit 1; }
	headscale users create ops > /dev/null
}

# daemon MACHINE [VARIABLE=VALUE]...: start tailscaled there
daemon() {
	machine=$1
	shift
	mkdir -p "$lab/$machine"
	env SSL_CERT_FILE="$lab/control.crt" TS_NO_LOGS_NO_SUPPORT=true TS_PANIC_IF_HIT_MAIN_CONTROL=1 \
		TS_DISABLE_PORTMAPPER=1 "$@" nsenter --net="/run/netns/$machine" "$programs/tailscaled" \
		-statedir "$lab/$machine" -socket "$lab/$machine/sock" -port 0 -no-logs-no-support \
		> "$lab/$machine/log" 2>&1 &
	echo $! > "$lab/$machine/pid"
	until_true localapi "$machine" status -f
}

daemon_stop() {
	kill "$(cat "$lab/$1/pid")"
	until_true test ! -S "$lab/$1/sock"
}

# register MACHINE TAG [OPTION OF UP]...: let it into the tailnet, as its owner would with a key
register() {
	machine=$1
	key=$(headscale preauthkeys create -u 1 --tags "$2" -o json | jq -r .key)
	shift 2
	tailscale "$machine" up --login-server "https://$CONTROL:8443" --auth-key "$key" --hostname "$machine" \
		--accept-dns=false --netfilter-mode=off "$@" > "$lab/$machine/up" 2>&1 ||
		{ cat "$lab/$machine/up" >&2; exit 1; }
}

# A tailnet in which each machine may have a certificate and none ever comes: tailnet/control.go.
hanging_up() {
	DOMAIN=hang.example
	net_up
	ip link set lo up
	ip addr add "$CONTROL/24" dev lan
	"$programs/control" "$CONTROL:9911" > "$lab/control.log" 2>&1 &
	until_true curl -sf "http://$CONTROL:9911/acme/directory"
	for name in ctl $NAMES; do
		daemon "$name" "TS_DEBUG_ACME_DIRECTORY_URL=http://$CONTROL:9911/acme/directory"
		tailscale "$name" up --login-server "http://$CONTROL:9911" --hostname "$name" --accept-dns=false \
			--netfilter-mode=off > "$lab/$name/up" 2>&1 || { cat "$lab/$name/up" >&2; exit 1; }
	done
	until_true sees_all
}

ALLOW_ALL='"acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}]'
OWNERS='"tagOwners": {"tag:ci": ["ops@"], "tag:harbor": ["ops@"], "tag:lantern": ["ops@"], "tag:mill": ["ops@"]}'

tailnet_up() {
	net_up
	ip link set lo up
	ip addr add "$CONTROL/24" dev lan
	policy "{$OWNERS, $ALLOW_ALL}"
	control_up
	daemon ctl
	register ctl tag:ci
	for name in $NAMES; do
		daemon "$name"
		register "$name" "tag:$name"
	done
	until_true sees_all
}

# Does the control host see all machines, online?
sees_all() {
	localapi ctl status | jq -e --arg names "$NAMES" '[.Peer[] | select(.Online) | .HostName] | sort == ($names | split(" "))'
}
