# shellcheck shell=sh
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

README=$CASES/../../README.md

# block LANGUAGE PATTERN: the first fenced block of the README in that language that holds the pattern
block() {
	awk -v start="\`\`\`$1" -v pattern="$2" '
		$0 == start { inside = 1; text = ""; next }
		inside && $0 == "```" { inside = 0; if (text ~ pattern) { printf "%s", text; exit } }
		inside { text = text $0 "\n" }
	' "$README"
}
