/* server/core/page_inside.h - what the files of pages share; for them only.
 *
 * page.c finds who is called; page_text.c has the words; page_queue.c hands them to the outbox, or
 * holds them; page_watch.c looks after what did not arrive.
 */
#ifndef SERVER_CORE_PAGE_INSIDE_H
#define SERVER_CORE_PAGE_INSIDE_H

#include "server/core/page.h"
#include "store/channels.h"
#include "store/outbox.h"
#include "store/pages.h"

/* pages.reason, beyond enum page_reason: somebody has it, for pagers; and several in one. */
enum { PAGE_TAKEN = 19, PAGE_BUNDLE = 20 };

/* What a page says beside its row. */
struct page_words {
	const struct incident *incident;
	const char *others; /* who else was told, "ben by mail" */
	const char *ack;    /* its link; "" */
	const char *note;   /* one more line; "" */
};

/* The page's notice; data is JSON of ghostfleet.v1.PageData. */
enum err page_notice_of(struct turn *t, const struct page *p, const struct page_words *w,
			struct notice *out) MUST_USE;
/* Several in one: `lines` say which. */
enum err page_bundle_of(struct turn *t, const struct page *p, const char *const *lines, size_t n,
			struct notice *out) MUST_USE;

enum severity page_severity(enum incident_severity s);

/* Enabled, and hears of pages. */
bool page_takes(const struct channel *c);

/* The part of the page by this channel: a delivery now, or held. *held_out says which. */
enum err page_queue(struct turn *t, const struct page *p, const struct notice *n,
		    const struct channel *c, bool *held_out) MUST_USE;
/* Now, whatever was before. */
enum err page_now(struct turn *t, int64_t page, int64_t notice, int64_t channel) MUST_USE;

#endif
