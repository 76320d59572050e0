/* server/core/ack.h - acknowledging by a link: signed, for one page and one person, once.
 *
 * PAGE.EXPIRES.MAC, with PAGE the page's number, EXPIRES in seconds since 1970, MAC the first 16
 * bytes of HMAC-SHA256 over incident, person, page and expiry, in hex, by a key that is made once
 * and kept sealed. Whoever has the link may acknowledge that incident, and nothing else.
 */
#ifndef SERVER_CORE_ACK_H
#define SERVER_CORE_ACK_H

#include "store/incidents.h"
#include "store/pages.h"

/* The whole URL; "" without oncall.base_url, while the keys are locked, or after it ended. In the
 * lane: makes the key at the first use. */
enum err ack_link(struct turn *t, const struct page *p, const char **url_out) MUST_USE;

/* ERR_DENIED: not a link of ours. ERR_REFUSED: it has ended. */
enum err ack_read(struct turn *t, const char *token, struct page *p, struct incident *i) MUST_USE;

/* In the lane. *applied_out false: it is over, or the link was used before; *i says how it is. */
enum err ack_use(struct turn *t, const char *token, const char *comment, struct page *p,
		 struct incident *i, bool *applied_out) MUST_USE;

/* Who acknowledges by it: the person, or "link" where it went to a channel. */
const char *ack_who(const struct page *p);

#endif
