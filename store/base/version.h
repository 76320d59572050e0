/* store/base/version.h - what this program is: for --version, the log, GetServerInfo. */
#ifndef STORE_BASE_VERSION_H
#define STORE_BASE_VERSION_H

/* "0.1.0" */
const char *version_number(void);
/* The commit that it was built from, as far as CMake was told or found out; "" when not. */
const char *version_build(void);
/* "ghostctl 0.1.0 (c2a7aa9)"; in a buffer of this function. Threads: main's. */
const char *version_line(const char *program);

#endif
