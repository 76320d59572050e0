/* server/kit_line.h - the command line of `ghost-fleet kit` and `ghost-fleet rescue`, which know no
 * configuration and have options of their own. */
#ifndef SERVER_KIT_LINE_H
#define SERVER_KIT_LINE_H

#include "server/rescue.h"

struct turn;

struct kit_line {
	struct rescue_input in;
	int (*run)(struct turn *t, const struct rescue_input *in);
	int exit; /* >= 0: nothing to run; help or what is wrong was said */
};

/* False: argv is for another command. */
bool kit_line_read(int argc, char **argv, struct kit_line *out);

#endif
