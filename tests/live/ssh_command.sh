#!/bin/sh
# Commands on real servers: how they end, what they say, and that ten gates make one connection.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
lab_up

mkdir gates
sed -i.was 's/^gates: .*/gates: gates/' gaterun.yaml

# gate ID ARGV [MORE]: a gate on harbor that runs a command; MORE is further YAML under `with:`
gate() {
	cat > "gates/$1.yaml" <<-END
	id: $1
	title: a test gate
	kind: ssh_command
	with:
	  argv: $2
	${3:-}
	packs: [run]
	severity: high
	owner: ops
	triage: look
	explain: because
	targets: {ids: [${4:-harbor}]}
	timeout: ${5:-20s}
	END
}

# run_says ID VERDICT [REASON]: what the gate came to
run_says() {
	if [ $# -eq 2 ]; then
		check "$1 passes" ".gates[] | select(.id == \"$1\") | .verdict == \"$2\" and .checked == 1 and .findings == []"
	else
		check "$1: $2, $3" ".gates[] | select(.id == \"$1\") | .verdict == \"$2\" and .findings[0].reason == \"$3\""
	fi
}

echo '# ten gates, one connection'
for i in 0 1 2 3 4 5 6 7 8 9; do
	gate "A$i" "[echo, 'number $i']" "  stdout: {equals: 'number $i'}"
done
gate B1 '[sh, -c, "exit 3"]' '  exit: 3'
gate B2 '[sh, -c, "exit 2"]' '  exit: [0, 2]'
gate B3 '[sh, -c, "echo trouble >&2; exit 4"]'
gate B4 '[sh, -c, "kill -TERM $$"]'
gate B5 '["true"]' '  stdout: {empty: true}'
gate B6 '[echo, x]' '  stdout: {empty: true}'
gate B7 '[printf, "%s|", "a b", "it'"'"'s", "$HOME", "*"]' "  stdout: {match: '^a b\\|it.s\\|\\\$HOME\\|\\*\\|\$'}"
gate B8 '[no-such-program]'
gate C1 '[sh, -c, "yes x | head -c 1000000"]' '  stdout: {match: "^x"}'
gate C2 '[sh, -c, "yes x | head -c 1000000"]' '  stdout: {match: "y"}'
gate C3 '[sh, -c, "yes >&2"]'
gate C4 '[sh, -c, "exec yes"]'
gate C5 '[sh, -c, "head -c 1000000 /dev/zero >&2; exit 7"]' '  exit: 7'
gate D1 '[sh, -c, "echo early; exec >&- 2>&-; exit 5"]' "  exit: 5
  stdout: {equals: early}"
gate D2 '[sh, -c, "sleep 2989 & echo background"]' '  stdout: {equals: background}'
gate D3 '[sleep, "2991"]' '  timeout: 1s'
gate D4 '[sh, -c, "trap \"\" TERM; sleep 2993; sleep 2993"]' '  timeout: 1s'
gate D5 '[sh, -c, "read -r x; echo \"got <$x>\""]' '  stdout: {equals: "got <>"}'
gate E1 '[sh, -c, "echo \"sudo: a password is required\" >&2; exit 1"]'
gate E2 '[sh, -c, "printf \"To authenticate, visit: https://login.tailscale.com/a/1\"; exec sleep 2995"]' '  timeout: 1s'
gate E3 '[sh, -c, "printf \"\\033[31mred\\007\" >&2; exit 9"]'
restart harbor
verify run --no-receipt
status_is 1
for i in 0 1 2 3 4 5 6 7 8 9; do run_says "A$i" pass; done
holds 'those that end soon shared a shell' test "$(grep -c 'Starting session: command' "$lab/servers/harbor/log")" -le 20
holds 'they made one connection' test "$(grep -c '^Connection from' "$lab/servers/harbor/log")" -eq 1
for each in B1 B2 B5 B7 C1 C5 D1 D2 D5; do run_says "$each" pass; done
run_says B3 fail command.exit
check 'what it complained about is told' '.gates[] | select(.id == "B3") | .findings[0].said == "trouble"'
run_says B4 fail command.exit
check 'the signal is told' '.gates[] | select(.id == "B4") | .findings[0].message | test("143.*signal 15")'
run_says B6 fail command.output
run_says B8 fail command.exit
run_says C2 unknown command.flood
run_says C3 unknown command.flood
run_says C4 unknown command.flood
run_says D3 unknown command.timeout
run_says D4 unknown command.timeout
run_says E1 unknown command.asks
run_says E2 unknown auth.blocked.tailscale_check
check 'what it said is printable' '.gates[] | select(.id == "E3") | .findings[0].said == "\\x1b[31mred\\x07"'
check 'how it was reached is told' '.gates[] | select(.id == "E3") | .findings[0].path == "loopback"'
for each in 2991 2993 2995; do
	holds "nothing is left of 'sleep $each'" nobody_runs "sleep.$each"
done
# (What a command leaves in the background on purpose is not ended.)
for each in $(grep -ls 'sleep.2989' /proc/[0-9]*/cmdline | cut -d/ -f3); do kill "$each" 2> /dev/null; done

echo '# commands that follow each other'
rm gates/*
for i in 0 1 2 3; do gate "A$i" "[echo, 'number $i']" "  stdout: {equals: 'number $i'}"; done
gate A4 '[printf, "%s", "two\nlines"]' '  stdout: {match: "two"}'
restart harbor
verify run --no-receipt
status_is 0
holds 'the server was asked for some of them only' test "$(grep -c 'Starting session: command' "$lab/servers/harbor/log")" -le 3
echo '# ... where the shell cannot hear us'
configure harbor 'ForceCommand sleep 5 | sh -c "$SSH_ORIGINAL_COMMAND"'
verify run --no-receipt
status_is 0
unconfigure harbor
echo '# ... where the shell ends with the first of them'
for i in 0 1 2 3; do gate "A$i" '[sh, -c, "kill -KILL $(cut -d\" \" -f6 /proc/$$/stat); echo '"number $i"'"]' "  stdout: {equals: 'number $i'}"; done
restart harbor
verify run --no-receipt
status_is 0

echo '# what the machine said is not in the receipt'
rm gates/*
gate B3 '[sh, -c, "echo confidential >&2; exit 4"]'
verify run
status_is 1
check 'the report has it' '.gates[0].findings[0].said == "confidential"'
holds 'the receipt does not' sh -c "! sed -n 's/.*\"payload\": *\"\\([^\"]*\\)\".*/\\1/p' receipts/RUN-*.json | base64 -d | grep -q confidential"
holds 'although it is one of that gate' sh -c "sed -n 's/.*\"payload\": *\"\\([^\"]*\\)\".*/\\1/p' receipts/RUN-*.json | base64 -d | grep -q command.exit"
rm -rf receipts

echo '# forced commands'
rm gates/*
gate A0 '[echo, hello]' '  stdout: {equals: hello}'
gate A1 '[echo, hello]' '  stdout: {equals: hello}' 'harbor, mill'
configure harbor 'ForceCommand echo something else'
verify run --no-receipt
status_is 2
run_says A0 unknown command.unproven
check 'and what it says is told' '.gates[0].findings[0].said == "something else"'
check 'the other machine is judged' '.gates[1] | .checked == 1 and (.findings | length) == 1'
configure harbor 'ForceCommand printf "Password: "; read x; exit 0'
sed -i.was 's/^  argv/  timeout: 1s\n  argv/' gates/A0.yaml
verify --gate A0 --no-receipt
run_says A0 unknown command.asks
unconfigure harbor

echo '# a shell that greets'
configure harbor 'ForceCommand echo noise; echo noise >&2; sh -c "$SSH_ORIGINAL_COMMAND"'
verify --gate A0 --no-receipt
status_is 0
unconfigure harbor

echo '# login shells of all sorts'
rm gates/*
# (A space of each kind of quoting; what comes second goes over standard input.)
for i in 0 1; do
	gate "A$i" '[printf, "%s|", "a  b", "it'"'"'s", "\\", "$HOME", "*", "!x"]' \
		'  stdout: {equals: "a  b|it'"'"'s|\\|$HOME|*|!x|"}'
done
for shell in bash dash ksh mksh zsh fish csh tcsh 'busybox ash'; do
	if ! command -v "${shell% *}" > /dev/null; then
		echo "# $shell is not installed: not tried"
		continue
	fi
	configure harbor "ForceCommand exec $shell -c \"\$SSH_ORIGINAL_COMMAND\""
	verify run --no-receipt
	check "$shell: both pass" '[.gates[] | .verdict == "pass" and .checked == 1] == [true, true]'
done
configure harbor 'ForceCommand exec bash -r -c "$SSH_ORIGINAL_COMMAND"'
verify run --no-receipt
run_says A0 unknown command.unproven
check 'a restricted shell says so' '.gates[0].findings[0].said | test("restricted")'
configure harbor 'ForceCommand exit 0'
verify run --no-receipt
run_says A0 unknown command.unproven
unconfigure harbor

echo '# a target that does not let us in: not tried again, one cause for all gates'
rm gates/*
for i in 0 1 2; do gate "A$i" '[echo, hello]'; done
: > "$lab/keys/authorized_keys"
restart harbor
verify run --no-receipt
status_is 2
check 'each gate names the same cause' '[.gates[].findings[0] | .reason, .caused_by] | unique == ["auth.denied", "target:harbor auth.denied"]'
holds 'one connection was tried' test "$(grep -c '^Connection from' "$lab/servers/harbor/log")" -eq 1
cp "$lab/keys/user.pub" "$lab/keys/authorized_keys"

echo '# the connection is lost under the commands'
rm gates/*
# (The session's first process is the shell around the command, and that is the server's child.)
sshd='sshd=$(cut -d\" \" -f4 /proc/$(cut -d\" \" -f6 /proc/$$/stat)/stat)'
gate A0 "[sh, -c, \"$sshd; kill -KILL \$sshd; sleep 2997\"]"
gate A1 '[sleep, "2997"]'
gate A2 '[sleep, "2997"]'
restart harbor
verify run --no-receipt
status_is 2
check 'all gates name the same cause' '[.gates[].findings[0] | .reason, .caused_by] | unique == ["ssh.lost", "target:harbor ssh.lost"]'
holds 'nothing is left of them' nobody_runs 'sleep.2997'

echo '# the server stops in the middle of its work: each command has its time, and the report is not kept'
rm gates/*
gate A0 "[sh, -c, \"$sshd; kill -STOP \$sshd; echo \$sshd > $lab/stopped; exec sleep 2985\"]" '  timeout: 1s'
gate A2 '[sleep, "2985"]' '  timeout: 2s'
gate B0 '[sleep, "1"]' '' mill
gate A1 '[echo, hello]' '  timeout: 1s'
echo 'requires: [B0]' >> gates/A1.yaml
verify run --no-receipt --deadline 20s
status_is 2
run_says A0 unknown command.timeout
run_says A2 unknown command.timeout
run_says A1 unknown command.timeout
# (Who waits for the server waits until the run's deadline. What a busy computer takes is less.)
check 'each had its own time, and closing took none' '[.gates[] | select(.id != "A1") | .duration_ms] | max < 12000'
check 'the server had five seconds to open another channel' '.duration_ms < 18000'
kill -KILL "$(cat "$lab/stopped")"
holds 'nothing is left of them' nobody_runs 'sleep.2985'

echo '# no commands in a static run, none where a rule forbids'
rm gates/B0.yaml
sed -i.was '/^requires/d' gates/A1.yaml
verify run --mode static --no-receipt
check 'static: skipped' '.gates | all(.verdict == "skip")'
cat >> bindings/probe.policy.yaml <<'END'
never:
  - {target: harbor, kinds: [ssh_command], reason: fragile}
END
restart harbor
verify run --no-receipt
check 'never: skipped' '.gates | all(.verdict == "skip" and .findings[0].reason == "policy.never")'
holds 'no packet was sent' sh -c "! grep -q 'Connection from' '$lab/servers/harbor/log'"

done_testing
