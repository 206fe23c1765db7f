#!/bin/sh
# Show what gaterun does, on a small fleet that is real: demo.sh
#
# Starts the lab in build/demo, checks it twice, verifies the receipt and stops everything, also after
# a failure or Ctrl-C. The user's own settings and state are not touched: home is build/demo/home.
# build/demo/repo stays, to look at. The last line says that the receipt is verified.
# While one demo runs, a second takes a folder of its own, which goes with it.
# $BUILD is the folder of what was built: build/release.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
top=$PWD
demo=$top/build/demo
export BUILD="${BUILD:-$top/build/release}"

say() {
	printf '\n%s\n' "$*"
}

# Show a command as one would type it, and run it.
run() {
	printf '\n$ gaterun'
	printf ' %s' "$@"
	printf '\n'
	"$BUILD/gaterun" "$@"
}

stop() {
	sh "$here/lab.sh" down "$demo"
	if [ "$demo" = "$first" ]; then
		rm -f "$first.lock"
	else
		rm -rf "$demo"
	fi
}

# The link is made in one step, and says who made it.
first=$demo
if ! ln -s $$ "$first.lock" 2> /dev/null; then
	if kill -0 "$(readlink "$first.lock")" 2> /dev/null; then
		demo=$first.$$
	else
		ln -sfn $$ "$first.lock"
	fi
fi
# One that was killed may have left servers.
if [ -e "$demo/lab.env" ]; then
	sh "$here/lab.sh" down "$demo"
fi
rm -rf "$demo"
mkdir -p "$demo/home"
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say 'Starting three SSH servers with a web page each, and a daemon of the tailnet, on loopback, and writing
the ops repo that describes them.'
sh "$here/lab.sh" up "$demo" --all
cd "$demo/repo"

export HOME="$demo/home"
export XDG_CONFIG_HOME="$HOME/.config" XDG_STATE_HOME="$HOME/.local/state" XDG_CACHE_HOME="$HOME/.cache"
unset SSH_AUTH_SOCK SSL_CERT_DIR
# The web pages have certificates of an authority of their own, which nothing else trusts.
SSL_CERT_FILE=$(sed -n "s/^AUTHORITY='\(.*\)'$/\1/p" "$demo/lab.env")
export SSL_CERT_FILE

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
if [ "$demo" = "$first" ]; then
	say 'Everything is stopped; the repo stays in build/demo/repo, to look at.'
else
	say 'Everything is stopped. Another demo runs in build/demo, so the folder of this one is gone.'
fi
receipt=${receipt#receipts/}
say "demo: receipt verified: ${receipt%.json}"
