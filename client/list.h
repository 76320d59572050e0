/* client/list.h - showing any List call: page after page, as a table, as one JSON object, or as a
 * line of JSON for each item. A page's memory goes before the next one comes. */
#ifndef CLIENT_LIST_H
#define CLIENT_LIST_H

#include "client/out.h"

/* One item of the answer as a row of the table. */
typedef void list_row(struct turn *t, struct table *tb, const void *item);

struct list {
	const ProtobufCServiceDescriptor *service;
	const char *method;
	void *request;
	char **page_token;  /* into the request; NULL: the call has no pages */
	int32_t *page_size; /* likewise */
	const char *const *heads;
	list_row *row;
	const char *none; /* what to say when there is nothing */
};

/* The answer's first field is the list; next_page_token says whether there is more. At most
 * --limit items. */
enum err list_show(struct turn *t, struct cli *c, const struct list *l) MUST_USE;

#endif
