#!/bin/sh
# A cluster of one machine, of Debian's own packages: a Slurm that runs job arrays.
#
#   slurm.sh up DIR      start it with everything it has below DIR; DIR/slurm.env, to be sourced, lets
#                        sbatch and its like find it
#   slurm.sh down DIR    cancel what it still runs, and stop it
#
# Nothing is installed: the packages are fetched with what they need and this system lacks, and unpacked
# into build/lab/slurm. Three daemons run as whoever calls, on free ports of 127.0.0.1, without systemd,
# cgroups or accounting, and know nothing of a Slurm that the machine may have.
# Exit status: 0; 69 with one sentence on stderr if there is none to be had.
set -eu
umask 022

lab=$(cd "$(dirname "$0")/../.." && pwd)/build/lab
root=$lab/slurm

fail() {
	echo "slurm: $*" >&2
	exit 69
}

# ---- the programs

fetch() {
	[ ! -d "$root" ] || return 0
	command -v apt-get > /dev/null || fail 'no package manager known here (apt) to take it from'
	mkdir -p "$lab"
	work=$(mktemp -d "$lab/fetch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM HUP
	mkdir -p "$work/archives/partial" "$work/root"
	own="-o Dir::Cache::archives=$work/archives -o Debug::NoLocking=true -o APT::Sandbox::User=$(id -un)"
	# Package lists of one's own, where the system has none (fresh images) and one may not be root.
	if ! apt-cache show slurmctld > /dev/null 2>&1; then
		mkdir -p "$work/state/lists/partial"
		own="$own -o Dir::State=$work/state -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache=$work"
		# shellcheck disable=SC2086  # words on purpose
		apt-get $own update -qq >&2 || fail 'could not fetch the lists of packages'
	fi
	echo 'slurm: fetching its packages into build/lab (nothing is installed)' >&2
	# shellcheck disable=SC2086
	apt-get $own install -y -qq --no-install-recommends --download-only --reinstall \
		slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge > "$work/log" 2>&1 ||
		fail "could not fetch its packages: $(tail -n 1 "$work/log")"
	for each in "$work"/archives/*.deb; do
		dpkg -x "$each" "$work/root"
	done
	# Moved into place as the last step, so that a run beside this one sees all or nothing.
	[ -d "$root" ] || mv "$work/root" "$root"
	rm -rf "$work"
	trap - EXIT
}

# The path of a program, of which Debian has some under two names.
program() {
	for each in "$root/usr/sbin/$1-wlm" "$root/usr/sbin/$1"; do
		if [ -x "$each" ]; then
			echo "$each"
			return
		fi
	done
	fail "its packages hold no $1"
}

write_env() {
	plugins=$(dirname "$(find "$root" -name libslurmfull.so | head -n 1)")
	libraries=$(find "$root" -name '*.so.*' -exec dirname {} \; | sort -u | paste -sd: -)
	cat > "$dir/slurm.env" <<-END
	export SLURM_CONF='$dir/etc/slurm.conf'
	export LD_LIBRARY_PATH='$libraries:$plugins'
	export PATH='$root/usr/bin:'"\$PATH"
	END
}

# ---- the cluster

# The settings for a controller at the port, and a machine at the next one.
write_config() {
	cat > "$dir/etc/slurm.conf" <<-END
	ClusterName=lab
	SlurmctldHost=$host(127.0.0.1)
	SlurmUser=$(id -un)
	SlurmdUser=$(id -un)
	AuthType=auth/munge
	AuthInfo=socket=$dir/run/munge.sock
	CredType=cred/munge
	CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
	PluginDir=$plugins
	SlurmctldPidFile=$dir/run/slurmctld.pid
	SlurmdPidFile=$dir/run/slurmd.pid
	StateSaveLocation=$dir/spool/controller
	SlurmdSpoolDir=$dir/spool/machine
	SlurmctldPort=$1
	SlurmdPort=$(($1 + 1))
	ProctrackType=proctrack/linuxproc
	TaskPlugin=task/none
	SelectType=select/cons_tres
	SelectTypeParameters=CR_Core
	SchedulerType=sched/builtin
	SchedulerParameters=sched_interval=1,batch_sched_delay=0
	KillWait=2
	ReturnToService=2
	NodeName=$host NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
	PartitionName=gates Nodes=$host Default=YES MaxTime=10 State=UP OverSubscribe=FORCE:16
	END
	# Since 23 it looks for control groups even if nothing asks for them.
	case $("$(program slurmd)" -V) in
	*' 2'[0-2].*) ;;
	*) echo 'CgroupPlugin=disabled' > "$dir/etc/cgroup.conf" ;;
	esac
}

# run NAME COMMAND...: start a daemon, whose id is then in DIR/run/NAME.id
run() {
	name=$1
	shift
	"$@" < /dev/null >> "$dir/log/$name" 2>&1 &
	echo "$!" > "$dir/run/$name.id"
}

is_alive() {
	kill -0 "$1" 2> /dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}

# until_true COMMAND...: for fifteen seconds
until_true() {
	looks=0
	until "$@" > /dev/null 2>&1; do
		looks=$((looks + 1))
		[ "$looks" -lt 300 ] || return 1
		sleep 0.05
	done
}

is_ready() {
	[ "$(sinfo -h -o %T)" = idle ]
}

is_idle() {
	[ -z "$(squeue -h)" ]
}

stop_one() {
	[ -f "$dir/run/$1.id" ] || return 0
	pid=$(cat "$dir/run/$1.id")
	rm "$dir/run/$1.id"
	kill "$pid" 2> /dev/null || return 0
	until_true eval "! is_alive $pid" || kill -9 "$pid"
}

stop_all() {
	# What still runs is not a child of the daemons.
	if [ -f "$dir/run/slurmctld.id" ] && is_alive "$(cat "$dir/run/slurmctld.id")"; then
		squeue -h -o %A 2> /dev/null | sort -u | while read -r job; do
			# (Waiting ones take no signal, and running ones would be asked politely for a while.)
			scancel --signal=KILL --full "$job" 2> /dev/null || true
			scancel "$job" || true
		done
		until_true is_idle || true
	fi
	stop_one slurmd
	stop_one slurmctld
	stop_one munged
}

up() {
	fetch
	[ ! -e "$dir/slurm.env" ] || fail "'$dir' has one already"
	mkdir -p "$dir/etc" "$dir/spool/controller" "$dir/spool/machine" "$dir/log" "$dir/run"
	# munged takes nothing that others could have changed.
	chmod 700 "$dir/etc"
	chmod 755 "$dir/run"
	host=$(uname -n | cut -d . -f 1)
	write_env
	# shellcheck source=/dev/null
	. "$dir/slurm.env"
	trap stop_all EXIT
	trap 'exit 130' INT TERM HUP
	head -c 1024 /dev/urandom > "$dir/etc/munge.key"
	chmod 400 "$dir/etc/munge.key"
	run munged "$(program munged)" --foreground --force --num-threads=2 --key-file="$dir/etc/munge.key" \
		--socket="$dir/run/munge.sock" --pid-file="$dir/run/munged.pid" \
		--seed-file="$dir/run/munge.seed" --log-file="$dir/log/munged.log"
	until_true test -S "$dir/run/munge.sock" || fail "munged does not start: $(tail -n 1 "$dir/log/munged")"
	tries=0
	while
		write_config $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
		run slurmctld "$(program slurmctld)" -D -i -f "$SLURM_CONF"
		run slurmd "$(program slurmd)" -D -f "$SLURM_CONF" -d "$(program slurmstepd)" -N "$host"
		! until_true is_ready
	do
		stop_one slurmd
		stop_one slurmctld
		tries=$((tries + 1))
		if [ "$tries" -ge 3 ] || ! grep -qs 'in use' "$dir"/log/slurm*; then
			fail "it does not start: $(grep -h error "$dir"/log/slurm* | tail -n 1)"
		fi
		rm -f "$dir"/log/slurm*
	done
	trap - EXIT
}

down() {
	[ -f "$dir/slurm.env" ] || return 0
	# shellcheck source=/dev/null
	. "$dir/slurm.env"
	stop_all
}

[ $# -eq 2 ] || fail 'usage: slurm.sh up|down DIR'
mkdir -p "$2"
dir=$(cd "$2" && pwd)
case $1 in
up | down) "$1" ;;
*) fail "'$1' is not one of up, down" ;;
esac
