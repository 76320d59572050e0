/* tests/docs/pages.h - one function a page: the tables of the program as text for people. */
#ifndef TESTS_DOCS_PAGES_H
#define TESTS_DOCS_PAGES_H

#include "store/base/buf.h"
#include "store/base/turn.h"

typedef void page_fn(struct turn *t, struct buf *out);

page_fn page_service_config, page_service_config_ids;
page_fn page_api, page_cases, page_commands, page_errors, page_metrics, page_node_answers,
	page_states;
page_fn man_ghostctl, man_ghost_fleet, man_config;

#endif
