/* server/api/control.h - the handlers of control.c; their rows stand with the service's others. */
#ifndef SERVER_API_CONTROL_H
#define SERVER_API_CONTROL_H

#include "server/door/method.h"

method_fn start_validator, stop_validator, restart_validator;

#endif
