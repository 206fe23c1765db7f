// What sigstore's verifier for JavaScript makes of envelopes, each wrapped in a bundle: judge.js KEY.pem, or of
// one bundle: judge.js KEY.pem BUNDLE
//
// On standard input each has its length before it, four bytes, largest first. For each a line, "1" or "0". Of a
// bundle that is not by the key it says what is wrong and ends with 1.
const { readFileSync } = require('fs');
const { createPublicKey } = require('crypto');
const { bundleFromJSON } = require('@sigstore/bundle');
const { Verifier, toSignedEntity } = require('@sigstore/verify');

const key = createPublicKey(readFileSync(process.argv[2]));
const trust = {
	certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [],
	publicKey: () => ({ publicKey: key, validFor: () => true }),
};
const none = { ctlogThreshold: 0, tlogThreshold: 0, tsaThreshold: 0, timestampThreshold: 0 };
const verifier = new Verifier(trust, none);

function bundleOf(envelope) {
	const hint = envelope.signatures?.[0]?.keyid ?? '';
	return {
		mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
		verificationMaterial: {
			publicKey: { hint }, tlogEntries: [], timestampVerificationData: { rfc3161Timestamps: [] },
		},
		dsseEnvelope: envelope,
	};
}

function takes(octets) {
	try {
		verifier.verify(toSignedEntity(bundleFromJSON(bundleOf(JSON.parse(octets.toString())))));
		return true;
	} catch {
		return false;
	}
}

if (process.argv.length > 3) {
	verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(readFileSync(process.argv[3])))));
} else {
	const all = readFileSync(0);
	let said = '';
	for (let at = 0; at < all.length;) {
		const length = all.readUInt32BE(at);
		said += takes(all.subarray(at + 4, at + 4 + length)) ? '1\n' : '0\n';
		at += 4 + length;
	}
	process.stdout.write(said);
}
