/* tests/support/stop.h - fail the running test with one line. Apart, because cmocka's macro
 * fail() and our function fail() do not go into one file. */
#ifndef TESTS_SUPPORT_STOP_H
#define TESTS_SUPPORT_STOP_H

void stop_test(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
