#include <stdlib.h>
#include <string.h>

#include "server/app.h"
#include "server/ops/health.h"
#include "server/secret_file.h"
#include "store/base/log.h"
#include "store/meta.h"

/* meta: the data key, sealed with the passphrase (server/eth/keyring.h). */
static const char DATA_KEY[] = "keys.data_key";

/* A systemd credential is a file in a folder that systemd names. */
static const char *credential_path(struct turn *t, const char *name)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	return folder ? turn_printf(t, "%s/%s", folder, name) : NULL;
}

/* *out NULL: there is none. The first that is configured: file, credential, variable. */
static enum err passphrase(struct turn *t, struct config *c, char **out)
{
	const char *path = c->keys.passphrase_file;

	*out = NULL;
	if (!path && c->keys.credential) {
		path = credential_path(t, c->keys.credential);
		if (!path)
			return fail(
				t, ERR_REFUSED,
				"keys.credential is '%s', but systemd gave no credentials: write "
				"LoadCredential=%s:FILE into the unit",
				c->keys.credential, c->keys.credential);
	}
	if (path) {
		enum err e = secret_file_line(t, path, KEYRING_PASSPHRASE_MAX, out);

		return e == OK ? OK
			       : fail(t, e, "keys.%s: %s",
				      c->keys.passphrase_file ? "passphrase_file" : "credential",
				      turn_strdup(t, t->why));
	}
	*out = c->keys.passphrase;
	return OK;
}

static enum err keep(struct turn *t, void *arg)
{
	const struct bytes *sealed = arg;

	return meta_set(t, DATA_KEY, sealed->p, sealed->n);
}

static enum err create(struct turn *t, const char *text, struct keyring **out)
{
	struct bytes sealed;

	TRY(keyring_create(t, text, strlen(text), &sealed, out));
	enum err e = lane_run(t, keep, &sealed);

	if (e != OK) {
		keyring_close(*out);
		*out = NULL;
		return e;
	}
	log_line(t, LOG_INFO, "a data key was made; the passphrase opens it from now on", NULL);
	return OK;
}

static enum err open_or_create(struct turn *t, const char *text, struct keyring **out)
{
	struct bytes sealed;
	enum err e = meta_get(t, DATA_KEY, &sealed);

	if (e == ERR_MISSING)
		return create(t, text, out);
	if (e != OK)
		return e;
	return keyring_open(t, sealed, text, strlen(text), out);
}

enum err app_keyring(struct turn *t, struct config *c, struct keyring **out)
{
	char *text;

	*out = NULL;
	TRY(passphrase(t, c, &text));
	if (!text) {
		struct bytes sealed;

		if (meta_get(t, DATA_KEY, &sealed) == OK)
			health_set("keys", HEALTH_DEGRADED, "locked: no passphrase was given");
		log_line(t, LOG_WARN, "the keys are locked: no passphrase was given", "give",
			 "keys.passphrase_file, keys.credential or GHOST_FLEET_PASSPHRASE", NULL);
		return OK;
	}
	enum err e = open_or_create(t, text, out);

	wipe(text, strlen(text));
	return e;
}
