#include "server/net/webhook.h"

#include <assert.h>
#include <jansson.h>
#include <nettle/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/base64.h"
#include "store/base/buf.h"
#include "store/base/clock.h"

enum { SIGNATURES_MAX = 400, HEADERS = 4, ANSWER_MAX = 64 << 10 };

enum err cloud_event_json(struct turn *t, const struct cloud_event *e, struct bytes *out)
{
	json_error_t why;
	json_t *data = json_loads(e->data, 0, &why);
	char when[CLOCK_TEXT];

	if (!data)
		return fail(t, ERR_BROKEN, "the data of %s is not JSON: %s", e->id, why.text);
	clock_text(e->time_ms, when);
	json_t *all = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "specversion", "1.0", "id",
		e->id, "source", e->source, "type", e->type, "subject", e->subject, "time", when,
		"sequence", turn_printf(t, "%020lld", (long long)e->sequence), "datacontenttype",
		"application/json", "dataschema", e->schema, "data", data);

	if (!all) {
		json_decref(data);
		return fail(t, ERR_BROKEN, "the event %s holds text that is not UTF-8", e->id);
	}
	char *text = json_dumps(all, JSON_COMPACT);

	if (!text)
		abort();
	*out = (struct bytes){ (const uint8_t *)turn_strdup(t, text), strlen(text) };
	free(text);
	json_decref(all);
	return OK;
}

const char *webhook_sign(struct turn *t, const char *id, int64_t at_s, struct bytes body,
			 const struct bytes *keys, size_t n)
{
	const char *head = turn_printf(t, "%s.%lld.", id, (long long)at_s);
	struct buf b = buf_in(t->mem, SIGNATURES_MAX);

	for (size_t i = 0; i < n; i++) {
		struct hmac_sha256_ctx mac;
		uint8_t digest[SHA256_DIGEST_SIZE];
		char text[BASE64_TEXT(SHA256_DIGEST_SIZE)];

		hmac_sha256_set_key(&mac, keys[i].n, keys[i].p);
		hmac_sha256_update(&mac, strlen(head), (const uint8_t *)head);
		hmac_sha256_update(&mac, body.n, body.p);
		hmac_sha256_digest(&mac, sizeof(digest), digest);
		wipe(&mac, sizeof(mac));
		base64_put(digest, sizeof(digest), text);
		buf_printf(&b, "%sv1,%s", i ? " " : "", text);
	}
	assert(!b.full);
	return buf_text(&b);
}

struct http_ask webhook_ask(struct turn *t, const char *url, const char *id, int64_t at_s,
			    struct bytes body, const struct bytes *keys, size_t n)
{
	const char **h = turn_array(t, HEADERS, sizeof(*h));

	assert(n > 0);
	h[0] = "Content-Type: application/cloudevents+json; charset=utf-8";
	h[1] = turn_printf(t, "webhook-id: %s", id);
	h[2] = turn_printf(t, "webhook-timestamp: %lld", (long long)at_s);
	h[3] = turn_printf(t, "webhook-signature: %s", webhook_sign(t, id, at_s, body, keys, n));
	return (struct http_ask){ .url = url,
				  .headers = h,
				  .n_headers = HEADERS,
				  .body = body,
				  .max_answer = ANSWER_MAX };
}
