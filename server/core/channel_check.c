#include "server/core/channel_check.h"

#include <string.h>

#include "server/core/event_kinds.h"
#include "server/core/shared.h"
#include "store/base/base64.h"
#include "store/base/inet.h"

enum { TEXT_MAX = 320, LINES_MAX = 4000, SHOWN = 8 };

enum err channel_check_name(struct turn *t, const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > CHANNEL_NAME_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != n)
		return fail(t, ERR_INVALID,
			    "channel.name: '%.60s', want small letters, digits, - and _, at most "
			    "%d",
			    name, CHANNEL_NAME_MAX);
	return OK;
}

/* A header line, a mail or a command line must stay what it is. */
static enum err check_text(struct turn *t, const char *field, const char *s, size_t most)
{
	if (strlen(s) > most)
		return fail(t, ERR_INVALID, "%s: longer than %zu bytes", field, most);
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return fail(t, ERR_INVALID, "%s: holds a control character", field);
	return OK;
}

static enum err lines(struct turn *t, const char *field, struct texts said, size_t most,
		      const char **out)
{
	struct buf b = buf_in(t->mem, LINES_MAX);

	if (said.n > most)
		return fail(t, ERR_INVALID, "%s: %zu entries; %zu is the most", field, said.n,
			    most);
	for (size_t i = 0; i < said.n; i++) {
		TRY(check_text(t, field, said.v[i], TEXT_MAX));
		buf_printf(&b, "%s%s", i ? "\n" : "", said.v[i]);
	}
	if (b.full)
		return fail(t, ERR_INVALID, "%s: longer than %d bytes", field, LINES_MAX);
	*out = buf_text(&b);
	return OK;
}

enum err channel_check_events(struct turn *t, struct texts said, const char **out)
{
	const char **plain = turn_array(t, said.n + 1, sizeof(*plain));

	for (size_t i = 0; i < said.n; i++)
		TRY(event_pattern(t, said.v[i], &plain[i]));
	return lines(t, "event_types", (struct texts){ plain, said.n }, CHANNEL_EVENTS, out);
}

/* What stands behind "SCHEME://", up to the path, in the turn's memory; NULL: another scheme. */
static const char *authority(struct turn *t, const char *url, const char *scheme)
{
	size_t n = strlen(scheme);

	if (strncmp(url, scheme, n) != 0 || strncmp(url + n, "://", 3) != 0)
		return NULL;
	url += n + 3;
	return turn_printf(t, "%.*s", (int)strcspn(url, "/?#"), url);
}

/* "HOST:PORT" or "[HOST]:PORT": the host. */
static const char *host_of(struct turn *t, const char *place)
{
	size_t n = *place == '[' ? strcspn(place, "]") + 1 : strcspn(place, ":");

	return turn_printf(t, "%.*s", (int)n, place);
}

/* Where we connect to, and whether what travels is sealed. `open` may only go where the network is
 * ours. */
static enum err check_place(struct turn *t, const char *field, const char *place, bool open)
{
	const char *host = host_of(t, place);

	if (!*host || strchr(place, '@') || strchr(place, ' ') || strchr(place, '\\'))
		return fail(t, ERR_INVALID,
			    "%s: names no host, or holds a user, which is no place for a secret",
			    field);
	if (policy()->allow_private)
		return OK;
	if (open)
		return fail(t, ERR_INVALID,
			    "%s: unencrypted; use its encrypted form, or set "
			    "notifications.allow_private for a network of your own",
			    field);
	if (inet_host_is_private(host))
		return fail(t, ERR_INVALID,
			    "%s: %.60s is no public address; set notifications.allow_private to "
			    "reach your own network",
			    field, host);
	return OK;
}

static enum err check_url(struct turn *t, const char *field, const char *url)
{
	const char *sealed = authority(t, url, "https"), *open = authority(t, url, "http");

	TRY(check_text(t, field, url, CHANNEL_URL_MAX));
	if (!*url)
		return fail(t, ERR_INVALID, "%s: is missing: want https://...", field);
	if (!sealed && !open)
		return fail(t, ERR_INVALID, "%s: does not begin with https://", field);
	return check_place(t, field, sealed ? sealed : open, open != NULL);
}

/* No more than is needed to tell two apart. */
static const char *shown(struct turn *t, const char *url)
{
	const char *path = strstr(url, "://") + 3;

	path += strcspn(path, "/?#");
	return turn_printf(t, "%.*s/…", (int)(path - url), url);
}

static enum err check_email(struct turn *t, const struct channel_ask *ask, struct channel *c)
{
	const char *sealed = authority(t, ask->url, "smtps"),
		   *start = authority(t, ask->url, "smtp");

	TRY(check_text(t, "email.url", ask->url, CHANNEL_URL_MAX));
	if (!sealed && !start)
		return fail(t, ERR_INVALID, "email.url: does not begin with smtp:// or smtps://");
	/* smtp:// goes on encrypted: server/net/smtp.c requires STARTTLS of public hosts. */
	TRY(check_place(t, "email.url", sealed ? sealed : start, false));
	TRY(check_text(t, "email.username", ask->username, TEXT_MAX));
	TRY(check_text(t, "email.sender", ask->sender, TEXT_MAX));
	if (!strchr(ask->sender, '@') || strpbrk(ask->sender, "<> ,"))
		return fail(t, ERR_INVALID, "email.sender: want an address as ghost@example.org");
	TRY(lines(t, "email.recipients", ask->recipients, CHANNEL_RECIPIENTS, &c->recipients));
	for (size_t i = 0; i < ask->recipients.n; i++)
		if (!strchr(ask->recipients.v[i], '@') || strpbrk(ask->recipients.v[i], "<> ,"))
			return fail(t, ERR_INVALID, "email.recipients: '%.60s' is no address",
				    ask->recipients.v[i]);
	if (ask->recipients.n == 0)
		return fail(t, ERR_INVALID, "email.recipients: nobody would be told");
	c->target = ask->url;
	c->username = ask->username;
	c->sender = ask->sender;
	return OK;
}

/* What the host runs is the host's to say, not a caller's. */
static enum err check_command(struct turn *t, struct texts arguments, struct channel *c)
{
	TRY(lines(t, "command.arguments", arguments, CHANNEL_ARGUMENTS, &c->target));
	if (arguments.n == 0)
		return fail(t, ERR_INVALID, "command.arguments: name a program");
	for (size_t i = 0; i < policy()->n_commands; i++)
		if (strcmp(policy()->commands[i], arguments.v[0]) == 0)
			return OK;
	return fail(t, ERR_REFUSED,
		    "command.arguments: %.120s is not one of notifications.commands, which the "
		    "configuration lists",
		    arguments.v[0]);
}

enum err channel_check_target(struct turn *t, const struct channel_ask *ask, struct channel *c)
{
	c->target = c->username = c->sender = c->recipients = "";
	switch (c->kind) {
	case CHANNEL_WEBHOOK:
		TRY(check_url(t, "webhook.url", ask->url));
		c->target = ask->url;
		return OK;
	case CHANNEL_PAGERDUTY:
		c->target = *ask->url ? ask->url : "https://events.pagerduty.com/v2/enqueue";
		return check_url(t, "pagerduty.url", c->target);
	case CHANNEL_EMAIL:
		return check_email(t, ask, c);
	case CHANNEL_COMMAND:
		return check_command(t, ask->arguments, c);
	case CHANNEL_SLACK:
	case CHANNEL_DISCORD:
		if (*ask->url)
			return fail(t, ERR_INVALID,
				    "%s.url: the URL is a credential: give it as the secret",
				    channel_kind_name(c->kind));
		return OK;
	}
	return OK;
}

bool webhook_key(const char *secret, uint8_t out[WEBHOOK_KEY_MAX], size_t *n_out)
{
	return strncmp(secret, "whsec_", 6) == 0 &&
	       base64_get(secret + 6, out, WEBHOOK_KEY_MAX, n_out) && *n_out >= WEBHOOK_KEY_MIN;
}

enum err channel_check_secret(struct turn *t, const char *secret, struct channel *c)
{
	uint8_t key[WEBHOOK_KEY_MAX];
	size_t n;
	bool fine;

	TRY(check_text(t, "secret", secret, CHANNEL_SECRET_MAX));
	switch (c->kind) {
	case CHANNEL_WEBHOOK:
		fine = webhook_key(secret, key, &n);
		wipe(key, sizeof(key));
		return fine ? OK
			    : fail(t, ERR_INVALID,
				   "secret: want \"whsec_\" and the base64 of 24 to 64 random "
				   "bytes");
	case CHANNEL_PAGERDUTY:
		if (strlen(secret) == 32)
			return OK;
		return fail(t, ERR_INVALID, "secret: a routing key of PagerDuty has 32 letters");
	case CHANNEL_SLACK:
	case CHANNEL_DISCORD:
		TRY(check_url(t, "secret", secret));
		c->target = shown(t, secret);
		return OK;
	case CHANNEL_EMAIL:
		if (*c->username && *secret)
			return OK;
		return fail(t, ERR_INVALID, "secret: a password needs email.username");
	case CHANNEL_COMMAND:
		return fail(t, ERR_INVALID, "secret: a command takes none");
	}
	return OK;
}
