#!/bin/sh
# A small fleet of real SSH servers on loopback, and the ops repo that describes it.
#
#   lab.sh up DIR [--all]    make DIR, start the servers, write DIR/repo; with --all also what gates look at
#                            beyond SSH (see services.sh)
#   lab.sh down DIR          stop what `up` and `start` started; DIR stays for whoever made it
#   lab.sh start DIR NAME    start one server again (after a change to its sshd_config), or one whose
#                            folder DIR/servers/NAME somebody else has made
#   lab.sh stop DIR NAME     stop one server
#   lab.sh make DIR NAME ADDRESS PORT
#                            write the keys and settings of a server, and the user's keys, and start
#                            nothing
#
# DIR/lab.env says what a test may want to know: LOGIN, NAMES, and for each name <name>_host, <name>_port
# and <name>_tail, its address in the tailnet. DIR/keys/ holds the user's key pair, DIR/servers/NAME/ a
# server's keys, settings, log and pid.
# Servers run as the current user, on the port of their choice on 127.0.0.1, 127.0.0.2 and 127.0.0.3,
# or on 127.0.0.1 alone, with a port each, where the system has no other loopback address, or if
# LAB_ONE_ADDRESS is yes.
# As root a server demands things of the machine: see in_namespace.sh, which gives it its own. LAB_ENTER,
# if it is set, is the command that runs a server instead.
# Exit status: 0, or 1 with one sentence on stderr.
set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
NAMES='harbor lantern mill'

fail() {
	echo "lab: $*" >&2
	exit 1
}

# ---- one server

# Does process PID live? A dead one may stay listed until its parent asks after it.
is_alive() {
	kill -0 "$1" 2> /dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}

# What has this process as its parent? (/proc, because ps is not in every base system.)
children_of() {
	if [ -r /proc/self/stat ]; then
		cat /proc/[0-9]*/stat 2> /dev/null | sed 's/^\([0-9]*\) (.*) . \([0-9]*\) .*/\1 \2/'
	else
		ps -A -o pid= -o ppid=
	fi | awk -v parent="$1" '$2 == parent { print $1 }'
}

stop_server() {
	[ -f "$dir/servers/$1/pid" ] || return 0
	pid=$(cat "$dir/servers/$1/pid")
	rm -f "$dir/servers/$1/pid"
	# A session outlives the listener, so it ends first.
	for each in $(children_of "$pid"); do
		kill "$each" 2> /dev/null || true
	done
	kill "$pid" 2> /dev/null || true
	tries=0
	while is_alive "$pid" && [ "$tries" -lt 100 ]; do
		tries=$((tries + 1))
		sleep 0.02
	done
}

# Start server NAME and wait until it listens; 1 if it could not, with its log in place.
start_server() {
	home=$dir/servers/$1
	: > "$home/log"
	# shellcheck disable=SC2086  # $enter is a command with its words, none of which may hold a blank
	(cd "$here" && exec $enter "$sshd" -D -e -f "$home/sshd_config") < /dev/null >> "$home/log" 2>&1 &
	pid=$!
	echo "$pid" > "$home/pid"
	tries=0
	while ! grep -q '^Server listening' "$home/log"; do
		tries=$((tries + 1))
		if ! is_alive "$pid" || [ "$tries" -gt 500 ]; then
			stop_server "$1"
			return 1
		fi
		sleep 0.02
	done
}

# ---- all of them

# A port that servers rarely have and that systems do not hand out to clients.
random_port() {
	echo $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
}

# The options that this version of sshd wants and others do not know.
version_options() {
	version=$("$sshd" -V 2>&1 | sed -n 's/.*OpenSSH_\([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
	# shellcheck disable=SC2086
	set -- ${version:-0 0}
	# Since 9.8 clients that failed to log in are locked out for a while.
	[ "$1" -lt 9 ] || [ "$1" -eq 9 ] && [ "$2" -lt 8 ] || echo 'PerSourcePenalties no'
}

# write_config NAME ADDRESS PORT
write_config() {
	cat <<-END > "$dir/servers/$1/sshd_config"
	ListenAddress $2
	Port $3
	HostKey "$dir/servers/$1/host_key"
	PidFile none
	AuthorizedKeysFile "$dir/keys/authorized_keys"
	UsePAM no
	StrictModes no
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	PermitRootLogin prohibit-password
	LoginGraceTime 20
	MaxStartups 100
	PrintMotd no
	UseDNS no
	LogLevel VERBOSE
	$(version_options)
	END
}

# make_keys NAME...: those of the user, and of servers
make_keys() {
	mkdir -p "$dir/keys"
	if [ ! -e "$dir/keys/user" ]; then
		ssh-keygen -q -t ed25519 -N '' -C lab -f "$dir/keys/user"
		cp "$dir/keys/user.pub" "$dir/keys/authorized_keys"
	fi
	for name in "$@"; do
		mkdir -p "$dir/servers/$name"
		ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$dir/servers/$name/host_key"
	done
}

# Where does server number N listen, when the first port is PORT?
place_of() {
	if [ "$one_address" = yes ]; then
		echo "127.0.0.1 $(($2 + $1 - 1))"
	else
		echo "127.0.0.$1 $2"
	fi
}

# Try one port; 1 if somebody has it.
start_all() {
	number=0
	for name in $NAMES; do
		number=$((number + 1))
		# shellcheck disable=SC2046
		write_config "$name" $(place_of "$number" "$1")
		if ! start_server "$name"; then
			stop_all
			return 1
		fi
	done
}

# Also those that a test added with `start`.
stop_all() {
	for each in "$dir"/servers/*/pid; do
		[ ! -f "$each" ] || stop_server "$(basename "$(dirname "$each")")"
	done
	if [ -f "$dir/servers/services/temporary" ]; then
		rm -rf "$(cat "$dir/servers/services/temporary")"
		rm "$dir/servers/services/temporary"
	fi
}

# As whom, and in which surroundings, do the servers run?
choose_surroundings() {
	LOGIN=$(id -un)
	enter=${LAB_ENTER:-}
	one_address=${LAB_ONE_ADDRESS:-no}
	[ "$(uname -s)" != Darwin ] || one_address=yes
	[ "$(id -u)" -eq 0 ] && [ -z "$enter" ] || return 0
	if unshare -m true 2> /dev/null; then
		enter='unshare -m sh in_namespace.sh'
		return
	fi
	# Most containers do not allow that. Then the servers, and the login, are those of a user that
	# every system has.
	LOGIN=daemon
	enter="setpriv --reuid=$LOGIN --regid=$(id -g "$LOGIN") --clear-groups"
	chmod 644 "$dir"/servers/*/host_key*
	{ $enter test -r "$dir/servers/harbor/host_key" && $enter test -x "$sshd"; } 2> /dev/null || fail \
		"root may not unshare -m here (a container?), and the user $LOGIN cannot read '$dir'; run it as an ordinary user"
}

write_env() {
	number=0
	{
		echo "LOGIN='$LOGIN'"
		echo "NAMES='$NAMES'"
		for name in $NAMES; do
			number=$((number + 1))
			place=$(place_of "$number" "$1")
			echo "${name}_host=${place% *}"
			echo "${name}_port=${place#* }"
			echo "${name}_tail=127.0.1.$number"
		done
	} > "$dir/lab.env"
}

# up [--all]
up() {
	[ "${1:---all}" = --all ] || fail "'$1' is not --all"
	[ ! -e "$dir/lab.env" ] || fail "'$dir' has a lab already"
	trap 'stop_all' EXIT
	trap 'exit 130' INT TERM HUP
	# shellcheck disable=SC2086  # one word a name
	make_keys $NAMES
	choose_surroundings
	tries=0
	while port=$(random_port) && ! start_all "$port"; do
		tries=$((tries + 1))
		if [ "$tries" -ge 20 ] || ! grep -q 'Address already in use' "$home/log"; then
			cat "$home/log" >&2
			fail "the SSH server $sshd did not start"
		fi
	done
	write_env "$port"
	sed -n 's/^\([a-z]*\)_host=\(.*\)/  \1 \2/p; s/^[a-z]*_port=/port /p' "$dir/lab.env" | paste -sd' \n' -
	[ $# -eq 0 ] || sh "$here/services.sh" "$dir"
	sh "$here/repo.sh" "$dir"
	trap - EXIT
}

[ $# -ge 2 ] || fail 'usage: lab.sh up DIR [--all], lab.sh down DIR, lab.sh start|stop DIR NAME, lab.sh make DIR NAME ADDRESS PORT'
verb=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
case $verb in
up | start | make) sshd=$(sh "$here/sshd.sh") || exit ;;
esac
case $verb in
up)
	shift 2
	up "$@"
	;;
down) stop_all ;;
start)
	choose_surroundings
	start_server "$3" || fail "$3 did not start: $(tail -n 1 "$dir/servers/$3/log")"
	;;
stop) stop_server "$3" ;;
make)
	make_keys "$3"
	write_config "$3" "$4" "$5"
	;;
*) fail "'$verb' is not one of up, down, start, stop, make" ;;
esac
