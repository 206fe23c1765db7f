/*
 * Certificates and hostile servers for the live tests of TLS: tls_peers FOLDER
 *
 * Writes NAME.pem (the chain, its own certificate first) and NAME.key for each certificate of the
 * table, and ca.pem and staging.pem, the authorities. Listens on 127.0.0.1, and on every other
 * address of loopback, once for each kind of server, prints a line "KIND PORT" for each, then
 * "ready", and goes on until it is killed.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "../unit/signer.h"
#include "base/cleanup.h"

/* ---- certificates */

enum authority {
	ROOT,
	MIDDLE,
	STAGING,
	ITSELF
};

static struct signer authorities[ITSELF];

/** What of the chain is sent behind the certificate. */
enum sent {
	SENT_ALONE,
	SENT_CHAIN,
	SENT_HUGE
};

static const struct {
	const char *file;
	const char *names;
	enum authority issuer;
	enum sent sent;
	int from_days;
	int until_days;
} certificates[] = {
	{"good", "DNS:good.shop.example,DNS:*.many.example", MIDDLE, SENT_CHAIN, -30, 60},
	{"expired", "DNS:expired.shop.example", MIDDLE, SENT_CHAIN, -90, -1},
	{"early", "DNS:early.shop.example", MIDDLE, SENT_CHAIN, 2, 90},
	{"ending", "DNS:ending.shop.example", MIDDLE, SENT_CHAIN, -84, 6},
	{"late", "DNS:late.shop.example", MIDDLE, SENT_CHAIN, -70, 20},
	{"other", "DNS:synology.example", MIDDLE, SENT_CHAIN, -30, 60},
	{"own", "DNS:own.shop.example", ITSELF, SENT_ALONE, -30, 60},
	{"alone", "DNS:alone.shop.example", MIDDLE, SENT_ALONE, -30, 60},
	{"staging", "DNS:staging.shop.example", STAGING, SENT_ALONE, -30, 60},
	{"huge", "DNS:huge.shop.example", MIDDLE, SENT_HUGE, -30, 60},
};

static FILE *open_file(const char *folder, const char *name, const char *suffix)
{
	AUTO(auto_str) struct str path = {0};
	FILE *file = NULL;

	str_printf(&path, "%s/%s%s", folder, name, suffix);
	file = fopen(path.at, "we");
	signer_require(file != NULL);
	return file;
}

/** Some 300 KB of certificates that have nothing to do with it. */
static void write_ballast(FILE *out)
{
	AUTO(auto_str) struct str names = {0};

	for (int i = 0; i < 1000; i++) {
		str_printf(&names, "%sDNS:%d.huge.example", i ? "," : "", i);
	}
	for (int i = 0; i < 16; i++) {
		struct signer extra = signer_make(&(struct signer_spec){
			.subject = "ballast", .names = str_text(&names), .until_days = 90});

		(void)PEM_write_X509(out, extra.certificate);
		signer_release(&extra);
	}
}

static void write_certificate(const char *folder, size_t at)
{
	AUTO(auto_str) struct str subject = {0};
	enum authority issuer = certificates[at].issuer;
	struct signer made;
	FILE *chain = open_file(folder, certificates[at].file, ".pem");
	FILE *key = open_file(folder, certificates[at].file, ".key");

	str_printf(&subject, "%s.shop.example", certificates[at].file);
	made = signer_make(&(struct signer_spec){
		.subject = subject.at,
		.names = certificates[at].names,
		.issuer = issuer == ITSELF ? NULL : &authorities[issuer],
		.from_days = certificates[at].from_days,
		.until_days = certificates[at].until_days,
	});
	(void)PEM_write_X509(chain, made.certificate);
	if (certificates[at].sent != SENT_ALONE) {
		(void)PEM_write_X509(chain, authorities[MIDDLE].certificate);
	}
	if (certificates[at].sent == SENT_HUGE) {
		write_ballast(chain);
	}
	(void)PEM_write_PrivateKey(key, made.key, NULL, NULL, 0, NULL, NULL);
	(void)fclose(chain);
	(void)fclose(key);
	signer_release(&made);
}

static void write_authority(const char *folder, const char *name, enum authority which)
{
	FILE *file = open_file(folder, name, ".pem");

	(void)PEM_write_X509(file, authorities[which].certificate);
	(void)fclose(file);
}

static void write_all(const char *folder)
{
	authorities[ROOT] = signer_make(&(struct signer_spec){
		.subject = "Shop Root", .is_ca = true, .from_days = -100, .until_days = 1000});
	authorities[MIDDLE] = signer_make(&(struct signer_spec){.subject = "Shop Intermediate",
								.is_ca = true,
								.issuer = &authorities[ROOT],
								.from_days = -100,
								.until_days = 1000});
	authorities[STAGING] =
		signer_make(&(struct signer_spec){.subject = "(STAGING) Counterfeit Cashew R10",
						  .is_ca = true,
						  .from_days = -100,
						  .until_days = 1000});
	for (size_t i = 0; i < sizeof(certificates) / sizeof(certificates[0]); i++) {
		write_certificate(folder, i);
	}
	write_authority(folder, "ca", ROOT);
	write_authority(folder, "staging-ca", STAGING);
	for (size_t i = 0; i < ITSELF; i++) {
		signer_release(&authorities[i]);
	}
}

/* ---- servers */

/** What a server says once it has been greeted, and then. */
enum after {
	AFTER_TLS,
	AFTER_HOLD,
	AFTER_CLOSE,
	AFTER_RESET,
	AFTER_AGAIN,
	AFTER_DRIP
};

#define SAYS(text) (text), sizeof(text) - 1
#define ALERT_80 "\x15\x03\x03\x00\x02\x02\x50"

/** The largest record, full of HelloRequest (zeros): a client takes any number of them. */
static const char endless[5 + 16384] = "\x16\x03\x03\x40";

static const struct kind {
	const char *name;
	const char *says;
	size_t len;
	enum after after;
	int delay_ms; /**< before it says anything */
} kinds[] = {
	{"many", SAYS(""), AFTER_TLS, 0}, /* an honest server, for any number of clients */
	{"silent", SAYS(""), AFTER_HOLD, 0},
	{"half", SAYS("\x16\x03\x03\x00\x7a\x02\x00\x00"), AFTER_HOLD, 0},
	{"drip", SAYS("\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"), AFTER_DRIP, 0},
	{"alert", SAYS(ALERT_80), AFTER_CLOSE, 0},
	{"late_alert", SAYS(ALERT_80), AFTER_CLOSE, 1200},
	{"garbage", SAYS("\x01\x02garbage"), AFTER_CLOSE, 0},
	{"nonsense", SAYS("\x16\x03\x03\x00\x08\x63\x00\x00\x04junk"), AFTER_CLOSE, 0},
	{"endless", endless, sizeof(endless), AFTER_AGAIN, 0},
	{"http", SAYS("HTTP/1.1 400 Bad Request\r\n\r\n"), AFTER_CLOSE, 0},
	{"ssh", SAYS("SSH-2.0-OpenSSH_9.2\r\n"), AFTER_CLOSE, 0},
	{"close", SAYS(""), AFTER_CLOSE, 0},
	{"reset", SAYS(""), AFTER_RESET, 0},
};

struct visit {
	const struct kind *kind;
	int fd;
};

static void wait_ms(int ms)
{
	const struct timespec span = {ms / 1000, (long)(ms % 1000) * 1000000};

	(void)nanosleep(&span, NULL);
}

static void answer(const struct visit *visit)
{
	const struct kind *kind = visit->kind;
	const struct linger at_once = {.l_onoff = 1};
	char buffer[4096];

	if (recv(visit->fd, buffer, sizeof(buffer), 0) <= 0) {
		return;
	}
	wait_ms(kind->delay_ms);
	do {
		if (kind->len > 0 && send(visit->fd, kind->says, kind->len, MSG_NOSIGNAL) < 0) {
			return;
		}
	} while (kind->after == AFTER_AGAIN);
	while (kind->after == AFTER_DRIP && send(visit->fd, "", 1, MSG_NOSIGNAL) == 1) {
		wait_ms(50);
	}
	while (kind->after == AFTER_HOLD && recv(visit->fd, buffer, sizeof(buffer), 0) > 0) {
	}
	if (kind->after == AFTER_RESET) {
		(void)setsockopt(visit->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	}
}

/** Of the honest server; read by all its threads. */
static SSL_CTX *honest;

static void open_honest(const char *folder)
{
	AUTO(auto_str) struct str chain = {0};
	AUTO(auto_str) struct str key = {0};

	str_printf(&chain, "%s/good.pem", folder);
	str_printf(&key, "%s/good.key", folder);
	honest = SSL_CTX_new(TLS_server_method());
	signer_require(honest != NULL &&
		       SSL_CTX_use_certificate_chain_file(honest, chain.at) == 1 &&
		       SSL_CTX_use_PrivateKey_file(honest, key.at, SSL_FILETYPE_PEM) == 1);
}

/** Whoever asks for something is told that there is nothing. */
static void shake_hands(int fd)
{
	static const char answer_204[] = "HTTP/1.0 204 No Content\r\n\r\n";
	char buffer[4096];
	SSL *ssl = SSL_new(honest);

	signer_require(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
	if (SSL_accept(ssl) == 1 && SSL_read(ssl, buffer, sizeof(buffer)) > 0) {
		(void)SSL_write(ssl, answer_204, sizeof(answer_204) - 1);
		(void)SSL_shutdown(ssl);
	}
	SSL_free(ssl);
}

static void *receive(void *cookie)
{
	struct visit *visit = cookie;

	if (visit->kind->after == AFTER_TLS) {
		shake_hands(visit->fd);
	} else {
		answer(visit);
	}
	(void)close(visit->fd);
	free(visit);
	return NULL;
}

struct port {
	const struct kind *kind;
	int fd;
};

static void *serve(void *cookie)
{
	const struct port *port = cookie;

	for (;;) {
		struct visit *visit = malloc(sizeof(*visit));
		pthread_t thread;

		signer_require(visit != NULL);
		visit->kind = port->kind;
		visit->fd = accept(port->fd, NULL, NULL);
		signer_require(visit->fd >= 0);
		signer_require(pthread_create(&thread, NULL, receive, visit) == 0);
		(void)pthread_detach(thread);
	}
	return NULL;
}

static void open_port(struct port *port, const struct kind *kind)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	pthread_t thread;

	port->kind = kind;
	port->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	signer_require(bind(port->fd, (struct sockaddr *)&address, len) == 0 &&
		       listen(port->fd, 4096) == 0 &&
		       getsockname(port->fd, (struct sockaddr *)&address, &len) == 0 &&
		       pthread_create(&thread, NULL, serve, port) == 0);
	(void)printf("%s %u\n", kind->name, (unsigned)ntohs(address.sin_port));
}

int main(int argc, char **argv)
{
	static struct port ports[sizeof(kinds) / sizeof(kinds[0])];

	if (argc != 2) {
		(void)fprintf(stderr, "usage: tls_peers FOLDER\n");
		return 64;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	write_all(argv[1]);
	open_honest(argv[1]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		open_port(&ports[i], &kinds[i]);
	}
	(void)printf("ready\n");
	(void)fflush(stdout);
	for (;;) {
		(void)pause();
	}
}
