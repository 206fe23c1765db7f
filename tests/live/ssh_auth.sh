#!/bin/sh
# G010 against real servers: the key is let in, and each way in which it is not has its own reason.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
lab_up

auth='.gates[] | select(.id == "G010")'

# auth_says NAME VERDICT REASON: what G010 found out about one target
auth_says() {
	check "$1: $2, $3" "$auth | .findings | any(.subject == \"target:$1\" and .verdict == \"$2\" and .reason == \"$3\")"
}

# only NAME: nothing but this target has a finding
only() {
	check "the other targets are judged as before" "$auth | .findings | all(.subject == \"target:$1\")"
}

verify_auth() {
	verify --gate G010 --no-receipt
}

# Wait until a server has said how its connection ended, and whether it heard of a user before.
heard_nobody() {
	until_true grep -q 'closed\|reset\|Disconnected' "$lab/servers/$1/log" &&
		! grep -qi 'user\|publickey' "$lab/servers/$1/log"
}

# A key that no server has.
ssh-keygen -q -t ed25519 -N '' -C other -f "$lab/keys/other"
other=$(cut -d' ' -f1,2 "$lab/keys/other.pub")
harbor=$(cut -d' ' -f1,2 "$lab/servers/harbor/host_key.pub")

echo '# the key is let in'
verify_auth
status_is 0
check 'all three are judged, and nothing is found' "$auth | .verdict == \"pass\" and .checked == 3 and .findings == []"

echo '# the key is not authorised'
: > "$lab/keys/authorized_keys"
verify_auth
status_is 1
auth_says harbor fail auth.denied
auth_says mill fail auth.denied
check 'who was asked for, and where, is told' "$auth | .findings | all(.message | test(\"^[^@ ]+@[0-9.]+ port [0-9]+: \"))"
restore

echo '# another host key is pinned'
sed -i.was "s|^harbor .*|harbor $other|" bindings/known_hosts
restart harbor
verify_auth
status_is 1
auth_says harbor fail ssh.host_key.changed
only harbor
holds 'the stranger did not learn who asked' heard_nobody harbor
restore

echo '# the server shows a revoked key, and another is pinned'
sed -i.was "s|^harbor .*|harbor $other|" bindings/known_hosts
echo "@revoked * $harbor" >> bindings/known_hosts
verify_auth
status_is 1
auth_says harbor fail ssh.host_key.revoked
restore

echo '# the pinned key is revoked: the required gate fails, and nothing is sent'
echo "@revoked harbor $harbor" >> bindings/known_hosts
restart harbor
verify_auth
status_is 1
check 'G013 says why' '.gates[] | select(.id == "G013") | .findings | any(.reason == "keys.revoked")'
auth_says harbor unknown requires.failed
check 'with its cause' "$auth | .findings[0].caused_by != null"
holds 'no packet was sent' sh -c "! grep -q 'Connection from' '$lab/servers/harbor/log'"
restore

echo '# no key is pinned'
sed -i.was '/^harbor /d' bindings/known_hosts
verify_auth
status_is 1
check 'G013 says why' '.gates[] | select(.id == "G013") | .findings | any(.reason == "keys.unpinned")'
auth_says harbor unknown requires.failed
only harbor
restore

echo '# the server wants a password'
configure harbor 'PubkeyAuthentication no' 'PasswordAuthentication yes'
verify_auth
status_is 1
auth_says harbor fail auth.blocked.interactive
only harbor
unconfigure harbor

echo '# the server is stopped'
sh "$LAB/lab.sh" stop "$lab" harbor
verify_auth
status_is 2
auth_says harbor unknown net.refused
only harbor

echo '# a target that may be away is away'
sed -i.was 's/^    - id: "harbor"$/    - optional: true\
      id: "harbor"/' bindings/ssh.targets.yaml
verify_auth
status_is 0
auth_says harbor skip target.optional
restore
sh "$LAB/lab.sh" start "$lab" harbor

echo '# the server hangs: its port accepts, and nothing is said'
kill -STOP "$(cat "$lab/servers/mill/pid")"
verify_auth
kill -CONT "$(cat "$lab/servers/mill/pid")"
status_is 2
auth_says mill unknown net.silent
only mill

echo '# the key wants a passphrase, or lies open, or is not there'
cp "$lab/keys/user" "$lab/keys/kept"
ssh-keygen -q -p -P '' -N 'a passphrase' -f "$lab/keys/user" > /dev/null
verify_auth
status_is 1
check 'a locked key fails' "$auth | .findings | any(.verdict == \"fail\" and .reason == \"auth.key.locked\")"
cp "$lab/keys/kept" "$lab/keys/user"
chmod 644 "$lab/keys/user"
verify_auth
status_is 2
check 'an open key is not used' "$auth | .findings | any(.verdict == \"unknown\" and .reason == \"auth.key.exposed\")"
rm "$lab/keys/user"
verify_auth
status_is 2
check 'an absent key is said to be absent' "$auth | .findings | any(.verdict == \"unknown\" and .reason == \"auth.key.absent\")"
sed -i.was '/^identity:/d' gaterun.yaml
verify_auth
status_is 2
check 'no key at all' "$auth | .findings | any(.verdict == \"unknown\" and .reason == \"auth.no_identity\")"

done_testing
