#include "client/complete.h"

#include <string.h>

#include "client/commands.h"
#include "client/out.h"
#include "ghostfleet/v1/access.pb-c.h"
#include "ghostfleet/v1/operation.pb-c.h"
#include "ghostfleet/v1/wallet.pb-c.h"
#include "store/base/turn.h"

enum { NAMES_MOST = 1000, ASK_MS = 1000 };

/* A line as far as it is written. */
struct written {
	struct turn *t;
	struct cli *c;
	FILE *f;
	const char *word;   /* being written */
	const char *before; /* what of it is settled and stands before each offer: "--wallets=a," */
	const struct command *row;
	const char *noun; /* NULL: none yet */
	size_t n_args;    /* words after noun and verb */
};

static void offer(const struct written *w, const char *word, const char *text)
{
	if (strncmp(word, w->word, strlen(w->word)) == 0)
		(void)fprintf(w->f, "%s%s\t%s\n", w->before, clean(w->t, word), clean(w->t, text));
}

static void offer_list(const struct written *w, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		offer(w, words[i], "");
}

static void offer_roles(const struct written *w)
{
	const ProtobufCEnumDescriptor *d = &ghostfleet__v1__role__descriptor;

	for (unsigned i = 0; i < d->n_values; i++)
		if (d->values[i].value != 0)
			offer(w, enum_text(w->t, d, d->values[i].value), "");
}

/* The server is not there, or says no: then there is nothing to offer. */
static void offer_wallets(const struct written *w)
{
	Ghostfleet__V1__ListWalletsRequest q = GHOSTFLEET__V1__LIST_WALLETS_REQUEST__INIT;
	void *answer;

	q.page_size = NAMES_MOST;
	if (cli_call_long(w->t, w->c, &ghostfleet__v1__wallet_service__descriptor, "ListWallets",
			  &q, ASK_MS, &answer) != OK)
		return;
	const Ghostfleet__V1__ListWalletsResponse *r = answer;

	for (size_t i = 0; i < r->n_wallets; i++)
		offer(w, short_name(r->wallets[i]->name), r->wallets[i]->address);
}

static void offer_operations(const struct written *w)
{
	Ghostfleet__V1__ListOperationsRequest q = GHOSTFLEET__V1__LIST_OPERATIONS_REQUEST__INIT;
	void *answer;

	q.page_size = NAMES_MOST;
	if (cli_call_long(w->t, w->c, &ghostfleet__v1__operation_service__descriptor,
			  "ListOperations", &q, ASK_MS, &answer) != OK)
		return;
	const Ghostfleet__V1__ListOperationsResponse *r = answer;

	for (size_t i = 0; i < r->n_operations; i++)
		offer(w, short_name(r->operations[i]->name),
		      enum_text(w->t, &ghostfleet__v1__operation_state__descriptor,
				(int)r->operations[i]->state));
}

/* "a,b,wal": only what stands after the last comma is being written. */
static struct written last_of_list(const struct written *w)
{
	const char *comma = strrchr(w->word, ',');
	struct written last = *w;

	if (comma) {
		last.before =
			turn_printf(w->t, "%s%.*s", w->before, (int)(comma + 1 - w->word), w->word);
		last.word = comma + 1;
	}
	return last;
}

static void offer_value(const struct written *w, enum opt_id id)
{
	struct written last = last_of_list(w);

	if (id == OPT_WALLET || id == OPT_SOURCE)
		offer_wallets(w);
	else if (id == OPT_WALLETS)
		offer_wallets(&last);
	else if (id == OPT_ROLE)
		offer_roles(&last);
	else if (id == OPT_OPERATION)
		offer_operations(w);
	else if (id == OPT_OUTPUT)
		offer_list(w, cli_formats, FORMATS);
	else if (strcmp(option_table[id].value, "FILE") == 0)
		(void)fprintf(w->f, ":files\n");
}

static void offer_options(const struct written *w)
{
	option_set own = w->row ? w->row->options : 0;

	for (int i = 0; i < OPTIONS; i++)
		if (i < OPT_FIRST_OWN || own & OPTION_BIT(i))
			offer(w, turn_printf(w->t, "--%s", option_table[i].name),
			      option_table[i].text);
}

static void offer_nouns(const struct written *w)
{
	for (size_t i = 0; i < n_commands; i++) {
		bool first = i == 0 || strcmp(commands[i].noun, commands[i - 1].noun) != 0;

		if (first)
			offer(w, commands[i].noun, commands[i].verb ? "" : commands[i].purpose);
	}
	offer(w, "help", "what a command does, and an example");
}

static void offer_verbs(const struct written *w)
{
	for (size_t i = 0; i < n_commands; i++)
		if (commands[i].verb && strcmp(commands[i].noun, w->noun) == 0)
			offer(w, commands[i].verb, commands[i].purpose);
}

static void offer_argument(const struct written *w)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };
	const struct command *row = w->row;

	if (w->n_args >= row->most)
		return;
	if (strcmp(row->args, "WALLET") == 0)
		offer_wallets(w);
	else if (strcmp(row->args, "FILE") == 0)
		(void)fprintf(w->f, ":files\n");
	else if (strcmp(row->args, "SHELL") == 0)
		offer_list(w, shells, sizeof(shells) / sizeof(shells[0]));
	else if (strcmp(row->noun, "operations") == 0 ||
		 (row->verb && strcmp(row->verb, "operation") == 0))
		offer_operations(w);
}

/* A word that is there already. */
static void take_word(struct written *w, const char *word)
{
	if (!w->noun && strcmp(word, "help") == 0)
		return;
	if (w->row) {
		w->n_args++;
		return;
	}
	for (size_t i = 0; i < n_commands && !w->row; i++) {
		const struct command *row = &commands[i];
		const char *is = w->noun ? row->verb : row->noun;

		if (w->noun ? strcmp(row->noun, w->noun) == 0 && is && strcmp(is, word) == 0
			    : !row->verb && strcmp(is, word) == 0)
			w->row = row;
	}
	if (!w->noun)
		w->noun = word;
}

/* Where the line says to ask. */
static void take_value(struct written *w, enum opt_id id, const char *value)
{
	if (id == OPT_CONTEXT)
		w->c->ask.context = value;
	else if (id == OPT_ADDRESS)
		w->c->ask.address = value;
	else if (id == OPT_TOKEN_FILE)
		w->c->ask.token_file = value;
}

/* The option that `word` names, up to a '='; OPTIONS: none. */
static enum opt_id option_of(const char *word)
{
	size_t n = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;

	for (int i = 0; i < OPTIONS; i++)
		if ((n > 0 && strlen(option_table[i].name) == n &&
		     strncmp(option_table[i].name, word + 2, n) == 0) ||
		    (option_table[i].letter && word[0] == '-' &&
		     word[1] == option_table[i].letter && !word[2]))
			return (enum opt_id)i;
	return OPTIONS;
}

/* All but the last word; the option whose value the last one is, or OPTIONS. bash makes three
 * words of --name=value. */
static enum opt_id take_all(struct written *w, const char *const *words, size_t n)
{
	enum opt_id open = OPTIONS;

	for (size_t i = 0; i + 1 < n; i++) {
		const char *equals = strchr(words[i], '=');
		enum opt_id id = option_of(words[i]);

		if (open != OPTIONS && strcmp(words[i], "=") == 0)
			continue;
		if (open != OPTIONS) {
			take_value(w, open, words[i]);
			open = OPTIONS;
		} else if (id != OPTIONS && option_table[id].value && equals) {
			take_value(w, id, equals + 1);
		} else if (id != OPTIONS && option_table[id].value) {
			open = id;
		} else if (words[i][0] != '-') {
			take_word(w, words[i]);
		}
	}
	return open;
}

enum err complete(struct turn *t, struct cli *c, const char *const *words, size_t n, FILE *f)
{
	struct written w = { .t = t, .c = c, .f = f, .before = "" };
	enum opt_id open = take_all(&w, words, n);
	const char *equals = strchr(words[n - 1], '=');

	w.word = words[n - 1];
	if (open == OPTIONS && equals && option_of(w.word) != OPTIONS) {
		open = option_of(w.word);
		w.before = turn_printf(t, "%.*s", (int)(equals + 1 - w.word), w.word);
		w.word = equals + 1;
	} else if (open != OPTIONS && strcmp(w.word, "=") == 0) {
		w.word = "";
	}
	if (context_find(t, &c->ask, &c->context) != OK)
		return OK;
	if (open != OPTIONS && option_table[open].value)
		offer_value(&w, open);
	else if (w.word[0] == '-')
		offer_options(&w);
	else if (!w.noun)
		offer_nouns(&w);
	else if (!w.row)
		offer_verbs(&w);
	else
		offer_argument(&w);
	return OK;
}
