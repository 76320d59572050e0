/* client/rule_words.h - what a rule shall say, as words of the command line: FIELD=VALUE. */
#ifndef CLIENT_RULE_WORDS_H
#define CLIENT_RULE_WORDS_H

#include "client/cli.h"
#include "ghostfleet/v1/rule.pb-c.h"
#include "google/protobuf/field_mask.pb-c.h"

/* The words from `first` on, into *m and the mask of what they name. */
enum err rule_words(struct turn *t, struct cli *c, size_t first, Ghostfleet__V1__Rule *m,
		    Google__Protobuf__FieldMask *mask) MUST_USE;

#endif
