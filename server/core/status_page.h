/* server/core/status_page.h - what the public sees: the announcements of 90 days, and nothing of
 * the incidents themselves.
 *
 * One page of HTML without scripts and without anything from elsewhere, and the same as JSON. What
 * people wrote is text, never markup.
 */
#ifndef SERVER_CORE_STATUS_PAGE_H
#define SERVER_CORE_STATUS_PAGE_H

#include "store/base/buf.h"
#include "store/base/turn.h"

enum { STATUS_PAGE_MAX = 1 << 20 };

enum err status_page_html(struct turn *t, struct buf *out) MUST_USE;
enum err status_page_json(struct turn *t, struct buf *out) MUST_USE;

#endif
