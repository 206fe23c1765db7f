# The frameworks people manage their hooks with, each as the README tells to use it: installed, a
# commit refused, mended, and made.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/frameworks.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
if ! sh "$LAB/frameworks.sh" > "$lab/found" 2>&1; then
	echo "1..0 # SKIP $(tail -n 1 "$lab/found")"
	exit 0
fi
pre_commit=$(sed -n 1p "$lab/found")
lefthook=$(sed -n 2p "$lab/found")
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org GIT_EDITOR=:
export PRE_COMMIT_HOME="$lab/cache"
mkdir "$lab/bin"
ln -s "$GATERUN" "$lab/bin/gaterun"
PATH=$lab/bin:${lefthook%/*}:$PATH
readme=$LAB/../../README.md

# fresh NAME: a repo of the small fleet as the current folder
fresh() {
	mkdir -p "$lab/$1"
	cd "$lab/$1" || exit 1
	fleet
}

# snippet FILE: the README's example that starts with a comment naming the file
snippet() {
	awk -v first="^# $1" '
		/^```/ { inside = 0 }
		$0 ~ first { inside = 1 }
		inside { print }' "$readme"
}

# commit_is STATUS: git commit of what is staged; STATUS is 0 or 1
commit_is() {
	git commit -m x > "$lab/out" 2>&1 < /dev/null
	[ $? -eq "$1" ] || { sed 's/^/# /' "$lab/out"; return 1; }
}

states() {
	if "$@"; then
		report ok "$sentence"
	else
		report 'not ok' "$sentence"
	fi
}

# cycle NAME: with the hook of NAME in place, fail, fix, commit
cycle() {
	echo 'peer 100.64.1.2' > notes.txt
	git add notes.txt
	echo 'peer nas' > notes.txt
	sentence="$1: what is staged is bad, whatever the work tree holds"
	states commit_is 1
	holds "$1: the report is seen" grep -q 'notes.txt:1:6' "$lab/out"
	holds "$1: the work tree is as it was" grep -q -x 'peer nas' notes.txt
	git add notes.txt
	echo 'peer 100.64.1.2' > notes.txt
	sentence="$1: mended, it is committed"
	states commit_is 0
	holds "$1: the unstaged change is still there" grep -q -x 'peer 100.64.1.2' notes.txt
}

fresh local
snippet .pre-commit-config.yaml > .pre-commit-config.yaml
holds 'the README has lines for pre-commit' [ -s .pre-commit-config.yaml ]
git add .pre-commit-config.yaml
holds 'pre-commit installs' "$pre_commit" install
cycle 'pre-commit, local hook'

# The project as a repository of hooks: its manifest.
mkdir "$lab/hooks"
cp "$LAB/../../.pre-commit-hooks.yaml" "$lab/hooks/"
(cd "$lab/hooks" && commit)
fresh manifest
cat > .pre-commit-config.yaml << END
repos:
  - repo: $lab/hooks
    rev: $(git -C "$lab/hooks" rev-parse HEAD)
    hooks: [{id: gaterun-fast}]
END
git add .pre-commit-config.yaml
holds 'pre-commit installs' "$pre_commit" install
holds 'pre-commit accepts the manifest' "$pre_commit" validate-manifest "$lab/hooks/.pre-commit-hooks.yaml"
cycle 'pre-commit, manifest'

fresh lefthook
snippet lefthook.yml > lefthook.yml
holds 'the README has lines for lefthook' [ -s lefthook.yml ]
git add lefthook.yml
holds 'lefthook installs' "$lefthook" install
cycle 'lefthook'

done_testing
