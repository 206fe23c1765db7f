# Hooks that are disturbed: several at once, killed, on a full disk. Repo and log stay in order.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/disturbed.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org GIT_EDITOR=:
git=$(command -v git)
mkdir "$lab/bin" "$lab/repo" "$lab/state"
ln -s "$GATERUN" "$lab/bin/gaterun"
PATH=$lab/bin:$PATH
export XDG_STATE_HOME="$lab/state"

cd "$lab/repo" || exit 1
fleet
holds 'the hook is installed' gaterun hook install

# are_entries COUNT: does the log verify, with so many?
are_entries() {
	gaterun log verify --full | grep -q "^entries *$1:"
}

# ---- several at once: each work tree commits eight times
for tree in a b c d; do
	git worktree add -q "$lab/$tree" -b "$tree"
done
for tree in a b c d; do
	(
		cd "$lab/$tree" || exit 1
		for round in 1 2 3 4 5 6 7 8; do
			echo "round $round" > "$tree.txt"
			git add "$tree.txt"
			git commit -q -m "$round" || exit 1
		done
	) > "$lab/$tree.out" 2>&1 &
	eval "pid_$tree=$!"
done
for tree in a b c d; do
	eval "wait \"\$pid_$tree\""
	ended=$?
	[ "$ended" -eq 0 ] || sed 's/^/# /' "$lab/$tree.out"
	holds "eight commits in work tree $tree beside three others" [ "$ended" -eq 0 ]
	holds "they are there" [ "$(git rev-list --count "main..$tree")" -eq 8 ]
done
holds 'the log is whole, with two entries of each of the 32 runs' are_entries 64

# ---- killed while it judges: where it asks git for the bytes of a staged file. A hook finds git's own
# folder first in PATH, so the git that kills is in a copy of that.
mkdir "$lab/exec"
ln -s "$(git --exec-path)"/* "$lab/exec/"
rm -f "$lab/exec/git"
export GIT_EXEC_PATH="$lab/exec"
cat > "$lab/exec/git" << END
#!/bin/sh
for word in "\$@"; do
	[ "\$word" != cat-file ] || [ ! -e "$lab/kill" ] || kill -KILL "\$PPID"
done
exec "$git" "\$@"
END
chmod 755 "$lab/exec/git"
echo 'staged' > notes.txt
git add notes.txt
echo 'not staged' > notes.txt
before=$(git ls-files -s | git hash-object --stdin)
touch "$lab/kill"
holds 'with its gaterun killed, nothing is committed' \
	sh -c "! git commit -q -m killed"
rm "$lab/kill"
holds 'the index is as it was' [ "$(git ls-files -s | git hash-object --stdin)" = "$before" ]
holds 'no lock is left' [ ! -e .git/index.lock ]
holds 'the work tree is as it was' grep -q -x 'not staged' notes.txt
holds 'the log is whole' gaterun log verify --full
holds 'the next commit is made' git commit -q -m next
holds 'the log is whole after it' gaterun log verify --full

holds 'it knows of the run that has no receipt' \
	sh -c "gaterun log verify --full | grep -q '1 of them without a receipt'"
unset GIT_EXEC_PATH

# ---- a full disk: that of the log, in a mount namespace of its own
cat > "$lab/full.sh" << 'END'
mount -t tmpfs -o size=512k tmpfs "$XDG_STATE_HOME" || exit 69 # not permitted
git commit -q --allow-empty -m before || exit 1
dd if=/dev/zero of="$XDG_STATE_HOME/filler" bs=4096 2> /dev/null
echo full > full.txt
git add full.txt
git commit -q -m full > "$lab/full.out" 2>&1 && exit 2
grep -q 'No space left on device' "$lab/full.out" || exit 3
[ ! -e .git/index.lock ] || exit 4
rm "$XDG_STATE_HOME/filler"
gaterun log verify > /dev/null && git commit -q -m full && gaterun log verify > /dev/null || exit 5
END
export lab
alone=-m
[ "$(id -u)" -eq 0 ] || alone=-Urm
unshare "$alone" sh "$lab/full.sh" > "$lab/full.err" 2>&1
ended=$?
if [ "$ended" -eq 69 ] && [ "$(id -u)" -ne 0 ]; then
	echo '# not tried: a full disk, for want of a mount namespace'
else
	holds "a full disk: nothing is committed, and all goes on when there is room (step $ended)" \
		[ "$ended" -eq 0 ]
	[ "$ended" -eq 0 ] || sed 's/^/# /' "$lab/full.err" "$lab/full.out"
fi
done_testing
