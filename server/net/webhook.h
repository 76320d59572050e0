/* server/net/webhook.h - a CloudEvent as an HTTP request that its receiver can trust.
 *
 * CloudEvents 1.0, HTTP binding, structured mode (application/cloudevents+json), with the
 * `sequence` extension. Signed as Standard Webhooks say: webhook-id, webhook-timestamp,
 * webhook-signature "v1," base64(HMAC-SHA256(key, id.timestamp.body)), one for each key.
 */
#ifndef SERVER_NET_WEBHOOK_H
#define SERVER_NET_WEBHOOK_H

#include "server/net/http.h"

struct cloud_event {
	const char *id; /* the same at every attempt */
	const char *source, *type, *subject;
	int64_t time_ms;
	int64_t sequence; /* grows; written with 20 digits, so that it sorts as text */
	const char *schema;
	const char *data; /* JSON */
};

/* The event as JSON; the same bytes for the same event. ERR_BROKEN: `data` is not JSON. */
enum err cloud_event_json(struct turn *t, const struct cloud_event *e, struct bytes *out) MUST_USE;

/* "v1,BASE64" for each key, with a space between. */
const char *webhook_sign(struct turn *t, const char *id, int64_t at_s, struct bytes body,
			 const struct bytes *keys, size_t n);

/* The request. `body` as cloud_event_json made it; keys are bytes, at least one. */
struct http_ask webhook_ask(struct turn *t, const char *url, const char *id, int64_t at_s,
			    struct bytes body, const struct bytes *keys, size_t n);

#endif
