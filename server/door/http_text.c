/* What the HTTP door writes itself: JSON strings, and errors as a status and a body. */
#include "proto/json.h"
#include "server/door/http_inside.h"
#include "server/door/status.h"

/* The names of the gRPC codes as the Connect protocol spells them, by number. */
static const char *const code_names[] = {
	"ok",
	"canceled",
	"unknown",
	"invalid_argument",
	"deadline_exceeded",
	"not_found",
	"already_exists",
	"permission_denied",
	"resource_exhausted",
	"failed_precondition",
	"aborted",
	"out_of_range",
	"unimplemented",
	"internal",
	"unavailable",
	"data_loss",
	"unauthenticated",
};

void http_json(struct buf *b, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	buf_char(b, '"');
	while (*p) {
		size_t n = json_utf8(p);

		if (n == 0)
			buf_str(b, "\\ufffd");
		else if (*p == '"' || *p == '\\')
			buf_printf(b, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			buf_printf(b, "\\u%04x", *p);
		else
			buf_add(b, p, n);
		p += n ? n : 1;
	}
	buf_char(b, '"');
}

const char *http_code(enum err e)
{
	return code_names[err_grpc(e)];
}

int http_status(const struct turn *t, enum err e)
{
	switch (e) {
	case OK:
		return MHD_HTTP_OK;
	case ERR_INVALID:
	case ERR_RANGE:
		return MHD_HTTP_BAD_REQUEST;
	case ERR_MISSING:
		return MHD_HTTP_NOT_FOUND;
	case ERR_EXISTS:
	case ERR_REFUSED:
	case ERR_STALE:
		return MHD_HTTP_CONFLICT;
	case ERR_NOBODY:
		return MHD_HTTP_UNAUTHORIZED;
	case ERR_DENIED:
		return MHD_HTTP_FORBIDDEN;
	case ERR_FULL:
		return t->reason == REASON_DISK_FULL ? MHD_HTTP_INSUFFICIENT_STORAGE
						     : MHD_HTTP_TOO_MANY_REQUESTS;
	case ERR_LATE:
		return MHD_HTTP_GATEWAY_TIMEOUT;
	case ERR_GONE:
	case ERR_AWAY:
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	case ERR_NEVER:
		return MHD_HTTP_NOT_IMPLEMENTED;
	case ERR_BROKEN:
	case ERR_COUNT:
		break;
	}
	return MHD_HTTP_INTERNAL_SERVER_ERROR;
}

struct buf http_error_body(struct turn *t, enum err e)
{
	struct buf b = buf_in(t->mem, HTTP_REPLY_MAX);

	buf_printf(&b, "{\"error\":{\"code\":\"%s\",\"reason\":\"%s\",\"message\":", http_code(e),
		   reason_name(status_reason(t, e)));
	http_json(&b, status_why(t, e));
	buf_str(&b, "}}\n");
	return b;
}
