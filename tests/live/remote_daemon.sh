#!/bin/sh
# The tailscaled of each target, asked over the run's one SSH connection to it, through real SSH servers that
# forward to unix sockets, or do not. What answers is tests/live/localapi_peer.c; all machines of the lab
# share it, as they share the disk.
#
#	scene                                   expected
#	daemons that are well                   pass; each part asked once per machine, however many gates
#	one that needs a login                  fail auth.blocked.needs_login, of the target
#	no such socket; nobody behind it        unknown daemon.unreached
#	a server that forwards to no sockets    unknown daemon.unreached; pass by remote_argv, with a remark
#	remote_argv that does not tell          unknown, with the reason of the command
#	1 GB, a body without end                unknown daemon.malformed, or daemon.timeout
#	half a body, no HTTP                    unknown daemon.malformed
#	silence                                 unknown daemon.timeout
#	a machine that is down, or lets nobody in, or dies   unknown, caused by that
#	never by policy, a static run           skip, and nothing is asked
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
lab_up

peer=
trap 'stop; sh "$LAB/lab.sh" down "$lab"; rm -rf "$lab"' EXIT
mkdir gates "$lab/daemon"
sed -i.was 's/^gates: .*/gates: gates/' gaterun.yaml
socket=$lab/sock

# gate ID [SETTING]... [- LINE...]: a gate on the nodes of the targets
gate() {
	file=gates/$1.yaml
	cat > "$file" <<-END
	id: $1
	title: a test gate
	kind: tailnet_node
	packs: [run]
	severity: high
	owner: ops
	triage: look
	explain: because
	timeout: 20s
	with:
	  nodes: targets
	  socket: "$socket"
	END
	shift
	indent='  '
	for line in "$@"; do
		if [ "$line" = - ]; then
			indent=
		else
			echo "$indent$line" >> "$file"
		fi
	done
}

stop() {
	[ -z "$peer" ] || kill "$peer" 2> /dev/null
	[ -z "$peer" ] || wait "$peer" 2> /dev/null
	peer=
	rm -f "$socket"
}

# start KIND: what answers from now on
start() {
	stop
	: > "$lab/said"
	"$BUILD/live/localapi_peer" "$socket" "$1" "$lab/daemon" > "$lab/said" 2>&1 &
	peer=$!
	until [ -s "$lab/said" ]; do sleep 0.01; done
}

well() {
	rm -f "$lab/daemon"/*
	cp "$CASES"/localapi/*.json "$lab/daemon"
}

run() {
	verify run --no-receipt "$@"
}

# says SENTENCE GATE NAME VERDICT REASON [CAUSE]
says() {
	check "$1" "[.gates[] | select(.id == \"$2\") | .findings[] | select(.subject == \"target:$3\") |
		{verdict, reason, cause: .caused_by}] == [{verdict: \"$4\", reason: \"$5\", cause: ${6:-null}}]"
}

# all_say VERDICT REASON: each machine, and nothing else
all_say() {
	check "$scene: $1 $2" "(.gates | length) == 1 and all(.gates[]; ([.findings[].subject] | sort) ==
		[\"target:harbor\", \"target:lantern\", \"target:mill\"] and
		all(.findings[]; .verdict == \"$1\" and .reason == \"$2\"))"
}

scene='daemons that are well'
gate N1
gate N2 'key_days: 3'
gate N3 - 'targets: {ids: [mill]}'
well
start files
restart harbor lantern mill
run
status_is 0
check "$scene: all three are judged" '[.gates[] | .checked] == [3, 3, 1] and all(.gates[]; .findings == [])'
holds "$scene: each machine is asked for each part once, by GET" test "$(sort "$lab/daemon/asked" | uniq -c | tr -s ' \n' ' ')" = \
	' 3 GET /localapi/v0/prefs HTTP/1.1 3 GET /localapi/v0/status HTTP/1.1 '
for each in harbor lantern mill; do
	holds "$scene: one login to $each" [ "$(logins "$each")" -eq 1 ]
done
run --target mill
check "$scene: one machine alone" '[.gates[] | .checked] == [1, 1, 1]'
rm gates/N2.yaml gates/N3.yaml

scene='a static run'
rm "$lab/daemon/asked"
run --mode static
check "$scene: skip" '.gates[0].verdict == "skip"'
holds "$scene: nothing is asked" test ! -e "$lab/daemon/asked"

scene='what is wrong with a node is told of its target'
sed -i.was 's/"Health": \[\]/"Health": ["You are late"]/; s/"MagicDNSEnabled": true/"MagicDNSEnabled": false/' "$lab/daemon/status.json"
run --target harbor
status_is 1
check "$scene" '[.gates[0].findings[] | [.subject, .verdict, .reason]] | sort ==
	[["target:harbor", "fail", "node.health"], ["target:harbor", "fail", "node.magic_dns"]]'
check "$scene, with its place and its way" 'all(.gates[0].findings[]; .file == "bindings/ssh.targets.yaml" and .path == "loopback")'

scene='one that needs a login'
cat > "$lab/daemon/status.json" << 'END'
{"Version":"1.98.9","TUN":true,"BackendState":"NeedsLogin","AuthURL":"https://login.tailscale.com/a/12ab34cd","TailscaleIPs":null,
"Self":{"ID":"","NodeID":0,"PublicKey":"","HostName":"anvil","DNSName":"","OS":"linux","TailscaleIPs":null,"Addrs":null},
"Health":null,"MagicDNSSuffix":"","CurrentTailnet":null,"CertDomains":null,"Peer":null,"User":null,"ClientVersion":null}
END
run
status_is 1
all_say fail auth.blocked.needs_login
holds "$scene: the login page is shown nowhere" sh -c "! grep -q 12ab34cd '$lab/run.json'"

scene='prefs that cannot be had'
well
rm "$lab/daemon/prefs.json"
run
status_is 2
all_say unknown daemon.outdated

scene='no such socket'
stop
run
status_is 2
all_say unknown daemon.unreached
check "$scene: it is said what to allow" 'all(.gates[0].findings[]; .hint | contains("AllowStreamLocalForwarding"))'

scene='a socket that nobody listens on'
start bound
run
all_say unknown daemon.unreached

scene='the usual places'
sed -i.was '/socket:/d' gates/N1.yaml
run --target harbor
check "$scene are looked at, and the likeliest is named" '.gates[0].findings[0] | .reason == "daemon.unreached" and
	(.message | contains("/var/run/tailscale/tailscaled.sock"))'
gate N1

echo '# a server that forwards to no sockets'
well
start files
configure harbor 'AllowStreamLocalForwarding no'
run
status_is 2
says 'it alone is not known' N1 harbor unknown daemon.unreached
check 'the others are' '.gates[0].checked == 2'
gate N1 "remote_argv: [cat, $lab/daemon/status.json]"
run
status_is 0
check 'the command of the gate can tell the rest' '.gates[0].checked == 3'
says 'but for the routes' N1 harbor pass node.routes
check 'that is a remark of the one alone' '.gates[0].findings | length == 1'
sed -i.was 's/"Running"/"NeedsLogin"/' "$lab/daemon/status.json"
run --target harbor
status_is 1
says 'what it tells is judged' N1 harbor fail auth.blocked.needs_login
well

# by REASON ARGV: what comes of a command
by() {
	gate N1 "remote_argv: $2"
	run --target harbor
	status_is 2
	says "$2: $1" N1 harbor unknown "$1" "${3:-null}"
}
by command.exit '[sh, -c, "echo nobody home >&2; exit 3"]'
check 'with what it complained about' '.gates[0].findings[0].said == "nobody home" and (.gates[0].findings[0].message | contains("ended with 3"))'
by daemon.malformed '[echo, "<html>"]'
by daemon.malformed '[sh, -c, "yes {} | head -c 100000"]'
check 'what is too long says how to be shorter' '.gates[0].findings[0].hint | contains("--peers=false")'
cat > "$lab/end_server" <<'END'
pid=$PPID
until grep -q '^sshd' "/proc/$pid/comm"; do pid=$(cut -d ' ' -f 4 "/proc/$pid/stat"); done
kill -KILL "$pid"
END
by ssh.lost "[sh, $lab/end_server]" '"target:harbor ssh.lost"'
gate N1
unconfigure harbor

echo '# a key that may do nothing but commands'
sed -i.was 's/^/restrict /' "$lab/keys/authorized_keys"
run --target mill
says 'is not forwarded either' N1 mill unknown daemon.unreached
cp "$lab/keys/user.pub" "$lab/keys/authorized_keys"

for scene in huge endless garbage half; do
	start "$scene"
	run --target harbor
	status_is 2
	# A slow computer takes longer over 16 MB through SSH than a daemon may.
	check "$scene: unknown, and that is all" '.gates[0].findings | length == 1 and .[0].verdict == "unknown" and
		(.[0].reason | IN("daemon.malformed", "daemon.timeout"))'
	[ "$scene" = huge ] || [ "$scene" = endless ] || says "$scene" N1 harbor unknown daemon.malformed
done

scene='silence'
start silent
run
status_is 2
all_say unknown daemon.timeout
check "$scene: not longer than a daemon may take" '.duration_ms < 9000'

echo '# what stands in the way of a session is the cause'
start files
server lantern stop
run
status_is 2
says 'a machine that is down' N1 lantern unknown net.refused '"target:lantern net.refused"'
check 'the others are judged' '.gates[0].checked == 2'
server lantern start
configure lantern 'AuthorizedKeysFile /nonexistent'
run
says 'a machine that lets nobody in' N1 lantern unknown auth.denied '"target:lantern auth.denied"'
unconfigure lantern
sed -i.was 's/^identity:.*/identity: nowhere/' gaterun.yaml
run
check 'no key' '[.gates[0].findings[] | .caused_by] | length == 3 and all(test("^run:identity auth"))'
mv gaterun.yaml.was gaterun.yaml

echo '# never by policy'
cat >> bindings/probe.policy.yaml <<'END'
never:
  - {target: harbor, kinds: [tailnet_node], reason: fragile}
  - {target: mill, kinds: [ssh_command], reason: fragile}
END
before=$(logins harbor)
run
says 'by its own name' N1 harbor skip policy.never
says 'and with what runs commands' N1 mill skip policy.never
holds 'nobody logged in' [ "$(logins harbor)" -eq "$before" ]

done_testing
