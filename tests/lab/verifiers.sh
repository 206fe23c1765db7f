#!/bin/sh
# Print the folder with verifiers that other people made: verifiers.sh [--fetch] [NAME...]
#
#   go        `judge` (tests/lab/verifiers/judge.go): Go's note and tlog, go-securesystemslib, and the
#             checkpoints of transparency-dev
#   node      `node/node_modules`: sigstore's verifier for JavaScript
#   python    `python/bin/python3`: securesystemslib, and the OpenSSL of cryptography
#   signify, minisign
#   cosign    from hundreds of modules; the first time it takes two minutes on two processors
#
# Without a NAME: all of them. With --fetch, what is missing comes from where its authors publish it
# (Go's module proxy, the npm registry, PyPI, the packages of the system) into build/lab/verifiers, in
# the versions named here. Nothing is installed, no script of a package is run, nothing is committed.
# Exit status: 0; 69, with a sentence on stderr for each that is not to be had.
set -eu

X_MOD=v0.42.0
FORMATS=v0.1.1
GO_SECURESYSTEMSLIB=v0.11.1
COSIGN=v3.1.3
GO_NEEDED=26 # of Go 1: what cosign says in its go.mod
SECURESYSTEMSLIB=1.6.0
CRYPTOGRAPHY=50.0.2
SIGSTORE_VERIFY=3.1.1 # for Node 20; later ones need 22
SIGSTORE_BUNDLE=4.0.0

here=$(cd "$(dirname "$0")" && pwd)
lab=$(cd "$here/../.." && pwd)/build/lab/verifiers
fetch=''
[ "${1:-}" != --fetch ] || { fetch=yes; shift; }
[ $# -gt 0 ] || set -- go node python signify minisign cosign

fail() {
	echo "verifiers: $*" >&2
	exit 69
}

# ---- Go

need_go() {
	command -v go > /dev/null || fail "no Go here, and 1.$GO_NEEDED or newer is needed to build $1"
	minor=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
	[ "${minor:-0}" -ge $GO_NEEDED ] || fail "$(go env GOVERSION) here, and 1.$GO_NEEDED or newer is needed to build $1"
}

# A folder with a module of its own that requires these MODULE@VERSION.
module() {
	mkdir -p "$lab/src/$1" && cd "$lab/src/$1" && { [ -f go.mod ] || go mod init lab; } && shift && go get "$@"
}

# compile NAME PACKAGE VERSION: built beside and moved, so that a run beside this one sees all or nothing
compile() {
	go build -buildvcs=false -o "$lab/$1.new" "$2" && mv "$lab/$1.new" "$lab/$1" && echo "$3" > "$lab/$1.version"
}

# is_built NAME VERSION
is_built() {
	[ -x "$lab/$1" ] && [ "$(cat "$lab/$1.version" 2> /dev/null)" = "$2" ]
}

judge_version="$X_MOD $FORMATS $GO_SECURESYSTEMSLIB $(cksum < "$here/verifiers/judge.go")"
has_go() { is_built judge "$judge_version"; }
fetch_go() {
	need_go "what judges with Go's packages"
	module judge "golang.org/x/mod@$X_MOD" "github.com/transparency-dev/formats@$FORMATS" \
		"github.com/secure-systems-lab/go-securesystemslib@$GO_SECURESYSTEMSLIB" &&
		cp "$here/verifiers/judge.go" . && go mod tidy && compile judge . "$judge_version"
}

has_cosign() { is_built cosign "$COSIGN"; }
fetch_cosign() {
	need_go cosign
	module cosign "github.com/sigstore/cosign/v3/cmd/cosign@$COSIGN" &&
		compile cosign github.com/sigstore/cosign/v3/cmd/cosign "$COSIGN"
}

# ---- npm and PyPI

has_node() {
	command -v node > /dev/null || fail 'no node here'
	grep -qs "\"$SIGSTORE_VERIFY\"" "$lab/node/node_modules/@sigstore/verify/package.json"
}
fetch_node() {
	command -v npm > /dev/null || fail 'no npm here'
	mkdir -p "$lab/node" && npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$lab/node" \
		"@sigstore/verify@$SIGSTORE_VERIFY" "@sigstore/bundle@$SIGSTORE_BUNDLE"
}

has_python() {
	[ -x "$lab/python/bin/python3" ] && "$lab/python/bin/python3" -c "
import importlib.metadata as m
assert (m.version('securesystemslib'), m.version('cryptography')) == ('$SECURESYSTEMSLIB', '$CRYPTOGRAPHY')" 2> /dev/null
}
fetch_python() {
	python3 -m venv "$lab/python" && "$lab/python/bin/pip" install -q --disable-pip-version-check \
		--only-binary :all: "securesystemslib==$SECURESYSTEMSLIB" "cryptography==$CRYPTOGRAPHY"
}

# ---- packages of the system, unpacked as whoever calls

# unpack PACKAGE...: into $lab/root
unpack() {
	command -v apt-get > /dev/null || fail "there is no $1, and no apt to take one from"
	work=$(mktemp -d "$lab/fetch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	# Package lists of one's own, where the system has none.
	if ! apt-cache show "$1" > /dev/null 2>&1; then
		mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
		own="-o Dir::State=$work/state -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache=$work/cache"
		# shellcheck disable=SC2086  # words on purpose
		apt-get $own update -qq
	fi
	# shellcheck disable=SC2086
	(cd "$work" && apt-get ${own:-} -o APT::Sandbox::User="$(id -un)" download -qq "$@") || return 1
	mkdir -p "$lab/root"
	for each in "$work"/*.deb; do
		dpkg -x "$each" "$lab/root"
	done
}

# run_as NAME PROGRAM: $lab/NAME starts the program, with the libraries that came with it
run_as() {
	cat > "$lab/$1.new" <<-WRAPPER
	#!/bin/sh
	# Made by tests/lab/verifiers.sh.
	LD_LIBRARY_PATH=$(find "$lab/root" -name '*.so.*' -exec dirname {} \; 2> /dev/null | sort -u | paste -sd: -) exec "$2" "\$@"
	WRAPPER
	chmod +x "$lab/$1.new"
	mv "$lab/$1.new" "$lab/$1"
}

# The system's, or the one that was unpacked.
find_program() {
	command -v "$1" || command -v "$lab/root/usr/bin/$1" || command -v "$lab/root/bin/$1"
}

has_signify() {
	[ -x "$lab/signify" ] && return
	found=$(find_program signify-openbsd) && run_as signify "$found"
}
fetch_signify() { unpack signify-openbsd libbsd0 libmd0; }

has_minisign() {
	[ -x "$lab/minisign" ] && return
	found=$(find_program minisign) && run_as minisign "$found"
}
fetch_minisign() { unpack minisign libsodium23; }

# ---- all of them

provide() {
	"has_$1" && return
	[ -n "$fetch" ] || fail "no $1 here; 'sh tests/lab/verifiers.sh --fetch $1' brings it"
	("fetch_$1") > "$lab/$1.log" 2>&1 || fail "could not fetch $1: $(tail -n 1 "$lab/$1.log")"
	"has_$1" || fail "no $1 after it was fetched"
}

mkdir -p "$lab"
status=0
for name in "$@"; do
	case $name in
	go | node | python | signify | minisign | cosign) (provide "$name") || status=69 ;;
	*) echo "verifiers: '$name' is not one of go, node, python, signify, minisign, cosign" >&2; exit 64 ;;
	esac
done
echo "$lab"
exit $status
