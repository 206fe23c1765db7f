# A run in which there is one of everything, to be sourced: . "$CASES/formats/lib.sh"
# shellcheck shell=sh
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

# Two commits. In the second, files have come and gone (introduced, pre-existing, fixed), one row is broken, so
# that what hangs on it is unknown, one machine has no pin, one address is waived.
# Without packets a gate is skipped; the client device is a remark.
rich() {
	printf '%s\n' 'goes 100.64.1.1' 'stays 100.64.1.2' > peers.txt
	fleet
	git tag first
	printf '%s\n' '# moved' 'stays 100.64.1.2' 'comes 100.64.1.3' > peers.txt
	edit bindings/ssh.targets.yaml 's/100.101.102.11/100.101.102.31/'
	edit bindings/tailscale.tailnet.snapshot.yaml 's/lan_ip: 10.20.30.12/lan_ip: 10.20.30.x/'
	edit bindings/known_hosts '/^anvil /d'
	cat > bindings/waivers.yaml <<'END'
version: 1
waivers:
  - {gate: D310, subject: "target:anvil", reason: it moves, owner: ops, expires_on: 2099-01-01, ticket: OPS-12}
END
	commit
}

# The same with names that a format could take for its own syntax.
hostile() {
	rich
	for name in 'a]]>b.txt' 'c::error file=x::d.txt' 'e<script>|`f`.txt' 'g"h,i%0A#[j].txt' \
		'##[error]k @l [m](www.example.org) {0}.txt' "$(printf 'n\n::warning::o\033[31m.txt')" "$(printf '\357\277\277\377.txt')"; do
		echo '100.64.1.9' > "$name"
	done
	commit
}

# reported FORMAT WORD...: what differs from run to run becomes a word
reported() {
	format=$1
	shift
	"$GATERUN" verify fast --baseline first --no-receipt -o "$format" "$@" > ../report
	ended=$?
	sed -E -e 's/ time="[0-9.]+"/ time="SECONDS"/g; s/timestamp="[0-9T:-]*"/timestamp="TIME"/' \
		-e 's/^(gaterun_[a-z_]*(duration|run_timestamp)_seconds(\{.*\})?) [0-9.]+$/\1 SECONDS/' ../report
	return $ended
}
