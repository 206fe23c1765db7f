# A key is replaced: its logs, of two repos, are closed and continued, whatever stops it in between; what
# was signed before stays good; who changes one of the logs, or continues a closed one, is found.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/rotate.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
mkdir "$lab/ops" "$lab/two" "$lab/home"
git config --file "$lab/gitconfig" user.name test
git config --file "$lab/gitconfig" user.email test@test.example
export GIT_CONFIG_GLOBAL="$lab/gitconfig" HOME="$lab/home" ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME SSH_AUTH_SOCK
config=$lab/home/.config/gaterun
state=$lab/home/.local/state/gaterun
key=$config/signing_ed25519

# ends STATUS WORD...: does gaterun with these words end so?
ends() {
	wanted=$1
	shift
	"$GATERUN" "$@" > "$lab/out" 2> "$lab/err" < /dev/null
	ended=$?
	[ "$ended" -eq "$wanted" ] && return
	echo "# gaterun $* ended with $ended"
	sed 's/^/# /' "$lab/out" "$lab/err"
	return 1
}

# says FILTER WORD...: does the jq filter say true of what gaterun prints?
says() {
	filter=$1
	shift
	"$GATERUN" "$@" -o json 2> "$lab/err" < /dev/null | jq -e "$filter"
}

# who: the fingerprint of the key that signs now
who() { "$GATERUN" key show -o json | jq -r .fingerprint; }

# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"
cd "$lab/two" || exit 1
fleet
sed -i 's/^repo: .*/repo: two.example/' gaterun.yaml
git commit -q -a -m two
ends 0 verify --gate G001
cd "$lab/ops" || exit 1
fleet

holds 'without a log there is nothing to rotate' sh -c "cp -R '$lab/home' '$lab/fresh' && rm -rf '$lab/fresh/.local' && HOME='$lab/fresh' '$GATERUN' log rotate > '$lab/out' 2>&1; [ \$? -eq 65 ] && grep -q 'has no log' '$lab/out' && [ ! -e '$lab/fresh/.config/gaterun/signing_ed25519.next' ]"
ends 0 verify --gate G001
"$GATERUN" verify --gate G002 -o json > "$lab/old.json" 2> "$lab/err"
old_run=$(jq -r .run_key "$lab/old.json")
mkdir -p receipts/trust
"$GATERUN" key show | grep namespaces > receipts/trust/allowed_signers
old=$(who)
holds 'a run of it is kept' ends 0 receipt keep "$old_run"
git add -A
git commit -q -m kept
cp -R receipts "$lab/receipts"

# ---- killed before each change, it is called again

cp -R "$lab/home" "$lab/before"
stop=0
killed=0
broken=0
while stop=$((stop + 1)) && [ "$stop" -lt 300 ]; do
	rm -rf "$lab/home" receipts
	cp -R "$lab/before" "$lab/home"
	cp -R "$lab/receipts" receipts
	"$BUILD/live/killed" "$stop" "$GATERUN" log rotate > "$lab/out" 2>&1 < /dev/null
	case $? in
	0) killed=$((killed + 1)) ;;
	3) break ;;
	77)
		killed=77
		break
		;;
	*)
		broken=1
		sed 's/^/# /' "$lab/out"
		break
		;;
	esac
	[ -f "$key" ] || broken="no key after $stop"
	"$GATERUN" log rotate > "$lab/out" 2>&1 < /dev/null || broken="not gone on after $stop"
	"$GATERUN" log verify --full > "$lab/verified" 2>&1 || broken="not whole after $stop"
	[ "$(who)" != "$old" ] && [ ! -e "$key.next" ] && [ "$(find "$config" -name '*.retired-*' | wc -l)" -eq 1 ] || broken="keys after $stop"
	[ "$(find "$state/logs" -mindepth 1 -maxdepth 1 | wc -l)" -eq 4 ] || broken="logs after $stop"
	[ "$(find receipts -path '*/checkpoints/00000005' | wc -l)" -eq 1 ] || broken="no head kept after $stop"
	[ "$broken" = 0 ] || break
done
[ "$broken" = 0 ] || sed "s/^/# $broken: /" "$lab/out" "$lab/verified"
holds 'killed before any change and called again, it goes through' [ "$broken" = 0 ]
holds "each of them ($killed)" [ "$killed" -gt 10 ]

# ---- in one go

rm -rf "$lab/home" receipts
cp -R "$lab/before" "$lab/home"
cp -R "$lab/receipts" receipts
holds 'a key is rotated' ends 0 log rotate
cp "$lab/out" "$lab/rotated"
holds 'the last head of the closed log is kept, and it says so' sh -c "file=\$(sed -n 's/^kept     \(.*\): commit it.*/\1/p' '$lab/rotated') && [ \"\$(sed -n 2p \"\$file\")\" = 5 ]"
new=$(who)
holds 'to another one' [ "$new" != "$old" ]
holds 'it says which line makes others trust it' grep -q "^you@example.org namespaces=\"gaterun-receipt\" ssh-ed25519 " "$lab/rotated"
holds 'which is that of key show' sh -c "'$GATERUN' key show | grep namespaces | grep -qxFf '$lab/rotated'"
holds 'and which line retires the old one, in each repo' [ "$(grep -c "^$old  .*  retired  " "$lab/rotated")" -eq 2 ]
holds 'the old key is kept aside, for its owner alone' [ -n "$(find "$config" -name 'signing_ed25519.retired-*' -perm 600)" ]
holds 'called again, it changes nothing' ends 0 log rotate
holds 'and says so' grep -q 'has signed nothing yet' "$lab/out"
holds 'the key is the same' [ "$(who)" = "$new" ]
holds 'the log is whole' ends 0 log verify --full
holds 'with the one that it continues' grep -q '^after .*: 5 entries$' "$lab/out"
holds 'show lists both' says '.logs | length == 2 and ([.[] | select(.own)][0].continues) == ([.[] | select(.own | not)][0].origin)' log show
holds 'and the log-open' says '.entries[0].entry == "log-open"' log show
holds 'a run goes into the new log' ends 0 verify --gate G001
holds 'as entries 1 and 2' says '.entries | length == 3' log show
holds 'the next rotation is another one' says '.done_before == false' log rotate
third=$(who)
holds 'a chain of three is whole' ends 0 log verify --full
holds 'and told' [ "$(grep -c '^after ' "$lab/out")" -eq 2 ]
"$GATERUN" key show | grep namespaces >> receipts/trust/allowed_signers
holds 'G060 passes' ends 0 verify --gate G060
holds 'the other repo goes on too' sh -c "cd '$lab/two' && '$GATERUN' verify --gate G001 > /dev/null 2>&1 && '$GATERUN' log verify --full > '$lab/out' && [ \"\$(grep -c '^after ' '$lab/out')\" -eq 2 ]"

# ---- what was signed before

holds 'a receipt of the retired key is good' ends 0 receipt verify "$old_run"
grep "^$old .* 5  " "$lab/rotated" > "$lab/lines"
holds 'and stays so when that is retired' sh -c "for line in 1 2; do sed -n \"\${line}p\" '$lab/lines' > receipts/trust/revoked; '$GATERUN' receipt verify $old_run > /dev/null 2>&1 && exit 0; done; exit 1"
holds 'G060 says the same' ends 0 verify --gate G060

# A clone, and somebody else: no log, no key. The line that was printed is in its place.
git add -A
git commit -q -m rotated
git clone -q "$lab/ops" "$lab/clone"
bert() { (cd "$lab/clone" && HOME=$lab/bert "$GATERUN" "$@" > "$lab/out" 2> "$lab/err" < /dev/null); }
mkdir "$lab/bert"
holds 'a fresh clone has the line' grep -q "^$old .*  retired  " "$lab/clone/receipts/trust/revoked"
holds 'and decides what the retired key signed before' bert receipt verify "$old_run"
holds 'so does G060' bert verify --gate G060 --no-receipt
find "$lab/clone/receipts/evidence" -path '*/checkpoints/00000005' -exec mv {} "$lab/head" \;
find "$lab/clone/receipts/evidence" -path '*/growth/*-00000005' -exec rm {} +
bert receipt verify "$old_run"
holds 'without that head it could not' [ $? -eq 2 ]
find receipts/evidence \( -path '*/checkpoints/00000005' -o -path '*/growth/*-00000005' \) -exec rm {} +
holds 'a later keep of that run adds it' ends 0 receipt keep "$old_run"
holds 'as it was' [ -z "$(git status --porcelain receipts)" ]

# ---- a closed log takes nothing

retired=$(find "$config" -name 'signing_ed25519.retired-*' -newer "$lab/gitconfig" | while read -r each; do
	ssh-keygen -lf "$each" 2> /dev/null | grep -qF "$old" && echo "$each"
done | head -n 1)
cp "$key" "$lab/kept"
cp "$retired" "$key"
holds 'a run with the retired key gets no receipt' ends 73 verify --gate G001
holds 'and says why' grep -q 'the log is closed' "$lab/err"
holds '  not to put anything back, or to move the key away' [ "$(grep -c 'to go on' "$lab/err")" -eq 0 ]
holds 'rotating it to yet another key is refused' ends 65 log rotate
holds 'as its log names the next' grep -q 'is closed already' "$lab/err"
rm -f "$key.next"
cp "$lab/kept" "$key"

# ---- who changes a log of the chain is found

# spoilt SENTENCE FLAW COMMAND: after it log verify and G060 name the flaw; then all is as it was
spoilt() {
	cp -R "$lab/home" "$lab/aside"
	sh -c "cd '$state' && $3"
	holds "$1" ends 1 log verify
	holds "  named $2" grep -q "($2)" "$lab/out"
	holds '  by G060 too' says "[.gates[] | select(.id == \"G060\") | .findings[].reason] | index(\"$2\")" verify --gate G060 --no-receipt
	rm -rf "$lab/home"
	mv "$lab/aside" "$lab/home"
}

# folder_of ORIGIN: of the log
folder_of() { printf '%s' "$1" | sha256sum | cut -c 1-16; }
own=$("$GATERUN" log show -o json | jq -r '.logs[] | select(.own).origin')
middle=$("$GATERUN" log show -o json | jq -r '.logs[] | select(.own).continues')
first=$("$GATERUN" log show -o json | jq -r ".logs[] | select(.origin == \"$middle\").continues")
own=$(folder_of "$own")
middle=$(folder_of "$middle")
first=$(folder_of "$first")
holds 'the logs are there' ls -d "$state/logs/$own" "$state/logs/$middle" "$state/logs/$first"
spoilt 'a closed log without its log-close' log.chain_broken "rm logs/$middle/entries/00000003.json logs/$middle/checkpoints/00000004 logs/$middle/edge seen/$middle"
spoilt 'a closed log that lost its end, but not its head' log.history_lost "rm logs/$first/entries/00000004.json"
holds 'a closed log that is not here is said' sh -c "mv '$state/logs/$first' '$lab/first'; '$GATERUN' log verify > '$lab/out'; grep -q 'it is not here, and not checked' '$lab/out'; ended=\$?; mv '$lab/first' '$state/logs/$first'; exit \$ended"
holds 'and all is as it was' ends 0 log verify --full

# ---- a given key

ssh-keygen -q -t ed25519 -N '' -C given -f "$lab/given"
holds 'a key that is given is taken' ends 0 log rotate --to "$lab/given"
holds 'it signs now' [ "$(who)" = "$(ssh-keygen -lf "$lab/given" | cut -d ' ' -f 2)" ]
holds 'again: it is there' ends 65 log rotate --to "$lab/given"
ssh-keygen -q -t rsa -b 2048 -N '' -f "$lab/rsa"
holds 'a key that cannot sign is refused' ends 65 log rotate --to "$lab/rsa"
holds 'before anything is changed' [ ! -e "$key.next" ]
holds 'the chain is whole' ends 0 log verify --full
[ -n "$third" ] || exit 1

# ---- the head, for others

ends 0 verify --gate G001
holds 'the newest head is printed' ends 0 log checkpoint
holds 'as a checkpoint' sh -c "sed -n 2p '$lab/out' | grep -qx 3 && sed -n 5p '$lab/out' | grep -q '^— gaterun/'"
head -n 3 "$lab/out" | tr '\n' ' ' | sed 's/^/Gaterun-Checkpoint: /; s/ $//' > "$lab/line"
holds 'or as a trailer' ends 0 log checkpoint --trailer
holds 'of the same three' sh -c "tr -d '\n' < '$lab/out' | cmp - '$lab/line'"
done_testing
