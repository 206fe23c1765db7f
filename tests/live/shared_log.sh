# One log for all clones and work trees of a repo, another for another repo, host or user; and what becomes
# of it when its folder is read-only, put back from a backup, or its clock set back.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/shared_log.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
export XDG_STATE_HOME="$lab/anna/state" XDG_CONFIG_HOME="$lab/anna/config"
mkdir -p "$lab/repo"

# run FOLDER: a run there, quietly
run() {
	(cd "$1" && "$GATERUN" verify --gate G001) > "$lab/out" 2>&1
}

# logs: how many there are
logs() {
	find "$lab/anna/state/gaterun/logs" -mindepth 1 -maxdepth 1 | wc -l
}

# are_entries FOLDER COUNT: does its log verify, with so many?
are_entries() {
	(cd "$1" && "$GATERUN" log verify --full) | grep -q "^entries *$2:"
}

# ---- clones and work trees

cd "$lab/repo" || exit 1
fleet
run "$lab/repo"
git clone -q "$lab/repo" "$lab/clone"
git worktree add -q "$lab/tree" -b tree
run "$lab/clone"
run "$lab/tree"
holds 'a clone and a work tree append to the log of the repo' are_entries "$lab/repo" 6
holds 'which is the only one' [ "$(logs)" -eq 1 ]
for i in 1 2 3 4 5 6 7 8; do
	for where in repo clone tree; do
		run "$lab/$where" &
		eval "pid_$where=$!"
	done
	wait "$pid_repo" "$pid_clone" "$pid_tree"
done
holds 'eight times three at once lose nothing' are_entries "$lab/clone" 54
holds 'a receipt of one is found in another' sh -c \
	"cd '$lab/clone' && '$GATERUN' receipt verify \"\$(basename \"\$(ls -t '$lab'/tree/receipts/RUN-*.json | head -n 1)\" .json)\""

# ---- another repo, another user

cp -R "$lab/repo" "$lab/other"
rm -rf "$lab/other/receipts"
(cd "$lab/other" && edit gaterun.yaml 's/^repo:.*/repo: other.example/')
run "$lab/other"
holds 'another repo has another log' [ "$(logs)" -eq 2 ]
holds 'with its own run alone' are_entries "$lab/other" 2
holds 'the first one is as it was' are_entries "$lab/repo" 54
(
	export XDG_STATE_HOME="$lab/bert/state" XDG_CONFIG_HOME="$lab/bert/config"
	run "$lab/clone"
	are_entries "$lab/clone" 2
)
holds 'another user has another log' [ $? -eq 0 ]
XDG_CONFIG_HOME="$lab/bert/config" run "$lab/repo"
holds 'and another key the same state folder' [ "$(logs)" -eq 3 ]
holds 'without touching the first' are_entries "$lab/repo" 54

# ---- put back from a backup: refused, with the way on

folder=$(cd "$lab/repo" && "$GATERUN" log verify -o json | jq -r .origin | tr -d '\n' | sha256sum | cut -c 1-16)
folder=$lab/anna/state/gaterun/logs/$folder
cp -R "$folder" "$lab/backup"
run "$lab/repo"
mv "$folder" "$lab/newest"
cp -R "$lab/backup" "$folder"
run "$lab/repo"
ended=$?
holds 'with an old backup in its place, nothing is signed' [ "$ended" -eq 73 ]
holds 'it says what is lost' grep -q 'history lost' "$lab/out"
holds 'and how to go on' grep -q 'put back what' "$lab/out"
holds 'nothing was appended' [ ! -e "$folder/entries/00000054.json" ]
rm -rf "$folder"
mv "$lab/newest" "$folder"
holds 'with what it held, it goes on' sh -c "cd '$lab/repo' && '$GATERUN' verify --gate G001"
holds 'whole' are_entries "$lab/repo" 58

# ---- a folder that cannot be written to

cat > "$lab/readonly.sh" << 'END'
mount --bind "$XDG_STATE_HOME" "$XDG_STATE_HOME" && mount -o remount,ro,bind "$XDG_STATE_HOME" || exit 69
"$GATERUN" verify --gate G001 > "$lab/out" 2>&1 && exit 2
grep -q 'Read-only file system' "$lab/out" || exit 3
"$GATERUN" log verify > /dev/null || exit 4
END
alone=-m
[ "$(id -u)" -eq 0 ] || alone=-Urm
(cd "$lab/repo" && export lab GATERUN && unshare "$alone" sh "$lab/readonly.sh") > "$lab/readonly.err" 2>&1
ended=$?
if [ "$ended" -eq 69 ] && [ "$(id -u)" -ne 0 ]; then
	echo '# not tried: a read-only folder, for want of a mount namespace'
else
	holds "where nothing can be written, a run says so, and the log can be read (step $ended)" [ "$ended" -eq 0 ]
	[ "$ended" -eq 0 ] || sed 's/^/# /' "$lab/readonly.err" "$lab/out"
fi
holds 'it is as it was' are_entries "$lab/repo" 58
done_testing
