#include <assert.h>
#include <string.h>

#include "server/eth/abi_item.h"
#include "server/eth/abi_type.h"
#include "server/eth/keccak.h"
#include "store/base/buf.h"
#include "store/base/turn.h"

/* One word, that a topic holds as it is. Everything else is hashed, also what has a fixed size. */
static bool is_word(const struct abi_type *type)
{
	return type->sort <= SORT_FIXED;
}

/* "(a,b)" of the parameters that lie in the data. */
static const char *data_types(struct turn *t, const struct abi_item *event)
{
	struct buf b = buf_in(t->mem, ABI_ITEM_MAX);

	buf_char(&b, '(');
	for (size_t i = 0; i < event->n_params; i++)
		if (!event->params[i].indexed)
			buf_printf(&b, "%s%s", b.n > 1 ? "," : "", event->params[i].type);
	buf_char(&b, ')');
	return buf_text(&b);
}

static enum err check_event(struct turn *t, const struct abi_item *event, struct abi_type *out)
{
	if (event->kind != ABI_EVENT)
		return fail(t, ERR_INVALID, "%s is not an event", event->signature);
	return abi_type_tuple(t, event->inputs, out);
}

static struct eth_hash own_topic(const struct abi_item *event)
{
	struct eth_hash h;

	keccak256(event->signature, strlen(event->signature), &h);
	return h;
}

/* Its word, or the hash of all of it, in place and without lengths. */
static enum err put_topic(struct turn *t, const struct abi_item *event, const struct abi_type *type,
			  const struct abi_value *value, struct abi_log *out)
{
	struct eth_hash *topic = &out->topics[out->n_topics++];
	struct buf b = buf_in(t->mem, ABI_DATA_MAX);

	if (is_word(type)) {
		TRY(abi_put(t, event->signature, type, value, &b));
		memcpy(topic->b, b.p, sizeof(topic->b));
		return OK;
	}
	TRY(abi_put_in_place(t, event->signature, type, value, &b));
	if (b.full)
		return fail(t, ERR_INVALID, "a parameter of %s: more than %d bytes",
			    event->signature, ABI_DATA_MAX);
	keccak256(b.p, b.n, topic);
	return OK;
}

enum err abi_event_encode(struct turn *t, const struct abi_item *event,
			  const struct abi_value *values, size_t n, struct abi_log *out)
{
	struct abi_value *plain = turn_array(t, n + 1, sizeof(*plain));
	size_t n_plain = 0;
	struct abi_type all;

	TRY(check_event(t, event, &all));
	if (n != all.n_of)
		return fail(t, ERR_INVALID, "%s has %zu parameters, not %zu", event->signature,
			    all.n_of, n);
	*out = (struct abi_log){ 0 };
	if (!event->anonymous)
		out->topics[out->n_topics++] = own_topic(event);
	for (size_t i = 0; i < n; i++) {
		if (event->params[i].indexed)
			TRY(put_topic(t, event, &all.of[i], &values[i], out));
		else
			plain[n_plain++] = values[i];
	}
	return abi_encode_types(t, data_types(t, event), plain, n_plain, &out->data);
}

static enum err take_topic(struct turn *t, const struct abi_type *type, const char *text,
			   const struct eth_hash *topic, struct abi_value *out, bool *hashed)
{
	struct bytes word = { turn_memdup(t, topic->b, sizeof(topic->b)), sizeof(topic->b) };
	const struct abi_value *one;
	size_t n;

	*hashed = !is_word(type);
	if (*hashed) {
		*out = abi_bytes(word);
		return OK;
	}
	TRY(abi_decode(t, turn_printf(t, "(%s)", text), word, &one, &n));
	*out = one[0];
	return OK;
}

enum err abi_event_decode(struct turn *t, const struct abi_item *event, const struct abi_log *log,
			  const struct abi_value **out, const bool **hashed_out)
{
	struct abi_value *values = turn_array(t, event->n_params + 1, sizeof(*values));
	bool *hashed = turn_array(t, event->n_params + 1, sizeof(*hashed));
	size_t topic = event->anonymous ? 0 : 1, at = 0, n_plain, wanted = topic;
	const struct abi_value *plain;
	struct abi_type all;

	TRY(check_event(t, event, &all));
	for (size_t i = 0; i < event->n_params; i++)
		wanted += event->params[i].indexed;
	assert(wanted <= ABI_TOPICS_MAX);
	if (log->n_topics != wanted ||
	    (!event->anonymous && !hash_eq(log->topics[0], own_topic(event))))
		return fail(t, ERR_INVALID, "the log is not one of %s", event->signature);
	TRY(abi_decode(t, data_types(t, event), log->data, &plain, &n_plain));
	for (size_t i = 0; i < event->n_params; i++) {
		if (event->params[i].indexed)
			TRY(take_topic(t, &all.of[i], event->params[i].type, &log->topics[topic++],
				       &values[i], &hashed[i]));
		else
			values[i] = plain[at++];
	}
	*out = values;
	*hashed_out = hashed;
	return OK;
}
