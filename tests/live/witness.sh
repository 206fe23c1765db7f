# Two hosts: anna's runs gates and has the log, bert's is its witness, over a folder that both see or over
# git. A log that goes back, has two histories or is not whole gets no cosignature, whoever is killed when.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/witness.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME
mkdir "$lab/anna" "$lab/bert" "$lab/cleo" "$lab/nobody"
git config --file "$lab/gitconfig" user.name test
git config --file "$lab/gitconfig" user.email test@test.example
export GIT_CONFIG_GLOBAL="$lab/gitconfig"

# Who is at the keyboard of which host.
anna() { HOME=$lab/anna "$GATERUN" "$@"; }
bert() { HOME=$lab/bert "$GATERUN" "$@"; }
cleo() { HOME=$lab/cleo "$GATERUN" "$@"; }
nobody() { HOME=$lab/nobody "$GATERUN" "$@"; }

# ends STATUS WORD...: does the command end so?
ends() {
	wanted=$1
	shift
	"$@" > "$lab/out" 2> "$lab/err" < /dev/null
	[ $? -eq "$wanted" ] && return
	sed 's/^/# /' "$lab/out" "$lab/err"
	return 1
}

# cannot SENTENCE COMMAND...: does it fail?
cannot() {
	sentence=$1
	shift
	if "$@" > "$lab/cannot" 2>&1; then
		report 'not ok' "$sentence"
	else
		report ok "$sentence"
	fi
}

# says FILTER: is that so of the JSON that was printed last?
says() {
	jq -e "$1" "$lab/out" > "$lab/jq" 2>&1 && return
	sed 's/^/# /' "$lab/out" "$lab/err"
	return 1
}

# run: anna runs a gate; its run key is in $key
run() {
	anna verify --gate G001 -o json > "$lab/run.json" 2> "$lab/run.err"
	key=$(jq -r .run_key "$lab/run.json")
}

# ---- over a folder

git init -q --bare -b main "$lab/ops.git"
mkdir "$lab/ops"
cd "$lab/ops" || exit 1
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"
fleet
git remote add origin "$lab/ops.git"
run
first=$key
logs=$lab/anna/.local/state/gaterun/logs
log=$(echo "$logs"/*)
memory=$lab/bert/.local/state/gaterun/witness/${log##*/}

holds 'without a key, there is nothing to show' ends 65 bert log witness show
holds 'a witness that only looks makes no key' ends 0 bert log witness pull "$logs" -o json
holds 'and remembers the head' says '.logs[0] | .state == "grew" and .before == 0 and .size == 2'
holds 'as the log signed it' cmp "$memory/head" "$log/checkpoints/00000002"
cannot 'no cosignature is there' test -e "$log/cosig"
holds 'the head is cosigned' ends 0 bert log witness sign "$logs" --name bert.example/w -o json
holds 'nothing is new' says '.witness == "bert.example/w" and .logs[0].state == "same"'
line=$(jq -r '.logs[0].cosignature' "$lab/out")
holds 'beside the head' test "${line%/*}" = "$log/cosig"
cp "$line" "$lab/line"
holds 'cosigning it again is fine' ends 0 bert log witness sign "$log" -o json
holds 'and is said' says '.logs[0].cosigned_before'
holds 'what is there stays' cmp "$line" "$lab/line"
holds 'the line for the policy' ends 0 bert log witness show
mkdir -p receipts/trust
{ cat "$lab/out"; echo 'quorum bert.example/w'; } > receipts/trust/policy
anna key show | grep namespaces | sed 's/you@example.org/anna@example.org/' > receipts/trust/allowed_signers
git add receipts
git commit -q -m trust
git push -q origin main
holds 'a receipt that the witness saw verifies' ends 0 anna receipt verify "$first" -o json
holds 'with the time of the witness' says '.witnessed.reason == "" and (.witnessed.not_after | test("999Z$"))'
run
second=$key
holds 'a later one is not decided' ends 2 anna receipt verify "$second" -o json
holds 'because nobody saw it yet' says '.reason == "witness.quorum"'
holds 'it can be kept' ends 0 anna receipt keep "$second"
cp "$memory/head" "$lab/old.head"
rm -rf "$lab/copy"
cp -R "$log" "$lab/copy"
holds 'a copy of the log does as well' ends 0 bert log witness sign "$lab/copy" --out "$lab/to" -o json
holds 'it grew' says '.logs[0] | .state == "grew" and .before == 2 and .size == 4'
holds 'and the cosignature goes where it is told' test -e "$lab/to/${log##*/}/cosig/00000004.${line##*.}"
cp "$lab/to/${log##*/}/cosig/"* "$log/cosig/"
holds 'brought back, it is enough' ends 0 anna receipt verify "$second"
holds 'kept again, the cosignature is kept too' ends 0 anna receipt keep "$second"
holds 'beside the kept head' test -e "receipts/evidence/${log##*/}/cosig/00000004.${line##*.}"

# ---- shards count by what witnesses saw of them; then all is as it was

cp -R "$lab/anna" "$lab/anna.kept"
cp -R "$lab/bert" "$lab/bert.kept"
shards=''
for each in 1/2 2/2; do
	anna verify --gate G001 --shard "$each" -o json > "$lab/run.json" 2> "$lab/run.err"
	shards="$shards $(jq -r .run_key "$lab/run.json")"
done
# shellcheck disable=SC2086  # one word a shard
holds 'shards that nobody saw are not merged by their keys' ends 2 anna receipt merge $shards
holds '  because nobody saw them' grep -q 'is not merged: no witness of the policy has cosigned' "$lab/err"
size=$(find "$log/entries" -name '*.json' | wc -l)
bert log witness sign "$log" > "$lab/out" 2>&1
# shellcheck disable=SC2086
holds 'once the witness saw them they are' ends 0 anna receipt merge $shards -o json
holds '  both of them' says '.merged | length == 2'
holds '  into an entry of its own' test "$(find "$log/entries" -name '*.json' | wc -l)" -gt "$size"
rm -rf "$lab/anna" "$lab/bert"
mv "$lab/anna.kept" "$lab/anna"
mv "$lab/bert.kept" "$lab/bert"

# ---- over git

git add receipts
git commit -q -m kept
git push -q origin main
git clone -q "$lab/ops.git" "$lab/clone"
holds 'a clone verifies it with nothing else' ends 0 nobody --root "$lab/clone" receipt verify "$second" -o json
holds 'and knows by when it was there' says '.membership == "kept" and .witnessed.not_after != null'
run
third=$key
holds 'the next one is kept before anybody saw it' ends 0 anna receipt keep "$third"
git add receipts
git commit -q -m kept
git push -q origin main
git -C "$lab/clone" pull -q
holds 'a clone cannot decide it yet' ends 2 nobody --root "$lab/clone" receipt verify "$third"
holds 'G060 does not pass with it' ends 2 nobody --root "$lab/clone" verify --gate G060 --no-receipt
holds 'the witness follows what is kept' ends 0 bert --root "$lab/clone" log witness sign -o json
holds 'from head to head' says '.logs[0] | .state == "grew" and .before == 4 and .size == 6'
holds 'then a clone can' ends 0 nobody --root "$lab/clone" receipt verify "$third"
holds 'and G060 passes' ends 0 nobody --root "$lab/clone" verify --gate G060 --no-receipt
git -C "$lab/clone" add receipts
git -C "$lab/clone" commit -q -m cosigned
git -C "$lab/clone" push -q origin main
git pull -q --no-rebase origin main
holds 'the cosignature comes back with git' ends 0 anna receipt verify "$third"

# The proof that the kept heads belong together is what the witness goes by.
cp -R "$lab/clone" "$lab/cut"
run
anna receipt keep "$key" > "$lab/out" 2>&1
git add receipts
git commit -q -m more
git push -q origin main
git -C "$lab/cut" pull -q origin main
rm "$lab/cut/receipts/evidence/${log##*/}/growth/00000006-00000008"
holds 'without that proof it says nothing' ends 2 bert --root "$lab/cut" log witness sign -o json
holds 'and remembers what it did' says '.logs[0].before == 6'
printf 'old 6\n\n%s\n' "$(cat "$log/checkpoints/00000008")" \
	> "$lab/cut/receipts/evidence/${log##*/}/growth/00000006-00000008"
holds 'nor with one that shows nothing' ends 2 bert --root "$lab/cut" log witness sign

# ---- what must not be cosigned

rm -rf "$lab/back"
cp -R "$log" "$lab/back"
rm "$lab/back/checkpoints/00000006" "$lab/back/checkpoints/00000008" "$lab/back/entries/"0000000[4567].json
rm -rf "$lab/back/cosig"
cp "$memory/head" "$lab/old.head"
holds 'a log that goes back is told' ends 1 bert log witness sign "$lab/back" -o json
holds 'with both sizes' says '.logs[0] | .reason == "log.history_lost" and (.message | test("4 entries.*one of 6"))'
cannot 'nothing is cosigned' test -e "$lab/back/cosig"
holds 'and nothing forgotten' cmp "$memory/head" "$lab/old.head"
holds 'both heads are the proof' cmp "$memory/fork/"00000004-* "$lab/back/checkpoints/00000004"
holds 'the other one' cmp "$memory/fork/"00000006-* "$log/checkpoints/00000006"

# The key of anna's log writes another history: another home, the same key.
mkdir -p "$lab/thief/.config"
cp -R "$lab/anna/.config/gaterun" "$lab/thief/.config/"
for _ in 1 2 3 4 5; do
	HOME=$lab/thief "$GATERUN" verify --gate G002 > "$lab/out" 2>&1
done
other=$lab/thief/.local/state/gaterun/logs/${log##*/}
holds 'another history by the same key is told' ends 1 bert log witness sign "$other" -o json
holds 'for what it is' says '.logs[0].reason == "log.other_tree"'
holds 'both heads are the proof' cmp "$memory/fork/"00000010-* "$other/checkpoints/00000010"
cannot 'nothing is cosigned' test -e "$other/cosig"
sed -i.was 's/"payload":"e/"payload":"f/' "$lab/copy/entries/00000001.json"
holds 'a log that is not whole is told' ends 1 bert log witness pull "$lab/copy"
holds 'a folder without a log cannot be followed' ends 2 bert log witness pull "$lab/ops"
mkdir -p "$lab/cleo/.config/gaterun"
cp "$lab/anna/.config/gaterun/signing_ed25519" "$lab/cleo/.config/gaterun/witness_ed25519"
holds "the log's own key is no witness" ends 2 cleo log witness sign "$log" -o json
holds 'and is told why' says '.logs[0].message | test("would be its own witness")'
cannot 'nothing is cosigned' test -n "$(find "$log/cosig" -name '00000008.*')"
printf 'nonsense\n' > "$memory/head"
holds 'a witness that cannot read what it remembers stops' ends 2 bert log witness sign "$log"
cp "$lab/old.head" "$memory/head"
holds 'and goes on when it can' ends 0 bert log witness sign "$log"

# ---- two at once, a full disk, killed

rm -rf "$lab/cleo"
mkdir "$lab/cleo"
for each in 1 2 3 4 5 6; do
	run
	cleo log witness sign "$log" --name cleo.example -o json > "$lab/at-once.$each" 2>&1 &
	cleo log witness sign "$log" --name cleo.example -o json > "$lab/at-once.$each.2" 2>&1 &
done
wait
holds 'many at once make one key' test "$(grep -l '"cleo.example"' "$lab"/at-once.* | wc -l)" -eq 12
holds 'and remember the newest head' ends 0 cleo log witness sign "$log" -o json
holds 'which is not behind' says '.logs[0].size == 20'
newest=$lab/cleo/.local/state/gaterun/witness/${log##*/}/head
holds 'as it was signed' cmp "$newest" "$log/checkpoints/00000020"

# Nothing can be written: what it remembers must not be behind what it said.
run
holds 'on a full disk nothing is cosigned' ends 2 env HOME="$lab/cleo" sh -c \
	"ulimit -f 0; trap '' XFSZ; exec '$GATERUN' log witness sign '$log' > /dev/null 2>&1"
holds 'and what it remembers is what it was' cmp "$newest" "$log/checkpoints/00000020"
cannot 'no cosignature is there' test -n "$(find "$log/cosig" -name '00000022.*')"
holds 'with room again it goes on' ends 0 cleo log witness sign "$log"
done_testing
