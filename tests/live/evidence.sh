# A run is kept, and somebody with nothing but a clone of the repo verifies it: another home, no log, no
# key of his own. What was changed, or is of a log that forked, does not get through.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/evidence.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_CONFIG_GLOBAL=/dev/null
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME
mkdir "$lab/ops" "$lab/anna" "$lab/bert"
git config --file "$lab/gitconfig" user.name test
git config --file "$lab/gitconfig" user.email test@test.example
export GIT_CONFIG_GLOBAL="$lab/gitconfig"

# Who is at the keyboard.
anna() { HOME=$lab/anna "$GATERUN" "$@"; }
bert() { HOME=$lab/bert "$GATERUN" "$@"; }

# ends STATUS WORD...: does the command end so?
ends() {
	wanted=$1
	shift
	"$@" > "$lab/out" 2> "$lab/err" < /dev/null
	[ $? -eq "$wanted" ] && return
	sed 's/^/# /' "$lab/out" "$lab/err"
	return 1
}

key_of() { sed -n 's/.*"run_key": "\(RUN-[^"]*\)".*/\1/p' "$1" | head -n 1; }

cd "$lab/ops" || exit 1
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"
fleet
anna verify --gate G001 -o json > "$lab/1.json" 2> "$lab/err"
anna verify --gate G002 -o json > "$lab/2.json" 2> "$lab/err"
first=$(key_of "$lab/1.json")
second=$(key_of "$lab/2.json")

holds 'a run is kept' ends 0 anna receipt keep "$first"
find receipts/evidence -type f -exec sha256sum {} + | sort > "$lab/before"
holds 'keeping it again changes nothing' ends 0 anna receipt keep "$first"
anna verify --gate G001 > "$lab/out" 2>&1
rm "receipts/evidence/$first.start" "receipts/evidence/$first.tlog-proof"
holds 'after more runs, what is missing is written' ends 0 anna receipt keep "$first"
find receipts/evidence -type f -exec sha256sum {} + | sort > "$lab/after"
holds 'and it is what it was' cmp "$lab/before" "$lab/after"
git add receipts
git commit -q -m kept
git clone -q "$lab/ops" "$lab/clone"

cd "$lab/clone" || exit 1
holds 'without trust, a clone cannot decide' ends 2 bert receipt verify "$first"
holds 'and says what to do' grep -q allowed_signers "$lab/out"
cd "$lab/ops" || exit 1
mkdir -p receipts/trust
anna key show | grep namespaces | sed 's/you@example.org/anna@example.org/' > receipts/trust/allowed_signers
git add receipts
git commit -q -m trust
cd "$lab/clone" || exit 1
git pull -q
holds 'with it, the run is verified' ends 0 bert receipt verify "$first"
holds 'by who signed it' grep -q 'VALID: signed by anna@example.org' "$lab/out"
holds 'from what is kept' sh -c "HOME=$lab/bert '$GATERUN' receipt verify $first -o json | jq -e '.membership == \"kept\"' > /dev/null"
holds 'a run that is not kept is not there' ends 2 bert receipt verify "$second"
holds 'to keep what is kept is fine anywhere' ends 0 bert receipt keep "$first"
git status --porcelain > "$lab/out"
holds 'and changes nothing' [ ! -s "$lab/out" ]

# changed SENTENCE STATUS FILE: one byte of a file is another.
changed() {
	cp "$3" "$lab/good"
	LC_ALL=C awk -v at=40 'NR == 1 { c = substr($0, at, 1); $0 = substr($0, 1, at - 1) (c == "A" ? "B" : "A") substr($0, at + 1) } { print }' "$lab/good" > "$3"
	holds "$1" ends "$2" bert receipt verify "$first"
	cp "$lab/good" "$3"
}
evidence=receipts/evidence
changed 'a changed receipt is not valid' 1 "$evidence/$first.json"
changed 'nor one whose start was changed' 1 "$evidence/$first.start"
for part in tlog-proof start.tlog-proof; do
	cp "$evidence/$first.$part" "$lab/good"
	sed 's/^index .*/index 7/' "$lab/good" > "$evidence/$first.$part"
	holds "nor one whose $part is of another entry" ends 1 bert receipt verify "$first"
	cp "$lab/good" "$evidence/$first.$part"
	mv "$evidence/$first.$part" "$lab/good"
	holds "without its $part it cannot be decided" ends 2 bert receipt verify "$first"
	mv "$lab/good" "$evidence/$first.$part"
done
cp "$evidence/$first.json" "$evidence/$second.json"
holds 'under the name of another run it is not valid' ends 1 bert receipt verify "$second"
rm "$evidence/$second.json"

# Anna's machine is restored from a backup, and goes on from there: the log has two histories. Each
# branch keeps one of them.
cd "$lab/ops" || exit 1
cp -R "$lab/anna/.local" "$lab/backup"
git checkout -q -b one
anna verify --gate G001 -o json > "$lab/3.json" 2> "$lab/err"
anna receipt keep "$(key_of "$lab/3.json")" > "$lab/out" 2>&1
git add receipts
git commit -q -m one
rm -rf "$lab/anna/.local"
mv "$lab/backup" "$lab/anna/.local"
git checkout -q -b two main
anna verify --gate G002 -o json > "$lab/4.json" 2> "$lab/err"
anna receipt keep "$(key_of "$lab/4.json")" > "$lab/out" 2>&1
git add receipts
git commit -q -m two
holds 'git finds the fork' ends 1 git merge -q one
holds 'as one conflict, in a head' [ "$(git diff --name-only --diff-filter=U | grep -c '/checkpoints/')" -eq 1 ]
git merge --abort

# Branches of one history merge.
git checkout -q -b three main
anna receipt keep "$second" > "$lab/out" 2>&1
git add receipts
git commit -q -m three
git checkout -q -b four main
anna receipt keep "$second" > "$lab/out" 2>&1
anna verify --gate G002 -o json > "$lab/5.json" 2> "$lab/err"
anna receipt keep "$(key_of "$lab/5.json")" > "$lab/out" 2>&1
git add receipts
git commit -q -m four
holds 'who keep runs of one history do not meet' ends 0 git merge -q -m both three

# What ties the kept heads to each other, where the log is not.
anna receipt keep "$(key_of "$lab/5.json")" > "$lab/out" 2>&1
git add receipts
git commit -q -m tied
git clone -q "$lab/ops" "$lab/tied"
cd "$lab/tied" || exit 1
holds 'kept heads that grew out of each other are fine' ends 0 bert verify --gate G060
last=$(find receipts/evidence -path '*/checkpoints/*' | sort | tail -n 1)
root=$(sed -n 3p "$last" | base64 -d | od -An -v -tx1 | tr -d ' \n')
signer=$(jq -r '.signatures[0].keyid' "receipts/evidence/$first.json")
echo "$signer  2026-01-01  retired  $(sed -n 2p "$last")  $root" > receipts/trust/revoked
holds 'a retired key is believed for what grew into its last good tree' ends 0 bert receipt verify "$first"
echo "$signer  2026-01-01  retired  $(sed -n 2p "$last")  $(printf %064d 0)" > receipts/trust/revoked
holds 'and for no other tree' ends 2 bert receipt verify "$first"
echo "$signer  2026-01-01  retired  $(sed -n 2p "$last")  $root" > receipts/trust/revoked
find receipts/evidence -path '*/growth/*' -exec rm {} +
holds 'nor where nothing shows it' ends 2 bert receipt verify "$first"
rm receipts/trust/revoked
holds 'without what shows it, G060 cannot say' ends 2 bert verify --gate G060
holds '  and says what to do' grep -q 'receipt keep' "$lab/out"
# A log that was here: its pin says so, whatever became of its folder.
cd "$lab/ops" || exit 1
git checkout -q -f both 2> "$lab/err" || git checkout -q -f four
state=$lab/anna/.local/state/gaterun
log=$(find "$state/logs" -mindepth 1 -maxdepth 1)
holds 'G060 passes with the log' ends 0 anna verify --gate G060 --no-receipt
mv "$log/log.vkey" "$lab/log.vkey"
holds 'a log that no longer says whose it is does not go unseen' ends 1 anna verify --gate G060 --no-receipt -o json
mv "$lab/log.vkey" "$log/log.vkey"
mv "$log" "$lab/log"
holds 'nor one that is gone' ends 1 anna verify --gate G060 --no-receipt -o json
holds '  which is history lost' sh -c "jq -e '[.gates[0].findings[] | [.verdict, .reason, .subject]] == [[\"fail\", \"log.history_lost\", \"log:$(sed 1q "$state"/seen/*)\"]]' < '$lab/out' > /dev/null"
sed '1s,/fleet.example/,/other.example/,' "$state/seen/$(basename "$log")" > "$lab/pin"
mv "$state/seen" "$lab/seen"
mkdir "$state/seen"
cp "$lab/pin" "$state/seen/$(basename "$log")"
holds 'one of another repo is not missed in this one' ends 0 anna verify --gate G060 --no-receipt
rm -rf "$state/seen"
mv "$lab/seen" "$state/seen"
mv "$lab/log" "$log"
holds 'once it is back, nothing is missing' ends 0 anna verify --gate G060 --no-receipt
done_testing
