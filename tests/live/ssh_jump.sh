#!/bin/sh
# Machines behind jump hosts, on networks that the control host is not on: the session to the jump host
# is shared, what goes wrong with it is one cause, and each machine proves its own key.
#
#	ctl --- lan --- harbor --- 10.99.0.0/24 --- mill, loft
#	                            mill --- 10.98.0.0/24 --- quay
# shellcheck disable=SC1091,SC2154  # netlab.sh sets $lab
set -u
. "$LAB/tap.sh"
. "$LAB/netlab.sh"
net_enter "$0"
net_up

# wire A ADDRESS B ADDRESS NAME: a cable between two machines
wire() {
	ip -n "$1" link add "$5" type veth peer name "$5" netns "$3"
	ip -n "$1" addr add "$2/24" dev "$5"
	ip -n "$3" addr add "$4/24" dev "$5"
	ip -n "$1" link set "$5" up
	ip -n "$3" link set "$5" up
}
wire harbor 10.99.0.1 mill 10.99.0.3 inner
wire mill 10.98.0.3 quay 10.98.0.4 innermost
# loft is on its own cable, of the same network as far as harbor is concerned
wire harbor 10.97.0.1 loft 10.97.0.5 attic

targets() {
	cat > bindings/ssh.targets.yaml <<-END
	ssh:
	  defaults: {user: "$(id -un)", port: 22022, connect_timeout_sec: 2}
	  targets:
	    - {id: harbor, host: 192.168.77.1, access_policy: ${1:-lan_only}, tailscale_ip: ${2:-null}}
	    - {id: mill, host: 10.99.0.3, access_policy: lan_only, probe_via: harbor}
	    - {id: loft, host: 10.97.0.5, access_policy: lan_only, probe_via: harbor}
	    - {id: quay, host: 10.98.0.4, access_policy: lan_only, probe_via: mill}
	END
}
targets
# gate ID KIND [LINE]...
gate() {
	mkdir -p gates
	file=gates/$1.yaml
	cat > "$file" <<-END
	id: $1
	title: a test gate
	kind: $2
	packs: [all]
	severity: high
	owner: ops
	triage: look
	explain: because
	timeout: 30s
	END
	shift 2
	for line in "$@"; do echo "$line" >> "$file"; done
}
gate G010 ssh_auth
gate R1 ssh_command 'with: {argv: [hostname]}'
gate R2 ssh_command 'with: {argv: [sh, -c, "yes x | head -c 1000000"], stdout: {match: "^x"}}'
gate R3 ssh_command 'with: {argv: [sh, -c, "exit 3"], exit: 3}' 'requires: [G010]'
sed -i.was 's/^gates: .*/gates: gates/' gaterun.yaml

connections() {
	grep -c '^Connection from' "$lab/servers/$1/log"
}

# says GATE NAME VERDICT REASON [CAUSE]
says() {
	check "$1, $2: $3 $4 ${5:-}" "any(.gates[] | select(.id == \"$1\") | .findings[];
		.subject == \"target:$2\" and .verdict == \"$3\" and .reason == \"$4\" and
		(\"${5:-}\" == \"\" or .caused_by == \"${5:-}\"))"
}

# passes NAME: no gate says anything about it
passes() {
	check "$1 passes everywhere" "all(.gates[]; .checked > 0) and all(.gates[].findings[]; .subject != \"target:$1\")"
}

echo '# all of them, through their jump hosts'
restart harbor mill loft quay
verify all --no-receipt
status_is 0
check 'each gate judged all four' 'all(.gates[]; .checked == 4 and .findings == [])'
for each in harbor mill loft quay; do
	holds "$each took one connection" [ "$(connections "$each")" -eq 1 ]
done
holds 'mill was reached from harbor' grep -q 'Connection from 10.99.0.1 ' "$lab/servers/mill/log"
holds 'quay was reached from mill' grep -q 'Connection from 10.98.0.3 ' "$lab/servers/quay/log"

echo '# a session that nobody uses yet may hear from its machine, which says its host keys'
kill -STOP "$(cat "$lab/servers/quay/pid")"
verify --gate R3 --no-receipt
kill -CONT "$(cat "$lab/servers/quay/pid")"
status_is 2
check 'the silent one does not' '.gates[] | select(.id == "R3") | .findings | length == 1 and .[0].subject == "target:quay" and .[0].verdict == "unknown"'
check 'the others pass' '.gates[] | select(.id == "R3") | .checked == 3'

echo '# what is wrong with a machine behind a jump host is told of it, and the way'
cp "$lab/keys/authorized_keys" "$lab/keys/kept"
configure mill 'AuthorizedKeysFile /nonexistent'
verify --gate G010 --no-receipt
status_is 1
says G010 mill fail auth.denied
check 'the way is told' '.gates[0].findings[] | select(.subject == "target:mill") | .path == "jump" and (.message | test("10.99.0.3 through harbor"))'
says G010 quay unknown jump.down 'target:mill auth.denied'
passes harbor
passes loft
unconfigure mill

echo '# the key of the machine is what counts, whoever the jump host is'
sed -i.was "s|^mill .*|mill $(cut -d' ' -f1,2 "$lab/keys/user.pub")|" bindings/known_hosts
verify --gate G010 --no-receipt
says G010 mill fail ssh.host_key.changed
says G010 quay unknown jump.down 'target:mill ssh.host_key.changed'
mv bindings/known_hosts.was bindings/known_hosts

echo '# a port is reached through the jump hosts, over the session that the logins have'
restart harbor mill loft quay
gate T1 tcp_open
gate T2 tcp_open 'with: {port: 22023}'
verify --gate G010 --gate T1 --gate T2 --no-receipt
status_is 1
check 'all ports are open' '.gates[] | select(.id == "T1") | .checked == 4 and .findings == []'
check 'where nothing listens the machines say so' '.gates[] | select(.id == "T2") | .checked == 4 and all(.findings[]; .verdict == "fail" and .reason == "net.refused")'
check 'and the way is told' '.gates[] | select(.id == "T2") | [.findings[] | .path] == ["lan", "jump", "jump", "jump"] and (.findings[3].message | test("10.98.0.4 through mill port 22023"))'
holds 'harbor was logged in to once, and knocked at' [ "$(grep -c 'Accepted publickey' "$lab/servers/harbor/log")" -eq 1 ]
holds 'mill was logged in to once' [ "$(grep -c 'Accepted publickey' "$lab/servers/mill/log")" -eq 1 ]

echo '# a port alone needs the jump host too'
verify --gate T1 --no-receipt
status_is 0

echo '# what is in the way of a port is told as for a login'
server loft stop
verify --gate T1 --gate T2 --no-receipt
says T1 loft unknown jump.unreached
says T2 loft unknown jump.unreached
says T2 mill fail net.refused
server loft start
configure mill 'AllowTcpForwarding no'
verify --gate T1 --no-receipt
status_is 2
says T1 quay unknown jump.prohibited
unconfigure mill
cp "$lab/keys/authorized_keys" "$lab/keys/kept"
configure mill 'AuthorizedKeysFile /nonexistent'
verify --gate T1 --no-receipt
status_is 2
says T1 quay unknown jump.down 'target:mill auth.denied'
unconfigure mill
server harbor stop
verify --gate T1 --no-receipt
says T1 harbor fail net.refused
for each in mill loft quay; do says T1 "$each" unknown jump.down 'target:harbor net.refused'; done
server harbor start
sed -i.was 's/^identity:.*/identity: nowhere/' gaterun.yaml
verify --gate T1 --no-receipt
mv gaterun.yaml.was gaterun.yaml
check 'without a key nobody is asked' '[.gates[0].findings[] | .caused_by] | length == 3 and all(test("^run:identity auth"))'
rm gates/T1.yaml gates/T2.yaml

echo '# a service is asked through the jump hosts of its machine, by HTTP inside TLS'
mkdir "$lab/servers/web"
(cd "$lab/servers/web" && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-keyout key -out pem -subj /CN=quay -addext subjectAltName=IP:10.98.0.4 2> openssl.log) || exit 1
nsenter --net=/run/netns/quay openssl s_server -www -accept 10.98.0.4:8443 \
	-cert "$lab/servers/web/pem" -key "$lab/servers/web/key" > "$lab/servers/web/log" 2>&1 < /dev/null &
echo $! > "$lab/servers/web/pid"
until_true grep -qs ACCEPT "$lab/servers/web/log"
cat > bindings/services.health.yaml <<'END'
endpoints:
  - {id: crane, host: quay, url: 'https://10.98.0.4:8443/', expect: 200}
  - {id: ferry, host: quay, url: 'https://10.98.0.4:8443/', expect: 404}
END
gate H1 http_probe 'with: {endpoints: [crane]}'
gate H2 http_probe 'with: {endpoints: [ferry]}'
restart harbor mill quay
SSL_CERT_FILE=$lab/servers/web/pem
export SSL_CERT_FILE
verify --gate G010 --gate H1 --gate H2 --no-receipt
status_is 1
check 'it answers' '.gates[] | select(.id == "H1") | .verdict == "pass" and .checked == 1 and .findings == []'
check 'the way is told of what is wrong' '.gates[] | select(.id == "H2") | .findings[] | .reason == "http.status" and .path == "jump" and (.message | test("10.98.0.4 through mill"))'
holds 'mill was logged in to once' [ "$(grep -c 'Accepted publickey' "$lab/servers/mill/log")" -eq 1 ]
configure mill 'AllowTcpForwarding no'
verify --gate H1 --no-receipt
status_is 2
check 'what is in the way is told' '.gates[0].findings[] | .subject == "endpoint:crane" and .verdict == "unknown" and .reason == "jump.prohibited"'
unconfigure mill
unset SSL_CERT_FILE
rm gates/H1.yaml gates/H2.yaml

echo '# the machine behind it is down'
server loft stop
verify all --no-receipt
status_is 2
says G010 loft unknown jump.unreached
says R1 loft unknown jump.unreached 'target:loft jump.unreached'
passes mill
passes quay
server loft start

echo '# its address is mute: it costs itself, and nobody behind the same jump host'
on harbor ip link set attic down
on harbor ip route replace 10.97.0.0/24 via 192.168.77.99 dev lan
restart harbor
verify all --no-receipt
status_is 2
says G010 loft unknown net.timeout
holds 'the session to the jump host outlived that' [ "$(connections harbor)" -eq 1 ]
check 'loft alone is unknown' 'all(.gates[].findings[]; .subject == "target:loft" and .verdict == "unknown")'
passes mill
passes quay
on harbor ip route del 10.97.0.0/24
on harbor ip link set attic up

echo '# many mute addresses behind one jump host: the others have their turn meanwhile'
on harbor ip route replace 10.96.0.0/24 via 192.168.77.99 dev lan
{
	echo 'ssh:'
	echo "  defaults: {user: \"$(id -un)\", port: 22022, connect_timeout_sec: 4}"
	echo '  targets:'
	echo '    - {id: harbor, host: 192.168.77.1, access_policy: lan_only}'
	for i in 1 2 3 4 5; do
		echo "    - {id: mute$i, host: 10.96.0.$i, access_policy: lan_only, probe_via: harbor}"
		echo "mute$i $(cut -d' ' -f1,2 "$lab/keys/user.pub")" >> bindings/known_hosts
	done
	echo '    - {id: mill, host: 10.99.0.3, access_policy: lan_only, probe_via: harbor}'
} > bindings/ssh.targets.yaml
restart mill
verify --gate G010 --no-receipt --deadline 4s
passes mill
check 'the mute ones are unknown' '[.gates[].findings[] | select(.subject | test("mute")) | .verdict] == ["unknown", "unknown", "unknown", "unknown", "unknown"]'
targets

echo '# the jump host forwards nothing'
configure harbor 'AllowTcpForwarding no'
verify all --no-receipt
status_is 2
says G010 mill unknown jump.prohibited
says G010 loft unknown jump.prohibited
says G010 quay unknown jump.down 'target:mill jump.prohibited'
passes harbor
unconfigure harbor

echo '# the jump host is down: one cause'
server harbor stop
verify all --no-receipt
status_is 2
for each in mill loft quay; do says G010 "$each" unknown jump.down 'target:harbor net.refused'; done
for each in mill loft quay; do says R1 "$each" unknown jump.down 'target:harbor net.refused'; done
server harbor start

echo '# the jump host dies in the middle: one cause'
gate R4 ssh_command 'with: {argv: [sleep, "2971"]}' 'targets: {ids: [quay, mill, loft]}'
# Whichever of its forebears is the server: how many shells are between is the program's matter.
cat > "$lab/end_server" <<'END'
sleep 1
pid=$PPID
until grep -q '^sshd' "/proc/$pid/comm"; do pid=$(cut -d ' ' -f 4 "/proc/$pid/stat"); done
kill -KILL "$pid"
END
gate R5 ssh_command "with: {argv: [sh, $lab/end_server]}" 'targets: {ids: [harbor]}'
rm gates/R1.yaml gates/R2.yaml gates/R3.yaml
verify all --no-receipt
status_is 2
for each in mill loft quay; do says R4 "$each" unknown ssh.lost 'target:harbor ssh.lost'; done
says R5 harbor unknown ssh.lost 'target:harbor ssh.lost'
holds 'nothing is left of the commands' nobody_runs 'sleep.2971'
rm gates/R4.yaml gates/R5.yaml

echo '# a jump host, and who is behind it, may be named'
cp /etc/hosts "$lab/hosts"
printf '192.168.77.1 harbor.test\n10.99.0.3 mill.test\n' >> "$lab/hosts"
mount --bind "$lab/hosts" /etc/hosts
sed -i 's/host: 192.168.77.1,/host: harbor.test,/; s/host: 10.99.0.3,/host: mill.test,/' bindings/ssh.targets.yaml
gate T1 tcp_open
verify --gate G010 --gate T1 --no-receipt
status_is 0
check 'each was judged' 'all(.gates[]; .checked == 4)'
umount /etc/hosts

echo '# the jump host, too, tries the LAN address and then the tailnet, in an active run'
on harbor ip route replace 10.96.0.0/24 via 192.168.77.99 dev lan
ip -n ctl route add unreachable 100.64.7.5/32
cat > bindings/ssh.targets.yaml <<END
ssh:
  defaults: {user: "$(id -un)", port: 22022, connect_timeout_sec: 4}
  targets:
    - {id: harbor, host: 192.168.77.1, access_policy: lan_only}
    - {id: loft, host: 10.96.0.9, access_policy: lan_first, tailscale_ip: 100.64.7.5, probe_via: harbor}
END
gate G012 path
cp bindings/probe.policy.yaml "$lab/policy"
echo 'tailscale_ssh: probe' >> bindings/probe.policy.yaml
verify all --no-receipt --context scheduled
status_is 2
check 'it is logged in to' '.gates[] | select(.id == "G010") | .checked == 2 and .findings == []'
check 'and the port is open' '.gates[] | select(.id == "T1") | .checked == 2 and .findings == []'
says G012 loft unknown net.not_home
check 'the way is told' '.gates[] | select(.id == "G012") | .findings[] | .path == "jump" and (.message | test("reached at 100.64.7.5 through harbor: .*10.96.0.9 through harbor \\(jump\\): "))'
verify all --no-receipt
status_is 2
says G010 loft unknown net.timeout
says T1 loft unknown net.timeout
rm gates/T1.yaml gates/G012.yaml
cp "$lab/policy" bindings/probe.policy.yaml
targets

echo '# the leg to the jump host follows its own policy'
targets tailscale_required 100.64.7.1
tail_before=$(sent_to tail)
verify all --no-receipt
status_is 2
for each in harbor mill loft quay; do says G010 "$each" skip mode.passive; done
holds 'nothing was sent to the tailnet' [ "$(sent_to tail)" -eq "$tail_before" ]
targets
cat >> bindings/probe.policy.yaml <<'END'
never:
  - {target: harbor, kinds: [ssh_auth], reason: fragile}
END
restart harbor
verify all --no-receipt
for each in mill loft quay; do says G010 "$each" skip policy.never; done
holds 'harbor saw nobody' [ "$(connections harbor)" -eq 0 ]

done_testing
