# Six machines on a LAN and a tailnet, each with an SSH server and a network of its own, to be sourced
# after tap.sh: . "$LAB/netlab.sh"
#
# `net_enter "$0"` starts the test again in namespaces of its own, where one may do to a network what one
# likes and everything ends with the test; `net_up` then builds it. The network namespace that the test is
# in holds the two switches: the bridges `lan` and `tail`. Each machine, and the control host `ctl`, is a
# namespace with an interface at each: 192.168.77.N and 100.64.7.N. Names are those of lab.sh.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # tap.sh has $status

NAMES='harbor lantern mill quay loft well'
SEGMENTS='lan tail'
CTL=250

skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

# net_enter TEST: the rest of the test runs in namespaces, or is skipped with the reason
net_enter() {
	[ -z "${IN_NET:-}" ] || return 0
	[ "$(uname -s)" = Linux ] || skip 'network namespaces are a thing of Linux'
	command -v ip > /dev/null || skip 'no ip(8) here; the package is iproute2'
	sh "$LAB/sshd.sh" > /dev/null 2> "${TMPDIR:-/tmp}/sshd" || skip "$(tail -n 1 "${TMPDIR:-/tmp}/sshd")"
	# As an ordinary user one is root of nothing but keeps the rights over what one makes: a server that
	# ran as root there could not let anybody in.
	options='-nmp'
	[ "$(id -u)" -eq 0 ] || options='-Ucnmp --keep-caps'
	# shellcheck disable=SC2086  # words on purpose
	unshare $options -f --mount-proc --kill-child ip link add probe type bridge 2> "${TMPDIR:-/tmp}/why" ||
		skip "no network namespaces here (a container?): $(head -n 1 "${TMPDIR:-/tmp}/why")"
	enter="sh $1"
	[ "$(id -u)" -ne 0 ] || enter="sh $LAB/in_namespace.sh $enter"
	# shellcheck disable=SC2086
	IN_NET=1 exec unshare $options -f --mount-proc --kill-child $enter
}

# on MACHINE COMMAND...: run it there
on() {
	where=$1
	shift
	nsenter --net="/run/netns/$where" "$@"
}

# ---- the network

# join MACHINE NUMBER: plug it into both switches
join() {
	ip netns add "$1"
	ip -n "$1" link set lo up
	# A machine would chatter about its IPv6 addresses; a silent network is one where packets count. And
	# one that loses an address is to keep the others.
	on "$1" sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv4.conf.all.promote_secondaries=1 2> /dev/null
	for segment in $SEGMENTS; do
		ip link add "$segment$2" type veth peer name "$segment" netns "$1"
		ip link set "$segment$2" master "$segment" up
		ip -n "$1" addr add "$(address "$segment" "$2")" dev "$segment"
		ip -n "$1" link set "$segment" up
	done
}

# address SEGMENT NUMBER: with its prefix
address() {
	case $1 in
	lan) echo "192.168.77.$2/24" ;;
	tail) echo "$(tail_of "$2")/10" ;;
	esac
}

# tail_of NUMBER: the address in the tailnet
tail_of() {
	echo "100.64.7.$1"
}

# number_of NAME: 1 to 6
number_of() {
	# shellcheck disable=SC2086
	printf '%s\n' $NAMES | awk -v name="$1" '$0 == name { print NR }'
}

# server NAME start|stop
server() {
	LAB_ENTER="nsenter --net=/run/netns/$1" sh "$LAB/lab.sh" "$2" "$lab" "$1"
}

# What the interface of the control host has sent to this segment.
sent_to() {
	on ctl cat "/sys/class/net/$1/statistics/tx_packets" 2> /dev/null ||
		ip -n ctl -s -o link show "$1" | sed 's/.*TX:[^\\]*\\ *[0-9]* *\([0-9]*\).*/\1/'
}

net_up() {
	lab=$(mktemp -d "${TMPDIR:-/tmp}/lab.XXXXXX")
	chmod 755 "$lab"
	trap 'sh "$LAB/lab.sh" down "$lab"; rm -rf "$lab"' EXIT
	trap 'exit 143' INT TERM HUP
	[ "$(id -u)" -eq 0 ] || mount -t tmpfs tmpfs /run
	for segment in $SEGMENTS; do
		ip link add "$segment" type bridge
		ip link set "$segment" up
	done
	join ctl "$CTL"
	{
		echo "LOGIN='$(id -un)'"
		echo "NAMES='$NAMES'"
	} > "$lab/lab.env"
	number=0
	for name in $NAMES; do
		number=$((number + 1))
		join "$name" "$number"
		sh "$LAB/lab.sh" make "$lab" "$name" 0.0.0.0 22022 || exit 1
		server "$name" start || exit 1
		echo "${name}_host=192.168.77.$number ${name}_port=22022 ${name}_tail=$(tail_of "$number")" >> "$lab/lab.env"
	done
	sh "$LAB/repo.sh" "$lab"
	cd "$lab/repo" || exit 1
	# `verify` of tap.sh starts this instead.
	printf '#!/bin/sh\nexec nsenter --net=/run/netns/ctl "%s" "$@"\n' "$GATERUN" > "$lab/gaterun"
	chmod +x "$lab/gaterun"
	GATERUN=$lab/gaterun
}

# ---- what one may do to it; net_mend takes it all back

# The machine is not on this segment any more: nobody answers for its address.
unplug() {
	ip -n "$1" link set "$2" down
}

# It hears what is sent to it there, but nothing it says comes back.
mute() {
	case $2 in
	lan) ip -n "$1" route add blackhole "192.168.77.$CTL/32" ;;
	tail) ip -n "$1" route add blackhole "100.64.7.$CTL/32" ;;
	esac
}

# The control host knows of no way to the machine's address there.
cut_off() {
	ip -n ctl route add unreachable "$(address "$2" "$(number_of "$1")" | cut -d / -f 1)/32"
}

# serve_at NAME ADDRESS: its server listens there only
serve_at() {
	sed -i.plain "s/^ListenAddress.*/ListenAddress $2/" "$lab/servers/$1/sshd_config"
	server "$1" stop
	server "$1" start
}

# impostor NAME SEGMENT OTHER: another machine has its address
impostor() {
	unplug "$1" "$2"
	ip -n "$3" addr add "$(address "$2" "$(number_of "$1")")" dev "$2"
}

# It gives up its own address on the LAN, and keeps those that it took from others. (Whether they go
# with the first one of their prefix depends on the system: promote_secondaries.)
give_up() {
	own=$(address lan "$(number_of "$1")")
	taken=$(ip -n "$1" -o addr show dev lan | awk -v own="$own" '$3 == "inet" && $4 != own { print $4 }')
	ip -n "$1" addr del "$own" dev lan
	for each in $taken; do ip -n "$1" addr replace "$each" dev lan; done
}

# hush NAME [ADDRESS]: something accepts connections at this address of it and says nothing
hush() {
	server="$lab/servers/hush"
	if [ $# -eq 1 ]; then
		kill -CONT "$(cat "$server/pid")"
		sh "$LAB/lab.sh" stop "$lab" hush
		return
	fi
	mkdir -p "$server"
	sed "s/^ListenAddress.*/ListenAddress $2/" "$lab/servers/$1/sshd_config" > "$server/sshd_config"
	LAB_ENTER="nsenter --net=/run/netns/$1" sh "$LAB/lab.sh" start "$lab" hush
	kill -STOP "$(cat "$server/pid")"
}

# The control host is somewhere else: its LAN is another one.
go_away() {
	ip -n ctl addr flush dev lan
	ip -n ctl addr add 10.20.30.40/24 dev lan
}

# Everything as net_up left it.
net_mend() {
	for name in $NAMES; do
		number=$(number_of "$name")
		ip -n "$name" route flush type blackhole 2> /dev/null
		for segment in $SEGMENTS; do
			ip -n "$name" addr flush dev "$segment"
			ip -n "$name" addr add "$(address "$segment" "$number")" dev "$segment"
			ip -n "$name" link set "$segment" up
		done
		if [ -e "$lab/servers/$name/sshd_config.plain" ]; then
			mv "$lab/servers/$name/sshd_config.plain" "$lab/servers/$name/sshd_config"
			server "$name" stop
			server "$name" start
		fi
	done
	ip -n ctl route flush type unreachable 2> /dev/null
	for segment in $SEGMENTS; do
		ip -n ctl addr flush dev "$segment"
		ip -n ctl addr add "$(address "$segment" "$CTL")" dev "$segment"
		ip -n ctl link set "$segment" up
		ip -n ctl neigh flush dev "$segment"
	done
	restore
}
