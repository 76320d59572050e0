/* server/door/port.h - a taken port: who has it, so that the error says what to stop. */
#ifndef SERVER_DOOR_PORT_H
#define SERVER_DOOR_PORT_H

#include "store/base/turn.h"

/* "pid 123 (name)" of the process that listens on the TCP port, from /proc; "" when that cannot
 * be told (another user's process, no /proc). In the turn's memory. */
const char *port_holder(struct turn *t, unsigned port);

#endif
