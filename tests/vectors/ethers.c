/* The chain room against every public vector of npm @ethersproject/testcases, byte for byte and
 * both ways. $GF_VECTORS names the lines that convert.js made of the package (vectors.lines makes
 * them). The counts are the page docs/reference/vectors.md; GF_UPDATE=1 writes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "tests/support/test.h"
#include "tests/support/vectors.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SAMPLED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { SAMPLED = 1 };
#else
enum { SAMPLED = 0 };
#endif
#else
enum { SAMPLED = 0 };
#endif

static const char PAGE[] = "docs/reference/vectors.md";

enum { SETS_MAX = 32, REASONS_MAX = 8, PAGE_MAX = 32 << 10 };

static const struct {
	const char *name;
	vector_fn *run;
} kinds[] = {
	{ "account", vector_account },
	{ "hash", vector_hash },
	{ "words", vector_words },
	{ "hd", vector_hd },
	{ "wallet", vector_wallet },
	{ "number", vector_number },
	{ "unit", vector_unit },
	{ "tx", vector_tx },
	{ "odd", vector_odd_tx },
	{ "wide", vector_wide_tx },
	{ "rlp", vector_rlp },
	{ "abi", vector_abi },
	{ "event", vector_event },
	{ "packed", vector_packed },
	{ "typed", vector_typed },
	{ "signature", vector_signature },
	{ "none", NULL },
};

/* What is compared, for the page; every set of the package has a row. */
static const struct {
	const char *name, *what;
} about[] = {
	{ "accounts", "address of the key, EIP-55 text and back (ICAP text is not used here)" },
	{ "hashes", "Keccak-256, at once and in pieces" },
	{ "wordlists", "the 2,048 words of BIP-39" },
	{ "hdnode", "entropy to words and back, seed, keys and addresses of every path" },
	{ "wallets", "key files, version 3: opened, key and address" },
	{ "bignumber", "numbers from decimal and hex text" },
	{ "units", "ether to wei and back to text" },
	{ "namehash", "" },
	{ "nameprep", "" },
	{ "transactions",
	  "type 0 with and without EIP-155: hash to sign, signature, bytes; decoded, "
	  "sender, encoded again" },
	{ "typed-transactions", "the same of types 1 and 2, with access lists" },
	{ "rlp-coder", "encoded and decoded" },
	{ "contract-interface",
	  "values encoded, from operators' text too; decoded, encoded again" },
	{ "contract-interface-abi2", "the same, with tuples and nested dynamic types" },
	{ "contract-events",
	  "interface text parsed; topics and data encoded, decoded, encoded again" },
	{ "contract-signatures", "interface text parsed; canonical form and selector" },
	{ "solidity-hashes", "packed encoding, by its Keccak-256" },
	{ "eip712", "typed data: encoded message, hash to sign, signature" },
};

struct why_not {
	const char *text; /* "part ..." and so on */
	size_t n;
};

static struct set {
	char name[64];
	size_t said, all, part, refused, none, left_out;
	struct why_not reasons[REASONS_MAX];
	size_t n_reasons;
} sets[SETS_MAX];
static size_t n_sets;

static void count_reason(struct set *s, const char *how)
{
	for (size_t i = 0; i < s->n_reasons; i++)
		if (strcmp(s->reasons[i].text, how) == 0) {
			s->reasons[i].n++;
			return;
		}
	assert_true(s->n_reasons < REASONS_MAX);
	s->reasons[s->n_reasons].text = strdup(how);
	s->reasons[s->n_reasons++].n = 1;
}

static void count(struct set *s, const char *how, bool left_out)
{
	if (left_out) {
		s->left_out++;
		return;
	}
	if (strcmp(how, "all") == 0) {
		s->all++;
		return;
	}
	size_t *n = strncmp(how, "part ", 5) == 0     ? &s->part
		    : strncmp(how, "refuse ", 7) == 0 ? &s->refused
		    : strncmp(how, "no ", 3) == 0     ? &s->none
						      : NULL;

	assert_non_null(n);
	++*n;
	count_reason(s, how);
}

static vector_fn *kind_of(const char *name, const char *where)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].run;
	fail_msg("%s: '%s' is no kind of vector\n", where, name);
	return NULL;
}

static void run_line(struct arena *mem, char *line)
{
	struct vector v = { .sampled = SAMPLED };
	struct turn t;
	char where[96];
	const char *how = strsep(&line, "\t");

	if (strcmp(how, "set") == 0) {
		struct set *s = &sets[n_sets++];

		assert_true(n_sets <= SETS_MAX);
		(void)snprintf(s->name, sizeof(s->name), "%s", strsep(&line, "\t"));
		s->said = strtoul(line, NULL, 10);
		return;
	}
	assert_true(n_sets > 0);
	struct set *s = &sets[n_sets - 1];

	v.index = s->all + s->part + s->refused + s->none + s->left_out;
	(void)snprintf(where, sizeof(where), "%s, case %zu", s->name, v.index);
	while (line && v.n < VECTOR_FIELDS)
		v.f[v.n++] = strsep(&line, "\t");
	assert_null(line);
	turn_begin(&t, NULL, NULL, mem, "test", "test", 1000);
	v.t = &t;
	v.where = where;
	vector_fn *run = kind_of(v.f[0], where);

	if (run)
		run(&v);
	count(s, how, v.left_out);
	turn_end(&t);
}

static const char *what_of(const char *set)
{
	for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++)
		if (strcmp(about[i].name, set) == 0)
			return about[i].what;
	fail_msg("a set that nobody knows: %s\n", set);
	return "";
}

static void row(struct buf *b, const struct set *s)
{
	buf_printf(b, "| %s | %zu | %zu | %zu | %zu | %zu | %s |\n", s->name, s->said, s->all,
		   s->part, s->refused, s->none, what_of(s->name));
}

static const char *column(const char *how)
{
	return *how == 'p' ? "in part" : *how == 'r' ? "refused" : "not ours";
}

static void write_page(struct buf *b)
{
	struct set sum = { .name = "**all**" };

	buf_str(b,
		"# Public vectors\n\n"
		"What the chain room is held against: every case of npm `@ethersproject/testcases` "
		"5.8.0, byte\nfor byte and both ways. `ctest -R vectors` compares them and this "
		"page; `GF_UPDATE=1` writes it.\n\n"
		"| set | cases | compared | in part | refused on purpose | not ours | what |\n"
		"|---|---:|---:|---:|---:|---:|---|\n");
	for (size_t i = 0; i < n_sets; i++) {
		row(b, &sets[i]);
		sum.said += sets[i].said;
		sum.all += sets[i].all;
		sum.part += sets[i].part;
		sum.refused += sets[i].refused;
		sum.none += sets[i].none;
	}
	buf_printf(b,
		   "| %s | %zu | %zu | %zu | %zu | %zu | |\n\nWhat is not compared in full, and "
		   "why:\n\n",
		   sum.name, sum.said, sum.all, sum.part, sum.refused, sum.none);
	for (size_t i = 0; i < n_sets; i++)
		for (size_t k = 0; k < sets[i].n_reasons; k++)
			buf_printf(b, "- %s, %zu cases %s: %s\n", sets[i].name,
				   sets[i].reasons[k].n, column(sets[i].reasons[k].text),
				   strchr(sets[i].reasons[k].text, ' ') + 1);
}

/* What lies on the disk, or "" when there is nothing. */
static const char *read_page(struct turn *t)
{
	char *text = turn_alloc(t, PAGE_MAX + 1);
	FILE *f = fopen(PAGE, "r");

	if (!f)
		return "";
	text[fread(text, 1, PAGE_MAX, f)] = 0;
	(void)fclose(f);
	return text;
}

static void check_page(struct arena *mem)
{
	struct buf b = buf_in(mem, PAGE_MAX);
	struct turn t;

	turn_begin(&t, NULL, NULL, mem, "test", "test", 1000);
	write_page(&b);
	if (getenv("GF_UPDATE")) {
		FILE *f = fopen(PAGE, "w");

		assert_non_null(f);
		(void)fputs(buf_text(&b), f);
		assert_int_equal(fclose(f), 0);
	}
	if (strcmp(read_page(&t), buf_text(&b)) != 0)
		fail_msg("%s is not what the vectors say: run this with GF_UPDATE=1\n", PAGE);
	turn_end(&t);
}

static void every_vector_is_reproduced(void **state)
{
	const char *file = getenv("GF_VECTORS");
	struct arena *mem = arena_new(256 << 20);
	char *line = NULL;
	size_t room = 0, left_out = 0;

	(void)state;
	assert_non_null(file);
	FILE *in = fopen(file, "r");

	assert_non_null(in);
	while (getline(&line, &room, in) > 0) {
		line[strcspn(line, "\n")] = 0;
		run_line(mem, line);
	}
	free(line);
	(void)fclose(in);
	for (size_t i = 0; i < n_sets; i++) {
		const struct set *s = &sets[i];

		print_message(
			"%-24s %5zu cases: %5zu compared, %zu in part, %zu refused, %zu not ours, "
			"%zu left out\n",
			s->name, s->said, s->all, s->part, s->refused, s->none, s->left_out);
		assert_int_equal(s->said, s->all + s->part + s->refused + s->none + s->left_out);
		left_out += s->left_out;
	}
	assert_int_equal(n_sets, sizeof(about) / sizeof(about[0]));
	if (left_out == 0)
		check_page(mem);
	for (size_t i = 0; i < n_sets; i++)
		for (size_t k = 0; k < sets[i].n_reasons; k++)
			free((char *)sets[i].reasons[k].text);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_is_reproduced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
