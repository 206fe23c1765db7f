# Functions for cases, to be sourced by their cmd: . "$CASES/lib.sh"
# shellcheck shell=sh

# The current folder becomes a git repo with one commit, the same whenever and wherever it is made.
commit() {
	[ -d .git ] || git init -q --template= -b main
	git add -A -f
	git commit -q -m case
}

# The current folder becomes the small fleet of tests/cases/fleet, which keeps all rules. Its bindings
# allow what is static only, so that a case never sends a packet.
fleet() {
	cp -R "$CASES/fleet/." .
	commit
}

# edit FILE EXPRESSION: sed in place, portably
edit() {
	sed "$2" "$1" > "$1.new"
	mv "$1.new" "$1"
}
