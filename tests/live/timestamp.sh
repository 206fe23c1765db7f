# Time-stamps of the log's head, by an authority of openssl(1): queried, checked, kept, and refused where
# they prove nothing.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/timestamp.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
if ! openssl ts -help > /dev/null 2>&1; then
	echo '1..0 # SKIP this openssl(1) has no time-stamps'
	exit 0
fi
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
export XDG_STATE_HOME="$lab/state"
mkdir "$lab/tsa" "$lab/repo"

# ---- the authority

cat > "$lab/tsa/openssl.cnf" << END
[ tsa ]
default_tsa = config
[ config ]
dir = $lab/tsa
serial = $lab/tsa/serial
default_policy = 1.2.3.4.1
digests = sha1, sha256, sha512
signer_digest = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[ req ]
distinguished_name = name
[ name ]
[ root ]
basicConstraints = critical,CA:TRUE
[ stamps ]
extendedKeyUsage = critical,timeStamping
[ serves ]
extendedKeyUsage = critical,serverAuth
END

# certificate NAME EXTENSIONS CA-OPTION...: a key and a certificate
certificate() {
	name=$1 extensions=$2
	shift 2
	openssl ecparam -name prime256v1 -genkey -noout -out "$lab/tsa/$name.key"
	openssl req -new -key "$lab/tsa/$name.key" -subj "/CN=$name" -config "$lab/tsa/openssl.cnf" \
		-out "$lab/tsa/$name.csr"
	openssl x509 -req -in "$lab/tsa/$name.csr" -extfile "$lab/tsa/openssl.cnf" -extensions "$extensions" \
		-out "$lab/tsa/$name.pem" "$@" 2> /dev/null
}

certificate root root -signkey "$lab/tsa/root.key" -days 30
certificate other root -signkey "$lab/tsa/other.key" -days 30
certificate stamper stamps -CA "$lab/tsa/root.pem" -CAkey "$lab/tsa/root.key" -set_serial 2 -days 10
certificate expired stamps -CA "$lab/tsa/root.pem" -CAkey "$lab/tsa/root.key" -set_serial 3 -days -1

# stamp NAME QUERY REPLY: answer a query as NAME
stamp() {
	openssl ts -reply -config "$lab/tsa/openssl.cnf" -queryfile "$2" -signer "$lab/tsa/$1.pem" \
		-inkey "$lab/tsa/$1.key" -out "$3" > /dev/null 2>> "$lab/tsa/errors"
}

# refused STATUS WORDS FILE: the reply is refused with this status, and this is said
refused() {
	"$GATERUN" log timestamp --reply "$3" > "$lab/out" 2>&1
	ended=$?
	[ "$ended" -eq "$1" ] && grep -q "$2" "$lab/out" && return 0
	echo "# ended with $ended: $(cat "$lab/out")"
	return 1
}

# ---- a log with a head

cd "$lab/repo" || exit 1
fleet
"$GATERUN" verify --gate G001 > /dev/null 2>&1
log=$(echo "$lab"/state/gaterun/logs/*)
key=$(basename receipts/RUN-*.json .json)
"$GATERUN" receipt keep "$key" > /dev/null

holds 'a query is written' "$GATERUN" log timestamp --query "$lab/head.tsq"
holds 'openssl reads it' sh -c "openssl ts -query -in '$lab/head.tsq' -text | grep -q 'sha256'"
holds 'the authority answers' stamp stamper "$lab/head.tsq" "$lab/head.tsr"
holds 'without accepted authorities nothing can be said' refused 2 'tsa.pem' "$lab/head.tsr"
mkdir -p receipts/trust
cp "$lab/tsa/other.pem" receipts/trust/tsa.pem
holds 'with others accepted it proves nothing' refused 1 'no accepted authority' "$lab/head.tsr"
holds 'nothing was kept' [ ! -e "$log/tsr" ]
cat "$lab/tsa/root.pem" >> receipts/trust/tsa.pem

# ---- what proves nothing (case 34), and beside each what does

printf 'something else' > "$lab/else"
openssl ts -query -data "$lab/else" -sha256 -cert -out "$lab/else.tsq" 2> /dev/null
stamp stamper "$lab/else.tsq" "$lab/else.tsr"
holds 'a time-stamp of something else is refused' refused 1 'none of the 1 signed heads' "$lab/else.tsr"
openssl ts -query -data "$log/checkpoints/00000002" -sha1 -cert -out "$lab/weak.tsq" 2> /dev/null
stamp stamper "$lab/weak.tsq" "$lab/weak.tsr"
holds 'one of a SHA-1 is refused' refused 1 'digest other than' "$lab/weak.tsr"
stamp expired "$lab/head.tsq" "$lab/expired.tsr"
holds 'one by a certificate that had expired is refused' refused 1 'expired' "$lab/expired.tsr"
head -c 200 "$lab/head.tsr" > "$lab/cut.tsr"
holds 'one that is cut short is refused' refused 1 'no time-stamp reply' "$lab/cut.tsr"
head -c 70000 /dev/zero > "$lab/large.tsr"
holds 'one that is too large is refused' refused 65 'larger than' "$lab/large.tsr"
cp "$lab/tsa/stamper.pem" "$lab/not-a-reply"
holds 'what is none is refused' refused 1 'no time-stamp reply' "$lab/not-a-reply"
holds 'nothing was kept of these' [ ! -e "$log/tsr" ]

holds 'the right one is kept' "$GATERUN" log timestamp --reply "$lab/head.tsr"
holds 'beside its head' cmp -s "$log/tsr/00000002.tsr" "$lab/head.tsr"
holds 'openssl says that it is of that file' openssl ts -verify -data "$log/checkpoints/00000002" \
	-in "$log/tsr/00000002.tsr" -CAfile "$lab/tsa/root.pem" -no_check_time
holds 'a second one is refused' refused 73 'exists already' "$lab/head.tsr"
holds 'the log verifies' "$GATERUN" log verify --full

# ---- it goes where the evidence is

holds 'keeping the receipt again keeps it too' "$GATERUN" receipt keep "$key"
holds 'with the head' cmp -s "$(echo receipts/evidence/*/tsr/00000002.tsr)" "$lab/head.tsr"
holds 'a query after another run is of the newer head' sh -c \
	"'$GATERUN' verify --gate G001 > /dev/null 2>&1; '$GATERUN' log timestamp --query '$lab/next.tsq' |
	grep -q 'of 4 entries'"
openssl ts -query -data "$log/checkpoints/00000002" -sha512 -cert -out "$lab/older.tsq" 2> /dev/null
stamp stamper "$lab/older.tsq" "$lab/older.tsr"
rm "$log/tsr/00000002.tsr"
holds 'a reply about an older head finds that head' sh -c \
	"'$GATERUN' log timestamp --reply '$lab/older.tsr' | grep -q 'of 2 entries'"
done_testing
