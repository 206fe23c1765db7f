#include "receipt/evidence.h"

#include <string.h>

#include "base/cleanup.h"
#include "receipt/checkout.h"
#include "receipt/envelope.h"
#include "receipt/member.h"

/** The folder below that of receipts. */
#define FOLDER "evidence"

/** A conflict in these files is for people, and their bytes are signed. */
static const char attributes_text[] = "* -text -merge\n";

/** One file of a run. */
struct part {
	const char *suffix;
	size_t offset; /**< in struct evidence */
	size_t max;
};

/** In the order in which they are written: the receipt last. */
static const struct part parts[] = {
	{".tlog-proof", offsetof(struct evidence, proof), TLOG_PROOF_BYTES},
	{".start", offsetof(struct evidence, start), ENVELOPE_BYTES},
	{".start.tlog-proof", offsetof(struct evidence, start_proof), TLOG_PROOF_BYTES},
	{".json", offsetof(struct evidence, receipt), ENVELOPE_BYTES},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static struct text *part_at(struct evidence *evidence, size_t i)
{
	void *at = (char *)evidence + parts[i].offset;

	return at;
}

/* ---- the head they stand under */

/** Where a log's heads and their time-stamps are kept: "evidence/<log>/<folder>", and the size of
 * the head as their names have it. `proof` need not have been checked. */
static int head_place(struct text proof, const char *folder, struct str *below, struct str *size,
		      struct err *err)
{
	AUTO(auto_str) struct str origin = {0};
	struct tlog_proof read = {0};
	char log[LOG_NAME_BYTES];
	struct text rest = {0};
	struct text line = {0};

	if (tlog_proof_read(proof, &read, err)) {
		return -1;
	}
	/* Origin and size are the first lines of a checkpoint. */
	rest = read.note;
	(void)text_split(&rest, '\n', &line);
	str_add_text(&origin, line);
	origin_folder(str_text(&origin), log);
	(void)text_split(&rest, '\n', &line);
	if (line.len == 0 || line.len > 16 || strspn(line.at, "0123456789") < line.len) {
		return err_set(err, ERR_INPUT, "the proof has no signed head in it");
	}
	str_printf(below, FOLDER "/%s/%s", log, folder);
	str_printf(size, "%.*s", (int)(line.len < 8 ? 8 - line.len : 0), "00000000");
	str_add_text(size, line);
	return 0;
}

/* ---- reading */

/** A time-stamp is there or not; one that cannot be read counts as one that proves nothing. */
static void read_stamp(struct tree *tree, const char *receipts, struct evidence *evidence)
{
	AUTO(auto_str) struct str below = {0};
	AUTO(auto_str) struct str size = {0};
	AUTO(auto_str) struct str path = {0};
	struct err ignored = {0};

	if (head_place(evidence->proof, "tsr", &below, &size, &ignored) == 0) {
		str_printf(&path, "%s/%s/%s.tsr", receipts, str_text(&below), str_text(&size));
		(void)tree_read(tree, str_text(&path), TIMESTAMP_BYTES, &evidence->stamp, &ignored);
	}
}

int evidence_read(struct tree *tree, const char *receipts, const char *run_key,
		  struct evidence *out, struct err *err)
{
	struct evidence read = {0};

	/* The receipt first: without it, nothing is kept. */
	for (size_t i = PARTS; i-- > 0;) {
		AUTO(auto_str) struct str path = {0};

		str_printf(&path, "%s/" FOLDER "/%s%s", receipts, run_key, parts[i].suffix);
		if (tree_read(tree, str_text(&path), parts[i].max, part_at(&read, i), err) !=
		    TREE_OK) {
			bool is_kept = i + 1 < PARTS;

			err->code = is_kept || err->code != ERR_ABSENT ? ERR_INPUT : ERR_ABSENT;
			return -1;
		}
	}
	read_stamp(tree, receipts, &read);
	*out = read;
	return 0;
}

/* ---- checking */

int evidence_check(const struct evidence *evidence, const struct statement *receipt,
		   const struct public_key *signer, struct checkpoint *head, struct err *err)
{
	const struct statement_identity *identity = &receipt->identity;
	struct tlog_claim claim = {identity->log_origin, signer, evidence->receipt,
				   (uint64_t)identity->seq};
	struct tlog_claim start = {identity->log_origin, signer, evidence->start,
				   (uint64_t)identity->start_seq};
	struct checkpoint over_receipt = {0};
	struct checkpoint over_start = {0};

	if (tlog_proof_check(evidence->proof, &claim, &over_receipt, err)) {
		return err_wrap(err, "the proof kept with it");
	}
	if (member_check_start(evidence->start, receipt, signer, err)) {
		return err_wrap(err, "the start kept with it");
	}
	if (tlog_proof_check(evidence->start_proof, &start, &over_start, err)) {
		return err_wrap(err, "the proof of its start");
	}
	if (over_start.size != over_receipt.size ||
	    !merkle_equal(&over_start.root, &over_receipt.root)) {
		return err_set(err, ERR_INPUT, "the two proofs kept with it name different heads");
	}
	*head = over_receipt;
	return 0;
}

int evidence_stamped(const struct evidence *evidence, struct text authorities,
		     struct timestamp *out, struct err *err)
{
	struct tlog_proof proof = {0};

	if (evidence->stamp.len == 0) {
		return err_set(err, ERR_ABSENT, "no time-stamp is kept with it");
	}
	if (tlog_proof_read(evidence->proof, &proof, err) ||
	    stamp_check(evidence->stamp, proof.note, authorities, out, err)) {
		err->code = ERR_INPUT;
		return -1;
	}
	return 0;
}

/* ---- making */

static struct text keep(struct arena *arena, const struct str *bytes)
{
	return (struct text){arena_copy(arena, bytes->at, bytes->len), bytes->len};
}

int evidence_make(struct log *log, struct text bytes, const struct statement *receipt,
		  const struct public_key *signer, struct arena *arena, struct evidence *out,
		  struct err *err)
{
	const int64_t seqs[] = {receipt->identity.seq, receipt->identity.start_seq};
	AUTO(auto_str) struct str note = {0};
	AUTO(auto_str) struct str start = {0};
	AUTO(auto_str) struct str stamp = {0};
	struct err ignored = {0};
	struct merkle_proof proofs[2] = {{0}};
	struct checkpoint head = {0};
	struct evidence made = {.receipt = bytes};

	if (log_head_over(log, seqs[0], &head, &note, err) ||
	    log_prove_under(log, &head, seqs, 2, proofs, err) ||
	    log_entry(log, seqs[1], &start, err)) {
		return -1;
	}
	made.start = keep(arena, &start);
	if (log_stamp_read(log, (int64_t)head.size, &stamp, &ignored) == 0) {
		made.stamp = keep(arena, &stamp);
	}
	for (size_t i = 0; i < 2; i++) {
		AUTO(auto_str) struct str proof = {0};

		tlog_proof_write(&proofs[i], str_view(&note), &proof);
		*(i == 0 ? &made.proof : &made.start_proof) = keep(arena, &proof);
	}
	if (evidence_check(&made, receipt, signer, &head, err)) {
		return -1;
	}
	*out = made;
	return 0;
}

/* ---- writing */

/** Write a file that belongs to the head: `folder`/<size>`suffix`. */
static int write_beside(const struct repo *repo, const struct evidence *evidence,
			const char *folder, const char *suffix, struct text bytes, struct err *err)
{
	AUTO(auto_str) struct str below = {0};
	AUTO(auto_str) struct str name = {0};

	if (head_place(evidence->proof, folder, &below, &name, err)) {
		return -1;
	}
	str_add(&name, suffix);
	return checkout_keep(repo, str_text(&below), str_text(&name), bytes, err);
}

/** The copy of the head that git compares, and its time-stamp. */
static int write_head(const struct repo *repo, const struct evidence *evidence, struct err *err)
{
	struct tlog_proof proof = {0};

	if (tlog_proof_read(evidence->proof, &proof, err) ||
	    write_beside(repo, evidence, "checkpoints", "", proof.note, err)) {
		return err_wrap(err, "the signed head");
	}
	if (evidence->stamp.len > 0 &&
	    write_beside(repo, evidence, "tsr", ".tsr", evidence->stamp, err)) {
		return err_wrap(err, "its time-stamp");
	}
	return 0;
}

int evidence_write(const struct repo *repo, const struct evidence *evidence, const char *run_key,
		   struct err *err)
{
	struct evidence copy = *evidence;
	struct err ignored = {0};

	/* Attributes that somebody wrote stay as they are. */
	(void)checkout_keep(repo, FOLDER, ".gitattributes", text_of(attributes_text), &ignored);
	if (write_head(repo, evidence, err)) {
		return -1;
	}
	for (size_t i = 0; i < PARTS; i++) {
		AUTO(auto_str) struct str name = {0};

		str_printf(&name, "%s%s", run_key, parts[i].suffix);
		if (checkout_keep(repo, FOLDER, str_text(&name), *part_at(&copy, i), err)) {
			return -1;
		}
	}
	return 0;
}
