/* Contract data. The first line holds types, "(uint256,bytes[])"; the rest is an answer of these
 * types, or, where the types have a name before them, arguments as an operator writes them, one a
 * line. What can be read can be written, and reads as the same then. */
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/revert.h"
#include "tests/fuzz/fuzz.h"

static void printable(const char *text)
{
	fuzz_must(strlen(text) < 2 * REVERT_TEXT_MAX, "an endless reason");
	for (const char *s = text; *s; s++)
		fuzz_must((unsigned char)*s >= ' ' && *s != 0x7f, "a reason with control bytes");
}

/* Encoded by us it reads back, and is encoded the same again. */
static void holds(struct turn *t, const char *types, const struct abi_value *v, size_t n)
{
	const char *signature = turn_printf(t, "f%s", types);
	const struct abi_value *again;
	struct bytes one, two;
	size_t n_again;

	/* Values that share their bytes may be too many to be written out. */
	if (abi_encode(t, signature, v, n, &one) != OK) {
		fuzz_must(strstr(t->why, "long") || strstr(t->why, "signature"), "%s: %s", types,
			  t->why);
		return;
	}
	enum err e = abi_decode(t, types, (struct bytes){ one.p + 4, one.n - 4 }, &again, &n_again);

	fuzz_must(e == OK, "%s: our own bytes are refused: %s", types, t->why);
	fuzz_must(n_again == n, "%s: %zu values became %zu", types, n, n_again);
	e = abi_encode(t, signature, again, n_again, &two);
	fuzz_must(e == OK && one.n == two.n && memcmp(one.p, two.p, one.n) == 0,
		  "%s: written in another way the second time", types);
}

static void arguments(struct turn *t, const char *signature, struct bytes rest)
{
	const char *argv[ABI_ARGS_MAX];
	const struct abi_value *v;
	struct bytes data;
	size_t n = 0, n_v;

	while (rest.n && n < ABI_ARGS_MAX)
		argv[n++] = fuzz_line(t, &rest);
	if (abi_encode_text(t, signature, argv, n, &data) != OK) {
		fuzz_must(t->why[0], "refused without a word");
		return;
	}
	enum err e = abi_decode(t, strchr(signature, '('), (struct bytes){ data.p + 4, data.n - 4 },
				&v, &n_v);

	fuzz_must(e == OK, "%s: what was written is refused: %s", signature, t->why);
	holds(t, strchr(signature, '('), v, n_v);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct turn *t = fuzz_begin();
	struct bytes rest = { p, n };
	const char *types = fuzz_line(t, &rest);
	const struct abi_value *v;
	size_t n_v;

	printable(revert_text(t, rest));
	(void)revert_kind_name(revert_kind(rest));
	if (*types != '(')
		arguments(t, types, rest);
	else if (abi_decode(t, types, rest, &v, &n_v) == OK)
		holds(t, types, v, n_v);
	else
		fuzz_must(t->why[0], "refused without a word");
	fuzz_end();
	return 0;
}
