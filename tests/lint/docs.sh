#!/bin/sh
# Every function that a header offers has a comment above it: docs.sh. Prints each that has none, and
# exits 1. A comment holds for the lines that follow it up to an empty one. The life cycle that every
# struct has (S_release, S_clear, S_free, S_close, and auto_... for locals) is explained once, in src/README.md.
set -eu

cd "$(dirname "$0")/../.."
find src -name '*.h' | sort | xargs awk '
FNR == 1 {
	documented = depth = comment = 0
}

/^[ \t]*$/ {
	documented = 0
	next
}

comment || /^[ \t]*\/\*/ {
	comment = !/\*\//
	documented = 1
	next
}

# The inside of a struct, an enum or an inline function belongs to what was above it.
{
	was = depth
	depth += gsub(/\{/, "{") - gsub(/\}/, "}")
}

/[a-z0-9_]+_(release|clear|free|close)\(|auto_[a-z0-9_]+\(/ {
	next
}

was == 0 && /^[a-z][^{]*\(/ && !/^(struct|enum) [a-z0-9_]+ VEC\(/ && !documented {
	printf "%s:%d: no comment above: %s\n", FILENAME, FNR, $0
	failures++
}

END {
	exit failures > 0
}
'
