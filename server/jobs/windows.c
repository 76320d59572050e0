/* Windows of planned work begin, end and are laid out; silences say that they end soon. */
#include "server/core/mute.h"
#include "server/core/window.h"
#include "server/jobs/jobs.h"
#include "store/store.h"

static enum err go_on(struct turn *t, void *arg)
{
	(void)arg;
	TRY(windows_turn(t));
	return silences_turn(t);
}

enum err job_windows(struct turn *t, void *world, bool *more_out)
{
	bool windows, silences;

	(void)world;
	(void)more_out;
	TRY(windows_due(t, &windows));
	TRY(silences_due(t, &silences));
	return windows || silences ? lane_run(t, go_on, NULL) : OK;
}
