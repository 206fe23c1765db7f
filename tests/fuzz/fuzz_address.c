/* Addresses, networks, URLs and names from any bytes: what is read is written and read again alike.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void fuzz_address(struct text text)
{
	struct address address = {0};
	struct address again = {0};
	char form[ADDRESS_TEXT_BYTES] = "";

	if (!address_parse(text, &address)) {
		return;
	}
	address_format(&address, form);
	require(address_parse(text_of(form), &again));
	require(address_equal(&address, &again));
	require(!name_is_valid(text));
	(void)address_classify(&address);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* An exact copy, so that a read behind the end is seen. */
	char *copy = malloc(len ? len : 1);
	struct text text = {copy, len};
	struct network network = {0};
	struct url url = {0};

	require(copy != NULL);
	memcpy(copy, bytes, len);
	fuzz_address(text);
	if (network_parse(text, &network)) {
		require(network_holds(&network, &network.base));
	}
	if (!url_parse(text, &url)) {
		require(url.host.len > 0 && url.host.at > copy);
		require(url.path.at + url.path.len == copy + len);
		require(url.has_address || name_is_valid(url.host));
	}
	(void)address_looks_numeric(text);
	free(copy);
	return 0;
}
