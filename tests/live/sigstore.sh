# A receipt exported as a sigstore bundle is verified by sigstore's own library for JavaScript, offline
# and with the key that 'key export' prints; and what was changed is not.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/sigstore.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
if ! sh "$LAB/sigstore.sh" > "$lab/found" 2>&1; then
	echo "1..0 # SKIP $(tail -n 1 "$lab/found")"
	exit 0
fi
modules=$(tail -n 1 "$lab/found")
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
mkdir "$lab/ops"
cd "$lab/ops" || exit 1
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"
fleet
"$GATERUN" verify --gate G001 > "$lab/out" 2>&1
receipt=$(echo receipts/RUN-*.json)
"$GATERUN" key export --format pem > "$lab/key.pem"
"$GATERUN" receipt export "$receipt" --format sigstore > "$lab/good.json"

cat > "$lab/verify.js" <<'END'
const { readFileSync } = require('fs');
const { createPublicKey } = require('crypto');
const { bundleFromJSON } = require('@sigstore/bundle');
const { Verifier, toSignedEntity } = require('@sigstore/verify');

const key = createPublicKey(readFileSync(process.argv[2]));
const bundle = bundleFromJSON(JSON.parse(readFileSync(process.argv[3])));
const trust = {
	certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [],
	publicKey: () => ({ publicKey: key, validFor: () => true }),
};
const none = { ctlogThreshold: 0, tlogThreshold: 0, tsaThreshold: 0, timestampThreshold: 0 };
new Verifier(trust, none).verify(toSignedEntity(bundle));
END
judge() { NODE_PATH=$modules node "$lab/verify.js" "$@"; }
refuses() { ! judge "$@" 2> "$lab/said" && grep -q 'VerificationError' "$lab/said"; }

holds 'the bundle is verified' judge "$lab/key.pem" "$lab/good.json"
jq -c '.dsseEnvelope.payload |= (@base64d | sub("G001"; "G002") | @base64)' "$lab/good.json" > "$lab/payload.json"
holds 'another payload is not' refuses "$lab/key.pem" "$lab/payload.json"
jq -c '.dsseEnvelope.payloadType = "text/plain"' "$lab/good.json" > "$lab/type.json"
holds 'nor another type of payload' refuses "$lab/key.pem" "$lab/type.json"
openssl genpkey -algorithm ed25519 2> "$lab/err" | openssl pkey -pubout > "$lab/other.pem"
holds 'nor with another key' refuses "$lab/other.pem" "$lab/good.json"
done_testing
