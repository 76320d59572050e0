/* What the gRPC door does with a connection: pings that come too often, an age that is reached. By
 * raw HTTP/2 (RFC 9113) where a library would behave. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ghostfleet/v1/fleet.pb-c.h"
#include "server/door/limits.h"
#include "store/base/clock.h"
#include "tests/support/door.h"
#include "tests/support/http_ask.h"
#include "tests/support/test.h"

enum { SETTINGS = 4, PING = 6, GOAWAY = 7, ACK = 1, FRAME = 9, PING_BYTES = 8 };
enum { NO_ERROR = 0, ENHANCE_YOUR_CALM = 11 };
enum { AGE_MS = 400, GRACE_MS = 200, HEAR_MAX = 64 << 10 };

static struct door_fixture d;

static enum err get_fleet(struct turn *t, const void *in, void *out)
{
	(void)t;
	(void)in;
	(void)out;
	return OK;
}

static enum err watch_fleet(struct turn *t, struct watch *w, void *out, bool *have)
{
	(void)t;
	(void)w;
	(void)out;
	*have = false;
	return OK;
}

static const struct method rows[] = {
	{ "ghostfleet.v1.FleetService", "GetFleet", METHOD_READ, ROLE_VIEWER, 0, 0, get_fleet,
	  NULL },
	{ "ghostfleet.v1.FleetService", "WatchFleet", METHOD_STREAM, ROLE_VIEWER, 0, TOPIC_FLEET,
	  NULL, watch_fleet },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* What the server said on a connection until it closed it, or for so long. */
struct heard {
	unsigned acks; /* of our pings */
	bool goaway, closed;
	uint32_t code;
	char debug[64];
};

static void take_frame(struct heard *h, const uint8_t *f, size_t n)
{
	size_t text = n > FRAME + 8 ? n - FRAME - 8 : 0;

	if (f[3] == PING && f[4] & ACK)
		h->acks++;
	if (f[3] != GOAWAY || n < FRAME + 8 || h->goaway)
		return; /* the first says why; what follows it closes the door */
	h->goaway = true;
	h->code = (uint32_t)f[13] << 24 | (uint32_t)f[14] << 16 | (uint32_t)f[15] << 8 | f[16];
	if (text >= sizeof(h->debug))
		text = sizeof(h->debug) - 1;
	memcpy(h->debug, f + FRAME + 8, text);
	h->debug[text] = 0;
}

static struct heard hear(int fd, int64_t within_ms)
{
	static uint8_t said[HEAR_MAX];
	int64_t until = clock_mono_ms() + within_ms, left;
	struct heard h = { 0 };
	size_t n = 0, at = 0;

	while ((left = until - clock_mono_ms()) > 0 && n < sizeof(said)) {
		if (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, (int)left) != 1)
			break;
		ssize_t got = read(fd, said + n, sizeof(said) - n);

		h.closed = got <= 0;
		if (h.closed)
			break;
		n += (size_t)got;
		while (n - at >= FRAME) {
			size_t whole = FRAME + ((size_t)said[at] << 16 | (size_t)said[at + 1] << 8 |
						said[at + 2]);

			if (n - at < whole)
				break;
			take_frame(&h, said + at, whole);
			at += whole;
		}
	}
	return h;
}

static int connect_http2(void)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	static const uint8_t settings[FRAME] = { [3] = SETTINGS };
	int fd = http_connect(grpc_door_port(d.door));

	http_send(fd, preface, sizeof(preface) - 1);
	http_send(fd, settings, sizeof(settings));
	return fd;
}

static void ping(int fd)
{
	static const uint8_t frame[FRAME + PING_BYTES] = { [2] = PING_BYTES, [3] = PING };

	http_send(fd, frame, sizeof(frame));
}

static void pings_that_come_too_often_end_the_connection(void **state)
{
	struct heard h;

	(void)state;
	door_open(&d, rows, ROWS, (struct grpc_options){ 0 });
	int fd = connect_http2();

	for (int i = 0; i < LIMIT_GRPC_PING_STRIKES + 2; i++)
		ping(fd);
	h = hear(fd, 10000);
	assert_true(h.goaway);
	assert_int_equal(h.code, ENHANCE_YOUR_CALM);
	assert_string_equal(h.debug, "too_many_pings");
	assert_true(h.closed);
	(void)close(fd);
	door_close(&d);
}

static void pings_now_and_then_are_answered(void **state)
{
	struct heard h;

	(void)state;
	door_open(&d, rows, ROWS, (struct grpc_options){ 0 });
	int fd = connect_http2();

	ping(fd);
	h = hear(fd, 500);
	assert_int_equal(h.acks, 1);
	assert_false(h.goaway);
	assert_false(h.closed);
	(void)close(fd);
	door_close(&d);
}

/* A watch ends with what says "again", and a call on a client that noticed nothing comes through.
 */
static void a_connection_of_age_is_closed_and_clients_go_on(void **state)
{
	Ghostfleet__V1__WatchFleetRequest q = GHOSTFLEET__V1__WATCH_FLEET_REQUEST__INIT;
	struct grpc_said said;
	struct heard h;

	(void)state;
	door_open(&d, rows, ROWS,
		  (struct grpc_options){ .age_ms = AGE_MS, .age_grace_ms = GRACE_MS });
	struct grpc_talk *s =
		door_watch(&d, "/ghostfleet.v1.FleetService/WatchFleet", "viewer", &q);

	assert_true(grpc_talk_end(s, 10000, &said));
	assert_said(&said, 14, NULL, NULL);
	grpc_talk_free(s);
	for (int i = 0; i < 5; i++) {
		door_ask_bytes(&d, "/ghostfleet.v1.FleetService/GetFleet", "viewer", "", 0, &said);
		assert_said(&said, 0, NULL, NULL);
		(void)usleep(AGE_MS * 1000 / 2);
	}
	int fd = connect_http2();

	h = hear(fd, 10000);
	assert_true(h.goaway);
	assert_int_equal(h.code, NO_ERROR);
	assert_true(h.closed);
	(void)close(fd);
	door_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pings_that_come_too_often_end_the_connection),
		cmocka_unit_test(pings_now_and_then_are_answered),
		cmocka_unit_test(a_connection_of_age_is_closed_and_clients_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
