/* Every second, and when figures change: what rules make of how things are. */
#include "server/core/rules.h"
#include "server/jobs/jobs.h"

enum err job_rules(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	size_t looked;

	*more_out = false;
	return rules_turn(t, &j->rules, &looked);
}
