/* Time-stamps by authorities that are made on the spot, as they should be and otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "crypto/timestamp.h"
#include "tsa.h"

#define DATA "ops.example\n22\nroot\n"
#define DAY_S ((int64_t)86400)

static struct str answer(struct tsa *tsa, const char *data)
{
	struct str query = {0};
	struct str reply = {0};

	timestamp_query(text_of(data), &query);
	reply = tsa_answer(tsa, str_view(&query));
	str_release(&query);
	return reply;
}

/** What a reply proves about DATA to somebody who accepts `accepted`; "" or why it does not. */
static const char *judge(struct text reply, const struct signer *accepted, struct timestamp *out)
{
	static struct err err;
	struct str pem = signer_pem(accepted);
	int failed = 0;

	err = (struct err){0};
	failed = timestamp_check(reply, text_of(DATA), str_view(&pem), out, &err);
	str_release(&pem);
	assert_true(!failed == (err.code == ERR_NONE));
	return err.text;
}

/** The same about a fresh reply by an authority. */
static const char *judge_new(struct tsa *tsa, struct timestamp *out)
{
	struct str reply = answer(tsa, DATA);
	const char *why = judge(str_view(&reply), &tsa->root, out);

	str_release(&reply);
	return why;
}

#define assert_has(text, part)                                \
	do {                                                  \
		if (!strstr((text), (part))) {                \
			fail_msg("'%s' in '%s'", part, text); \
		}                                             \
	} while (0)

static void a_time_stamp_proves_by_when_it_was(void **state)
{
	struct tsa tsa = tsa_make("critical,timeStamping", -10, 10);
	struct timestamp stamp = {0};

	(void)state;
	assert_string_equal(judge_new(&tsa, &stamp), "");
	assert_int_equal(stamp.not_after_utc_ms, tsa.utc * 1000);
	assert_string_equal(stamp.policy, "1.2.3.4.1");
	assert_string_equal(stamp.authority, "CN=stamp.example");
	tsa_release(&tsa);
}

static void its_accuracy_counts_against_us(void **state)
{
	struct tsa tsa = tsa_make("critical,timeStamping", -10, 10);
	struct timestamp stamp = {0};

	(void)state;
	tsa.accuracy_s = 90;
	assert_string_equal(judge_new(&tsa, &stamp), "");
	assert_int_equal(stamp.not_after_utc_ms, (tsa.utc + 90) * 1000);
	tsa.accuracy_s = 86401;
	assert_has(judge_new(&tsa, &stamp), "accuracy");
	tsa_release(&tsa);
}

static void who_accepts_the_authority_itself_needs_no_root(void **state)
{
	struct tsa tsa = tsa_make("critical,timeStamping", -10, 10);
	struct str reply = answer(&tsa, DATA);
	struct timestamp stamp = {0};

	(void)state;
	assert_string_equal(judge(str_view(&reply), &tsa.signer, &stamp), "");
	str_release(&reply);
	tsa_release(&tsa);
}

static void an_authority_nobody_accepts_proves_nothing(void **state)
{
	struct tsa tsa = tsa_make("critical,timeStamping", -10, 10);
	struct tsa other = tsa_make("critical,timeStamping", -10, 10);
	struct str reply = answer(&tsa, DATA);
	struct timestamp stamp = {.not_after_utc_ms = 1};
	struct err err = {0};

	(void)state;
	assert_has(judge(str_view(&reply), &other.root, &stamp), "no accepted authority");
	assert_int_equal(stamp.not_after_utc_ms, 1);
	assert_int_equal(
		timestamp_check(str_view(&reply), text_of(DATA), text_of(""), &stamp, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(timestamp_check(str_view(&reply), text_of(DATA),
					 text_of("-----BEGIN CERTIFICATE-----\nno\n"), &stamp,
					 &err),
			 -1);
	assert_has(err.text, "certificate 1");
	str_release(&reply);
	tsa_release(&tsa);
	tsa_release(&other);
}

static void a_time_stamp_of_something_else_is_told_apart(void **state)
{
	struct tsa tsa = tsa_make("critical,timeStamping", -10, 10);
	struct str reply = answer(&tsa, DATA "x");
	struct str pem = signer_pem(&tsa.root);
	struct timestamp stamp = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(
		timestamp_check(str_view(&reply), text_of(DATA), str_view(&pem), &stamp, &err), -1);
	assert_int_equal(err.code, ERR_ABSENT);
	assert_int_equal(
		timestamp_check(str_view(&reply), text_of(DATA "x"), str_view(&pem), &stamp, &err),
		0);
	str_release(&pem);
	str_release(&reply);
	tsa_release(&tsa);
}

static void a_certificate_is_judged_at_the_time_that_is_stated(void **state)
{
	struct tsa past = tsa_make("critical,timeStamping", -400, -300);
	struct timestamp stamp = {0};
	int64_t now = past.utc;

	(void)state;
	assert_has(judge_new(&past, &stamp), "expired");
	past.utc = now - 350 * DAY_S;
	assert_string_equal(judge_new(&past, &stamp), "");
	past.utc = now - 401 * DAY_S;
	assert_has(judge_new(&past, &stamp), "not yet valid");
	tsa_release(&past);
}

static void a_certificate_for_something_else_does_not_count(void **state)
{
	struct tsa server = tsa_make("critical,timeStamping", -10, 10);
	struct signer_spec spec = {.subject = "stamp.example",
				   .purpose = "critical,serverAuth",
				   .issuer = &server.root,
				   .from_days = -10,
				   .until_days = 10};
	struct signer wrong = signer_make(&spec);
	struct str reply = answer(&server, DATA);
	struct timestamp stamp = {0};
	TS_RESP *read = NULL;
	const unsigned char *at = (const unsigned char *)reply.at;
	struct str pem = signer_pem(&wrong);

	(void)state;
	/* The maker refuses to make one, so its key is put under another certificate: then what is
	 * signed names the right one, and that is what is found out. */
	read = d2i_TS_RESP(NULL, &at, (long)reply.len);
	assert_non_null(read);
	TS_RESP_free(read);
	assert_has(judge(str_view(&reply), &wrong, &stamp), "no accepted authority");
	str_release(&pem);
	str_release(&reply);
	signer_release(&wrong);
	tsa_release(&server);
}

static void a_weak_digest_does_not_count(void **state)
{
	struct tsa tsa = tsa_make("critical,timeStamping", -10, 10);
	struct timestamp stamp = {0};

	(void)state;
	tsa.digest = EVP_sha1();
	assert_has(judge_new(&tsa, &stamp), "digest other than");
	tsa.digest = EVP_sha512();
	assert_string_equal(judge_new(&tsa, &stamp), "");
	tsa_release(&tsa);
}

static void a_refusal_is_no_time_stamp(void **state)
{
	struct tsa tsa = tsa_make("critical,timeStamping", -10, 10);
	struct timestamp stamp = {0};

	(void)state;
	tsa.refuses = true;
	assert_has(judge_new(&tsa, &stamp), "granted no time-stamp: status 2");
	tsa_release(&tsa);
}

static void every_bit_of_a_reply_counts(void **state)
{
	struct tsa tsa = tsa_make("critical,timeStamping", -10, 10);
	struct str reply = answer(&tsa, DATA);
	struct timestamp stamp = {0};
	size_t good = 0;

	(void)state;
	for (size_t i = 0; i < reply.len; i++) {
		reply.at[i] = (char)(reply.at[i] ^ 1);
		if (judge(str_view(&reply), &tsa.root, &stamp)[0] == '\0') {
			good++;
			/* What is not signed may change: but never what is proven. */
			assert_int_equal(stamp.not_after_utc_ms, tsa.utc * 1000);
		}
		reply.at[i] = (char)(reply.at[i] ^ 1);
	}
	assert_true(good < reply.len / 10);
	for (size_t len = 0; len < reply.len; len++) {
		assert_string_not_equal(judge((struct text){reply.at, len}, &tsa.root, &stamp), "");
	}
	str_add_char(&reply, '\0');
	assert_has(judge(str_view(&reply), &tsa.root, &stamp), "no time-stamp reply");
	while (reply.len <= TIMESTAMP_BYTES) {
		str_add(&reply, "0123456789abcdef0123456789abcdef");
	}
	assert_has(judge(str_view(&reply), &tsa.root, &stamp), "larger than");
	str_release(&reply);
	tsa_release(&tsa);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_stamp_proves_by_when_it_was),
		cmocka_unit_test(its_accuracy_counts_against_us),
		cmocka_unit_test(who_accepts_the_authority_itself_needs_no_root),
		cmocka_unit_test(an_authority_nobody_accepts_proves_nothing),
		cmocka_unit_test(a_time_stamp_of_something_else_is_told_apart),
		cmocka_unit_test(a_certificate_is_judged_at_the_time_that_is_stated),
		cmocka_unit_test(a_certificate_for_something_else_does_not_count),
		cmocka_unit_test(a_weak_digest_does_not_count),
		cmocka_unit_test(a_refusal_is_no_time_stamp),
		cmocka_unit_test(every_bit_of_a_reply_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
