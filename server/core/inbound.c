#include "server/core/inbound.h"

#include <assert.h>
#include <jansson.h>
#include <nettle/hmac.h>
#include <string.h>
#include <strings.h>

#include "server/core/incident.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/pages.h"

enum { NAME_SHOWN = 100, TITLE_SHOWN = 280, TEXT_SHOWN = 3000 };

static const int64_t DAY_MS = 86400000;

/* ---- signatures ---- */

static bool same(const char *a, const char *b, size_t n)
{
	unsigned differs = 0;

	for (size_t k = 0; k < n; k++)
		differs |= (unsigned char)a[k] ^ (unsigned char)b[k];
	return differs == 0;
}

bool inbound_signed(const char *secret, struct bytes body, const char *header)
{
	char want[2 * SHA256_DIGEST_SIZE + 1];
	uint8_t mac[SHA256_DIGEST_SIZE];
	struct hmac_sha256_ctx ctx;
	bool good = false;

	hmac_sha256_set_key(&ctx, strlen(secret), (const uint8_t *)secret);
	hmac_sha256_update(&ctx, body.n, body.p);
	hmac_sha256_digest(&ctx, sizeof(mac), mac);
	wipe(&ctx, sizeof(ctx));
	hex_put(mac, sizeof(mac), want);
	for (const char *at = header; *at;) {
		size_t n = strcspn(at, ",");

		if (n == 3 + strlen(want) && strncmp(at, "v1=", 3) == 0)
			good = same(at + 3, want, strlen(want)) || good;
		at += n + (at[n] == ',');
		at += strspn(at, " ");
	}
	return good;
}

/* ---- reading ---- */

static enum err parse(struct turn *t, struct bytes body, json_t **out)
{
	json_error_t why;

	*out = json_loadb((const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &why);
	if (!*out || !json_is_object(*out)) {
		json_decref(*out);
		return fail(t, ERR_INVALID, "the body is no JSON object: %.100s", why.text);
	}
	return OK;
}

/* The text at a path as "data.incident_key"; "" where there is none. */
static const char *text_at(struct turn *t, const json_t *j, const char *path)
{
	char *rest = turn_strdup(t, path), *name;

	while (j && (name = strsep(&rest, ".")) != NULL)
		j = json_object_get(j, name);
	return json_is_string(j) ? turn_strdup(t, json_string_value(j)) : "";
}

/* ---- PagerDuty ---- */

struct pd_event {
	const char *id, *type, *who, *who_kind, *key;
	int64_t at_ms;
};

static enum err pd_read(struct turn *t, const json_t *j, struct pd_event *e)
{
	e->id = text_at(t, j, "event.id");
	e->type = text_at(t, j, "event.event_type");
	e->who = text_at(t, j, "event.agent.summary");
	e->who_kind = text_at(t, j, "event.agent.type");
	e->key = text_at(t, j, "event.data.incident_key");
	if (!*e->id || strlen(e->id) > 200 || !*e->type ||
	    !clock_parse(text_at(t, j, "event.occurred_at"), &e->at_ms))
		return fail(t, ERR_INVALID, "this is no event of PagerDuty's webhook, version 3");
	return OK;
}

static enum err pd_ack(struct turn *t, const struct pd_event *e, const char *who,
		       struct inbound_said *out)
{
	struct incident i;

	TRY(incident_get(t, out->incident, &i));
	/* Our own acknowledgement comes back as an event of the integration: it is with whom we
	 * said. A person there takes it over. */
	if (i.state == INCIDENT_ACKNOWLEDGED && strcmp(e->who_kind, "user_reference") != 0) {
		out->why = "somebody has it already";
		return OK;
	}
	return incident_ack(t, i.id, who, "at PagerDuty", &i, &out->applied);
}

static enum err pd_apply(struct turn *t, const struct pd_event *e, struct inbound_said *out)
{
	const char *who = turn_printf(t, "pagerduty: %.*s", NAME_SHOWN, *e->who ? e->who : "?");
	struct incident i;

	t->actor = who;
	if (strcmp(e->type, "incident.acknowledged") == 0)
		TRY(pd_ack(t, e, who, out));
	else if (strcmp(e->type, "incident.unacknowledged") == 0)
		TRY(incident_unack(t, out->incident, who, "at PagerDuty", &i, &out->applied));
	else if (strcmp(e->type, "incident.resolved") == 0)
		TRY(incident_resolve(t, out->incident, who, "at PagerDuty", RESOLVED_MANUAL, &i,
				     &out->applied));
	else
		out->why = "nothing follows from it";
	if (!out->applied && !*out->why)
		out->why = "it is so already";
	return OK;
}

static enum err pd_event(struct turn *t, const json_t *j, struct inbound_said *out)
{
	struct pd_event e;

	TRY(pd_read(t, j, &e));
	if (e.at_ms < t->now_ms - 3 * DAY_MS) {
		out->why = "it is older than three days";
		return OK;
	}
	enum err taken = inbound_take(t, "pagerduty", e.id, 7 * DAY_MS);

	if (taken == ERR_EXISTS) {
		out->why = "it came before";
		return OK;
	}
	TRY(taken);
	TRY(page_of_alarm(t, e.key, &out->incident));
	if (out->incident)
		return pd_apply(t, &e, out);
	out->why = "it is about none of our incidents";
	return OK;
}

enum err inbound_pagerduty(struct turn *t, struct bytes body, struct inbound_said *out)
{
	json_t *j;

	assert(t->in_lane);
	*out = (struct inbound_said){ .why = "" };
	TRY(parse(t, body, &j));
	enum err e = pd_event(t, j, out);

	json_decref(j);
	return e;
}

/* ---- Alertmanager ---- */

static enum incident_severity severity_of(const char *said)
{
	static const struct {
		const char *word;
		enum incident_severity severity;
	} words[] = {
		{ "critical", INCIDENT_CRITICAL },
		{ "page", INCIDENT_CRITICAL },
		{ "emergency", INCIDENT_CRITICAL },
		{ "high", INCIDENT_HIGH },
		{ "error", INCIDENT_HIGH },
		{ "major", INCIDENT_HIGH },
		{ "low", INCIDENT_LOW },
		{ "info", INCIDENT_LOW },
		{ "none", INCIDENT_LOW },
		{ "notice", INCIDENT_LOW },
	};

	for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
		if (strcasecmp(words[k].word, said) == 0)
			return words[k].severity;
	return INCIDENT_MEDIUM; /* "warning", and what nobody foresaw */
}

static const char *first_of(const char *a, const char *b, const char *c)
{
	return *a ? a : *b ? b : c;
}

/* The description, then its labels, which tell one from another. */
static const char *text_of(struct turn *t, const json_t *alert)
{
	struct buf b = buf_in(t->mem, TEXT_SHOWN);
	const char *name;
	json_t *value;

	buf_printf(&b, "%.2000s",
		   first_of(text_at(t, alert, "annotations.description"),
			    text_at(t, alert, "annotations.message"), ""));
	json_object_foreach(json_object_get(alert, "labels"), name,
			    value) if (json_is_string(value))
		buf_printf(&b, "%s%.80s=%.160s", b.n ? "\n" : "", name, json_string_value(value));
	return buf_text(&b);
}

static enum err alert_fires(struct turn *t, const json_t *alert, const char *key,
			    struct inbound_alerts *out)
{
	const char *name = text_at(t, alert, "labels.alertname");
	const char *about = first_of(text_at(t, alert, "labels.instance"),
				     text_at(t, alert, "labels.job"), "alertmanager");
	enum incident_severity severity = severity_of(text_at(t, alert, "labels.severity"));
	struct trigger g = {
		.key = key,
		.rule = turn_printf(t, "alertmanager/%.100s", *name ? name : "alert"),
		.subject = turn_printf(t, "%.*s", NAME_SHOWN, about),
		.title = turn_printf(t, "%.*s", TITLE_SHOWN,
				     first_of(text_at(t, alert, "annotations.summary"), name,
					      "an alert of Alertmanager")),
		.text = text_of(t, alert),
		.severity = severity,
		.page = severity > INCIDENT_LOW,
	};
	struct incident i;
	bool opened;

	if (!clock_parse(text_at(t, alert, "startsAt"), &g.since_ms) || g.since_ms > t->now_ms)
		g.since_ms = 0;
	TRY(incident_trigger(t, &g, &i, &opened));
	out->opened += opened;
	out->again += !opened;
	return OK;
}

static enum err one_alert(struct turn *t, const json_t *alert, struct inbound_alerts *out)
{
	const char *print = text_at(t, alert, "fingerprint");
	const char *status = text_at(t, alert, "status");

	if (!*print || strlen(print) > 64)
		return fail(t, ERR_INVALID, "alerts: one has no fingerprint");
	const char *key = turn_printf(t, "alertmanager/%s", print);

	if (strcmp(status, "firing") == 0)
		return alert_fires(t, alert, key, out);
	if (strcmp(status, "resolved") != 0)
		return fail(t, ERR_INVALID, "alerts: '%.20s' is no status", status);
	out->cleared++;
	return incident_clear(t, key, "Alertmanager says that it is over");
}

static enum err all_alerts(struct turn *t, const json_t *j, struct inbound_alerts *out)
{
	const json_t *alerts = json_object_get(j, "alerts");
	const json_t *alert;
	size_t k;

	if (strcmp(text_at(t, j, "version"), "4") != 0 || !json_is_array(alerts))
		return fail(t, ERR_INVALID,
			    "this is no message of Alertmanager's webhook, "
			    "version 4");
	if (json_array_size(alerts) > INBOUND_ALERTS)
		return fail(t, ERR_INVALID, "alerts: %d at once are the most: set max_alerts",
			    INBOUND_ALERTS);
	json_array_foreach(alerts, k, alert) TRY(one_alert(t, alert, out));
	return OK;
}

enum err inbound_alertmanager(struct turn *t, struct bytes body, struct inbound_alerts *out)
{
	json_t *j;

	assert(t->in_lane);
	*out = (struct inbound_alerts){ 0 };
	TRY(parse(t, body, &j));
	enum err e = all_alerts(t, j, out);

	json_decref(j);
	return e;
}
