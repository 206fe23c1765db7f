#!/bin/sh
# What the sources do not contain: banned.sh. Prints each place, and exits 1 if there is one.
#
# Calls without a bound or without a way to see failure; printing below cli and report; files with more
# than one idea (over 500 lines, tests over 1000); things left open.
set -eu

cd "$(dirname "$0")/../.."
find src tests -name '*.[ch]' | sort | xargs awk '
BEGIN {
	calls = "strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|atof|sscanf|" \
		"system|popen|alloca|tmpnam|mktemp|asctime|ctime"
	banned = "(^|[^A-Za-z0-9_.>])(" calls ")[ ]?\\("
	prints = "(^|[^A-Za-z0-9_])(printf|puts|putchar|perror|vprintf)[ ]?\\(|fprintf[ ]?\\([ ]?std"
	left_open = "(^|[^A-Za-z])(TODO|FIXME|XXX|HACK)([^A-Za-z]|$)"
}

function complain(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what
	failures++
}

$0 ~ left_open {
	complain("something is left open; an issue is the place for it")
}

FNR == (FILENAME ~ /^src/ ? 501 : 1001) {
	complain("the file is too long")
}

# Code is what is left without strings and comments.
{
	code = $0
	gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
	gsub(/\/\*.*\*\//, "", code)
	sub(/\/\*.*/, "", code)
	if (code ~ /^[ \t]*\*/) {
		code = ""
	}
}

code ~ banned {
	complain("a call that banned.sh does not allow: " code)
}

# The program dies of a lack of memory in base/mem.c, where nobody is left to report it.
code ~ prints && FILENAME !~ /^(src\/(cli|report)\/|src\/main\.c|src\/base\/mem\.c|tests\/)/ {
	complain("only cli and report print")
}

END {
	exit failures > 0
}
'
