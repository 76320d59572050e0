/* server/api/rule_fields.h - a rule as a message, and back, field by field. */
#ifndef SERVER_API_RULE_FIELDS_H
#define SERVER_API_RULE_FIELDS_H

#include "ghostfleet/v1/rule.pb-c.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "server/core/rules.h"

Ghostfleet__V1__Rule *msg_rule(struct turn *t, const struct rule *r);
/* A new one: what is left out is usual. */
enum err rule_of(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *out) MUST_USE;
/* These fields of it, into *r. ERR_INVALID: the mask is empty, or names what cannot be changed. */
enum err rule_fields(struct turn *t, const Ghostfleet__V1__Rule *m,
		     const Google__Protobuf__FieldMask *mask, struct rule *r) MUST_USE;

#endif
