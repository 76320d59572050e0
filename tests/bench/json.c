/* What JSON costs beside protobuf, as the doors do both: bench_json MESSAGE FILE, the file holding
 * one such message. Out: a message as an answer's bytes; JSON is printed from those. In: a body
 * guarded and decoded; JSON is made into bytes first. CPU time of this thread, the least of many
 * slices, in turns; memory is the peak of what one answer or request has taken, from malloc's own
 * sizes. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/descriptors.h"
#include "proto/json.h"
#include "server/door/encode.h"
#include "server/door/message.h"

enum { SLICE = 200, SLICES = 30, FILE_MAX = 1 << 20, MEMORY = 64 << 20 };

/* glibc's own, under ours, which count: libraries call these too. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);

static size_t now, peak;

static void *count(void *p)
{
	now += p ? malloc_usable_size(p) : 0;
	peak = now > peak ? now : peak;
	return p;
}

void *malloc(size_t n)
{
	return count(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
	return count(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n)
{
	now -= p ? malloc_usable_size(p) : 0;
	return count(__libc_realloc(p, n));
}

void free(void *p)
{
	now -= p ? malloc_usable_size(p) : 0;
	__libc_free(p);
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "json: %s\n", what);
	exit(1);
}

/* The message, its bytes and its JSON. */
struct sample {
	const ProtobufCMessageDescriptor *d;
	ProtobufCMessage *message;
	struct bytes bytes;
	char *text;
	size_t n_text;
};

typedef void work_fn(struct turn *t, const struct sample *s);

static void out_bytes(struct turn *t, const struct sample *s)
{
	must(encode(t, s->message).n == s->bytes.n, "encode");
}

static void out_json(struct turn *t, const struct sample *s)
{
	const ProtobufCMessage *m = message_own(t, s->d, encode(t, s->message));
	char *text;
	size_t n;

	must(m && json_print(m, 0, &text, &n) && n == s->n_text, "json_print");
	json_text_free(text);
}

static void in_bytes(struct turn *t, const struct sample *s)
{
	ProtobufCMessage *m;

	must(message_decode(t, s->d, s->bytes.p, s->bytes.n, &m) == OK, t->why);
}

static void in_json(struct turn *t, const struct sample *s)
{
	struct bytes b;
	ProtobufCMessage *m;

	must(message_from_json(t, s->d, s->text, s->n_text, &b) == OK, t->why);
	must(message_decode(t, s->d, b.p, b.n, &m) == OK, t->why);
}

static double cpu_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* Of one: microseconds; *bytes is what it takes with its turn. */
static double run(work_fn *fn, const struct sample *s, size_t *bytes)
{
	double from = cpu_us();

	for (int i = 0; i < SLICE; i++) {
		size_t before = now;

		peak = now;
		struct arena *mem = arena_new(MEMORY);
		struct turn t;

		turn_begin(&t, NULL, NULL, mem, "bench", "bench", 60000);
		fn(&t, s);
		turn_end(&t);
		*bytes = peak - before;
		arena_free(mem);
	}
	return (cpu_us() - from) / SLICE;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		work_fn *fn;
	} works[] = { { "out_bytes", out_bytes },
		      { "out_json", out_json },
		      { "in_bytes", in_bytes },
		      { "in_json", in_json } };
	enum { WORKS = sizeof(works) / sizeof(works[0]) };
	static uint8_t raw[FILE_MAX];
	double least[WORKS] = { 0 };
	size_t bytes[WORKS];
	struct sample s = { .bytes = { raw, 0 } };
	FILE *f = argc == 3 ? fopen(argv[2], "rb") : NULL;

	must(f != NULL, "bench_json MESSAGE FILE");
	s.bytes.n = fread(raw, 1, sizeof(raw), f);
	(void)fclose(f);
	s.d = proto_message(argv[1]);
	must(s.d != NULL, "no such message");
	s.message = protobuf_c_message_unpack(s.d, NULL, s.bytes.n, raw);
	must(s.message && json_print(s.message, 0, &s.text, &s.n_text),
	     "the file holds no such message");
	for (int slice = 0; slice < SLICES; slice++)
		for (int i = 0; i < WORKS; i++) {
			double us = run(works[i].fn, &s, &bytes[i]);

			least[i] = slice == 0 || us < least[i] ? us : least[i];
		}
	printf("size_bytes %zu\nsize_json %zu\n", s.bytes.n, s.n_text);
	for (int i = 0; i < WORKS; i++)
		printf("us_%s %.2f\nmemory_%s %zu\n", works[i].name, least[i], works[i].name,
		       bytes[i]);
	return 0;
}
