# `gaterun hook`: into its place, before what was there, and out again, with real commits.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/hook.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org GIT_EDITOR=:
mkdir "$lab/bin"
ln -s "$GATERUN" "$lab/bin/gaterun"
bare=$PATH
PATH=$lab/bin:$PATH

# fresh NAME: a repo of the small fleet as the current folder
fresh() {
	mkdir -p "$lab/$1"
	cd "$lab/$1" || exit 1
	fleet
}

# refuses COMMAND...: does it fail?
refuses() { ! "$@"; }

# last_says TEXT COMMAND...: is the text in the last line that it says on standard error?
last_says() {
	text=$1
	shift
	"$@" 2>&1 > /dev/null | tail -n 1 | grep -q -F -e "$text"
}

# commits / is_refused SENTENCE: of a staged file that is good / bad
commits() {
	echo "peer nas $tests" > notes.txt
	git add notes.txt
	holds "$1" git commit -m x
}
is_refused() {
	echo 'peer 100.64.1.2' > notes.txt
	git add notes.txt
	holds "$1" refuses git commit -m x
	git reset -q --hard
}

# is STATUS SENTENCE COMMAND...: does gaterun end with this status?
is() {
	wanted=$1 sentence=$2
	shift 2
	gaterun "$@" > "$lab/out" 2>&1 < /dev/null
	status=$?
	if [ "$status" -eq "$wanted" ]; then
		report ok "$sentence"
	else
		report 'not ok' "$sentence: status $status"
		sed 's/^/# /' "$lab/out"
	fi
}

fresh plain
is 0 'install' hook install
holds 'it says where' grep -q -x "$lab/plain/.git/hooks/pre-commit" "$lab/out"
commits 'a good commit is made'
is_refused 'a bad one is not'
echo 'peer 100.64.1.2' > notes.txt
git add notes.txt
holds 'what follows from that is said' last_says 'pre-commit: nothing was committed' git commit -m x
git reset -q --hard
is 0 'install again' hook install
holds 'nothing was moved' test ! -e .git/hooks/pre-commit.local
gaterun hook print > "$lab/script"
holds 'print says what install wrote' cmp "$lab/script" .git/hooks/pre-commit
PATH=$bare
if command -v gaterun > /dev/null; then
	report ok 'without gaterun no commit is made # SKIP one is installed'
else
	echo "peer of nas" > notes.txt
	git add notes.txt
	holds 'without gaterun no commit is made' refuses git commit -m x
	git reset -q --hard
fi
PATH=$lab/bin:$PATH
is 0 'uninstall' hook uninstall
holds 'it is gone' test ! -e .git/hooks/pre-commit
is 0 'uninstall again' hook uninstall
holds 'that there was none is said' grep -q 'there is no hook' "$lab/out"

fresh chained
mkdir .git/hooks
printf '#!/bin/sh\necho ran >> "%s/ran"\ntest ! -e "%s/veto"\n' "$lab" "$lab" > .git/hooks/pre-commit
chmod 755 .git/hooks/pre-commit
cp -p .git/hooks/pre-commit "$lab/before"
is 0 'install before a hook that is there' hook install
commits 'both agree'
holds 'the other one ran' test -s "$lab/ran"
is_refused 'gaterun says no'
touch "$lab/veto"
echo 'peer, nas' > notes.txt
git add notes.txt
holds 'the other one says no' refuses git commit -m x
rm "$lab/veto"
is 0 'install again keeps the other one' hook install
holds 'it is kept' cmp "$lab/before" .git/hooks/pre-commit.local
is 0 'uninstall puts it back' hook uninstall
holds 'as it was' cmp "$lab/before" .git/hooks/pre-commit
holds 'executable as it was' test -x .git/hooks/pre-commit -a ! -e .git/hooks/pre-commit.local
echo mine > .git/hooks/pre-commit.local
is 65 'nothing is overwritten' hook install
holds 'the hook is as it was' cmp "$lab/before" .git/hooks/pre-commit
holds 'its neighbour too' grep -q -x mine .git/hooks/pre-commit.local
rm .git/hooks/pre-commit.local
ln -sf "$lab/before" .git/hooks/pre-commit
is 0 'a hook that is a link' hook install
holds 'the link was moved, what it names was not changed' test -L .git/hooks/pre-commit.local
gaterun hook uninstall > "$lab/out" 2>&1
holds 'the link is back' test -L .git/hooks/pre-commit

fresh changed
gaterun hook install > "$lab/out" 2>&1
sed 's/verify fast/verify core/' .git/hooks/pre-commit > "$lab/edited"
cat "$lab/edited" > .git/hooks/pre-commit
is 65 'a hook that somebody changed stays' hook uninstall
holds 'with its changes' cmp "$lab/edited" .git/hooks/pre-commit
rm .git/hooks/pre-commit

fresh elsewhere
mkdir .githooks
git config core.hooksPath .githooks
is 0 'core.hooksPath' hook install
holds 'it is obeyed' test -x .githooks/pre-commit -a ! -e .git/hooks/pre-commit
is_refused 'git finds it there'
mkdir "$lab/shared"
git config core.hooksPath "$lab/shared"
is 65 'a folder that others use is refused' hook install
holds 'nothing is in it' test -z "$(ls "$lab/shared")"
is 0 'the script is to be had all the same' hook print

fresh main
gaterun hook install > "$lab/out" 2>&1
git worktree add -q "$lab/linked" -b linked
cd "$lab/linked" || exit 1
is_refused 'a linked work tree has the hook of its repo'
is 0 'uninstall from there' hook uninstall
holds 'it is gone from the repo' test ! -e "$lab/main/.git/hooks/pre-commit"

mkdir -p "$lab/below/it's ops"
cd "$lab/below" || exit 1
git init -q --template= -b main
cp -R "$CASES/fleet/." "it's ops"
git add -A -f
git commit -q -m x
cd "it's ops" || exit 1
is 0 'an ops repo below the top' hook install
is_refused 'it is found from the top'
commits 'and passes'

# ---- merges without conflicts, which run no pre-commit

fresh merging
gaterun hook install > "$lab/out" 2>&1
holds 'there is a hook for merges' test -x .git/hooks/pre-merge-commit
git checkout -q -b side
echo 'peer 100.64.1.2' > side.txt
git add side.txt
git commit -q --no-verify -m side
git checkout -q main
echo 'peer nas' > other.txt
git add other.txt
git commit -q -m other
holds 'a merge that brings in what is bad is refused' refuses git merge --no-edit side
git reset -q --hard
git checkout -q side
git rm -q side.txt
git commit -q -m good
git checkout -q main
holds 'a good one is made' git merge --no-edit side
is 0 'uninstall takes both away' hook uninstall
holds 'both are gone' test ! -e .git/hooks/pre-commit -a ! -e .git/hooks/pre-merge-commit

# ---- pushes

# pushes / is_stopped SENTENCE WORD...: does git push with these words?
pushes() {
	sentence=$1
	shift
	holds "$sentence" git push "$@"
}
is_stopped() {
	sentence=$1
	shift
	holds "$sentence" refuses git push "$@"
}

# bad FILE / good FILE: a commit that no hook looked at
bad() {
	echo 'peer 100.64.1.2' > "$1"
	git add "$1"
	git commit -q --no-verify -m bad
}
good() {
	echo "peer nas $1" > "$1"
	git add "$1"
	git commit -q --no-verify -m good
}

git init -q --bare -b main "$lab/remote.git"
fresh pushing
git remote add origin "$lab/remote.git"
is 0 'install --pre-push' hook install --pre-push
gaterun hook print --pre-push > "$lab/script"
holds 'print --pre-push says what install wrote' cmp "$lab/script" .git/hooks/pre-push
pushes 'the first push' origin main
good one.txt
pushes 'a good commit' origin main
bad two.txt
is_stopped 'a bad one' origin main
echo 'peer nas' > two.txt
is_stopped 'a work tree that is right changes nothing: a commit is pushed' origin main
git checkout -q -f -b aside HEAD^
is_stopped 'nor does it help to have another branch checked out' origin main
git checkout -q -f main
git rm -q two.txt
git commit -q --no-verify -m mended
echo 'peer 100.64.1.2' > one.txt
pushes 'mended, with a work tree that is not' origin main
git checkout -q -f main
good three.txt
bad four.txt
git push -q --no-verify origin main
good five.txt
pushes 'what the remote has already is not looked at again' origin main
git checkout -q -b branch
good six.txt
pushes 'nor in a new branch' origin branch
bad seven.txt
is_stopped 'a new branch with something new that is bad' origin HEAD:refs/heads/other
git checkout -q -f main
git branch -q -D branch
pushes 'a branch is deleted' origin :branch
git checkout -q --orphan alone
git commit -q --no-verify -m alone
is_stopped 'what has nothing in common with the remote is looked at in whole' origin alone
git rm -q -f four.txt
git commit -q --no-verify -m clean
git tag -a -m tag v1
pushes 'a tag is the commit that it names' origin v1
git clone -q "$lab/remote.git" "$lab/other"
git -C "$lab/other" commit -q --allow-empty -m theirs
git -C "$lab/other" push -q origin main
git checkout -q -f main
is_stopped 'a head of the remote that is not known here: everything is looked at' --force origin main
printf '#!/bin/sh\ncat > "%s/seen"\n' "$lab" > .git/hooks/pre-push.local
chmod 755 .git/hooks/pre-push.local
git checkout -q -f v1
pushes 'with another hook before' origin main:refs/heads/again
holds 'the other hook got what git said' grep -q refs/heads/again "$lab/seen"
rm .git/hooks/pre-push.local
is 0 'uninstall' hook uninstall
holds 'it is gone' test ! -e .git/hooks/pre-push
echo '# mine' > .git/hooks/pre-push
is 0 'a hook for pushes that is not gaterun'\''s is no concern' hook uninstall
holds 'it stays' grep -q mine .git/hooks/pre-push

mkdir "$lab/no-git"
cd "$lab/no-git" || exit 1
cp -R "$CASES/fleet/." .
is 65 'without git there are no hooks' hook install

done_testing
