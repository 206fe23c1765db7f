#!/bin/sh
# Which lines of known_hosts pin a name? gaterun has a reader of its own; OpenSSH's says what is right.
# shellcheck disable=SC1091
set -u
. "$LAB/tap.sh"

if ! command -v ssh-keygen > /dev/null; then
	echo '1..0 # SKIP no ssh-keygen here'
	exit 0
fi

lab=$(mktemp -d "${TMPDIR:-/tmp}/lab.XXXXXX")
trap 'rm -rf "$lab"' EXIT
mkdir -p "$lab/repo/bindings"
cd "$lab/repo" || exit 1
printf 'version: 1\ngates: shipped\nbindings: {tailnet_snapshot: none, services_health: none}\n' > gaterun.yaml

number=0
# key: a key line like no other
key() {
	number=$((number + 1))
	printf 'ssh-ed25519 %s\n' "$(printf '\000\000\000\013ssh-ed25519\000\000\000\040%032d' "$number" | base64 | tr -d '\n')"
}

# Every line has a key of its own; its names come from here. Two things differ on purpose: a line with an
# empty name in its list is refused, and a hashed name is looked for in lower case, as ssh does.
set -f
for names in a pi nas NAS nas,pi 'pi,nas2' 'na?' 'n*' '*' '*.example' '?' '??' 'nas.*' '*s' '*,!nas' \
	'!nas,*' '!n*,nas' '!pi,nas' '!nas' '[nas]:2222' '[*]:2222' '[nas]' '192.168.1.20' '192.168.1.*' \
	'fe80::1' 'x.nas.example' '*.*.example' 'n**s' '*n*a*s*' 'PI,*.EXAMPLE' 'na' 'nass' \
	'n?s,!n[a]s' '!*' '*,!*' '!NAS,n*'; do
	echo "$names $(key)"
	echo "@revoked $names $(key)"
	echo "@cert-authority $names $(key)"
done > plain
set +f
for name in hidden pi x.nas.example; do
	echo "$name $(key)"
done > hashed
ssh-keygen -q -H -f hashed > /dev/null 2>&1
{
	cat plain
	printf '\n# a comment\n   \n'
	cat hashed
	printf 'bad ssh-ed25519 AAAA\nbad\nbad ssh-ed25519 !!!\n@bad bad %s\n' "$(key)"
	printf ' \tnas\t%s  trailing\r\n' "$(key)"
	printf 'pi %s' "$(key)"
} > bindings/known_hosts

set -- a pi hidden nas nas2 NAS nas.example x.nas.example z na nass 192.168.1.20 192.168.1.21 fe80::1
# targets PORT: the names as machines with that port, and what we say to them
targets() {
	{
		echo 'ssh:'
		echo '  targets:'
		last=0
		for name in $names; do
			last=$((last + 1))
			echo "    - {id: \"$name\", host: 10.20.30.$last, port: $1}"
		done
	} > bindings/ssh.targets.yaml
	"$GATERUN" targets list -o json > "$lab/run.json"
}

# theirs NAME: the lines that OpenSSH finds
theirs() {
	ssh-keygen -F "$1" -f bindings/known_hosts 2> /dev/null |
		sed -n 's/^# Host .* found: line \([0-9]*\) *$/\1/p'
}

names=$*
targets 22
for name; do
	theirs "$name" > "$lab/theirs"
	jq -r --arg id "$name" '.targets[] | select(.id == $id) | .pins[].line' "$lab/run.json" > "$lab/ours"
	holds "$name is pinned by the lines that OpenSSH finds" cmp "$lab/ours" "$lab/theirs"
	diff "$lab/ours" "$lab/theirs" | sed 's/^/# /'
done
holds 'they are more than a few' sh -c "[ \"\$(jq '[.targets[].pins[]] | length' '$lab/run.json')\" -gt 50 ]"

# ssh looks for the name with its port, and finding none for the name alone. A line that negates the name
# in either form is left out here, which differs on purpose.
sed -i.was '/^[^ ]*![^ ]* /d' bindings/known_hosts
targets 2222
for name; do
	theirs "[$name]:2222" > "$lab/theirs"
	[ -s "$lab/theirs" ] || theirs "$name" > "$lab/theirs"
	jq -r --arg id "$name" '.targets[] | select(.id == $id) | .pins[].line' "$lab/run.json" > "$lab/ours"
	holds "$name at port 2222 is pinned by the lines that OpenSSH finds" cmp "$lab/ours" "$lab/theirs"
	diff "$lab/ours" "$lab/theirs" | sed 's/^/# /'
done

done_testing
