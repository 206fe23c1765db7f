#!/bin/sh
# Start what gates look at beyond SSH, for the lab in DIR: services.sh DIR. See lab.sh, which calls this
# for `up DIR --all`, and stops it like any other server, by DIR/servers/services/pid.
#
# Each machine serves https: on its address at home and, where loopback has more than one address, on that
# in the tailnet, with a certificate of the lab's own authority. The first is the machine that the run is
# on: its daemon answers on a unix socket from the files in DIR/services/, and says that `tailscale serve`
# has a backend behind its name, which is there too. One program is all of that: tests/live/tailnet_stub.c,
# from $BUILD/live; without BUILD, from build/release/live.
#
# Adds to DIR/lab.env: AUTHORITY, the file of the authority's certificate, for SSL_CERT_FILE; DAEMON_SOCKET;
# WEB_DOMAIN, which the names are in; and <name>_web, a port, for each machine.
# Exit status: 0, or 1 with one sentence on stderr.
set -eu

dir=$(cd "$1" && pwd)
services=$dir/services
home=$dir/servers/services
stub=${BUILD:-$(dirname "$0")/../../build/release}/live/tailnet_stub
# shellcheck source=/dev/null
. "$dir/lab.env"
first=${NAMES%% *}

fail() {
	echo "lab: $*" >&2
	exit 1
}

# of NAME host|tail|web
of() {
	eval "echo \$${1}_$2"
}

[ -x "$stub" ] || fail "'$stub' is not there; 'make demo' builds it"
mkdir -p "$services" "$home"

# Machines that share the only address have none in the tailnet where anybody could be asked. Then their
# names are not of the tailnet, and are asked for at home.
one_address=no
WEB_DOMAIN=lab.example
backend=127.0.0.9
if [ "$(of "$first" host)" = "$(of "${NAMES##* }" host)" ]; then
	one_address=yes
	WEB_DOMAIN=home.example
	backend=127.0.0.1
fi

# ---- certificates

# openssl_says WORD...: it prints what it does, and only a failure is worth reading
openssl_says() {
	openssl "$@" 2> "$services/openssl.log" || { cat "$services/openssl.log" >&2; fail "openssl $1 failed"; }
}

# request NAME WORD...: make the key of NAME, and ask for a certificate
request() {
	name=$1
	shift
	openssl_says req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config "$services/openssl.cnf" \
		-subj "/CN=$name" -keyout "$services/$name.key" "$@"
}

# Every name and address by which a machine is asked.
all_names() {
	for name in $NAMES; do
		printf 'DNS:%s.%s, IP:%s, ' "$name" "$WEB_DOMAIN" "$(of "$name" host)"
	done | sed 's/, $//'
}

# One certificate for all three: the program has one for each address, which may be the same.
make_certificates() {
	# The settings of this machine's openssl have no say.
	cat > "$services/openssl.cnf" <<-END
	[req]
	distinguished_name = name
	[name]
	[authority]
	basicConstraints = critical, CA:TRUE
	[machines]
	basicConstraints = CA:FALSE
	subjectAltName = $(all_names)
	END
	request authority -x509 -days 30 -extensions authority -out "$services/authority.crt"
	request machines -out "$services/machines.csr"
	openssl_says x509 -req -in "$services/machines.csr" -CA "$services/authority.crt" \
		-CAkey "$services/authority.key" -set_serial 2 -days 20 \
		-extfile "$services/openssl.cnf" -extensions machines -out "$services/machines.crt"
}

# ---- the servers

# The port of machine number N, when that of the first is PORT: as lab.sh has it.
port_of() {
	if [ "$one_address" = yes ]; then
		echo $(($2 + $1 - 1))
	else
		echo "$2"
	fi
}

# listener ADDRESS PORT: the program finds its certificate by the address
listener() {
	ln -sf machines.crt "$services/$1.crt"
	ln -sf machines.key "$services/$1.key"
	echo "tls@$1:$2"
}

# start PORT: 1 if somebody has it
start() {
	set -- "$1" "plain@$backend"
	number=0
	for name in $NAMES; do
		number=$((number + 1))
		port=$(port_of "$number" "$1")
		eval "${name}_web=$port"
		set -- "$@" "$(listener "$(of "$name" host)" "$port")"
		[ "$one_address" = yes ] || set -- "$@" "$(listener "$(of "$name" tail)" "$port")"
	done
	shift
	rm -f "$DAEMON_SOCKET"
	: > "$home/log"
	"$stub" "$DAEMON_SOCKET" "$services" "$@" < /dev/null > "$home/log" 2>&1 &
	echo $! > "$home/pid"
	tries=0
	while ! grep -q '^ready$' "$home/log"; do
		tries=$((tries + 1))
		if ! kill -0 "$(cat "$home/pid")" 2> /dev/null || [ "$tries" -gt 500 ]; then
			return 1
		fi
		sleep 0.02
	done
}

start_somewhere() {
	tries=0
	until start $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000)); do
		tries=$((tries + 1))
		if [ "$tries" -ge 20 ] || ! grep -q 'Address already in use' "$home/log"; then
			cat "$home/log" >&2
			fail 'the services did not start'
		fi
	done
}

# The path of a socket has 104 bytes at most; folders may be deeper.
place_socket() {
	DAEMON_SOCKET=$dir/daemon.sock
	if [ "$(printf %s "$DAEMON_SOCKET" | wc -c)" -gt 100 ]; then
		mktemp -d /tmp/lab.XXXXXX > "$home/temporary"
		DAEMON_SOCKET=$(cat "$home/temporary")/daemon.sock
	fi
}

# ---- what the daemon says

# node NAME: a device
node() {
	cat <<-END
	{"ID": "n$1", "PublicKey": "nodekey:$1", "HostName": "$1", "DNSName": "$1.lab.example.", "OS": "linux",
	 "TailscaleIPs": ["$(of "$1" tail)"], "AllowedIPs": ["$(of "$1" tail)/32"], "Tags": ["tag:lab"],
	 "CurAddr": "", "Relay": "fra", "Online": true, "Active": false, "CapMap": {"https": null}}
	END
}

peers() {
	before=''
	for name in $NAMES; do
		if [ "$name" != "$first" ]; then
			echo "$before\"nodekey:$name\": $(node "$name")"
			before=,
		fi
	done
}

status() {
	cat <<-END
	{"Version": "1.98.9-tlab", "TUN": true, "BackendState": "Running", "HaveNodeKey": true, "AuthURL": "",
	 "TailscaleIPs": ["$(of "$first" tail)"], "Self": $(node "$first"), "Health": [],
	 "MagicDNSSuffix": "lab.example", "CertDomains": ["$first.lab.example"],
	 "CurrentTailnet": {"Name": "lab.example", "MagicDNSSuffix": "lab.example", "MagicDNSEnabled": true},
	 "Peer": {$(peers)}, "User": {}, "ClientVersion": {"RunningLatest": true}}
	END
}

prefs() {
	cat <<-END
	{"ControlURL": "https://controlplane.tailscale.com", "RouteAll": false, "ExitNodeID": "", "ExitNodeIP": "",
	 "CorpDNS": true, "RunSSH": false, "WantRunning": true, "LoggedOut": false, "ShieldsUp": false,
	 "AdvertiseTags": ["tag:lab"], "Hostname": "$first", "AdvertiseRoutes": null}
	END
}

serve_config() {
	if [ "$one_address" = yes ]; then
		echo '{}'
		return
	fi
	cat <<-END
	{"TCP": {"$(of "$first" web)": {"HTTPS": true}},
	 "Web": {"$first.lab.example:$(of "$first" web)": {"Handlers": {"/": {
	  "Proxy": "http://$backend:$(sed -n 's/^plain .* //p' "$home/log")"}}}}}
	END
}

# What it gives whoever asks for a certificate: the public part.
certificate() {
	cat "$services/machines.crt"
}

# says FILE COMMAND: the first line is the status of HTTP
says() {
	{ echo 200; "$2"; } > "$services/$1"
}

make_certificates
place_socket
start_somewhere
says status status
says prefs prefs
says serve-config serve_config
says "cert_$first.lab.example" certificate
{
	echo "AUTHORITY='$services/authority.crt'"
	echo "DAEMON_SOCKET='$DAEMON_SOCKET'"
	echo "WEB_DOMAIN=$WEB_DOMAIN"
	for name in $NAMES; do
		echo "${name}_web=$(of "$name" web)"
	done
} >> "$dir/lab.env"
