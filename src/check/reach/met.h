/**
 * The machines that a run sent packets to for a login, for the receipt: what each showed, why it
 * was believed, and the way to it.
 */
#ifndef CHECK_REACH_MET_H
#define CHECK_REACH_MET_H

#include "base/mem.h"
#include "data/field.h"
#include "model/binding.h"
#include "model/verdict.h"

struct reach;

/** How far it got with one. */
enum met_state {
	MET_UNREACHED, /**< no host key came */
	MET_REFUSED,   /**< the key is not pinned for it, or is revoked */
	MET_PROVEN,    /**< it proved a pinned key */
	MET_LOGGED_IN,
};

/** One machine. Texts are in the run's arena, or the repo's. */
struct met {
	const struct target *target;
	enum met_state state;
	const char *key_type;    /**< NULL: none came */
	const char *fingerprint; /**< NULL: none came */
	struct place pin;        /**< the line that pins the key, once it is proven */
	const char *address;     /**< that decided, as a number */
	enum path path;
	const struct target *via; /**< the jump host that connected to it; NULL: none did */
	const char *user;         /**< whom it was told, once its key was proven; NULL: nobody */
};

/** Those that were met, in order of their ids, as rows of struct met. After the run. */
struct rows reach_met(const struct reach *reach, struct arena *arena);

#endif
