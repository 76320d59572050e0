/* server/api/http_in.h - the HTTP routes by which others tell us something, gathered by
 * http_routes.c. */
#ifndef SERVER_API_HTTP_IN_H
#define SERVER_API_HTTP_IN_H

#include "server/door/http.h"

extern const struct http_route http_in_routes[];
extern const size_t n_http_in_routes;

#endif
