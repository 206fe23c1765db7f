#!/bin/sh
# LAN first, against real servers: which address is used, who else was asked, and what is said about
# it. The lab's tailnet addresses are loopback addresses too, so a passive run may dial them.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab, lab.env the places
set -u
. "$LAB/tap.sh"
lab_up
if [ "$harbor_host" = "$mill_host" ]; then
	echo '1..0 # SKIP one loopback address is not enough for two paths'
	exit 0
fi

auth='.gates[] | select(.id == "G010")'
path='.gates[] | select(.id == "G012")'
harbor='.subject == "target:harbor"'

verify_path() {
	verify --gate G010 --gate G012 --no-receipt "$@"
}

# listen NAME ADDRESS...: start a server again that listens there and nowhere else
listen() {
	name=$1
	shift
	config=$lab/servers/$name/sshd_config
	sed -i.was '/^ListenAddress/d' "$config"
	for each in "$@"; do echo "ListenAddress $each:$harbor_port"; done >> "$config"
	sh "$LAB/lab.sh" stop "$lab" "$name"
	sh "$LAB/lab.sh" start "$lab" "$name" || report 'not ok' "$name listens at $*"
}

# Nobody's name was said to this server.
heard_nobody() {
	grep -q 'Connection from' "$lab/servers/$1/log" &&
		! grep -qi 'user\|publickey' "$lab/servers/$1/log"
}

echo '# at home'
verify_path
status_is 0
check 'all three are reached at home' "$path | .verdict == \"pass\" and .checked == 3 and .findings == []"

echo '# the LAN port is closed'
listen harbor 127.0.1.1
verify_path
status_is 1
check 'the machine is reached all the same' "$auth | .verdict == \"pass\" and .checked == 3"
check 'the fallback is a finding' "$path | .findings | length == 1 and (.[0] | $harbor and .verdict == \"fail\" and .reason == \"path.fallback\")"
check 'with both attempts' "$path | .findings[0].attempts | map(.outcome) == [\"net.refused\", \"verified\"] and all(.took_ms < 3000)"
check 'and in words' "$path | .findings[0].message | test(\"reached at 127.0.1.1: .*$harbor_host \\\\(loopback\\\\): nothing listens there\")"

echo '# another machine has the LAN address'
listen lantern "$lantern_host" "$harbor_host"
verify_path
status_is 1
check 'a remark of the login' "$auth | .verdict == \"pass\" and (.findings | any($harbor and .verdict == \"pass\" and .reason == \"net.lan_foreign\"))"
check 'a failure of the way' "$path | .findings | any($harbor and .verdict == \"fail\" and .reason == \"net.lan_foreign\")"
check 'the others are at home' "$path | .checked == 3 and (.findings | length == 1)"

echo '# it alone is asked for, so that its log is about nothing else'
listen lantern "$harbor_host"
verify_path --target harbor
status_is 1
holds 'the stranger did not learn who asked' heard_nobody lantern

echo '# another machine has both addresses'
sh "$LAB/lab.sh" stop "$lab" harbor
listen lantern "$lantern_host" "$harbor_host" 127.0.1.1
verify_path
status_is 1
check 'the key has changed' "$auth | .findings | any($harbor and .verdict == \"fail\" and .reason == \"ssh.host_key.changed\")"
check 'the way hangs on that' "$path | .findings | any($harbor and .verdict == \"unknown\" and (.caused_by | test(\"G010 target:harbor ssh.host_key.changed\")))"

echo '# another machine has the LAN address, and its key is revoked'
listen lantern "$lantern_host" "$harbor_host"
listen harbor 127.0.1.1
echo "@revoked harbor $(cut -d' ' -f1,2 "$lab/servers/lantern/host_key.pub")" >> bindings/known_hosts
verify_path --target harbor
status_is 1
check 'that stops everything' "$auth | .findings | any($harbor and .verdict == \"fail\" and .reason == \"ssh.host_key.revoked\")"
holds 'the other address was not even dialled' sh -c "! grep -q 'Connection from' '$lab/servers/harbor/log'"
restore

echo '# what has the LAN address accepts and is silent'
kill -STOP "$(cat "$lab/servers/lantern/pid")"
verify_path --target harbor
kill -CONT "$(cat "$lab/servers/lantern/pid")"
status_is 1
check 'the fallback waited for its turn' "$path | .findings[0] | .reason == \"path.fallback\" and (.attempts | map(.outcome) == [\"dropped\", \"verified\"] and .[1].started_ms >= 200)"

echo '# the machine does not take the key: that is final'
: > "$lab/keys/authorized_keys"
listen lantern "$lantern_host"
listen harbor "$harbor_host" 127.0.1.1
verify_path --target harbor
status_is 1
check 'denied, at home' "$auth | .findings[0] | .reason == \"auth.denied\" and (.attempts | length == 1)"
holds 'once' sh -c "[ \"\$(grep -c 'Connection from' '$lab/servers/harbor/log')\" -eq 1 ]"
restore

echo '# one connection for both gates'
listen harbor "$harbor_host" 127.0.1.1
verify_path --target harbor
status_is 0
holds 'once' sh -c "[ \"\$(grep -c 'Connection from' '$lab/servers/harbor/log')\" -eq 1 ]"

echo '# a host that is a name'
sed -i.was "s/host: \"$harbor_host\"/host: \"localhost\"/" bindings/ssh.targets.yaml
verify_path --target harbor
status_is 0
check 'its address is found' "$path | .verdict == \"pass\" and .checked == 1"
listen harbor 127.0.1.1
verify_path --target harbor
status_is 1
check 'a finding says name and address' "$path | .findings[0].attempts | any(.address == \"localhost ($harbor_host)\" and .outcome == \"net.refused\")"
restore

echo '# many targets of one machine, of which it takes ten at a time'
listen harbor "$harbor_host"
sed -i.was 's/^MaxStartups.*/MaxStartups 10:100:10/' "$lab/servers/harbor/sshd_config"
listen harbor "$harbor_host"
number=0
while [ $number -lt 40 ]; do
	number=$((number + 1))
	cat <<-END >> bindings/ssh.targets.yaml
	    - {id: twin$number, host: "$harbor_host", port: $harbor_port, user: "$LOGIN", access_policy: lan_only}
	END
	echo "twin$number $(cut -d' ' -f1,2 "$lab/servers/harbor/host_key.pub")" >> bindings/known_hosts
done
mkdir gates-only
cat > gates-only/010-in.yaml <<-END
id: G010
title: All are let in
kind: ssh_auth
packs: [all]
severity: high
owner: ops
review_by: 2999-01-01
triage: none
explain: none
END
sed -i.was 's/^gates:.*/gates: gates-only/' gaterun.yaml
verify --gate G010 --no-receipt
status_is 0
check 'none is refused' "$auth | .verdict == \"pass\" and .checked == 43"

done_testing
