# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

# shellcheck shell=sh
# gate KIND: the fleet with one more gate, U001, of this kind; its settings from standard input.
gate() {
	[ -e gaterun.yaml ] || fleet
	mkdir -p gates
	{
		cat <<-END
			id: U001
			title: A gate of the user's own
			kind: $1
			packs: [fast]
			severity: high
			owner: ops
			triage: Look at it.
			explain: It is here to be tested.
		END
		cat
	} > gates/001-own.yaml
	edit gaterun.yaml '/^gates:/d'
	commit
}
