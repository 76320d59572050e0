/* TLS through both doors: who gets in with which certificate, and what happens when certificates
 * and identities change under open connections. */
#include "server/door/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ghostfleet/v1/access.pb-c.h"
#include "ghostfleet/v1/fleet.pb-c.h"
#include "grpc/health/v1/health.pb-c.h"
#include "server/door/doorman.h"
#include "server/door/grpc.h"
#include "server/door/http.h"
#include "server/ops/health.h"
#include "server/ops/metrics.h"
#include "store/base/clock.h"
#include "store/events.h"
#include "store/identities.h"
#include "tests/support/door.h"
#include "tests/support/http_ask.h"
#include "tests/support/pki.h"
#include "tests/support/test.h"

#define WHO_AM_I "/ghostfleet.v1.AccessService/WhoAmI"
#define WATCH    "/ghostfleet.v1.FleetService/WatchFleet"
#define URI(who) "spiffe://ghost-fleet/" who
#define GET(path, more)                                                                            \
	"GET " path " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" more "\r\n"
#define TOKEN_ADMIN "gf_admin"

enum { PATIENCE_MS = 10000 };

static struct world {
	struct fixture f;
	char pki[128];
	struct tls *tls;
	struct slow *slow;
	struct grpc_door *grpc;
	struct http_door *http;
	char *ca;
} w;

static enum err who_am_i(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__WhoAmIResponse *out = vout;

	(void)in;
	out->actor = turn_strdup(t, t->actor);
	out->proof = turn_strdup(t, t->proof);
	return OK;
}

/* Says hello, and then nothing. */
static enum err watch_fleet(struct turn *t, struct watch *watch, void *out, bool *have)
{
	Ghostfleet__V1__WatchFleetResponse *r = out;

	if (watch->state)
		return OK;
	watch->state = watch;
	r->kind_case = GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_HEARTBEAT;
	r->heartbeat = turn_alloc(t, sizeof(*r->heartbeat));
	ghostfleet__v1__heartbeat__init(r->heartbeat);
	*have = true;
	return OK;
}

static const struct method rows[] = {
	{ "ghostfleet.v1.AccessService", "WhoAmI", METHOD_READ, ROLE_VIEWER | ROLE_OPERATOR, 0, 0,
	  who_am_i, NULL },
	{ "ghostfleet.v1.FleetService", "WatchFleet", METHOD_STREAM, ROLE_VIEWER, 0, TOPIC_WALLET,
	  NULL, watch_fleet },
};

static enum err say_actor(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	(void)q;
	buf_printf(&r->body, "actor=%s proof=%s", t->actor, t->proof ? t->proof : "none");
	return OK;
}

static const struct http_route routes[] = {
	{ "GET", "/health", METHOD_READ, 0, 0, say_actor },
	{ "GET", "/admin/status", METHOD_READ, ROLE_VIEWER | ROLE_LOOPBACK, 0, say_actor },
	{ "GET", "/token", METHOD_READ, ROLE_VIEWER, 0, say_actor },
};

static enum err add(struct turn *t, const char *name, unsigned roles, const char *uri,
		    const char *token)
{
	struct identity i = { .name = name, .roles = roles, .uri = uri };

	if (uri)
		token_hash(uri, strlen(uri), &i.uri_hash);
	if (token)
		token_hash(token, strlen(token), &i.token);
	return identity_add(t, &i);
}

static enum err add_identities(struct turn *t, void *arg)
{
	(void)arg;
	TRY(add(t, "admin", ROLE_ADMIN, NULL, TOKEN_ADMIN));
	TRY(add(t, "vera", ROLE_VIEWER, URI("vera"), NULL));
	TRY(add(t, "vic", ROLE_VIEWER, URI("vic"), "gf_vic"));
	return add(t, "tom", ROLE_TREASURER, URI("tom"), NULL);
}

static void make_certificates(void)
{
	const struct pki_ask ca = { .ca = true }, server = { .server = true };

	pki_make(w.pki, NULL, "ca", &ca);
	pki_make(w.pki, NULL, "other", &ca);
	pki_make(w.pki, "ca", "server", &server);
	pki_make(w.pki, "ca", "vera", &(struct pki_ask){ .uris = { URI("vera") } });
	pki_make(w.pki, "ca", "vic", &(struct pki_ask){ .uris = { URI("vic") } });
	pki_make(w.pki, "ca", "tom", &(struct pki_ask){ .uris = { URI("tom") } });
	pki_make(w.pki, "ca", "stranger", &(struct pki_ask){ .uris = { URI("stranger") } });
	pki_make(w.pki, "ca", "two", &(struct pki_ask){ .uris = { URI("vera"), URI("tom") } });
	/* Its common name is vera's, and counts for nothing. */
	pki_make(w.pki, "ca", "none", &(struct pki_ask){ 0 });
	pki_make(w.pki, "ca", "zero",
		 &(struct pki_ask){ .uris = { URI("vera") "\0.evil" },
				    .uri_bytes = sizeof(URI("vera") "\0.evil") - 1 });
	pki_make(w.pki, "other", "forged", &(struct pki_ask){ .uris = { URI("vera") } });
	pki_make(w.pki, "ca", "late",
		 &(struct pki_ask){ .uris = { URI("vera") }, .from_s = -7200, .until_s = -3600 });
	pki_make(w.pki, "ca", "early",
		 &(struct pki_ask){ .uris = { URI("vera") }, .from_s = 3600, .until_s = 7200 });
	w.ca = pki_text(w.pki, "ca", "crt");
}

static struct tls_options files(enum tls_client client)
{
	return (struct tls_options){
		pki_path(w.pki, "server", "crt"), pki_path(w.pki, "server", "key"),
		client == TLS_CLIENT_NONE ? NULL : pki_path(w.pki, "ca", "crt"), client
	};
}

static void doors_open(enum tls_client client, const char *address)
{
	struct tls_options o = files(client);
	struct grpc_options g = { .address = "127.0.0.1", .methods = rows, .n_methods = 2 };
	struct http_options h = {
		.address = address, .routes = routes, .n_routes = 3, .methods = rows, .n_methods = 1
	};

	fixture_open(&w.f, (struct store_options){ 0 });
	assert_ok(&w.f, fixture_lane(&w.f, add_identities, NULL));
	test_dir(w.pki, sizeof(w.pki));
	make_certificates();
	o = files(client);
	assert_ok(&w.f, tls_open(fixture_turn(&w.f), &o, &w.tls));
	assert_ok(&w.f, slow_open(fixture_turn(&w.f), w.f.store, &w.slow));
	g.tls = h.tls = w.tls;
	g.slow = h.slow = w.slow;
	assert_ok(&w.f, grpc_door_open(fixture_turn(&w.f), w.f.store, &g, &w.grpc));
	assert_ok(&w.f, http_door_open(fixture_turn(&w.f), w.f.store, &h, &w.http));
	grpc_door_serving(w.grpc, true);
}

static int open_optional(void **state)
{
	(void)state;
	doors_open(TLS_CLIENT_OPTIONAL, "127.0.0.1");
	return 0;
}

static int open_required(void **state)
{
	(void)state;
	doors_open(TLS_CLIENT_REQUIRED, "127.0.0.1");
	return 0;
}

static int open_none(void **state)
{
	(void)state;
	doors_open(TLS_CLIENT_NONE, "127.0.0.1");
	return 0;
}

static int open_to_all(void **state)
{
	(void)state;
	doors_open(TLS_CLIENT_OPTIONAL, "0.0.0.0");
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	http_door_close(w.http);
	grpc_door_close(w.grpc, 2000);
	slow_close(w.slow);
	tls_close(w.tls);
	free(w.ca);
	test_dir_remove(w.pki);
	fixture_close(&w.f);
	return 0;
}

/* ---- one call by each door ---- */

static struct grpc_client *client_of(const char *who)
{
	char *cert = who ? pki_text(w.pki, who, "crt") : NULL;
	char *key = who ? pki_text(w.pki, who, "key") : NULL;
	struct grpc_client *c = grpc_client_open_tls(grpc_door_port(w.grpc), w.ca, cert, key);

	free(cert);
	free(key);
	return c;
}

static void ask_on(struct grpc_client *c, const char *token, struct grpc_said *out)
{
	grpc_ask(c,
		 &(struct grpc_ask){ .path = WHO_AM_I,
				     .token = token,
				     .body = "",
				     .n = 0,
				     .deadline_ms = PATIENCE_MS },
		 out);
}

static void ask_grpc(const char *who, const char *token, struct grpc_said *out)
{
	struct grpc_client *c = client_of(who);

	ask_on(c, token, out);
	grpc_client_close(c);
}

static void ask_http(const char *who, const char *request, struct tls_said *out)
{
	tls_ask(http_door_port(w.http), w.pki, who, NULL, request, out);
}

static void grpc_takes(const char *who, const char *token, const char *actor, const char *proof)
{
	struct grpc_said said;

	ask_grpc(who, token, &said);
	assert_said(&said, 0, NULL, NULL);
	Ghostfleet__V1__WhoAmIResponse *r =
		said_message(&said, &ghostfleet__v1__who_am_iresponse__descriptor);

	assert_string_equal(r->actor, actor);
	assert_string_equal(r->proof, proof);
	protobuf_c_message_free_unpacked(&r->base, NULL);
}

static void grpc_refuses(const char *who, const char *token, const char *word)
{
	struct grpc_said said;

	ask_grpc(who, token, &said);
	assert_said(&said, 16, "UNAUTHENTICATED", word);
}

/* No connection at all. */
static void grpc_shuts(const char *who, const char *token)
{
	struct grpc_said said;

	ask_grpc(who, token, &said);
	assert_said(&said, 14, "", NULL);
}

static void http_says(const char *who, const char *request, int status, const char *word)
{
	struct tls_said said;
	int got = 0;

	ask_http(who, request, &said);
	if (said.handshake != 0 || sscanf(said.text, "HTTP/1.1 %d", &got) != 1 || got != status ||
	    !strstr(said.text, word))
		fail_msg("wanted %d with '%s', got %d (TLS %d): %s", status, word, got,
			 said.handshake, said.text);
}

static void http_shuts(const char *who)
{
	struct tls_said said;

	ask_http(who, GET("/health", ""), &said);
	assert_int_not_equal(said.handshake, 0);
	assert_int_equal(said.n, 0);
}

/* ---- who gets in ---- */

static void a_uri_is_an_identity(void **state)
{
	(void)state;
	grpc_takes("vera", NULL, "vera", "certificate");
	http_says("vera", GET("/token", ""), 200, "actor=vera proof=certificate");
	grpc_takes(NULL, TOKEN_ADMIN, "admin", "token");
	http_says(NULL, GET("/token", "Authorization: Bearer " TOKEN_ADMIN "\r\n"), 200,
		  "actor=admin proof=token");
}

static void roles_are_the_identity_s(void **state)
{
	struct grpc_said said;

	(void)state;
	ask_grpc("tom", NULL, &said);
	assert_said(&said, 7, "PERMISSION_DENIED", "'tom' may not call");
	http_says("tom", GET("/token", ""), 403, "'tom' may not call");
}

static void no_uri_or_two_or_a_strange_one_is_nobody(void **state)
{
	static const struct {
		const char *who, *word;
	} cases[] = {
		{ "none", "has no URI name" },
		{ "two", "has 2 URI names" },
		{ "stranger", "no identity here has the URI '" URI("stranger") "'" },
		{ "zero", "is no text" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		grpc_refuses(cases[i].who, NULL, cases[i].word);
		http_says(cases[i].who, GET("/token", ""), 401, cases[i].word);
		/* Nor is it as if it had brought none. */
		http_says(cases[i].who, GET("/admin/status", ""), 401, cases[i].word);
	}
}

static void what_the_ca_did_not_issue_or_is_out_of_time_gets_no_connection(void **state)
{
	(void)state;
	grpc_shuts("forged", NULL);
	http_shuts("forged");
	grpc_shuts("late", NULL);
	http_shuts("late");
	grpc_shuts("early", NULL);
	http_shuts("early");
	/* A server's certificate is for no caller. */
	grpc_shuts("server", TOKEN_ADMIN);
	http_shuts("server");
}

static void a_token_beside_a_certificate_must_agree_with_it(void **state)
{
	(void)state;
	/* It names nobody: only the way in. */
	grpc_takes("stranger", TOKEN_ADMIN, "admin", "token");
	grpc_takes("none", TOKEN_ADMIN, "admin", "token");
	/* Both are of one identity. */
	grpc_takes("vic", "gf_vic", "vic", "token");
	/* Two identities, or several names: refused. */
	grpc_refuses("vera", TOKEN_ADMIN, "is that of 'vera', the token that of 'admin'");
	grpc_refuses("two", TOKEN_ADMIN, "has 2 URI names");
	/* A good certificate does not make a wrong token good. */
	grpc_refuses("vera", "gf_wrong", "not one of ours");
	http_says("vera", GET("/token", "Authorization: Bearer " TOKEN_ADMIN "\r\n"), 401,
		  "is that of 'vera'");
	http_says("stranger", GET("/token", "Authorization: Bearer " TOKEN_ADMIN "\r\n"), 200,
		  "actor=admin");
}

static void required_means_no_connection_without_one(void **state)
{
	(void)state;
	grpc_shuts(NULL, TOKEN_ADMIN);
	http_shuts(NULL);
	grpc_takes("vera", NULL, "vera", "certificate");
	http_says("vera", GET("/health", ""), 200, "actor=anonymous");
}

static void none_means_that_certificates_say_nothing(void **state)
{
	(void)state;
	grpc_refuses("vera", NULL, "no token");
	http_says("vera", GET("/token", ""), 401, "no token");
	grpc_takes("vera", TOKEN_ADMIN, "admin", "token");
}

static void old_tls_is_refused(void **state)
{
	static const char old[] = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0:%COMPAT";
	static const char weak[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA:-CIPHER-ALL:"
				   "+AES-128-CBC:+3DES-CBC";
	static const char good[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2";
	unsigned ports[] = { grpc_door_port(w.grpc), http_door_port(w.http) };
	struct tls_said said;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		tls_ask(ports[i], w.pki, NULL, old, NULL, &said);
		assert_int_not_equal(said.handshake, 0);
		tls_ask(ports[i], w.pki, NULL, weak, NULL, &said);
		assert_int_not_equal(said.handshake, 0);
		tls_ask(ports[i], w.pki, NULL, good, NULL, &said);
		assert_int_equal(said.handshake, 0);
		assert_string_equal(said.subject, "server");
	}
}

static void plain_talk_to_a_tls_door_ends(void **state)
{
	struct grpc_client *c = grpc_client_open(grpc_door_port(w.grpc));
	struct grpc_said said;
	int fd = http_connect(http_door_port(w.http));

	(void)state;
	http_send(fd, GET("/health", ""), sizeof(GET("/health", "")) - 1);
	struct http_answer a = http_receive(fd, false);

	assert_int_equal(a.status, 0);
	http_answer_free(&a);
	(void)close(fd);
	grpc_ask(c, &(struct grpc_ask){ .path = WHO_AM_I, .body = "", .deadline_ms = 3000 }, &said);
	assert_true(said.status == 14 || said.status == 4);
	grpc_client_close(c);
}

/* ---- loopback ---- */

static void loopback_is_loopback_by_tls_too(void **state)
{
	(void)state;
	http_says(NULL, GET("/admin/status", ""), 200, "actor=loopback proof=loopback");
	http_says(NULL, GET("/admin/status", "Origin: https://evil.example\r\n"), 401, "Origin");
}

static void a_door_for_all_opens_nothing_without_a_proof(void **state)
{
	(void)state;
	http_says(NULL, GET("/admin/status", ""), 401, "no token");
	http_says(NULL, GET("/health", ""), 200, "anonymous");
	http_says("vera", GET("/admin/status", ""), 200, "actor=vera");
	/* By whatever name it is reached. */
	http_says("vera",
		  "GET /admin/status HTTP/1.1\r\nHost: fleet.example\r\nConnection: close\r\n\r\n",
		  200, "actor=vera");
}

static void a_page_in_a_browser_cannot_use_the_certificate(void **state)
{
	(void)state;
	http_says("vera", GET("/admin/status", "Origin: https://evil.example\r\n"), 401,
		  "a browser sends its certificate");
	http_says("stranger",
		  GET("/token",
		      "Origin: https://fleet.example\r\nAuthorization: Bearer " TOKEN_ADMIN "\r\n"),
		  200, "actor=admin");
}

/* ---- what changes under open connections ---- */

static struct grpc_talk *watch_as(struct grpc_client *c)
{
	static const uint8_t nothing[1];
	struct grpc_talk *s = grpc_talk_open(
		c, &(struct grpc_ask){ .path = WATCH, .body = nothing, .n = 0 }, true);
	struct grpc_said said;

	assert_true(grpc_talk_next(s, PATIENCE_MS, &said, NULL));
	return s;
}

static enum err revoke_it(struct turn *t, void *arg)
{
	return identity_revoke(t, arg);
}

static void a_revoked_identity_is_out_at_once(void **state)
{
	struct grpc_client *c = client_of("vera");
	struct grpc_talk *s = watch_as(c);
	struct grpc_said said;
	int64_t from;

	(void)state;
	ask_on(c, NULL, &said);
	assert_said(&said, 0, NULL, NULL);
	assert_ok(&w.f, fixture_lane(&w.f, revoke_it, (void *)"vera"));
	from = clock_mono_ms();
	/* The stream listens to wallets alone, and ends all the same, long before a heartbeat. */
	assert_true(grpc_talk_end(s, PATIENCE_MS, &said));
	assert_said(&said, 16, "UNAUTHENTICATED", "'vera' was revoked");
	assert_true(clock_mono_ms() - from < 5000);
	grpc_talk_free(s);
	ask_on(c, NULL, &said);
	assert_said(&said, 16, "UNAUTHENTICATED", "'vera' was revoked");
	http_says("vera", GET("/token", ""), 401, "'vera' was revoked");
	/* No token makes up for it. */
	ask_on(c, TOKEN_ADMIN, &said);
	assert_said(&said, 16, "UNAUTHENTICATED", "'vera' was revoked");
	grpc_client_close(c);
}

static void a_certificate_that_expires_ends_what_it_opened(void **state)
{
	pki_make(w.pki, "ca", "brief", &(struct pki_ask){ .uris = { URI("vera") }, .until_s = 3 });
	struct grpc_client *c = client_of("brief");
	struct grpc_said said;
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	(void)state;
	ask_on(c, NULL, &said);
	assert_said(&said, 0, NULL, NULL);
	while (said.status == 0 && clock_mono_ms() < until)
		ask_on(c, NULL, &said);
	assert_said(&said, 16, "UNAUTHENTICATED", "the client certificate expired at");
	grpc_client_close(c);
}

static const char *subject_of(unsigned port)
{
	static struct tls_said said;

	tls_ask(port, w.pki, NULL, NULL, NULL, &said);
	return said.subject;
}

static void both_show(const char *subject)
{
	assert_string_equal(subject_of(grpc_door_port(w.grpc)), subject);
	assert_string_equal(subject_of(http_door_port(w.http)), subject);
}

static void move(const char *from, const char *to, const char *ext)
{
	assert_int_equal(rename(pki_path(w.pki, from, ext), pki_path(w.pki, to, ext)), 0);
}

static struct health_component certificate_health(void)
{
	struct health_component all[HEALTH_COMPONENTS];
	size_t n = health_components(all, HEALTH_COMPONENTS);

	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].name, "certificate") == 0)
			return all[i];
	fail_msg("the certificate has no health");
	return all[0];
}

static bool metrics_have(const char *line)
{
	struct turn *t = fixture_turn(&w.f);
	struct buf b = buf_in(t->mem, 1 << 20);

	metrics_write(&b, NULL, 0);
	return strstr(buf_text(&b), line) != NULL;
}

static void a_new_pair_is_for_new_connections(void **state)
{
	struct grpc_client *c = client_of("vera");
	struct grpc_talk *s = watch_as(c);
	struct grpc_said said;

	(void)state;
	both_show("server");
	pki_make(w.pki, "ca", "fresh", &(struct pki_ask){ .server = true });
	move("fresh", "server", "crt");
	move("fresh", "server", "key");
	/* Once to see that they changed, once more to see that they stand still. */
	tls_look(fixture_turn(&w.f), w.tls);
	both_show("server");
	tls_look(fixture_turn(&w.f), w.tls);
	both_show("fresh");
	/* The stream and its connection go on. */
	ask_on(c, NULL, &said);
	assert_said(&said, 0, NULL, NULL);
	assert_false(grpc_talk_end(s, 200, &said));
	grpc_talk_free(s);
	grpc_client_close(c);
	assert_true(metrics_have("ghost_fleet_tls_reloads_total{outcome=\"loaded\"}"));
}

static void a_broken_pair_leaves_the_old_one(void **state)
{
	(void)state;
	metrics_reset();
	pki_make(w.pki, "ca", "fresh", &(struct pki_ask){ .server = true });
	move("fresh", "server", "crt"); /* without its key */
	assert_fails(&w.f, tls_reload(fixture_turn(&w.f), w.tls), ERR_REFUSED,
		     "does not belong to the certificate");
	both_show("server");
	assert_int_equal(certificate_health().state, HEALTH_DEGRADED);
	assert_non_null(strstr(certificate_health().why, "does not belong"));
	assert_true(metrics_have("ghost_fleet_tls_reloads_total{outcome=\"refused\"} 1"));
	/* It is said once, not at every look. */
	tls_look(fixture_turn(&w.f), w.tls);
	tls_look(fixture_turn(&w.f), w.tls);
	assert_true(metrics_have("ghost_fleet_tls_reloads_total{outcome=\"refused\"} 1"));
	move("fresh", "server", "key");
	assert_ok(&w.f, tls_reload(fixture_turn(&w.f), w.tls));
	both_show("fresh");
	assert_int_equal(certificate_health().state, HEALTH_HEALTHY);
}

static void a_new_pair_must_be_good_now(void **state)
{
	(void)state;
	pki_make(w.pki, "ca", "server",
		 &(struct pki_ask){ .server = true, .from_s = -7200, .until_s = -60 });
	assert_fails(&w.f, tls_reload(fixture_turn(&w.f), w.tls), ERR_REFUSED, "expired at");
	pki_make(w.pki, "ca", "server",
		 &(struct pki_ask){ .server = true, .from_s = 3600, .until_s = 7200 });
	assert_fails(&w.f, tls_reload(fixture_turn(&w.f), w.tls), ERR_REFUSED, "not good before");
	both_show("server");
	http_says("vera", GET("/token", ""), 200, "actor=vera");
}

static void a_new_client_ca_counts_for_new_connections(void **state)
{
	(void)state;
	grpc_shuts("forged", NULL);
	move("other", "ca", "crt");
	assert_ok(&w.f, tls_reload(fixture_turn(&w.f), w.tls));
	http_says("forged", GET("/token", ""), 200, "actor=vera");
	http_shuts("vera");
	grpc_shuts("vera", NULL);
}

static void an_end_that_comes_near_is_said(void **state)
{
	static const struct {
		int64_t days;
		enum health_state health;
	} cases[] = { { 90, HEALTH_HEALTHY }, { 20, HEALTH_HEALTHY }, { 5, HEALTH_DEGRADED } };

	(void)state;
	pki_make(w.pki, NULL, "ca", &(struct pki_ask){ .ca = true, .until_s = 1000 * 86400 });
	for (size_t i = 0; i < 3; i++) {
		pki_make(w.pki, "ca", "server",
			 &(struct pki_ask){ .server = true, .until_s = cases[i].days * 86400 });
		assert_ok(&w.f, tls_reload(fixture_turn(&w.f), w.tls));
		assert_int_equal(certificate_health().state, cases[i].health);
	}
	assert_non_null(strstr(certificate_health().why, "expires at"));
}

/* ---- files ---- */

static void a_pair_that_cannot_be_used_is_refused_by_name(void **state)
{
	struct tls_options o;
	struct tls *s;

	(void)state;
#define REFUSED(options, word)                                                                     \
	(o = (options), assert_fails(&w.f, tls_open(fixture_turn(&w.f), &o, &s), ERR_REFUSED, word))
	pki_make(w.pki, "ca", "weak", &(struct pki_ask){ .server = true, .rsa_bits = 1024 });
	pki_make(w.pki, "ca", "open", &(struct pki_ask){ .server = true });
	assert_int_equal(chmod(pki_path(w.pki, "open", "key"), 0640), 0);
	REFUSED(((struct tls_options){ pki_path(w.pki, "vera", "crt"),
				       pki_path(w.pki, "vera", "key"), NULL, TLS_CLIENT_NONE }),
		"is not for a server");
	REFUSED(((struct tls_options){ pki_path(w.pki, "weak", "crt"),
				       pki_path(w.pki, "weak", "key"), NULL, TLS_CLIENT_NONE }),
		"RSA key of 1024 bits");
	REFUSED(((struct tls_options){ pki_path(w.pki, "open", "crt"),
				       pki_path(w.pki, "open", "key"), NULL, TLS_CLIENT_NONE }),
		"chmod 600");
	REFUSED(((struct tls_options){ pki_path(w.pki, "server", "crt"),
				       pki_path(w.pki, "vera", "key"), NULL, TLS_CLIENT_NONE }),
		"does not belong");
	REFUSED(((struct tls_options){ pki_path(w.pki, "server", "crt"),
				       pki_path(w.pki, "server", "key"),
				       pki_path(w.pki, "vera", "crt"), TLS_CLIENT_REQUIRED }),
		"no CA's");
	REFUSED(((struct tls_options){ pki_path(w.pki, "server", "key"),
				       pki_path(w.pki, "server", "key"), NULL, TLS_CLIENT_NONE }),
		"holds no certificate");
	REFUSED(((struct tls_options){ pki_path(w.pki, "nothing", "crt"),
				       pki_path(w.pki, "server", "key"), NULL, TLS_CLIENT_NONE }),
		"cannot be opened");
}

#define WITH(open, test) cmocka_unit_test_setup_teardown(test, open, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(open_optional, a_uri_is_an_identity),
		WITH(open_optional, roles_are_the_identity_s),
		WITH(open_optional, no_uri_or_two_or_a_strange_one_is_nobody),
		WITH(open_optional, what_the_ca_did_not_issue_or_is_out_of_time_gets_no_connection),
		WITH(open_optional, a_token_beside_a_certificate_must_agree_with_it),
		WITH(open_required, required_means_no_connection_without_one),
		WITH(open_none, none_means_that_certificates_say_nothing),
		WITH(open_optional, old_tls_is_refused),
		WITH(open_optional, plain_talk_to_a_tls_door_ends),
		WITH(open_optional, loopback_is_loopback_by_tls_too),
		WITH(open_to_all, a_door_for_all_opens_nothing_without_a_proof),
		WITH(open_to_all, a_page_in_a_browser_cannot_use_the_certificate),
		WITH(open_optional, a_revoked_identity_is_out_at_once),
		WITH(open_optional, a_certificate_that_expires_ends_what_it_opened),
		WITH(open_optional, a_new_pair_is_for_new_connections),
		WITH(open_optional, a_broken_pair_leaves_the_old_one),
		WITH(open_optional, a_new_pair_must_be_good_now),
		WITH(open_optional, a_new_client_ca_counts_for_new_connections),
		WITH(open_optional, an_end_that_comes_near_is_said),
		WITH(open_optional, a_pair_that_cannot_be_used_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
