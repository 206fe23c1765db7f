/* What a chain rests on. Dates are left to whoever judges at a time of his own. */
#include "net/tls_private.h"

#include <dirent.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/cleanup.h"

/** Signatures of SHA-1 and keys under 80 bits of strength are no proof (SP 800-57). */
#define AUTH_LEVEL 1

/** What the verification of one chain against one store came to. */
struct opinion {
	int error; /**< X509_V_OK or X509_V_ERR_… */
	int depth;
	int64_t from_utc_ms; /**< of the authorities, if it is X509_V_OK */
	int64_t until_utc_ms;
};

/** Dates are noted, not obeyed; but of two ways to a root the one that is valid is taken. */
static int forgive_dates(int is_good, X509_STORE_CTX *context)
{
	int error = X509_STORE_CTX_get_error(context);

	if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID) {
		X509_STORE_CTX_set_error(context, X509_V_OK);
		return 1;
	}
	return is_good;
}

static void note_dates(const X509_STORE_CTX *context, struct opinion *opinion)
{
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(context);

	for (int i = 1; i < sk_X509_num(path); i++) {
		const X509 *authority = sk_X509_value(path, i);
		int64_t from_ms = tls_time_utc_ms(X509_get0_notBefore(authority));
		int64_t until_ms = tls_time_utc_ms(X509_get0_notAfter(authority));

		if (from_ms > opinion->from_utc_ms) {
			opinion->from_utc_ms = from_ms;
		}
		if (i == 1 || until_ms < opinion->until_utc_ms) {
			opinion->until_utc_ms = until_ms;
		}
	}
}

static struct opinion verify(X509_STORE *store, STACK_OF(X509) * chain, unsigned long flags)
{
	struct opinion opinion = {.error = X509_V_ERR_UNSPECIFIED};
	X509_STORE_CTX *context = X509_STORE_CTX_new();

	if (context && X509_STORE_CTX_init(context, store, sk_X509_value(chain, 0), chain)) {
		X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);

		(void)X509_VERIFY_PARAM_set_flags(param, flags);
		(void)X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
		X509_VERIFY_PARAM_set_depth(param, TLS_CHAIN_MAX);
		X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
		X509_STORE_CTX_set_verify_cb(context, forgive_dates);
		if (X509_verify_cert(context) == 1) {
			opinion.error = X509_V_OK;
			note_dates(context, &opinion);
		} else {
			opinion.error = X509_STORE_CTX_get_error(context);
			opinion.depth = X509_STORE_CTX_get_error_depth(context);
		}
	}
	X509_STORE_CTX_free(context);
	return opinion;
}

/** Does the folder of roots hold anything? */
static bool has_entries(const char *path)
{
	AUTO(auto_closedir) DIR *folder = opendir(path);
	const struct dirent *entry = NULL;

	while (folder && (entry = readdir(folder))) { /* NOLINT(concurrency-mt-unsafe) */
		if (entry->d_name[0] != '.') {
			return true;
		}
	}
	return false;
}

static const char *default_place(const char *variable, const char *fallback)
{
	const char *named = getenv(variable); /* NOLINT(concurrency-mt-unsafe) */

	return named ? named : fallback;
}

static void need_system(struct tls *tls)
{
	const char *file =
		default_place(X509_get_default_cert_file_env(), X509_get_default_cert_file());
	const char *folder =
		default_place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());

	if (tls->system) {
		return;
	}
	tls->system = X509_STORE_new();
	tls->has_system = tls->system && X509_STORE_set_default_paths(tls->system) &&
			  (access(file, R_OK) == 0 || has_entries(folder));
}

/** Signed by an authority that says where its own certificate is, as all public ones do? */
static bool says_issuer(const X509 *certificate)
{
	return X509_get_ext_by_NID(certificate, NID_info_access, -1) >= 0;
}

/** The issuer of the certificate at `depth` is not known and was not sent. */
static enum tls_trust unlinked(const X509 *own, int depth, const struct tls_roots *roots)
{
	/*
	 * After an intermediate, only a root can be missing, and those need not be sent. After the
	 * server's own certificate it may be either. Who gave roots expects the chain to end there;
	 * and a public authority does not sign with its root.
	 */
	return depth == 0 && (roots || says_issuer(own)) ? TLS_MISSING_INTERMEDIATE
							 : TLS_UNKNOWN_ROOT;
}

static enum tls_trust trust_of(const struct opinion *opinion, const X509 *own,
			       const struct tls_roots *roots, bool has_system)
{
	bool has_roots = has_system || roots;

	switch (opinion->error) {
	case X509_V_OK:
		return TLS_TRUSTED;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return TLS_SELF_SIGNED;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return has_roots ? TLS_UNKNOWN_ROOT : TLS_TRUST_UNKNOWN;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return has_roots ? unlinked(own, opinion->depth, roots) : TLS_TRUST_UNKNOWN;
	default: /* the library has some eighty, and will have more */
		return TLS_BAD_CHAIN;
	}
}

/** Let's Encrypt's authorities for tries since 2016, and those of the test server Pebble. */
static bool is_staging(const struct tls_chain *chain)
{
	static const char *const words[] = {"(STAGING)", "Fake LE ", "fake CA", "Pebble "};

	for (size_t i = 0; i < chain->len; i++) {
		for (size_t j = 0; j < sizeof(words) / sizeof(words[0]); j++) {
			if (strstr(chain->at[i].issuer, words[j])) {
				return true;
			}
		}
	}
	return false;
}

void tls_verify(struct tls *tls, STACK_OF(X509) * chain, const struct tls_roots *roots,
		struct tls_chain *out)
{
	struct opinion opinion = {.error = X509_V_ERR_UNSPECIFIED};
	bool is_public = false;

	need_system(tls);
	if (tls->system) {
		opinion = verify(tls->system, chain, 0);
		is_public = opinion.error == X509_V_OK;
	}
	if (!is_public && roots) {
		/* Whoever gives a certificate as a root means it, whatever signed it. */
		opinion = verify(roots->store, chain, X509_V_FLAG_PARTIAL_CHAIN);
	}
	out->trust = trust_of(&opinion, sk_X509_value(chain, 0), roots, tls->has_system);
	out->error = opinion.error;
	out->error_depth = opinion.depth;
	out->path_from_utc_ms = opinion.from_utc_ms;
	out->path_until_utc_ms = opinion.until_utc_ms;
	out->error_text =
		opinion.error == X509_V_OK ? "" : X509_verify_cert_error_string(opinion.error);
	out->issuer = is_public                   ? TLS_ISSUER_PUBLIC
		      : is_staging(out)           ? TLS_ISSUER_STAGING
		      : out->at[0].is_self_signed ? TLS_ISSUER_SELF
						  : TLS_ISSUER_PRIVATE;
}

/* ---- roots of one's own */

/** Roots that somebody gave and this struct has read already; NULL: not yet. */
static struct tls_roots *find_roots(struct tls *tls, const unsigned char sha256[SHA256_BYTES])
{
	for (struct tls_roots *roots = tls->roots; roots; roots = roots->next) {
		if (memcmp(roots->sha256, sha256, SHA256_BYTES) == 0) {
			return roots;
		}
	}
	return NULL;
}

/** Nothing is asked of anybody for the passphrase that a certificate does not have. */
static int no_passphrase(char *out, int size, int is_writing, void *cookie)
{
	(void)is_writing;
	(void)cookie;
	if (size > 0) {
		out[0] = '\0';
	}
	return -1;
}

/** How many certificates went into the store; -1 if one cannot be read. */
static int add_certificates(X509_STORE *store, BIO *bio)
{
	int count = 0;

	ERR_clear_error();
	for (;;) {
		X509 *certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);

		if (!certificate) {
			break;
		}
		count += X509_STORE_add_cert(store, certificate) == 1;
		X509_free(certificate);
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
		count = -1;
	}
	ERR_clear_error();
	return count;
}

int tls_roots_read(struct tls *tls, struct text pem, const struct tls_roots **out, struct err *err)
{
	unsigned char digest[SHA256_BYTES];
	struct tls_roots *roots = NULL;
	X509_STORE *store = NULL;
	BIO *bio = NULL;
	int count = 0;

	if (pem.len > TLS_ROOTS_BYTES) {
		return err_set(err, ERR_LIMIT, "it is larger than %zu bytes", TLS_ROOTS_BYTES);
	}
	sha256(pem.at, pem.len, digest);
	roots = find_roots(tls, digest);
	if (roots) {
		*out = roots;
		return 0;
	}
	store = X509_STORE_new();
	bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	count = store && bio ? add_certificates(store, bio) : 0;
	BIO_free(bio);
	if (count <= 0) {
		X509_STORE_free(store);
		return count < 0 ? err_set(err, ERR_INPUT, "a certificate in it cannot be read")
				 : err_set(err, ERR_INPUT, "there is no certificate in it");
	}
	roots = mem_alloc(sizeof(*roots));
	memcpy(roots->sha256, digest, sizeof(digest));
	roots->store = store;
	roots->next = tls->roots;
	tls->roots = roots;
	*out = roots;
	return 0;
}
