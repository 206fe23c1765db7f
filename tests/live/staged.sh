# What a pre-commit hook judges, for every form of `git commit`: the bytes about to be committed.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(mktemp -d "${TMPDIR:-/tmp}/staged.XXXXXX")
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
export GIT_CONFIG_GLOBAL=/dev/null GIT_EDITOR=:

bad='peer 100.64.1.2'
good='peer nas'

# hook: what every repo of this test has as its pre-commit hook
cat > "$lab/hook" <<END
#!/bin/sh
exec "$GATERUN" verify fast --staged -o json > "$lab/run.json" 2> "$lab/run.err"
END
chmod +x "$lab/hook"

# fresh NAME: a repo of the small fleet with the hook, as the current folder
fresh() {
	mkdir -p "$lab/$1"
	cd "$lab/$1" || exit 1
	fleet
	echo "$good" > notes.txt
	echo "$good" > other.txt
	commit
	mkdir -p .git/hooks
	cp "$lab/hook" .git/hooks/pre-commit
}

# passes SENTENCE COMMAND...: the commit is made, and the run says 0
passes() {
	said=$1
	shift
	rm -f "$lab/run.json"
	"$@" > "$lab/out" 2>&1
	status=$?
	check "$said" '.exit == 0 and .selection.staged and .context == "pre-commit" and .mode == "static"'
	[ "$status" -eq 0 ] || { report 'not ok' "$said: git accepts it"; sed 's/^/# /' "$lab/out"; }
}

# fails SENTENCE COMMAND...: no commit, because of the address in notes.txt
fails() {
	said=$1
	shift
	rm -f "$lab/run.json"
	before=$(git rev-parse -q --verify HEAD)
	"$@" > "$lab/out" 2>&1
	check "$said" '.exit == 1 and [.gates[] | select(.verdict == "fail") | .id] == ["G030"]'
	[ "$before" = "$(git rev-parse -q --verify HEAD)" ] ||
		report 'not ok' "$said: there is no commit"
}

# refuses COMMAND...: does it fail?
refuses() {
	! "$@"
}

# ---- the forms of a commit

fresh forms
echo "$bad" > notes.txt
git add notes.txt
echo "$good" > notes.txt
fails 'plain: bad in the index, good in the work tree' git commit -m x
git reset -q --hard
echo "$good, and more" > notes.txt
git add notes.txt
echo "$bad" > notes.txt
passes 'plain: good in the index, bad in the work tree' git commit -m x
holds 'the work tree is as it was' grep -q '100\.64' notes.txt
fails '-a: the work tree is what is committed' git commit -a -m x
echo "$good, again" > notes.txt
passes '-a: good' git commit -a -m x

echo "$bad" > notes.txt
git add notes.txt
echo "$good; other" > other.txt
passes '-- path: what else is staged does not count' git commit -m x -- other.txt
echo "$good; other still" > other.txt
fails '-- path: the path itself counts' git commit -m x -- notes.txt
git reset -q --hard

echo "$bad" > notes.txt
git add notes.txt
fails '--amend' git commit --amend -m x
echo "$good; amended" > notes.txt
passes '--amend, -a' git commit -a --amend -m x

# -p takes the first hunk (good) and leaves the second (bad), then the other way round
for each in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "line $each"; done > notes.txt
git commit -q --no-verify -a -m lines
sed -e '1s/.*/first/' -e "12s/.*/$bad/" notes.txt > new && mv new notes.txt
patch() { printf '%s\n' "$@" | git commit -p -m x; }
fails '-p: the bad hunk' patch n y
passes '-p: the good hunk' patch y n
git reset -q --hard

mkdir sub
cd sub || exit 1
echo "$bad" > ../notes.txt
fails 'from a folder below the top, -a' git commit -a -m x
cd .. || exit 1
git reset -q --hard

# ---- where the repo is

git worktree add -q "$lab/linked" -b linked
cd "$lab/linked" || exit 1
echo "$bad" > notes.txt
fails 'a linked work tree, -a' git commit -a -m x
git add notes.txt
echo "$good" > notes.txt
fails 'a linked work tree, plain' git commit -m x
git add notes.txt
echo "$good" > other.txt
echo "$good; here" >> other.txt
passes 'a linked work tree, -- path' git commit -m x -- other.txt

mkdir "$lab/super"
cd "$lab/super" || exit 1
git init -q --template= -b main
git -c protocol.file.allow=always submodule --quiet add "$lab/forms" ops
cd ops || exit 1
mkdir -p "$(git rev-parse --git-dir)/hooks"
cp "$lab/hook" "$(git rev-parse --git-dir)/hooks/pre-commit"
echo "$bad" > notes.txt
fails 'a submodule, -a' git commit -a -m x
git add notes.txt
echo "$good" > notes.txt
fails 'a submodule, plain' git commit -m x
echo "$good; in a submodule" > notes.txt
passes 'a submodule, -- path' git commit -m x -- notes.txt

mkdir "$lab/first"
cd "$lab/first" || exit 1
cp -R "$CASES/fleet/." .
git init -q --template= -b main
mkdir .git/hooks
cp "$lab/hook" .git/hooks/pre-commit
echo "$bad" > notes.txt
git add -A -f
fails 'the first commit' git commit -m x
echo "$good" > notes.txt
git add -A -f
passes 'the first commit, good' git commit -m x

# The ops repo may lie below git's top.
mkdir -p "$lab/below/ops"
cd "$lab/below" || exit 1
git init -q --template= -b main
cp -R "$CASES/fleet/." ops
mkdir .git/hooks
sed 's/verify fast/& --root ops/' "$lab/hook" > .git/hooks/pre-commit
chmod +x .git/hooks/pre-commit
echo "$bad" > notes.txt
git add -A -f
passes 'what is above the root does not count' git commit -m x
echo "$bad" > ops/notes.txt
git add -A -f
echo "$good" > ops/notes.txt
fails 'what is below the root counts' git commit -m x

fresh merge
git checkout -q -b side
echo "$good; side" > other.txt
git commit -q --no-verify -a -m side
git checkout -q main
echo "$bad" > notes.txt
git commit -q --no-verify -a -m main
git merge -q --no-commit --no-ff side > "$lab/out" 2>&1
fails 'a merge that still has it' git commit -m x
echo "$good" > notes.txt
git add notes.txt
passes 'a merge without it' git commit -m x

# ---- what changes

fresh changes
edit bindings/ssh.targets.yaml 's/lan_first/lan_only/'
git add bindings
git show HEAD:bindings/ssh.targets.yaml > bindings/ssh.targets.yaml
git commit -q -m x > "$lab/out" 2>&1
check 'a binding: the staged one is judged' '.exit == 1 and (.gates[] | select(.id == "G020")).verdict == "fail"'
git reset -q --hard
edit bindings/ssh.targets.yaml 's/lan_first/lan_only/'
echo "$good; more" > notes.txt
git add notes.txt
passes 'a binding: the one of the work tree is not' git commit -m x
git reset -q --hard

echo 'nonsense: [' > gaterun.yaml
git add gaterun.yaml
git show HEAD:gaterun.yaml > gaterun.yaml
git commit -q -m x > "$lab/out" 2>&1
check 'gaterun.yaml: the staged one counts' '.exit == 65 and .problems[0].file == "gaterun.yaml"'
git reset -q --hard

mkdir own
cat > own/100-x.yaml <<'END'
id: G100
title: No file says x
kind: text_match
with: {must_not: [{name: x, regex: forbidden}]}
packs: [fast]
severity: low
triage: Take the word away.
explain: A gate for this test.
owner: ops
review_by: 2099-01-01
END
edit gaterun.yaml 's/^gates:.*/gates: own/'
grep -q '^gates: own' gaterun.yaml || echo 'gates: own' >> gaterun.yaml
cp own/100-x.yaml own/101-y.yaml
edit own/101-y.yaml 's/G100/G101/'
git add -A
git commit -q --no-verify -m gates
git rm -q --cached own/101-y.yaml
git commit -q -m x > "$lab/out" 2>&1
check 'a gate deleted in the index does not run' '[.gates[].id] == ["G100"]'
git reset -q --hard HEAD
echo forbidden > notes.txt
git mv notes.txt renamed.txt
git add -A
git commit -q -m x > "$lab/out" 2>&1
check 'a rename: the new name is judged' '[.gates[].findings[].file] | unique | index("renamed.txt") != null'
git reset -q --hard

fresh modes
chmod +x notes.txt
passes 'a mode change' git commit -a -m x
holds 'the mode is committed' sh -c 'git ls-files -s notes.txt | grep -q ^100755'
rm notes.txt
ln -s "$bad" notes.txt
fails 'a file became a symbolic link: its target is judged' git commit -a -m x
git reset -q --hard
git rm -q --cached notes.txt
echo "$bad" > notes.txt
passes 'a file that is deleted in the index' git commit -m x

# ---- bytes that differ on purpose

fresh filters
echo 'crlf.txt text eol=crlf' > .gitattributes
printf 'peer 100.64.1.2\r\n' > crlf.txt
git add .gitattributes crlf.txt
git commit -q -m x > "$lab/out" 2>&1
check 'line endings: the hit is where the blob has it' \
	'[.gates[].findings[] | select(.file == "crlf.txt") | .line] == [1]'
printf 'peer nas\r\n' > crlf.txt
git add crlf.txt
passes 'line endings: good' git commit -m x
git config filter.hide.clean "sed 's/100[.]64[.]1[.]2/nas/'"
git config filter.hide.smudge cat
echo 'notes.txt filter=hide' >> .gitattributes
echo "$bad" > notes.txt
git add .gitattributes notes.txt
passes 'a clean filter: the blob is good' git commit -m x
git config filter.hide.clean "sed 's/nas/100.64.1.2/'"
echo 'peer of nas' > notes.txt
git add notes.txt
fails 'a clean filter: the blob is bad' git commit -m x
git config --unset filter.hide.clean
git reset -q --hard
git config core.autocrlf true
printf 'peer 100.64.1.2\r\nx\r\n' > notes.txt
git add notes.txt 2> /dev/null
printf 'peer nas\r\nx\r\n' > notes.txt
fails 'core.autocrlf' git commit -m x

fresh flags
echo "$bad" > new.txt
git add -N new.txt
echo "$good; more" > notes.txt
git add notes.txt
passes 'a file that is only announced is not judged' git commit -m x
git add new.txt
git update-index --assume-unchanged new.txt
echo "$good" > new.txt
git commit -q -m x > "$lab/out" 2>&1
check 'assume-unchanged: the index counts' '.exit == 1'

# Same size, same time: only the content tells.
fresh clocks
touch -t 202601010101 notes.txt
echo 'peer 100.64.1.2' > notes.txt
touch -t 202601010101 notes.txt
git add notes.txt
echo 'peer of friend.' > notes.txt
touch -t 202601010101 notes.txt
fails 'equal size and time prove nothing' git commit -m x

# ---- forms of the index

fresh forms_of_index
for form in 2 3 4; do
	git update-index --index-version "$form"
	echo "$bad" > notes.txt
	git add notes.txt
	echo "$good" > notes.txt
	fails "index version $form" git commit -m x
	git reset -q --hard
done
git update-index --split-index
echo "$bad" > notes.txt
git add notes.txt
echo "$good" > notes.txt
: > empty.txt
git add -N empty.txt
fails 'split index' git commit -m x
check 'split index: what is only announced is not listed' \
	"[.gates[] | select(.id == \"G031\") | .checked] == [$(git ls-files | grep -c -v empty)]"
git reset -q --hard
git update-index --no-split-index
mkdir -p dir/deep
echo "$bad" > dir/deep/notes.txt
git add dir
git commit -q --no-verify -m deep
git sparse-checkout set --cone --sparse-index bindings > "$lab/out" 2>&1
echo "$good; sparse" > other.txt
git add other.txt
git commit -q -m x > "$lab/out" 2>&1
check 'sparse index: what is not checked out is judged from its blob' \
	'[.gates[] | select(.id == "G030") | .findings[] | select(.verdict == "fail") | .file] == ["dir/deep/notes.txt"]'

mkdir "$lab/sha256"
cd "$lab/sha256" || exit 1
git init -q --template= -b main --object-format=sha256
fresh sha256
echo "$bad" > notes.txt
git add notes.txt
echo "$good" > notes.txt
fails 'SHA-256' git commit -m x
echo "$good; more" > notes.txt
git add notes.txt
echo "$bad" > notes.txt
passes 'SHA-256, good' git commit -m x

# ---- without a commit

fresh conflict
git checkout -q -b side
echo "$good; side" > notes.txt
git commit -q --no-verify -a -m side
git checkout -q main
echo "$good; main" > notes.txt
git commit -q --no-verify -a -m main
git merge -q side > "$lab/out" 2>&1
verify fast --staged
status_is 2
check 'a conflicted file is unknown' \
	'[.gates[] | select(.id == "G030") | .findings[] | select(.verdict == "unknown") | [.reason, .subject]] == [["file.conflicted", "file:notes.txt"]]'

fresh lost
echo "$bad" > notes.txt
git add notes.txt
echo "$good" > notes.txt
object=$(git rev-parse :notes.txt)
rm -f ".git/objects/$(echo "$object" | cut -c 1-2)/$(echo "$object" | cut -c 3-)"
verify --gate G030 --staged
status_is 2
check 'a blob that is lost is unknown' '[.gates[].findings[] | select(.verdict == "unknown") | .reason] == ["file.unreadable"]'

fresh environment
echo "$good; more" > other.txt
GIT_INDEX_FILE=$lab/forms/.git/index verify fast --staged
status_is 65
GIT_DIR=$lab/forms/.git verify fast --staged
status_is 65
verify fast --staged --context local
status_is 64
verify fast --staged --mode passive
status_is 64
mkdir "$lab/no-git"
cd "$lab/no-git" || exit 1
cp -R "$CASES/fleet/." .
verify fast --staged
status_is 65

# What is about to be committed here is not what the repo around has staged, whatever stands there.
fresh around
echo '/inner' > .git/info/exclude
mkdir inner
cd inner || exit 1
fleet
mkdir -p .git/hooks
cp "$lab/hook" .git/hooks/pre-commit
echo "$bad" > notes.txt
git add notes.txt
rm gaterun.yaml
holds 'a repo within a repo, without its gaterun.yaml: no commit' refuses git commit -m x
check 'it says which repo it would have judged' \
	'.exit == 65 and (.problems[0].message | contains("around/inner") and contains("--root"))'
git show HEAD:gaterun.yaml > gaterun.yaml
fails 'a repo within a repo' git commit -m x
mkdir below
cd below || exit 1
verify fast --staged --root "$lab/around"
status_is 0

# ---- receipts

fresh receipts
echo "$good; more" > other.txt
git add other.txt
verify fast --staged
receipt=$(jq -r .receipt.file "$lab/run.json")
jq -r .payload "$receipt" | base64 -d > "$lab/statement.json"
holds 'the receipt says that the index was judged' \
	jq -e '[.. | .selection? | objects | .staged] == [true]' "$lab/statement.json"
digest=$(git diff-index --cached --raw -z --no-abbrev --no-renames --ita-invisible-in-index HEAD -- . |
	openssl dgst -sha256 -r | cut -c 1-64)
holds 'the receipt says how the index differs from HEAD' grep -q "\"diffSha256\":\"$digest\"" "$lab/statement.json"
holds 'the log is whole' "$GATERUN" log verify
holds 'tracked files are as they were' sh -c 'test "$(git status --porcelain)" = "M  other.txt"'

done_testing
