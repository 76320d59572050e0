#include "server/core/heartbeat.h"

#include <assert.h>
#include <nettle/sha2.h>
#include <string.h>

#include "server/core/incident.h"
#include "store/audit.h"
#include "store/base/hex.h"
#include "store/base/units.h"
#include "store/events.h"

enum { TOKEN_BYTES = 20, FIRE_MOST = 50 };

static const int64_t PERIOD_LEAST = 1000, PERIOD_MOST = 366 * INT64_C(86400000);

const char *heartbeat_subject(struct turn *t, const char *name)
{
	return turn_printf(t, "heartbeats/%s", name);
}

static const char *key_of(struct turn *t, const struct heartbeat *h)
{
	return turn_printf(t, "heartbeat/%s", h->name);
}

static struct eth_hash hash_of(const char *token)
{
	struct sha256_ctx ctx;
	struct eth_hash h;

	sha256_init(&ctx);
	sha256_update(&ctx, strlen(token), (const uint8_t *)token);
	sha256_digest(&ctx, sizeof(h.b), h.b);
	return h;
}

static enum err check(struct turn *t, const struct heartbeat *h)
{
	size_t n = strlen(h->name);

	if (n == 0 || n > HEARTBEAT_NAME_MAX ||
	    strspn(h->name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != n)
		return fail(
			t, ERR_INVALID,
			"heartbeat.name: '%.60s', want small letters, digits, - and _, at most %d",
			h->name, HEARTBEAT_NAME_MAX);
	if (h->period_ms < PERIOD_LEAST || h->period_ms > PERIOD_MOST)
		return fail(t, ERR_INVALID, "heartbeat.period: want a second to a year");
	if (h->grace_ms < 0 || h->grace_ms > PERIOD_MOST)
		return fail(t, ERR_INVALID, "heartbeat.grace: want at most a year");
	if (strlen(h->note) > 400)
		return fail(t, ERR_INVALID, "heartbeat.note: longer than 400 bytes");
	return OK;
}

static enum err told(struct turn *t, const struct heartbeat *h, const char *text)
{
	const char *subject = heartbeat_subject(t, h->name);

	TRY(event_add(t, TOPIC_FLEET, subject, "heartbeat.changed", text));
	return audit_add(t, "heartbeat.changed", subject, text);
}

enum err heartbeat_create(struct turn *t, struct heartbeat *h, const char **token_out)
{
	uint8_t bytes[TOKEN_BYTES];
	char *token = turn_alloc(t, HEARTBEAT_TOKEN);
	struct heartbeat *all;
	size_t n;

	assert(t->in_lane);
	TRY(check(t, h));
	TRY(heartbeat_list(t, &all, &n));
	if (n >= HEARTBEATS_MAX)
		return fail(t, ERR_FULL, "%d heartbeats are the most: remove one first",
			    HEARTBEATS_MAX);
	turn_random(t, bytes, sizeof(bytes));
	memcpy(token, "hb_", 3);
	hex_put(bytes, sizeof(bytes), token + 3);
	h->token = hash_of(token);
	h->state = HEARTBEAT_NEW;
	h->said = "";
	enum err e = heartbeat_add(t, h);

	if (e == ERR_EXISTS)
		return fail(t, e, "heartbeat '%s' is there already", h->name);
	TRY(e);
	*token_out = token;
	return told(t, h, "added");
}

enum err heartbeat_delete(struct turn *t, const char *name, int64_t version, struct heartbeat *out)
{
	assert(t->in_lane);
	TRY(heartbeat_get(t, name, out));
	if (version && version != out->version)
		return fail(t, ERR_STALE, "etag: '%s' changed since you read it", name);
	TRY(heartbeat_remove(t, out));
	TRY(incident_clear(t, key_of(t, out), "it is not watched any more"));
	return told(t, out, "removed");
}

enum err heartbeat_known(struct turn *t, const char *token, bool *out)
{
	struct heartbeat h;
	enum err e = heartbeat_of_token(t, hash_of(token), &h);

	*out = e == OK;
	return e == ERR_MISSING ? OK : e;
}

static enum err open_incident(struct turn *t, const struct heartbeat *h, const char *title,
			      const char *text, int64_t since_ms)
{
	struct trigger g = { .key = key_of(t, h),
			     .rule = "heartbeat",
			     .subject = heartbeat_subject(t, h->name),
			     .title = title,
			     .text = text,
			     .severity = h->severity,
			     .page = true,
			     .since_ms = since_ms };
	struct incident i;
	bool opened;

	return incident_trigger(t, &g, &i, &opened);
}

static enum err success(struct turn *t, struct heartbeat *h)
{
	h->took_ms = h->start_ms ? t->now_ms - h->start_ms : 0;
	h->state = HEARTBEAT_BEATS;
	h->beat_ms = t->now_ms;
	h->start_ms = 0;
	h->due_ms = t->now_ms + h->period_ms + h->grace_ms;
	return incident_clear(t, key_of(t, h), "it beats again");
}

static enum err failure(struct turn *t, struct heartbeat *h)
{
	h->state = HEARTBEAT_FAILED;
	h->start_ms = 0;
	return open_incident(t, h, turn_printf(t, "%s says that it failed", h->name),
			     *h->said ? h->said : h->note, t->now_ms);
}

enum err heartbeat_beat(struct turn *t, const char *token, enum beat what, const char *said,
			struct heartbeat *out)
{
	assert(t->in_lane);
	enum err e = heartbeat_of_token(t, hash_of(token), out);

	if (e == ERR_MISSING)
		return fail(t, e, "no heartbeat has this token");
	TRY(e);
	out->heard_ms = t->now_ms;
	out->said = said;
	t->actor = heartbeat_subject(t, out->name);
	switch (what) {
	case BEAT_SUCCESS:
		TRY(success(t, out));
		break;
	case BEAT_START:
		/* It lives, and has its time from now on. */
		out->start_ms = t->now_ms;
		if (out->state == HEARTBEAT_NEW)
			out->state = HEARTBEAT_BEATS;
		out->due_ms = t->now_ms + out->period_ms + out->grace_ms;
		break;
	case BEAT_FAIL:
		TRY(failure(t, out));
		break;
	}
	return heartbeat_heard(t, out);
}

enum err heartbeats_due(struct turn *t, bool *out)
{
	struct heartbeat *h;
	size_t n;

	TRY(heartbeat_late(t, 1, &h, &n));
	*out = n > 0;
	return OK;
}

enum err heartbeats_fire(struct turn *t, bool *more_out)
{
	struct heartbeat *h;
	size_t n;

	assert(t->in_lane);
	TRY(heartbeat_late(t, FIRE_MOST, &h, &n));
	*more_out = n == FIRE_MOST;
	for (size_t k = 0; k < n; k++) {
		int64_t since = h[k].beat_ms ? h[k].beat_ms : h[k].start_ms;

		h[k].state = HEARTBEAT_LATE;
		TRY(heartbeat_heard(t, &h[k]));
		TRY(open_incident(
			t, &h[k], turn_printf(t, "no heartbeat of %s", h[k].name),
			turn_printf(t, "the last good one was %s ago, one every %s is due%s%s",
				    duration_str(t, t->now_ms - since),
				    duration_str(t, h[k].period_ms), *h[k].note ? "; " : "",
				    h[k].note),
			h[k].due_ms));
	}
	return OK;
}

enum err heartbeat_watcher(struct turn *t, const char **name_out, int64_t *heard_ms_out)
{
	struct heartbeat *h;
	size_t n;

	*name_out = NULL;
	TRY(heartbeat_list(t, &h, &n));
	for (size_t k = 0; k < n && !*name_out; k++)
		if (h[k].kind == HEARTBEAT_SENTINEL && h[k].state == HEARTBEAT_BEATS) {
			*name_out = h[k].name;
			*heard_ms_out = h[k].heard_ms;
		}
	return OK;
}
