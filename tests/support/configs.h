/* tests/support/configs.h - a configuration from text: written to a file of the test's own, read,
 * and what was found there. */
#ifndef TESTS_SUPPORT_CONFIGS_H
#define TESTS_SUPPORT_CONFIGS_H

#include "server/config.h"
#include "store/base/turn.h"

struct configs {
	char dir[128]; /* removed by configs_end */
	struct arena *mem;
	struct turn t;
	struct config *c;
	struct config_problems problems;
	enum err said; /* by config_load */
};

void configs_begin(struct configs *f);
void configs_end(struct configs *f);

/* Write dir/NAME with this mode; its path, good until the next call but three. */
const char *configs_file(struct configs *f, const char *name, unsigned mode, const char *text);

/* dir/config.toml (mode 0600) with `text`, read with these variables (NULL at the end; NULL:
 * none) and environment files. The configuration of before is freed. */
void configs_read(struct configs *f, const char *text, const char *const *vars,
		  const char *const *files, size_t n_files);

/* The configuration, which is then the caller's; fails the test when it had errors. */
struct config *configs_take(struct configs *f);

/* The problem at this place, whose line has `word` in it; fails the test with all that was found
 * when there is none. line 0: anywhere. */
const struct config_problem *configs_problem(struct configs *f, enum config_severity severity,
					     unsigned line, unsigned column, const char *key,
					     const char *word);

/* The same; NULL, and all that was found on stderr, when there is none. */
const struct config_problem *configs_find(struct configs *f, enum config_severity severity,
					  unsigned line, unsigned column, const char *key,
					  const char *word);

/* Fails the test unless there are so many. */
void configs_count(struct configs *f, size_t errors, size_t warnings);

/* The value and where it comes from, as `show --sources` has it. */
const struct config_value *configs_value(struct configs *f, const char *key);

/* A configuration of the chain 31337 with nothing wrong in it; its lines are 1 to 4. */
#define CONFIGS_GOOD                                                                               \
	"[chain]\n"                                                                                \
	"chain_id = 31337\n"                                                                       \
	"rpc_url = \"http://127.0.0.1:8545\"\n"                                                    \
	"[profiles.degen]\n"

#endif
