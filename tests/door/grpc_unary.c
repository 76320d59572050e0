/* Unary calls through the gRPC door: what arrives, who may, what is answered, what is said twice.
 */
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ghostfleet/v1/fleet.pb-c.h"
#include "ghostfleet/v1/wallet.pb-c.h"
#include "store/base/clock.h"
#include "store/events.h"
#include "tests/support/crowd.h"
#include "tests/support/door.h"
#include "tests/support/test.h"

#define FLEET   "/ghostfleet.v1.FleetService/"
#define WALLETS "/ghostfleet.v1.WalletService/"

static atomic_int reads, writes, slows, slow_began;
static sem_t slow_may_go;

static enum err get_fleet(struct turn *t, const void *in, void *out)
{
	Ghostfleet__V1__GetFleetResponse *r = out;
	Ghostfleet__V1__Fleet *f = turn_alloc(t, sizeof(*f));

	(void)in;
	ghostfleet__v1__fleet__init(f);
	f->total_balance = turn_strdup(t, t->actor);
	f->last_event_id = atomic_fetch_add(&reads, 1) + 1;
	r->fleet = f;
	return OK;
}

static enum err get_wallet(struct turn *t, const void *in, void *out)
{
	const Ghostfleet__V1__GetWalletRequest *q = in;

	(void)out;
	if (strcmp(q->name, "wallets/left") == 0)
		return fail(t, ERR_REFUSED, "left %lld", (long long)turn_left_ms(t));
	if (strcmp(q->name, "wallets/busy") == 0) {
		t->retry_ms = 1500;
		return fail_reason(t, REASON_STATE_STALE, "balances are %d s old", 40);
	}
	if (strcmp(q->name, "wallets/silent") == 0)
		return ERR_STALE;
	return fail(t, ERR_MISSING, "there is no wallet '%s'", q->name);
}

static enum err pause_fleet(struct turn *t, const void *in, void *out)
{
	const Ghostfleet__V1__PauseFleetRequest *q = in;
	Ghostfleet__V1__PauseFleetResponse *r = out;

	assert_true(t->in_lane && t->urgent);
	if (strcmp(q->scope, "wallets/none") == 0)
		return fail(t, ERR_MISSING, "there is no wallet 'none'");
	TRY(event_add(t, TOPIC_FLEET, "fleet", "paused", "for a test"));
	r->pause = turn_alloc(t, sizeof(*r->pause));
	ghostfleet__v1__pause__init(r->pause);
	r->pause->epoch = atomic_fetch_add(&writes, 1) + 1;
	r->pause->actor = turn_strdup(t, t->actor);
	return OK;
}

static enum err in_lane_generate(struct turn *t, void *out)
{
	Ghostfleet__V1__GenerateWalletsResponse *r = out;

	r->wallets = turn_array(t, 1, sizeof(void *));
	r->wallets[0] = turn_alloc(t, sizeof(Ghostfleet__V1__Wallet));
	ghostfleet__v1__wallet__init(r->wallets[0]);
	r->wallets[0]->name = turn_printf(t, "wallets/%d", atomic_load(&slows));
	r->n_wallets = 1;
	method_answer(t, out);
	return event_add(t, TOPIC_WALLET, "wallets/1", "generated", "for a test");
}

static enum err generate(struct turn *t, const void *in, void *out)
{
	(void)in;
	(void)atomic_fetch_add(&slow_began, 1);
	(void)sem_wait(&slow_may_go);
	(void)atomic_fetch_add(&slows, 1);
	return lane_run(t, in_lane_generate, out);
}

static const struct method rows[] = {
	{ "ghostfleet.v1.FleetService", "GetFleet", METHOD_READ, ROLE_VIEWER | ROLE_OPERATOR,
	  METHOD_CACHED, TOPIC_FLEET, get_fleet, NULL },
	{ "ghostfleet.v1.FleetService", "PauseFleet", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT, 0,
	  pause_fleet, NULL },
	{ "ghostfleet.v1.FleetService", "ResumeFleet", METHOD_WRITE, ROLE_LOOPBACK,
	  METHOD_URGENT | METHOD_NEEDS_ID, 0, pause_fleet, NULL },
	{ "ghostfleet.v1.WalletService", "GetWallet", METHOD_READ, ROLE_VIEWER, 0, 0, get_wallet,
	  NULL },
	{ "ghostfleet.v1.WalletService", "GenerateWallets", METHOD_SLOW, ROLE_OPERATOR,
	  METHOD_NEEDS_ID, 0, generate, NULL },
	{ "ghostfleet.v1.WalletService", "ImportWallets", METHOD_READ, ROLE_ADMIN, 0, 0, get_fleet,
	  NULL },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static int setup(void **state)
{
	struct door_fixture *d = malloc(sizeof(*d));

	atomic_store(&reads, 0);
	atomic_store(&writes, 0);
	atomic_store(&slows, 0);
	atomic_store(&slow_began, 0);
	(void)sem_init(&slow_may_go, 0, 0);
	door_open(d, rows, ROWS, (struct grpc_options){ .max_message = 64 << 10 });
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	for (int i = 0; i < 64; i++)
		(void)sem_post(&slow_may_go);
	door_close(*state);
	free(*state);
	return 0;
}

static int64_t last_event_id(const struct grpc_said *said)
{
	Ghostfleet__V1__GetFleetResponse *r =
		said_message(said, &ghostfleet__v1__get_fleet_response__descriptor);
	int64_t id = r->fleet->last_event_id;

	ghostfleet__v1__get_fleet_response__free_unpacked(r, NULL);
	return id;
}

/* ---- what arrives ---- */

static void a_reading_call_is_answered_as_its_caller(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__GetFleetRequest q = GHOSTFLEET__V1__GET_FLEET_REQUEST__INIT;
	struct grpc_said said;

	door_ask(d, FLEET "GetFleet", "viewer", &q, &said);
	assert_said(&said, 0, "", "");
	Ghostfleet__V1__GetFleetResponse *r =
		said_message(&said, &ghostfleet__v1__get_fleet_response__descriptor);

	assert_string_equal(r->fleet->total_balance, "viewer");
	ghostfleet__v1__get_fleet_response__free_unpacked(r, NULL);
}

static void an_unknown_method_is_told_at_once(void **state)
{
	static const char *const paths[] = { FLEET "Nope", "/nobody.Nothing/Nope", "/",
					     WALLETS "UpdateWallet" };
	struct door_fixture *d = *state;
	struct grpc_said said;

	for (int round = 0; round < 5; round++)
		for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
			int64_t began = clock_mono_ms();

			door_ask_bytes(d, paths[i], "viewer", "", 0, &said);
			assert_said(&said, 12, "UNIMPLEMENTED", "no method");
			assert_true(clock_mono_ms() - began < 2000);
		}
}

static void a_call_without_a_message_is_refused(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_ask ask = { .path = FLEET "GetFleet",
				.token = "gf_viewer",
				.no_message = true };
	struct grpc_said said;

	grpc_ask(d->client, &ask, &said);
	assert_said(&said, 3, "INVALID_ARGUMENT", "carried no message");
	ask.path = FLEET "PauseFleet";
	ask.token = "gf_operator";
	grpc_ask(d->client, &ask, &said);
	assert_said(&said, 3, "INVALID_ARGUMENT", "carried no message");
}

static void an_empty_message_is_a_message(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_said said;

	door_ask_bytes(d, FLEET "PauseFleet", "operator", "", 0, &said);
	assert_said(&said, 0, "", "");
}

static void a_message_above_the_limit_is_refused(void **state)
{
	struct door_fixture *d = *state;
	size_t n = 70 << 10;
	char *big = malloc(n);
	struct grpc_said said;

	memset(big, 'x', n);
	door_ask_bytes(d, WALLETS "GetWallet", "viewer", big, n, &said);
	assert_said(&said, 8, NULL, "max");
	free(big);
	/* And one that only needs several slices is put together. */
	Ghostfleet__V1__GetWalletRequest q = GHOSTFLEET__V1__GET_WALLET_REQUEST__INIT;
	char *name = malloc(50001);

	memset(name, 'y', 50000);
	name[50000] = '\0';
	q.name = name;
	door_ask(d, WALLETS "GetWallet", "viewer", &q, &said);
	assert_said(&said, 5, "NOT_FOUND", "there is no wallet 'yyyy");
	free(name);
}

/* C-core inflates before it looks at the size: 8 KiB of gzip would become 8 MiB. */
static void compressed_messages_are_refused_before_they_are_inflated(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_client *gzip = grpc_client_open_gzip(grpc_door_port(d->door));
	struct grpc_ask ask = { .path = WALLETS "GetWallet", .token = "gf_viewer", .n = 8 << 20 };
	uint8_t *p = calloc(1, ask.n);
	struct grpc_said said;

	assert_non_null(p);
	ask.body = p;
	grpc_ask(gzip, &ask, &said);
	assert_said(&said, 12, NULL, "'gzip' is disabled");
	grpc_client_close(gzip);
	free(p);
}

static void hostile_bytes_are_refused_by_field(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *word;
	} list[] = {
		{ "\x0a\x02\xff\xfe", 4, "name: is not UTF-8" },
		{ "\x0a\x05"
		  "ad\0in",
		  7, "name: is not UTF-8 text without NUL" },
		{ "\x0a\x7f"
		  "ab",
		  4, "name: is cut short" },
		{ "\x0b", 1, "name: groups" },
		{ "\xff\xff\xff", 3, "not a protobuf message" },
	};
	struct door_fixture *d = *state;
	struct grpc_said said;

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		door_ask_bytes(d, WALLETS "GetWallet", "viewer", list[i].bytes, list[i].n, &said);
		assert_said(&said, 3, "INVALID_ARGUMENT", list[i].word);
	}
	assert_int_equal(atomic_load(&reads), 0);
}

/* ---- who may ---- */

static void the_table_of_who_may_what(void **state)
{
	static const struct {
		const char *path, *who;
		int status;
		const char *word;
	} list[] = {
		{ FLEET "GetFleet", "viewer", 0, "" },
		{ FLEET "GetFleet", "operator", 0, "" },
		{ FLEET "GetFleet", "admin", 0, "" },
		{ FLEET "GetFleet", "treasurer", 7, "needs the role viewer or operator" },
		{ FLEET "GetFleet", "loopback", 7,
		  "'loopback' may not call FleetService/GetFleet" },
		{ FLEET "GetFleet", NULL, 16, "authorization: Bearer TOKEN" },
		{ FLEET "GetFleet", "nobody", 16, "not one of ours" },
		{ FLEET "GetFleet", "late", 16, "expired at 1970-01-01T00:00:00.001Z" },
		{ FLEET "PauseFleet", "viewer", 7, "needs the role operator" },
		{ FLEET "PauseFleet", "operator", 0, "" },
		{ FLEET "PauseFleet", "admin", 0, "" },
		/* What is for loopback alone is not for an admin either. */
		{ FLEET "ResumeFleet", "admin", 7, "needs the role loopback" },
		/* Permission before existence: the wallet's absence is not told. */
		{ WALLETS "GetWallet", "treasurer", 7, "may not call" },
		{ WALLETS "GetWallet", "viewer", 5, "there is no wallet ''" },
		/* The built in services are for anyone. */
		{ "/grpc.health.v1.Health/Check", NULL, 0, "" },
		{ "/grpc.health.v1.Health/Check", "nobody", 0, "" },
	};
	struct door_fixture *d = *state;
	struct grpc_said said;

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		door_ask_bytes(d, list[i].path, list[i].who, "", 0, &said);
		assert_said(&said, list[i].status,
			    list[i].status == 16  ? "UNAUTHENTICATED"
			    : list[i].status == 7 ? "PERMISSION_DENIED"
						  : NULL,
			    list[i].word);
	}
}

static void a_header_that_is_no_bearer_token_is_told(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_ask ask = { .path = FLEET "GetFleet", .body = "", .token = "" };
	struct grpc_said said;

	grpc_ask(d->client, &ask, &said);
	assert_said(&said, 16, "UNAUTHENTICATED", "not 'Bearer TOKEN'");
}

static enum err renew_viewer(struct turn *t, void *arg)
{
	struct eth_hash other = { { 1 } };

	(void)arg;
	return identity_set_token(t, "viewer", &other);
}

static void a_token_that_was_renewed_no_longer_counts(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_said said;

	door_ask_bytes(d, FLEET "GetFleet", "viewer", "", 0, &said);
	assert_said(&said, 0, NULL, NULL);
	assert_ok(&d->f, fixture_lane(&d->f, renew_viewer, NULL));
	for (int i = 0; i < 4; i++) {
		door_ask_bytes(d, FLEET "GetFleet", "viewer", "", 0, &said);
		assert_said(&said, 16, "UNAUTHENTICATED", "not one of ours");
	}
}

/* ---- what is answered ---- */

static void an_error_carries_reason_and_retry(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__GetWalletRequest q = GHOSTFLEET__V1__GET_WALLET_REQUEST__INIT;
	struct grpc_said said;

	q.name = (char *)"wallets/busy";
	door_ask(d, WALLETS "GetWallet", "viewer", &q, &said);
	assert_said(&said, 14, "STATE_STALE", "balances are 40 s old");
	assert_int_equal(said.retry_ms, 1500);
	q.name = (char *)"wallets/silent";
	door_ask(d, WALLETS "GetWallet", "viewer", &q, &said);
	assert_said(&said, 10, "ETAG_MISMATCH", "read again");
	assert_int_equal(said.retry_ms, 0);
}

static void a_text_cut_inside_a_character_still_arrives(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__GetWalletRequest q = GHOSTFLEET__V1__GET_WALLET_REQUEST__INIT;
	struct grpc_said said;
	char name[601];

	for (size_t shift = 0; shift < 3; shift++) {
		memset(name, 'x', shift);
		for (size_t i = shift; i + 3 <= 600; i += 3)
			memcpy(name + i, "\xe2\x82\xac", 4);
		q.name = name;
		door_ask(d, WALLETS "GetWallet", "viewer", &q, &said);
		assert_said(&said, 5, "NOT_FOUND", "there is no wallet '");
	}
}

static void a_cached_answer_stands_until_its_topic_changes(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_said said;
	int64_t first;

	for (int i = 0; i < 40; i++)
		door_ask_bytes(d, FLEET "GetFleet", "viewer", "", 0, &said);
	first = last_event_id(&said);
	/* Each door thread has its own. */
	assert_in_range(atomic_load(&reads), 1, 4);
	door_ask_bytes(d, FLEET "GetFleet", "nobody", "", 0, &said);
	assert_said(&said, 16, NULL, NULL);
	door_ask_bytes(d, FLEET "PauseFleet", "operator", "", 0, &said);
	assert_said(&said, 0, NULL, NULL);
	door_ask_bytes(d, FLEET "GetFleet", "viewer", "", 0, &said);
	assert_true(last_event_id(&said) > first);
	/* Another body is another question; an unknown field makes one. */
	int before = atomic_load(&reads);

	door_ask_bytes(d, FLEET "GetFleet", "viewer", "\x50\x01", 2, &said);
	assert_int_equal(atomic_load(&reads), before + 1);
}

/* ---- deadlines and cancellation ---- */

static bool worker_is_held(void *arg)
{
	(void)arg;
	return atomic_load(&slow_began) == 1;
}

static long left_of(struct door_fixture *d, int64_t deadline_ms)
{
	Ghostfleet__V1__GetWalletRequest q = GHOSTFLEET__V1__GET_WALLET_REQUEST__INIT;
	struct grpc_said said;

	q.name = (char *)"wallets/left";
	struct bytes b = packed(&q);
	struct grpc_ask ask = { .path = WALLETS "GetWallet",
				.token = "gf_viewer",
				.body = b.p,
				.n = b.n,
				.deadline_ms = deadline_ms };

	grpc_ask(d->client, &ask, &said);
	free((void *)b.p);
	assert_said(&said, 9, NULL, "left ");
	return strtol(said.message + 5, NULL, 10);
}

static void a_turn_has_the_caller_s_deadline_or_thirty_seconds(void **state)
{
	assert_in_range(left_of(*state, 0), 29000, 30000);
	assert_in_range(left_of(*state, 5000), 3000, 5100);
	assert_in_range(left_of(*state, 600 * 1000), 590 * 1000, 601 * 1000);
}

static bool is_past(void *mono_ms)
{
	return clock_mono_ms() > *(const int64_t *)mono_ms;
}

static void a_change_whose_deadline_passed_before_the_lane_had_time_is_not_made(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_ask ask = { .path = FLEET "PauseFleet",
				.token = "gf_operator",
				.deadline_ms = 100 };
	struct grpc_said said;
	struct crowd crowd;

	crowd_open(&crowd, d->f.store, 1);
	crowd_hold(&crowd);
	grpc_ask(d->client, &ask, &said);
	assert_int_equal(said.status, 4);
	/* The server's clock for the call began when it heard of it, later than the client's. */
	int64_t until = clock_mono_ms() + 1000;

	wait_until(is_past, &until, "the deadline as the server counts it");
	crowd_release(&crowd);
	ask.deadline_ms = 0;
	grpc_ask(d->client, &ask, &said);
	assert_said(&said, 0, NULL, NULL);
	assert_int_equal(atomic_load(&writes), 1);
	crowd_close(&crowd);
}

static void a_call_whose_deadline_passed_in_the_queue_is_not_run(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__GenerateWalletsRequest q = GHOSTFLEET__V1__GENERATE_WALLETS_REQUEST__INIT;
	struct grpc_said said;

	q.request_id = (char *)"a";
	struct bytes b = packed(&q);
	struct grpc_ask ask = {
		.path = WALLETS "GenerateWallets", .token = "gf_operator", .body = b.p, .n = b.n
	};
	struct grpc_talk *first = grpc_talk_open(d->client, &ask, true);

	/* The first holds the worker; the second's deadline passes behind it. */
	wait_until(worker_is_held, NULL, "the first call at the worker");
	ask.deadline_ms = 150;
	grpc_ask(d->client, &ask, &said);
	assert_int_equal(said.status, 4);
	(void)sem_post(&slow_may_go);
	assert_true(grpc_talk_next(first, 10000, &said, NULL));
	assert_true(grpc_talk_end(first, 10000, &said));
	assert_said(&said, 0, NULL, NULL);
	grpc_talk_free(first);
	(void)sem_post(&slow_may_go);
	ask.deadline_ms = 0;
	grpc_ask(d->client, &ask, &said);
	assert_said(&said, 0, NULL, NULL);
	free((void *)b.p);
	assert_int_equal(atomic_load(&slows), 2);
}

static void a_call_cancelled_in_the_queue_is_not_run(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__GenerateWalletsRequest q = GHOSTFLEET__V1__GENERATE_WALLETS_REQUEST__INIT;
	struct grpc_said said;

	q.validate_only = 1;
	struct bytes b = packed(&q);
	struct grpc_ask ask = {
		.path = WALLETS "GenerateWallets", .token = "gf_operator", .body = b.p, .n = b.n
	};
	struct grpc_talk *first = grpc_talk_open(d->client, &ask, true);

	wait_until(worker_is_held, NULL, "the first call at the worker");
	ask.cancel_ms = 150;
	grpc_ask(d->client, &ask, &said);
	assert_int_equal(said.status, 1);
	/* Give the door the time to hear of it before the worker comes to it. */
	struct grpc_said check;

	for (int i = 0; i < 50; i++)
		door_ask_bytes(d, "/grpc.health.v1.Health/Check", NULL, "", 0, &check);
	(void)sem_post(&slow_may_go);
	(void)sem_post(&slow_may_go);
	assert_true(grpc_talk_next(first, 10000, &said, NULL));
	grpc_talk_free(first);
	ask.cancel_ms = 0;
	grpc_ask(d->client, &ask, &said);
	assert_said(&said, 0, NULL, NULL);
	free((void *)b.p);
	assert_int_equal(atomic_load(&slows), 2);
}

/* ---- said twice ---- */

static void a_repeated_request_gets_the_same_bytes(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__PauseFleetRequest q = GHOSTFLEET__V1__PAUSE_FLEET_REQUEST__INIT;
	struct grpc_said first, again;

	q.request_id = (char *)"once.1:A-b_c";
	q.reason = (char *)"because";
	door_ask(d, FLEET "PauseFleet", "operator", &q, &first);
	assert_said(&first, 0, NULL, NULL);
	for (int i = 0; i < 3; i++) {
		door_ask(d, FLEET "PauseFleet", "operator", &q, &again);
		assert_said(&again, 0, NULL, NULL);
		assert_int_equal(again.n, first.n);
		assert_memory_equal(again.reply, first.reply, first.n);
	}
	assert_int_equal(atomic_load(&writes), 1);
	/* Another caller's request of the same id is another request. */
	door_ask(d, FLEET "PauseFleet", "admin", &q, &again);
	assert_said(&again, 0, NULL, NULL);
	assert_int_equal(atomic_load(&writes), 2);
	q.reason = (char *)"another body";
	door_ask(d, FLEET "PauseFleet", "operator", &q, &again);
	assert_said(&again, 3, "REQUEST_ID_REUSED", "once.1:A-b_c");
}

static void a_repeated_slow_request_gets_the_same_bytes(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__GenerateWalletsRequest q = GHOSTFLEET__V1__GENERATE_WALLETS_REQUEST__INIT;
	struct grpc_said first, again;

	q.request_id = (char *)"g1";
	(void)sem_post(&slow_may_go);
	(void)sem_post(&slow_may_go);
	door_ask(d, WALLETS "GenerateWallets", "operator", &q, &first);
	assert_said(&first, 0, NULL, NULL);
	door_ask(d, WALLETS "GenerateWallets", "operator", &q, &again);
	assert_said(&again, 0, NULL, NULL);
	assert_int_equal(again.n, first.n);
	assert_memory_equal(again.reply, first.reply, first.n);
}

static void a_failed_request_may_be_tried_again(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__PauseFleetRequest q = GHOSTFLEET__V1__PAUSE_FLEET_REQUEST__INIT;
	struct grpc_said said;

	q.request_id = (char *)"f1";
	q.scope = (char *)"wallets/none";
	door_ask(d, FLEET "PauseFleet", "operator", &q, &said);
	assert_said(&said, 5, "NOT_FOUND", "'none'");
	q.scope = (char *)"fleet";
	door_ask(d, FLEET "PauseFleet", "operator", &q, &said);
	assert_said(&said, 0, NULL, NULL);
}

static void a_dry_run_keeps_nothing(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__PauseFleetRequest q = GHOSTFLEET__V1__PAUSE_FLEET_REQUEST__INIT;
	struct grpc_said said;
	int64_t before, after;

	assert_ok(&d->f, event_last(fixture_turn(&d->f), &before));
	q.validate_only = 1;
	q.request_id = (char *)"v1";
	door_ask(d, FLEET "PauseFleet", "operator", &q, &said);
	assert_said(&said, 0, NULL, NULL);
	assert_true(said.has_reply);
	assert_ok(&d->f, event_last(fixture_turn(&d->f), &after));
	assert_int_equal(before, after);
	q.validate_only = 0;
	door_ask(d, FLEET "PauseFleet", "operator", &q, &said);
	assert_said(&said, 0, NULL, NULL);
	assert_ok(&d->f, event_last(fixture_turn(&d->f), &after));
	assert_int_equal(before + 1, after);
}

static void a_request_id_is_asked_for_where_money_moves(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__GenerateWalletsRequest q = GHOSTFLEET__V1__GENERATE_WALLETS_REQUEST__INIT;
	struct grpc_said said;
	char long_id[67];

	door_ask(d, WALLETS "GenerateWallets", "operator", &q, &said);
	assert_said(&said, 3, "REQUEST_ID_REQUIRED", "request_id");
	q.request_id = (char *)"no spaces";
	door_ask(d, WALLETS "GenerateWallets", "operator", &q, &said);
	assert_said(&said, 3, "INVALID_ARGUMENT", "request_id: 1 to 64");
	memset(long_id, 'a', 65);
	long_id[65] = '\0';
	q.request_id = long_id;
	door_ask(d, WALLETS "GenerateWallets", "operator", &q, &said);
	assert_said(&said, 3, "INVALID_ARGUMENT", "request_id: 1 to 64");
	assert_int_equal(atomic_load(&slows), 0);
}

/* ---- limits ---- */

static void a_full_queue_of_long_calls_says_so(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__GenerateWalletsRequest q = GHOSTFLEET__V1__GENERATE_WALLETS_REQUEST__INIT;
	struct grpc_talk *waiting[20];
	struct grpc_said said;
	int busy = 0;

	/* One at the worker, sixteen behind it, three too many. */
	q.validate_only = 1;
	waiting[0] = door_watch(d, WALLETS "GenerateWallets", "operator", &q);
	wait_until(worker_is_held, NULL, "the first call at the worker");
	for (int i = 1; i < 20; i++)
		waiting[i] = door_watch(d, WALLETS "GenerateWallets", "operator", &q);
	for (int64_t until = clock_mono_ms() + 10000; busy < 3 && clock_mono_ms() < until;)
		for (int i = 1; i < 20; i++)
			if (waiting[i] && grpc_talk_end(waiting[i], 1, &said)) {
				assert_said(&said, 8, "SERVER_BUSY", "16 long calls wait already");
				assert_int_equal(said.retry_ms, 200);
				grpc_talk_free(waiting[i]);
				waiting[i] = NULL;
				busy++;
			}
	assert_int_equal(busy, 3);
	for (int i = 0; i < 20; i++)
		(void)sem_post(&slow_may_go);
	for (int i = 0; i < 20; i++) {
		if (!waiting[i])
			continue;
		assert_true(grpc_talk_next(waiting[i], 10000, &said, NULL));
		grpc_talk_free(waiting[i]);
	}
	/* All of them back: the next one finds room. */
	(void)sem_post(&slow_may_go);
	door_ask(d, WALLETS "GenerateWallets", "operator", &q, &said);
	assert_said(&said, 0, NULL, NULL);
}

static void a_port_that_is_taken_is_told_with_its_holder(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_options o = { .address = "127.0.0.1", .port = grpc_door_port(d->door) };
	struct grpc_door *second = NULL;
	struct turn *t = fixture_turn(&d->f);
	char pid[32];

	(void)snprintf(pid, sizeof(pid), "pid %ld", (long)getpid());
	assert_fails(&d->f, grpc_door_open(t, d->f.store, &o, &second), ERR_EXISTS, "is taken");
	assert_non_null(strstr(t->why, pid));
	o = (struct grpc_options){ .address = "203.0.113.7", .port = 1 };
	assert_fails(&d->f, grpc_door_open(t, d->f.store, &o, &second), ERR_REFUSED,
		     "cannot listen");
	assert_null(second);
}

static void rows_that_do_not_fit_the_contract_are_refused(void **state)
{
	static const struct {
		struct method row;
		const char *word;
	} list[] = {
		{ { "ghostfleet.v1.FleetService", "Nope", METHOD_READ, 0, 0, 0, get_fleet, NULL },
		  "no method ghostfleet.v1.FleetService/Nope" },
		{ { "ghostfleet.v1.FleetService", "WatchFleet", METHOD_READ, 0, 0, 0, get_fleet,
		    NULL },
		  "mode" },
		{ { "ghostfleet.v1.FleetService", "GetFleet", METHOD_READ, 0, METHOD_CACHED, 0,
		    get_fleet, NULL },
		  "CACHED" },
		{ { "grpc.health.v1.Health", "Check", METHOD_READ, 0, 0, 0, get_fleet, NULL },
		  "two rows" },
		{ { "ghostfleet.v1.WalletService", "GenerateWallets", METHOD_SLOW, 0, 0, 0,
		    generate, NULL },
		  "slow worker" },
	};
	struct door_fixture *d = *state;

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct grpc_options o = { .address = "127.0.0.1",
					  .methods = &list[i].row,
					  .n_methods = 1 };
		struct grpc_door *door = NULL;

		assert_fails(&d->f, grpc_door_open(fixture_turn(&d->f), d->f.store, &o, &door),
			     ERR_BROKEN, list[i].word);
	}
}

#define door_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		door_test(a_reading_call_is_answered_as_its_caller),
		door_test(an_unknown_method_is_told_at_once),
		door_test(a_call_without_a_message_is_refused),
		door_test(an_empty_message_is_a_message),
		door_test(a_message_above_the_limit_is_refused),
		door_test(compressed_messages_are_refused_before_they_are_inflated),
		door_test(hostile_bytes_are_refused_by_field),
		door_test(the_table_of_who_may_what),
		door_test(a_header_that_is_no_bearer_token_is_told),
		door_test(a_token_that_was_renewed_no_longer_counts),
		door_test(an_error_carries_reason_and_retry),
		door_test(a_text_cut_inside_a_character_still_arrives),
		door_test(a_cached_answer_stands_until_its_topic_changes),
		door_test(a_turn_has_the_caller_s_deadline_or_thirty_seconds),
		door_test(a_change_whose_deadline_passed_before_the_lane_had_time_is_not_made),
		door_test(a_call_whose_deadline_passed_in_the_queue_is_not_run),
		door_test(a_call_cancelled_in_the_queue_is_not_run),
		door_test(a_repeated_request_gets_the_same_bytes),
		door_test(a_repeated_slow_request_gets_the_same_bytes),
		door_test(a_failed_request_may_be_tried_again),
		door_test(a_dry_run_keeps_nothing),
		door_test(a_request_id_is_asked_for_where_money_moves),
		door_test(a_full_queue_of_long_calls_says_so),
		door_test(a_port_that_is_taken_is_told_with_its_holder),
		door_test(rows_that_do_not_fit_the_contract_are_refused),
	};

	return cmocka_run_group_tests_name("door.grpc_unary", tests, NULL, NULL);
}
