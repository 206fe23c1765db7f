#!/bin/sh
# One part of a split run, or all parts put together, for whatever engine starts it:
#
#   shard.sh part I N PACK...    judge part I of N, from 1, and leave its receipt in $PARTS/I.json
#   shard.sh merge SECONDS N     wait that long at most for N receipts, then merge those that are there;
#                                what is missing is unknown
#
# REPO     the checkout, in which receipts/ can be written
# PARTS    a folder of this one split run, which all parts share
# CONTEXT  what the policy may grant something to: local, ci, scheduled (the default)
# KEYS     a folder with a signing key for each part, KEYS/1 and so on, and KEYS/merge; `gaterun key show`
#          says the line by which receipts/trust/allowed_signers of the repo trusts one. Without KEYS the
#          user's own key signs, which is right where all parts run on one machine.
# STATE    with KEYS: a folder that lasts, for the logs of these keys. A log has one writer: never give
#          one key to two parts, and never start a key again with an empty log.
# IDENTITY an SSH key to log in to machines with, if it is not where gaterun looks for one
#
# The status is that of `gaterun verify`: 0 pass, 1 fail, 2 unknown, 75 worth another try.
set -eu
umask 077

usage() {
	echo 'usage: shard.sh part I N PACK... | shard.sh merge SECONDS N' >&2
	exit 64
}

# use_key NAME: sign with KEYS/NAME. It is copied, because a mounted secret may belong to somebody else, and
# a signing key that others can read is refused.
use_key() {
	[ -n "${KEYS:-}" ] || return 0
	mkdir -p "$work/config/gaterun"
	cp "$KEYS/$1" "$work/config/gaterun/signing_ed25519"
	chmod 400 "$work/config/gaterun/signing_ed25519"
	export XDG_CONFIG_HOME="$work/config" XDG_STATE_HOME="${STATE:?}/$1" XDG_CACHE_HOME="$work/cache"
	mkdir -p "$XDG_STATE_HOME"
}

# As above, for the key that logs in.
use_identity() {
	[ -n "${IDENTITY:-}" ] || return 0
	cp "$IDENTITY" "$work/identity"
	chmod 400 "$work/identity"
}

# leave NAME: the receipt of the run becomes PARTS/NAME.json, all of it or nothing.
leave() {
	receipt=$(sed -n 's/^ *"file": "\(.*RUN-[^"]*[.]json\)".*/\1/p' "$work/run.json" | tail -n 1)
	[ -n "$receipt" ] || return 0
	cp "$REPO/$receipt" "$PARTS/.$1.$$"
	mv "$PARTS/.$1.$$" "$PARTS/$1.json"
}

part() {
	index=$1 count=$2
	shift 2
	use_key "$index"
	use_identity
	# A part that is run again counts only once it has ended again.
	rm -f "$PARTS/$index.json"
	status=0
	gaterun --root "$REPO" verify "$@" --context "${CONTEXT:-scheduled}" --shard "$index/$count" \
		${IDENTITY:+--identity "$work/identity"} -o text -o "json:$work/run.json" || status=$?
	leave "$index"
	exit "$status"
}

merge() {
	waited=0
	set -- "$1" "$2" "$PARTS"/[0-9]*.json
	while [ $(($# - 2)) -lt "$2" ] && [ "$waited" -lt "$1" ]; do
		sleep 1
		waited=$((waited + 1))
		set -- "$1" "$2" "$PARTS"/[0-9]*.json
	done
	shift 2
	[ -e "$1" ] || { echo "shard.sh: no part left a receipt in $PARTS" >&2; exit 2; }
	use_key merge
	status=0
	gaterun --root "$REPO" receipt merge "$@" -o text -o "json:$work/run.json" || status=$?
	leave whole
	exit "$status"
}

: "${REPO:?}" "${PARTS:?}"
mkdir -p "$PARTS"
work=$(mktemp -d "${TMPDIR:-/tmp}/shard.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
case ${1:-}:$# in
part:[4-9]) shift && part "$@" ;;
merge:3) shift && merge "$@" ;;
*) usage ;;
esac
