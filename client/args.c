#include "client/args.h"

#include <string.h>

#include "store/base/buf.h"
#include "store/base/turn.h"

enum { WORD_MAX_LEN = 40 };

const struct option_row option_table[OPTIONS] = {
#define X(id, l, n, v, x) [OPT_##id] = { .letter = (l), .name = (n), .value = (v), .text = (x) },
	OPTION_TABLE(X)
#undef X
};

/* Edits from a to b: insert, drop, change, or swap two neighbours. */
static size_t distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), rows[3][WORD_MAX_LEN + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	if (na > WORD_MAX_LEN || nb > WORD_MAX_LEN)
		return WORD_MAX_LEN;
	for (size_t j = 0; j <= nb; j++)
		last[j] = j;
	memcpy(before, last, sizeof(rows[0]));
	for (size_t i = 1; i <= na; i++) {
		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);

			best = last[j] + 1 < best ? last[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		size_t *free_row = before;

		before = last;
		last = now;
		now = free_row;
	}
	return last[nb];
}

const char *args_nearest(const char *word, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	size_t len = strlen(word), least = len < 4 ? 1 : len < 8 ? 2 : 3;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, candidates[i]);

		if (len >= 2 && strncmp(word, candidates[i], len) == 0)
			d = 0;
		if (d < least || (d == least && !best)) {
			best = candidates[i];
			least = d;
		}
	}
	return best;
}

static enum err unknown_option(struct turn *t, const char *said)
{
	const char *names[OPTIONS];

	for (size_t i = 0; i < OPTIONS; i++)
		names[i] = option_table[i].name;
	size_t len = strcspn(said, "=");
	const char *word = turn_printf(t, "%.*s", (int)len, said);
	const char *near = args_nearest(word, names, OPTIONS);

	if (near)
		return fail(t, ERR_INVALID, "there is no option --%s; did you mean --%s?", word,
			    near);
	return fail(t, ERR_INVALID, "there is no option --%s; see: ghostctl help", word);
}

static enum err find_option(struct turn *t, const char *arg, enum opt_id *out, const char **value)
{
	*value = NULL;
	if (arg[1] != '-') {
		for (size_t i = 0; i < OPTIONS; i++)
			if (option_table[i].letter && option_table[i].letter == arg[1]) {
				*out = (enum opt_id)i;
				*value = arg[2] ? arg + 2 : NULL;
				return OK;
			}
		return fail(t, ERR_INVALID, "there is no option %s; see: ghostctl help", arg);
	}
	size_t len = strcspn(arg + 2, "=");

	for (size_t i = 0; i < OPTIONS; i++)
		if (strlen(option_table[i].name) == len &&
		    strncmp(option_table[i].name, arg + 2, len) == 0) {
			*out = (enum opt_id)i;
			*value = arg[2 + len] ? arg + 2 + len + 1 : NULL;
			return OK;
		}
	return unknown_option(t, arg + 2);
}

static enum err take_option(struct turn *t, int argc, char *const argv[], int *at, struct args *out)
{
	enum opt_id id = OPT_HELP;
	const char *value;

	TRY(find_option(t, argv[*at], &id, &value));
	const struct option_row *row = &option_table[id];

	if (!row->value && value)
		return fail(t, ERR_INVALID, "--%s takes no value", row->name);
	if (row->value && !value) {
		if (*at + 1 >= argc)
			return fail(t, ERR_INVALID, "--%s needs a value: --%s %s", row->name,
				    row->name, row->value);
		value = argv[++*at];
	}
	if (out->opt[id])
		return fail(t, ERR_INVALID, "--%s is given twice", row->name);
	out->opt[id] = value ? value : "";
	return OK;
}

/* The distinct nouns of the table, or the verbs of one noun. */
static size_t names_of(struct turn *t, const struct command *table, size_t n, const char *noun,
		       const char ***out)
{
	const char **names = turn_array(t, n + 1, sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (!noun && (count == 0 || strcmp(names[count - 1], table[i].noun) != 0))
			names[count++] = table[i].noun;
		else if (noun && table[i].verb && strcmp(table[i].noun, noun) == 0)
			names[count++] = table[i].verb;
	}
	*out = names;
	return count;
}

static enum err unknown_noun(struct turn *t, const struct command *table, size_t n,
			     const char *said)
{
	const char **names;
	size_t count = names_of(t, table, n, NULL, &names);
	const char *near = args_nearest(said, names, count);

	if (near)
		return fail(t, ERR_INVALID, "there is no command '%s'; did you mean '%s'?", said,
			    near);
	return fail(t, ERR_INVALID, "there is no command '%s'; see: ghostctl help", said);
}

static enum err unknown_verb(struct turn *t, const struct command *table, size_t n,
			     const char *noun, const char *said)
{
	const char **names;
	size_t count = names_of(t, table, n, noun, &names);
	const char *near = said ? args_nearest(said, names, count) : NULL;

	if (near)
		return fail(t, ERR_INVALID, "'%s' cannot '%s'; did you mean '%s %s'?", noun, said,
			    noun, near);
	struct buf list = buf_in(t->mem, 200);

	for (size_t i = 0; i < count; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
	if (said)
		return fail(t, ERR_INVALID, "'%s' cannot '%s'; it can: %s", noun, said,
			    buf_text(&list));
	return fail(t, ERR_INVALID, "'%s' needs one of: %s", noun, buf_text(&list));
}

/* How many of the words are the verb, which may be two ("channels add"); 0: they are not. */
static size_t verb_words(const char *verb, const char **words, size_t n)
{
	size_t first = strcspn(verb, " ");

	if (n == 0 || strlen(words[0]) != first || strncmp(verb, words[0], first) != 0)
		return 0;
	if (!verb[first])
		return 1;
	return n > 1 && strcmp(verb + first + 1, words[1]) == 0 ? 2 : 0;
}

/* From words[0..n) the row, and how many words name it. */
static enum err find_command(struct turn *t, const struct command *table, size_t n,
			     const char **words, size_t n_words, const struct command **out,
			     size_t *used)
{
	bool noun_known = false;

	for (size_t i = 0; i < n; i++) {
		const struct command *row = &table[i];

		if (strcmp(row->noun, words[0]) != 0)
			continue;
		noun_known = true;
		size_t verb = row->verb ? verb_words(row->verb, words + 1, n_words - 1) : 0;

		if (row->verb && verb == 0)
			continue;
		*out = row;
		*used = 1 + verb;
		return OK;
	}
	if (!noun_known)
		return unknown_noun(t, table, n, words[0]);
	return unknown_verb(t, table, n, words[0], n_words > 1 ? words[1] : NULL);
}

static const char *full_name(struct turn *t, const struct command *row)
{
	return row->verb ? turn_printf(t, "%s %s", row->noun, row->verb) : row->noun;
}

static enum err check_fit(struct turn *t, const struct args *a)
{
	const struct command *row = a->command;
	const char *name = full_name(t, row);

	for (size_t i = OPT_FIRST_OWN; i < OPTIONS; i++)
		if (a->opt[i] && !(row->options & OPTION_BIT(i)))
			return fail(t, ERR_INVALID,
				    "'%s' has no option --%s; see: ghostctl help %s", name,
				    option_table[i].name, name);
	if (a->n_words < row->least)
		return fail(t, ERR_INVALID, "'%s' needs %s; for example: %s", name, row->args,
			    row->example);
	if (a->n_words > row->most)
		return fail(t, ERR_INVALID,
			    "'%s' does not know what to do with '%s'; for example: %s", name,
			    a->word[row->most], row->example);
	return OK;
}

enum err args_parse(struct turn *t, const struct command *table, size_t n, int argc,
		    char *const argv[], struct args *out)
{
	const char **words = turn_array(t, (size_t)argc + 1, sizeof(*words));
	size_t n_words = 0, used = 0;
	bool only_words = false;

	*out = (struct args){ 0 };
	for (int i = 1; i < argc; i++) {
		if (only_words || argv[i][0] != '-' || !argv[i][1])
			words[n_words++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			only_words = true;
		else
			TRY(take_option(t, argc, argv, &i, out));
	}
	out->help = out->opt[OPT_HELP] != NULL;
	if (n_words > 0 && strcmp(words[0], "help") == 0) {
		out->help = true;
		words++;
		n_words--;
	}
	if (out->opt[OPT_VERSION])
		return OK;
	if (n_words == 0) {
		out->help = true;
		return OK;
	}
	/* `help wallets`: all that the noun can do. */
	const char **verbs;

	if (out->help && n_words == 1 && names_of(t, table, n, words[0], &verbs) > 0) {
		out->word = words;
		out->n_words = 1;
		return OK;
	}
	TRY(find_command(t, table, n, words, n_words, &out->command, &used));
	out->word = words + used;
	out->n_words = n_words - used;
	return out->help ? OK : check_fit(t, out);
}

enum err args_count(struct turn *t, const char *text, enum opt_id of, uint64_t most, uint64_t *out)
{
	uint64_t v = 0;

	for (const char *s = text; *s; s++) {
		if (*s < '0' || *s > '9' || s - text > 15) {
			v = 0;
			break;
		}
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (v == 0 || v > most)
		return fail(t, ERR_INVALID, "--%s is a whole number from 1 to %llu, not '%s'",
			    option_table[of].name, (unsigned long long)most, text);
	*out = v;
	return OK;
}

char **args_split(struct turn *t, const char *text, size_t *n_out)
{
	size_t n = 0, room = 1;

	for (const char *s = text; *s; s++)
		room += *s == ',';
	char **parts = turn_array(t, room, sizeof(*parts));

	for (const char *s = text;;) {
		size_t len = strcspn(s, ",");

		if (len)
			parts[n++] = turn_printf(t, "%.*s", (int)len, s);
		if (!s[len])
			break;
		s += len + 1;
	}
	*n_out = n;
	return parts;
}

char *args_text(struct turn *t, const struct args *a, size_t from)
{
	char *text = turn_strdup(t, "");

	for (size_t k = from; k < a->n_words; k++)
		text = turn_printf(t, "%s%s%s", text, k > from ? " " : "", a->word[k]);
	return text;
}
