# A fleet on a machine whose tailscaled answers from files, to be sourced after lib.sh.
# shellcheck shell=sh

# localapi KIND: the fleet may do passive things, and what answers on the daemon's socket is of this kind
# (tests/live/localapi_peer.c); its files are in ../daemon.
localapi() {
	fleet
	mkdir ../daemon
	cp "$CASES"/localapi/*.json ../daemon
	# A socket's path is short, and the folders of a case are deep.
	sockets=$(mktemp -d /tmp/localapi.XXXXXX)
	edit bindings/probe.policy.yaml 's/mode: static/mode: passive/'
	echo "tailscaled_socket: $sockets/sock" >> gaterun.yaml
	commit
	"$BUILD/live/localapi_peer" "$sockets/sock" "$1" ../daemon > "$sockets/said" 2>&1 &
	peer=$!
	trap 'kill "$peer" 2> /dev/null; rm -rf "$sockets"' EXIT
	until [ -s "$sockets/said" ]; do sleep 0.01; done
}
