/* server/app_rules.h - the rules of a start. */
#ifndef SERVER_APP_RULES_H
#define SERVER_APP_RULES_H

#include "server/config.h"
#include "store/base/turn.h"

/* The defaults that the store lacks, and the thresholds of the configuration where they are others
 * than last time. */
enum err app_rules(struct turn *t, const struct config *c) MUST_USE;

#endif
