# Gates of the kind `command`: programs of the user's, honest ones and others.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/command.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
export GIT_CONFIG_GLOBAL=/dev/null

# gate NUMBER TIMEOUT WITH: gates/NUMBER-c.yaml is the gate C<NUMBER> in the pack `own`
gate() {
	cat > "gates/$1-c.yaml" <<-END
		id: C$1
		title: A command of the user's own
		kind: command
		packs: [own]
		severity: high
		owner: ops
		triage: Look at it.
		explain: It is here to be tested.
		timeout: $2
		with: {$3}
	END
}

# sh_gate NUMBER SCRIPT [WITH]: a gate that runs this script
sh_gate() {
	cat > "bin/$1.sh"  <<-END
		#!/bin/sh
		$2
	END
	chmod 755 "bin/$1.sh"
	gate "$1" 20s "argv: [bin/$1.sh]${3:+, $3}"
}

# said NUMBER: verdict, then verdict and reason of each finding
said() {
	jq -r --arg id "C$1" '.gates[] | select(.id == $id) | .verdict +
		([.findings[] | select(.reason != "command.unconfined") | " \(.verdict):\(.reason)"] | add // "")' "$lab/run.json"
}

# is NUMBER EXPECTED SENTENCE
is() {
	if [ "$(said "$1")" = "$2" ]; then
		report ok "$3"
	else
		report 'not ok' "$3: '$(said "$1")', expected '$2'"
		explain
	fi
}

mkdir "$lab/repo"
cd "$lab/repo" || exit 1
fleet
edit gaterun.yaml '/^gates:/d'
mkdir gates bin
echo 'as it was' > kept.txt

# What they say.
sh_gate 101 'echo all is well'
sh_gate 102 'echo "D45 FAIL: nas has no backup"; echo "[FAIL] web has none either"; exit 1'
sh_gate 103 'echo "SKIP: tailscale is off"'
sh_gate 104 'echo "PASS: 3 of 3"; exit 1'
sh_gate 105 'echo "D45 FAIL: nas has no backup"'
sh_gate 106 'no_such_program; echo done'
sh_gate 107 'echo "cannot tell" >&2; exit 3'
sh_gate 108 'kill -9 $$'
sh_gate 109 'echo "BLOCKED_AUTH visit https://login.example"; exit 1'
sh_gate 110 'echo "FAILOVER is fine: no FAIL here"'
sh_gate 111 'exit 1'
sh_gate 112 'echo "FAIL: but the status counts"' 'result: status'
gate 113 5s 'argv: [bin/none.sh]'
gate 114 5s 'argv: [kept.txt]'
gate 115 5s 'argv: [./kept.txt]'
gate 116 5s 'argv: ["true"]'
# JSON
sh_gate 120 'printf %s "{\"verdict\":\"fail\",\"checked\":2,\"findings\":[{\"subject\":\"host:nas\",\"message\":\"no backup\",\"file\":\"kept.txt\",\"line\":1,\"column\":4,\"hint\":\"make one\"}]}"; exit 1' 'result: json'
sh_gate 121 'echo "{\"verdict\":\"pass\",\"checked\":7}"' 'result: json'
sh_gate 122 'echo "{\"verdict\":\"pass\",\"checked\":7}"; exit 1' 'result: json'
sh_gate 123 'echo "{\"verdict\":\"pass\",\"findings\":[{\"message\":\"x\"}]}"' 'result: json'
sh_gate 124 'echo "{\"verdict\":\"pass\",\"verdict\":\"fail\"}"' 'result: json'
sh_gate 125 'echo ok' 'result: json'
sh_gate 126 'echo "{\"verdict\":\"pass\",\"checked\":0}"' 'result: json'
sh_gate 127 'echo "{\"verdict\":\"skip\"}"' 'result: json'
sh_gate 128 'echo "{\"verdict\":\"unknown\"}"; exit 2' 'result: json'
# What they do.
sh_gate 130 'read -r line; [ -z "$line" ] && ! [ -t 0 ] && ! (: < /dev/tty) 2> /dev/null'
sh_gate 131 '(echo changed > kept.txt) 2> /dev/null && exit 1; (: > new.txt) 2> /dev/null && exit 1; rm -f kept.txt 2> /dev/null; [ -e kept.txt ]'
sh_gate 132 'chmod 777 kept.txt 2> /dev/null && exit 1; touch kept.txt 2> /dev/null && exit 1; exit 0'
sh_gate 133 'echo x > "$TMPDIR/mine" && mkdir -p "$TMPDIR/a/b" && ln -s / "$TMPDIR/root" && echo "SKIP: $TMPDIR"'
sh_gate 134 'env | sort | sed "s/=.*//" | tr "\n" " "; [ -z "$SECRET_TOKEN$SSH_AUTH_SOCK$DISPLAY" ] && [ "$MINE" = yes ] && [ "$GATERUN_GATE" = C134 ] && [ "$GATERUN_ROOT" = "$(pwd -P)" ]' 'env: {MINE: "yes"}'
sh_gate 135 "kill -0 $$ 2> /dev/null && exit 1; exit 0"
gate 136 20s 'argv: [python3, -c, "import socket; socket.socket()"]'
gate 137 20s 'argv: [python3, -c, "import socket; socket.socket(); print(1)"], network: true'
gate 138 20s 'argv: [python3, -c, "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"], network: true'
sh_gate 139 'exec git status --porcelain' 
commit
chmod 600 kept.txt
before=$(ls -l kept.txt)

SECRET_TOKEN=hush verify own --no-receipt
is 101 'pass' 'exit status 0 is a pass'
is 102 'fail fail:command.failed fail:command.failed' 'each line FAIL of one that ends with 1 is a finding'
check 'what it said is told' '[.gates[] | select(.id == "C102") | .findings[].said] | sort == ["D45 FAIL: nas has no backup", "[FAIL] web has none either"]'
is 103 'skip skip:command.skipped' 'SKIP is a skip, not a pass'
is 104 'unknown unknown:command.contradicts' 'PASS with a status above 0 is unknown'
is 105 'unknown unknown:command.contradicts' 'FAIL with status 0 is unknown'
is 106 'unknown unknown:command.contradicts' 'a script that breaks and goes on is unknown'
is 107 'unknown unknown:command.unknown' 'another status is unknown'
is 108 'unknown unknown:command.signal' 'one that a signal ends is unknown'
is 109 'unknown unknown:auth.blocked.interactive' 'one that wants a human is unknown'
is 110 'pass' 'words inside of words and lines say nothing'
is 111 'fail fail:command.failed' 'one that ends with 1 without a word fails'
is 112 'pass' 'with `result: status` words say nothing'
is 113 'unknown unknown:command.not_started' 'one that is not there is unknown'
is 114 'unknown unknown:command.not_started' 'a name without a slash is sought in PATH'
is 115 'unknown unknown:command.not_started' 'one that cannot be executed is unknown'
is 116 'pass' 'one of PATH'
is 120 'fail fail:command.failed' 'a finding in JSON'
check 'with subject, place and hint' '.gates[] | select(.id == "C120") | .checked == 2 and
	(.findings[] | .subject == "host:nas" and .message == "no backup" and .file == "kept.txt" and .line == 1 and .column == 4 and .hint == "make one")'
is 121 'pass' 'a pass in JSON'
check 'with what it counted' '.gates[] | select(.id == "C121") | .checked == 7'
is 122 'unknown unknown:command.contradicts' 'pass in JSON with a status above 0 is unknown'
is 123 'unknown unknown:command.contradicts' 'pass in JSON with a finding that fails is unknown'
is 124 'unknown unknown:command.answer' 'a repeated key is no answer'
is 125 'unknown unknown:command.answer' 'text is no JSON'
is 126 'unknown unknown:nothing_to_check' 'nothing checked is unknown'
is 127 'skip skip:command.skipped' 'a skip in JSON'
is 128 'unknown unknown:command.unknown' 'unknown in JSON'
is 130 'pass' 'it has nothing to read and no terminal'
if jq -e '[.gates[].findings[] | select(.reason == "command.unconfined")] == []' "$lab/run.json" > /dev/null; then
	is 131 'pass' 'it can neither change, nor make, nor remove a file of the repo'
	is 132 'pass' 'nor its mode or time'
	is 135 'pass' 'nor signal another process'
	is 136 'fail fail:command.failed' 'it gets no socket'
	holds 'the repo is as it was' eval '[ "$(ls -l kept.txt)" = "$before" ] && [ "$(cat kept.txt)" = "as it was" ] && [ ! -e new.txt ]'
else
	check 'a system that confines nothing is told so' '[.gates[].findings[] | select(.reason == "command.unconfined")] != []'
fi
is 133 'skip skip:command.skipped' 'it has a folder of its own'
is 134 'pass' 'its environment is scrubbed, and has what the gate gives it'
is 137 'skip skip:mode.static' 'one that needs a network is skipped in mode static'
is 139 'pass' 'git can be asked'
scratch=$(jq -r '.gates[] | select(.id == "C133") | .findings[].said | sub("SKIP: "; "")' "$lab/run.json")
holds 'and nothing of it is left' eval '[ -n "$scratch" ] && [ ! -e "$scratch" ]'

cat > bindings/probe.policy.yaml <<'END'
version: 1
contexts:
  scheduled: {mode: active}
END
verify --gate C137 --gate C138 --context scheduled --no-receipt
is 137 'pass' 'in mode active it gets its socket'
is 138 'fail fail:command.failed' 'but none to look at packets'
git checkout -q bindings
verify --gate C101 --staged --no-receipt
is 101 'unknown unknown:command.no_work_tree' 'what is staged cannot be shown to a command'

# 371 gates, some of which do not want to end, or go on, or print without end.
rm gates/* bin/*
nap=$((1000000 + $$)) # nobody else sleeps so long
cat > bin/outlive <<END
#!/bin/sh
setsid sh -c 'trap "" TERM HUP; sleep $nap & exec sleep $nap' > /dev/null 2>&1 < /dev/null &
setsid sleep $nap &
exit 0
END
cat > bin/hang <<END
#!/bin/sh
trap '' TERM HUP INT
setsid sleep $nap &
while :; do sleep $nap; done
END
chmod 755 bin/*
i=0
while [ $i -lt 371 ]; do
	i=$((i + 1))
	case $i in
	[1-4]) gate $i 1s 'argv: [bin/hang]' ;;
	[5-7]) gate $i 20s 'argv: [bin/outlive]' ;;
	8 | 9 | 10 | 11 | 12) gate $i 20s 'argv: ["yes"]' ;;
	13 | 14) gate $i 20s 'argv: [sh, -c, "read x; exit 1"]' ;;
	15 | 16) gate $i 20s 'argv: [sh, -c, "echo x > kept.txt"]' ;;
	*) gate $i 20s "argv: [sh, -c, 'exit $((i % 2))']" ;;
	esac
done
verify own --no-receipt --timeout 100s
check '371 commands: those that hang are ended, and unknown' '[.gates[] | select(.id | test("^C[1-4]$")) | .findings[] | select(.verdict == "unknown") | .reason] == ["command.timeout", "command.timeout", "command.timeout", "command.timeout"]'
check 'those that leave somebody behind pass' '[.gates[] | select(.id | test("^C[5-7]$")) | .verdict] == ["pass", "pass", "pass"]'
check 'those that print without end are ended, and unknown' '[.gates[] | select(.id | test("^C([89]|10|11|12)$")) | .findings[] | select(.verdict == "unknown") | .reason] | length == 5 and all(. == "command.flood")'
check 'those that ask find nobody, and fail' '[.gates[] | select(.id | test("^C1[34]$")) | .verdict] == ["fail", "fail"]'
check 'all others are judged' '[.gates[] | select((.id[1:] | tonumber) > 16) | .verdict == (if (.id[1:] | tonumber) % 2 == 0 then "pass" else "fail" end)] | length == 355 and all'
if jq -e '[.gates[].findings[] | select(.reason == "command.unconfined")] == []' "$lab/run.json" > /dev/null; then
	holds 'those that write to the repo change nothing' [ "$(cat kept.txt)" = 'as it was' ]
	holds 'and nothing of any of them is left' nobody_runs "$nap"
fi

# The program dies: so does what it started.
rm gates/*
gate 1 60s 'argv: [bin/hang]'
"$GATERUN" verify own --no-receipt > /dev/null 2>&1 &
gaterun=$!
WAITS=1000 until_true grep -qs "$nap" /proc/[0-9]*/cmdline
kill -9 $gaterun
wait $gaterun 2> /dev/null
holds 'when the program is killed, what it started ends too' nobody_runs "$nap"
done_testing
