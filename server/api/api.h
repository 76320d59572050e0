/* server/api/api.h - answers calls: one file a service, message → plain struct → core → message.
 * The tables here are what the doors serve. */
#ifndef SERVER_API_API_H
#define SERVER_API_API_H

#include "server/door/http.h"
#include "server/door/method.h"
#include "store/events.h"

/* What the answers say of the server itself. Set once before the doors open; borrowed. */
struct api_about {
	int64_t start_ms;            /* wall clock */
	const char *chain_name;      /* "anvil", "megaeth-testnet" */
	bool (*engine_turned)(void); /* every loop turned once since the start */
};
void api_about(const struct api_about *about);

/* What others are told of an event: JSON of ghostfleet.v1.EventData, with what it happened to. */
enum err api_event_data(struct turn *t, const struct event *e, const char **json_out) MUST_USE;

const struct method *api_methods(size_t *n_out);
const struct http_route *api_http_routes(size_t *n_out);

#endif
