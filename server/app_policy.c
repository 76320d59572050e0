#include <string.h>

#include "server/app.h"
#include "server/core/classify.h"
#include "server/eth/abi_item.h"
#include "server/secret_file.h"

/* Several people: time for each of them to see that home is about to move. */
enum { TEAM_SAFE_DELAY_MS = 72 * 3600000, PAGER_SECRET_MAX = 256 };

static enum err action_of(struct turn *t, const struct config *c, const struct config_action *from,
			  struct action *to)
{
	struct abi_item item;
	struct bytes data;
	uint8_t *kept;

	TRY(abi_item_parse(t, from->call, &item));
	TRY(abi_encode_text(t, item.signature, from->args.v, from->args.n, &data));
	kept = arena_alloc(c->mem, data.n);
	memcpy(kept, data.p, data.n);
	*to = (struct action){
		.name = from->call,
		.contract = from->contract,
		.data = { kept, data.n },
		.value = from->value,
		.spends = from->token_text != NULL,
		.token = from->spend_token,
		.amount = from->spend_amount,
	};
	return OK;
}

/* Checked when the configuration was read. */
static void answers_of(struct turn *t, const struct config *c)
{
	const struct config_texts *from = &c->chain.answers;
	struct node_answer *all;

	if (from->n == 0)
		return;
	all = arena_alloc(c->mem, from->n * sizeof(*all));
	for (size_t i = 0; i < from->n; i++) {
		if (!node_answer_read(t, from->v[i], &all[i]))
			return;
		size_t size = strlen(all[i].words) + 1;

		all[i].words = memcpy(arena_alloc(c->mem, size), all[i].words, size);
	}
	classify_more(all, from->n);
}

static enum err profile_of(struct turn *t, const struct config *c,
			   const struct config_profile *from, struct profile *to)
{
	*to = (struct profile){
		.name = from->name,
		.interval_ms = from->interval_ms,
		.jitter_pct = (unsigned)from->jitter_pct,
		.per_hour = (int64_t)c->safety.max_actions_per_hour,
		.has_action = from->action.given,
	};
	return to->has_action ? action_of(t, c, &from->action, &to->action) : OK;
}

/* In the config's memory: it lives as long as the daemon. */
static enum err pager_secret(struct turn *t, const struct config *c, const char **out)
{
	char *line, *kept;
	size_t n;

	TRY(secret_file_line(t, c->oncall.pager_secret_file, PAGER_SECRET_MAX, &line));
	n = strlen(line);
	kept = arena_alloc(c->mem, n + 1);
	memcpy(kept, line, n);
	wipe(line, n);
	*out = kept;
	return OK;
}

enum err app_policy(struct turn *t, const struct config *c, struct policy *p)
{
	const struct eth_addr none = { 0 };

	policy_defaults(p, c->chain.id);
	p->fleet = c->service.name;
	p->require_backup = c->keys.require_backup;
	p->confirmations = (int64_t)c->chain.confirmations;
	p->in_flight = (int64_t)c->chain.in_flight;
	p->max_fee = c->chain.max_fee;
	p->max_fee_urgent = c->chain.max_fee_urgent;
	p->raise_after_ms = c->chain.raise_after_ms;
	p->keep_ms = c->chain.keep_ms;
	p->cap_tx = c->funding.cap_per_transaction;
	p->cap_operation = c->funding.cap_per_operation;
	p->cap_day = c->funding.cap_per_day;
	p->cap_loan = c->funding.cap_per_loan;
	p->reserve = c->funding.reserve;
	p->target = c->funding.target;
	if (c->service.policy == POLICY_TEAM)
		p->safe_delay_ms = TEAM_SAFE_DELAY_MS;
	p->funder = c->funding.key.file || c->funding.key.key.given ? FUNDER_NAME : NULL;
	p->sla_down_ms = (int64_t)c->sla.downtime_minutes * 60000;
	p->sla_bps = (int64_t)c->sla.penalty_bps;
	p->sla_most_bps = (int64_t)c->sla.penalty_max_bps;
	p->max_failures = (int64_t)c->safety.max_consecutive_errors;
	p->cooldown_ms = c->safety.cooldown_ms;
	p->allow_private = c->notifications.allow_private;
	p->give_up_ms = c->notifications.give_up_ms;
	p->commands = (const char *const *)c->notifications.commands.v;
	p->n_commands = c->notifications.commands.n;
	p->control = c->control.unit || c->control.container || c->control.start.n;
	p->base_url = c->oncall.base_url;
	p->ack_ms = c->oncall.ack_ms;
	p->test_every_ms = c->oncall.test_ms;
	if (c->oncall.pager_secret_file)
		TRY(pager_secret(t, c, &p->pager_secret));
	answers_of(t, c);
	p->has_ghost_core = !addr_eq(c->ghostnet.ghost_core, none);
	p->ghost_core = c->ghostnet.ghost_core;
	if (!addr_eq(c->ghostnet.data_token, none))
		p->tokens[p->n_tokens++] = (struct token){
			.addr = c->ghostnet.data_token,
			.symbol = "DATA",
			.decimals = 18,
			.tax_bps = (unsigned)c->ghostnet.data_token_tax_bps,
		};
	for (size_t i = 0; i < c->n_profiles; i++)
		TRY(profile_of(t, c, &c->profiles[i], &p->profiles[p->n_profiles++]));
	return OK;
}
