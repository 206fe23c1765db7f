/**
 * Verify many receipts in one process: receipt_judge ALLOWED_SIGNERS.
 *
 * On standard input each has its length before it, four bytes, largest first. On standard output
 * each has a line: verdict, reason and sentence, with tabs between.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/mem.h"
#include "receipt/verify.h"

/** 2026-03-02T00:00:00Z */
#define NOW_UTC_MS 1772409600000

/** More than any of them. */
#define INPUT_BYTES ((size_t)4 * 1024 * 1024)

/** The next receipt. 1 if there is one, 0 at the end, -1 if it is cut short. */
static int next_receipt(FILE *input, struct str *out)
{
	unsigned char head[4];
	size_t len = 0;
	AUTO(auto_free) char *bytes = NULL;

	if (fread(head, 1, sizeof(head), input) != sizeof(head)) {
		return 0;
	}
	for (size_t i = 0; i < sizeof(head); i++) {
		len = len << 8 | head[i];
	}
	if (len > INPUT_BYTES) {
		return -1;
	}
	bytes = mem_alloc(len + 1);
	if (fread(bytes, 1, len, input) != len) {
		return -1;
	}
	str_clear(out);
	str_add_bytes(out, bytes, len);
	return 1;
}

static void tell(struct text bytes, const struct trust *trust)
{
	struct verify_options options = {.trust = trust, .now_utc_ms = NOW_UTC_MS};
	AUTO(auto_verification) struct verification found = {0};

	receipt_verify(bytes, &options, &found);
	(void)printf("%s\t%s\t%s\n", receipt_verdict_word(found.verdict), reason_code(found.reason),
		     found.why);
}

int main(int argc, char **argv)
{
	AUTO(auto_trust) struct trust trust = {0};
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_str) struct str signers = {0};
	AUTO(auto_str) struct str receipt = {0};
	struct err err = {0};
	int there = 0;

	if (argc != 2 || file_read(argv[1], TRUST_BYTES, &signers, &err) ||
	    trust_read_signers(&trust, argv[1], str_view(&signers), &problems)) {
		(void)fprintf(stderr, "usage: receipt_judge ALLOWED_SIGNERS %s\n", err.text);
		return 64;
	}
	for (there = next_receipt(stdin, &receipt); there > 0;
	     there = next_receipt(stdin, &receipt)) {
		tell(str_view(&receipt), &trust);
	}
	return there < 0 || fflush(stdout) ? 65 : 0;
}
