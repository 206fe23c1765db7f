#include "crypto/timestamp.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "crypto/provider.h"

/** Signatures of SHA-1 and keys under 80 bits of strength are no proof (SP 800-57). */
#define AUTH_LEVEL 1

/** An accuracy of more seconds than this is no statement about time. */
#define ACCURACY_MOST_S 86400

static void auto_resp(TS_RESP **reply)
{
	TS_RESP_free(*reply);
}

static void auto_store(X509_STORE **store)
{
	X509_STORE_free(*store);
}

static void auto_x509(X509 **certificate)
{
	X509_free(*certificate);
}

static void auto_bio(BIO **bio)
{
	(void)BIO_free(*bio);
}

/* ---- asking */

void timestamp_query(struct text data, struct str *out)
{
	unsigned char digest[SHA256_BYTES];
	unsigned char *bytes = NULL;
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	TS_REQ *query = TS_REQ_new();
	int len = -1;

	provider_start();
	sha256(data.at, data.len, digest);
	/* No nonce: a token is about the bytes, and one from an earlier query proves more. */
	if (query && imprint && algorithm &&
	    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) &&
	    TS_MSG_IMPRINT_set_algo(imprint, algorithm) &&
	    TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof(digest)) &&
	    TS_REQ_set_version(query, 1) && TS_REQ_set_msg_imprint(query, imprint) &&
	    TS_REQ_set_cert_req(query, 1)) {
		len = i2d_TS_REQ(query, &bytes);
	}
	if (len <= 0) {
		provider_failed("TS_REQ_new");
	}
	str_add_bytes(out, (const char *)bytes, (size_t)len);
	OPENSSL_free(bytes);
	TS_REQ_free(query);
	TS_MSG_IMPRINT_free(imprint);
	X509_ALGOR_free(algorithm);
}

/* ---- reading a reply */

/** Append why OpenSSL refused, and forget it. @return -1 */
static int refused(struct err *err, const char *what)
{
	const char *detail = NULL;
	int flags = 0;
	unsigned long code = ERR_peek_last_error_all(NULL, NULL, NULL, &detail, &flags);
	const char *reason = ERR_reason_error_string(code);
	bool has_detail = (flags & ERR_TXT_STRING) && detail && detail[0] != '\0';

	(void)err_set(err, ERR_INPUT, "%s: %s%s%s", what, reason ? reason : "no reason given",
		      has_detail ? ", " : "", has_detail ? detail : "");
	ERR_clear_error();
	return -1;
}

static int read_reply(struct text bytes, TS_RESP **out, struct err *err)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	AUTO(auto_resp) TS_RESP *reply = NULL;
	TS_STATUS_INFO *status = NULL;
	int64_t code = -1;

	if (bytes.len > TIMESTAMP_BYTES) {
		return err_set(err, ERR_INPUT, "the reply is larger than %zu bytes",
			       TIMESTAMP_BYTES);
	}
	reply = bytes.len > 0 ? d2i_TS_RESP(NULL, &at, (long)bytes.len) : NULL;
	if (!reply || at != (const unsigned char *)bytes.at + bytes.len) {
		ERR_clear_error();
		return err_set(err, ERR_INPUT,
			       "it is no time-stamp reply (RFC 3161, TimeStampResp in DER)");
	}
	status = TS_RESP_get_status_info(reply);
	if (!ASN1_INTEGER_get_int64(&code, TS_STATUS_INFO_get0_status(status)) || code < 0 ||
	    code > 1) {
		ERR_clear_error();
		return err_set(err, ERR_INPUT, "the authority granted no time-stamp: status %lld",
			       (long long)code);
	}
	if (!TS_RESP_get_tst_info(reply) || !TS_RESP_get_token(reply)) {
		return err_set(err, ERR_INPUT, "the reply has no time-stamp in it");
	}
	*out = reply;
	reply = NULL;
	return 0;
}

/** The digests that count, for the bytes and for the authority's own signature. */
static const EVP_MD *strong_digest(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *name = NULL;

	X509_ALGOR_get0(&name, NULL, NULL, algorithm);
	switch (OBJ_obj2nid(name)) {
	case NID_sha256:
		return EVP_sha256();
	case NID_sha384:
		return EVP_sha384();
	case NID_sha512:
		return EVP_sha512();
	default:
		return NULL;
	}
}

static int check_imprint(TS_TST_INFO *info, struct text data, struct err *err)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
	const ASN1_OCTET_STRING *stated = TS_MSG_IMPRINT_get_msg(imprint);
	const EVP_MD *method = strong_digest(TS_MSG_IMPRINT_get_algo(imprint));
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!method) {
		return err_set(err, ERR_INPUT,
			       "it is of a digest other than SHA-256, SHA-384 and SHA-512");
	}
	if (!EVP_Digest(data.at, data.len, digest, &len, method, NULL)) {
		provider_failed("digest");
	}
	if ((size_t)ASN1_STRING_length(stated) != len ||
	    memcmp(ASN1_STRING_get0_data(stated), digest, len) != 0) {
		return err_set(err, ERR_ABSENT, "it is a time-stamp of something else");
	}
	return 0;
}

/* ---- the time */

/** Add a number of an accuracy, rounded up to milliseconds; false if it is no such number. */
static bool add_part(const ASN1_INTEGER *number, int64_t most, int64_t per_ms, int64_t *sum_ms)
{
	int64_t value = 0;

	if (!number) {
		return true;
	}
	if (!ASN1_INTEGER_get_int64(&value, number) || value < 0 || value > most) {
		return false;
	}
	*sum_ms += (value + per_ms - 1) / per_ms;
	return true;
}

static int read_accuracy(TS_TST_INFO *info, int64_t *out_ms, struct err *err)
{
	const TS_ACCURACY *accuracy = TS_TST_INFO_get_accuracy(info);
	int64_t seconds = 0;
	int64_t rest_ms = 0;

	if (accuracy &&
	    (!add_part(TS_ACCURACY_get_seconds(accuracy), ACCURACY_MOST_S, 1, &seconds) ||
	     !add_part(TS_ACCURACY_get_millis(accuracy), 999, 1, &rest_ms) ||
	     !add_part(TS_ACCURACY_get_micros(accuracy), 999, 1000, &rest_ms))) {
		ERR_clear_error();
		return err_set(err, ERR_INPUT,
			       "the accuracy that it states is not one of at most %d s",
			       ACCURACY_MOST_S);
	}
	*out_ms = seconds * 1000 + rest_ms;
	return 0;
}

/** The time that is stated, in whole seconds. */
static int read_time(const TS_TST_INFO *info, struct tm *parts, time_t *out, struct err *err)
{
	const ASN1_GENERALIZEDTIME *stated = TS_TST_INFO_get_time(info);

	if (!stated || !ASN1_TIME_to_tm(stated, parts)) {
		ERR_clear_error();
		return err_set(err, ERR_INPUT, "the time in it cannot be read");
	}
	*out = timegm(parts);
	return 0;
}

/* ---- who says so */

/** What is accepted, judged at a time. */
static int open_store(struct text authorities, time_t at, X509_STORE **out, struct err *err)
{
	AUTO(auto_store) X509_STORE *store = X509_STORE_new();
	AUTO(auto_bio) BIO *pem = NULL;
	X509 *each = NULL;
	size_t count = 0;

	if (authorities.len > TIMESTAMP_AUTHORITIES_BYTES) {
		return err_set(err, ERR_INPUT, "the accepted authorities are more than %zu bytes",
			       TIMESTAMP_AUTHORITIES_BYTES);
	}
	pem = BIO_new_mem_buf(authorities.len > 0 ? authorities.at : "", (int)authorities.len);
	if (!store || !pem) {
		provider_failed("X509_STORE_new");
	}
	while ((each = PEM_read_bio_X509(pem, NULL, NULL, NULL))) {
		AUTO(auto_x509) X509 *owned = each;

		if (!X509_STORE_add_cert(store, owned)) {
			provider_failed("X509_STORE_add_cert");
		}
		count++;
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
		ERR_clear_error();
		return err_set(err, ERR_INPUT,
			       "certificate %zu of the accepted authorities cannot be read",
			       count + 1);
	}
	ERR_clear_error();
	if (count == 0) {
		return err_set(err, ERR_INPUT, "there is no certificate of an accepted authority");
	}
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), at);
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store), AUTH_LEVEL);
	/* Who lists an authority's own certificate means that one. */
	(void)X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	*out = store;
	store = NULL;
	return 0;
}

/** Is the digest that the authority signed a strong one? OpenSSL would take any. */
static bool is_strongly_signed(PKCS7 *token)
{
	STACK_OF(PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info(token);
	X509_ALGOR *digest = NULL;

	if (sk_PKCS7_SIGNER_INFO_num(signers) != 1) {
		return false;
	}
	PKCS7_SIGNER_INFO_get0_algs(sk_PKCS7_SIGNER_INFO_value(signers, 0), NULL, &digest, NULL);
	return digest && strong_digest(digest);
}

static void name_authority(const X509 *certificate, struct timestamp *out)
{
	AUTO(auto_bio) BIO *text = BIO_new(BIO_s_mem());
	int len = 0;

	if (!text ||
	    X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0) {
		provider_failed("X509_NAME_print_ex");
	}
	len = BIO_read(text, out->authority, (int)sizeof(out->authority) - 1);
	out->authority[len > 0 ? len : 0] = '\0';
}

static int check_signature(PKCS7 *token, struct text authorities, time_t at, struct timestamp *out,
			   struct err *err)
{
	AUTO(auto_store) X509_STORE *store = NULL;
	AUTO(auto_x509) X509 *signer = NULL;

	if (open_store(authorities, at, &store, err)) {
		return -1;
	}
	/* Also that the certificate is for time-stamps alone, and is the one that is signed. */
	if (!TS_RESP_verify_signature(token, NULL, store, &signer)) {
		return refused(err, "no accepted authority signed it");
	}
	if (!is_strongly_signed(token)) {
		return err_set(err, ERR_INPUT,
			       "it is signed by a digest other than SHA-256, SHA-384 and SHA-512");
	}
	name_authority(signer, out);
	return 0;
}

/* ---- the whole */

/** What the token itself says; a fraction of a second is rounded up. */
static int read_claims(TS_RESP *reply, struct text data, time_t *at, struct timestamp *out,
		       struct err *err)
{
	TS_TST_INFO *info = TS_RESP_get_tst_info(reply);
	const ASN1_GENERALIZEDTIME *stated = TS_TST_INFO_get_time(info);
	struct tm parts = {0};
	bool has_fraction = false;
	int64_t accuracy_ms = 0;
	int len = 0;

	if (TS_TST_INFO_get_version(info) != 1) {
		return err_set(err, ERR_INPUT, "it is of version %ld, not 1",
			       TS_TST_INFO_get_version(info));
	}
	if (check_imprint(info, data, err) || read_time(info, &parts, at, err) ||
	    read_accuracy(info, &accuracy_ms, err)) {
		return -1;
	}
	has_fraction = memchr(ASN1_STRING_get0_data(stated), '.',
			      (size_t)ASN1_STRING_length(stated)) != NULL;
	out->not_after_utc_ms = ((int64_t)*at + (has_fraction ? 1 : 0)) * 1000 + accuracy_ms;
	len = OBJ_obj2txt(out->policy, (int)sizeof(out->policy), TS_TST_INFO_get_policy_id(info),
			  1);
	if (len <= 0 || len >= (int)sizeof(out->policy)) {
		out->policy[0] = '\0';
	}
	return 0;
}

int timestamp_check(struct text reply, struct text data, struct text authorities,
		    struct timestamp *out, struct err *err)
{
	AUTO(auto_resp) TS_RESP *read = NULL;
	struct timestamp found = {0};
	time_t at = 0;

	provider_start();
	ERR_clear_error();
	if (read_reply(reply, &read, err) || read_claims(read, data, &at, &found, err) ||
	    check_signature(TS_RESP_get_token(read), authorities, at, &found, err)) {
		return err_wrap(err, "time-stamp");
	}
	*out = found;
	return 0;
}
