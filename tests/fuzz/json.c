/* Any text as any message: what is read holds (fuzz_holds), what is not says why and keeps
 * nothing. */
#include <string.h>

#include "proto/json.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const ProtobufCMessageDescriptor *d = fuzz_message(&p, &n);
	ProtobufCMessage *m = NULL;
	char why[256] = "";

	if (!d)
		return 0;
	struct turn *t = fuzz_begin();

	if (json_read(d, (const char *)p, n, &fuzz_heap, &m, why, sizeof(why))) {
		fuzz_holds(t, m, true);
		protobuf_c_message_free_unpacked(m, &fuzz_heap);
	} else {
		fuzz_must(m == NULL && why[0], "%s is refused without a word", d->name);
		for (const char *s = why; *s; s++)
			fuzz_must((unsigned char)*s >= ' ' && *s != 0x7f, "a word of control");
	}
	fuzz_must(fuzz_heap_out() == 0, "%zu pieces of memory are kept", fuzz_heap_out());
	fuzz_end();
	return 0;
}
