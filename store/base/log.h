/* store/base/log.h - one line for one thing that happened, on stderr, logfmt or JSON.
 *
 * Values are text; anything that is not plain is quoted and escaped, so a line is always one
 * line. Secrets have no way in. The level names are upper case because people grep for them.
 * Threads: any; a line is written whole.
 */
#ifndef STORE_BASE_LOG_H
#define STORE_BASE_LOG_H

#include <stdbool.h>

#include "store/base/err.h"

struct turn;

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_options {
	enum log_level least;
	bool json;
	int fd;           /* 2: stderr; unused with a path */
	const char *path; /* NULL: fd. Lines are added to it; must live as long as the log */
};

/* 0, or -1 with errno: the file cannot be opened, and nothing changed. */
int log_open(struct log_options o);
/* The path once more, for who moved the file away. As log_open; without a path it does nothing. */
int log_reopen(void);

/* Pairs of (key, value) after the message, ended by NULL. Keys are static. `t` may be NULL. */
void log_line(struct turn *t, enum log_level level, const char *message, ...)
	__attribute__((sentinel));

/* A bug or a damaged file: an operator must look. Tests fail on an unannounced one. */
void log_broken(struct turn *t, const char *fmt, ...) PRINTF(2, 3);

#endif
