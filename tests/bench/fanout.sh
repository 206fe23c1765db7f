#!/bin/sh
# Many machines against the tools people use for that: fanout.sh BUILD [TARGETS | gates]...
#
# One real SSH server, alone with the clients in a network namespace, answers on as many loopback
# addresses as there are targets (100, 300 and 1000). Server and clients share the processors, so what
# counts is the CPU time of the client; wall time is the server's. Every tool uses the same key, 64 at a
# time, and proves the server's key. `gates` (which is among them by default) compares ten gates in one run
# with a run for each. Called by run.sh, as root or where user namespaces are allowed.
# Exit status: 0 every limit that could be measured is kept, 1 one is not, 69 it cannot be measured here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
gaterun=$build/gaterun
out=$build/bench
shift
[ $# -gt 0 ] || set -- 100 300 1000 gates
missed=0
export LC_ALL=C

if [ "${FANOUT_INSIDE:-}" != yes ]; then
	sshd=$(sh "$here/../lab/sshd.sh") || exit 69
	[ "$(id -u)" -eq 0 ] || { echo '  -      fan-out: not measured, this needs root'; exit 69; }
	unshare -nm true 2> /dev/null || { echo '  -      fan-out: not measured, there are no namespaces'; exit 69; }
	export sshd FANOUT_INSIDE=yes
	exec unshare -nm --kill-child -fp --mount-proc sh "$here/../lab/in_namespace.sh" sh "$0" "$build" "$@"
fi

dir=$out/fanout
rm -rf "$dir"
mkdir -p "$dir"
# The login shell of whoever runs this may do anything; that of the bench does nothing.
sed 's|^root:.*|root:x:0:0:root:/:/bin/sh|' /run/passwd > /run/passwd.new
cat /run/passwd.new > /run/passwd
ip link set lo up 2> /dev/null || ifconfig lo up
trap 'kill "$server" 2> /dev/null || true' EXIT

# ---- the server

ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
ssh-keygen -q -t ed25519 -N '' -f "$dir/host_key"
cat > "$dir/sshd_config" << END
ListenAddress 0.0.0.0
Port 2200
HostKey $dir/host_key
PidFile none
AuthorizedKeysFile $dir/key.pub
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
MaxStartups 1000
UseDNS no
PrintMotd no
LogLevel INFO
END
"$sshd" -D -e -f "$dir/sshd_config" 2> "$dir/log" < /dev/null &
server=$!

# ---- the targets

# address N: of target number N
address() {
	echo "127.7.$(($1 / 250)).$(($1 % 250 + 1))"
}

# gate ID: one that runs a command everywhere
gate() {
	cat > "$repo/gates/${1#X}-command.yaml" <<-END
	id: $1
	title: Every machine runs a command
	kind: ssh_command
	with: {argv: [uname]}
	packs: [fast]
	severity: high
	timeout: 5m
	triage: Look at the machine.
	owner: bench
	explain: Says what the machine is.
	END
}

# repo COUNT: the ops repo, an ssh_config, and a list of names
repo() {
	repo=$dir/$1
	rm -rf "$repo"
	host_key=$(cut -d ' ' -f 1,2 "$dir/host_key.pub")
	mkdir -p "$repo/bindings" "$repo/gates"
	git init -q "$repo"
	printf 'version: 1\nidentity: %s\n' "$dir/key" > "$repo/gaterun.yaml"
	gate X010
	printf 'version: 1\ncontexts:\n  local: {mode: passive}\n' > "$repo/bindings/probe.policy.yaml"
	{
		echo 'ssh:'
		echo '  targets:'
	} > "$repo/bindings/ssh.targets.yaml"
	number=0
	while [ "$number" -lt "$1" ]; do
		number=$((number + 1))
		at=$(address "$number")
		printf '    - {id: m%s, host: "%s", port: 2200, user: root, access_policy: lan_only}\n' "$number" "$at" \
			>> "$repo/bindings/ssh.targets.yaml"
		echo "m$number $host_key" >> "$repo/bindings/known_hosts"
		printf 'Host m%s\nHostName %s\nHostKeyAlias m%s\n' "$number" "$at" "$number" >> "$repo/ssh_config"
		echo "m$number" >> "$repo/names"
		echo "m$number" >> "$repo/inventory"
	done
	cat >> "$repo/ssh_config" <<-END
	Host *
	Port 2200
	User root
	IdentityFile $dir/key
	IdentitiesOnly yes
	BatchMode yes
	UserKnownHostsFile $repo/bindings/known_hosts
	GlobalKnownHostsFile /dev/null
	StrictHostKeyChecking yes
	LogLevel ERROR
	END
}

# ---- the measurement

at() {
	awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$out/fanout.measured"
}

ended() {
	[ "$(at "$1" 6)" = "${2:-0}" ] && return
	echo "  MISSED $1 ended with exit status $(at "$1" 6)"
	missed=1
}

limit() {
	verdict=ok
	awk -v value="$2" -v most="$3" 'BEGIN { exit !(value <= most) }' || { verdict=MISSED; missed=1; }
	printf '  %-6s %s: %s (at most %s)\n' "$verdict" "$1" "$2" "$3"
}

ratio() {
	awk -v one="$1" -v other="$2" 'BEGIN { printf "%.3g", one / other }'
}

have() {
	command -v "$1" > /dev/null 2>&1
}

# Logins that the server has let in so far.
logins() {
	grep -c '^Accepted publickey' "$dir/log" || true
}

# show COUNT: the measurement, per target
show() {
	awk -F '\t' -v count="$1" '{ printf "  %-16s %9.2f ms wall %9.2f ms CPU (%.2f for each target) %7.1f MiB\n", $1, $2, $4, $4 / count, $5 / 1024 }' \
		"$out/fanout.measured"
}

fan_out() {
	count=$1
	repo "$count"
	echo "fan-out: $count targets, 64 at a time"
	set -- gaterun "$gaterun" --root "$repo" verify fast --no-receipt \
		-- ssh-curve25519 xargs -a "$repo/names" -P 64 -I NAME ssh -F "$repo/ssh_config" -o KexAlgorithms=curve25519-sha256 -n NAME uname
	if [ "$count" -le 300 ]; then
		set -- "$@" -- ssh xargs -a "$repo/names" -P 64 -I NAME ssh -F "$repo/ssh_config" -n NAME uname
		! have clush || set -- "$@" -- clush clush -f 64 -S --hostfile="$repo/names" -o "-F $repo/ssh_config" uname
		! have parallel-ssh || set -- "$@" -- parallel-ssh parallel-ssh -p 64 -t 0 -h "$repo/names" -x "-F $repo/ssh_config" uname
	fi
	if [ "$count" -le 100 ] && have ansible; then
		set -- "$@" -- ansible env LC_ALL=C.UTF-8 ANSIBLE_SSH_ARGS="-F $repo/ssh_config" ANSIBLE_HOME="$dir/ansible" ansible all -i "$repo/inventory" -f 64 -m raw -a uname
	fi
	MEASURE_SHARED=yes "$out/measure" 1 "$@" > "$out/fanout.measured"
	show "$count"
	for each in gaterun ssh-curve25519 ssh clush parallel-ssh ansible; do
		[ -z "$(at "$each" 6)" ] || ended "$each"
	done
	limit 'CPU of the client / ssh with curve25519' "$(ratio "$(at gaterun 4)" "$(at ssh-curve25519 4)")" 0.1
	limit 'peak memory in MiB' "$(ratio "$(at gaterun 5)" 1024)" 20
}

# Ten gates on a hundred machines: a run with all of them, and ten runs with one each.
ten_gates() {
	repo 100
	numbers='010 011 012 013 014 015 016 017 018 019'
	for each in $numbers; do gate "X$each"; done
	cat > "$dir/one-by-one" <<-END
	for each in $numbers; do
		"$gaterun" --root "$repo" verify --gate "X\$each" --no-receipt || exit
	done
	END
	echo 'ten gates: 100 targets'
	before=$(logins)
	"$gaterun" --root "$repo" verify fast --no-receipt > /dev/null || true
	limit 'connections' $(($(logins) - before)) 100
	MEASURE_SHARED=yes "$out/measure" 1 one-run "$gaterun" --root "$repo" verify fast --no-receipt \
		-- run-each sh "$dir/one-by-one" > "$out/fanout.measured"
	show 100
	ended one-run
	ended run-each
	limit 'wall time of one run / ten runs' "$(ratio "$(at one-run 2)" "$(at run-each 2)")" 0.2
	limit 'CPU of the client, one run / ten runs' "$(ratio "$(at one-run 4)" "$(at run-each 4)")" 0.2
}

for each in "$@"; do
	case $each in
	gates) ten_gates ;;
	*) fan_out "$each" ;;
	esac
done
exit "$missed"
