/**
 * Receipts in the checkout: receipts/<run-key>.json beside the tracked evidence/ and trust/.
 */
#ifndef RECEIPT_CHECKOUT_H
#define RECEIPT_CHECKOUT_H

#include "base/file.h"
#include "model/repo.h"

/** What is written. */
struct checkout_receipt {
	const char *run_key;
	struct text bytes;
	enum file_sync sync;
};

/**
 * Write a receipt into the repo's directory of receipts, which is made on first use, together with
 * a .gitignore that ignores everything in it (itself too) but evidence/ and trust/, unless the repo
 * keeps all receipts. The file is readable by everybody: that is what receipts are for.
 *
 * @param file  the path relative to the root, in the arena; set on 0 only
 * @return      0; -1 if it cannot be written, or the directory leads out of the repo
 */
int checkout_write(const struct repo *repo, const struct checkout_receipt *receipt,
		   struct arena *arena, const char **file, struct err *err);

/**
 * Make a directory below that of receipts, and the .gitignore as above.
 *
 * @param below  "evidence"; "": the directory of receipts itself
 * @param real   its absolute path is appended
 * @return       0; -1 if it cannot be made, or leads out of the repo
 */
int checkout_directory(const struct repo *repo, const char *below, struct str *real,
		       struct err *err);

/**
 * Write a file that is never changed; one that is there with the same bytes stays.
 *
 * @param below  its directory, as for checkout_directory
 * @return       0; -1 with ERR_INPUT if it is there with other bytes
 */
int checkout_keep(const struct repo *repo, const char *below, const char *name, struct text bytes,
		  struct err *err);

#endif
