#!/bin/sh
# Does layers.sh find what it is for? Each line below is a file and an include in it, and whether that
# is against the order.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/layers.XXXXXX")
trap 'rm -rf "$work"' EXIT

while read -r expected file include; do
	rm -rf "$work/src"
	mkdir -p "$work/$(dirname "$file")"
	echo "#include $include" > "$work/$file"
	found=allowed
	sh "$here/layers.sh" "$work" > "$work/out" 2>&1 || found=refused
	if [ "$found" != "$expected" ]; then
		echo "$file with #include $include was $found, not $expected"
		cat "$work/out"
		exit 1
	fi
done <<'END'
allowed src/base/a.c "base/b.h"
allowed src/net/a.c "data/yaml.h"
allowed src/cli/a.c "receipt/log.h"
allowed src/main.c "cli/command.h"
allowed src/data/a.c <yaml.h>
allowed src/net/tls_client.c <openssl/ssl.h>
allowed src/net/curl.h <curl/curl.h>
allowed src/base/a.c <stdio.h>
refused src/base/a.c "data/yaml.h"
refused src/data/a.h "crypto/digest.h"
refused src/git/a.c "net/address.h"
refused src/check/a.c "receipt/log.h"
refused src/receipt/a.c "report/text.h"
allowed src/closure/a.c "receipt/log.h"
refused src/receipt/a.c "closure/scope.h"
refused src/closure/a.c "cli/cli.h"
refused src/base/a.c "b.h"
refused src/other/a.c "base/b.h"
refused src/model/a.c <yaml.h>
refused src/net/ssh.c <openssl/ssl.h>
refused src/net/ssh.c <uv.h>
refused src/run/a.c <libssh2.h>
refused src/net/a.c <pcre2.h>
refused src/check/a.c <curl/curl.h>
END
