#!/bin/sh
# What `targets` tells other programs: ssh(1) itself logs in by it, trusts the pinned keys and no
# others, and asks nobody; so does it with the words that Ansible would give it.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
lab_up

ssh-keygen -q -t ed25519 -N '' -C other -f "$lab/keys/other"

# tell FORMAT: have the targets told for another program
tell() {
	"$GATERUN" targets "--$1" > "$lab/$1" 2> "$lab/run.err" < /dev/null
	status=$?
}

# log_in TARGET [WORD...]: by the configuration, with nobody to ask
log_in() {
	name=$1
	shift
	ssh -F "$lab/ssh-config" "$@" "$name" true < /dev/null > "$lab/ssh.out" 2>&1
}

# Log in to harbor with what Ansible would give ssh; values in quotes are as in JSON.
log_in_as_ansible() {
	value() {
		sed -n "/^    \"harbor\":/,/^    \"/s/^ *$1: //p" "$lab/ansible"
	}
	eval "ssh $(value ansible_ssh_common_args | jq -r .) -p $(value ansible_port) \
		-l $(value ansible_user | jq -r .) $(value ansible_host | jq -r .) true" \
		< /dev/null > "$lab/ssh.out" 2>&1
}

fails() {
	! "$@"
}

# Is the inventory what Ansible takes? Without Ansible, is it YAML? (Then by what there is.)
is_yaml() {
	if command -v ansible-inventory > /dev/null; then
		LC_ALL=C.UTF-8 ansible-inventory -i "$lab/ansible" --list > "$lab/inventory"
	elif python3 -c 'import yaml' 2> /dev/null; then
		python3 -c 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))' \
			< "$lab/ansible" > "$lab/inventory"
	elif command -v yq > /dev/null; then
		yq . "$lab/ansible" > "$lab/inventory"
	fi
}

echo '# directly'
tell ssh-config
status_is 0
for name in $NAMES; do
	holds "$name lets ssh in" log_in "$name"
done
holds 'where a target is told by its id alone' fails log_in "$harbor_host"
tell ansible
status_is 0
holds 'the inventory is well-formed' is_yaml
holds 'harbor lets in what Ansible would start' log_in_as_ansible

echo '# through a jump host, and one behind another; a folder with odd letters'
odd="$lab/odd % folder"
git clone -q "$lab/repo" "$odd"
cd "$odd" || exit 1
sed -i.was 's/^    - id: "harbor"$/    - probe_via: mill\
      id: "harbor"/; s/^    - id: "mill"$/    - probe_via: lantern\
      id: "mill"/' bindings/ssh.targets.yaml
tell ssh-config
status_is 0
holds 'ssh reaches harbor over mill over lantern' log_in harbor
holds 'mill saw the way' grep -q 'direct-tcpip\|Accepted' "$lab/servers/mill/log"
: > "$lab/servers/lantern/log"
tell ansible
status_is 0
holds 'so does what Ansible would start' log_in_as_ansible
holds 'over lantern' grep -q 'Accepted publickey' "$lab/servers/lantern/log"
sed -i.was "s|^lantern .*|lantern $(cut -d' ' -f1,2 "$lab/keys/other.pub")|" bindings/known_hosts
holds 'a jump host with another key stops ssh' fails log_in harbor
holds 'and what Ansible would start' fails log_in_as_ansible
holds 'because of its key' grep -q 'Host key verification failed' "$lab/ssh.out"
git checkout -q .

echo '# only pinned keys are trusted, and nothing is written'
tell ssh-config
sed -i.was '/^harbor /d' bindings/known_hosts
cp bindings/known_hosts "$lab/before"
mkdir -p "$HOME/.ssh"
echo "harbor $(cut -d' ' -f1,2 "$lab/servers/harbor/host_key.pub")" > "$HOME/.ssh/known_hosts"
holds 'an unpinned key stops ssh' fails log_in harbor
holds 'known_hosts is as it was' cmp bindings/known_hosts "$lab/before"
echo "[harbor]:$harbor_port $(cut -d' ' -f1,2 "$lab/servers/harbor/host_key.pub")" >> bindings/known_hosts
tell ssh-config
holds 'a pin for the port is found' log_in harbor
git checkout -q .
: > "$lab/keys/authorized_keys"
tell ssh-config
holds 'ssh asks for no password' fails log_in harbor
holds 'but says that the key is not taken' grep -q 'Permission denied (publickey' "$lab/ssh.out"

done_testing
