/* ghostfleet.v1.SilenceService */
#include "ghostfleet/v1/silence.pb-c.h"

#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/mute.h"

enum { PAGE_USUAL = 50, PAGE_MOST = 200 };

static Ghostfleet__V1__SilenceState state_of(const struct turn *t, const struct silence *s)
{
	if (s->ended_ms || s->end_ms <= t->now_ms)
		return GHOSTFLEET__V1__SILENCE_STATE__SILENCE_STATE_ENDED;
	return s->start_ms > t->now_ms ? GHOSTFLEET__V1__SILENCE_STATE__SILENCE_STATE_PENDING
				       : GHOSTFLEET__V1__SILENCE_STATE__SILENCE_STATE_ACTIVE;
}

static Ghostfleet__V1__Silence *msg_silence(struct turn *t, const struct silence *s)
{
	Ghostfleet__V1__Silence *m = msg_new(t, &ghostfleet__v1__silence__descriptor);

	m->name = turn_printf(t, "silences/%lld", (long long)s->id);
	m->state = state_of(t, s);
	m->rule = msg_text(t, s->rule);
	m->subject = msg_text(t, s->subject);
	m->reason = msg_text(t, s->reason);
	m->author = msg_text(t, s->author);
	m->create_time = msg_time(t, s->created_ms);
	m->start_time = msg_time(t, s->start_ms);
	m->end_time = msg_time(t, s->ended_ms ? s->ended_ms : s->end_ms);
	m->until_resolved = s->until_resolved;
	m->matched_count = s->matched;
	m->last_match_time = msg_time(t, s->matched_ms);
	m->ended_by = msg_text(t, s->ended_by);
	return m;
}

static enum err list_silences(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListSilencesRequest *in = vin;
	Ghostfleet__V1__ListSilencesResponse *out = vout;
	struct silence *list;
	size_t limit, n;
	int64_t before;

	TRY(page_of(t, in->page_size, in->page_token, PAGE_USUAL, PAGE_MOST, &limit, &before));
	TRY(silence_list(t, before, limit, &list, &n));
	out->silences = turn_array(t, n + 1, sizeof(*out->silences));
	for (size_t i = 0; i < n; i++)
		if (in->show_ended ||
		    state_of(t, &list[i]) != GHOSTFLEET__V1__SILENCE_STATE__SILENCE_STATE_ENDED)
			out->silences[out->n_silences++] = msg_silence(t, &list[i]);
	if (n == limit)
		out->next_page_token = page_next(t, list[n - 1].id);
	return OK;
}

static enum err create_silence(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__CreateSilenceRequest *in = vin;
	Ghostfleet__V1__CreateSilenceResponse *out = vout;
	struct silence_ask ask = {
		.rule = in->rule,
		.subject = in->subject,
		.reason = in->reason,
		.until_resolved = in->until_resolved,
	};
	struct silence s;

	TRY(time_of(t, "start_time", in->start_time, &ask.start_ms));
	TRY(time_of(t, "end_time", in->end_time, &ask.end_ms));
	TRY(silence_begin(t, &ask, &s));
	out->silence = msg_silence(t, &s);
	return OK;
}

static enum err end_silence(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__EndSilenceRequest *in = vin;
	Ghostfleet__V1__EndSilenceResponse *out = vout;
	struct silence s;
	int64_t id;
	bool changed;

	TRY(id_of(t, "name", "silences", in->name, &id));
	TRY(silence_end(t, id, &changed, &s));
	out->silence = msg_silence(t, &s);
	out->changed = changed;
	return OK;
}

#define S "ghostfleet.v1.SilenceService"
const struct method silence_rows[] = {
	{ S, "ListSilences", METHOD_READ, ANY_READER, 0, 0, list_silences, NULL },
	{ S, "CreateSilence", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT, 0, create_silence, NULL },
	{ S, "EndSilence", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT, 0, end_silence, NULL },
};
const size_t n_silence_rows = sizeof(silence_rows) / sizeof(silence_rows[0]);
