/* client/stop.h - Ctrl-C as a question that long waits ask. The second one ends the program.
 * Nothing of the server's is undone by it: the caller says what goes on there. */
#ifndef CLIENT_STOP_H
#define CLIENT_STOP_H

#include <stdbool.h>
#include <stdint.h>

void stop_install(void);
bool stop_asked(void);

/* False: asked to stop meanwhile. */
bool stop_sleep(int64_t ms);

/* Until there is something to read. A signal may come just before a read(), or to a thread of the
 * channel: read() alone would go on waiting. False: asked to stop meanwhile. */
bool stop_wait_input(int fd);

#endif
