/* tests/fuzz/fuzz.h - what the fuzz targets share.
 *
 * A target is one function that takes any bytes and stops the process when something does not hold
 * that must. libFuzzer feeds it (preset `fuzz`, tests/fuzz/run.sh); in every other build replay.c
 * feeds it the files of tests/fuzz/corpus/NAME, as the test fuzz.NAME.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/descriptors.h"
#include "store/base/turn.h"

/* libFuzzer's entry; always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Stops the process with what did not hold. */
void fuzz_must(bool holds, const char *fmt, ...) PRINTF(2, 3);

/* A turn with a memory of its own, emptied by fuzz_end. One at a time. */
struct turn *fuzz_begin(void);
void fuzz_end(void);

/* The first two bytes choose a message of the contract, or the tests' message with every kind of
 * field; *p and *n move past them. NULL: there are no two bytes. The choice is by a hash of the
 * name, so that a message more changes what few of the kept files mean. */
const ProtobufCMessageDescriptor *fuzz_message(const uint8_t **p, size_t *n);
/* The reverse, for seeds. */
uint16_t fuzz_pick_of(const ProtobufCMessageDescriptor *d);
/* All that can be chosen; NULL after the last. */
const ProtobufCMessageDescriptor *fuzz_message_at(size_t i);

/* malloc and free with a count of what is out, for what must give everything back. */
extern ProtobufCAllocator fuzz_heap;
size_t fuzz_heap_out(void);

/* What holds for every message that may pass a door: our encoder writes what protobuf-c's writes,
 * the guard lets it pass, it comes back the same from its bytes and, where JSON has a form for it
 * that can be read, from its JSON. `readable`: it must have one. */
void fuzz_holds(struct turn *t, const ProtobufCMessage *m, bool readable);

/* A line of *rest as a string of the turn, without its end; "" when nothing is left. */
const char *fuzz_line(struct turn *t, struct bytes *rest);

#endif
