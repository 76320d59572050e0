#include "client/setup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/file.h"
#include "client/stop.h"
#include "client/wait.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/turn.h"

enum {
	ASK_MS = 20000,
	START_MS = 60000,
	LOOK_MS = 50,
	SAID_MAX = 1 << 20,
	CONFIG_MAX = 32768,
	SECRET_BYTES = 32,
	DEEP = 16
};

/* ---- the folder ---- */

static enum err must_be_free(struct turn *t, const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *one;
	const char *name = NULL;

	if (!d && errno == ENOENT)
		return OK;
	if (!d)
		return fail(t, ERR_EXISTS, "%s is there already and no folder of ours: %s", dir,
			    strerror(errno));
	while (!name && (one = readdir(d)))
		if (strcmp(one->d_name, ".") != 0 && strcmp(one->d_name, "..") != 0)
			name = turn_strdup(t, one->d_name);
	(void)closedir(d);
	return name ? fail(t, ERR_EXISTS,
			   "%s is there already and holds %s: nothing is overwritten, say "
			   "another --dir",
			   dir, name)
		    : OK;
}

enum err setup_open(struct turn *t, struct setup *s)
{
	char *dir = turn_strdup(t, s->dir);

	for (size_t n = strlen(dir); n > 1 && dir[n - 1] == '/'; n--)
		dir[n - 1] = 0;
	s->dir = dir;
	TRY(must_be_free(t, dir));
	char *part = turn_printf(t, "%s.init-XXXXXX", dir);

	if (!mkdtemp(part))
		return fail(t, ERR_DENIED, "a folder cannot be made beside %s: %s", dir,
			    strerror(errno));
	s->part = part;
	return OK;
}

enum err setup_keep(struct turn *t, struct setup *s)
{
	char *whole = turn_alloc(t, PATH_MAX);

	(void)unlink(turn_printf(t, "%s/said", s->part));
	/* Takes the place of an empty folder, and of nothing else. */
	if (rename(s->part, s->dir) != 0)
		return fail(t, ERR_EXISTS, "%s cannot be made: %s", s->dir, strerror(errno));
	s->part = NULL;
	if (realpath(s->dir, whole))
		s->dir = whole;
	return OK;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	(void)remove(path);
	return 0;
}

void setup_close(struct setup *s)
{
	(void)sibling_stop(&s->daemon);
	if (s->part)
		(void)nftw(s->part, remove_one, DEEP, FTW_DEPTH | FTW_PHYS);
	s->part = NULL;
}

static enum err write_new(struct turn *t, const char *path, const char *text)
{
	struct new_file f;

	TRY(file_claim(t, path, 0600, &f));
	return file_fill(t, &f, text, strlen(text));
}

enum err setup_secret(struct turn *t, const struct setup *s, const char *name, char **out)
{
	uint8_t chance[SECRET_BYTES];
	char *text = turn_alloc(t, 2 * SECRET_BYTES + 1);

	turn_random(t, chance, sizeof(chance));
	hex_put(chance, sizeof(chance), text);
	wipe(chance, sizeof(chance));
	*out = text;
	return write_new(t, turn_printf(t, "%s/%s", s->part, name), turn_printf(t, "%s\n", text));
}

/* ---- what ghost-fleet says ---- */

static const char *said_file(struct turn *t, const struct setup *s)
{
	return turn_printf(t, "%s/said", s->part);
}

/* The line of its output that says why: the first error, else the last line. */
static const char *word_of(struct turn *t, const struct setup *s)
{
	struct file f;

	if (file_read(t, said_file(t, s), SAID_MAX, &f) != OK)
		return "it says nothing";
	char *from = strstr(f.text, "error: ");

	if (!from) {
		for (size_t n = f.n; n > 0 && f.text[n - 1] == '\n'; n--)
			f.text[n - 1] = 0;
		from = strrchr(f.text, '\n');
		from = from ? from + 1 : f.text;
	}
	from[strcspn(from, "\n")] = 0;
	for (size_t i = 0; i < 2; i++) {
		static const char *const heads[] = { "error: ", "ghost-fleet: " };

		if (strncmp(from, heads[i], strlen(heads[i])) == 0)
			from += strlen(heads[i]);
	}
	return *from ? from : "it says nothing";
}

/* Runs it to its end; what it printed is in said_file. */
static enum err run_fleet(struct turn *t, struct setup *s, const char *const *args,
			  const char *const *extra, enum err bad)
{
	struct sibling_ask ask = { .args = args, .extra = extra, .output_file = said_file(t, s) };
	struct sibling one;
	int code;

	TRY(sibling_start(t, &ask, &one));
	TRY(sibling_wait(t, &one, ASK_MS, &code));
	return code == 0 ? OK : fail(t, bad, "%s", word_of(t, s));
}

enum err setup_find_chain(struct turn *t, struct setup *s)
{
	const char *args[] = { "ghost-fleet", "chain-id", NULL };
	const char *extra[] = { turn_printf(t, "RPC_URL=%s", s->rpc), NULL };
	struct file f;

	TRY(run_fleet(t, s, args, extra, ERR_AWAY));
	TRY(file_read(t, said_file(t, s), SAID_MAX, &f));
	f.text[strspn(f.text, "0123456789")] = 0;
	s->chain_id = f.text;
	return *f.text ? OK : fail(t, ERR_BROKEN, "ghost-fleet does not say which chain it is");
}

/* ---- the configuration ---- */

/* A TOML string; what cannot stand in one is no URL or path either. */
static enum err put_text(struct turn *t, struct buf *b, const char *key, const char *text)
{
	buf_printf(b, "%s = \"", key);
	for (const char *p = text; *p; p++) {
		if (iscntrl((unsigned char)*p))
			return fail(t, ERR_INVALID, "%s: holds a control character", key);
		buf_printf(b, "%s%c", *p == '"' || *p == '\\' ? "\\" : "", *p);
	}
	buf_printf(b, "\"\n");
	return OK;
}

static enum err put_funder(struct turn *t, struct buf *b, const char *path)
{
	char *whole = turn_alloc(t, PATH_MAX);

	if (!path) {
		buf_printf(b, "\n# Who pays: a file with 0x and 64 hex digits, chmod 600. Then "
			      "make a new kit.\n"
			      "# [funding]\n# key_file = \"funder.key\"\n");
		return OK;
	}
	if (!realpath(path, whole))
		return fail(t, ERR_MISSING, "the funder's key file %s: %s", path, strerror(errno));
	buf_printf(b, "\n# Who pays.\n[funding]\n");
	return put_text(t, b, "key_file", whole);
}

static enum err put_config(struct turn *t, struct buf *b, const struct setup *s)
{
	buf_printf(b,
		   "# Made by ghostctl init. Every setting: docs/reference/config.md. What holds, "
		   "and from where:\n"
		   "#   ghost-fleet --config config.toml show --sources\n"
		   "# Safe addresses are in the store: ghostctl safe list. Paths are taken from "
		   "this file's folder.\n"
		   "\n"
		   "[service]\n"
		   "# solo: a further safe address counts after a day; team: after three.\n"
		   "policy = \"%s\"\n"
		   "\n"
		   "[chain]\n"
		   "chain_id = %s # as the endpoint said when this was made\n",
		   s->policy, s->chain_id);
	TRY(put_text(t, b, "rpc_url", s->rpc));
	buf_printf(b, "\n[store]\npath = \"data/ghost-fleet.db\"\n"
		      "\n# Opens the sealed keys of the store. Keep a copy elsewhere.\n"
		      "[keys]\npassphrase_file = \"passphrase\"\n");
	return put_funder(t, b, s->funder);
}

static const char *config_path(struct turn *t, const struct setup *s)
{
	return turn_printf(t, "%s/config.toml", s->part);
}

enum err setup_configure(struct turn *t, struct setup *s)
{
	struct buf b = buf_in(t->mem, CONFIG_MAX);
	const char *path = config_path(t, s);
	const char *args[] = { "ghost-fleet", "--config", path, "validate", NULL };
	char *passphrase;

	TRY(put_config(t, &b, s));
	TRY(write_new(t, path, buf_text(&b)));
	TRY(setup_secret(t, s, "passphrase", &passphrase));
	return run_fleet(t, s, args, NULL, ERR_INVALID);
}

/* ---- the daemon ---- */

/* Its gRPC port; 0: not there yet. */
static unsigned port_of(const char *path)
{
	json_t *all = json_load_file(path, 0, NULL);
	json_int_t port = json_integer_value(json_object_get(all, "grpc"));

	json_decref(all);
	return port > 0 && port <= USHRT_MAX ? (unsigned)port : 0;
}

static enum err wait_for_port(struct turn *t, struct setup *s, const char *path, unsigned *out)
{
	int64_t until = clock_mono_ms() + START_MS;

	while ((*out = port_of(path)) == 0) {
		if (!sibling_runs(&s->daemon))
			return fail(t, ERR_AWAY, "the daemon ended: %s", word_of(t, s));
		if (clock_mono_ms() >= until)
			return fail(t, ERR_LATE, "the daemon does not come up: %s", word_of(t, s));
		if (!stop_sleep(LOOK_MS))
			return fail(t, ERR_GONE, "stopped; nothing was made");
	}
	return OK;
}

enum err setup_serve(struct turn *t, struct cli *c, struct setup *s)
{
	const char *ports = turn_printf(t, "%s/ports.json", s->part);
	const char *args[] = { "ghost-fleet", "--config", config_path(t, s), "--ports-file", ports,
			       "serve",       NULL };
	const char *extra[] = { "GHOST_FLEET_GRPC_PORT=0", "GHOST_FLEET_HTTP_PORT=0", NULL };
	struct sibling_ask ask = { .args = args, .extra = extra, .output_file = said_file(t, s) };
	const Grpc__Health__V1__HealthCheckResponse *health;
	unsigned port;

	TRY(sibling_start(t, &ask, &s->daemon));
	TRY(wait_for_port(t, s, ports, &port));
	c->context =
		(struct context){ .name = "", .address = turn_printf(t, "127.0.0.1:%u", port) };
	c->ask.token_file = turn_printf(t, "%s/data/admin.token", s->part);
	return wait_ready(t, c, &health);
}

enum err setup_stop(struct turn *t, struct setup *s)
{
	return sibling_stop(&s->daemon)
		       ? OK
		       : fail(t, ERR_BROKEN, "the daemon did not end well: %s", word_of(t, s));
}

/* ---- ghostctl's own ---- */

static const char *name_of(struct turn *t, const char *dir)
{
	const char *slash = strrchr(dir, '/');
	const char *name = slash ? slash + 1 : dir;

	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			return "fleet";
	return *name ? turn_strdup(t, name) : "fleet";
}

bool setup_context(struct turn *t, const struct cli *c, const struct setup *s,
		   const char **name_out, const char **text_out)
{
	*name_out = name_of(t, s->dir);
	*text_out = turn_printf(t,
				"[%s]\naddress = 127.0.0.1:50051\ntoken_file = "
				"%s/data/admin.token\n",
				*name_out, s->dir);
	if (!c->ask.home)
		return false;
	const char *above = turn_printf(t, "%s/.config", c->ask.home);
	const char *folder = turn_printf(t, "%s/ghostctl", above);

	if (access(turn_printf(t, "%s/token", folder), F_OK) == 0)
		return false;
	(void)mkdir(above, 0700);
	(void)mkdir(folder, 0700);
	bool fine = write_new(t, turn_printf(t, "%s/config", folder),
			      turn_printf(t, "current = %s\n%s", *name_out, *text_out)) == OK;

	t->why[0] = 0;
	return fine;
}
