/* server/app.h - the daemon as a whole: everything opened in order, closed in reverse. */
#ifndef SERVER_APP_H
#define SERVER_APP_H

#include "server/api/api.h"
#include "server/config.h"
#include "server/core/shared.h"
#include "server/door/grpc.h"
#include "server/door/http.h"
#include "server/door/refusals.h"
#include "server/door/slow.h"
#include "server/door/tls.h"
#include "server/jobs/jobs.h"
#include "store/store.h"

struct app {
	struct config *config;
	struct store *store;
	struct db *db;           /* main's own session */
	struct keyring *keyring; /* NULL: the keys are locked */
	struct policy policy;
	struct shared shared; /* what core sees of the two above */
	const char **endpoint_names;
	struct api_about about;
	struct endpoints *pool;
	struct notify *notify;
	struct jobs *jobs;
	struct job rows[JOB_COUNT];
	struct sched *sched;
	struct tls *tls; /* NULL: both doors are plain, and on loopback */
	struct refusals *refusals;
	struct slow *slow;
	struct grpc_door *grpc;
	struct http_door *http;
};

/* Takes over `config`, also on failure. start_paused: a pause is written before anything can
 * move. When it returns OK both doors listen. Caller owns *out. */
enum err app_open(struct turn *t, struct config *config, bool start_paused,
		  struct app **out) MUST_USE;

/* The doors first, so that nothing new comes in; NULL is fine. */
void app_close(struct app *a);

/* ---- its parts ---- */

/* The data key, by the passphrase of a file, a variable or a systemd credential; made at the
 * first start that has one. Without one *out is NULL: the keys are locked, all else works.
 * WRONG_PASSPHRASE; ERR_REFUSED: a passphrase file that others may read. */
enum err app_keyring(struct turn *t, struct config *c, struct keyring **out) MUST_USE;

/* What core calls policy, made of the configuration; what it points at lives as long as `c`. */
enum err app_policy(struct turn *t, const struct config *c, struct policy *out) MUST_USE;

/* The funder, the wallets and the safe list of the file into the store, when the file is another
 * one than last time. What is there already stays, and follows the file's profile and enabled;
 * what the file no longer has stays too: retiring is a command.
 * ERR_REFUSED: the store has another address under a name, or another name for an address. */
enum err app_import(struct turn *t, const struct config *c) MUST_USE;

#endif
