/* server/api/about.h - the room's own view of what app told it with api_about(). */
#ifndef SERVER_API_ABOUT_H
#define SERVER_API_ABOUT_H

#include "server/api/api.h"

const struct api_about *about(void);

#endif
