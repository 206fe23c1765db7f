# Receipts signed by a real ssh-agent: other programs verify them as if a file had signed. Whatever an agent
# does instead of signing has its own sentence, ends in time, and leaves a log that verifies.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"

for each in ssh-agent ssh-add ssh-keygen openssl python3; do
	if ! command -v "$each" > /dev/null; then
		echo "1..0 # SKIP there is no $each"
		exit 0
	fi
done
lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/receipt_agent.XXXXXX")" && pwd -P)
agent='' stub=''
trap 'stop; rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
unset XDG_CONFIG_HOME XDG_STATE_HOME DISPLAY WAYLAND_DISPLAY SSH_ASKPASS SSH_ASKPASS_REQUIRE SSH_AUTH_SOCK
export HOME="$lab/home"
mkdir -p "$HOME/.config/gaterun" "$lab/keys" "$lab/ops"
git config --global user.name test
git config --global user.email test@test.example
cd "$lab/ops" || exit 1
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"
fleet

stop() {
	for each in $agent $stub; do kill -KILL "$each" 2> /dev/null; done
	agent='' stub=''
	rm -f "$lab/agent" "$lab/stub"
}

# A new agent without keys.
start() {
	stop
	eval "$(ssh-agent -s -a "$lab/agent")" > /dev/null
	agent=$SSH_AGENT_PID
}

# stub COUNT DEED: in front of the agent from now on (agent_stub.py)
stub() {
	[ -z "$stub" ] || kill -KILL "$stub"
	rm -f "$lab/stub" "$lab/stub.out"
	python3 "$CASES/../live/agent_stub.py" "$lab/stub" "$lab/agent" "$@" > "$lab/stub.out" &
	stub=$!
	until_true grep -q ready "$lab/stub.out"
	SSH_AUTH_SOCK=$lab/stub
}

# The key that signs from now on: a file of the folder of keys.
sign_with() {
	echo "signing_key: $lab/keys/$1" > "$HOME/.config/gaterun/config.yaml"
}

# A run; its receipt, if it has one, is $receipt.
run() {
	verify --gate G001
	receipt=$(jq -r '.receipt.file // empty' "$lab/run.json")
}

signed() {
	run
	status_is 0
	holds "$1" "$GATERUN" receipt verify "$receipt"
}

# not_signed SENTENCE WORDS: no receipt, and these words say why
not_signed() {
	run
	status_is 73
	check "$1" '.receipt == null and .exit == 73 and .verdict == "pass"'
	holds "it says '$2'" grep -q -e "$2" "$lab/run.err"
	holds 'the log is as it should be' sound
}

sound() {
	"$GATERUN" log verify --full > "$lab/log" 2>&1 && return
	sed 's/^/# /' "$lab/log"
	return 1
}

new_key() {
	file=$lab/keys/$1
	shift
	ssh-keygen -q -N '' -C receipts -f "$file" "$@"
}

new_key own -t ed25519
new_key rsa -t rsa -b 2048
new_key ecdsa -t ecdsa
cp "$lab/keys/own" "$lab/keys/locked"
ssh-keygen -q -p -P '' -N 'a passphrase' -f "$lab/keys/locked" > /dev/null

# The parts of a receipt, as other programs want them.
take_apart() {
	jq -rj .payload "$receipt" | base64 -d > "$lab/body"
	type=$(jq -rj .payloadType "$receipt")
	{ printf 'DSSEv1 %d %s %d ' ${#type} "$type" "$(wc -c < "$lab/body")"; cat "$lab/body"; } > "$lab/pae"
	jq -rj '.signatures[0].sig' "$receipt" | base64 -d > "$lab/sig"
}

by_openssl() {
	openssl pkeyutl -verify -pubin -inkey "$lab/key.pem" -rawin -in "$lab/pae" -sigfile "$lab/sig"
}

echo '# an agent signs'
start
ssh-add -q "$lab/keys/own" 2> /dev/null
sign_with own.pub
mv "$lab/keys/own" "$lab/keys/own.kept"
signed 'the receipt verifies, without the private key in reach'
"$GATERUN" key export --format pem > "$lab/key.pem"
take_apart
holds 'openssl verifies it' by_openssl
fingerprint=$(ssh-keygen -l -f "$lab/keys/own.pub" | cut -d ' ' -f 2)
check 'the signer is the key of the agent' ".receipt.signer == \"$fingerprint\""
holds 'and reads the key' openssl pkey -pubin -in "$lab/key.pem" -noout
"$GATERUN" key export --format ssh > "$lab/key.ssh"
holds 'ssh-keygen reads it, too' sh -c "ssh-keygen -l -f '$lab/key.ssh' | grep -q -F '$fingerprint'"
holds 'key show says who signs' sh -c "'$GATERUN' key show | grep -q 'in an SSH agent'"
holds 'the log is as it should be' sound
printf x >> "$lab/pae"
holds 'and openssl refuses it with a byte more' sh -c "! openssl pkeyutl -verify -pubin -inkey '$lab/key.pem' -rawin -in '$lab/pae' -sigfile '$lab/sig'"
cp "$lab/keys/own.kept" "$lab/keys/own"
sign_with own
signed 'the same key in a file goes on in the same log'
check 'as its third and fourth entry' '.receipt.log_index == 3'
sign_with locked
signed 'and so does the same key with a passphrase, by the agent'
check 'as its fifth and sixth' '.receipt.log_index == 5'

echo '# many runs at once'
sign_with own.pub
pids=''
for each in 1 2 3 4 5 6 7 8; do
	"$GATERUN" verify --gate G001 > "$lab/parallel.$each" 2>&1 &
	pids="$pids $!"
done
failed=0
for each in $pids; do wait "$each" || failed=$((failed + 1)); done
holds 'all of them are signed' test "$failed" -eq 0
holds 'the log is as it should be' sound
holds 'and has all their entries' grep -q 'entries  22: 11 runs, 0 of them without a receipt' "$lab/log"
run
receipt=$(jq -r .receipt.file "$lab/run.json")

echo '# trusted by the line of key trust'
mkdir -p receipts/trust
"$GATERUN" key trust --principal ops@example >> receipts/trust/allowed_signers 2> "$lab/err"
holds 'the receipt is by that principal' sh -c "'$GATERUN' receipt verify '$receipt' | grep -q 'signed by ops@example'"
holds 'ssh-keygen finds the principal in the line' sh -c "echo x > '$lab/x' && rm -f '$lab/x.sig' && ssh-keygen -q -Y sign -n gaterun-receipt -f '$lab/keys/own' '$lab/x' && ssh-keygen -Y verify -f receipts/trust/allowed_signers -I ops@example -n gaterun-receipt -s '$lab/x.sig' < '$lab/x'"
holds 'for receipts only' sh -c "! ssh-keygen -Y verify -f receipts/trust/allowed_signers -I ops@example -n git -s '$lab/x.sig' < '$lab/x'"
git add receipts/trust
git commit -q -m trust

echo '# a key of a file is replaced by one of an agent'
new_key next -t ed25519
new_key own2 -t ed25519
sign_with own2
signed 'a key in a file signs'
ssh-add -q "$lab/keys/next" 2> /dev/null
mv "$lab/keys/next" "$lab/keys/next.kept"
stub 2 die
holds 'an agent that dies before it signs leaves the rotation to be gone on with' sh -c "! '$GATERUN' log rotate --to '$lab/keys/next.pub' > '$lab/out' 2>&1"
SSH_AUTH_SOCK=$lab/agent
holds 'the key is replaced by that of the agent' "$GATERUN" log rotate --to "$lab/keys/next.pub"
next=$(ssh-keygen -l -f "$lab/keys/next.pub" | cut -d ' ' -f 2)
signed 'which signs now'
check 'as the agent has it' ".receipt.signer == \"$next\""
check 'behind the log-open' '.receipt.log_index == 2'
holds 'the key file holds no private key' cmp "$lab/keys/own2" "$lab/keys/next.pub"
holds 'both logs are as they should be' sound
holds 'and the one continues the other' grep -q '^after .*: 3 entries$' "$lab/log"
ssh-add -q -d "$lab/keys/next.pub" 2> /dev/null
holds 'a key that the agent lacks takes the place of none' sh -c "! '$GATERUN' log rotate > '$lab/out' 2>&1 && cmp '$lab/keys/own2' '$lab/keys/next.pub'"
sign_with own.pub

echo '# an agent that does not sign'
sign_with own.pub
ssh-add -q -D 2> /dev/null
not_signed 'the agent has no keys' 'put it there (ssh-add FILE), or unlock the agent (ssh-add -X)'
sign_with locked
not_signed 'a key with a passphrase that the agent lacks' 'needs a passphrase, and nothing may ask for one'
sign_with own.pub
ssh-add -q "$lab/keys/rsa" 2> /dev/null
not_signed 'the agent has another key' 'it shows 1 keys'
ssh-add -q -c "$lab/keys/own" 2> /dev/null
not_signed 'a key that wants a confirmation' 'seems to want a confirmation each time (ssh-add -c)'
holds 'and is not taken for one that is bound' sh -c "! grep -q -e 'ssh-add -h' '$lab/run.err'"
ssh-add -q -D 2> /dev/null
echo "somewhere $(cut -d ' ' -f 1,2 "$lab/keys/own.pub")" > "$lab/known_hosts"
if ssh-add -q -H "$lab/known_hosts" -h somewhere "$lab/keys/own" 2> /dev/null; then
	not_signed 'a key that is bound to hosts' 'bound to hosts (ssh-add -h)'
	holds 'and is not taken for one that asks' sh -c "! grep -q -e 'ssh-add -c' '$lab/run.err'"
fi
ssh-add -q -D 2> /dev/null
ssh-add -q "$lab/keys/own" 2> /dev/null
printf 'secret\nsecret\n' | setsid ssh-add -x > "$lab/out" 2>&1
not_signed 'an agent that is locked' 'it shows 0 keys, as one does that is locked'
printf 'secret\n' | setsid ssh-add -X > "$lab/out" 2>&1
signed 'and when it is unlocked, it signs'
kill -STOP "$agent"
not_signed 'an agent that hangs' 'no answer in time'
check 'it costs the run its deadline, and not more' '.duration_ms < 20000'
kill -CONT "$agent"
signed 'and when it goes on, it signs'

echo '# an agent that asks somebody'
# The dialog of an agent is a program; this one answers as the file says, or not at all.
cat > "$lab/askpass" <<-END
	#!/bin/sh
	echo asked >> "$lab/asked"
	[ ! -e "$lab/nobody" ] || { echo \$\$ > "$lab/dialog"; exec sleep 60; }
	[ -e "$lab/yes" ]
END
chmod +x "$lab/askpass"
stop
DISPLAY=:none SSH_ASKPASS=$lab/askpass SSH_ASKPASS_REQUIRE=force ssh-agent -s -a "$lab/agent" > "$lab/out"
agent=$(sed -n 's/.*SSH_AGENT_PID=\([0-9]*\);.*/\1/p' "$lab/out")
SSH_AUTH_SOCK=$lab/agent
ssh-add -q -c "$lab/keys/own" 2> /dev/null
not_signed 'somebody says no' 'seems to want a confirmation each time (ssh-add -c)'
: > "$lab/yes"
signed 'somebody says yes, each time'
: > "$lab/nobody"
not_signed 'nobody says anything' 'it may be waiting for a confirmation (ssh-add -c)'
kill "$(cat "$lab/dialog")"
start
ssh-add -q "$lab/keys/own" 2> /dev/null

echo '# an agent that stops signing in the middle of a run: 1 list, 2 trial, 3 start, 4 receipt, 5 head'
entries=$(find "$HOME/.local/state/gaterun" -path '*/entries/*' | wc -l)
stub 3 die
not_signed 'it dies after the start' 'connect: No such file'
holds 'the start is there, the receipt is not' test "$(find "$HOME/.local/state/gaterun" -path '*/entries/*' | wc -l)" -eq $((entries + 1))
holds 'it is one run without a receipt' grep -q '1 of them without a receipt' "$lab/log"
stub 4 die
not_signed 'it dies after the receipt, before the head' 'connect: No such file'
stub 3 hang
not_signed 'it hangs after the start' 'no answer in time'
stub 3 rsa
not_signed 'it signs the receipt in another way' "signed in another way than 'ssh-ed25519'"
stub 3 other
not_signed 'it signs something else' 'does not verify'
stub 1 other
not_signed 'it signs something else from the beginning' 'its signature is not one of the key'
SSH_AUTH_SOCK=$lab/agent
signed 'and then all goes on'

echo '# keys that sign no receipts'
ssh-add -q "$lab/keys/ecdsa" 2> /dev/null
sign_with rsa.pub
not_signed_early() {
	run
	status_is 73
	holds "it says '$1'" grep -q -e "$1" "$lab/run.err"
}
not_signed_early "type is 'ssh-rsa', expected ssh-ed25519"
sign_with rsa
not_signed_early "type 'ssh-rsa', expected Ed25519"
sign_with ecdsa.pub
not_signed_early "type is 'ecdsa-sha2-nistp256', expected ssh-ed25519"
echo 'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkAAAABHNzaDo= touch' > "$lab/keys/touch.pub"
sign_with touch.pub
not_signed_early 'wants to be touched by a human'
sign_with nothing
not_signed_early 'No such file or directory'
holds 'a key that config.yaml names is not made' test ! -e "$lab/keys/nothing"
run
verify --gate G001 --context ci
status_is 73
holds 'nor replaced by one that is thrown away' sh -c "! grep -q 'thrown away' '$lab/run.err'"

echo "signing_key: $lab/keys/absent.pub" > "$HOME/.config/gaterun/config.yaml"
holds 'a public key is not made' sh -c "'$GATERUN' key new 2>&1 | grep -q 'names a public key'"
echo "signing_key: $lab/keys/new/own" > "$HOME/.config/gaterun/config.yaml"
holds 'a private one is, when it is asked for' "$GATERUN" key new
holds 'for its owner alone' test "$(stat -c %a "$lab/keys/new/own")" = 600
signed 'and it signs'

echo '# an agent that is gone'
sign_with own.pub
stop
not_signed 'its socket leads nowhere' 'start one and put the key into it'
unset SSH_AUTH_SOCK
not_signed 'there is none' 'SSH_AUTH_SOCK is not set'
holds 'old receipts verify all the same' "$GATERUN" receipt verify "$(find receipts -name 'RUN-*' | head -n 1)"

done_testing
