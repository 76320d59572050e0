/* `ghost-fleet sentinel`: ask, remember, speak. */
#include "server/sentinel.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/commands.h"
#include "server/serve.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/log.h"
#include "store/base/units.h"

enum {
	ROUND_MEMORY = 16 << 20,
	ROUND_MS = 120000,
	UID_BYTES = 8,
	REPEATS_MOST = 20,
};

/* Kept in the file. Everything that must not be done twice, or begin anew, after a restart. */
struct known {
	int64_t since_ms; /* it does not answer; 0: it does */
	bool down;        /* for so long that people are told */
	char uid[64];     /* of this silence */
	int64_t told_ms;  /* when telling began, this time round */
	int64_t rounds;
	bool over; /* it answers again, and those who were told are told that */
	bool told[SENTINEL_CHANNELS], ended[SENTINEL_CHANNELS];
	char why[160];
};

/* ---- the file ---- */

static void load(const struct sentinel *s, struct known *k)
{
	json_t *j = json_load_file(s->state, 0, NULL);
	const char *uid = json_string_value(json_object_get(j, "uid"));
	const char *why = json_string_value(json_object_get(j, "why"));

	*k = (struct known){ 0 };
	k->since_ms = json_integer_value(json_object_get(j, "since_ms"));
	k->down = json_is_true(json_object_get(j, "down"));
	k->over = json_is_true(json_object_get(j, "over"));
	k->told_ms = json_integer_value(json_object_get(j, "told_ms"));
	k->rounds = json_integer_value(json_object_get(j, "rounds"));
	(void)snprintf(k->uid, sizeof(k->uid), "%s", uid ? uid : "");
	(void)snprintf(k->why, sizeof(k->why), "%s", why ? why : "");
	for (size_t i = 0; i < s->n_channels; i++) {
		const json_t *c =
			json_object_get(json_object_get(j, "channels"), s->channels[i].name);

		k->told[i] = json_is_true(json_object_get(c, "told"));
		k->ended[i] = json_is_true(json_object_get(c, "ended"));
	}
	json_decref(j);
}

static enum err save(struct turn *t, const struct sentinel *s, const struct known *k)
{
	json_t *channels = json_object();

	for (size_t i = 0; i < s->n_channels; i++)
		(void)json_object_set_new(
			channels, s->channels[i].name,
			json_pack("{s:b, s:b}", "told", k->told[i], "ended", k->ended[i]));
	json_t *j = json_pack("{s:I, s:b, s:b, s:I, s:I, s:s, s:s, s:o}", "since_ms",
			      (json_int_t)k->since_ms, "down", k->down, "over", k->over, "told_ms",
			      (json_int_t)k->told_ms, "rounds", (json_int_t)k->rounds, "uid",
			      k->uid, "why", k->why, "channels", channels);
	char *text = j ? json_dumps(j, JSON_INDENT(2)) : NULL;
	enum err e = text ? serve_write_file(t, s->state, text)
			  : fail(t, ERR_BROKEN, "the state could not be written as JSON");

	free(text);
	json_decref(j);
	return e;
}

/* ---- asking ---- */

/* *why is one line when it does not turn. */
static bool it_turns(struct turn *t, struct http_client *http, const struct sentinel *s,
		     const char **why)
{
	int status = sentinel_get(t, http, turn_printf(t, "%s/health/engine", s->url), why);

	if (status != 0)
		*why = turn_printf(t, "it answers, but not everything turns: HTTP %d", status);
	return status == 200;
}

/* So that it knows that somebody watches; and shows when nobody does any more. */
static void beat(struct turn *t, struct http_client *http, const struct sentinel *s)
{
	const char *why;

	if (!*s->token)
		return;
	int status = sentinel_get(t, http, turn_printf(t, "%s/hb/%s", s->url, s->token), &why);

	if (status != 200)
		log_line(t, LOG_WARN, "our heartbeat was not taken", "status",
			 turn_printf(t, "%d", status), "why", why, NULL);
}

/* ---- deciding ---- */

static void answers(struct turn *t, struct known *k)
{
	if (k->down && !k->over) {
		k->over = true;
		log_line(t, LOG_INFO, "it answers again", "silent",
			 duration_str(t, t->now_ms - k->since_ms), NULL);
	}
	if (!k->down)
		*k = (struct known){ 0 };
}

static void tell_all(struct turn *t, struct known *k)
{
	memset(k->told, 0, sizeof(k->told));
	k->told_ms = t->now_ms;
	k->rounds++;
}

static void silent(struct turn *t, const struct sentinel *s, struct known *k, const char *why)
{
	uint8_t bytes[UID_BYTES];
	char hex[2 * UID_BYTES + 1];

	/* Back before the end was told everywhere: the same silence goes on. */
	k->over = false;
	memset(k->ended, 0, sizeof(k->ended));
	(void)snprintf(k->why, sizeof(k->why), "%s", why);
	if (k->since_ms == 0)
		k->since_ms = t->now_ms;
	if (!k->down && t->now_ms - k->since_ms >= s->silent_after_ms) {
		turn_random(t, bytes, sizeof(bytes));
		hex_put(bytes, sizeof(bytes), hex);
		(void)snprintf(k->uid, sizeof(k->uid), "silence_%s", hex);
		k->down = true;
		tell_all(t, k);
		log_line(t, LOG_ERROR, "it is silent: people are told", "why", why, NULL);
	} else if (k->down && t->now_ms - k->told_ms >= s->repeat_ms && k->rounds < REPEATS_MOST) {
		tell_all(t, k);
	}
}

/* ---- speaking ---- */

static bool wants(const struct known *k, size_t i)
{
	return k->over ? !k->ended[i] : !k->told[i];
}

/* One after the other, the file after each: what was said is not said again. */
static void speak(struct turn *t, struct http_client *http, const struct sentinel *s,
		  struct known *k)
{
	struct sentinel_word w = { .uid = k->over ? turn_printf(t, "%s_over", k->uid) : k->uid,
				   .over = k->over,
				   .at_ms = t->now_ms,
				   .since_ms = k->since_ms };
	bool all = true;

	if (!k->down)
		return;
	w.text = k->over ? turn_printf(t, "%s answers again after %s", s->url,
				       duration_str(t, t->now_ms - k->since_ms))
			 : turn_printf(t, "%s has been silent for %s: %s", s->url,
				       duration_str(t, t->now_ms - k->since_ms), k->why);
	for (size_t i = 0; i < s->n_channels; i++) {
		const char *said;

		if (!wants(k, i))
			continue;
		bool taken = sentinel_say(t, http, s, &s->channels[i], &w, &said);

		if (!taken) {
			log_line(t, LOG_WARN, "a channel did not take it", "channel",
				 s->channels[i].name, "why", said, NULL);
			all = false;
			continue;
		}
		*(k->over ? &k->ended[i] : &k->told[i]) = true;
		if (save(t, s, k) != OK)
			log_line(t, LOG_ERROR, "the state cannot be kept", "why", t->why, NULL);
	}
	if (k->over && all)
		*k = (struct known){ 0 };
}

static void round_once(struct turn *t, struct http_client *http, const struct sentinel *s,
		       struct known *k)
{
	struct known before = *k;
	const char *why;

	if (it_turns(t, http, s, &why)) {
		beat(t, http, s);
		answers(t, k);
	} else {
		silent(t, s, k, why);
	}
	/* Written down before it is said. */
	if (memcmp(&before, k, sizeof(before)) != 0 && save(t, s, k) != OK)
		log_line(t, LOG_ERROR, "the state cannot be kept", "why", t->why, NULL);
	bool was_down = k->down;

	speak(t, http, s, k);
	if (was_down && !k->down && save(t, s, k) != OK)
		log_line(t, LOG_ERROR, "the state cannot be kept", "why", t->why, NULL);
}

/* False: it is time to end. */
static bool rest(int64_t ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	return sigtimedwait(&set, NULL, &pause) < 0;
}

static enum err watch(struct turn *t, const struct sentinel *s)
{
	struct arena *mem = arena_new(ROUND_MEMORY);
	struct http_client *http = NULL;
	struct known k;
	struct turn now;
	enum err e = sentinel_open(t, s, &http);

	if (e == OK) {
		load(s, &k);
		e = save(t, s, &k);
	}
	if (e == OK)
		log_line(t, LOG_INFO, "watching", "url", s->url, "every",
			 duration_str(t, s->every_ms), "state", s->state, NULL);
	for (bool on = e == OK; on; on = rest(s->every_ms)) {
		turn_begin(&now, NULL, NULL, mem, "sentinel", s->name, ROUND_MS);
		round_once(&now, http, s, &k);
		turn_end(&now);
	}
	sentinel_close(http);
	arena_free(mem);
	return e;
}

int command_sentinel(struct turn *t, const struct command_input *in)
{
	struct log_options o = { .least = LOG_INFO, .json = in->json, .fd = STDERR_FILENO };
	struct arena *mem = arena_new(ROUND_MEMORY);
	struct sentinel s;
	enum err e = sentinel_load(t, mem, in->config_path, &s);

	(void)log_open(o);
	if (e == OK)
		e = watch(t, &s);
	if (e != OK)
		(void)fprintf(stderr, "ghost-fleet: %s\n", t->why);
	arena_free(mem);
	return err_exit(e);
}
