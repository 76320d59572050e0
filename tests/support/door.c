#include "tests/support/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/door/doorman.h"
#include "store/base/clock.h"
#include "store/identities.h"
#include "tests/support/test.h"

static void token_of(const char *name, char out[64])
{
	(void)snprintf(out, 64, "gf_%s", name);
}

static enum err add_identities(struct turn *t, void *arg)
{
	static const struct {
		const char *name;
		unsigned roles;
		int64_t expires_ms;
	} list[] = {
		{ "viewer", ROLE_VIEWER, 0 },       { "operator", ROLE_OPERATOR, 0 },
		{ "treasurer", ROLE_TREASURER, 0 }, { "admin", ROLE_ADMIN, 0 },
		{ "loopback", ROLE_LOOPBACK, 0 },   { "late", ROLE_VIEWER, 1 },
	};

	(void)arg;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct identity id = { .name = list[i].name,
				       .roles = list[i].roles,
				       .expires_ms = list[i].expires_ms };
		char token[64];

		token_of(list[i].name, token);
		token_hash(token, strlen(token), &id.token);
		TRY(identity_add(t, &id));
	}
	return OK;
}

void door_open(struct door_fixture *d, const struct method *methods, size_t n,
	       struct grpc_options options)
{
	*d = (struct door_fixture){ .options = options };
	fixture_open(&d->f, (struct store_options){ 0 });
	assert_ok(&d->f, fixture_lane(&d->f, add_identities, NULL));
	assert_ok(&d->f, slow_open(fixture_turn(&d->f), d->f.store, &d->slow));
	d->options.address = "127.0.0.1";
	d->options.methods = methods;
	d->options.n_methods = n;
	d->options.slow = d->slow;
	assert_ok(&d->f, grpc_door_open(fixture_turn(&d->f), d->f.store, &d->options, &d->door));
	grpc_door_serving(d->door, true);
	d->client = grpc_client_open(grpc_door_port(d->door));
}

void door_close(struct door_fixture *d)
{
	grpc_client_close(d->client);
	grpc_door_close(d->door, 2000);
	slow_close(d->slow);
	fixture_close(&d->f);
}

struct bytes packed(const void *message)
{
	size_t n = protobuf_c_message_get_packed_size(message);
	uint8_t *p = malloc(n + 1);

	if (!p)
		abort();
	(void)protobuf_c_message_pack(message, p);
	return (struct bytes){ p, n };
}

void door_ask_bytes(struct door_fixture *d, const char *path, const char *who, const void *p,
		    size_t n, struct grpc_said *out)
{
	char token[64];
	struct grpc_ask ask = { .path = path, .body = p, .n = n };

	if (who) {
		token_of(who, token);
		ask.token = token;
	}
	grpc_ask(d->client, &ask, out);
}

void door_ask(struct door_fixture *d, const char *path, const char *who, const void *message,
	      struct grpc_said *out)
{
	struct bytes b = packed(message);

	door_ask_bytes(d, path, who, b.p, b.n, out);
	free((void *)b.p);
}

struct grpc_talk *door_watch(struct door_fixture *d, const char *path, const char *who,
			     const void *message)
{
	char token[64];
	struct bytes b = packed(message);
	struct grpc_ask ask = { .path = path, .body = b.p, .n = b.n };

	if (who) {
		token_of(who, token);
		ask.token = token;
	}
	struct grpc_talk *s = grpc_talk_open(d->client, &ask, true);

	free((void *)b.p);
	return s;
}

void said_is(const struct grpc_said *said, int status, const char *reason, const char *word,
	     const char *file, int line)
{
	if (said->status == status && (!reason || strcmp(said->reason, reason) == 0) &&
	    (!word || strstr(said->message, word)))
		return;
	print_error("want %d %s '%s', got %d %s '%s'\n", status, reason ? reason : "",
		    word ? word : "", said->status, said->reason, said->message);
	_fail(file, line);
}

void *said_message(const struct grpc_said *said, const ProtobufCMessageDescriptor *d)
{
	assert_true(said->has_reply);
	void *m = protobuf_c_message_unpack(d, NULL, said->n,
					    said->n ? said->reply : (const uint8_t *)"");

	assert_non_null(m);
	return m;
}

void wait_until(bool (*fn)(void *arg), void *arg, const char *what)
{
	int64_t until = clock_mono_ms() + 10000;

	while (!fn(arg)) {
		if (clock_mono_ms() > until)
			fail_msg("waited 10 s in vain: %s\n", what);
		(void)usleep(1000);
	}
}
