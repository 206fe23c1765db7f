/* Certificates and chains as values. */
#include "net/tls_private.h"

#include <string.h>
#include <time.h>

#include <openssl/x509v3.h>

#include "base/cleanup.h"
#include "net/address.h"

/** Bytes of a subject or of one name that are kept. */
#define NAME_TEXT_BYTES 256

/** A chain that was seen, judged against these roots. */
struct tls_known {
	struct tls_known *next;
	unsigned char sha256[SHA256_BYTES]; /**< over its certificates */
	const struct tls_roots *roots;
	struct tls_chain chain;
};

static const char *keep_printable(struct arena *arena, struct text text)
{
	AUTO(auto_str) struct str clean = {.max = NAME_TEXT_BYTES};

	str_add_printable(&clean, text);
	return arena_copy(arena, str_text(&clean), clean.len);
}

static const char *keep_name(struct arena *arena, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *kept = "";
	char *at = NULL;
	long len = 0;

	/* RFC 2253, but UTF-8 as it is. */
	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		len = BIO_get_mem_data(bio, &at);
		kept = keep_printable(arena, (struct text){at, len > 0 ? (size_t)len : 0});
	}
	BIO_free(bio);
	return kept;
}

int64_t tls_time_utc_ms(const ASN1_TIME *time)
{
	struct tm parts = {0};

	if (!time || !ASN1_TIME_to_tm(time, &parts)) {
		return 0;
	}
	return (int64_t)timegm(&parts) * 1000;
}

static struct text bytes_of(const ASN1_STRING *string)
{
	int len = ASN1_STRING_length(string);

	return (struct text){(const char *)ASN1_STRING_get0_data(string),
			     len > 0 ? (size_t)len : 0};
}

static const char *address_text(struct arena *arena, struct text bytes)
{
	struct address address = {.family = bytes.len == 4 ? ADDRESS_V4 : ADDRESS_V6};
	char text[ADDRESS_TEXT_BYTES];

	if (bytes.len != 4 && bytes.len != sizeof(address.bytes)) {
		return NULL;
	}
	memcpy(address.bytes, bytes.at, bytes.len);
	address_format(&address, text);
	return arena_text(arena, text);
}

/** A DNS name or an address as text; NULL: another sort of name. */
static const char *general_name_text(struct arena *arena, const GENERAL_NAME *name)
{
	if (name->type == GEN_DNS) {
		return keep_printable(arena, bytes_of(name->d.dNSName));
	}
	if (name->type == GEN_IPADD) {
		return address_text(arena, bytes_of(name->d.iPAddress));
	}
	return NULL;
}

static void read_names(struct arena *arena, const X509 *from, struct tls_certificate *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(from, NID_subject_alt_name, NULL, NULL);
	int count = names ? sk_GENERAL_NAME_num(names) : 0;
	size_t room = count < TLS_NAMES_MAX ? (size_t)(count > 0 ? count : 0) : TLS_NAMES_MAX;

	out->names = arena_alloc(arena, (room + 1) * sizeof(*out->names));
	for (int i = 0; i < count; i++) {
		const char *text = NULL;

		if (out->names_len == room) {
			out->names_left_out = (size_t)(count - i);
			break;
		}
		text = general_name_text(arena, sk_GENERAL_NAME_value(names, i));
		if (text) {
			out->names[out->names_len++] = text;
		}
	}
	GENERAL_NAMES_free(names);
}

/** Read one certificate. Its texts come from the arena. */
static void read_certificate(struct arena *arena, X509 *from, struct tls_certificate *out)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE] = {0};

	out->subject = keep_name(arena, X509_get_subject_name(from));
	out->issuer = keep_name(arena, X509_get_issuer_name(from));
	out->not_before_utc_ms = tls_time_utc_ms(X509_get0_notBefore(from));
	out->not_after_utc_ms = tls_time_utc_ms(X509_get0_notAfter(from));
	out->is_ca = X509_check_ca(from) > 0;
	out->is_self_signed = X509_self_signed(from, 1) == 1;
	read_names(arena, from, out);
	if (X509_digest(from, EVP_sha256(), digest, NULL)) {
		for (size_t i = 0; i < SHA256_BYTES; i++) {
			out->sha256[2 * i] = digits[digest[i] >> 4];
			out->sha256[2 * i + 1] = digits[digest[i] & 15];
		}
	}
}

bool tls_certificate_holds(X509 *certificate, const char *name)
{
	struct address address = {0};

	if (address_parse(text_of(name), &address)) {
		return X509_check_ip_asc(certificate, name, 0) == 1;
	}
	/* As browsers do it: the common name counts for nothing. */
	return X509_check_host(certificate, name, 0,
			       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
				       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
			       NULL) == 1;
}

/** False if OpenSSL cannot say it. */
static bool chain_digest(STACK_OF(X509) * chain, unsigned char out[SHA256_BYTES])
{
	struct sha256 *state = sha256_open();
	bool is_good = true;

	for (int i = 0; i < sk_X509_num(chain) && is_good; i++) {
		unsigned char digest[EVP_MAX_MD_SIZE];
		unsigned len = 0;

		is_good = X509_digest(sk_X509_value(chain, i), EVP_sha256(), digest, &len);
		sha256_add(state, digest, is_good ? len : 0);
	}
	sha256_close(state, out);
	return is_good;
}

const struct tls_chain *tls_chain_of(struct tls *tls, STACK_OF(X509) * chain,
				     const struct tls_roots *roots)
{
	unsigned char digest[SHA256_BYTES];
	struct tls_certificate *certificates = NULL;
	struct tls_known *known = NULL;
	size_t count = chain ? (size_t)sk_X509_num(chain) : 0;
	size_t kept = count < TLS_CHAIN_MAX ? count : TLS_CHAIN_MAX;

	if (count == 0 || !chain_digest(chain, digest)) {
		return NULL;
	}
	for (known = tls->known[digest[0] % TLS_KNOWN_LISTS]; known; known = known->next) {
		if (memcmp(known->sha256, digest, sizeof(digest)) == 0 && known->roots == roots) {
			return &known->chain;
		}
	}
	known = arena_alloc(&tls->arena, sizeof(*known));
	memcpy(known->sha256, digest, sizeof(digest));
	known->roots = roots;
	certificates = arena_alloc(&tls->arena, kept * sizeof(*certificates));
	for (size_t i = 0; i < kept; i++) {
		read_certificate(&tls->arena, sk_X509_value(chain, (int)i), &certificates[i]);
	}
	known->chain.at = certificates;
	known->chain.len = kept;
	known->chain.left_out = count - kept;
	tls_verify(tls, chain, roots, &known->chain);
	known->next = tls->known[digest[0] % TLS_KNOWN_LISTS];
	tls->known[digest[0] % TLS_KNOWN_LISTS] = known;
	return &known->chain;
}
