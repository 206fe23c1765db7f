#!/bin/sh
# Machines on a LAN and a tailnet that are real networks: which way is taken, how soon, and what is said.
#
# The times of each case follow from the rules of the race (net/race_rules.h), so they are stated as
# bounds on when an address was tried and why, not as durations: a busy computer is late, never early.
#
#	case                       G010                      G012                     the tailnet is tried
#	LAN up                     pass                      pass                     never
#	tailnet down               pass                      pass                     never
#	LAN dead (no ARP)          pass                      fail path.fallback       after 200 ms
#	LAN mute (SYN lost)        pass                      fail path.fallback       after 200 ms
#	LAN accepts, is silent     pass                      fail path.fallback       after 200 ms
#	no way to the LAN          pass                      fail path.fallback       at once
#	LAN port closed            pass                      fail path.fallback       at once
#	stranger on the LAN        pass, net.lan_foreign     fail net.lan_foreign     at once
#	strangers on both          fail ssh.host_key.changed unknown                  at once
#	host key changed           fail ssh.host_key.changed unknown                  at once
#	host key revoked           fail ssh.host_key.revoked unknown                  never
#	both down                  unknown net.*             unknown                  after 200 ms
#	LAN dead, passive          unknown net.*             unknown                  never
#	LAN dead, `refuse`         unknown net.*             unknown                  never
#	the same, a known peer     pass                      fail path.fallback       after 200 ms
#	the same, Tailscale SSH    unknown net.*             unknown                  never
#	away (another LAN)         pass                      unknown net.not_home     at once, the LAN never
#	away (same prefix)         pass, net.lan_foreign     unknown net.not_home     at once
#	behind a jump host         pass, over the jump host  fail path.fallback       after 200 ms
#	jump host down             unknown jump.down         unknown                  after 200 ms
# shellcheck disable=SC1091,SC2154  # netlab.sh sets $lab
set -u
. "$LAB/tap.sh"
. "$LAB/netlab.sh"
net_enter "$0"
net_up

# What a machine may be dialled by, at most, before the next address is.
STAGGER_MS=200

# look [OPTION]...: run both gates, and count what is sent to each segment meanwhile
look() {
	lan_before=$(sent_to lan)
	tail_before=$(sent_to tail)
	verify --gate G010 --gate G012 --no-receipt "$@"
	lan_packets=$(($(sent_to lan) - lan_before))
	tail_packets=$(($(sent_to tail) - tail_before))
	jq -r '[.gates[].findings[] | select(.attempts != null) | .subject + ": " + ([.attempts[] |
		"\(.path) \(.outcome) \(.started_ms)+\(.took_ms) ms"] | join(", "))] | unique[] | "# " + .' "$lab/run.json"
}

# says GATE NAME VERDICT REASON [PATH]
says() {
	check "$1, $2: $3 $4 ${5:-}" "any(.gates[] | select(.id == \"$1\") | .findings[];
		.subject == \"target:$2\" and .verdict == \"$3\" and (.reason | test(\"^$4\$\")) and
		(\"${5:-}\" == \"\" or .path == \"${5:-}\"))"
}

# passes GATE NAME...: these were judged, and nothing but remarks is said about them
passes() {
	gate=$1
	shift
	for each in "$@"; do
		check "$gate, $each: pass" "any(.gates[]; .id == \"$gate\" and .checked > 0 and
			all(.findings[]; .subject != \"target:$each\" or .verdict == \"pass\"))"
	done
}

# the_others_pass NAME: whatever befell this one, it befell no other
the_others_pass() {
	check 'the others are at home as ever' \
		"all(.gates[].findings[]; .subject == \"target:$1\") and all(.gates[]; .checked >= 5)"
}

# untouched SEGMENT: not a single packet was sent to it
untouched() {
	eval "packets=\$${1}_packets"
	holds "the $1 saw no packet of this run (it saw $packets)" [ "$packets" -eq 0 ]
}

# in_turn NAME: the LAN had its time, then the tailnet was tried, long before the LAN was given up
in_turn() {
	check "$1: the tailnet had its turn after the LAN's ${STAGGER_MS} ms" "any(.gates[].findings[];
		.subject == \"target:$1\" and .attempts != null and
		(.attempts[0] | .path == \"lan\" and .started_ms == 0) and
		(.attempts[1] | .path == \"tailnet\" and .started_ms >= $STAGGER_MS and
			.started_ms < 5 * $STAGGER_MS))"
	check 'and nobody waited for the connection to time out' '.duration_ms < 2500'
}

# at_once NAME: the tailnet was tried when the LAN had failed, before its time was over. A busy computer
# may be late with either; then it is looked again.
at_once() {
	said_at_once="any(.gates[].findings[];
		.subject == \"target:$1\" and .attempts != null and .attempts[1].path == \"tailnet\" and
		.attempts[0].took_ms as \$failed | .attempts[1].started_ms | . >= \$failed and . < $STAGGER_MS)"
	for _ in 1 2 3 4 5 6 7 8; do
		! jq -e "$said_at_once" "$lab/run.json" > /dev/null || break
		look
	done
	check "$1: the tailnet was tried at once" "$said_at_once"
}

# look_calm: look until every LAN was in time, which a busy computer may not be at first
look_calm() {
	for _ in 1 2 3 4 5 6 7 8; do
		look
		[ "$tail_packets" -gt 0 ] || break
	done
}

# Who connected to a machine since its log was emptied?
heard_from() {
	sed -n 's/^Connection from \([^ ]*\) .*/\1/p' "$lab/servers/$1/log" | sort -u | tr '\n' ' '
}

# learned_no_name NAME COUNT: so many connections ended before a user was named, and no other did so
learned_no_name() {
	tries=0
	until [ "$(grep -c '^\(Disconnected from\|Connection closed by\|Connection reset by\) [0-9].*\[preauth\]' \
		"$lab/servers/$1/log")" -ge "$2" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 250 ] || return 1
		sleep 0.02
	done
	! grep -q 'authenticating user\|[Ii]nvalid user\|Failed ' "$lab/servers/$1/log"
}

scene() {
	net_mend
	echo "# $*"
}

sed 's/mode: passive/mode: active/; $a tailscale_ssh: probe' bindings/probe.policy.yaml > "$lab/policy"
cp "$lab/policy" bindings/probe.policy.yaml
git -c user.name=lab -c user.email=lab@lab.example commit -q -a -m 'Everything may be tried'

scene 'the LAN is up'
look_calm
status_is 0
# shellcheck disable=SC2086
passes G010 $NAMES
# shellcheck disable=SC2086
passes G012 $NAMES
untouched tail
holds 'and the machine was reached over the LAN' [ "$(heard_from mill)" = '192.168.77.250 ' ]

scene 'the tailnet is down'
ip -n ctl link set tail down
look
status_is 0

scene 'the LAN is dead'
unplug harbor lan
look
passes G010 harbor
says G012 harbor fail path.fallback tailnet
in_turn harbor
the_others_pass harbor

scene 'the LAN swallows everything'
mute harbor lan
look
passes G010 harbor
says G012 harbor fail path.fallback tailnet
in_turn harbor
the_others_pass harbor

scene 'the LAN accepts, and nothing is said'
serve_at harbor 100.64.7.1
hush harbor 192.168.77.1
look
passes G010 harbor
says G012 harbor fail path.fallback tailnet
in_turn harbor
the_others_pass harbor
hush harbor

scene 'there is no way to the LAN'
cut_off harbor lan
look
passes G010 harbor
says G012 harbor fail path.fallback tailnet
at_once harbor
the_others_pass harbor

scene 'the port is closed on the LAN'
serve_at harbor 100.64.7.1
look
passes G010 harbor
says G012 harbor fail path.fallback tailnet
at_once harbor
the_others_pass harbor

scene 'a stranger has the LAN address'
impostor harbor lan well
look
passes G010 harbor
says G010 harbor pass net.lan_foreign tailnet
says G012 harbor fail net.lan_foreign tailnet
at_once harbor
the_others_pass harbor

scene 'strangers have both addresses'
impostor harbor lan well
impostor harbor tail well
: > "$lab/servers/well/log"
look
says G010 harbor fail ssh.host_key.changed
says G012 harbor unknown '.*'
at_once harbor
the_others_pass harbor
holds 'which learned nobody'"'"'s name' learned_no_name well 2

scene 'its host key has changed'
cp "$lab/servers/harbor/host_key" "$lab/kept"
cp "$lab/servers/quay/host_key" "$lab/servers/harbor/host_key"
server harbor stop
server harbor start
look
says G010 harbor fail ssh.host_key.changed
says G012 harbor unknown '.*'
at_once harbor
the_others_pass harbor

scene 'the key that it shows is revoked'
echo "@revoked * $(cut -d ' ' -f 1,2 "$lab/servers/quay/host_key.pub")" >> bindings/known_hosts
sed -i.was '/^quay /d' bindings/known_hosts
look --target harbor,mill
says G010 harbor fail ssh.host_key.revoked
says G012 harbor unknown '.*'
untouched tail
cp "$lab/kept" "$lab/servers/harbor/host_key"
server harbor stop
server harbor start

scene 'neither the LAN nor the tailnet reach it'
unplug harbor lan
unplug harbor tail
look
says G010 harbor unknown 'net[.](timeout|route)'
says G012 harbor unknown '.*'
the_others_pass harbor

scene 'the LAN is dead, and the run is passive'
unplug harbor lan
look --mode passive
says G010 harbor unknown 'net[.](timeout|route)' lan
untouched tail

scene 'the LAN is dead, and the policy refuses Tailscale SSH'
unplug harbor lan
sed -i.was 's/^tailscale_ssh: probe/tailscale_ssh: refuse/' bindings/probe.policy.yaml
look
says G010 harbor unknown 'net[.](timeout|route)' lan
untouched tail

# daemon MACHINE MORE: a tailscaled that knows all machines but one as plain peers, and of that one MORE
daemon() {
	mkdir -p "$lab/daemon"
	{
		echo '{"BackendState": "Running", "Self": {"TailscaleIPs": ["100.64.7.200"], "Online": true}, "Peer": {'
		# shellcheck disable=SC2086
		for each in $NAMES; do
			[ "$each" = "$1" ] || echo "\"nodekey:$each\": {\"TailscaleIPs\": [\"$(tail_of "$(number_of "$each")")\"]},"
		done
		echo "$2 \"nodekey:other\": {\"TailscaleIPs\": [\"100.64.7.201\"]}}}"
	} > "$lab/daemon/status.json"
	rm -f "$lab/sock"
	"$BUILD/live/localapi_peer" "$lab/sock" files "$lab/daemon" > "$lab/said" 2>&1 &
	daemon=$!
	until [ -s "$lab/said" ]; do sleep 0.01; done
	echo "tailscaled_socket: $lab/sock" >> gaterun.yaml
	sed -i.was 's/^tailscale_ssh: probe/tailscale_ssh: refuse/' bindings/probe.policy.yaml
}

scene 'the LAN is dead, the policy refuses Tailscale SSH, and the daemon knows a plain peer'
unplug harbor lan
daemon harbor "\"nodekey:harbor\": {\"TailscaleIPs\": [\"$(tail_of "$(number_of harbor)")\"]},"
look
passes G010 harbor
says G012 harbor fail path.fallback tailnet
kill "$daemon"

scene 'the same, and the daemon knows that it runs Tailscale SSH'
unplug harbor lan
daemon harbor "\"nodekey:harbor\": {\"TailscaleIPs\": [\"$(tail_of "$(number_of harbor)")\"],
	\"sshHostKeys\": [\"ssh-ed25519 AAAA\"]},"
look
says G010 harbor unknown 'net[.](timeout|route)' lan
the_others_pass harbor
untouched tail
kill "$daemon"

scene 'the same, and the daemon does not know it'
unplug harbor lan
daemon harbor ''
look
says G010 harbor unknown 'net[.](timeout|route)' lan
untouched tail
kill "$daemon"

scene 'the laptop is on another LAN'
go_away
look
# shellcheck disable=SC2086
passes G010 $NAMES
says G012 harbor unknown net.not_home tailnet
check 'one cause for all' '[.gates[] | select(.id == "G012") | .findings[] | select(.caused_by == null)] |
	length == 1 and .[0].reason == "net.not_home"'
untouched lan

scene 'the laptop is on another LAN that has the same prefix'
for name in harbor lantern mill quay loft; do
	impostor "$name" lan well
done
give_up well
look
# shellcheck disable=SC2086
passes G010 $NAMES
says G010 harbor pass net.lan_foreign tailnet
says G010 loft pass net.lan_foreign tailnet
at_once quay
says G012 harbor unknown net.not_home tailnet
says G012 well unknown net.not_home tailnet
check 'one cause for all' '[.gates[] | select(.id == "G012") | .findings[] | select(.caused_by == null)] |
	length == 1 and .[0].reason == "net.not_home"'

# via NAME HOST: this one is also reached through that one, and nobody is waited for long
via() {
	sed -i.was 's/connect_timeout_sec: 5/connect_timeout_sec: 1/' bindings/ssh.targets.yaml
	sed -i.was "s/^    - id: \"$1\"\$/&\\
      probe_via: $2/" bindings/ssh.targets.yaml
}

scene 'the machine answers nobody but its jump host'
via harbor quay
mute harbor lan
mute harbor tail
: > "$lab/servers/harbor/log"
look
passes G010 harbor
says G012 harbor fail path.fallback jump
the_others_pass harbor
holds 'the jump host came for us' [ "$(heard_from harbor)" = '192.168.77.4 ' ]

scene 'its jump host is down as well'
via harbor quay
mute harbor lan
mute harbor tail
unplug quay lan
unplug quay tail
look
says G010 harbor unknown jump.down
says G010 quay unknown 'net[.](timeout|route)'
says G012 harbor unknown '.*'
check 'the jump host is named as the cause' 'any(.gates[].findings[]; .subject == "target:harbor" and
	(.caused_by // "" | test("quay")))'
passes G010 lantern mill loft well

done_testing
