#include "store/base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/turn.h"

enum { LINE_MAX_BYTES = 4096 };

static pthread_mutex_t one_line = PTHREAD_MUTEX_INITIALIZER;
static struct log_options opt = { .least = LOG_INFO, .fd = STDERR_FILENO };

static const char *const level_name[] = { "DEBUG", "INFO", "WARN", "ERROR" };

struct line {
	char text[LINE_MAX_BYTES];
	size_t n;
};

static void put(struct line *l, const char *s, size_t n)
{
	size_t room = sizeof(l->text) - 2 - l->n;

	if (n > room)
		n = room;
	memcpy(l->text + l->n, s, n);
	l->n += n;
}

static void put_str(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

static void put_escaped(struct line *l, const char *s)
{
	put_str(l, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char esc[8];

		if (c == '"' || c == '\\')
			(void)snprintf(esc, sizeof(esc), "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			(void)snprintf(esc, sizeof(esc), "\\u%04x", c);
		else
			(void)snprintf(esc, sizeof(esc), "%c", c);
		put_str(l, esc);
	}
	put_str(l, "\"");
}

static bool plain(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == '"' || *s == '=' || *s == '\\' ||
		    (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

static void pair(struct line *l, const char *key, const char *value)
{
	if (opt.json) {
		put_str(l, l->n > 1 ? "," : "");
		put_escaped(l, key);
		put_str(l, ":");
		put_escaped(l, value);
		return;
	}
	put_str(l, l->n ? " " : "");
	put_str(l, key);
	put_str(l, "=");
	if (*value && plain(value))
		put_str(l, value);
	else
		put_escaped(l, value);
}

void log_open(struct log_options o)
{
	(void)pthread_mutex_lock(&one_line);
	opt = o;
	(void)pthread_mutex_unlock(&one_line);
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
		for (const char *key; (key = va_arg(ap, const char *)) != NULL;) {
			const char *value = va_arg(ap, const char *);

			pair(&l, key, value ? value : "");
		}
		if (opt.json)
			put_str(&l, "}");
		l.text[l.n++] = '\n';
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
