#!/bin/sh
# Show what gaterun does, on a small fleet that is real: demo.sh
#
# Starts the lab in build/demo, checks it twice, verifies the receipt and stops everything, also after
# a failure or Ctrl-C. The user's own settings and state are not touched: home is build/demo/home.
# build/demo/repo stays, to look at. The last line says that the receipt is verified.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
top=$PWD
demo=$top/build/demo

say() {
	printf '\n%s\n' "$*"
}

# Show a command as one would type it, and run it.
run() {
	printf '\n$ gaterun'
	printf ' %s' "$@"
	printf '\n'
	"$top/build/gaterun" "$@"
}

stop() {
	sh "$here/lab.sh" down "$demo"
}

# One demo at a time in a clone: both would use the same folder.
if [ -e "$demo/lab.env" ]; then
	stop
fi
rm -rf "$demo"
mkdir -p "$demo/home"
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say 'Starting three SSH servers on loopback, and writing the ops repo that describes them.'
sh "$here/lab.sh" up "$demo"
cd "$demo/repo"

export HOME="$demo/home"
export XDG_CONFIG_HOME="$HOME/.config" XDG_STATE_HOME="$HOME/.local/state" XDG_CACHE_HOME="$HOME/.cache"
unset SSH_AUTH_SOCK

say 'Is what the repo says true? Files, and the machines on the LAN:'
run verify fast

say 'The same as a scheduled job may do it, with everything that its policy allows:'
run verify all --context scheduled -o text -o json:../run.json

say 'The run left a signed receipt. Anybody can check it, offline:'
receipt=$(sed -n 's/.*"file": *"\(receipts\/RUN-[^"]*\)".*/\1/p' "$demo/run.json" | head -n 1)
[ -n "$receipt" ] || { echo 'demo: the run names no receipt' >&2; exit 1; }
run receipt verify "$receipt"

trap - EXIT
stop
say 'Everything is stopped; the repo stays in build/demo/repo, to look at.'
receipt=${receipt#receipts/}
say "demo: receipt verified: ${receipt%.json}"
