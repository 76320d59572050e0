/* store/base/wiped.h - memory that may hold secrets does not outlive its use.
 *
 * wiped_alloc, wiped_free: of the heap, overwritten when it is given back, for libraries that copy
 * what may be a secret and have no arena of ours (jansson: json_set_alloc_funcs, first thing in
 * main). What came from wiped_alloc may also go through free(); it is then not cleared.
 */
#ifndef STORE_BASE_WIPED_H
#define STORE_BASE_WIPED_H

#include <stddef.h>

/* NULL when there is none, as malloc. */
void *wiped_alloc(size_t size);
void wiped_free(void *p); /* NULL is fine */

/* First thing in main: whatever ends this process, or a child, its memory is not written to a core
 * file. The hard limit stays, for who wants one of a child. */
void no_core_file(void);

#endif
