#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/rescue_inside.h"
#include "server/sched/sched.h"
#include "store/base/clock.h"
#include "store/base/wei.h"
#include "store/chain.h"

enum {
	RESERVE = 1 << 20,
	TURN_MS = 120000,
	AWAIT_MS = 30000,
	STEP_MS = 50,
	PROBE_MS = 500,
};

static const char FOLDER[] = "ghost-fleet-rescue-";

/* No configuration is there to say what is too much. Loans come home with the rest. */
static const uint64_t MAX_FEE = UINT64_C(1000000000000);      /* 1,000 gwei */
static const uint64_t MAX_LOAN = UINT64_C(50000000000000000); /* 0.05 ether */

void rescue_turn(struct turn *t, struct rescue *r)
{
	struct arena *mem = t->mem;

	turn_end(t);
	turn_begin(t, r->store, r->db, mem, "rescue", "rescue", TURN_MS);
}

bool rescue_wait(int64_t ms)
{
	struct timespec for_ms = { ms / 1000, ms % 1000 * 1000000 };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	return sigtimedwait(&set, NULL, &for_ms) < 0;
}

/* The store's own files, and its folder. */
static void remove_folder(const char *folder)
{
	static const char *const files[] = { "rescue.db", "rescue.db-wal", "rescue.db-shm",
					     "lock",      "reserve",       "pause.latch" };
	char path[RESCUE_FOLDER + 32];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

/* A folder that we made ourselves: anybody may put a link of this name there. */
static bool is_ours(const char *folder)
{
	struct stat st;

	return lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* What a killed run left: nobody can open it any more, as its data key died with it. */
static void remove_dead(struct turn *t, const char *place)
{
	DIR *d = opendir(place);

	for (struct dirent *e; d && (e = readdir(d));) {
		if (strncmp(e->d_name, FOLDER, sizeof(FOLDER) - 1) != 0)
			continue;
		long pid = strtol(e->d_name + sizeof(FOLDER) - 1, NULL, 10);

		const char *folder = turn_printf(t, "%s/%s", place, e->d_name);

		if (pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH && is_ours(folder))
			remove_folder(folder);
	}
	if (d)
		(void)closedir(d);
}

/* Where files are memory, so that not even sealed keys touch a disk; else where temporary files go.
 */
static enum err make_folder(struct turn *t, struct rescue *r)
{
	const char *tmp = getenv("TMPDIR");
	const char *places[] = { "/dev/shm", tmp && *tmp ? tmp : "/tmp", "/tmp" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		remove_dead(t, places[i]);
		int n = snprintf(r->folder, sizeof(r->folder), "%s/%s%ld-XXXXXX", places[i], FOLDER,
				 (long)getpid());

		if (n > 0 && (size_t)n < sizeof(r->folder) && mkdtemp(r->folder))
			return OK;
	}
	r->folder[0] = 0;
	return fail(t, ERR_REFUSED, "no place for a temporary folder: %s; set TMPDIR",
		    strerror(errno));
}

static enum err open_store(struct turn *t, struct rescue *r)
{
	TRY(make_folder(t, r));
	struct store_options o = { .path = turn_printf(t, "%s/rescue.db", r->folder),
				   .reserve_bytes = RESERVE };

	TRY(store_open(t, &o, &r->store));
	t->store = r->store;
	TRY(store_session(t, r->store, &r->db));
	t->db = r->db;
	return OK;
}

/* Sealed for this process only: nobody ever learns the passphrase. */
static enum err open_keyring(struct turn *t, struct rescue *r)
{
	struct keyring_cost cheap = { .log2_n = 4, .r = 1, .p = 1 };
	struct bytes sealed;
	SECRET struct secret passphrase;

	turn_random(t, passphrase.b, sizeof(passphrase.b));
	return keyring_create_at(t, cheap, (const char *)passphrase.b, sizeof(passphrase.b),
				 &sealed, &r->keyring);
}

static void make_policy(struct rescue *r)
{
	const struct kit *k = &r->kit;
	struct policy *p = &r->policy;

	policy_defaults(p, k->chain_id);
	p->max_fee = wei_u64(MAX_FEE);
	p->cap_loan = wei_u64(MAX_LOAN);
	p->engine = false;
	p->require_backup = false;
	p->has_ghost_core = k->has_stake;
	p->ghost_core = k->stake;
	for (size_t i = 0; i < k->n_tokens && i < TOKENS_MAX; i++)
		p->tokens[p->n_tokens++] = (struct token){
			.addr = k->tokens[i].addr,
			.symbol = k->tokens[i].symbol,
			.decimals = k->tokens[i].decimals,
			.tax_bps = k->tokens[i].tax_bps,
		};
	r->alone = *p;
	p->funder = "funder";
	r->shared = (struct shared){ .policy = p, .keyring = r->keyring };
	r->shared_alone = (struct shared){ .policy = &r->alone, .keyring = r->keyring };
	shared_set(&r->shared);
}

static enum err open_endpoints(struct turn *t, struct rescue *r)
{
	static const char *const names[RESCUE_URLS] = {
		"rpc-1", "rpc-2",  "rpc-3",  "rpc-4",  "rpc-5",  "rpc-6",  "rpc-7",  "rpc-8",
		"rpc-9", "rpc-10", "rpc-11", "rpc-12", "rpc-13", "rpc-14", "rpc-15", "rpc-16",
	};
	struct endpoints_options o = {
		.chain_id = r->kit.chain_id,
		.genesis_known = r->kit.has_genesis,
		.genesis = r->kit.genesis,
	};
	struct endpoint_setting list[RESCUE_URLS];

	memcpy(r->names, names, sizeof(names));
	for (size_t i = 0; i < r->in->n_rpc; i++)
		list[i] = (struct endpoint_setting){ .name = names[i], .url = r->in->rpc[i] };
	TRY(endpoints_open(t, &o, list, r->in->n_rpc, &r->pool));
	return el_open(t, r->pool, &(struct el_options){ 0 }, &r->el);
}

/* What the daemon runs, but nothing that acts by itself or keeps house. */
static enum err open_sched(struct turn *t, struct rescue *r)
{
	static const enum job_id wanted[] = { JOB_PROBE, JOB_PLAN,     JOB_DRIVE,
					      JOB_SEND,  JOB_RECEIPTS, JOB_REPLACE };
	size_t n, n_wanted = sizeof(wanted) / sizeof(wanted[0]);
	const struct job *rows = jobs_rows(&n);

	TRY(jobs_open(t, r->pool, &(struct el_options){ 0 }, r->names, r->in->n_rpc, &r->jobs));
	for (size_t i = 0; i < n_wanted; i++)
		r->rows[i] = rows[wanted[i]];
	r->rows[0].period_ms = PROBE_MS;
	TRY(sched_open(t, r->store, r->rows, n_wanted, r->jobs, &r->sched));
	store_listen(r->store, sched_wake, r->sched);
	sched_start(r->sched);
	return OK;
}

enum err rescue_open(struct turn *t, struct rescue *r)
{
	TRY(open_store(t, r));
	TRY(open_keyring(t, r));
	make_policy(r);
	TRY(open_endpoints(t, r));
	return open_sched(t, r);
}

void rescue_close(struct rescue *r)
{
	sched_close(r->sched);
	jobs_close(r->jobs);
	el_close(r->el);
	endpoints_close(r->pool);
	store_session_close(r->db);
	store_close(r->store);
	keyring_close(r->keyring);
	if (*r->folder)
		remove_folder(r->folder);
}

static const char *endpoint_trouble(struct turn *t, struct rescue *r)
{
	size_t n;
	const struct endpoint *e = endpoints_snapshot(t, r->pool, &n);

	for (size_t i = 0; i < n; i++)
		if (*e[i].said)
			return turn_printf(t, "%s: %s", e[i].url_shown, e[i].said);
	return "no endpoint answers";
}

static bool all_disabled(struct turn *t, struct rescue *r)
{
	size_t n, disabled = 0;
	const struct endpoint *e = endpoints_snapshot(t, r->pool, &n);

	for (size_t i = 0; i < n; i++)
		disabled += e[i].state == ENDPOINT_DISABLED;
	return n > 0 && disabled == n;
}

enum err rescue_await_chain(struct turn *t, struct rescue *r)
{
	int64_t give_up = clock_mono_ms() + AWAIT_MS;
	struct chain c;
	uint64_t head;

	for (;;) {
		TRY(chain_get(t, &c));
		if (c.seen_ms)
			return OK;
		/* An endpoint is chosen by the first question; the probe alone chooses none. */
		enum err e = el_head(t, r->el, &head);

		if (e != OK && e != ERR_AWAY && e != ERR_REFUSED)
			return e;
		if (all_disabled(t, r))
			return fail_reason(t, REASON_CHAIN_MISMATCH, "--rpc: %s",
					   endpoint_trouble(t, r));
		if (clock_mono_ms() > give_up || !rescue_wait(STEP_MS))
			return fail_reason(t, REASON_ENDPOINT_AWAY, "--rpc: %s",
					   endpoint_trouble(t, r));
	}
}
