#!/bin/sh
# G010 with keys of every type, and with a real ssh-agent that has them: one key is ever shown.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
lab_up
trap 'stop_agent; sh "$LAB/lab.sh" down "$lab"; rm -rf "$lab"' EXIT

auth='.gates[] | select(.id == "G010")'
identity=$lab/keys/user

# How often does a run for all three make this system call with words that match the pattern?
count_calls() {
	# (No tool that looks for leaks runs under another that traces.)
	ASAN_OPTIONS=detect_leaks=0 strace -f -e "trace=$1" -o "$lab/calls" \
		"$GATERUN" verify --identity "$identity" --gate G010 --no-receipt > /dev/null 2>&1
	grep -c "$2" "$lab/calls"
}

# traced SENTENCE CALL PATTERN COUNT: where the system lets us look
traced() {
	if strace -o /dev/null true 2> /dev/null; then
		holds "$1" test "$(count_calls "$2" "$3")" -eq "$4"
	fi
}

# A new agent without keys, and without a way to ask whoever runs the tests.
start_agent() {
	rm -f "$lab/agent"
	unset DISPLAY WAYLAND_DISPLAY SSH_ASKPASS SSH_ASKPASS_REQUIRE
	eval "$(ssh-agent -s -a "$lab/agent")" > /dev/null
}

stop_agent() {
	[ -z "${SSH_AGENT_PID:-}" ] || kill -KILL "$SSH_AGENT_PID"
	rm -f "$lab/agent"
	unset SSH_AGENT_PID SSH_AUTH_SOCK
}

verify_auth() {
	verify --identity "$identity" --gate G010 --no-receipt
}

let_in() {
	verify_auth
	status_is 0
	check "$1" "$auth | .verdict == \"pass\" and .checked == 3 and .findings == []"
}

# not_tried SENTENCE STATUS VERDICT REASON: one finding about the key, and nobody is asked
not_tried() {
	for each in $NAMES; do : > "$lab/servers/$each/log"; done
	verify_auth
	status_is "$2"
	check "$1" "$auth | .findings | any(.subject == \"run:identity\" and .verdict == \"$3\" and .reason == \"$4\")"
	check 'it is the cause of all three' "$auth | [.findings[] | select(.caused_by != null and .verdict == \"unknown\")] | length == 3"
	holds 'no packet was sent' sh -c "! grep -q 'Connection from' '$lab'/servers/*/log"
}

# new_key NAME TYPE [OPTION]...: a key that the servers let in
new_key() {
	file=$lab/keys/$1 type=$2
	shift 2
	ssh-keygen -q -t "$type" "$@" -N '' -C "$type" -f "$file"
	cat "$file.pub" >> "$lab/keys/authorized_keys"
}

new_key ecdsa ecdsa
new_key ecdsa521 ecdsa -b 521
new_key rsa rsa -b 2048
new_key rsa_pem rsa -b 3072 -m PEM
new_key ecdsa_pem ecdsa -b 384 -m PKCS8

echo '# keys of each type, in files'
for name in ecdsa ecdsa521 ecdsa_pem rsa rsa_pem; do
	identity=$lab/keys/$name
	let_in "$name is let in"
done

traced 'the key is read once for all three' openat "keys/rsa_pem\"" 1

echo '# a key that the servers do not know'
ssh-keygen -q -t rsa -b 2048 -N '' -C other -f "$lab/keys/other"
identity=$lab/keys/other
verify_auth
status_is 1
check 'it is denied' "$auth | .findings | length == 3 and all(.reason == \"auth.denied\" and .verdict == \"fail\")"
if "$GATERUN" version | grep -q 'libssh2 *1\.10'; then
	check 'the old library is named' "$auth | .findings | all(.message | contains(\"libssh2 < 1.11\"))"
fi

echo '# a public key without an agent'
identity=$lab/keys/user.pub
not_tried 'there is no agent' 2 unknown auth.agent.absent
start_agent
not_tried 'the agent has no keys' 2 unknown auth.agent.lacks_key

echo '# the agent has the key, and others before it'
for name in other ecdsa ecdsa521 rsa rsa_pem user; do
	ssh-add -q "$lab/keys/$name" 2> /dev/null
done
for name in user ecdsa ecdsa521 rsa rsa_pem; do
	identity=$lab/keys/$name.pub
	for each in $NAMES; do : > "$lab/servers/$each/log"; done
	let_in "$name of the agent is let in"
	shown=$(cat "$lab"/servers/*/log | grep -o 'SHA256:[A-Za-z0-9+/]*' | sort -u |
		grep -v -F "$(for each in $NAMES; do ssh-keygen -l -f "$lab/servers/$each/host_key.pub"; done | cut -d ' ' -f 2)")
	holds 'no other key was shown' test "$shown" = "$(ssh-keygen -l -f "$identity" | cut -d ' ' -f 2)"
done

traced 'the agent is asked which keys it has and for one signature, then for one for each target' \
	connect "AF_UNIX.*$lab/agent" 5

echo '# a locked private key'
identity=$lab/keys/user
ssh-keygen -q -p -P '' -N 'a passphrase' -f "$identity" > /dev/null
let_in 'the agent has it'
ssh-add -q -d "$identity.pub" 2> /dev/null
not_tried 'the agent does not have it' 1 fail auth.key.locked

echo '# a key that asks somebody each time'
ssh-add -q -c "$lab/keys/ecdsa" 2> /dev/null
identity=$lab/keys/ecdsa.pub
not_tried 'the agent may not sign' 2 unknown auth.agent.refused

echo '# an agent that hangs'
identity=$lab/keys/rsa.pub
kill -STOP "$SSH_AGENT_PID"
not_tried 'it may be waiting for somebody' 2 unknown auth.agent.silent
kill -CONT "$SSH_AGENT_PID"
let_in 'and then it is let in'

echo '# an agent that has died'
kill -KILL "$SSH_AGENT_PID"
unset SSH_AGENT_PID
not_tried 'its socket leads nowhere' 2 unknown auth.agent.absent
SSH_AUTH_SOCK=$lab/keys
not_tried 'what is no socket leads nowhere, too' 2 unknown auth.agent.absent

echo '# a key in a file needs no agent, whatever that is'
identity=$lab/keys/ecdsa
let_in 'the file is enough'

echo '# certificates'
ssh-keygen -q -t ed25519 -N '' -C authority -f "$lab/keys/authority"
ssh-keygen -q -t ed25519 -N '' -C stranger -f "$lab/keys/stranger"
for each in $NAMES; do
	sh "$LAB/lab.sh" stop "$lab" "$each"
	echo "TrustedUserCAKeys $lab/keys/authority.pub" >> "$lab/servers/$each/sshd_config"
	sh "$LAB/lab.sh" start "$lab" "$each"
done

# certify NAME AUTHORITY SPAN
certify() {
	rm -f "$lab/keys/$1-cert.pub"
	ssh-keygen -q -s "$lab/keys/$2" -I someone -n "$LOGIN" -V "$3" "$lab/keys/$1.pub"
}

# remarked SENTENCE WORDS: let in, and there is a remark about the certificate
remarked() {
	verify_auth
	status_is 0
	check "$1" "$auth | .verdict == \"pass\" and .checked == 3 and (.findings | length == 1 and .[0].reason == \"auth.certificate\" and .[0].verdict == \"pass\" and (.[0].message | contains(\"$2\")))"
}

ssh-keygen -q -t ecdsa -N '' -C certified -f "$lab/keys/certified"
identity=$lab/keys/certified
certify certified authority always:forever
let_in 'the certificate is let in, not the key'
start_agent
ssh-add -q "$lab/keys/certified" 2> /dev/null
ssh-add -q -d "$lab/keys/certified-cert.pub" 2> /dev/null
identity=$lab/keys/certified.pub
let_in 'and so it is when the agent signs'
stop_agent
identity=$lab/keys/certified
certify certified stranger always:forever
verify_auth
status_is 1
check 'that of a stranger is not' "$auth | .findings | length == 3 and all(.reason == \"auth.denied\")"
identity=$lab/keys/ecdsa
certify ecdsa stranger always:forever
let_in 'where the certificate is not taken, the key may be'
certify ecdsa authority 20200101:20200201
remarked 'one that has expired is not shown' 'has expired'
cp "$lab/keys/certified-cert.pub" "$lab/keys/ecdsa-cert.pub"
remarked 'that of another key is not shown' 'of this key'
identity=$lab/keys/rsa
certify rsa authority always:forever
if "$GATERUN" version | grep -q 'libssh2 *1\.10'; then
	remarked 'the old library shows none of an RSA key' 'libssh2 1.10'
else
	let_in 'one of an RSA key is let in'
fi

done_testing
