/* Changes a second over gRPC: CLIENTS closed loops, each with one call in flight, against this
 * project's UpdateWallet or etcd's Put. Both: a random key of 1,000 and some 200 bytes.
 * Prints: changes a second, p50 and p99 in milliseconds, and how many were made in all.
 * usage: bench_changes fleet|etcd PORT CLIENTS SECONDS [TOKEN_FILE] */
#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/time.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ghostfleet/v1/wallet.pb-c.h"
#include "store/base/clock.h"
#include "tests/support/stop.h"

enum {
	KEYS = 1000,
	VALUE = 200,
	CLIENTS_MOST = 1024,
	CONNECTIONS_MOST = 16, /* where etcd was at its best */
	SAMPLES = 4 << 20,
	WARM_UP_MS = 500,
	GIVE_UP_MS = 30000,
};

struct run {
	bool etcd;
	grpc_completion_queue *cq;
	grpc_channel *channels[CONNECTIONS_MOST];
	grpc_metadata auth;
	size_t n_auth;
	grpc_slice path;
	uint64_t chance;
	int64_t counted_from, until;
	unsigned *samples; /* microseconds */
	size_t n, all;
};

/* One closed loop. */
struct loop {
	struct run *run;
	unsigned id;
	grpc_call *call;
	grpc_byte_buffer *out, *in;
	grpc_metadata_array initial, trailing;
	grpc_status_code status;
	grpc_slice message;
	int64_t from;
};

/* xorshift64: any spread will do. */
static unsigned chance(struct run *r, unsigned below)
{
	r->chance ^= r->chance << 13;
	r->chance ^= r->chance >> 7;
	r->chance ^= r->chance << 17;
	return (unsigned)(r->chance >> 32) % below;
}

/* etcdserverpb.PutRequest: bytes key = 1, bytes value = 2; each shorter than 128, or two bytes of
 * length. */
static size_t put_request(struct run *r, uint8_t *out)
{
	char key[32];
	size_t k = (size_t)snprintf(key, sizeof(key), "wallets/wallet-%04u", 1 + chance(r, KEYS));
	size_t n = 0;

	out[n++] = 0x0a;
	out[n++] = (uint8_t)k;
	memcpy(out + n, key, k);
	n += k;
	out[n++] = 0x12;
	out[n++] = (VALUE & 0x7f) | 0x80;
	out[n++] = VALUE >> 7;
	memset(out + n, 'a' + (int)chance(r, 26), VALUE);
	return n + VALUE;
}

/* A profile's name is at most 40 bytes long: with the request id, the row, the audit record and
 * the kept answer, a change writes well above 200. */
static size_t update_request(struct run *r, const struct loop *l, uint8_t *out)
{
	Ghostfleet__V1__UpdateWalletRequest m = GHOSTFLEET__V1__UPDATE_WALLET_REQUEST__INIT;
	Ghostfleet__V1__Wallet w = GHOSTFLEET__V1__WALLET__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char name[40], profile[41], id[40], *path = (char[]){ "profile" };

	(void)snprintf(name, sizeof(name), "wallets/wallet-%03u", 1 + chance(r, KEYS));
	memset(profile, 'a' + (int)chance(r, 26), 40);
	profile[40] = '\0';
	(void)snprintf(id, sizeof(id), "bench-%016llx-%u", (unsigned long long)r->chance, l->id);
	w.name = name;
	w.profile = profile;
	mask.paths = &path;
	mask.n_paths = 1;
	m.wallet = &w;
	m.update_mask = &mask;
	m.request_id = id;
	return ghostfleet__v1__update_wallet_request__pack(&m, out);
}

static void start(struct loop *l)
{
	struct run *r = l->run;
	uint8_t body[1024];
	size_t n = r->etcd ? put_request(r, body) : update_request(r, l, body);
	grpc_slice s = grpc_slice_from_copied_buffer((const char *)body, n);
	grpc_op ops[6];

	l->out = grpc_raw_byte_buffer_create(&s, 1);
	grpc_slice_unref(s);
	l->call = grpc_channel_create_call(
		r->channels[l->id % CONNECTIONS_MOST], NULL, GRPC_PROPAGATE_DEFAULTS, r->cq,
		r->path, NULL,
		gpr_time_add(gpr_now(GPR_CLOCK_REALTIME),
			     gpr_time_from_millis(GIVE_UP_MS, GPR_TIMESPAN)),
		NULL);
	grpc_metadata_array_init(&l->initial);
	grpc_metadata_array_init(&l->trailing);
	memset(ops, 0, sizeof(ops));
	ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
	ops[0].data.send_initial_metadata.count = r->n_auth;
	ops[0].data.send_initial_metadata.metadata = &r->auth;
	ops[1].op = GRPC_OP_SEND_MESSAGE;
	ops[1].data.send_message.send_message = l->out;
	ops[2].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
	ops[3].op = GRPC_OP_RECV_INITIAL_METADATA;
	ops[3].data.recv_initial_metadata.recv_initial_metadata = &l->initial;
	ops[4].op = GRPC_OP_RECV_MESSAGE;
	ops[4].data.recv_message.recv_message = &l->in;
	ops[5].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
	ops[5].data.recv_status_on_client.trailing_metadata = &l->trailing;
	ops[5].data.recv_status_on_client.status = &l->status;
	ops[5].data.recv_status_on_client.status_details = &l->message;
	l->from = clock_mono_us();
	if (grpc_call_start_batch(l->call, ops, 6, l, NULL) != GRPC_CALL_OK)
		stop_test("a call cannot be started");
}

static void ended(struct loop *l)
{
	struct run *r = l->run;
	int64_t now = clock_mono_us();

	r->all++;
	if (l->status != GRPC_STATUS_OK)
		stop_test("refused with %d: %.*s", (int)l->status,
			  (int)GRPC_SLICE_LENGTH(l->message),
			  (const char *)GRPC_SLICE_START_PTR(l->message));
	if (l->from >= r->counted_from && now < r->until && r->n < SAMPLES)
		r->samples[r->n++] = (unsigned)(now - l->from);
	grpc_byte_buffer_destroy(l->out);
	if (l->in)
		grpc_byte_buffer_destroy(l->in);
	grpc_slice_unref(l->message);
	grpc_metadata_array_destroy(&l->initial);
	grpc_metadata_array_destroy(&l->trailing);
	grpc_call_unref(l->call);
}

static int by_size(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static void open_channels(struct run *r, const char *port)
{
	grpc_channel_credentials *creds = grpc_insecure_credentials_create();
	grpc_arg own = { .type = GRPC_ARG_INTEGER,
			 .key = (char *)"grpc.use_local_subchannel_pool",
			 .value.integer = 1 };
	grpc_channel_args args = { 1, &own };
	char at[64];

	(void)snprintf(at, sizeof(at), "127.0.0.1:%s", port);
	for (size_t i = 0; i < CONNECTIONS_MOST; i++)
		r->channels[i] = grpc_channel_create(at, creds, &args);
	grpc_channel_credentials_release(creds);
}

static void read_token(struct run *r, const char *path)
{
	char line[512] = "Bearer ";
	FILE *f = fopen(path, "r");

	if (!f || !fgets(line + 7, sizeof(line) - 7, f))
		stop_test("no token in %s", path);
	(void)fclose(f);
	line[strcspn(line, "\n")] = '\0';
	r->auth.key = grpc_slice_from_static_string("authorization");
	r->auth.value = grpc_slice_from_copied_string(line);
	r->n_auth = 1;
}

int main(int argc, char **argv)
{
	static struct loop loops[CLIENTS_MOST];
	static struct run r;

	if (argc < 5)
		stop_test("usage: bench_changes fleet|etcd PORT CLIENTS SECONDS [TOKEN_FILE]");
	unsigned clients = (unsigned)strtoul(argv[3], NULL, 10), busy;
	double seconds = strtod(argv[4], NULL);

	if (clients < 1 || clients > CLIENTS_MOST)
		stop_test("1 to %d clients", CLIENTS_MOST);
	r.etcd = strcmp(argv[1], "etcd") == 0;
	r.samples = calloc(SAMPLES, sizeof(*r.samples));
	r.chance = 88172645463325252ull ^ (uint64_t)clock_mono_us();
	grpc_init();
	r.cq = grpc_completion_queue_create_for_next(NULL);
	r.path = grpc_slice_from_static_string(
		r.etcd ? "/etcdserverpb.KV/Put" : "/ghostfleet.v1.WalletService/UpdateWallet");
	open_channels(&r, argv[2]);
	if (argc > 5)
		read_token(&r, argv[5]);
	r.counted_from = clock_mono_us() + WARM_UP_MS * 1000;
	r.until = r.counted_from + (int64_t)(seconds * 1e6);
	for (busy = 0; busy < clients; busy++) {
		loops[busy] = (struct loop){ .run = &r, .id = busy };
		start(&loops[busy]);
	}
	while (busy > 0) {
		grpc_event e =
			grpc_completion_queue_next(r.cq, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);

		ended(e.tag);
		if (clock_mono_us() < r.until)
			start(e.tag);
		else
			busy--;
	}
	if (r.n == 0)
		stop_test("no call was answered in time");
	qsort(r.samples, r.n, sizeof(*r.samples), by_size);
	(void)printf("%.0f %.3f %.3f %zu\n", (double)r.n / seconds, r.samples[r.n / 2] / 1e3,
		     r.samples[r.n - 1 - r.n / 100] / 1e3, r.all);
	for (size_t i = 0; i < CONNECTIONS_MOST; i++)
		grpc_channel_destroy(r.channels[i]);
	free(r.samples);
	return 0;
}
