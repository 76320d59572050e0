/* docs/reference/service-config.json and service-config-ids.json: the retry policy, as gRPC's
 * libraries read it. */
#include "proto/retry.h"

#include <string.h>

#include "proto/descriptors.h"
#include "server/api/api.h"
#include "server/door/message.h"
#include "tests/docs/pages.h"

/* Reads are harmless; a change is, where its request_id is sure to be there. What has none is a
 * read: unit.service_config sees to it. */
static bool may_repeat(const struct method *m, bool ids)
{
	const struct proto_method *p = proto_method(m->service, m->name);

	/* A stream is taken up by its reader, from the last event. */
	if (m->mode == METHOD_STREAM)
		return false;
	if (!message_fields(p->method->input).request_id)
		return true;
	return ids || m->flags & METHOD_NEEDS_ID;
}

static void put_policy(struct buf *out)
{
	buf_printf(out,
		   "      \"retryPolicy\": {\n"
		   "        \"maxAttempts\": %d,\n"
		   "        \"initialBackoff\": \"%d.%ds\",\n"
		   "        \"maxBackoff\": \"%ds\",\n"
		   "        \"backoffMultiplier\": %d,\n"
		   "        \"retryableStatusCodes\": [\"UNAVAILABLE\"]\n"
		   "      }\n",
		   RETRY_ATTEMPTS, RETRY_FIRST_MS / 1000, RETRY_FIRST_MS % 1000 / 100,
		   RETRY_MOST_MS / 1000, RETRY_TIMES);
}

static void put_config(struct buf *out, bool ids)
{
	size_t n;
	const struct method *m = api_methods(&n);

	buf_str(out, "{\n  \"methodConfig\": [\n    {\n      \"name\": [\n"
		     "        {\"service\": \"grpc.health.v1.Health\"}");
	for (size_t i = 0; i < n; i++)
		if (may_repeat(&m[i], ids))
			buf_printf(out, ",\n        {\"service\": \"%s\", \"method\": \"%s\"}",
				   m[i].service, m[i].name);
	buf_str(out, "\n      ],\n");
	put_policy(out);
	buf_str(out, "    }\n  ],\n"
		     "  \"retryThrottling\": {\"maxTokens\": 100, \"tokenRatio\": 0.1}\n}\n");
}

void page_service_config(struct turn *t, struct buf *out)
{
	(void)t;
	put_config(out, false);
}

void page_service_config_ids(struct turn *t, struct buf *out)
{
	(void)t;
	put_config(out, true);
}
