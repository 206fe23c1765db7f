# `--since REV`: which files the text gates look at, whatever is judged: the work tree or the index.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/since.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
export GIT_CONFIG_GLOBAL=/dev/null

bad='peer 100.64.1.2'

# where: the verdict of G030, how many files it looked at, and where it found something
where() {
	jq -r '.gates[] | select(.id == "G030") | "\(.verdict) \(.checked)" +
		([.findings[] | select(.verdict != "pass") | " \(.reason):\(.file // "-")"] | add // "")' "$lab/run.json"
}

# is EXPECTED SENTENCE WORD...: what `gaterun verify fast --no-receipt WORD...` says of G030
is() {
	expected=$1 sentence=$2
	shift 2
	verify fast --mode static --no-receipt "$@"
	if [ "$(where)" = "$expected" ]; then
		report ok "$sentence"
	else
		report 'not ok' "$sentence: '$(where)', expected '$expected'"
		explain
	fi
}

mkdir "$lab/repo"
cd "$lab/repo" || exit 1
fleet
echo "$bad" > old.txt
echo 'peer nas' > new.txt
echo 'peer nas' > other.txt
commit
git tag base
all=$(git ls-files | wc -l | tr -d ' ')
looked=$((all - 3)) # but for the three bindings that are about addresses

is "fail $looked text.address:old.txt" 'without --since every file is looked at'
is 'skip 0 since.unchanged:-' 'nothing has changed: skip' --since HEAD
status_is 0
check 'the gates that are no text gates are judged in whole' \
	'[.gates[] | select(.id == "G001" or .id == "G020") | .verdict] == ["pass", "pass"]'
check 'it says which commit' ".selection.since == \"$(git rev-parse HEAD)\""

echo "$bad" > new.txt
is 'fail 1 text.address:new.txt' 'a changed file of the work tree' --since HEAD
is 'skip 0 since.unchanged:-' '--staged: it is not staged' --staged --since HEAD
git add new.txt
echo 'peer nas' > new.txt
is 'fail 1 text.address:new.txt' '--staged: staged, and put right in the work tree' --staged --since HEAD
is 'skip 0 since.unchanged:-' 'the work tree is as it was' --since HEAD
git reset -q --hard

echo "$bad" > fresh.txt
is 'skip 0 since.unchanged:-' 'an untracked file is nobody'\''s' --since HEAD
git add -N fresh.txt
is 'fail 1 text.address:fresh.txt' 'one that was announced counts' --since HEAD
is 'skip 0 since.unchanged:-' '--staged: nothing of it is staged' --staged --since HEAD
git add fresh.txt
git commit -q -m fresh
is 'skip 0 since.unchanged:-' 'committed: nothing since HEAD' --since HEAD
is 'fail 1 text.address:fresh.txt' 'since the commit before' --since HEAD^
is 'fail 1 text.address:fresh.txt' 'since a tag' --since base
git rm -q fresh.txt
git commit -q -m gone
is 'skip 0 since.unchanged:-' 'a file that is gone leaves nothing to look at' --since HEAD^

git mv old.txt moved.txt
is 'fail 1 text.address:moved.txt' 'a renamed file has changed' --since HEAD
git reset -q --hard
chmod +x old.txt
is 'fail 1 text.address:old.txt' 'so has one with another mode' --since HEAD
git reset -q --hard

git update-index --assume-unchanged old.txt
is 'fail 1 text.address:old.txt' 'a file that git does not look at may have changed' --since HEAD
git update-index --no-assume-unchanged old.txt
git update-index --skip-worktree old.txt
is 'fail 1 text.address:old.txt' 'so may one that git leaves out and that is there all the same' --since HEAD
is 'skip 0 since.unchanged:-' '--staged: what is staged has not changed' --staged --since HEAD
git update-index --no-skip-worktree old.txt

# ---- where what decides about all files has changed

edit gaterun.yaml 's/^repo: .*/repo: other.example/'
is "fail $looked text.address:old.txt" 'gaterun.yaml has changed: every file' --since HEAD
git reset -q --hard
edit bindings/services.health.yaml 's/^version/# a comment\
version/'
if git diff --quiet; then echo '# a comment' >> bindings/services.health.yaml; fi
is "fail $looked text.address:old.txt" 'a binding that allows addresses has changed: every file' --since HEAD
git reset -q --hard
mkdir gates
# gate ID KIND FILE: a gate of the repo's own
gate() {
	printf '%s\n' "id: $1" 'title: own' "kind: $2" 'packs: [fast]' 'severity: high' \
		'explain: own' 'triage: look' 'owner: ops' > "gates/$3"
}
gate G030 address_literal 030-own.yaml
gate G001 bindings_valid 001-own.yaml
edit gaterun.yaml 's/shipped/gates/'
commit
is 'skip 0 since.unchanged:-' 'gates of its own, unchanged' --since HEAD
edit gates/030-own.yaml 's/title: own/title: mine/'
is "fail $((looked + 1)) text.address:old.txt" 'the gate has changed: every file' --since HEAD
git reset -q --hard
git rm -q --cached gates/030-own.yaml
git commit -q -m untracked
is "fail $((looked + 1)) text.address:old.txt" 'a gate that git does not know may have changed: every file' --since HEAD
git reset -q --hard HEAD^
mkdir elsewhere
git mv gates/030-own.yaml elsewhere/own
ln -s ../elsewhere/own gates/030-own.yaml
commit
is "fail $((looked + 2)) text.address:old.txt" 'a gate behind a link may have changed: every file' --since HEAD
git reset -q --hard HEAD^

gate G031 text_match 031-total.yaml
echo 'with: {must: [{name: nas, regex: nas}]}' >> gates/031-total.yaml
commit
verify fast --mode static --no-receipt --since HEAD
check 'a gate that wants a text somewhere looks everywhere' \
	'.gates[] | select(.id == "G031") | .verdict == "pass" and .checked > 2'
git reset -q --hard HEAD^

# ---- below git's top, and what is no revision

mkdir "$lab/deep"
cd "$lab/deep" || exit 1
mkdir ops
cd ops || exit 1
cp -R "$CASES/fleet/." .
cd ..
echo "$bad" > above.txt
commit
cd ops || exit 1
echo "$bad" > new.txt
echo "$bad" > ../above.txt
git add -A ..
is 'fail 1 text.address:new.txt' 'below the top of git: paths are those of the ops repo' --since HEAD
is 'fail 1 text.address:new.txt' '--staged as well' --since HEAD --staged

verify fast --since nowhere
status_is 64
holds 'it says that this is no commit' grep -q "'nowhere' is no commit of this repository" "$lab/run.err"
git commit -q -m second
git clone -q --depth 1 "file://$lab/deep" "$lab/shallow"
cd "$lab/shallow/ops" || exit 1
verify fast --since HEAD^
status_is 64
holds 'it says that the clone is shallow' grep -q 'shallow clone' "$lab/run.err"
cp -R "$CASES/fleet" "$lab/none"
cd "$lab/none" || exit 1
verify fast --since HEAD
status_is 64

# ---- waivers and receipts

cd "$lab/repo" || exit 1
git reset -q --hard base
cat > bindings/waivers.yaml <<'END'
version: 1
waivers:
  - {gate: G030, subject: "file:gone.txt", reason: r, owner: o, ticket: t, expires_on: 2099-01-01}
END
commit
verify fast --mode static --no-receipt
check 'a waiver that matches nothing fails its gate' '[.gates[].findings[].reason] | index("waiver.unused")'
verify fast --mode static --no-receipt --since HEAD
check 'not in a narrowed run' '[.gates[].findings[].reason] | index("waiver.unused") | not'
verify fast --mode static --since HEAD
key=$(jq -r .run_key "$lab/run.json")
"$GATERUN" receipt show "$key" -o json > "$lab/run.json"
check 'the receipt says since which commit' \
	"[.. | .selection? // empty | .since] == [\"$(git rev-parse HEAD)\"]"
holds 'and is valid' "$GATERUN" receipt verify "$key"

# ---- a commit that is not checked out

git reset -q --hard base
echo "$bad" > other.txt
git commit -q -a -m bad
bad_commit=$(git rev-parse HEAD)
git checkout -q base
echo 'peer nas' > old.txt
is "fail $looked text.address:old.txt" 'a revision is what it was, whatever the work tree holds' --revision base
is 'fail 1 text.address:other.txt' '--revision with --since' --revision "$bad_commit" --since base
check 'it is static, in context pre-commit' '.mode == "static" and .context == "pre-commit"'
verify fast --revision "$bad_commit" --since base --baseline base
check 'and with --baseline' '.baseline | .introduced == 1 and .pre_existing == 0 and .fixed == 0'
key=$(jq -r .run_key "$lab/run.json")
"$GATERUN" receipt show "$key" -o json > "$lab/run.json"
check 'its receipt is about that commit, and nothing else' \
	"[.. | .source? // empty] | .[0] | .commit == \"$bad_commit\" and (.dirty | not) and .branch == null"
holds 'and is valid' "$GATERUN" receipt verify "$key"
verify fast --revision nowhere
status_is 64
verify fast --revision base --staged
status_is 64
verify fast --revision base --mode passive
status_is 64
done_testing
