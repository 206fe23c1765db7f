#!/bin/sh
# Real tailscaled daemons under a control server of their own: what they answer is theirs, not ours.
#
#	scene                                   expected
#	SSH rule `accept`                       G010 pass
#	SSH rule `check`                        G010 fail auth.blocked.tailscale_check, within 3 s
#	no SSH rule                             G010 fail auth.denied.tailscale_policy
#	any of them, `tailscale_ssh: refuse`    G010 unknown auth.predicted.tailscale_ssh, not a packet
#	serve, HTTPS off in the tailnet         diagnose cert: fail, that is the one cause; alert 80 at once
# shellcheck disable=SC1091,SC2154  # netlab.sh sets $lab
set -u
. "$LAB/tap.sh"
. "$LAB/netlab.sh"
. "$LAB/tailnet.sh"
tailnet_enter "$0"
tailnet_up

# says GATE NAME VERDICT REASON
says() {
	check "$1, $2: $3 $4" "any(.gates[] | select(.id == \"$1\") | .findings[];
		.subject == \"target:$2\" and .verdict == \"$3\" and .reason == \"$4\")"
}

# passes GATE NAME: it was judged, and nothing is said about it
passes() {
	check "$1, $2: pass" "any(.gates[]; .id == \"$1\" and .checked > 0 and
		all(.findings[]; .subject != \"target:$2\" or .verdict == \"pass\"))"
}

scene() {
	echo "# $*"
}

# What has this interface of the control host sent?
sent() {
	ip -n ctl -s -o link show "$1" | sed 's/.*TX:[^\\]*\\ *[0-9]* *\([0-9]*\).*/\1/'
}

# probe_policy WORD: `tailscale_ssh: WORD`, with everything active
probe_policy() {
	sed -e 's/mode: passive/mode: active/' -e '/^tailscale_ssh:/d' -e "\$a tailscale_ssh: $1" \
		bindings/probe.policy.yaml > "$lab/probe.policy" && cp "$lab/probe.policy" bindings/probe.policy.yaml
}

# rule ACTION NAME: an `ssh` rule of the policy from the control host to this machine
rule() {
	printf '{"action": "%s", "src": ["tag:ci"], "dst": ["tag:%s"], "users": ["root"]}' "$1" "$2"
}

# Does the control host know their host keys?
sees_host_keys() {
	localapi ctl status | jq -e '[.Peer[] | select(.sshHostKeys != null)] | length == 3'
}

# Has this machine got the rules that it is to have? A login of OpenSSH's says so.
is_let_in() {
	on ctl ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		"root@$(tail_of "$(number_of "$1")")" true < /dev/null
}

for name in $NAMES; do tailscale "$name" set --ssh; done
policy "{$OWNERS, $ALLOW_ALL, \"ssh\": [$(rule accept harbor), $(rule check lantern)]}"
until_true sees_host_keys
until_true is_let_in harbor

# Their SSH is the daemon's: at port 22 of the tailnet address, with the keys that the daemon tells.
localapi ctl status | jq -r '.Peer[] | .HostName as $name | .sshHostKeys[] | "\($name) \(.)"' > bindings/known_hosts
sed -e 's/port: 22022/port: 22/' -e 's/lan_first/tailscale_required/' -e '/host:/d' \
	-e 's/\( *\)tailscale_ip: \(.*\)/\1host: \2\n&/' bindings/ssh.targets.yaml > "$lab/targets"
cp "$lab/targets" bindings/ssh.targets.yaml

scene 'their SSH may be tried'
probe_policy probe
verify --gate G010 --no-receipt
status_is 1
passes G010 harbor
says G010 lantern fail auth.blocked.tailscale_check
says G010 mill fail auth.denied.tailscale_policy
check 'the one that waits for a human was known as such within 3 seconds' '.duration_ms < 3000'

scene 'their SSH may not be tried'
probe_policy refuse
before=$(sent tailscale0)
verify --gate G010 --no-receipt
status_is 2
for name in $NAMES; do says G010 "$name" unknown auth.predicted.tailscale_ssh; done
holds 'not a packet was sent into the tailnet' [ "$(sent tailscale0)" -eq "$before" ]

scene 'serve is configured, and HTTPS is off in the tailnet (headscale has none)'
name=harbor.lab.example
localapi harbor serve-config -X POST -d "{\"TCP\": {\"443\": {\"HTTPS\": true}}, \"Web\": {\"$name:443\": {\"Handlers\":
	{\"/\": {\"Proxy\": \"http://127.0.0.1:8080\"}}}}}"
for where in ctl harbor; do
	sed -i '/^tailscaled_socket:/d' gaterun.yaml
	echo "tailscaled_socket: \"$lab/$where/sock\"" >> gaterun.yaml
	said="diagnose cert $name at $where"
	on "$where" "$BUILD/gaterun" diagnose cert "$name" -o json > "$lab/run.json" 2> "$lab/run.err" < /dev/null
	status=$?
	jq -r '"# \(.reason): \(.cause) (\(.fix))"' "$lab/run.json"
	check "as seen at $where: a real alert 80, at once" 'any(.rungs[]; .name == "tls" and (.evidence | test("80")))'
	[ "$where" = ctl ] || {
		status_is 1
		check "as seen at $where: the one cause" '.reason == "cert.https_off"'
	}
done
done_testing
