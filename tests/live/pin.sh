#!/bin/sh
# `targets pin` against real servers: a key is shown to whoever asks, written for whoever knows it,
# and what was pinned is what verify then trusts.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
lab_up

ssh-keygen -q -t ed25519 -N '' -C other -f "$lab/keys/other"
ssh-keygen -q -t ecdsa -N '' -C harbor -f "$lab/keys/ecdsa"
cp bindings/known_hosts "$lab/all_pinned"

print_of() {
	ssh-keygen -lf "$1" | cut -d' ' -f2
}

# pin WORD...: `gaterun targets pin` with these words; its JSON is what the next statements are about
pin() {
	said="targets pin $*"
	"$GATERUN" targets pin "$@" -o json > "$lab/run.json" 2> "$lab/run.err" < /dev/null
	status=$?
}

# state_is STATUS STATE
state_is() {
	status_is "$1"
	check "state $2" ".state == \"$2\" and .exit == $1"
}

# file_is SENTENCE FILE: is known_hosts as this file?
file_is() {
	holds "$1" cmp bindings/known_hosts "$2"
}

# Start harbor again with another host key.
rekey() {
	sh "$LAB/lab.sh" stop "$lab" harbor
	cp "$1" "$lab/servers/harbor/host_key"
	cp "$1.pub" "$lab/servers/harbor/host_key.pub"
	sh "$LAB/lab.sh" start "$lab" harbor
}

# Start harbor again with this line before its other settings.
serve() {
	sh "$LAB/lab.sh" stop "$lab" harbor
	cp "$lab/servers/harbor/sshd_config" "$lab/sshd_config.was"
	{
		echo "$1"
		cat "$lab/sshd_config.was"
	} > "$lab/servers/harbor/sshd_config"
	sh "$LAB/lab.sh" start "$lab" harbor
}

cp "$lab/servers/harbor/host_key" "$lab/keys/first"
cp "$lab/servers/harbor/host_key.pub" "$lab/keys/first.pub"
first=$(print_of "$lab/keys/first.pub")
other=$(print_of "$lab/keys/other.pub")
{
	printf '# pins of the lab\r\n\n this line names mill\n'
	grep -v harbor "$lab/all_pinned"
	printf '# no line end'
} | grep -v 'this line' > "$lab/without"
cp "$lab/without" bindings/known_hosts

echo '# who only asks is shown the key, and nothing is written'
verify --gate G010 --no-receipt
status_is 1
pin harbor
state_is 2 seen
check 'it is the key of the server' ".fingerprint == \"$first\" and .type == \"ssh-ed25519\""
check 'the address is told' ".addresses | any(.address == \"$harbor_host\" and .fingerprint == \"$first\")"
check 'a passive run leaves the other address alone, or it was asked too' \
	'.addresses | all(.fingerprint != null or .reason != null)'
check 'the next command is told' ".next | endswith(\"--fingerprint $first\")"
file_is 'known_hosts is as it was' "$lab/without"
holds 'the server heard of no user' sh -c "! grep -qi 'user\|publickey' '$lab/servers/harbor/log'"

echo '# a fingerprint that does not fit'
pin harbor --fingerprint "$other"
state_is 1 refused
file_is 'known_hosts is as it was' "$lab/without"

echo '# the command that was shown'
chmod 640 bindings/known_hosts
pin harbor --fingerprint "$first"
state_is 0 pinned
holds 'the old lines are there, byte for byte' \
	sh -c "head -c $(wc -c < "$lab/without") bindings/known_hosts | cmp - '$lab/without'"
holds 'the permissions too' sh -c '[ -n "$(find bindings/known_hosts -perm 640)" ]'
holds 'one line was added, with the id' sh -c "tail -n 1 bindings/known_hosts | grep -q '^harbor ssh-ed25519 AAAA.* pinned 20..-..-.., fingerprint compared$'"
holds 'ssh-keygen finds it' sh -c "ssh-keygen -F harbor -l -f bindings/known_hosts | grep -q '$first'"
holds 'nothing else is left in the folder' sh -c '[ "$(ls bindings | grep -c known_hosts)" -eq 1 ]'
verify --gate G010 --no-receipt
status_is 0
check 'all three are let in' '.gates[] | select(.id == "G010") | .verdict == "pass" and .checked == 3'
cp bindings/known_hosts "$lab/pinned"

echo '# again'
pin harbor --accept
state_is 0 pinned_already
file_is 'known_hosts is as it was' "$lab/pinned"

echo '# a server with another key besides is not changed'
serve "HostKey \"$lab/keys/ecdsa\""
pin harbor
state_is 0 pinned_already
check 'the type that is pinned was asked for' '.type == "ssh-ed25519"'

echo '# the key has changed'
rekey "$lab/keys/other"
verify --gate G010 --no-receipt
status_is 1
for words in '' --accept "--fingerprint $other"; do
	# shellcheck disable=SC2086  # words on purpose
	pin harbor $words
	state_is 1 refused
	check 'both keys are named' ".fingerprint == \"$other\" and (.message | contains(\"$first\"))"
	file_is 'known_hosts is as it was' "$lab/pinned"
done
pin harbor --replace
state_is 2 seen
file_is 'nor does --replace alone write' "$lab/pinned"
pin harbor --replace --fingerprint "$other"
state_is 0 pinned
holds 'it stands in one line' sh -c "[ \"\$(grep -c '^harbor ' bindings/known_hosts)\" -eq 1 ]"
verify --gate G010 --no-receipt
status_is 0

echo '# a revoked key'
{
	cat "$lab/without"
	echo
	echo "@revoked * $(cut -d' ' -f1,2 "$lab/keys/other.pub")"
} > "$lab/revoked"
for words in --accept '--accept --replace' "--from $lab/keys/other.pub"; do
	cp "$lab/revoked" bindings/known_hosts
	# shellcheck disable=SC2086  # words on purpose
	pin harbor $words
	state_is 1 refused
	file_is 'is not pinned' "$lab/revoked"
done

echo '# the key of another target'
cp "$lab/without" bindings/known_hosts
pin harbor --from "$lab/servers/mill/host_key.pub"
state_is 1 refused
file_is 'is not pinned' "$lab/without"

echo '# a key from a file, though the machine is away'
sh "$LAB/lab.sh" stop "$lab" harbor
pin harbor --accept
state_is 2 not_seen
check 'why not is told' '.addresses | any(.reason == "net.refused")'
pin harbor --from "$lab/keys/other" --mode static
status_is 65
holds 'a private key is refused as one' grep -q 'private key' "$lab/run.json"
pin harbor --from "$lab/keys/other.pub" --mode static
state_is 0 pinned
sh "$LAB/lab.sh" start "$lab" harbor
verify --gate G010 --no-receipt
status_is 0

echo '# a server that has no Ed25519 key'
cp "$lab/without" bindings/known_hosts
sed '/^HostKey/d' "$lab/sshd_config.was" > "$lab/servers/harbor/sshd_config"
serve "HostKey \"$lab/keys/ecdsa\""
pin harbor --accept
state_is 0 pinned
check 'is pinned with the one it has' '.type == "ecdsa-sha2-nistp256"'
holds 'that nobody compared it stands there' grep -q '^harbor .*accepted as seen, not compared$' bindings/known_hosts
verify --gate G010 --no-receipt
status_is 0

echo '# addresses that lead to different machines'
cp "$lab/without" bindings/known_hosts
sh "$LAB/lab.sh" stop "$lab" harbor
sed '/^HostKey/d' "$lab/sshd_config.was" > "$lab/servers/harbor/sshd_config"
serve "HostKey \"$lab/keys/other\""
if [ "$harbor_host" != "$mill_host" ]; then
	sed -i.was "s/127\.0\.1\.1/$mill_host/; s/port: $harbor_port/port: $mill_port/" bindings/ssh.targets.yaml
	sed "s/^ListenAddress.*/ListenAddress $harbor_host/; s/^Port.*/Port $mill_port/" \
		"$lab/servers/harbor/sshd_config" > "$lab/sshd_config"
	cp "$lab/sshd_config" "$lab/servers/harbor/sshd_config"
	sh "$LAB/lab.sh" stop "$lab" harbor
	sh "$LAB/lab.sh" start "$lab" harbor
	pin harbor --accept
	state_is 1 refused
	check 'both keys are shown' '[.addresses[].fingerprint] | length == 2 and .[0] != .[1] and all(. != null)'
	file_is 'nothing is pinned' "$lab/without"
	git checkout -q bindings/ssh.targets.yaml
fi

echo '# a name is looked up'
if [ "$harbor_host" = 127.0.0.1 ]; then
	cp "$lab/without" bindings/known_hosts
	sed -i.was "s/127\.0\.0\.1\"/localhost\"/" bindings/ssh.targets.yaml
	pin harbor
	state_is 2 seen
	check 'and its address told' '.addresses | any(.address == "localhost (127.0.0.1)" and .fingerprint != null)'
	git checkout -q bindings/ssh.targets.yaml
fi

echo '# nothing is sent where the policy says so'
cp "$lab/without" bindings/known_hosts
: > "$lab/servers/harbor/log"
pin harbor --accept --mode static
state_is 2 not_seen
printf 'never:\n  - {target: harbor, kinds: [ssh_auth], reason: fragile}\n' >> bindings/probe.policy.yaml
pin harbor --accept
state_is 2 not_seen
check 'the rule is told' '.message | contains("fragile")'
holds 'no packet came' sh -c "! grep -q 'Connection' '$lab/servers/harbor/log'"
file_is 'nothing is pinned' "$lab/without"
git checkout -q bindings/probe.policy.yaml

echo '# files that cannot be written, or are elsewhere'
cp "$lab/without" bindings/known_hosts
pin harbor --from "$lab/keys/other.pub" --file "$lab/elsewhere/known_hosts"
state_is 0 pinned
holds 'a new file has the line' grep -q '^harbor ' "$lab/elsewhere/known_hosts"
file_is 'the file of the repo is as it was' "$lab/without"
printf 'harbor what\n' > bindings/known_hosts
pin harbor --from "$lab/keys/other.pub"
status_is 65
holds 'a line that cannot be read stays' sh -c "[ \"\$(cat bindings/known_hosts)\" = 'harbor what' ]"

done_testing
