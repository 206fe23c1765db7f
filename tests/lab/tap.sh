# Functions for live tests, to be sourced: . "$LAB/tap.sh"
#
# A live test starts with `lab_up`, which gives it a lab of its own in $lab and its ops repo as the
# current folder, runs gaterun with `verify`, states what must hold with `check` or `status_is`, and
# ends with `done_testing`. Each statement is one TAP test. What was started ends with the test.
# shellcheck shell=sh

tests=0

report() {
	tests=$((tests + 1))
	echo "$1 $tests - $2"
}

# lab_up [--all]: start a lab; without a server program there is nothing to test against.
lab_up() {
	lab=$(mktemp -d "${TMPDIR:-/tmp}/lab.XXXXXX")
	chmod 755 "$lab"
	trap 'sh "$LAB/lab.sh" down "$lab"; rm -rf "$lab"' EXIT
	trap 'exit 143' INT TERM HUP
	if ! sh "$LAB/sshd.sh" > "$lab/found" 2>&1; then
		echo "1..0 # SKIP $(tail -n 1 "$lab/found")"
		exit 0
	fi
	sh "$LAB/lab.sh" up "$lab" "$@" > "$lab/up" || exit 1
	# shellcheck source=/dev/null
	. "$lab/lab.env"
	cd "$lab/repo" || exit 1
}

# Run `gaterun verify` with these words; its JSON is what the next statements are about.
verify() {
	said="verify $*"
	"$GATERUN" verify "$@" -o json > "$lab/run.json" 2> "$lab/run.err" < /dev/null
	status=$?
}

explain() {
	echo "# gaterun $said ended with $status"
	sed 's/^/# /' "$lab/run.err"
	jq -c '.gates[]? | {id, verdict, checked, findings: [.findings[] | {verdict, reason, subject, message, caused_by}]}' \
		"$lab/run.json" 2>&1 | sed 's/^/# /'
}

# check SENTENCE FILTER: does the jq filter say true of the run?
check() {
	if jq -e "$2" "$lab/run.json" > "$lab/jq" 2>&1; then
		report ok "$1"
	else
		report 'not ok' "$1"
		echo "# not so: $2"
		explain
	fi
}

# status_is STATUS: how did the run end?
status_is() {
	if [ "$status" -eq "$1" ]; then
		report ok "exit status $1"
	else
		report 'not ok' "exit status $1, got $status"
		explain
	fi
}

# holds SENTENCE COMMAND...: does the command succeed?
holds() {
	sentence=$1
	shift
	if "$@" > /dev/null 2>&1; then
		report ok "$sentence"
	else
		report 'not ok' "$sentence"
		echo "# failed: $*"
	fi
}

# until_true COMMAND...: wait until it succeeds; 1 after WAITS looks at it, ten seconds if it takes no time
until_true() {
	looks=0
	until "$@" > /dev/null 2>&1; do
		looks=$((looks + 1))
		[ "$looks" -lt "${WAITS:-500}" ] || return 1
		sleep 0.02
	done
}

# nobody_runs PATTERN: no process has such a command line, or soon none has
nobody_runs() {
	until_true eval "! grep -qs '$1' /proc/[0-9]*/cmdline"
}

# ---- the servers of the lab

# server NAME start|stop
server() {
	sh "$LAB/lab.sh" "$2" "$lab" "$1"
}

# restart NAME...: with an empty log
restart() {
	for each in "$@"; do
		server "$each" stop
		server "$each" start
	done
}

# configure NAME SETTING...: put these lines, and none put before, in front of the settings of a server,
# which lets them win
configure() {
	config=$lab/servers/$1/sshd_config
	configured=$1
	shift
	[ -e "$config.plain" ] || cp "$config" "$config.plain"
	{
		printf '%s\n' "$@"
		cat "$config.plain"
	} > "$config"
	restart "$configured"
}

unconfigure() {
	mv "$lab/servers/$1/sshd_config.plain" "$lab/servers/$1/sshd_config"
	restart "$1"
}

# logins NAME: how many since it started
logins() {
	grep -c 'Accepted publickey' "$lab/servers/$1/log"
}

# The bindings and keys as they were.
restore() {
	git checkout -q -- .
	cp "$lab/keys/user.pub" "$lab/keys/authorized_keys"
}

done_testing() {
	echo "1..$tests"
}
