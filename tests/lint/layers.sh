#!/bin/sh
# Who may include whom: layers.sh [TOP]. Prints each include that breaks the order, and exits 1.
#
# A layer includes itself and the layers below it; layers that share a rank do not know each other. A
# library's header is included in its home alone, so that the library can be replaced there.
set -eu

cd "${1:-$(dirname "$0")/../..}"
find src -name '*.[ch]' | sort | xargs awk '
BEGIN {
	order = "base=1 data=2 crypto=2 loop=2 git=3 net=3 model=4 check=5 run=6 receipt=7 report=7 closure=8 cli=9"
	count = split(order, rows, " ")
	for (i = 1; i <= count; i++) {
		split(rows[i], row, "=")
		rank[row[1]] = row[2]
	}
	# header, and the paths that may include it
	home["yaml.h"] = home["jansson.h"] = "^src/data/"
	home["openssl/"] = "^src/(crypto/|net/tls)"
	home["uv.h"] = "^src/loop/"
	home["libssh2"] = home["curl/"] = "^src/net/"
	home["pcre2"] = "^src/check/"
}

function complain(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what
	failures++
}

# "src/net/ssh.c" is of the layer "net"; src/main.c is above all.
FNR == 1 {
	count = split(FILENAME, part, "/")
	layer = count > 2 ? part[2] : ""
	if (layer != "" && !(layer in rank)) {
		complain("no layer is called \047" layer "\047")
	}
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	split(quoted[2], part, "/")
	if (!(part[1] in rank)) {
		if (quoted[2] !~ /^(version|scan_code)[.]h$/) {
			complain("\047" quoted[2] "\047 is not LAYER/FILE.h")
		}
	} else if (layer != "" && part[1] != layer && rank[part[1]] >= rank[layer]) {
		complain(layer " must not include " quoted[2])
	}
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	split($0, quoted, /[<>]/)
	for (header in home) {
		if (index(quoted[2], header) == 1 && FILENAME !~ home[header]) {
			complain("<" quoted[2] "> is at home in " substr(home[header], 2))
		}
	}
}

END {
	exit failures > 0
}
'
