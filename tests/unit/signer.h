/* Certificates made on the spot, for tests of TLS. */
#ifndef TESTS_UNIT_SIGNER_H
#define TESTS_UNIT_SIGNER_H

#include <stdbool.h>
#include <stdlib.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/str.h"

/** A certificate with its key. */
struct signer {
	X509 *certificate;
	EVP_PKEY *key;
};

struct signer_spec {
	const char *subject;         /**< common name */
	const char *purpose;         /**< "critical,timeStamping"; NULL: any */
	const char *names;           /**< as in openssl.cnf: "DNS:a.example"; NULL: none */
	const struct signer *issuer; /**< NULL: itself */
	bool is_ca;
	bool says_issuer; /**< names the place of its issuer's certificate */
	int from_days;    /**< from now */
	int until_days;
};

/** What only a broken library does not do. */
static inline void signer_require(int holds)
{
	if (!holds) {
		abort();
	}
}

static inline void signer_extend(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	signer_require(extension != NULL);
	signer_require(X509_add_ext(certificate, extension, -1));
	X509_EXTENSION_free(extension);
}

static inline struct signer signer_make(const struct signer_spec *spec)
{
	static long serial = 1;
	struct signer made = {X509_new(), EVP_EC_gen("P-256")};
	X509 *issuer = spec->issuer ? spec->issuer->certificate : made.certificate;
	X509_NAME *name = X509_get_subject_name(made.certificate);

	signer_require(X509_set_version(made.certificate, 2));
	signer_require(ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), serial++));
	signer_require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
						  (const unsigned char *)spec->subject, -1, -1, 0));
	signer_require(X509_set_issuer_name(made.certificate, X509_get_subject_name(issuer)));
	X509_time_adj_ex(X509_getm_notBefore(made.certificate), spec->from_days, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(made.certificate), spec->until_days, 0, NULL);
	signer_require(X509_set_pubkey(made.certificate, made.key));
	signer_extend(made.certificate, NID_basic_constraints,
		      spec->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
	if (spec->purpose) {
		signer_extend(made.certificate, NID_ext_key_usage, spec->purpose);
	}
	if (spec->names) {
		signer_extend(made.certificate, NID_subject_alt_name, spec->names);
	}
	if (spec->says_issuer) {
		signer_extend(made.certificate, NID_info_access,
			      "caIssuers;URI:http://ca.example/issuer.der");
	}
	signer_require(X509_sign(made.certificate, spec->issuer ? spec->issuer->key : made.key,
				 EVP_sha256()));
	return made;
}

static inline void signer_release(struct signer *signer)
{
	X509_free(signer->certificate);
	EVP_PKEY_free(signer->key);
}

/** The certificate in PEM; the caller releases it. */
static inline struct str signer_pem(const struct signer *signer)
{
	struct str pem = {0};
	BIO *bio = BIO_new(BIO_s_mem());
	char *at = NULL;
	long len = 0;

	signer_require(PEM_write_bio_X509(bio, signer->certificate));
	len = BIO_get_mem_data(bio, &at);
	str_add_bytes(&pem, at, (size_t)len);
	BIO_free(bio);
	return pem;
}

#endif
