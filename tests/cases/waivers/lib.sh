# shellcheck shell=sh
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

# A fleet in which anvil's tailnet address is not the one in the snapshot, with the waivers on
# standard input.
waived_fleet() {
	fleet
	edit bindings/ssh.targets.yaml 's/100.101.102.11/100.101.102.31/'
	{
		printf 'version: 1\nwaivers:\n'
		cat
	} > bindings/waivers.yaml
	commit
}

verify() {
	"$GATERUN" verify --gate G001 --gate G020 --no-receipt "$@"
}
