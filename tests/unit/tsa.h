/* An authority for time-stamps (RFC 3161) that says what a test wants. */
#ifndef TESTS_UNIT_TSA_H
#define TESTS_UNIT_TSA_H

#include <openssl/ts.h>

#include "signer.h"

/** What its replies are like. */
struct tsa {
	struct signer root;
	struct signer signer;
	int64_t utc;          /**< what its clock says, in seconds */
	int accuracy_s;       /**< 0: it states none */
	const EVP_MD *digest; /**< that it signs with */
	bool refuses;
};

static inline int tsa_clock(struct TS_resp_ctx *context, void *cookie, long *seconds, long *micros)
{
	const struct tsa *tsa = cookie;

	(void)context;
	*seconds = (long)tsa->utc;
	*micros = 0;
	return 1;
}

static inline ASN1_INTEGER *tsa_serial(struct TS_resp_ctx *context, void *cookie)
{
	ASN1_INTEGER *serial = ASN1_INTEGER_new();

	(void)context;
	(void)cookie;
	signer_require(serial && ASN1_INTEGER_set(serial, 7));
	return serial;
}

/** Answer a query; the caller releases what this returns. */
static inline struct str tsa_answer(struct tsa *tsa, struct text query)
{
	TS_RESP_CTX *context = TS_RESP_CTX_new();
	BIO *in = BIO_new_mem_buf(query.at, (int)query.len);
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
	unsigned char *bytes = NULL;
	struct str out = {0};
	TS_RESP *reply = NULL;
	int len = 0;

	signer_require(context && in && policy);
	signer_require(TS_RESP_CTX_set_signer_cert(context, tsa->signer.certificate));
	signer_require(TS_RESP_CTX_set_signer_key(context, tsa->signer.key));
	signer_require(TS_RESP_CTX_set_signer_digest(context, tsa->digest));
	signer_require(TS_RESP_CTX_set_ess_cert_id_digest(context, EVP_sha256()));
	signer_require(TS_RESP_CTX_set_def_policy(context, policy));
	signer_require(TS_RESP_CTX_add_md(context, tsa->refuses ? EVP_sha512() : EVP_sha256()));
	if (tsa->accuracy_s) {
		signer_require(TS_RESP_CTX_set_accuracy(context, tsa->accuracy_s, 0, 0));
	}
	TS_RESP_CTX_set_serial_cb(context, tsa_serial, NULL);
	TS_RESP_CTX_set_time_cb(context, tsa_clock, tsa);
	reply = TS_RESP_create_response(context, in);
	signer_require(reply != NULL);
	len = i2d_TS_RESP(reply, &bytes);
	signer_require(len > 0);
	str_add_bytes(&out, bytes, (size_t)len);
	OPENSSL_free(bytes);
	TS_RESP_free(reply);
	ASN1_OBJECT_free(policy);
	BIO_free(in);
	TS_RESP_CTX_free(context);
	return out;
}

/** From `from_days` to `until_days` from now, for `purpose`. Its clock is right. */
static inline struct tsa tsa_make(const char *purpose, int from_days, int until_days)
{
	struct tsa tsa = {.utc = time(NULL), .digest = EVP_sha256()};
	struct signer_spec root = {
		.subject = "stamp root", .is_ca = true, .from_days = -4000, .until_days = 4000};
	struct signer_spec leaf = {.subject = "stamp.example",
				   .purpose = purpose,
				   .issuer = &tsa.root,
				   .from_days = from_days,
				   .until_days = until_days};

	tsa.root = signer_make(&root);
	tsa.signer = signer_make(&leaf);
	return tsa;
}

static inline void tsa_release(struct tsa *tsa)
{
	signer_release(&tsa->root);
	signer_release(&tsa->signer);
}

#endif
