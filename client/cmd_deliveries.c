/* What was and is to be said to channels, and saying it again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/list.h"
#include "client/stop.h"
#include "client/when.h"
#include "ghostfleet/v1/notification.pb-c.h"
#include "store/base/turn.h"

enum { FOLLOW_MS = 1000, FOLLOW_PAGE = 200, STATES = 5 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__notification_service__descriptor;

static const char *const heads[] = { ">DELIVERY", "CHANNEL", "STATE", "WHEN",   "EVENT",
				     "ABOUT",     ">TRIES",  "NEXT",  "ANSWER", NULL };

static void delivery_row(struct turn *t, struct table *tb, const void *item)
{
	static const char prefix[] = "ghostfleet.v1.";
	const Ghostfleet__V1__Delivery *d = item;
	const char *kind = strncmp(d->event_type, prefix, sizeof(prefix) - 1) == 0
				   ? d->event_type + sizeof(prefix) - 1
				   : d->event_type;

	table_row(tb, short_name(d->name), short_name(d->channel),
		  enum_text(t, &ghostfleet__v1__delivery_state__descriptor, (int)d->state),
		  age(t, d->event_time), kind, clip(t, d->subject, 30),
		  turn_printf(t, "%" PRId32, d->attempts),
		  d->retry_time ? until(t, d->retry_time) : "", clip(t, d->said, 60), NULL);
}

static enum err show_one(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetDeliveryRequest q = GHOSTFLEET__V1__GET_DELIVERY_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "deliveries", c->args.word[0]);
	TRY(cli_call(t, c, service, "GetDelivery", &q, &answer));
	const Ghostfleet__V1__GetDeliveryResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (!r->delivery)
		return fail(t, ERR_BROKEN, "the server's answer holds no delivery");
	struct table tb = table_new(t, heads);

	delivery_row(t, &tb, r->delivery);
	table_print(&tb, stdout, "");
	(void)printf("\nid      %s\ntext    %s\nanswer  %s\ndata    %s\n",
		     clean(t, r->delivery->event_id), clean(t, r->delivery->text),
		     clean(t, r->delivery->said), clean(t, r->delivery->data));
	return OK;
}

static enum err read_states(struct turn *t, struct cli *c, Ghostfleet__V1__ListDeliveriesRequest *q)
{
	size_t n;
	char **words = args_split(t, cli_opt(t, c, OPT_STATE), &n);

	q->states = turn_array(t, n + STATES, sizeof(*q->states));
	for (size_t i = 0; i < n; i++) {
		int state;

		if (enum_read(t, &ghostfleet__v1__delivery_state__descriptor, words[i], &state) !=
		    OK)
			return usage(t, c, "--state: %s", t->why);
		q->states[q->n_states++] = (Ghostfleet__V1__DeliveryState)state;
	}
	if (cli_has(c, OPT_FAILED)) {
		q->states[q->n_states++] = GHOSTFLEET__V1__DELIVERY_STATE__DELIVERY_STATE_RETRYING;
		q->states[q->n_states++] = GHOSTFLEET__V1__DELIVERY_STATE__DELIVERY_STATE_DEAD;
	}
	return OK;
}

static int64_t number_of(const Ghostfleet__V1__Delivery *d)
{
	return strtoll(short_name(d->name), NULL, 10);
}

/* One look: what is new since `after`, printed. */
static enum err look(struct turn *t, struct cli *c, Ghostfleet__V1__ListDeliveriesRequest *q,
		     struct table *tb)
{
	void *answer;

	TRY(cli_call(t, c, service, "ListDeliveries", q, &answer));
	const Ghostfleet__V1__ListDeliveriesResponse *r = answer;

	for (size_t i = 0; i < r->n_deliveries; i++) {
		q->after_delivery = number_of(r->deliveries[i]);
		if (c->format == FORMAT_TABLE)
			delivery_row(t, tb, r->deliveries[i]);
		else
			TRY(out_message(t, c, &r->deliveries[i]->base));
	}
	if (c->format == FORMAT_TABLE)
		table_print(tb, stdout, "");
	(void)fflush(stdout);
	return OK;
}

/* The newest there is now: following begins behind it. */
static enum err newest(struct turn *t, struct cli *c, int64_t *out)
{
	Ghostfleet__V1__ListDeliveriesRequest q = GHOSTFLEET__V1__LIST_DELIVERIES_REQUEST__INIT;
	void *answer;

	q.page_size = 1;
	TRY(cli_call(t, c, service, "ListDeliveries", &q, &answer));
	const Ghostfleet__V1__ListDeliveriesResponse *r = answer;

	*out = r->n_deliveries ? number_of(r->deliveries[0]) : 1;
	return OK;
}

/* In the order in which they were queued; as they stand when they are shown. */
static enum err follow_them(struct turn *t, struct cli *c, Ghostfleet__V1__ListDeliveriesRequest *q)
{
	TRY(newest(t, c, &q->after_delivery));
	q->page_size = FOLLOW_PAGE;
	struct turn page = *t;
	enum err e = OK;

	page.mem = arena_new(16 << 20);
	/* A delivery is shown when it can have been tried once. */
	while (e == OK && stop_sleep(FOLLOW_MS)) {
		struct table tb = table_new(&page, heads);

		e = look(&page, c, q, &tb);
		if (e == OK)
			arena_reset(page.mem);
	}
	if (e != OK) {
		t->reason = page.reason;
		memcpy(t->why, page.why, sizeof(t->why));
	}
	arena_free(page.mem);
	return e;
}

enum err cmd_deliveries(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ListDeliveriesRequest q = GHOSTFLEET__V1__LIST_DELIVERIES_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListDeliveries",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = delivery_row,
		.none = "nothing",
	};

	if (c->args.n_words > 0)
		return show_one(t, c);
	q.channel = cli_opt(t, c, OPT_CHANNEL);
	TRY(read_states(t, c, &q));
	TRY(list_show(t, c, &l));
	if (!cli_has(c, OPT_FOLLOW))
		return OK;
	q.page_token = turn_strdup(t, "");
	return follow_them(t, c, &q);
}

enum err cmd_replay(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ReplayDeliveriesRequest q = GHOSTFLEET__V1__REPLAY_DELIVERIES_REQUEST__INIT;
	void *answer;
	enum err e;

	q.n_names = c->args.n_words;
	q.names = turn_array(t, q.n_names + 1, sizeof(*q.names));
	for (size_t i = 0; i < q.n_names; i++)
		q.names[i] = resource(t, "deliveries", c->args.word[i]);
	q.channel = cli_opt(t, c, OPT_CHANNEL);
	TRY(when_past(t, c, OPT_SINCE, &q.start_time));
	TRY(when_past(t, c, OPT_UNTIL, &q.end_time));
	q.event_types = args_split(t, cli_opt(t, c, OPT_EVENTS), &q.n_event_types);
	if (q.n_names == 0 && !*q.channel && !q.start_time && !q.end_time && q.n_event_types == 0)
		return usage(t, c,
			     "say which: deliveries, --channel, --since, --until or --events");
	q.include_sent = cli_has(c, OPT_ALL);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "ReplayDeliveries", &q, &answer));
	const Ghostfleet__V1__ReplayDeliveriesResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%" PRId64 " %s%s\n", r->replayed,
		     q.validate_only ? "would be said again; nothing was changed"
				     : "are said again",
		     r->more ? "; there are more: run it again" : "");
	return OK;
}
