/* server/net/smtp.h - one mail to a submission server (RFC 5321, RFC 6409; STARTTLS RFC 3207). It
 * is tried once; nothing is retried here. Threads: a caller's own, each call its own connection. */
#ifndef SERVER_NET_SMTP_H
#define SERVER_NET_SMTP_H

#include <stdbool.h>

#include "store/base/turn.h"

struct mail {
	const char *url;   /* "smtp://HOST:PORT", "smtps://HOST:PORT" */
	bool may_be_plain; /* smtp:// without STARTTLS is fine; else it must come */
	bool public_only;  /* as http_options.public_only */
	const char *ca_file;
	const char *username, *password; /* "": none */
	const char *sender;
	const char *const *recipients;
	size_t n_recipients;
	const char *subject, *text; /* UTF-8; the subject is one line */
	const char *id;             /* of Message-ID: the same at every attempt */
	const char *domain;         /* of Message-ID */
	int64_t time_ms, within_ms;
};

struct mail_answer {
	bool taken; /* the server has it */
	int code;   /* its last SMTP code; 0: none */
	int64_t took_ms;
	const char *said; /* one line when not taken */
};

struct mail_answer smtp_send(struct turn *t, const struct mail *m);

#endif
