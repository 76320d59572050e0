#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/list.h"
#include "ghostfleet/v1/validator.pb-c.h"
#include "store/base/turn.h"

enum { A_CALL = 1000, FILE_MAX = 4 << 20, KEY_SHOWN = 14 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__validator_service__descriptor;
static const ProtobufCEnumDescriptor *const healths = &ghostfleet__v1__validator_health__descriptor;

/* Gwei as ether, all nine places: what an epoch brings is in the last ones. */
static const char *ether(struct turn *t, int64_t gwei)
{
	int64_t whole = gwei < 0 ? -gwei : gwei;

	return turn_printf(t, "%s%" PRId64 ".%09" PRId64, gwei < 0 ? "-" : "", whole / 1000000000,
			   whole % 1000000000);
}

/* What people call it: its label, else its index, else the beginning of its key. */
static const char *called(struct turn *t, const Ghostfleet__V1__Validator *v)
{
	if (*v->label)
		return v->label;
	if (v->_index_case == GHOSTFLEET__V1__VALIDATOR___INDEX_INDEX)
		return turn_printf(t, "%" PRId64, v->index);
	return turn_printf(t, "%.*s…", KEY_SHOWN, v->pubkey);
}

static void validator_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Validator *v = item;
	bool placed = v->_index_case == GHOSTFLEET__V1__VALIDATOR___INDEX_INDEX;

	table_row(tb, called(t, v), placed ? turn_printf(t, "%" PRId64, v->index) : "",
		  turn_printf(t, "%.*s…", KEY_SHOWN, v->pubkey),
		  v->removed
			  ? "removed"
			  : enum_text(t, &ghostfleet__v1__validator_life__descriptor, (int)v->life),
		  enum_text(t, healths, (int)v->health), age(t, v->health_time),
		  v->observe_time ? ether(t, v->balance_gwei) : "",
		  v->observe_time ? turn_printf(t, "%+" PRId64, v->balance_change_gwei) : "",
		  v->known_recently ? turn_printf(t, "%" PRId32 "/%" PRId32, v->missed_recently,
						  v->known_recently)
				    : "",
		  age(t, v->observe_time), v->text, NULL);
}

enum err cmd_validators_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "VALIDATOR", ">INDEX", "KEY",    "LIFE",
					     "HEALTH",    "SINCE",  ">ETHER", ">GWEI/EPOCH",
					     ">MISSED",   "HEARD",  "TEXT",   NULL };
	Ghostfleet__V1__ListValidatorsRequest q = GHOSTFLEET__V1__LIST_VALIDATORS_REQUEST__INIT;
	size_t n = 0;

	q.show_removed = cli_has(c, OPT_ALL);
	if (cli_has(c, OPT_STATE)) {
		char **said = args_split(t, c->args.opt[OPT_STATE], &n);

		q.healths = turn_array(t, n + 1, sizeof(*q.healths));
		for (size_t i = 0; i < n; i++) {
			int h;

			if (enum_read(t, healths, said[i], &h) != OK)
				return usage(t, c, "%s", t->why);
			q.healths[i] = (Ghostfleet__V1__ValidatorHealth)h;
		}
		q.n_healths = n;
	}
	struct list l = {
		.service = service,
		.method = "ListValidators",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = validator_row,
		.none = "no such validators; watch some: ghostctl validators add 0x…",
	};

	return list_show(t, c, &l);
}

static void show_validator(struct turn *t, const Ghostfleet__V1__Validator *v)
{
	(void)printf("%s\n", clean(t, v->pubkey));
	if (*v->label)
		(void)printf("label      %s\n", clean(t, v->label));
	if (v->_index_case == GHOSTFLEET__V1__VALIDATOR___INDEX_INDEX)
		(void)printf("index      %" PRId64 "\n", v->index);
	(void)printf("life       %s%s%s%s%s\n",
		     enum_text(t, &ghostfleet__v1__validator_life__descriptor, (int)v->life),
		     *v->status ? ", " : "", clean(t, v->status), v->slashed ? ", SLASHED" : "",
		     v->removed ? ", no longer watched" : "");
	(void)printf("health     %s since %s: %s\n", enum_text(t, healths, (int)v->health),
		     age(t, v->health_time), clean(t, v->text));
	(void)printf("evidence   ");
	for (size_t i = 0; i < v->n_evidence; i++)
		(void)printf("%s%s", i ? ", " : "",
			     enum_text(t, &ghostfleet__v1__validator_evidence__descriptor,
				       (int)v->evidence[i]));
	(void)printf("%s\n", v->n_evidence ? "" : "none");
	(void)printf("balance    %s ether, %+" PRId64 " gwei in the last epoch, effective %s\n",
		     ether(t, v->balance_gwei), v->balance_change_gwei,
		     ether(t, v->effective_balance_gwei));
	(void)printf("missed     %" PRId32 " in a row, %" PRId32 " of the last %" PRId32
		     " epochs\n",
		     v->missed_in_a_row, v->missed_recently, v->known_recently);
	(void)printf("heard      %s\n", age(t, v->observe_time));
}

enum err cmd_validators_get(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "HEALTH", "FROM", "TO", "TEXT", NULL };
	Ghostfleet__V1__GetValidatorRequest q = GHOSTFLEET__V1__GET_VALIDATOR_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "validators", c->args.word[0]);
	TRY(cli_call(t, c, service, "GetValidator", &q, &answer));
	const Ghostfleet__V1__GetValidatorResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->validator)
		show_validator(t, r->validator);
	struct table tb = table_new(t, heads);

	for (size_t i = 0; i < r->n_spells; i++)
		table_row(&tb, enum_text(t, healths, (int)r->spells[i]->health),
			  age(t, r->spells[i]->start_time),
			  r->spells[i]->end_time ? age(t, r->spells[i]->end_time) : "now",
			  r->spells[i]->text, NULL);
	(void)putchar('\n');
	table_print(&tb, stdout, "");
	return OK;
}

/* ---- adding and removing ---- */

struct adding {
	struct cli *c;
	Ghostfleet__V1__NewValidator **v;
	size_t n, room;
	int64_t added, sent;
};

static void add_key(struct turn *t, struct adding *a, char *key, char *label)
{
	Ghostfleet__V1__NewValidator *v = turn_alloc(t, sizeof(*v));

	ghostfleet__v1__new_validator__init(v);
	v->pubkey = key;
	v->label = label;
	a->v = turn_grow(t, a->v, a->n, &a->room, sizeof(*a->v));
	a->v[a->n++] = v;
}

/* One key a line, then a label; # begins a comment. */
static enum err read_keys(struct turn *t, struct adding *a, const char *path)
{
	struct file f;
	char *line, *rest;

	TRY(file_read(t, path, FILE_MAX, &f));
	rest = f.text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *label;

		line[strcspn(line, "#\r")] = 0;
		line += strspn(line, " \t");
		label = line + strcspn(line, " \t,");
		if (*label)
			*label++ = 0;
		label += strspn(label, " \t,");
		if (*line)
			add_key(t, a, line, label);
	}
	return OK;
}

static enum err send_some(struct turn *t, struct adding *a, size_t from)
{
	Ghostfleet__V1__AddValidatorsRequest q = GHOSTFLEET__V1__ADD_VALIDATORS_REQUEST__INIT;
	size_t n = a->n - from < A_CALL ? a->n - from : A_CALL;
	void *answer;
	enum err e;

	q.validators = a->v + from;
	q.n_validators = n;
	q.validate_only = cli_has(a->c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, a->c);
	if (from > 0)
		q.request_id = turn_printf(t, "%s-%zu", q.request_id, from);
	TRY(cli_call(t, a->c, service, "AddValidators", &q, &answer));
	const Ghostfleet__V1__AddValidatorsResponse *r = answer;

	a->added += r->added;
	a->sent += (int64_t)n;
	return out_json(t, a->c, &r->base, &e) ? e : OK;
}

enum err cmd_validators_add(struct turn *t, struct cli *c)
{
	struct adding a = { .c = c };

	for (size_t i = 0; i < c->args.n_words; i++)
		add_key(t, &a, turn_strdup(t, c->args.word[i]), cli_opt(t, c, OPT_LABEL));
	if (cli_has(c, OPT_FILE))
		TRY(read_keys(t, &a, c->args.opt[OPT_FILE]));
	if (a.n == 0)
		return usage(t, c, "name keys, or a file of keys: --file keys.txt");
	for (size_t from = 0; from < a.n; from += A_CALL)
		TRY(send_some(t, &a, from));
	if (c->format != FORMAT_TABLE)
		return OK;
	(void)printf("%" PRId64 " %s, %" PRId64 " are watched already\n", a.added,
		     cli_has(c, OPT_DRY_RUN) ? "would be watched; nothing was changed"
					     : "are watched from now on",
		     a.sent - a.added);
	return OK;
}

enum err cmd_validators_remove(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__RemoveValidatorRequest q = GHOSTFLEET__V1__REMOVE_VALIDATOR_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "validators", c->args.word[0]);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "RemoveValidator", &q, &answer));
	const Ghostfleet__V1__RemoveValidatorResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s %s; its history stays\n", short_name(q.name),
		     q.validate_only ? "would no longer be watched" : "is no longer watched");
	return OK;
}

/* ---- status ---- */

static void show_chain(struct turn *t, const Ghostfleet__V1__GetBeaconStatusResponse *r)
{
	if (!r->genesis_time) {
		(void)printf("chain          nothing heard yet\n");
		return;
	}
	(void)printf("chain          %s, epoch %" PRId64 ", slot %" PRId64 ", head %" PRId64,
		     clean(t, r->network), r->current_epoch, r->current_slot, r->head_slot);
	if (r->_finalized_epoch_case ==
	    GHOSTFLEET__V1__GET_BEACON_STATUS_RESPONSE___FINALIZED_EPOCH_FINALIZED_EPOCH)
		(void)printf(", final %" PRId64, r->finalized_epoch);
	(void)printf("\n");
	if (r->_participation_percent_case ==
	    GHOSTFLEET__V1__GET_BEACON_STATUS_RESPONSE___PARTICIPATION_PERCENT_PARTICIPATION_PERCENT)
		(void)printf("participation  %.1f %% in epoch %" PRId64 " (%s)\n",
			     r->participation_percent, r->participation_epoch,
			     clean(t, r->participation_source));
}

static void show_counts(struct turn *t, const Ghostfleet__V1__GetBeaconStatusResponse *r)
{
	int64_t all = 0;

	(void)printf("validators     ");
	for (size_t i = 0; i < r->n_counts; i++) {
		if (r->counts[i]->count)
			(void)printf("%s%" PRId32 " %s", all ? ", " : "", r->counts[i]->count,
				     enum_text(t, healths, (int)r->counts[i]->health));
		all += r->counts[i]->count;
	}
	(void)printf("%s\n", all ? "" : "none");
}

enum err cmd_validators_status(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "NODE",   "STATE",    ">HEAD",   ">BEHIND",
					     ">PEERS", ">LATENCY", ">ERRORS", "SEEN",
					     "CLIENT", "URL",      "TEXT",    NULL };
	Ghostfleet__V1__GetBeaconStatusRequest q = GHOSTFLEET__V1__GET_BEACON_STATUS_REQUEST__INIT;
	void *answer;
	enum err e;

	TRY(cli_call(t, c, service, "GetBeaconStatus", &q, &answer));
	const Ghostfleet__V1__GetBeaconStatusResponse *r = answer;

	if (r->n_problems > 0)
		c->exit = EXIT_UNHEALTHY;
	if (out_json(t, c, &r->base, &e))
		return e;
	show_counts(t, r);
	show_chain(t, r);
	for (size_t i = 0; i < r->n_problems; i++)
		(void)printf("! %s\n", clean(t, r->problems[i]));
	struct table tb = table_new(t, heads);

	for (size_t i = 0; i < r->n_sources; i++) {
		const Ghostfleet__V1__BeaconSource *s = r->sources[i];

		table_row(&tb, short_name(s->name),
			  enum_text(t, &ghostfleet__v1__beacon_source_state__descriptor,
				    (int)s->state),
			  turn_printf(t, "%" PRId64, s->head_slot),
			  turn_printf(t, "%" PRId64, s->behind_slots),
			  s->_peers_case == GHOSTFLEET__V1__BEACON_SOURCE___PEERS_PEERS
				  ? turn_printf(t, "%" PRId32, s->peers)
				  : "",
			  turn_printf(t, "%" PRId32 "ms", s->latency_ms),
			  turn_printf(t, "%.0f%%", s->error_rate * 100), age(t, s->observe_time),
			  s->client_version, s->url, s->text, NULL);
	}
	(void)putchar('\n');
	table_print(&tb, stdout, "");
	return OK;
}
