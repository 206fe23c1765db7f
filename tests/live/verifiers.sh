# What gaterun wrote, verified by programs that other people made, offline; and one flipped bit, which each of
# them has to refuse. What the README says about it is done as it stands there.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/verifiers.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
# Who would go to the network comes to nothing.
export HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9
export PYTHONPATH="$LAB" PYTHONDONTWRITEBYTECODE=1

# What is needed is here, or the statements about it are skipped.
need() {
	if sh "$LAB/verifiers.sh" "$1" > "$lab/found" 2> "$lab/why"; then
		tools=$(tail -n 1 "$lab/found")
		return
	fi
	report ok "$1 verifies what was written # SKIP $(tail -n 1 "$lab/why")"
	return 1
}

# takes SENTENCE COMMAND...: the command says yes; what the one before it said is in $lab/before
takes() {
	sentence=$1
	shift
	cat "$lab/out" "$lab/err" > "$lab/before" 2> /dev/null
	"$@" > "$lab/out" 2> "$lab/err" < /dev/null && { report ok "$sentence"; return; }
	report 'not ok' "$sentence"
	sed 's/^/# /' "$lab/out" "$lab/err"
}

# refuses SENTENCE COMMAND...: the command says no (ssh-keygen by 255); that it is not there, or crashes, is none
refuses() {
	sentence=$1
	shift
	"$@" > "$lab/out" 2> "$lab/err" < /dev/null
	ended=$?
	case $ended in
	0 | 12[4-9] | 1[3-9][0-9]) ;;
	*) report ok "$sentence" && return ;;
	esac
	report 'not ok' "$sentence"
	echo "# ended with $ended"
	sed 's/^/# /' "$lab/out" "$lab/err"
}

# flip FILE NEW [AT]: NEW is the file with one bit changed, in its middle or in the byte AT
flip() {
	python3 -c 'import sys
octets = bytearray(open(sys.argv[1], "rb").read())
octets[int(sys.argv[3]) if len(sys.argv) > 3 else len(octets) // 2] ^= 1
open(sys.argv[2], "wb").write(octets)' "$@"
}

# The shell block of the README in which WORD stands.
readme() {
	awk -v word="$1" '/^```sh/ { block = ""; inside = 1; next } /^```/ { if (inside && index(block, word)) printf "%s", block; inside = 0; next }
		inside { block = block $0 "\n" }' "$CASES/../../README.md"
}

# ---- runs, with a key that ledger.py knows as well

mkdir "$lab/ops" "$lab/work" "$lab/bin"
ln -s "$GATERUN" "$lab/bin/gaterun"
export PATH="$lab/bin:$PATH"
config=$XDG_CONFIG_HOME/gaterun
mkdir -p "$config"
(umask 077 && python3 -c 'import ledger; print(ledger.Key(1).openssh(), end="")' > "$config/signing_ed25519")
cd "$lab/ops" || exit 1
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"
fleet
for gate in G001 G002 G020 G030; do
	"$GATERUN" verify --gate "$gate" -o json > "$lab/$gate.json" 2> "$lab/err"
done
key=$(jq -r .run_key "$lab/G002.json")
receipt=$PWD/receipts/$key.json
"$GATERUN" receipt keep "$key" > "$lab/out" 2>&1
evidence=$PWD/receipts/evidence/$key
head=$(echo "$PWD"/receipts/evidence/*/checkpoints/*)
log=$(echo "$XDG_STATE_HOME"/gaterun/logs/*)
vkey=$("$GATERUN" key export --format vkey)
cp -R "$log" "$lab/log"

# ---- openssl and jq

readme pkeyutl > "$lab/openssl.sh"
by_openssl() { receipt=$1 sh -eu "$lab/openssl.sh"; }
takes 'openssl and jq, as the README says, verify a receipt' by_openssl "$receipt"
takes 'and say so' grep -q '^Signature Verified Successfully' "$lab/before"
for each in body signed signature key.pem; do
	mv "$lab/ops/$each" "$lab/work/$each"
done
flip "$lab/work/signed" "$lab/work/signed.bad"
pkeyutl() { openssl pkeyutl -verify -pubin -inkey "$lab/work/key.pem" -rawin -in "$1" -sigfile "$2"; }
takes 'openssl verifies what was signed' pkeyutl "$lab/work/signed" "$lab/work/signature"
refuses 'and nothing else' pkeyutl "$lab/work/signed.bad" "$lab/work/signature"
flip "$lab/work/signature" "$lab/work/signature.bad" 40
refuses 'and no other signature' pkeyutl "$lab/work/signed" "$lab/work/signature.bad"
jq -c '.payload |= (@base64d | sub("G002"; "G003") | @base64)' "$receipt" > "$lab/bad.json"
cd "$lab/work" || exit 1

# ---- Go's note and tlog

if need go; then
	go_log() { "$tools/judge" log "$vkey" "$lab/log"; }
	go_proof() { "$tools/judge" proof "$vkey" "$1" "$2"; }
	takes 'Go opens each head, finds each entry under the last, and that each head grew from the one before' go_log
	takes 'which were eight entries and four heads' grep -qx '8 entries, 4 heads' "$lab/before"
	for at in 00000000 00000007; do
		flip "$log/entries/$at.json" "$lab/log/entries/$at.json"
		refuses "a bit of the entry $at is noticed" go_log
		cp "$log/entries/$at.json" "$lab/log/entries/$at.json"
	done
	for at in 00000002 00000008; do
		flip "$log/checkpoints/$at" "$lab/log/checkpoints/$at" 60
		refuses "a bit of the head $at is noticed" go_log
		cp "$log/checkpoints/$at" "$lab/log/checkpoints/$at"
	done
	takes 'Go finds a kept receipt in the log by its proof' go_proof "$evidence.json" "$evidence.tlog-proof"
	takes 'and the start of its run' go_proof "$evidence.start" "$evidence.start.tlog-proof"
	refuses 'but no other entry' go_proof "$evidence.start" "$evidence.tlog-proof"
	flip "$evidence.json" "$lab/work/kept.json"
	refuses 'nor that entry with a bit changed' go_proof "$lab/work/kept.json" "$evidence.tlog-proof"
	flip "$evidence.tlog-proof" "$lab/work/proof" 45
	refuses 'nor by another proof' go_proof "$evidence.json" "$lab/work/proof"
fi

# ---- a witness, and what is kept then

second() { env -u XDG_CONFIG_HOME -u XDG_STATE_HOME HOME="$lab/second" "$GATERUN" "$@"; }
mkdir "$lab/second" "$lab/ops/receipts/trust"
second log witness sign --name control.example/gaterun "$log" > "$lab/out" 2>&1
{
	echo "log $vkey"
	second log witness show
	echo 'quorum control.example/gaterun'
} > "$lab/ops/receipts/trust/policy"
(
	cd "$lab/ops" || exit 1
	"$GATERUN" verify --gate G031 -o json > "$lab/G031.json" 2> "$lab/err"
	second log witness sign "$log" > "$lab/out" 2>&1
	"$GATERUN" receipt keep "$(jq -r .run_key "$lab/G031.json")" > "$lab/out" 2>&1
)
kept=${head%/checkpoints/*}
growth=$(echo "$kept"/growth/*-00000010)
from=$kept/checkpoints/$(basename "$growth" | cut -d- -f1)
last=$kept/checkpoints/00000010
cosigned=$(echo "$kept"/cosig/00000010.*)
if need go; then
	go_growth() { "$tools/judge" growth "$vkey" "$1" "$2"; }
	takes 'Go finds by the kept proof that the last head grew from the one kept before' go_growth "$from" "$growth"
	refuses 'but not from itself' go_growth "$last" "$growth"
	flip "$growth" growth.bad 12
	refuses 'nor by another proof' go_growth "$from" growth.bad
	# There, a witness has an address to be asked at.
	sed '/^witness/s|$| https://control.example/|' "$lab/ops/receipts/trust/policy" > policy
	go_policy() { "$tools/judge" policy policy "$1" "$2"; }
	takes 'to transparency-dev a cosigned head satisfies the policy' go_policy "$last" "$cosigned"
	refuses 'but no other head does' go_policy "$from" "$cosigned"
	flip "$cosigned" cosigned.bad 60
	refuses 'nor with another cosignature' go_policy "$last" cosigned.bad
fi

# ---- verifiers of attestations

readme 'cosign verify' > "$lab/cosign.sh"
by_cosign() { PATH="$tools:$PATH" receipt=$receipt sh -eu "$lab/cosign.sh"; }
cosign_of() {
	"$tools/cosign" verify-blob-attestation --key "$lab/work/key.pem" --insecure-ignore-tlog \
		--type https://in-toto.io/attestation/test-result/v0.1 --bundle "$1" "$2"
}
(cd "$lab/ops" && "$GATERUN" receipt export "$receipt" --format sigstore > "$lab/work/good.bundle")
jq -c --slurpfile bad "$lab/bad.json" '.dsseEnvelope = $bad[0]' good.bundle > bad.bundle
if need cosign; then
	cp "$lab/work/body" "$lab/work/key.pem" "$lab/ops/"
	cd "$lab/ops" || exit 1
	takes 'cosign, as the README says, verifies a receipt' by_cosign
	mv inputs.sha256 "$lab/work/"
	rm -f body key.pem bundle.json
	cd "$lab/work" || exit 1
	takes 'and its bundle' cosign_of good.bundle inputs.sha256
	refuses 'but none with another payload' cosign_of bad.bundle inputs.sha256
	flip inputs.sha256 inputs.bad
	refuses 'nor for other inputs' cosign_of good.bundle inputs.bad
fi

if need node; then
	by_node() { NODE_PATH="$tools/node/node_modules" node "$LAB/verifiers/judge.js" "$@"; }
	takes 'sigstore-js verifies the bundle' by_node key.pem good.bundle
	refuses 'but none with another payload' by_node key.pem bad.bundle
	takes 'because it is not what was signed' grep -q VerificationError "$lab/before"
	jq -c '.dsseEnvelope.payloadType = "text/plain"' good.bundle > type.bundle
	refuses 'nor one of another type' by_node key.pem type.bundle
	openssl genpkey -algorithm ed25519 2> "$lab/err" | openssl pkey -pubout > other.pem
	refuses 'nor with another key' by_node other.pem good.bundle
fi

# framed FILE...: as the batch verifiers read them
framed() {
	python3 -c 'import struct, sys
for name in sys.argv[1:]:
    octets = open(name, "rb").read()
    sys.stdout.buffer.write(struct.pack(">I", len(octets)) + octets)' "$@"
}
framed "$receipt" "$lab/bad.json" "$lab"/log/entries/*.json > batch
takes_all_but_second() { tr -d '\n' < "$1" | grep -qx "$2"; }
if need go; then
	"$tools/judge" receipts key.pem < batch > go.said
	takes 'go-securesystemslib verifies all entries, and not the one with another payload' \
		takes_all_but_second go.said 1011111111
fi
if need python; then
	public=$(python3 -c 'import ledger; print(ledger.Key(1).public.hex())')
	keyid=$(python3 -c 'import ledger; print(ledger.Key(1).keyid())')
	"$tools/python/bin/python3" "$LAB/verifiers/judge.py" "$public" "$keyid" < batch > python.said
	takes 'so does securesystemslib, and cryptography' takes_all_but_second python.said 11001111111111111111
fi

# ---- signify and minisign: the signature of the receipt is one over the file `signed`

(cd "$lab/ops" && "$GATERUN" key export --format minisign) > key.pub
# A signature file says by which key it is, in the ten bytes that begin the key's own file.
detached() {
	echo 'untrusted comment: a receipt'
	{ tail -n 1 key.pub | base64 -d | head -c 10; cat signature; } | base64 | tr -d '\n'
	echo
}
detached > signed.sig
{
	cat signed.sig
	echo 'trusted comment: a receipt'
	python3 -c 'import ledger
print(ledger.text_of(ledger.Key(1).sign(open("signature", "rb").read() + b"a receipt")))'
} > signed.minisig
# The same, as the program writes it.
export_as() { (cd "$lab/ops" && "$GATERUN" receipt export "$receipt" --format "$1"); }
export_as pae > own.pae
export_as signify > own.sig
export_as minisign > own.minisig
(cd "$lab/ops" && "$GATERUN" key export --format signify) > own.pub
takes 'what is signed is what the program says it is' cmp own.pae signed
if need signify; then
	takes 'signify verifies the files that the program writes' "$tools/signify" -V -p own.pub -m own.pae -x own.sig
	refuses 'and no other message' "$tools/signify" -V -p own.pub -m signed.bad -x own.sig
	takes 'signify verifies what was signed' "$tools/signify" -V -p key.pub -m signed -x signed.sig
	refuses 'and nothing else' "$tools/signify" -V -p key.pub -m signed.bad -x signed.sig
fi
if need minisign; then
	takes 'minisign verifies the files that the program writes' "$tools/minisign" -V -p key.pub -m own.pae -x own.minisig
	refuses 'and no other message' "$tools/minisign" -V -p key.pub -m signed.bad -x own.minisig
	sed 's/^trusted comment: RUN/trusted comment: RAN/' own.minisig > own.changed
	refuses 'and no other comment' "$tools/minisign" -V -p key.pub -m own.pae -x own.changed
	takes 'minisign verifies what was signed' "$tools/minisign" -V -p key.pub -m signed -x signed.minisig
	refuses 'and nothing else' "$tools/minisign" -V -p key.pub -m signed.bad -x signed.minisig
fi

# ---- a person signs a head

readme 'ssh-keygen -Y' > "$lab/person.sh"
ssh-keygen -q -t ed25519 -N '' -C '' -f person
mkdir -p receipts/trust
echo "you@example.org namespaces=\"gaterun-checkpoint\" $(cat person.pub)" > receipts/trust/allowed_signers
by_person() { head=$1 person=person sh -eu "$lab/person.sh"; }
verify_head() {
	ssh-keygen -Y verify -f receipts/trust/allowed_signers -I you@example.org -n "$2" -s head.sig < "$1"
}
takes 'a head that a person signed is verified by ssh-keygen, as the README says' by_person "$head"
flip "$head" head.bad
of_bad_head() { verify_head head.bad gaterun-checkpoint; }
of_other_use() { verify_head "$head" git; }
refuses 'and no other head' of_bad_head
refuses 'nor as what it was not signed for' of_other_use
done_testing
