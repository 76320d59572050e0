/* server/sentinel.h - `ghost-fleet sentinel`: on another host, without keys and without a store, it
 * asks a daemon whether everything turns, and pages by channels of its own when the daemon, or the
 * whole host, is silent.
 *
 * sentinel_config.c reads its small configuration, sentinel_say.c speaks, sentinel.c keeps what it
 * knows in a file, so that a restart neither pages twice nor begins to wait anew.
 */
#ifndef SERVER_SENTINEL_H
#define SERVER_SENTINEL_H

#include "store/base/turn.h"
#include "store/channels.h"

enum { SENTINEL_CHANNELS = 16, SENTINEL_LIST = 16 };

struct sentinel_channel {
	const char *name;
	enum channel_kind kind;
	const char *url, *username, *sender;
	const char *list[SENTINEL_LIST + 1]; /* recipients, or a command's arguments; NULL ends */
	size_t n_list;
	const char *secret; /* "": none */
};

struct sentinel {
	const char *name;  /* what it calls itself */
	const char *url;   /* of the HTTP door: "https://fleet.example:8080" */
	const char *state; /* the file */
	const char *ca_file;
	const char *token; /* of its heartbeat there; "": it does not beat */
	int64_t every_ms, silent_after_ms, repeat_ms;
	struct sentinel_channel channels[SENTINEL_CHANNELS];
	size_t n_channels;
};

/* Its file, with every secret it names. ERR_INVALID names key, line and what to write. In memory
 * that lives as long as `mem`. */
enum err sentinel_load(struct turn *t, struct arena *mem, const char *path,
		       struct sentinel *out) MUST_USE;

/* What it has to say. */
struct sentinel_word {
	const char *uid; /* of this silence */
	bool over;
	int64_t at_ms, since_ms;
	const char *text; /* one line */
};

/* Caller owns *out. */
struct http_client;
enum err sentinel_open(struct turn *t, const struct sentinel *s, struct http_client **out) MUST_USE;
void sentinel_close(struct http_client *http);
/* GET: the status; 0: no answer, and *said is why. */
int sentinel_get(struct turn *t, struct http_client *http, const char *url, const char **said);
/* By one channel, once. False: not taken; *said is why. */
bool sentinel_say(struct turn *t, struct http_client *http, const struct sentinel *s,
		  const struct sentinel_channel *c, const struct sentinel_word *w,
		  const char **said);

#endif
