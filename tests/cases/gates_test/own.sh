# Gates of the user's own with fixtures of all sorts.
# shellcheck shell=sh
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

# gate NUMBER TITLE KIND: its settings come from standard input
gate() {
	mkdir -p gates
	{
		printf 'id: U%s\ntitle: %s\nkind: %s\npacks: [mine]\nseverity: low\nwith:\n' "$1" "$2" "$3"
		cat
		printf 'owner: ops\nreview_by: 2027-01-01\ntriage: mend it\nexplain: it is a rule\n'
	} > "gates/$1-own.yaml"
}

# put FILE TEXT
put() {
	mkdir -p "$(dirname "$1")"
	printf '%b\n' "$2" > "$1"
}

mkdir bindings
