#include "store/base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/turn.h"

/* A pipe takes this much whole, so lines of two processes do not mix. */
enum { LINE_MAX_BYTES = 4096, LINE_END = 32, VALUE_MAX = 1000 };

static pthread_mutex_t one_line = PTHREAD_MUTEX_INITIALIZER;
static struct log_options opt = { .least = LOG_INFO, .fd = STDERR_FILENO };

static const char *const level_name[] = { "DEBUG", "INFO", "WARN", "ERROR" };

struct line {
	char text[LINE_MAX_BYTES];
	size_t n;
	bool cut; /* something did not fit */
};

static void put(struct line *l, const char *s, size_t n)
{
	if (n > LINE_MAX_BYTES - LINE_END - l->n) {
		l->cut = true;
		return;
	}
	memcpy(l->text + l->n, s, n);
	l->n += n;
}

static void put_str(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

/* Bytes of the character at s; 0: not UTF-8 (RFC 3629: no long forms, no surrogates). */
static size_t character(const char *s)
{
	unsigned char a = (unsigned char)s[0], b = a < 0x80 ? 0 : (unsigned char)s[1];
	size_t n = a < 0x80 ? 1 : a < 0xc2 ? 0 : a < 0xe0 ? 2 : a < 0xf0 ? 3 : a < 0xf5 ? 4 : 0;

	if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) || (a == 0xf0 && b < 0x90) ||
	    (a == 0xf4 && b > 0x8f))
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* Quoted, one line, valid JSON, at most VALUE_MAX bytes of it. */
static void put_escaped(struct line *l, const char *s)
{
	const char *end = s + strnlen(s, VALUE_MAX);

	put_str(l, "\"");
	while (s < end) {
		unsigned char c = (unsigned char)*s;
		size_t n = character(s);
		char esc[8];

		if (n == 0)
			put_str(l, "\\ufffd");
		else if (c == '"' || c == '\\')
			put(l, esc, (size_t)snprintf(esc, sizeof(esc), "\\%c", c));
		else if (c < 0x20 || c == 0x7f)
			put(l, esc, (size_t)snprintf(esc, sizeof(esc), "\\u%04x", c));
		else
			put(l, s, n);
		s += n ? n : 1;
	}
	put_str(l, *s ? "...\"" : "\"");
}

static bool plain(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		if (++n > VALUE_MAX || (unsigned char)*s <= ' ' || *s == '"' || *s == '=' ||
		    *s == '\\' || (unsigned char)*s >= 0x7f)
			return false;
	return n > 0;
}

/* Whole, or not at all. */
static void pair(struct line *l, const char *key, const char *value)
{
	size_t start = l->n;
	bool cut_before = l->cut;

	l->cut = false;
	if (opt.json) {
		put_str(l, l->n > 1 ? "," : "");
		put_escaped(l, key);
		put_str(l, ":");
		put_escaped(l, value);
	} else {
		put_str(l, l->n ? " " : "");
		put_str(l, key);
		put_str(l, "=");
		if (plain(value))
			put_str(l, value);
		else
			put_escaped(l, value);
	}
	if (l->cut)
		l->n = start;
	l->cut |= cut_before;
}

/* What did not fit is not lost silently; there is always room for this. */
static void end_line(struct line *l)
{
	const char *mark = !l->cut ? "" : opt.json ? ",\"cut\":\"true\"" : " cut=true";
	int n = snprintf(l->text + l->n, LINE_END, "%s%s\n", mark, opt.json ? "}" : "");

	l->n += (size_t)n;
}

int log_open(struct log_options o)
{
	if (o.path)
		o.fd = open(o.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (o.path && o.fd < 0)
		return -1;
	(void)pthread_mutex_lock(&one_line);
	struct log_options old = opt;

	opt = o;
	(void)pthread_mutex_unlock(&one_line);
	if (old.path)
		(void)close(old.fd);
	return 0;
}

int log_reopen(void)
{
	(void)pthread_mutex_lock(&one_line);
	struct log_options o = opt;

	(void)pthread_mutex_unlock(&one_line);
	return o.path ? log_open(o) : 0;
}

static void write_line(struct turn *t, enum log_level level, const char *message, va_list ap)
{
	struct line l = { .n = 0 };
	char when[CLOCK_TEXT];

	clock_text(clock_wall_ms(), when);
	(void)pthread_mutex_lock(&one_line);
	if (level >= opt.least) {
		if (opt.json)
			put_str(&l, "{");
		pair(&l, "ts", when);
		pair(&l, "level", level_name[level]);
		pair(&l, "msg", message);
		if (t && t->what)
			pair(&l, "turn", t->what);
		if (t && t->actor)
			pair(&l, "actor", t->actor);
		if (t && t->trace && *t->trace)
			pair(&l, "trace", t->trace);
		for (const char *key; (key = va_arg(ap, const char *)) != NULL;) {
			const char *value = va_arg(ap, const char *);

			pair(&l, key, value ? value : "");
		}
		end_line(&l);
		if (write(opt.fd, l.text, l.n) < 0) {
			/* Nobody to tell: a log that cannot be written must not stop the work. */
		}
	}
	(void)pthread_mutex_unlock(&one_line);
}

void log_line(struct turn *t, enum log_level level, const char *message, ...)
{
	va_list ap;

	va_start(ap, message);
	write_line(t, level, message, ap);
	va_end(ap);
}

void log_broken(struct turn *t, const char *fmt, ...)
{
	char why[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	log_line(t, LOG_ERROR, "broken", "why", why, NULL);
}
