# The cache of the scan: what it may never do is change a verdict, whatever lies in its place.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(mktemp -d "${TMPDIR:-/tmp}/cache.XXXXXX")
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
export GIT_CONFIG_GLOBAL=/dev/null

# judge FILE WORDS...: what a run says about the index, without what differs from run to run
judge() {
	into=$1
	shift
	"$GATERUN" verify fast --staged --no-receipt "$@" -o json > "$lab/raw" 2> "$lab/run.err"
	status=$?
	jq --argjson status "$status" 'del(.started_at, .duration_ms, .gates[].duration_ms) | .status = $status' \
		"$lab/raw" > "$into"
}

# same SENTENCE: a run that may use the cache says what one says that may not
same() {
	judge "$lab/with"
	judge "$lab/without" --no-cache
	if [ -s "$lab/with" ] && cmp -s "$lab/with" "$lab/without"; then
		report ok "$1"
	else
		report 'not ok' "$1"
		diff "$lab/with" "$lab/without" | sed 's/^/# /'
	fi
}

# is_used: does a run believe the cache? It is asked about a blob that nobody can read any more.
is_used() {
	id=$(git rev-parse :unreadable.txt)
	object=.git/objects/$(echo "$id" | cut -c 1-2)/$(echo "$id" | cut -c 3-)
	mv "$object" "$lab/object"
	mv unreadable.txt "$lab/unreadable.txt"
	judge "$lab/used"
	mv "$lab/unreadable.txt" unreadable.txt
	mv "$lab/object" "$object"
	! grep -q '"file.unreadable"' "$lab/used"
}

mkdir "$lab/repo"
cd "$lab/repo" || exit 1
fleet
echo 'nothing to see' > unreadable.txt
printf 'a\0b' > binary.bin
printf '\376\377\0n\0o\0p\0e' > wide.txt
printf '#!/bin/sh\necho done\n' > script
mkdir -p bin docs
printf 'echo done\n' > bin/tool
echo 'the nas is at 100.64.1.2, gaterun:allow G030 an example' > docs/allowed.md
commit
cache=.git/gaterun-scan-$(id -u)

# ---- what it says

same 'the first run, with nothing known'
holds 'it leaves a cache behind' test -s "$cache"
holds 'nobody else may write to it' sh -c "[ \"\$(ls -l '$cache' | cut -c 1-10)\" = -rw------- ]"
holds 'the next run believes it' is_used
same 'the next run says the same'
cp "$cache" "$lab/good"
"$GATERUN" verify fast --staged --no-receipt > /dev/null 2>&1
holds 'a run that learns nothing writes nothing' cmp "$cache" "$lab/good"
"$GATERUN" verify fast --no-receipt > /dev/null 2>&1
holds 'a run over the work tree does not touch it' cmp "$cache" "$lab/good"

rm "$cache"
"$GATERUN" verify fast --staged --no-receipt --no-cache > /dev/null 2>&1
holds '--no-cache writes none' test ! -e "$cache"

echo 'peer 100.64.1.2' > notes.txt
git add notes.txt
same 'a bad file is staged'
judge "$lab/bad"
holds 'it is found' grep -q '"file": "notes.txt"' "$lab/bad"
same 'a bad file is found again'
git mv notes.txt bin/notes
git add -A
same 'it moves'
cp bin/notes docs/copy.sh
cp script docs/renamed.yaml
cp bin/tool docs/tool.txt
printf 'tailscale up\n' > bin/login
cp bin/login docs/login.txt
git add -A
same 'blobs stand where other rules about paths hold'
same 'and again'
git rm -qf bin/notes docs/copy.sh bin/login
commit

# ---- what lies in its place

good() {
	judge "$lab/out"
	cp "$cache" "$lab/good"
}

# distrusted SENTENCE: what lies there is not believed, and there is a good one afterwards
distrusted() {
	if is_used; then
		report 'not ok' "$1: it is not believed"
	else
		report ok "$1: it is not believed"
	fi
	same "$1: the run says the same"
	holds "$1: there is a good one afterwards" is_used
	cp "$lab/good" "$cache"
}

size() {
	wc -c < "$1" | tr -d ' '
}

good
len=$(size "$lab/good")
holds 'the good one is believed' is_used
for at in 3 18 24 28 40 $((len / 2)) $((len - 40)) $((len - 1)); do
	byte=$(od -An -tu1 -j "$at" -N 1 "$lab/good" | tr -d ' ')
	# shellcheck disable=SC2059
	printf "$(printf '\\%03o' $(((byte + 1) % 256)))" | dd of="$cache" bs=1 seek="$at" conv=notrunc 2> "$lab/dd"
	distrusted "byte $at is another one"
done
for keep in 0 1 31 $((len / 2)) $((len - 1)); do
	head -c "$keep" "$lab/good" > "$cache"
	distrusted "only $keep bytes are left"
done
{ cat "$lab/good"; printf x; } > "$cache"
distrusted 'a byte follows'
head -c 100000 /dev/urandom > "$cache"
distrusted 'noise'
chmod 660 "$cache"
distrusted 'the group may write to it'
chmod 600 "$cache"
mv "$cache" "$lab/elsewhere"
ln -s "$lab/elsewhere" "$cache"
distrusted 'a symbolic link'
rm -f "$cache"
ln "$lab/elsewhere" "$cache"
distrusted 'a file with two names'
rm -f "$cache" "$lab/elsewhere"
mkfifo "$cache"
distrusted 'a FIFO'
rm -rf "$cache"
cp "$lab/good" "$cache"
if [ "$(id -u)" -eq 0 ]; then
	chown 12345 "$cache"
	distrusted 'a file of somebody else'
	rm -f "$cache"
	cp "$lab/good" "$cache"
fi

# A cache in which every blob is clean for some rule is of no use for another one.
mkdir -p gates
cat > gates/900-word.yaml <<'END'
id: G900
title: The word is nowhere
kind: text_match
with: {must_not: [{name: word, regex: nothing}]}
packs: [fast]
severity: low
enforce: true
owner: ops
review_by: 2030-01-01
triage: Remove it.
explain: An example.
END
sed 's/^gates: shipped$/gates: gates/' gaterun.yaml > "$lab/yaml" && cp "$lab/yaml" gaterun.yaml
git add -A
if "$GATERUN" verify fast --staged --no-receipt -o json > "$lab/raw" 2>&1; [ -s "$lab/raw" ]; then
	same 'another gate: what is known is about other rules'
	sed 's/regex: nothing/regex: peer/' gates/900-word.yaml > "$lab/yaml" && cp "$lab/yaml" gates/900-word.yaml
	git add -A
	same 'another pattern'
fi
git reset -q --hard
rm -rf gates

# ---- who else is there

good
rm -f "$cache"
judge "$lab/one" & one=$!
(judge "$lab/two") & two=$!
wait "$one"
wait "$two"
holds 'two at once leave a good one' is_used
same 'two at once, and a third'

fail=0
for round in 1 2 3 4 5 6 7 8; do
	echo "round $round" > docs/round.txt
	git add -A
	rm -f "$cache"
	"$GATERUN" verify fast --staged --no-receipt > "$lab/out" 2>&1 &
	killed=$!
	# As long as a few of those take to start: it dies in the one place or the other.
	for each in $(seq "$round"); do "$GATERUN" version > "$lab/version"; done
	kill -9 "$killed" 2> "$lab/kill"
	wait "$killed" 2> "$lab/kill"
	judge "$lab/with"
	judge "$lab/without" --no-cache
	cmp -s "$lab/with" "$lab/without" || fail=1
done
holds 'kill -9 at any time changes no verdict' test "$fail" -eq 0
holds 'nothing but the cache is left, and one file at most beside it' \
	sh -c "[ \$(ls .git | grep -c gaterun-scan) -le 2 ]"
holds 'the cache is good' is_used

printf half > "$cache.new"
rm -f "$cache"
judge "$lab/out"
holds 'what a killed run left is used up' test ! -e "$cache.new"
holds 'and the cache is good' is_used

# ---- where it cannot be written

if [ "$(id -u)" -eq 0 ]; then
	cat > "$lab/full.sh" <<'END'
mount -t tmpfs -o size=256k tmpfs "$1" || exit 9
cp -R .git/. "$1/" 2> /dev/null
dd if=/dev/zero of="$1/filler" bs=4k count=1000 2> /dev/null
mount --bind "$1" .git || exit 9
[ ! -e .git/gaterun-scan-0 ] || exit 9
"$GATERUN" verify --gate G030 --staged --no-receipt > "$2" 2> "$2.err"
status=$?
[ -z "$(ls .git | grep gaterun-scan)" ] || exit 8
exit "$status"
END
	mkdir -p "$lab/small" "$lab/tiny"
	cd "$lab/tiny" || exit 1
	git init -q .
	rm -rf .git/hooks
	printf 'version: 1\ngates: shipped\n' > gaterun.yaml
	echo 'nothing' > a.txt
	git add -A
	unshare -m sh "$lab/full.sh" "$lab/small" "$lab/full.out"
	full=$?
	if [ "$full" -eq 9 ]; then
		echo '# no mount namespace: a full disk was not tried'
	else
		holds 'a full disk: the status is that of the run' test "$full" -eq 0
		holds 'a full disk: nobody is told' test ! -s "$lab/full.out.err"
	fi
	cd "$lab/repo" || exit 1
else
	rm -f "$cache"
	chmod 500 .git
	same 'a git directory that is read-only'
	holds 'nothing is left there' test ! -e "$cache"
	chmod 700 .git
fi

# ---- where it lies

git worktree add -q "$lab/linked" -b linked
git commit -q --allow-empty -m empty
rm -f "$cache"
cd "$lab/linked" || exit 1
judge "$lab/out"
cd "$lab/repo" || exit 1
holds 'work trees share one cache' test -s "$cache"
holds 'a linked work tree has none of its own' sh -c "[ -z \"\$(ls .git/worktrees/linked | grep gaterun)\" ]"

# ---- any edits at all

# random MOST: a number below MOST; every run of this test tries the same
seed=20261120
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	number=$((seed / 65536 % $1))
}

line() {
	random 8
	case $number in
	0) echo 'peer 100.64.1.2' ;;
	1) echo '#!/bin/sh' ;;
	2) echo 'tailscale up' ;;
	3) echo 'ssh nas uptime' ;;
	4) echo 'peer 100.64.1.2 # gaterun:allow G030 an example' ;;
	5) printf 'a\0b\n' ;;
	*) echo "plain $number" ;;
	esac
}

cd "$lab/repo" || exit 1
mkdir -p bin docs
fail=0
for round in $(seq 30); do
	for each in 1 2 3; do
		random 6
		file=docs/file$number
		random 3
		[ "$number" -ne 0 ] || file=bin/$(basename "$file").sh
		random 5
		case $number in
		0) rm -f "$file" ;;
		1) [ ! -e "$file" ] || mv "$file" docs/moved.txt ;;
		2) line >> "$file" ;;
		*) { line; line; } > "$file" ;;
		esac
	done
	git add -A
	random 4
	[ "$number" -ne 0 ] || git commit -q --no-verify --allow-empty -m round
	judge "$lab/with"
	judge "$lab/without" --no-cache
	if ! cmp -s "$lab/with" "$lab/without"; then
		fail=1
		echo "# round $round"
		diff "$lab/with" "$lab/without" | sed 's/^/# /'
	fi
done
holds 'thirty rounds of edits: never another word' test "$fail" -eq 0
holds 'thirty rounds of edits: the cache stays small' test "$(size "$cache")" -lt 20000
holds 'thirty rounds of edits: hits were among them' grep -q '"text.' "$lab/with"

done_testing
