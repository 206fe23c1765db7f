#!/bin/sh
# Print the folder with tailscaled, tailscale, headscale and control: tailscale.sh [--fetch]
#
# They are built by Go from the modules that their authors publish, in the versions named here, into
# build/lab/tailnet (`control` is tests/lab/tailnet/control.go). Nothing of them is committed. With
# --fetch, what is missing is fetched and built; it takes some minutes.
# Exit status: 0; 69 with one sentence on stderr if they are not to be had.
set -eu

TAILSCALE=v1.102.3
HEADSCALE=v0.29.2
GO_NEEDED=26 # of Go 1: what these versions say in their go.mod

here=$(cd "$(dirname "$0")" && pwd)
lab=$(cd "$here/../.." && pwd)/build/lab/tailnet
fetch=${1:-}

fail() {
	echo "tailnet: $*" >&2
	exit 69
}

# A folder with a module of its own that requires MODULE@VERSION, for the program NAME.
module() {
	mkdir -p "$lab/src/$1" && cd "$lab/src/$1" && { [ -f go.mod ] || go mod init lab; } && go get "$2"
}

compile() {
	go build -buildvcs=false -o "$lab/$1" "$2"
}

build() {
	case $1 in
	tailscaled | tailscale)
		module tailscale "tailscale.com/cmd/$1@$TAILSCALE" && compile "$1" "tailscale.com/cmd/$1"
		;;
	headscale)
		headscale=github.com/juanfont/headscale/cmd/headscale
		module headscale "$headscale@$HEADSCALE" && compile headscale "$headscale"
		;;
	control)
		module control "tailscale.com/tstest/integration@$TAILSCALE" &&
			cp "$here/tailnet/control.go" . && go mod tidy && compile control .
		;;
	esac
}

for name in tailscaled tailscale headscale control; do
	[ ! -x "$lab/$name" ] || continue
	[ "$fetch" = --fetch ] || fail "no $name here; 'sh tests/lab/tailscale.sh --fetch' builds it"
	command -v go > /dev/null || fail "no Go here, and 1.$GO_NEEDED or newer is needed to build $name"
	minor=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
	[ "${minor:-0}" -ge $GO_NEEDED ] || fail "$(go env GOVERSION) here, and 1.$GO_NEEDED or newer is needed to build $name"
	mkdir -p "$lab"
	(build "$name") > "$lab/$name.log" 2>&1 || fail "could not build $name: $(tail -n 1 "$lab/$name.log")"
done
echo "$lab"
