#include "server/net/smtp.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "store/base/base64.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/inet.h"

enum { MAIL_MAX = 128 << 10, CONNECT_MS = 5000, LINE = 76, SUBJECT_MAX = 200 };

struct reading {
	struct buf text;
	size_t at;
	bool ours;
};

static size_t on_read(char *out, size_t size, size_t n, void *arg)
{
	struct reading *r = arg;
	size_t left = r->text.n - r->at, take = size * n < left ? size * n : left;

	memcpy(out, r->text.p + r->at, take);
	r->at += take;
	return take;
}

/* The server's greetings are not shown; only its last code is. */
static size_t on_write(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct reading *r = arg;

	(void)purpose;
	if (!inet_is_public(&a->addr)) {
		r->ours = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* "Sun, 22 Nov 2026 08:00:00 +0000", whatever the locale. */
static void add_date(struct buf *b, int64_t ms)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t s = (time_t)(ms / 1000);
	struct tm at;

	(void)gmtime_r(&s, &at);
	buf_printf(b, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d +0000\r\n", days + 3 * at.tm_wday,
		   at.tm_mday, months + 3 * at.tm_mon, at.tm_year + 1900, at.tm_hour, at.tm_min,
		   at.tm_sec);
}

/* RFC 2047: words of at most 75 characters, each whole in UTF-8. */
static void add_subject(struct buf *b, const char *s)
{
	size_t n = strlen(s);

	buf_str(b, "Subject:");
	n = n < SUBJECT_MAX ? n : SUBJECT_MAX;
	for (size_t i = 0; i < n;) {
		size_t take = n - i < 42 ? n - i : 42;
		char text[BASE64_TEXT(42)];

		while (take > 1 && i + take < strlen(s) &&
		       ((unsigned char)s[i + take] & 0xc0) == 0x80)
			take--;
		base64_put((const uint8_t *)s + i, take, text);
		buf_printf(b, " =?UTF-8?B?%s?=\r\n", text);
		i += take;
	}
}

static void add_body(struct turn *t, struct buf *b, const char *text)
{
	size_t n = strlen(text);
	char *all = turn_alloc(t, BASE64_TEXT(n));

	base64_put((const uint8_t *)text, n, all);
	for (n = strlen(all); n > 0; all += n < LINE ? n : LINE, n -= n < LINE ? n : LINE)
		buf_printf(b, "%.*s\r\n", (int)(n < LINE ? n : LINE), all);
}

/* RFC 5322 and MIME; base64 throughout, so that nothing in a text can end a line or the mail. */
static void write_mail(struct turn *t, struct buf *b, const struct mail *m)
{
	add_date(b, m->time_ms);
	buf_printf(b, "From: <%s>\r\nTo:", m->sender);
	for (size_t i = 0; i < m->n_recipients; i++)
		buf_printf(b, "%s <%s>", i ? ",\r\n" : "", m->recipients[i]);
	buf_printf(b, "\r\nMessage-ID: <%s@%s>\r\n", m->id, m->domain);
	add_subject(b, m->subject);
	buf_str(b, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		   "Content-Type: text/plain; charset=utf-8\r\n"
		   "Content-Transfer-Encoding: base64\r\n\r\n");
	add_body(t, b, m->text);
}

static void prepare(CURL *e, const struct mail *m, struct reading *r, struct curl_slist *to,
		    int64_t within_ms, const char *from, char *why)
{
	bool sealed = strncmp(m->url, "smtps:", 6) == 0;

	(void)curl_easy_setopt(e, CURLOPT_URL, m->url);
	(void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	(void)curl_easy_setopt(e, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
			       (long)(within_ms < CONNECT_MS ? within_ms : CONNECT_MS));
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)within_ms);
	(void)curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(within_ms / 1000 + 1));
	(void)curl_easy_setopt(e, CURLOPT_USE_SSL,
			       sealed || !m->may_be_plain ? (long)CURLUSESSL_ALL
							  : (long)CURLUSESSL_TRY);
	(void)curl_easy_setopt(e, CURLOPT_MAIL_FROM, from);
	(void)curl_easy_setopt(e, CURLOPT_MAIL_RCPT, to);
	(void)curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	(void)curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
	(void)curl_easy_setopt(e, CURLOPT_READDATA, r);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_write);
	(void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, why);
	if (m->public_only) {
		(void)curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
		(void)curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, r);
	}
	if (m->ca_file)
		(void)curl_easy_setopt(e, CURLOPT_CAINFO, m->ca_file);
	if (*m->username) {
		(void)curl_easy_setopt(e, CURLOPT_USERNAME, m->username);
		(void)curl_easy_setopt(e, CURLOPT_PASSWORD, m->password);
	}
}

static struct mail_answer perform(struct turn *t, CURL *e, const struct reading *r, const char *why)
{
	CURLcode rc = curl_easy_perform(e);
	struct mail_answer a = { .taken = rc == CURLE_OK, .said = "" };
	curl_off_t us = 0;
	long code = 0;

	(void)curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &code);
	(void)curl_easy_getinfo(e, CURLINFO_TOTAL_TIME_T, &us);
	a.code = (int)code;
	a.took_ms = us / 1000;
	if (r->ours)
		a.said = "TCP: the name leads to an address that is not public";
	else if (rc != CURLE_OK)
		a.said = turn_printf(t, "SMTP: %s%s", *why ? why : curl_easy_strerror(rc),
				     code ? turn_printf(t, " (%ld)", code) : "");
	return a;
}

struct mail_answer smtp_send(struct turn *t, const struct mail *m)
{
	struct reading r = { .text = buf_in(t->mem, MAIL_MAX) };
	int64_t left = turn_left_ms(t);
	struct curl_slist *to = NULL;
	char why[CURL_ERROR_SIZE] = "";
	CURL *e;

	left = m->within_ms < left ? m->within_ms : left;
	if (left <= 0)
		return (struct mail_answer){ .said = "the deadline passed before it was sent" };
	write_mail(t, &r.text, m);
	if (r.text.full)
		return (struct mail_answer){ .code = 552, .said = "the mail is too large" };
	/* Counted, so that it costs nothing when others did it before. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || !(e = curl_easy_init()))
		abort();
	for (size_t i = 0; i < m->n_recipients; i++)
		to = curl_slist_append(to, turn_printf(t, "<%s>", m->recipients[i]));
	prepare(e, m, &r, to, left, turn_printf(t, "<%s>", m->sender), why);
	struct mail_answer a = perform(t, e, &r, why);

	curl_easy_cleanup(e);
	curl_slist_free_all(to);
	curl_global_cleanup();
	return a;
}
