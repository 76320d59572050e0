#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/list.h"
#include "client/wallet_row.h"
#include "ghostfleet/v1/wallet.pb-c.h"
#include "store/base/turn.h"

enum { GENERATE_MOST = 10000, GENERATE_MS = 120000 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__wallet_service__descriptor;

const char *wallet_state_text(struct turn *t, const Ghostfleet__V1__Wallet *w)
{
	const Ghostfleet__V1__Breaker *b = w->breaker;

	if (w->state == GHOSTFLEET__V1__WALLET_STATE__WALLET_STATE_RETIRED)
		return "retired";
	if (b && b->state == GHOSTFLEET__V1__BREAKER_STATE__BREAKER_STATE_OPEN)
		return "tripped";
	if (b && b->state == GHOSTFLEET__V1__BREAKER_STATE__BREAKER_STATE_HALF_OPEN)
		return "half-open";
	if (w->paused)
		return "paused";
	if (w->role == GHOSTFLEET__V1__WALLET_ROLE__WALLET_ROLE_FUNDER)
		return "funder";
	if (w->state != GHOSTFLEET__V1__WALLET_STATE__WALLET_STATE_ACTIVE)
		return enum_text(t, &ghostfleet__v1__wallet_state__descriptor, (int)w->state);
	return w->enabled ? "acting" : "idle";
}

const char *const wallet_heads[] = { "WALLET", "ADDRESS", "PROFILE", "STATE",      "KEY",
				     ">ETHER", ">STAKED", "SEEN",    ">IN FLIGHT", NULL };

void wallet_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Wallet *w = item;

	table_row(tb, short_name(w->name), w->address, w->profile, wallet_state_text(t, w),
		  enum_text(t, &ghostfleet__v1__key_kind__descriptor, (int)w->key_kind),
		  ether_short(t, w->balance), *w->staked ? ether_short(t, w->staked) : "",
		  age(t, w->observe_time), turn_printf(t, "%" PRId32, w->in_flight), NULL);
}

enum err cmd_wallets_list(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ListWalletsRequest q = GHOSTFLEET__V1__LIST_WALLETS_REQUEST__INIT;
	Ghostfleet__V1__WalletState all[] = {
		GHOSTFLEET__V1__WALLET_STATE__WALLET_STATE_ACTIVE,
		GHOSTFLEET__V1__WALLET_STATE__WALLET_STATE_RETIRED,
	};

	q.profile = cli_opt(t, c, OPT_PROFILE);
	q.tripped = cli_has(c, OPT_TRIPPED);
	if (cli_has(c, OPT_ALL)) {
		q.states = all;
		q.n_states = sizeof(all) / sizeof(all[0]);
	}
	struct list l = {
		.service = service,
		.method = "ListWallets",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = wallet_heads,
		.row = wallet_row,
		.none = "no such wallets; make some: ghostctl wallets generate --count 10",
	};

	return list_show(t, c, &l);
}

static void show_breaker(struct turn *t, const Ghostfleet__V1__Breaker *b)
{
	(void)printf("breaker    %s",
		     enum_text(t, &ghostfleet__v1__breaker_state__descriptor, (int)b->state));
	if (b->consecutive_failures)
		(void)printf(", %" PRId32 " failures in a row", b->consecutive_failures);
	if (b->trips)
		(void)printf(", tripped %" PRId64 " times, the last %s", b->trips,
			     age(t, b->trip_time));
	if (*b->cause)
		(void)printf(": %s", clean(t, b->cause));
	if (b->probe_time)
		(void)printf("; a probe %s", until(t, b->probe_time));
	(void)putchar('\n');
}

static void show_wallet(struct turn *t, const Ghostfleet__V1__Wallet *w)
{
	(void)printf("%s  %s\n", clean(t, w->name), clean(t, w->address));
	(void)printf("state      %s\n", wallet_state_text(t, w));
	(void)printf("profile    %s\n", *w->profile ? clean(t, w->profile) : "-");
	(void)printf("key        %s",
		     enum_text(t, &ghostfleet__v1__key_kind__descriptor, (int)w->key_kind));
	if (w->_hd_index_case == GHOSTFLEET__V1__WALLET___HD_INDEX_HD_INDEX)
		(void)printf(", m/44'/60'/0'/0/%" PRIu32, w->hd_index);
	(void)printf("\nbalance    %s, seen %s", ether_of(t, w->balance), age(t, w->observe_time));
	if (w->observe_block)
		(void)printf(" in block %" PRIu64, w->observe_block);
	(void)putchar('\n');
	if (*w->staked)
		(void)printf("at stake   %s\n", ether_short(t, w->staked));
	for (size_t i = 0; i < w->n_tokens; i++)
		(void)printf("token      %s of %s\n", clean(t, w->tokens[i]->amount),
			     clean(t, w->tokens[i]->token));
	(void)printf("nonce      %" PRIu64 ", %" PRId32 " in flight\n", w->nonce, w->in_flight);
	if (w->breaker)
		show_breaker(t, w->breaker);
	(void)printf("made       %s\n", age(t, w->create_time));
}

enum err cmd_wallets_get(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetWalletRequest q = GHOSTFLEET__V1__GET_WALLET_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "wallets", c->args.word[0]);
	TRY(cli_call(t, c, service, "GetWallet", &q, &answer));
	const Ghostfleet__V1__GetWalletResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (!r->wallet)
		return fail(t, ERR_BROKEN, "the server's answer holds no wallet");
	show_wallet(t, r->wallet);
	return OK;
}

enum err cmd_wallets_generate(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "WALLET", "ADDRESS", "PROFILE", NULL };
	Ghostfleet__V1__GenerateWalletsRequest q = GHOSTFLEET__V1__GENERATE_WALLETS_REQUEST__INIT;
	uint64_t count = 1;
	void *answer;
	enum err e;

	if (cli_has(c, OPT_COUNT) &&
	    args_count(t, c->args.opt[OPT_COUNT], OPT_COUNT, GENERATE_MOST, &count) != OK)
		return usage(t, c, "%s", t->why);
	q.count = (int32_t)count;
	q.profile = cli_opt(t, c, OPT_PROFILE);
	q.name_prefix = cli_opt(t, c, OPT_PREFIX);
	q.enabled = cli_has(c, OPT_ENABLE);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call_long(t, c, service, "GenerateWallets", &q, GENERATE_MS, &answer));
	const Ghostfleet__V1__GenerateWalletsResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	struct table tb = table_new(t, heads);

	for (size_t i = 0; i < r->n_wallets; i++)
		table_row(&tb, short_name(r->wallets[i]->name), r->wallets[i]->address,
			  r->wallets[i]->profile, NULL);
	table_print(&tb, stdout, "");
	(void)printf("%zu %s\n", r->n_wallets,
		     q.validate_only ? "would be made; nothing was changed" : "made");
	return OK;
}

enum err cmd_wallets_update(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__UpdateWalletRequest q = GHOSTFLEET__V1__UPDATE_WALLET_REQUEST__INIT;
	Ghostfleet__V1__Wallet w = GHOSTFLEET__V1__WALLET__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char *paths[2];
	void *answer;
	enum err e;

	if (cli_has(c, OPT_ENABLE) && cli_has(c, OPT_DISABLE))
		return usage(t, c, "--enable and --disable exclude each other");
	mask.paths = paths;
	if (cli_has(c, OPT_PROFILE)) {
		w.profile = cli_opt(t, c, OPT_PROFILE);
		paths[mask.n_paths++] = turn_strdup(t, "profile");
	}
	if (cli_has(c, OPT_ENABLE) || cli_has(c, OPT_DISABLE)) {
		w.enabled = cli_has(c, OPT_ENABLE);
		paths[mask.n_paths++] = turn_strdup(t, "enabled");
	}
	if (mask.n_paths == 0)
		return usage(t, c, "say what to change: --profile NAME, --enable or --disable");
	w.name = resource(t, "wallets", c->args.word[0]);
	q.wallet = &w;
	q.update_mask = &mask;
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "UpdateWallet", &q, &answer));
	const Ghostfleet__V1__UpdateWalletResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->wallet)
		(void)printf("%s: profile %s, %s\n", clean(t, r->wallet->name),
			     *r->wallet->profile ? clean(t, r->wallet->profile) : "-",
			     r->wallet->enabled ? "enabled" : "disabled");
	return OK;
}

enum err cmd_wallets_retire(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__RetireWalletRequest q = GHOSTFLEET__V1__RETIRE_WALLET_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "wallets", c->args.word[0]);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "RetireWallet", &q, &answer));
	const Ghostfleet__V1__RetireWalletResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s %s; its key stays sealed, and late funds are still seen\n", q.name,
		     q.validate_only ? "would be retired" : "is retired");
	return OK;
}

enum err cmd_reset(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ResetBreakerRequest q = GHOSTFLEET__V1__RESET_BREAKER_REQUEST__INIT;
	void *answer;
	enum err e;

	if (cli_has(c, OPT_FORCE) && !cli_has(c, OPT_REASON))
		return usage(t, c, "--force needs --reason TEXT, for the record");
	q.name = resource(t, "wallets", c->args.word[0]);
	q.force = cli_has(c, OPT_FORCE);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "ResetBreaker", &q, &answer));
	const Ghostfleet__V1__ResetBreakerResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s: %s\n", q.name,
		     !r->changed       ? "its breaker was closed already"
		     : q.validate_only ? "its breaker would be closed; nothing was changed"
				       : "its breaker is closed");
	return OK;
}
