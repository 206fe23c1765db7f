#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "base/cleanup.h"
#include "net/http_private.h"
#include "scratch.h"
#include "signer.h"

/** Long enough for what should happen, however busy the machine is. */
#define AMPLE_MS 20000

/* ---- certificates */

/** Who signs, and who is asked for. */
enum who {
	ROOT,
	MIDDLE,
	STRANGER,
	GOOD,
	OLD,
	YOUNG,
	OTHER,
	SELF,
	WHO_COUNT
};

static struct signer signers[WHO_COUNT];

static const struct signer_spec specs[WHO_COUNT] = {
	[ROOT] = {.subject = "Root", .is_ca = true, .from_days = -9, .until_days = 9},
	[MIDDLE] = {.subject = "Middle",
		    .is_ca = true,
		    .issuer = &signers[ROOT],
		    .from_days = -9,
		    .until_days = 9},
	[STRANGER] = {.subject = "Stranger", .is_ca = true, .from_days = -9, .until_days = 9},
	[GOOD] = {.subject = "good",
		  .names = "DNS:shop.example",
		  .issuer = &signers[MIDDLE],
		  .from_days = -9,
		  .until_days = 9},
	[OLD] = {.subject = "old",
		 .names = "DNS:shop.example",
		 .issuer = &signers[MIDDLE],
		 .from_days = -9,
		 .until_days = -1},
	[YOUNG] = {.subject = "young",
		   .names = "DNS:shop.example",
		   .issuer = &signers[MIDDLE],
		   .from_days = 1,
		   .until_days = 9},
	[OTHER] = {.subject = "other",
		   .names = "DNS:synology.example",
		   .issuer = &signers[MIDDLE],
		   .from_days = -9,
		   .until_days = 9},
	[SELF] = {.subject = "self", .names = "DNS:shop.example", .from_days = -9, .until_days = 9},
};

/** The certificate as a file in the scratch folder. */
static const char *write_pem(enum who who, const char *name)
{
	AUTO(auto_str) struct str pem = signer_pem(&signers[who]);

	scratch_write(name, str_text(&pem));
	return scratch_path(name);
}

/* ---- a server that answers one question */

struct server {
	enum who own;
	bool sends_middle;
	int listener;
	pthread_t thread;
};

static void *serve(void *cookie)
{
	static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
	const struct server *server = cookie;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	AUTO(auto_close) int fd = accept(server->listener, NULL, NULL);
	char question[4096];
	SSL *ssl = NULL;

	SSL_CTX_use_certificate(context, signers[server->own].certificate);
	SSL_CTX_use_PrivateKey(context, signers[server->own].key);
	if (server->sends_middle) {
		SSL_CTX_add1_chain_cert(context, signers[MIDDLE].certificate);
	}
	SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
	ssl = SSL_new(context);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1 && SSL_read(ssl, question, sizeof(question)) > 0) {
		SSL_write(ssl, answer, sizeof(answer) - 1);
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	SSL_CTX_free(context);
	return NULL;
}

static uint16_t start(struct server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server->listener, (const struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(server->listener, 1), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
	return ntohs(address.sin_port);
}

static void stop(struct server *server)
{
	shutdown(server->listener, SHUT_RDWR); /* who never came is not waited for */
	pthread_join(server->thread, NULL);
	close(server->listener);
}

/* ---- a client */

static struct loop *loop;
static struct http *http;

static void open_client(void)
{
	struct err err = {0};

	assert_int_equal(loop_open(&loop, &err), 0);
	http = http_open(loop);
}

static void close_client(void)
{
	http_free(http);
	loop_free(loop);
}

static void on_ended(const struct http_facts *facts, void *cookie)
{
	*(struct http_facts *)cookie = *facts;
}

/** Ask a server of its own for shop.example. Texts of the answer are gone. */
static struct http_facts ask(enum who own, bool sends_middle)
{
	struct server server = {.own = own, .sends_middle = sends_middle};
	struct http_request request = {.timeout_ms = AMPLE_MS};
	struct http_facts facts = {0};
	char url[100];

	(void)snprintf(url, sizeof(url), "https://shop.example:%u/", (unsigned)start(&server));
	request.url = url;
	assert_true(address_parse(text_of("127.0.0.1"), &request.address));
	(void)http_start(http, &request, on_ended, &facts);
	loop_run(loop);
	stop(&server);
	return facts;
}

/* ---- tests */

/** Is libcurl's OpenSSL the one of this program? */
static bool shares_openssl(void)
{
	const struct curl *curl = NULL;
	struct err err = {0};

	return curl_open(&curl, &err) == 0 && tls_store_fits(curl->ssl_context_new);
}

static void another_openssl_gets_no_store(void **state)
{
	(void)state;
	assert_false(tls_store_fits(NULL));
	assert_false(tls_store_fits(&signers));
}

static void a_folder_beside_the_file_changes_no_judgement(void **state)
{
	static const struct {
		enum who own;
		bool sends_middle;
		enum who trusted;
		enum http_outcome outcome;
		enum http_tls tls;
	} rows[] = {
		{GOOD, true, ROOT, HTTP_OK, HTTP_TLS_NONE},
		{GOOD, false, ROOT, HTTP_TLS, HTTP_TLS_UNTRUSTED},
		{GOOD, false, MIDDLE, HTTP_OK, HTTP_TLS_NONE},
		{GOOD, true, MIDDLE, HTTP_OK, HTTP_TLS_NONE},
		{GOOD, true, STRANGER, HTTP_TLS, HTTP_TLS_UNTRUSTED},
		{OLD, true, ROOT, HTTP_TLS, HTTP_TLS_EXPIRED},
		{YOUNG, true, ROOT, HTTP_TLS, HTTP_TLS_NOT_YET},
		{OTHER, true, ROOT, HTTP_TLS, HTTP_TLS_NAME},
		{SELF, false, ROOT, HTTP_TLS, HTTP_TLS_SELF_SIGNED},
		{SELF, false, SELF, HTTP_OK, HTTP_TLS_NONE},
	};

	(void)state;
	if (!shares_openssl()) {
		skip();
	}
	(void)mkdir(scratch_path("empty"), 0700);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("SSL_CERT_FILE", write_pem(rows[i].trusted, "trusted.pem"), 1);
		for (unsigned has_folder = 0; has_folder < 2; has_folder++) {
			struct http_facts facts = {0};

			if (has_folder) {
				setenv("SSL_CERT_DIR", scratch_path("empty"), 1);
			} else {
				unsetenv("SSL_CERT_DIR");
			}
			open_client();
			facts = ask(rows[i].own, rows[i].sends_middle);
			assert_int_equal(facts.outcome, rows[i].outcome);
			assert_int_equal(facts.tls, rows[i].tls);
			assert_int_equal(http->authorities != NULL, has_folder);
			close_client();
		}
	}
}

static void an_authority_in_the_folder_counts(void **state)
{
	char name[60];

	(void)state;
	if (!shares_openssl()) {
		skip();
	}
	(void)mkdir(scratch_path("hashed"), 0700);
	(void)snprintf(name, sizeof(name), "hashed/%08lx.0",
		       X509_subject_name_hash(signers[ROOT].certificate));
	(void)write_pem(ROOT, name);
	setenv("SSL_CERT_FILE", write_pem(STRANGER, "stranger.pem"), 1);
	setenv("SSL_CERT_DIR", scratch_path("hashed"), 1);
	open_client();
	assert_int_equal(ask(GOOD, true).outcome, HTTP_OK);
	assert_non_null(http->authorities);
	close_client();
}

static void authorities_are_read_once(void **state)
{
	(void)state;
	if (!shares_openssl()) {
		skip();
	}
	(void)mkdir(scratch_path("empty"), 0700);
	setenv("SSL_CERT_FILE", write_pem(ROOT, "root.pem"), 1);
	setenv("SSL_CERT_DIR", scratch_path("empty"), 1);
	open_client();
	assert_int_equal(ask(GOOD, true).outcome, HTTP_OK);
	assert_int_equal(unlink(scratch_path("root.pem")), 0);
	assert_int_equal(ask(GOOD, true).outcome, HTTP_OK);
	assert_int_equal(ask(SELF, false).tls, HTTP_TLS_SELF_SIGNED);
	close_client();

	/* What cannot be read, libcurl says so. */
	open_client();
	assert_int_not_equal(ask(GOOD, true).outcome, HTTP_OK);
	assert_null(http->authorities);
	close_client();
}

static int make_all(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < WHO_COUNT; i++) {
		signers[i] = signer_make(&specs[i]);
	}
	return scratch_make(state);
}

static int remove_all(void **state)
{
	for (size_t i = 0; i < WHO_COUNT; i++) {
		signer_release(&signers[i]);
	}
	return scratch_remove(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_openssl_gets_no_store),
		cmocka_unit_test(a_folder_beside_the_file_changes_no_judgement),
		cmocka_unit_test(an_authority_in_the_folder_counts),
		cmocka_unit_test(authorities_are_read_once),
	};

	return cmocka_run_group_tests(tests, make_all, remove_all);
}
