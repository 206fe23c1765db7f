# Moving in with shell gates: a registry of forty scripts in the style of those that gaterun replaces,
# honest ones and others, made into gates that run at once, under deadlines, and change nothing.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/adopt.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
export GIT_CONFIG_GLOBAL=/dev/null

# row ID KEYS: a row of the registry
row() {
	printf '  - id: %s\n' "$1" >> ops/gate.registry.yaml
	printf '%s\n' "$2" | sed 's/^/    /' >> ops/gate.registry.yaml
}

# script NUMBER RING CLASS BODY: a script and its row
script() {
	cat > "ops/verify/d$1.sh" <<-END
		#!/bin/bash
		set -euo pipefail
		ROOT="\${SPINE_ROOT:-\$PWD}"
		fail() { echo "D$1 FAIL: \$1" >&2; exit 1; }
		$4
	END
	chmod 755 "ops/verify/d$1.sh"
	row "D$1" "name: gate-number-$1
category: process-hygiene
gate_class: $3
severity: high
ring: $2
description: \"Number $1 holds: its \\\"thing\\\" is there. More about it.\"
fix_hint: Mend number $1 and run it again.
check_script: ops/verify/d$1.sh"
}

# said ID: verdict, then verdict and reason of each finding
said() {
	jq -r --arg id "$1" '.gates[] | select(.id == $id) | .verdict +
		([.findings[] | select(.reason != "command.unconfined") | " \(.verdict):\(.reason)"] | add // "")' "$lab/run.json"
}

# is ID EXPECTED SENTENCE
is() {
	if [ "$(said "$1")" = "$2" ]; then
		report ok "$3"
	else
		report 'not ok' "$3: '$(said "$1")', expected '$2'"
		explain
	fi
}

# init WORD...: its JSON is what the next statements are about
init() {
	said="init $*"
	"$GATERUN" init --from-registry ops/gate.registry.yaml "$@" -o json > "$lab/run.json" 2> "$lab/run.err"
	status=$?
}

mkdir "$lab/repo"
cd "$lab/repo" || exit 1
fleet
edit gaterun.yaml '/^gates:/d'
mkdir -p ops/verify gates
cp "$LAB/../../gates/020-snapshot-parity.yaml" gates/
printf 'version: 1\ngates:\n' > ops/gate.registry.yaml

# Twenty that pass, in the ways in which the predecessor's did.
for i in $(seq 101 110); do
	script "$i" instant invariant "[ -f bindings/ssh.targets.yaml ] || fail 'no binding'
		grep -q '^ssh:' bindings/ssh.targets.yaml || fail 'no ssh'
		echo 'D$i PASS: all there'"
done
for i in $(seq 111 120); do
	script "$i" standard invariant "n=\$(find bindings -name '*.yaml' | wc -l)
		[ \"\$n\" -ge 1 ] || fail 'no bindings'
		echo \"PASS (\$n checked)\""
done
# Those that do not.
script 201 standard invariant "grep -q nothing-of-the-kind gaterun.yaml || fail 'it is not there'"
script 202 standard freshness "echo 'SKIP: tailscale is not connected'; exit 0"
script 203 standard invariant "echo 'D203 SKIP: off-LAN'; exit 0"
script 204 standard invariant "echo 'PASS: 3 of 3'; exit 1"
script 205 standard invariant "echo 'FAIL: one of three'; exit 0"
script 206 standard invariant "yq-that-is-absent e '.ssh' bindings/ssh.targets.yaml | grep -q defaults || true; echo PASS"
script 207 standard invariant "yq-that-is-absent e '.ssh' bindings/ssh.targets.yaml"
script 208 standard invariant "python3 -c 'raise SystemExit(\"Traceback\")'"
script 209 standard invariant "echo \"\$UNSET_VARIABLE\"; echo PASS"
script 210 standard advisory "fail 'a matter of taste'"
script 211 standard observational "fail 'to look at'"
script 212 hanging invariant "echo waiting; sleep 1000"
script 213 hanging invariant "sleep 1000 & echo 'PASS: and left something behind'"
script 214 standard invariant "read -rp 'Continue? ' answer; echo PASS"
script 215 standard invariant "echo changed >> gaterun.yaml; echo PASS"
script 216 standard invariant "yes | head -c 5000000"
script 217 standard invariant "ssh -o BatchMode=yes nas true; echo PASS"
script 218 deep invariant "curl -fsS http://192.168.1.20/ > /dev/null; echo PASS"
row D301 'name: retired-one
retired: true
severity: low
check_script: ops/verify/d101.sh'
row D302 'name: inline-one
inline: true
severity: low
check_script: ops/drift-gate.sh'
row D303 'name: inline-two
inline: true
severity: low
check_script: ops/drift-gate.sh'
row D304 'name: composite
severity: high
composite_of: [D101, D102]'
row D305 'name: missing
severity: high
check_script: ops/verify/d305-is-not-there.sh'
row D306 'name: in-a-shell
severity: high
check_script: "cd ops && verify/d101.sh"'
row D310 'name: parity
severity: critical
ring: standard
description: The snapshot agrees
check_script: bash ops/verify/d201.sh'
row backup-age 'severity: high
check_script: ops/verify/d101.sh'
row D307 'severity: urgent
script: ops/verify/d101.sh
check_script: ops/verify/d101.sh'
commit

init --dry-run
status_is 1
check 'a dry run says what it would do' '.dry_run and .counts.write == 39 and .counts.refused == 4 and .counts.retired == 1 and
	.counts.inline == 2 and .counts.composite == 1'
holds 'and writes nothing' eval '[ "$(ls gates)" = 020-snapshot-parity.yaml ] && [ -z "$(git status --porcelain)" ]'

init
status_is 1
check 'what it said is what it does' '.counts.write == 39'
check 'a script that is missing is told with its place' '[.problems[] | select(.message | contains("d305-is-not-there")) |
	.file == "ops/gate.registry.yaml" and .line > 0 and .column > 0] == [true]'
holds 'and has no gate' eval '! ls gates | grep -q 305'
check 'what wants a shell is refused' '.problems | any(.message | contains("wants a shell"))'
check 'what is no id is refused' '.problems | any(.message | contains("BACKUP-AGE"))'
check 'another word for a key is told, and which is meant' '.unused_keys == [.unused_keys[] | select(.key == "script" and .meant == "check_script" and .count == 1)] and (.unused_keys | length) == 1'
check 'a shipped gate keeps its id' '.gates[] | select(.registry_id == "D310") | .id == "XD310" and .shadow_of == "G020" and .argv == ["bash", "ops/verify/d201.sh"]'
check 'the ring and the composite are packs' '.gates[] | select(.registry_id == "D101") | .packs == ["instant", "shell", "d304"]'
check 'advisory gates do not decide' '[.gates[] | select(.registry_id == "D210" or .registry_id == "D211") | .enforced] == [false, false]'
check 'scripts of grep and test could be native' '.gates[] | select(.registry_id == "D101") | .native.share == "whole" and .native.kinds == ["text_match", "file_state"]'
check 'what uses the network is known' '[.gates[] | select(.network != null) | .registry_id] == ["D217", "D218"]'
holds 'the repo loads' "$GATERUN" lint
sum() { cat gates/* | cksum; }
before=$(sum)
init
check 'a second run writes nothing' '.counts.write == 0 and .counts.exists == 39'
echo '# mine now' >> gates/d101-gate-number-101.yaml
init
holds 'nor does a third one, over what was changed' eval 'grep -q "mine now" gates/d101-gate-number-101.yaml'
edit gates/d101-gate-number-101.yaml '/mine now/d'
holds 'all is as it was' eval '[ "$before" = "$(sum)" ]'
for gate in gates/d212* gates/d213*; do
	edit "$gate" 's/^timeout: 60s/timeout: 2s/'
done
git add -A && git commit -qm adopted
kept=$(cksum < gaterun.yaml)

verify shell --no-receipt
status_is 1
check 'thirty-nine gates, and what one is in the shadow of is not asked' '.counts.planned == 39'
is D101 'pass' 'one that passes'
is D120 'pass' 'one that counts'
is D201 'fail fail:command.failed' 'one that fails'
check 'its own words are told' '.gates[] | select(.id == "D201") | .findings[0].said == "D201 FAIL: it is not there"'
is D202 'skip skip:command.skipped' 'SKIP with 0 is a skip'
is D203 'skip skip:command.skipped' 'behind the id, too'
is D204 'unknown unknown:command.contradicts' 'PASS with 1 is unknown'
is D205 'unknown unknown:command.contradicts' 'FAIL with 0 is unknown'
is D206 'unknown unknown:command.contradicts' 'PASS without the program that it needs is unknown'
is D207 'unknown unknown:command.not_started' 'a program that is not there is unknown'
is D210 'fail fail:command.failed' 'an advisory one is reported'
is D212 'unknown unknown:command.timeout' 'one that hangs is ended'
is D216 'unknown unknown:command.flood' 'one that never stops printing is ended'
is D217 'skip skip:mode.static' 'ssh wants mode active'
is D218 'skip skip:mode.static' 'and curl'
check 'the shadow is compared' '.gates[] | select(.id == "XD310") | .shadow_of == "G020" and .enforced == false and any(.findings[]; .reason == "shadow.alone")'
if jq -e '[.gates[].findings[] | select(.reason == "command.unconfined")] == []' "$lab/run.json" > /dev/null; then
	holds 'nothing was changed' eval '[ "$kept" = "$(cksum < gaterun.yaml)" ] && [ -z "$(git status --porcelain)" ]'
fi
check 'they run at once: 2 s of hanging are not 4' '.duration_ms < 60000'

verify --gate XD310 --gate G020 --no-receipt
check 'where both run and differ, both verdicts are told' '.gates[] | select(.id == "XD310") | .findings[] | select(.reason == "shadow.differs") |
	.message | contains("G020, which decides, says pass") and contains("this gate fail")'
status_is 0
"$GATERUN" verify --gate XD310 --gate G020 --no-receipt > "$lab/text" 2>&1
holds 'in text too' grep -q 'shadow.differs' "$lab/text"

# Budgets.
echo 'packs: {hanging: {budget: 1s}, shell: {budget: 5m}}' >> gaterun.yaml
verify hanging --no-receipt
is D212 'unknown unknown:run.budget' 'what does not fit into the budget is unknown'
check 'and none is dropped' '.counts.planned == 2'
status_is 2

# What earlier runs took.
verify hanging
"$GATERUN" plan hanging -o json > "$lab/run.json"
check 'plan says what a gate took before' '.gates[] | select(.id == "D212") | .expected_ms >= 900'
"$GATERUN" plan hanging > "$lab/text"
holds 'in text too' grep -q 'about [0-9.]* s' "$lab/text"
for file in "${XDG_STATE_HOME:-$HOME/.local/state}"/gaterun/durations/*; do
	echo 'no durations' > "$file"
done
"$GATERUN" plan hanging -o json > "$lab/run.json"
check 'a file that is spoilt is as none' '[.gates[].expected_ms] == [null, null]'
holds 'nothing was left behind' nobody_runs 'sleep.1000'
done_testing
