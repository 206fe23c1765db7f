/* The rows of what is kept of runs: `key`, `log`, `receipt`. */
#include "cli/command_rows.h"
#include "model/shard.h"

static const char *const key_formats[] = {"pem", "ssh", "vkey", "minisign", "signify", NULL};

const struct option output_options[] = {
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option key_export_options[] = {
	{.name = "format",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, format),
	 .value = "FORMAT",
	 .choices = key_formats,
	 .doc = "for whom: pem for openssl, ssh (the default) for OpenSSH, vkey for log tools, "
		"minisign, signify"},
	{0},
};

static const struct option key_trust_options[] = {
	{.name = "principal",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, principal),
	 .value = "NAME",
	 .doc = "whose key it is, as in ops@example.org; by default git's user.email"},
	{.name = "valid-after",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, valid_after),
	 .value = "DATE",
	 .doc = "trust what is signed from this day on, as in 2026-03-01; earlier receipts stay "
		"untrusted"},
	{.name = "valid-before",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, valid_before),
	 .value = "DATE",
	 .doc = "trust what is signed until this day"},
	OPTION_OUTPUT("text or json"),
	{0},
};

const struct command key_commands[] = {
	{.name = "export",
	 .words = "",
	 .summary = "print the public signing key for other tools",
	 .doc = "The private key never leaves its file, or its agent.",
	 .options = key_export_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun key export --format pem > k.pub.pem", "for openssl pkeyutl"},
			 {0},
		 },
	 .run = cmd_key_export},
	{.name = "new",
	 .words = "",
	 .summary = "make the signing key, if there is none",
	 .doc = "A dedicated Ed25519 key without a passphrase, readable by its owner alone. The "
		"first run of verify makes one too. An existing key is never replaced: move the "
		"file away first, and know that its log ends there.\n"
		"\n"
		"`signing_key: FILE` in config.yaml names another one. If that is a public key, "
		"or has a passphrase, the SSH agent signs (ssh-add): with an Ed25519 key for "
		"nothing but receipts, that asks nobody (no -c) and is not bound to hosts (no "
		"-h). A run that gets no signature has no receipt, and ends with 73.",
	 .run = cmd_key_new},
	{.name = "show",
	 .words = "",
	 .summary = "where the signing key is, and its fingerprint",
	 .doc = "Also the line that makes others trust it.",
	 .options = output_options,
	 .run = cmd_key_show},
	{.name = "trust",
	 .words = "",
	 .summary = "the line that makes others trust the signing key, if it is needed",
	 .doc = "Looks whether receipts/trust/allowed_signers lists the key for receipts, now. If it "
		"does not, prints the line that does, in OpenSSH's format, and nothing else on "
		"standard output. gaterun never writes that file: who is trusted is a commit of its "
		"own, by somebody who may decide it, and not the one that adds the receipts.\n"
		"\n"
		"Also says whether the line is not committed, has expired, is not valid yet, or is "
		"for something else, as for signing git commits. The status is 1 if the key is "
		"revoked, which no line undoes.",
	 .options = key_trust_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun key trust >> receipts/trust/allowed_signers",
			  "add it; typed again, it adds nothing"},
			 {"gaterun key trust --principal ops@nas --valid-before 2027-03-01",
			  "for a machine, until a day"},
			 {0},
		 },
	 .check = check_key_trust,
	 .run = cmd_key_trust},
	{0},
};

static const struct option log_timestamp_options[] = {
	{.name = "query",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, query),
	 .value = "FILE",
	 .doc = "write what asks an authority for the time of the newest signed head"},
	{.name = "reply",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, reply),
	 .value = "FILE",
	 .doc = "check what the authority answered, and keep it beside that head"},
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option log_verify_options[] = {
	{.name = "full",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, full),
	 .doc = "check every signature and form too, on all cores, and count the runs"},
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option log_witness_options[] = {
	{.name = "name",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, name),
	 .value = "NAME",
	 .doc = "sign: what the witness is called, when its key is made; by default the host's name "
		"and /gaterun"},
	{.name = "out",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, out),
	 .value = "DIR",
	 .doc = "sign: put cosignatures into DIR/<log>/cosig/ instead of into the logs' folders"},
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option log_checkpoint_options[] = {
	{.name = "trailer",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, trailer),
	 .doc = "as a line for the message of a commit or tag"},
	{0},
};

static const struct option log_rotate_options[] = {
	{.name = "to",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, to),
	 .value = "FILE",
	 .doc = "the new key: a private Ed25519 key, or the public half of one that an SSH agent "
		"has; without it, one is made"},
	OPTION_OUTPUT("text or json"),
	{0},
};

const struct command log_commands[] = {
	{.name = "checkpoint",
	 .words = "",
	 .summary = "print the newest signed head, for publishing",
	 .doc = "A C2SP checkpoint: origin, size, root, and the signature of the log's key. Whoever "
		"has it sees later whether history was changed or its end taken away. It signs "
		"nothing: entries that no head covers yet wait for the next run.",
	 .options = log_checkpoint_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun log checkpoint --trailer",
			  "a line for git commit --trailer, so that git carries it to everybody"},
			 {0},
		 },
	 .run = cmd_log_checkpoint},
	{.name = "rotate",
	 .words = "",
	 .summary = "replace the signing key: close its logs, and open those of the next one",
	 .doc = "A log is of one key. The old key signs a last entry in each of its logs on this "
		"machine (one for each repo), which names the next key; the new key's log starts with "
		"an entry that names the head of the closed one. Then the new key takes the place of "
		"the old one, whose file is kept beside it as KEY.retired-DIGEST: private half and "
		"all, since nothing else can close a log of it on another machine; delete it where "
		"there is none.\n"
		"\n"
		"Nothing is trusted by this: the line that receipts/trust/allowed_signers needs is "
		"printed, and one for receipts/trust/revoked, which refuses what the old key would "
		"sign from now on.\n"
		"\n"
		"In the repo where it is run the last head of the closed log is kept, if receipts of "
		"that log are (receipts/evidence): by it a clone can tell what the old key signed in "
		"time. In the other repos 'gaterun receipt keep' of any of them does the same.\n"
		"\n"
		"If it is stopped, run it again: it goes on with the same key. Until then the closed "
		"logs accept no run. A run that is on its way while its log is closed gets no receipt.",
	 .options = log_rotate_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun log rotate", "to a key that is made now"},
			 {"gaterun log rotate --to ~/.ssh/receipts.pub",
			  "to a key of the SSH agent"},
			 {0},
		 },
	 .run = cmd_log_rotate},
	{.name = "show",
	 .words = "",
	 .summary = "the logs of this repo, how they follow each other, and what is in your own",
	 .doc = "Lists what the entries say; 'gaterun log verify' checks the whole.",
	 .options = output_options,
	 .run = cmd_log_show},
	{.name = "timestamp",
	 .words = "--query FILE|--reply FILE",
	 .summary = "prove how old the history is, by a time-stamp (RFC 3161)",
	 .doc = "Own clocks prove nothing. An authority's signature over the newest signed head shows, "
		"offline and for good, that all it covers existed by then. Nothing is sent from here: "
		"the query is a file for curl, and so is the reply.\n"
		"\n"
		"Only a reply by an authority of receipts/trust/tsa.pem (certificates in PEM) is kept. "
		"Its certificate is judged at the time that the reply states, so that it may expire. "
		"'gaterun receipt keep' keeps the time-stamp with the head.\n"
		"\n"
		"The status is 1 if the reply proves nothing about this log, 2 if that cannot be "
		"decided.",
	 .options = log_timestamp_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun log timestamp --query head.tsq",
			  "then: curl -H 'Content-Type: application/timestamp-query' --data-binary "
			  "@head.tsq -o head.tsr https://tsa.example/"},
			 {"gaterun log timestamp --reply head.tsr", "checks it, and keeps it"},
			 {0},
		 },
	 .check = check_log_timestamp,
	 .run = cmd_log_timestamp},
	{.name = "verify",
	 .words = "",
	 .summary = "check that the history of this repo and key is whole",
	 .doc = "Every entry is there and leads to the signed head; the head is not older than the "
		"one last seen. What no head covers yet, and everything if something is wrong, is "
		"checked as with --full: each signature, form and link, each head, and that "
		"receipts and starts of runs belong together. Ends with 2 where no head was seen "
		"before. Logs that it continues are checked like that too, where they are here, and "
		"that each names the other.\n"
		"\n"
		"The status is 1 if something is wrong; 'gaterun reasons' lists the codes (log.*).",
	 .options = log_verify_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun log verify --full", "for an audit"},
			 {0},
		 },
	 .run = cmd_log_verify},
	{.name = "witness",
	 .words = "pull|sign|show [FOLDER]...",
	 .summary = "be the second host that sees to it that a log only grows",
	 .doc = "A log is kept by whoever owns its host and its key. A witness on another host remembers "
		"the newest head that it saw, and notices when the history behind it was replaced.\n"
		"\n"
		"FOLDER is that of a log (its entries/ and checkpoints/), or one with several of them: "
		"mounted, copied (rsync, scp), or a checkout of a git repository that has them. Without "
		"one, the heads that this repo keeps in receipts/evidence/ are followed.\n"
		"\n"
		"pull checks that each log grew out of what was seen before, and remembers its newest "
		"head. sign does that too and then cosigns the head (C2SP tlog-cosignature), with a key "
		"of its own that is made on first use. The cosignature is a file in cosig/ beside the "
		"head; 'gaterun receipt keep' takes it into the repo. show prints the line for "
		"receipts/trust/policy, where a quorum line says which witnesses are enough.\n"
		"\n"
		"The status is 1 if a log is not sound, was rolled back, or has two histories; then "
		"nothing is cosigned, and both heads are kept as proof. It is 2 if that cannot be "
		"said.",
	 .options = log_witness_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun log witness sign /mnt/shop/gaterun/logs",
			  "all logs of another host, whose state folder is mounted"},
			 {"gaterun log witness sign",
			  "what this repo keeps; commit what it writes"},
			 {"gaterun log witness show >> receipts/trust/policy",
			  "then add: quorum NAME"},
			 {0},
		 },
	 .min_words = 1,
	 .max_words = WORDS_ANY,
	 .check = check_log_witness,
	 .run = cmd_log_witness},
	{0},
};

static const char *const receipt_formats[] = {"dsse",    "sigstore", "pae",
					      "signify", "minisign", NULL};

static const struct option receipt_export_options[] = {
	{.name = "format",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, format),
	 .value = "FORMAT",
	 .choices = receipt_formats,
	 .doc = "dsse (the default): the envelope as it was signed; sigstore: a bundle, version "
		"0.3, with that envelope in it; pae: the bytes that are signed; signify, minisign: "
		"the signature over those, as a file for that program"},
	{0},
};

static const struct option receipt_show_options[] = {
	{.name = "with-outputs",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, shows_outputs),
	 .doc = "also what commands and services said, as far as this machine still keeps it"},
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option receipt_verify_options[] = {
	{.name = "all",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, all),
	 .doc = "every receipt in this checkout"},
	OPTION_OUTPUT("text or json"),
	{0},
};

const struct command receipt_commands[] = {
	{.name = "export",
	 .words = "KEY|FILE",
	 .summary = "print a receipt for other tools",
	 .doc = "What is signed does not change. To verify it, the other tool needs the key: "
		"'gaterun key export --format pem'. Exporting is not verifying.\n"
		"\n"
		"minisign also wants a signature over a comment. Only your own receipts can be "
		"exported for it, because it is made then, by your key.",
	 .options = receipt_export_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun receipt export run.json --format sigstore > r.sigstore.json",
			  "for sigstore's verifiers, with a key"},
			 {"gaterun receipt export run.json --format pae > run.pae",
			  "what signify -V -m run.pae -x run.sig reads, with --format signify"},
			 {0},
		 },
	 .min_words = 1,
	 .max_words = 1,
	 .run = cmd_receipt_export},
	{.name = "keep",
	 .words = "KEY",
	 .summary = "put a receipt where git keeps it, with the proof that it is in the log",
	 .doc = "Writes receipts/evidence/KEY.json, the entry that started the run, and two proofs "
		"(C2SP tlog-proof) that both stand under a head of the log that its signer signed. "
		"A fresh clone then verifies the run with nothing else but "
		"receipts/trust/allowed_signers.\n"
		"\n"
		"Only what verifies is kept. No file is ever changed, and all bytes follow from "
		"the log, so that branches merge without a conflict; a conflict in "
		"receipts/evidence/ means that the log was forked.",
	 .options = output_options,
	 .min_words = 1,
	 .max_words = 1,
	 .run = cmd_receipt_keep},
	{.name = "list",
	 .words = "",
	 .summary = "the receipts in this checkout, newest last",
	 .doc = "Lists what the files say; it verifies nothing.",
	 .options = output_options,
	 .run = cmd_receipt_list},
	{.name = "merge",
	 .words = "KEY|FILE...",
	 .summary = "make one receipt of the shards of a run",
	 .doc = "Takes the receipts of 'gaterun verify --shard I/N', each valid and by a trusted key or "
		"your own, and writes a receipt that names them by digest and says what they come to "
		"together. A shard whose receipt is not named leaves unknown what it would have said. "
		"Refused are two receipts of one shard, and shards that differ in commit, changes, "
		"selection, plan, bindings, policy or program, began more than a day ago, or were "
		"shown different keys by one machine.\n"
		"\n"
		"The status is that of the whole run.",
	 .options = output_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun receipt merge shard-*.json", "what a job array left behind"},
			 {0},
		 },
	 .min_words = 1,
	 .max_words = SHARDS_MAX,
	 .run = cmd_receipt_merge},
	{.name = "show",
	 .words = "KEY|FILE",
	 .summary = "what a receipt says",
	 .doc = "The statement inside the envelope. Showing is not verifying.\n"
		"\n"
		"A receipt holds of outputs only digest and length. The bytes stay beside the log, "
		"readable by you alone, at most 64 MiB of them; the oldest go. They may hold "
		"secrets: mind who looks over your shoulder.",
	 .options = receipt_show_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun receipt show run.json --with-outputs", "what the gates judged"},
			 {0},
		 },
	 .min_words = 1,
	 .max_words = 1,
	 .run = cmd_receipt_show},
	{.name = "verify",
	 .words = "KEY|FILE|--all",
	 .summary = "is the receipt genuine, and signed by somebody trusted?",
	 .doc = "For a FILE, anywhere on disk, signature, form and trust decide, and whether it is "
		"in the log is reported. For a run KEY its place in the log is required.\n"
		"\n"
		"Trusted are the keys of receipts/trust/allowed_signers, and your own, which is "
		"said. The status is 0 if the receipt is valid and trusted, 1 if it is not valid, "
		"2 if that cannot be decided, 65 if the file is no receipt. Where there is a file "
		"receipts/trust/runners (lines of sha256sum), only receipts made by the programs "
		"that it lists are valid.\n"
		"\n"
		"Compared too are host keys with the known_hosts that the receipt names, where it "
		"is to be had, and kept outputs with their digests. Outputs that are gone are "
		"said; they make no receipt worse.\n"
		"\n"
		"With --all every receipt in receipts/ and receipts/evidence/ is verified as if "
		"named by its key. The status is 1 if one is not valid or not one, else 2 if one "
		"cannot be decided or there is none.",
	 .options = receipt_verify_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun receipt verify run.json", "one file, offline"},
			 {"gaterun receipt verify --all", "everything in this checkout"},
			 {0},
		 },
	 .check = check_receipt_verify,
	 .max_words = 1,
	 .run = cmd_receipt_verify},
	{0},
};
