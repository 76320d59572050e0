#include "store/clients.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

static void read_probe(struct turn *t, struct row *r, void *item)
{
	struct client_probe *p = item;

	(void)t;
	p->kind = (enum client_kind)get_i64(r);
	p->word = (enum client_says)get_i64(r);
	p->since_ms = get_i64(r);
	p->seen_ms = get_i64(r);
	p->text = get_text(r);
}

enum err client_list(struct turn *t, struct client_probe **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(db_query(t, Q_CLIENT_LIST), sizeof(**out), read_probe, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err client_put(struct turn *t, const struct client_probe *p)
{
	struct row *r = db_query(t, Q_CLIENT_PUT);

	bind_i64(r, p->kind);
	bind_i64(r, p->word);
	bind_i64(r, p->since_ms);
	bind_i64(r, p->seen_ms);
	bind_text(r, cut(t, p->text, 400));
	lane_touch(t, TOPIC_VALIDATOR);
	return db_exec(r, NULL);
}

enum err client_drop(struct turn *t, enum client_kind kind)
{
	struct row *r = db_query(t, Q_CLIENT_DROP);

	bind_i64(r, kind);
	return db_exec(r, NULL);
}

/* All are marked as doubtful, those of the list as listed, the doubtful that are left as not. */
enum err clients_listed(struct turn *t, const struct pubkey *keys, size_t n, int64_t *changed_out)
{
	int64_t lost, same, new;

	TRY(db_exec(db_query(t, Q_LISTED_DOUBT), NULL));
	*changed_out = 0;
	for (size_t i = 0; i < n; i++) {
		struct row *r = db_query(t, Q_LISTED_SAME);

		bind_blob(r, keys[i].b, sizeof(keys[i].b));
		TRY(db_exec(r, &same));
		if (same)
			continue;
		r = db_query(t, Q_LISTED_NEW);
		bind_blob(r, keys[i].b, sizeof(keys[i].b));
		TRY(db_exec(r, &new));
		*changed_out += new;
	}
	TRY(db_exec(db_query(t, Q_LISTED_LOST), &lost));
	*changed_out += lost;
	return OK;
}

enum err clients_count(struct turn *t, int64_t *out)
{
	struct row *r = db_query(t, Q_LISTED_COUNT);

	TRY(db_one(r));
	*out = get_i64(r);
	return OK;
}
