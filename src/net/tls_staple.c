/* The answer of OCSP that a server staples to its handshake. */
#include "net/tls_private.h"

#include <openssl/ocsp.h>

/** The answer about this certificate, by its number; NULL if there is none. */
static OCSP_SINGLERESP *single_of(OCSP_BASICRESP *basic, const X509 *own)
{
	for (int i = 0; i < OCSP_resp_count(basic); i++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
		OCSP_CERTID *id = OCSP_CERTID_dup(OCSP_SINGLERESP_get0_id(single));
		ASN1_INTEGER *serial = NULL;
		bool is_ours = false;

		if (id && OCSP_id_get0_info(NULL, NULL, NULL, &serial, id)) {
			is_ours = ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(own)) == 0;
		}
		OCSP_CERTID_free(id);
		if (is_ours) {
			return single;
		}
	}
	return NULL;
}

static enum tls_staple meaning(int status)
{
	switch (status) {
	case V_OCSP_CERTSTATUS_GOOD:
		return TLS_STAPLE_GOOD;
	case V_OCSP_CERTSTATUS_REVOKED:
		return TLS_STAPLE_REVOKED;
	case V_OCSP_CERTSTATUS_UNKNOWN:
		return TLS_STAPLE_UNKNOWN;
	default:
		return TLS_STAPLE_BROKEN;
	}
}

void tls_staple_read(SSL *ssl, struct tls_facts *facts)
{
	const unsigned char *at = NULL;
	long len = SSL_get_tlsext_status_ocsp_resp(ssl, &at);
	const X509 *own = SSL_get0_peer_certificate(ssl);
	OCSP_RESPONSE *response = NULL;
	OCSP_BASICRESP *basic = NULL;
	OCSP_SINGLERESP *single = NULL;

	if (len <= 0 || !at || !own) {
		return;
	}
	facts->staple = TLS_STAPLE_BROKEN;
	response = d2i_OCSP_RESPONSE(NULL, &at, len);
	basic = response ? OCSP_response_get1_basic(response) : NULL;
	single = basic ? single_of(basic, own) : NULL;
	if (single) {
		ASN1_GENERALIZEDTIME *until = NULL;

		facts->staple = meaning(OCSP_single_get0_status(single, NULL, NULL, NULL, &until));
		facts->staple_produced_utc_ms = tls_time_utc_ms(OCSP_resp_get0_produced_at(basic));
		facts->staple_until_utc_ms = tls_time_utc_ms(until);
	}
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
}
