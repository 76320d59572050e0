/* server/kit_file.h - a recovery kit on this machine's disk. */
#ifndef SERVER_KIT_FILE_H
#define SERVER_KIT_FILE_H

#include "server/eth/kit.h"
#include "server/rescue.h"

/* Reads and opens the kit that the command line names. *digest_out: of the file. Errors as
 * kit_open, and of the file itself. */
enum err kit_file_open(struct turn *t, const struct rescue_input *in, struct kit *out,
		       struct eth_hash *digest_out) MUST_USE;

#endif
