#include "server/app.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/app_rules.h"
#include "server/core/fleet.h"
#include "server/door/identity.h"
#include "server/jobs/count.h"
#include "server/ops/health.h"
#include "server/secret_file.h"
#include "store/base/clock.h"
#include "store/base/crash.h"
#include "store/base/log.h"
#include "store/chain.h"
#include "store/outbox.h"

/* Running calls may finish for so long at the end. A head is looked for once a block, but this
 * often at least: fees older than 15 s authorise nothing. */
enum { GRACE_MS = 5000, PROBE_MS = 5000, TURN_LATE_MS = 30000 };

static const char *folder_of(struct turn *t, const char *path)
{
	const char *slash = strrchr(path, '/');

	return !slash          ? "."
	       : slash == path ? "/"
			       : turn_printf(t, "%.*s", (int)(slash - path), path);
}

/* Only the last folder is made: a mistyped path should not grow a tree. */
static enum err make_folder(struct turn *t, const char *folder)
{
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return fail(t, ERR_REFUSED, "store.path: the folder %s cannot be made: %s", folder,
			    strerror(errno));
	return OK;
}

static enum err open_store(struct turn *t, struct app *a)
{
	const struct config *c = a->config;
	struct store_options o = { .path = c->store.path,
				   .reserve_bytes = (size_t)c->store.reserve };

	TRY(make_folder(t, folder_of(t, c->store.path)));
	TRY(store_open(t, &o, &a->store));
	crash_point(CRASH_OPENED, t->what);
	t->store = a->store;
	TRY(store_session(t, a->store, &a->db));
	t->db = a->db;
	return OK;
}

static enum err open_rules(struct turn *t, struct app *a)
{
	TRY(app_keyring(t, a->config, &a->keyring));
	TRY(app_policy(t, a->config, &a->policy));
	a->shared = (struct shared){ .policy = &a->policy, .keyring = a->keyring };
	shared_set(&a->shared);
	return OK;
}

/* The genesis the store has seen holds against what the file says now. */
static enum err genesis_of(struct turn *t, const struct config *c, struct endpoints_options *o)
{
	struct chain seen;

	TRY(chain_get(t, &seen));
	o->genesis_known = c->chain.genesis.given;
	o->genesis = c->chain.genesis.hash;
	if (seen.seen_ms == 0)
		return OK;
	if (seen.chain_id != c->chain.id)
		return fail_reason(
			t, REASON_CHAIN_MISMATCH,
			"%s belongs to chain %llu, the configuration says %llu: give each "
			"chain a store.path of its own",
			c->store.path, (unsigned long long)seen.chain_id,
			(unsigned long long)c->chain.id);
	if (o->genesis_known && !hash_eq(o->genesis, seen.genesis))
		return fail_reason(t, REASON_CHAIN_MISMATCH,
				   "%s has seen another genesis than chain.genesis_hash says: the "
				   "chain was made anew, or it is the wrong one",
				   c->store.path);
	o->head = seen.head;
	o->genesis_known = true;
	o->genesis = seen.genesis;
	return OK;
}

/* With "-16" behind it a name still fits. */
enum { NAME_CUT = ENDPOINT_NAME_MAX - 4 };

/* "rpc.example", and "rpc.example-2" where several share a host. */
static const char *endpoint_name(struct turn *t, const struct config_texts *urls, size_t i)
{
	const char *host = strstr(urls->v[i], "://") + 3;
	size_t n = strcspn(host, "/?"), same = 1;

	for (size_t at = 0; at < n; at++)
		if (host[at] == '@') {
			host += at + 1;
			n -= at + 1;
			at = 0;
		}
	if (n > NAME_CUT)
		n = NAME_CUT;
	for (size_t j = 0; j < i; j++)
		same += strstr(urls->v[j], turn_printf(t, "%.*s", (int)n, host)) != NULL;
	return same > 1 ? turn_printf(t, "%.*s-%zu", (int)n, host, same)
			: turn_printf(t, "%.*s", (int)n, host);
}

/* In the config's memory: they live as long as the daemon. */
static const char **names_of(struct turn *t, const struct config *c,
			     const struct config_texts *urls)
{
	const char **names = arena_alloc(c->mem, (urls->n + 1) * sizeof(*names));

	for (size_t i = 0; i < urls->n; i++) {
		const char *name = endpoint_name(t, urls, i);
		char *kept = arena_alloc(c->mem, strlen(name) + 1);

		memcpy(kept, name, strlen(name));
		names[i] = kept;
	}
	return names;
}

/* The arguments of a program, ended as they are handed on; NULL: none. */
static const char *const *program_of(const struct config *c, const struct config_texts *said)
{
	if (said->n == 0)
		return NULL;
	const char **argv = arena_alloc(c->mem, (said->n + 1) * sizeof(*argv));

	memcpy(argv, said->v, said->n * sizeof(*argv));
	return argv;
}

static enum err open_endpoints(struct turn *t, struct app *a)
{
	const struct config *c = a->config;
	struct endpoints_options o = { .chain_id = c->chain.id, .heard = count_round };
	struct endpoint_setting *list = turn_array(t, c->chain.urls.n, sizeof(*list));

	TRY(genesis_of(t, c, &o));
	a->endpoint_names = names_of(t, c, &c->chain.urls);
	for (size_t i = 0; i < c->chain.urls.n; i++)
		list[i] = (struct endpoint_setting){ .name = a->endpoint_names[i],
						     .url = c->chain.urls.v[i],
						     .batch = (size_t)c->chain.batch_size };
	return endpoints_open(t, &o, list, c->chain.urls.n, &a->pool);
}

/* For the doors, which ask without knowing us; set before they open. */
static _Atomic(const struct sched *) running;

/* Every loop turned once since the start. */
/* The engine turns, and the pager, which asks the lane every few seconds. */
static bool all_turn(void)
{
	const struct sched *s = atomic_load(&running);
	struct sched_row_state rows[JOB_COUNT];
	size_t n = s ? sched_states(s, rows, JOB_COUNT) : 0;
	int64_t late = clock_wall_ms() - TURN_LATE_MS;

	return n == JOB_COUNT && rows[JOB_ENGINE].last_end_ms > late &&
	       rows[JOB_PAGER].last_end_ms > late && rows[JOB_PAGER].last == OK;
}

static bool engine_turned(void)
{
	const struct sched *s = atomic_load(&running);
	struct sched_row_state rows[JOB_COUNT];
	size_t n = s ? sched_states(s, rows, JOB_COUNT) : 0;

	for (size_t i = 0; i < n; i++)
		if (rows[i].turns == 0)
			return false;
	return n > 0 && all_turn();
}

/* How long ago the slowest loop should have come round again. */
static int64_t still_ms(int64_t now_ms)
{
	const struct sched *s = atomic_load(&running);
	struct sched_row_state rows[JOB_COUNT];
	const struct job *all;
	size_t n = s ? sched_states(s, rows, JOB_COUNT) : 0, n_all;
	int64_t worst = 0;

	all = jobs_rows(&n_all);
	for (size_t i = 0; i < n && i < n_all; i++) {
		int64_t late = now_ms - rows[i].last_end_ms - all[i].period_ms - all[i].timeout_ms;

		if (rows[i].last_end_ms > 0 && late > worst)
			worst = late;
	}
	return worst;
}

static enum err recover_in_lane(struct turn *t, void *arg)
{
	(void)arg;
	return delivery_recover(t);
}

/* Nobody is at any delivery now: what was being sent when we ended is sent again. With a full disk
 * that is done a little later, by the sweep. */
static enum err open_notify(struct turn *t, struct app *a)
{
	const struct config *c = a->config;
	struct notify_options o = { .event_data = api_event_data,
				    .source = c->notifications.source,
				    .ca_file = c->notifications.ca_file,
				    .allow_private = c->notifications.allow_private };

	if (!o.source) {
		const char *made = turn_printf(t, "/ghost-fleet/%s", c->service.name);
		char *kept = arena_alloc(c->mem, strlen(made) + 1);

		memcpy(kept, made, strlen(made));
		o.source = kept;
	}
	TRY(notify_open(t, &o, &a->notify));
	enum err e = lane_run(t, recover_in_lane, NULL);

	return e == ERR_FULL ? OK : e;
}

/* The rows of the jobs, at the pace that the configuration gives them. */
static enum err open_sched(struct turn *t, struct app *a)
{
	const struct config *c = a->config;
	size_t n;
	const struct job *rows = jobs_rows(&n);
	struct el_options o = { .within_ms = c->chain.timeout_ms,
				.sync = c->chain.sync_send == SYNC_SEND_AUTO,
				.send_all = c->chain.broadcast == BROADCAST_ALL };

	TRY(jobs_open(t, a->pool, &o, a->endpoint_names, c->chain.urls.n, &a->jobs));
	a->jobs->notify = a->notify;
	a->jobs->figures.still_ms = still_ms;
	struct vc_options client = { .metrics_url = c->validators.metrics_url,
				     .keymanager_url = c->validators.keymanager_url,
				     .process = c->validators.process };
	char *token = NULL;

	if (c->validators.keymanager_token_file)
		TRY(secret_file_line(t, c->validators.keymanager_token_file, 1024, &token));
	client.keymanager_token = token;
	a->jobs->disk = c->store.path;
	a->jobs->status_folder = c->notifications.status_folder;
	TRY(jobs_beat(t, a->jobs, c->oncall.beat_url, c->oncall.beat_ms, c->notifications.ca_file,
		      all_turn));
	TRY(jobs_watch(t, a->jobs,
		       &(struct watch_options){ .urls = c->beacon.urls.v,
						.names = names_of(t, c, &c->beacon.urls),
						.n = c->beacon.urls.n,
						.quorum = (size_t)c->beacon.quorum,
						.within_ms = c->beacon.timeout_ms,
						.warm_ms = c->beacon.warm_up_ms,
						.down_after = (int64_t)c->validators.down_after,
						.client = client,
						.gone_after_ms = c->validators.gone_after_ms }));
	a->jobs->control = (struct control_options){
		.unit = c->control.unit,
		.container = c->control.container,
		.start = program_of(c, &c->control.start),
		.stop = program_of(c, &c->control.stop),
		.status = program_of(c, &c->control.status),
		.within_ms = c->control.within_ms,
	};
	memcpy(a->rows, rows, n * sizeof(*rows));
	a->rows[JOB_PROBE].period_ms =
		c->chain.block_time_ms < PROBE_MS ? c->chain.block_time_ms : PROBE_MS;
	a->rows[JOB_RECEIPTS].period_ms = receipts_period_ms(c->chain.block_time_ms);
	a->rows[JOB_ENGINE].period_ms = (int64_t)c->service.tick_interval_ms;
	TRY(sched_open(t, a->store, a->rows, n, a->jobs, &a->sched));
	store_listen(a->store, sched_wake, a->sched);
	atomic_store(&running, a->sched);
	return OK;
}

static enum err pause_in_lane(struct turn *t, void *arg)
{
	struct pause p;

	return fleet_pause(t, "", PAUSE_PLAIN, arg, &p);
}

/* Written before the first tick, so that nothing moves in between. */
static enum err pause_at_start(struct turn *t, const char *why)
{
	t->urgent = t->emergency = true;
	enum err e = lane_run(t, pause_in_lane, (void *)why);

	t->urgent = t->emergency = false;
	return e;
}

static enum err open_tls(struct turn *t, struct app *a)
{
	const struct config *c = a->config;
	struct tls_options o = { c->tls.cert, c->tls.key, c->tls.client_ca,
				 (enum tls_client)c->tls.client_auth };

	return c->tls.grpc || c->tls.http ? tls_open(t, &o, &a->tls) : OK;
}

static enum err open_doors(struct turn *t, struct app *a)
{
	const struct config *c = a->config;
	struct grpc_options grpc = { .address = c->doors.grpc_address,
				     .port = (unsigned)c->doors.grpc_port };
	struct http_options http = { .address = c->doors.http_address,
				     .port = (unsigned)c->doors.http_port };

	a->about = (struct api_about){ .start_ms = t->now_ms,
				       .chain_name = config_chain_name(c->chain.id),
				       .engine_turned = engine_turned };
	api_about(&a->about);
	TRY(open_tls(t, a));
	a->refusals = refusals_open(a->store);
	grpc.refusals = http.refusals = a->refusals;
	grpc.tls = c->tls.grpc ? a->tls : NULL;
	http.tls = c->tls.http ? a->tls : NULL;
	TRY(slow_open(t, a->store, &a->slow));
	grpc.slow = a->slow;
	grpc.methods = api_methods(&grpc.n_methods);
	http.slow = a->slow;
	http.methods = grpc.methods;
	http.n_methods = grpc.n_methods;
	http.routes = api_http_routes(&http.n_routes);
	TRY(grpc_door_open(t, a->store, &grpc, &a->grpc));
	return http_door_open(t, a->store, &http, &a->http);
}

static enum err make_id(struct turn *t, void *arg)
{
	(void)arg;
	return fleet_id_make(t);
}

/* A full disk does not keep us from starting: pauses hold, and people can look and act. */
static enum err import_if_there_is_room(struct turn *t, const struct config *c)
{
	enum err e = lane_run(t, make_id, NULL);

	if (e == OK)
		e = app_import(t, c);
	if (e == OK)
		e = app_rules(t, c);
	if (e != ERR_FULL)
		return e;
	log_line(t, LOG_ERROR, "what is new in the configuration waits for the next start", "why",
		 t->why, NULL);
	return OK;
}

static enum err open_all(struct turn *t, struct app *a, bool start_paused)
{
	const struct config *c = a->config;

	TRY(open_store(t, a));
	/* Another chain's store: refused before anything is written. */
	TRY(open_endpoints(t, a));
	TRY(open_rules(t, a));
	TRY(identity_bootstrap(t, a->store,
			       turn_printf(t, "%s/admin.token", folder_of(t, c->store.path))));
	TRY(import_if_there_is_room(t, c));
	if (start_paused)
		TRY(pause_at_start(t, "started with --start-paused"));
	else if (c->safety.global_pause)
		TRY(pause_at_start(t, "safety.global_pause is true"));
	TRY(open_notify(t, a));
	TRY(open_sched(t, a));
	TRY(open_doors(t, a));
	sched_start(a->sched);
	grpc_door_serving(a->grpc, true);
	return OK;
}

enum err app_open(struct turn *t, struct config *config, bool start_paused, struct app **out)
{
	struct app *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->config = config;
	health_reset();
	enum err e = open_all(t, a, start_paused);

	if (e != OK) {
		app_close(a);
		t->store = NULL;
		t->db = NULL;
		a = NULL;
	}
	*out = a;
	return e;
}

void app_close(struct app *a)
{
	if (!a)
		return;
	http_door_close(a->http);
	grpc_door_close(a->grpc, GRACE_MS);
	slow_close(a->slow);
	refusals_close(a->refusals);
	tls_close(a->tls);
	atomic_store(&running, NULL);
	sched_close(a->sched);
	jobs_close(a->jobs);
	notify_close(a->notify);
	endpoints_close(a->pool);
	store_session_close(a->db);
	store_close(a->store);
	keyring_close(a->keyring);
	config_free(a->config);
	free(a);
}
