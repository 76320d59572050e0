#include "server/door/status.h"

#include <string.h>

#include "google/protobuf/duration.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "server/door/encode.h"
#include "server/door/guard.h"
#include "server/door/message.h"

#define TYPE_URL "type.googleapis.com/"

/* A line that was cut in the middle of a character loses that character. */
const char *status_why(struct turn *t, enum err e)
{
	size_t n = strlen(t->why);

	if (n == 0)
		return err_meaning(e);
	for (unsigned cut = 0; cut < 4 && n > 0 && !guard_text((const uint8_t *)t->why, n); cut++)
		t->why[--n] = '\0';
	return guard_text((const uint8_t *)t->why, n) ? t->why : err_meaning(e);
}

enum reason status_reason(const struct turn *t, enum err e)
{
	if (t->reason != REASON_NONE && reason_err(t->reason) == e)
		return t->reason;
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++)
		if (reason_err((enum reason)r) == e)
			return (enum reason)r;
	return REASON_NONE;
}

/* What the handler said, or what is sensible where only time helps. */
static int64_t retry_ms(const struct turn *t, enum err e)
{
	if (t->retry_ms > 0)
		return t->retry_ms;
	enum reason r = status_reason(t, e);

	if (r == REASON_SERVER_BUSY)
		return 200;
	return r == REASON_SERVER_DRAINING || r == REASON_UNAVAILABLE ? 1000 : 0;
}

static Google__Protobuf__Any *any_of(struct turn *t, const ProtobufCMessage *m)
{
	Google__Protobuf__Any *any = (void *)message_new(t, &google__protobuf__any__descriptor);
	struct bytes b = encode(t, m);

	any->type_url = turn_printf(t, TYPE_URL "%s", m->descriptor->name);
	any->value = (ProtobufCBinaryData){ .len = b.n, .data = (uint8_t *)b.p };
	return any;
}

struct bytes status_details(struct turn *t, enum err e)
{
	Google__Rpc__Status s = GOOGLE__RPC__STATUS__INIT;
	Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
	Google__Rpc__RetryInfo retry = GOOGLE__RPC__RETRY_INFO__INIT;
	Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
	Google__Protobuf__Any *details[2];
	int64_t again = retry_ms(t, e);

	info.reason = (char *)reason_name(status_reason(t, e));
	info.domain = STATUS_DOMAIN;
	details[s.n_details++] = any_of(t, &info.base);
	if (again > 0) {
		delay.seconds = again / 1000;
		delay.nanos = (int32_t)(again % 1000) * 1000000;
		retry.retry_delay = &delay;
		details[s.n_details++] = any_of(t, &retry.base);
	}
	s.code = err_grpc(e);
	s.message = (char *)status_why(t, e);
	s.details = details;
	return encode(t, &s.base);
}
