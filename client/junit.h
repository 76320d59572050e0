/* client/junit.h - the result of a check as JUnit XML, which CI systems show: one suite, a case for
 * each thing that was looked at.
 *
 * Well-formed XML 1.0 whatever the texts are: what XML cannot hold becomes '?'. The form is the
 * one that Jenkins, GitLab and GitHub read; there is no standard for it.
 */
#ifndef CLIENT_JUNIT_H
#define CLIENT_JUNIT_H

#include "client/cli.h"
#include "ghostfleet/v1/operation.pb-c.h"
#include "store/base/buf.h"

enum junit_outcome {
	JUNIT_PASSED,
	JUNIT_FAILED,  /* it was looked at, and is not well */
	JUNIT_SKIPPED, /* it was left out, and is not to be */
	JUNIT_ERROR,   /* it could not be looked at */
};

struct junit {
	struct cli *c;
	const char *class; /* "ghostctl.operations.watch": what CI systems group by */
	struct buf cases;
	size_t n, failed, skipped, errors;
};

struct junit junit_begin(struct turn *t, struct cli *c);
/* `kind` is a word for programs: a state, a reason; "" where it passed. */
void junit_case(struct junit *j, const char *name, enum junit_outcome outcome, const char *kind,
		const char *text);
/* Prints it. ERR_FULL: too long. */
enum err junit_end(struct turn *t, struct junit *j) MUST_USE;

/* A suite with one case. */
enum err junit_one(struct turn *t, struct cli *c, const char *name, enum junit_outcome outcome,
		   const char *kind, const char *text) MUST_USE;

/* An operation, and its steps by wallet; at most JUNIT_STEPS of them. */
enum { JUNIT_STEPS = 20000 };
enum err junit_operation(struct turn *t, struct cli *c,
			 const Ghostfleet__V1__Operation *o) MUST_USE;

/* The run itself failed with e. */
void junit_error(struct turn *t, struct cli *c, enum err e);

#endif
