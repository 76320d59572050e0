/* store/base/wiped.h - memory of the heap that is overwritten when it is given back, for libraries
 * that copy what may be a secret and have no arena of ours (jansson: json_set_alloc_funcs, first
 * thing in main). What came from wiped_alloc may also go through free(); it is then not cleared.
 */
#ifndef STORE_BASE_WIPED_H
#define STORE_BASE_WIPED_H

#include <stddef.h>

/* NULL when there is none, as malloc. */
void *wiped_alloc(size_t size);
void wiped_free(void *p); /* NULL is fine */

#endif
