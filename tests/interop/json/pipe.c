/* Our JSON codec as a process: reads frames {what, length, bytes}, answers {ok, length, bytes}, the
 * length in 4 bytes, little end first. What: 'p' prints a message of json_kinds.proto as JSON, 'a'
 * with all fields, 'r' reads JSON into its bytes. Not ok: the bytes say why. pipe.mjs is the same
 * by another implementation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_kinds.pb-c.h"
#include "proto/json.h"
#include "server/door/encode.h"

enum { FRAME_MAX = 1 << 20, MEMORY = 64 << 20 };

static uint8_t in[FRAME_MAX + 1];

static void say(bool ok, const void *p, size_t n)
{
	uint8_t head[5] = { ok, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16),
			    (uint8_t)(n >> 24) };

	if (fwrite(head, sizeof(head), 1, stdout) != 1 || fwrite(p, 1, n, stdout) != n ||
	    fflush(stdout) != 0)
		exit(1);
}

static void say_why(const char *why)
{
	say(false, why, strlen(why));
}

static void print(size_t n, unsigned flags)
{
	Tests__Json__Kinds *m = tests__json__kinds__unpack(NULL, n, in);
	char *text;
	size_t len;

	if (!m)
		say_why("not a message");
	else if (!json_print(&m->base, flags, &text, &len))
		say_why("no form in JSON");
	else {
		say(true, text, len);
		json_text_free(text);
	}
	tests__json__kinds__free_unpacked(m, NULL);
}

static void *take(void *data, size_t size)
{
	(void)data;
	return malloc(size);
}

static void give(void *data, void *p)
{
	(void)data;
	free(p);
}

static void read_json(struct turn *t, size_t n)
{
	ProtobufCAllocator a = { take, give, NULL };
	ProtobufCMessage *m;
	char why[256];

	if (!json_read(&tests__json__kinds__descriptor, (const char *)in, n, &a, &m, why,
		       sizeof(why))) {
		say_why(why);
		return;
	}
	struct bytes b = encode(t, m);

	say(true, b.p, b.n);
	protobuf_c_message_free_unpacked(m, &a);
}

int main(void)
{
	uint8_t head[5];

	while (fread(head, sizeof(head), 1, stdin) == 1) {
		size_t n = head[1] | (size_t)head[2] << 8 | (size_t)head[3] << 16 |
			   (size_t)head[4] << 24;
		struct arena *mem = arena_new(MEMORY);
		struct turn t;

		if (n > FRAME_MAX || fread(in, 1, n, stdin) != n)
			return 1;
		in[n] = 0;
		turn_begin(&t, NULL, NULL, mem, "test", "test", 60000);
		if (head[0] == 'r')
			read_json(&t, n);
		else
			print(n, head[0] == 'a' ? JSON_ALL_FIELDS : 0);
		turn_end(&t);
		arena_free(mem);
	}
	return 0;
}
