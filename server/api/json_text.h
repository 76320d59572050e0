/* server/api/json_text.h - a string as JSON, for the few hand-made bodies of the HTTP door. */
#ifndef SERVER_API_JSON_TEXT_H
#define SERVER_API_JSON_TEXT_H

#include "store/base/buf.h"

/* In quotes, escaped; `s` is UTF-8. */
void json_text(struct buf *b, const char *s);

#endif
