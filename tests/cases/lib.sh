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

# findings WORD...: what `gaterun verify` with these words finds, a line each: verdict, reason, place,
# subject. Then how it ended.
findings() {
	"$GATERUN" verify "$@" --mode static --no-receipt -o json > ../run.json
	ended=$?
	jq -r '.gates[]?.findings[] | "\(.verdict) \(.reason) \(.file // "-"):\(.line // "-"):\(.column // "-") \(.subject)"' ../run.json
	jq -r '.problems[]? | "problem \(.file):\(.line // "-"):\(.column // "-") \(.message)"' ../run.json
	echo "exit $ended"
}

# The repo has one gate of its own, from standard input, instead of the shipped ones.
own_gate() {
	edit gaterun.yaml 's/shipped/gates/'
	mkdir gates
	cat > gates/001-own.yaml
}

# tailnet FILTER...: writes status.json, what a daemon says of the tailnet of the fleet, changed by these
# jq filters one after the other. As it stands it agrees with the snapshot.
tailnet() {
	jq . "$CASES/tailnet.json" > ../status.json
	for filter; do
		jq "$filter" ../status.json > ../status.new
		mv ../status.new ../status.json
	done
}
