/* server/net/chat.h - a message in the words of the services people are paged by: Slack and Discord
 * incoming webhooks, PagerDuty Events v2. Each is one request; none follows what people click. */
#ifndef SERVER_NET_CHAT_H
#define SERVER_NET_CHAT_H

#include "server/net/http.h"

struct message {
	const char *id;       /* the same at every attempt */
	const char *source;   /* who speaks: "/ghost-fleet/NAME" */
	const char *kind;     /* "breaker.tripped" */
	const char *severity; /* "critical", "error", "warning", "info" */
	const char *subject, *text, *actor;
	int64_t time_ms;
	const char *alarm; /* PagerDuty's dedup_key, at most 255 bytes */
	bool ends;         /* the alarm is over */
	bool taken;        /* somebody has it */
	const char *body;  /* all of it, lines, as a page has it; NULL: the line that is made of the
			      rest */
	const char *link;  /* where it is acknowledged; NULL or "": nowhere */
};

/* "[error] breaker.tripped wallets/w-1: ..." and a second line with time, actor and source; or the
 * body. */
const char *message_line(struct turn *t, const struct message *m);

struct http_ask slack_ask(struct turn *t, const char *url, const struct message *m);
struct http_ask discord_ask(struct turn *t, const char *url, const struct message *m);
struct http_ask pagerduty_ask(struct turn *t, const char *url, const char *routing_key,
			      const struct message *m);

#endif
