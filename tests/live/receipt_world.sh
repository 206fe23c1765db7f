#!/bin/sh
# What a receipt says of machines, jump hosts and outputs: what ssh-keygen says of their keys, and the
# very bytes. Then the same, spoilt.
#
#	ctl --- lan --- harbor --- 10.99.0.0/24 --- mill
# shellcheck disable=SC1091,SC2154  # netlab.sh sets $lab
set -u
. "$LAB/tap.sh"
. "$LAB/netlab.sh"
net_enter "$0"
net_up

ip -n harbor link add inner type veth peer name inner netns mill
ip -n harbor addr add 10.99.0.1/24 dev inner
ip -n mill addr add 10.99.0.3/24 dev inner
ip -n harbor link set inner up
ip -n mill link set inner up

cat > bindings/ssh.targets.yaml <<-END
ssh:
  defaults: {user: "$(id -un)", port: 22022, connect_timeout_sec: 2}
  targets:
    - {id: harbor, host: 192.168.77.1, access_policy: lan_only}
    - {id: loft, host: 192.168.77.5, access_policy: lan_first, tailscale_ip: 100.64.7.5}
    - {id: mill, host: 10.99.0.3, access_policy: lan_only, probe_via: harbor}
    - {id: well, host: 192.168.77.6, access_policy: lan_only}
END
mkdir -p gates
cat > gates/R1.yaml <<-END
id: R1
title: a command
kind: ssh_command
packs: [all]
severity: high
owner: ops
triage: look
explain: because
timeout: 30s
targets: {ids: [mill, loft]}
with: {argv: [sh, -c, 'printf "of %s\\\\n" secret-in-the-output; echo aside >&2; exit 0']}
END
sed 's/^id: R1/id: R2/; s/ids: \[mill, loft\]/ids: [harbor]/; s/^with:.*/with: {argv: [sh, -c, "yes x | head -c 200000"]}/' gates/R1.yaml > gates/R2.yaml
sed 's/^id: R1/id: R3/; s/ids: \[mill, loft\]/ids: [well]/; s/^kind:.*/kind: ssh_auth/; /^with:/d' gates/R1.yaml > gates/R3.yaml
sed -i.was 's/^gates: .*/gates: gates/' gaterun.yaml && rm gaterun.yaml.was
sed -i.was "s|^well .*|well $(cut -d' ' -f1,2 "$lab/keys/user.pub")|" bindings/known_hosts && rm bindings/known_hosts.was

# statement FILTER: what the receipt of the run says
statement() {
	jq -r .payload "$receipt" | base64 -d | jq -e -r "$1"
}

# fact SENTENCE FILTER
fact() {
	if statement "$2" > "$lab/fact" 2>&1; then
		report ok "$1"
	else
		report 'not ok' "$1"
		echo "# not so: $2"
		statement '.predicate["urn:gaterun:receipt:v1"] | {targets, runner, results}' | sed 's/^/# /'
	fi
}

# shown_by NAME: fingerprint of the key that the machine's server has, as ssh-keygen says it
shown_by() {
	ssh-keygen -lf "$lab/servers/$1/host_key.pub" | cut -d ' ' -f 2
}

export GATERUN_TOKEN=secret-in-the-environment
verify all
status_is 1
receipt=$(jq -r .receipt.file "$lab/run.json")
groups='.predicate["urn:gaterun:receipt:v1"]'

echo '# machines'
fact 'all four, in order' "$groups.targets | map(.name) == [\"harbor\", \"loft\", \"mill\", \"well\"]"
for each in harbor loft mill; do
	fact "$each showed the key that it has" "$groups.targets[] | select(.name == \"$each\") | .fingerprint == \"$(shown_by "$each")\" and .keyType == \"ssh-ed25519\" and .trust == \"known_hosts\" and .state == \"logged_in\" and .user == \"$(id -un)\""
	line=$(grep -n "^$each " bindings/known_hosts | cut -d : -f 1)
	fact "line $line of known_hosts pins it" "$groups.targets[] | select(.name == \"$each\") | .pinnedBy == \"bindings/known_hosts:$line\""
	fact 'it is a subject' "any(.subject[]; .name == \"host:$each\" and .digest.sha256 == \"$(cut -d ' ' -f 2 "$lab/servers/$each/host_key.pub" | base64 -d | sha256sum | cut -d ' ' -f 1)\")"
done
if command -v ssh-keyscan > /dev/null; then
	scanned=$(on harbor ssh-keyscan -T 5 -p 22022 -t ed25519 10.99.0.3 2> /dev/null | ssh-keygen -lf - | cut -d ' ' -f 2)
	fact 'ssh-keyscan, asked from the jump host, says the same of mill' "$groups.targets[] | select(.name == \"mill\") | .fingerprint == \"$scanned\""
fi
fact 'mill was reached through harbor' "$groups.targets[] | select(.name == \"mill\") | .path == \"jump\" and .via == \"harbor\" and .address == \"10.99.0.3\" and .port == 22022"
fact 'loft over the LAN' "$groups.targets[] | select(.name == \"loft\") | .path == \"lan\" and .policy == \"lan_first\" and .address == \"192.168.77.5\" and .via == null"
fact 'well showed a key that is not pinned, and was told nobody' "$groups.targets[] | select(.name == \"well\") | .state == \"refused\" and .trust == \"none\" and .user == null and .pinnedBy == null and .fingerprint == \"$(shown_by well)\""
fact 'which is no subject' "all(.subject[]; .name != \"host:well\")"

echo '# runner'
fact 'the user who ran it' "$groups.runner.user == \"$(id -un)\" or $groups.runner.uid == $(id -u)"
if [ -s /etc/machine-id ]; then
	origin=$(statement "$groups.identity.logOrigin")
	named=$(printf 'gaterun machine\n%s' "$origin" | openssl dgst -sha256 -hmac "$(cat /etc/machine-id)" | sed 's/.* //')
	fact 'its machine, by a name that nobody else can make' "$groups.runner.machine == \"$named\""
	holds 'but not its id' sh -c "! jq -r .payload '$receipt' | base64 -d | grep -q '$(cat /etc/machine-id)'"
fi

echo '# outputs'
said=$(printf 'of secret-in-the-output\n' | sha256sum | cut -d ' ' -f 1)
fact 'digest and length of what mill said' "$groups.results[] | select(.id == \"R1\") | .outputs | map(select(.subject == \"target:mill\")) | .[0].stream == \"stdout\" and .[0].sha256 == \"$said\" and .[0].bytes == 24 and .[1].stream == \"stderr\" and .[1].bytes == 6"
fact 'what harbor said was cut' "$groups.results[] | select(.id == \"R2\") | .outputs[0] | .truncated and .bytes == 65536 and .sha256 == \"$(yes x | head -c 65536 | sha256sum | cut -d ' ' -f 1)\""
for each in secret-in-the-output secret-in-the-environment; do
	holds "no receipt holds $each" sh -c "! jq -r .payload '$receipt' | base64 -d | grep -q $each"
	holds "nor does the log hold $each" sh -c "! find '${XDG_STATE_HOME:-$HOME/.local/state}/gaterun/logs' -name '*.json' -exec jq -r .payload {} + | base64 -d | grep -q $each"
done
kept=${XDG_STATE_HOME:-$HOME/.local/state}/gaterun/outputs
holds 'the bytes are kept, for their owner alone' [ "$(stat -c '%a' "$kept/$said" 2> /dev/null || stat -f '%Lp' "$kept/$said")" = 600 ]
"$GATERUN" receipt show "$receipt" --with-outputs > "$lab/shown"
holds 'and can be looked at' grep -q '^  | of secret-in-the-output$' "$lab/shown"
holds 'and so can the machines' grep -q 'mill at 10.99.0.3 port 22022, over jump through harbor' "$lab/shown"
"$GATERUN" receipt verify "$receipt" -o json > "$lab/run.json"
check 'the receipt is valid' '.verdict == "own" and .outputs == {kept: 5, absent: 0, changed: 0}'
echo more >> "$kept/$said"
"$GATERUN" receipt verify "$receipt" -o json > "$lab/run.json"
status=$?
status_is 1
check 'an output that was changed is said' '.reason == "receipt.output_changed" and (.why | test("outputs/'"$said"'"))'
rm "$kept/$said"
"$GATERUN" receipt verify "$receipt" -o json > "$lab/run.json"
status=$?
status_is 0
check 'one that is gone makes nothing worse' '.verdict == "own" and .outputs.absent == 2'

echo '# a static run meets nobody'
verify all --mode static
receipt=$(jq -r .receipt.file "$lab/run.json")
fact 'no target, no output' "($groups | has(\"targets\") | not) and all($groups.results[]; has(\"outputs\") | not)"
done_testing
