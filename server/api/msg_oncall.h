/* server/api/msg_oncall.h - people, schedules and shifts as messages, and back. */
#ifndef SERVER_API_MSG_ONCALL_H
#define SERVER_API_MSG_ONCALL_H

#include "ghostfleet/v1/oncall.pb-c.h"
#include "server/api/convert.h"
#include "server/core/oncall.h"

Ghostfleet__V1__Person *msg_person(struct turn *t, const struct person *p);
Ghostfleet__V1__Schedule *msg_schedule(struct turn *t, const struct schedule *s);
Ghostfleet__V1__Shift *msg_shift(struct turn *t, const struct shift *s, const char *zone);
Ghostfleet__V1__Override *msg_override(struct turn *t, const struct override *o,
				       const char *schedule);

/* ERR_INVALID names the field. */
enum err person_of(struct turn *t, const Ghostfleet__V1__Person *m, struct person *out,
		   int64_t *version_out) MUST_USE;
enum err schedule_of(struct turn *t, const Ghostfleet__V1__Schedule *m, struct schedule *out,
		     int64_t *version_out) MUST_USE;
/* "people/anna" or "anna": the name; "" stays "". */
enum err person_name_of(struct turn *t, const char *field, const char *said,
			const char **out) MUST_USE;
/* Lines of texts, as the store has them; and back. */
enum err lines_of(struct turn *t, const char *field, char *const *v, size_t n,
		  const char **out) MUST_USE;
char **msg_lines(struct turn *t, const char *lines, const char *prefix, size_t *n_out);

#endif
