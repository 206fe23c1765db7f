# Connections to any port, from here and from vantage points (check/reach/reach_connect.h), against real
# servers: whoever connects speaks over the stream, and nothing is left of it.
# shellcheck shell=sh disable=SC2154  # lab_up sets $lab and the addresses
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
lab_up

# connects MODE PORT TARGET HOST VIA [COUNT]: as connect.c
connects() {
	said="connect $*"
	mode=$1 port=$2
	shift 2
	"$BUILD/live/connect" "$PWD" "$lab/keys/user" "$mode" "$port" "$@" > "$lab/said" 2>&1 ||
		echo "exit status $?" >> "$lab/said"
}

# is SENTENCE PATTERN: what it said, up to the descriptors, is one line that matches
is() {
	if grep -v '^descriptors' "$lab/said" | grep -Eqx "$2" &&
		[ "$(grep -vc '^descriptors' "$lab/said")" -eq 1 ]; then
		report ok "$1"
	else
		report 'not ok' "$1"
		sed 's/^/# /' "$lab/said"
	fi
}

sessions() {
	grep -c 'Accepted publickey' "$lab/servers/$1/log"
}

echo '# from here'
connects passive "$harbor_port" harbor - - 2
holds 'the stream is that of the server' grep -q "^open loopback $harbor_host: SSH-2.0-" "$lab/said"
holds 'nothing is left of two' grep -qx 'descriptors: 0' "$lab/said"

echo '# from a vantage point'
connects passive "$mill_port" mill - harbor 2
holds 'its stream is that of the other server' grep -q "^open jump $mill_host through harbor: SSH-2.0-" "$lab/said"
holds 'not even the session is left' grep -qx 'descriptors: 0' "$lab/said"
before=$(sessions harbor)
connects passive "$mill_port" - "$mill_host" harbor 20
holds 'all of twenty have theirs' [ "$(grep -c "^open jump $mill_host through harbor: " "$lab/said")" -eq 20 ]
holds 'over one session' [ "$(sessions harbor)" -eq $((before + 1)) ]
holds 'nothing is left of them' grep -qx 'descriptors: 0' "$lab/said"

echo '# what is said no to'
connects passive 1 - 127.0.0.1 harbor
is 'a closed port of the vantage point itself is refused' 'refused jump 127\.0\.0\.1 through harbor: .*'
connects passive 443 - 100.70.1.1 harbor
is 'a passive run lets nobody dial the tailnet' 'barred tailnet 100\.70\.1\.1: .*'
connects passive 443 - localhost harbor
is 'nor a name, which may lead there' 'barred - localhost: .*'
connects active "$mill_port" - localhost harbor
is 'an active run does' '(open|refused|unreached) jump localhost through harbor: .*'
connects passive 443 - localhost -
is 'from here an address is wanted' 'barred - localhost: it is no address'

echo '# vantage points that are none'
sed -i.was "s|^harbor .*|harbor $(cut -d' ' -f1,2 "$lab/keys/user.pub")|" bindings/known_hosts
connects passive "$mill_port" mill - harbor 2
holds 'nothing goes through a machine that is another one' [ "$(grep -c '^host_down - -: ' "$lab/said")" -eq 2 ]
mv bindings/known_hosts.was bindings/known_hosts
cp bindings/probe.policy.yaml "$lab/policy"
printf 'never:\n  - {target: harbor, kinds: [ssh_auth], reason: fragile}\n' >> bindings/probe.policy.yaml
before=$(sessions harbor)
connects passive "$mill_port" mill - harbor
is 'nor through one that is never logged in to' 'host_barred - -: .*'
holds 'which saw nobody' [ "$(sessions harbor)" -eq "$before" ]
cp "$lab/policy" bindings/probe.policy.yaml
sh "$LAB/lab.sh" stop "$lab" harbor
connects passive "$mill_port" mill - harbor
is 'nor through one that is down' 'host_down - -: .*'
sh "$LAB/lab.sh" start "$lab" harbor

done_testing
