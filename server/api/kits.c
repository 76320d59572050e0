/* ghostfleet.v1.KitService */
#include "ghostfleet/v1/kit.pb-c.h"

#include <string.h>

#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/backup.h"

enum { PAGE = 50, PAGE_MOST = 200, UNCOVERED = 10 };

static Ghostfleet__V1__Kit *msg_kit(struct turn *t, const struct kit_row *k)
{
	Ghostfleet__V1__Kit *m = msg_new(t, &ghostfleet__v1__kit__descriptor);

	m->name = turn_printf(t, "kits/%lld", (long long)k->id);
	m->create_time = msg_time(t, k->created_ms);
	m->creator = msg_text(t, k->actor);
	m->confirm_time = msg_time(t, k->confirmed_ms);
	m->seed = k->seed;
	m->index_count = k->indices;
	m->imported_keys = k->imported;
	m->funder = k->funder;
	m->sha256.data = turn_memdup(t, k->digest.b, sizeof(k->digest.b));
	m->sha256.len = sizeof(k->digest.b);
	m->size = k->size;
	return m;
}

struct making {
	struct kit_row row;
	struct bytes sealed;
	Ghostfleet__V1__CreateKitResponse *out;
};

static enum err store_in_lane(struct turn *t, void *arg)
{
	struct making *m = arg;

	TRY(kit_store(t, &m->row));
	m->out->kit = msg_kit(t, &m->row);
	m->out->sealed =
		(ProtobufCBinaryData){ .len = m->sealed.n, .data = (uint8_t *)m->sealed.p };
	method_answer(t, m->out);
	return OK;
}

static enum err create_kit(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__CreateKitRequest *in = vin;
	struct kit_ask ask = {
		.passphrase = in->passphrase,
		.n = strlen(in->passphrase),
		.without_funder = in->without_funder,
	};
	struct making m = { .out = vout };

	TRY(kit_make(t, &ask, &m.row, &m.sealed));
	/* In a dry run it may be sealed over a seed that is none. */
	if (t->validate_only)
		m.sealed = (struct bytes){ 0 };
	return lane_run(t, store_in_lane, &m);
}

static enum err confirm_kit(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ConfirmKitRequest *in = vin;
	Ghostfleet__V1__ConfirmKitResponse *out = vout;
	struct eth_hash digest;
	struct kit_row k;
	int64_t id;

	TRY(id_of(t, "name", "kits", in->name, &id));
	if (in->sha256.len != sizeof(digest.b))
		return fail(t, ERR_INVALID, "sha256: %zu bytes, not 32", in->sha256.len);
	memcpy(digest.b, in->sha256.data, sizeof(digest.b));
	TRY(kit_written(t, id, &digest, &k));
	out->kit = msg_kit(t, &k);
	return OK;
}

static enum err list_kits(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListKitsRequest *in = vin;
	Ghostfleet__V1__ListKitsResponse *out = vout;
	struct kit_row *k;
	const char **names;
	struct cover c;
	size_t limit, n;
	int64_t before;

	TRY(page_of(t, in->page_size, in->page_token, PAGE, PAGE_MOST, &limit, &before));
	TRY(kit_list(t, before, limit, &k, &n));
	out->kits = turn_array(t, n + 1, sizeof(*out->kits));
	for (size_t i = 0; i < n; i++)
		out->kits[out->n_kits++] = msg_kit(t, &k[i]);
	if (n == limit && n > 0)
		out->next_page_token = page_next(t, k[n - 1].id);
	TRY(kit_cover(t, &c));
	TRY(cover_missing_count(t, &c, &out->uncovered_count));
	TRY(cover_missing(t, &c, "", UNCOVERED, &names, &n));
	out->uncovered_wallets = turn_array(t, n + 1, sizeof(*out->uncovered_wallets));
	for (size_t i = 0; i < n; i++)
		out->uncovered_wallets[out->n_uncovered_wallets++] =
			turn_printf(t, "wallets/%s", names[i]);
	return OK;
}

#define S "ghostfleet.v1.KitService"
const struct method kit_rows[] = {
	{ S, "CreateKit", METHOD_SLOW, ROLE_ADMIN, METHOD_SECRET, 0, create_kit, NULL },
	{ S, "ConfirmKit", METHOD_WRITE, ROLE_ADMIN, 0, 0, confirm_kit, NULL },
	{ S, "ListKits", METHOD_READ, ANY_READER, 0, 0, list_kits, NULL },
};
const size_t n_kit_rows = sizeof(kit_rows) / sizeof(kit_rows[0]);
