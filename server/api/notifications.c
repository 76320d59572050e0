/* ghostfleet.v1.NotificationService */
#include "ghostfleet/v1/notification.pb-c.h"

#include <string.h>

#include "server/api/api.h"
#include "server/api/msg_notification.h"
#include "server/api/rows.h"
#include "server/core/channel.h"
#include "server/core/deliver.h"
#include "server/core/event_kinds.h"
#include "store/base/buf.h"

enum { PAGE = 100, PAGE_MOST = 1000, PATTERNS_MAX = 2000 };

static enum err list_channels(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__ListChannelsResponse *out = vout;
	struct channel *c;
	size_t n;

	(void)in;
	TRY(channel_list(t, &c, &n));
	out->channels = turn_array(t, n + 1, sizeof(*out->channels));
	for (size_t i = 0; i < n; i++)
		TRY(msg_channel(t, &c[i], &out->channels[out->n_channels++]));
	return OK;
}

static enum err get_channel(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetChannelRequest *in = vin;
	Ghostfleet__V1__GetChannelResponse *out = vout;
	const char *name;
	struct channel c;

	TRY(name_of(t, "name", "channels", in->name, &name));
	TRY(channel_get(t, name, &c));
	return msg_channel(t, &c, &out->channel);
}

static enum err create_channel(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__CreateChannelRequest *in = vin;
	Ghostfleet__V1__CreateChannelResponse *out = vout;
	struct channel_ask ask;
	struct channel c;

	TRY(channel_ask_of(t, in->channel, true, &ask));
	ask.secret = in->secret;
	TRY(channel_create(t, &ask, &c));
	return msg_channel(t, &c, &out->channel);
}

static enum err mask_of(struct turn *t, const Google__Protobuf__FieldMask *mask,
			struct channel_change *out)
{
	if (!mask || mask->n_paths == 0)
		return fail(t, ERR_INVALID,
			    "update_mask: name what changes: enabled, event_types, target, secret");
	for (size_t i = 0; i < mask->n_paths; i++) {
		const char *path = mask->paths[i];

		if (strcmp(path, "enabled") == 0)
			out->enabled = true;
		else if (strcmp(path, "event_types") == 0)
			out->events = true;
		else if (strcmp(path, "target") == 0)
			out->target = true;
		else if (strcmp(path, "secret") == 0)
			out->secret = true;
		else
			return fail(t, ERR_INVALID, "update_mask: '%.40s' cannot be changed", path);
	}
	return OK;
}

static enum err update_channel(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__UpdateChannelRequest *in = vin;
	Ghostfleet__V1__UpdateChannelResponse *out = vout;
	struct channel_change change = { 0 };
	struct channel c;
	int64_t version = 0;

	TRY(mask_of(t, in->update_mask, &change));
	TRY(channel_ask_of(t, in->channel, change.target, &change.to));
	change.to.secret = in->secret;
	if (*in->secret && !change.secret)
		return fail(t, ERR_INVALID, "secret: add \"secret\" to update_mask");
	if (in->keep_old_secret)
		TRY(duration_of(t, "keep_old_secret", in->keep_old_secret, 0, CHANNEL_KEEP_OLD_MAX,
				&change.keep_old_ms));
	if (*in->channel->etag)
		TRY(id_of(t, "channel.etag", "etag", in->channel->etag, &version));
	TRY(channel_change(t, version, &change, &c));
	return msg_channel(t, &c, &out->channel);
}

static enum err delete_channel(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__DeleteChannelRequest *in = vin;
	Ghostfleet__V1__DeleteChannelResponse *out = vout;
	int64_t version = 0;
	const char *name;
	struct channel c;

	TRY(name_of(t, "name", "channels", in->name, &name));
	if (*in->etag)
		TRY(id_of(t, "etag", "etag", in->etag, &version));
	TRY(channel_delete(t, name, version, &c));
	return msg_channel(t, &c, &out->channel);
}

static enum err test_channel(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__TestChannelRequest *in = vin;
	Ghostfleet__V1__TestChannelResponse *out = vout;
	const char *name, *data;
	struct delivery d;
	struct channel c;

	TRY(name_of(t, "name", "channels", in->name, &name));
	TRY(channel_get(t, name, &c));
	struct event e = { .at_ms = t->now_ms,
			   .subject = channel_subject(t, c.name),
			   .kind = "channel.test",
			   .text = "a test of this channel",
			   .actor = t->actor };

	TRY(api_event_data(t, &e, &data));
	TRY(channel_try(t, &c, data, &d));
	out->delivery = msg_delivery(t, &d);
	return OK;
}

static enum err get_delivery(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetDeliveryRequest *in = vin;
	Ghostfleet__V1__GetDeliveryResponse *out = vout;
	struct delivery d;
	int64_t id;

	TRY(id_of(t, "name", "deliveries", in->name, &id));
	TRY(delivery_get(t, id, &d));
	out->delivery = msg_delivery(t, &d);
	return OK;
}

/* "": any channel, 0. */
static enum err channel_id(struct turn *t, const char *said, int64_t *out)
{
	const char *name;
	struct channel c;

	*out = 0;
	if (!*said)
		return OK;
	TRY(name_of(t, "channel", "channels", said, &name));
	TRY(channel_get(t, name, &c));
	*out = c.id;
	return OK;
}

static enum err list_deliveries(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListDeliveriesRequest *in = vin;
	Ghostfleet__V1__ListDeliveriesResponse *out = vout;
	struct delivery_filter f = { 0 };
	struct delivery *d;
	size_t limit, n;
	int64_t last;

	TRY(channel_id(t, in->channel, &f.channel));
	TRY(bits_of(t, "states", in->states, in->n_states, DELIVERY_DEAD, &f.states));
	TRY(page_of(t, in->page_size, in->page_token, PAGE, PAGE_MOST, &limit, &last));
	if (in->after_delivery < 0)
		return fail(t, ERR_INVALID, "after_delivery: below zero");
	f.after = in->after_delivery > 0 ? in->after_delivery : 0;
	if (f.after && last)
		f.after = last;
	else
		f.before = last;
	TRY(delivery_list(t, &f, limit, &d, &n));
	out->deliveries = turn_array(t, n + 1, sizeof(*out->deliveries));
	for (size_t i = 0; i < n; i++)
		out->deliveries[out->n_deliveries++] = msg_delivery(t, &d[i]);
	if (n == limit)
		out->next_page_token = page_next(t, d[n - 1].id);
	return OK;
}

static enum err patterns_of(struct turn *t, char *const *said, size_t n, const char **out)
{
	struct buf b = buf_in(t->mem, PATTERNS_MAX);

	for (size_t i = 0; i < n; i++) {
		const char *plain;

		TRY(event_pattern(t, said[i], &plain));
		buf_printf(&b, "%s%s", i ? "\n" : "", plain);
	}
	if (b.full)
		return fail(t, ERR_INVALID, "event_types: longer than %d bytes", PATTERNS_MAX);
	*out = buf_text(&b);
	return OK;
}

static enum err replay_deliveries(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ReplayDeliveriesRequest *in = vin;
	Ghostfleet__V1__ReplayDeliveriesResponse *out = vout;
	struct replay_ask ask = { .n_ids = in->n_names, .sent = in->include_sent };
	int64_t *ids = turn_array(t, in->n_names + 1, sizeof(*ids));
	bool more;

	TRY(time_of(t, "start_time", in->start_time, &ask.from_ms));
	TRY(time_of(t, "end_time", in->end_time, &ask.to_ms));
	for (size_t i = 0; i < in->n_names; i++)
		TRY(id_of(t, "names", "deliveries", in->names[i], &ids[i]));
	ask.ids = ids;
	TRY(channel_id(t, in->channel, &ask.channel));
	TRY(patterns_of(t, in->event_types, in->n_event_types, &ask.events));
	TRY(deliver_replay(t, &ask, &out->replayed, &more));
	out->more = more;
	return OK;
}

#define S "ghostfleet.v1.NotificationService"
const struct method notification_rows[] = {
	{ S, "ListChannels", METHOD_READ, ANY_READER, 0, 0, list_channels, NULL },
	{ S, "GetChannel", METHOD_READ, ANY_READER, 0, 0, get_channel, NULL },
	{ S, "CreateChannel", METHOD_WRITE, ROLE_ADMIN, 0, 0, create_channel, NULL },
	{ S, "UpdateChannel", METHOD_WRITE, ROLE_ADMIN, 0, 0, update_channel, NULL },
	{ S, "DeleteChannel", METHOD_WRITE, ROLE_ADMIN, 0, 0, delete_channel, NULL },
	{ S, "TestChannel", METHOD_WRITE, ROLE_OPERATOR, 0, 0, test_channel, NULL },
	{ S, "GetDelivery", METHOD_READ, ANY_READER, 0, 0, get_delivery, NULL },
	{ S, "ListDeliveries", METHOD_READ, ANY_READER, 0, 0, list_deliveries, NULL },
	{ S, "ReplayDeliveries", METHOD_WRITE, ROLE_OPERATOR, 0, 0, replay_deliveries, NULL },
};
const size_t n_notification_rows = sizeof(notification_rows) / sizeof(notification_rows[0]);
