/* client/commands.h - the command table: one row a command. The parser, --help and the refusals
 * are made from it. Rows of a noun stand together. */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include <stdio.h>

#include "client/cli.h"
#include "client/import.h"

extern const struct command commands[];
extern const size_t n_commands;

/* All nouns; all that one noun can do; one command with its options and an example. */
void help_all(FILE *f);
void help_noun(FILE *f, const char *noun);
void help_command(FILE *f, const struct command *row);

command_fn cmd_access_add, cmd_access_issue, cmd_access_list, cmd_access_revoke, cmd_access_whoami;
command_fn cmd_completion;
command_fn cmd_endpoints_check, cmd_endpoints_list, cmd_endpoints_use;
command_fn cmd_extract, cmd_fund, cmd_evacuate;
command_fn cmd_gate, cmd_health, cmd_info, cmd_wait_operation, cmd_wait_ready;
command_fn cmd_channels_add, cmd_channels_list, cmd_channels_remove, cmd_channels_test;
command_fn cmd_channels_update, cmd_deliveries, cmd_replay;
command_fn cmd_heartbeats_add, cmd_heartbeats_list, cmd_heartbeats_remove;
command_fn cmd_incidents_ack, cmd_incidents_action_add, cmd_incidents_action_done;
command_fn cmd_incidents_actions, cmd_incidents_announce, cmd_incidents_answer;
command_fn cmd_incidents_escalate, cmd_incidents_export, cmd_incidents_get, cmd_incidents_link;
command_fn cmd_incidents_list, cmd_incidents_note, cmd_incidents_note_edit, cmd_incidents_open;
command_fn cmd_incidents_rate, cmd_incidents_report, cmd_incidents_resolve;
command_fn cmd_incidents_severity, cmd_incidents_unack, cmd_incidents_watch;
command_fn cmd_init;
command_fn cmd_oncall_gaps, cmd_oncall_override, cmd_oncall_override_end, cmd_oncall_overrides;
command_fn cmd_oncall_people, cmd_oncall_people_remove, cmd_oncall_people_set, cmd_oncall_policy;
command_fn cmd_oncall_policy_set, cmd_oncall_schedule, cmd_oncall_schedule_remove;
command_fn cmd_oncall_schedule_set, cmd_oncall_schedules, cmd_oncall_take, cmd_oncall_who;
command_fn cmd_kit_create, cmd_kit_list;
command_fn cmd_maintenance_cancel, cmd_maintenance_tick, cmd_maintenance_end,
	cmd_maintenance_extend, cmd_maintenance_get, cmd_maintenance_list, cmd_maintenance_notice,
	cmd_maintenance_plan, cmd_maintenance_routines, cmd_maintenance_start;
command_fn cmd_now, cmd_status;
command_fn cmd_operations_cancel, cmd_operations_get, cmd_operations_list, cmd_operations_run;
command_fn cmd_operations_steps, cmd_operations_watch;
command_fn cmd_fleet_page, cmd_pause, cmd_resume, cmd_watch;
command_fn cmd_reset;
command_fn cmd_rules_add, cmd_rules_disable, cmd_rules_enable, cmd_rules_get, cmd_rules_history;
command_fn cmd_rules_list, cmd_rules_reset, cmd_rules_restore, cmd_rules_set, cmd_rules_signals;
command_fn cmd_rules_test;
command_fn cmd_safe_add, cmd_safe_list, cmd_safe_prove, cmd_safe_remove, cmd_safe_text;
command_fn cmd_silences_add, cmd_silences_end, cmd_silences_list;
command_fn cmd_tx_list, cmd_tx_explain, cmd_tx_replace, cmd_tx_cancel, cmd_tx_resolve,
	cmd_tx_nonces, cmd_tx_resync;
command_fn cmd_validators_add, cmd_validators_get, cmd_validators_list, cmd_validators_remove;
command_fn cmd_validators_performance, cmd_validators_sla, cmd_validators_status;
command_fn cmd_validators_restart, cmd_validators_start, cmd_validators_stop;
command_fn cmd_wallets_destroy_key, cmd_wallets_export, cmd_wallets_generate, cmd_wallets_get,
	cmd_wallets_import, cmd_wallets_list;
command_fn cmd_ledger;
command_fn cmd_wallets_retire, cmd_wallets_update;

/* In place of this program: a daemon that only looks, with `ghostctl fleet` over it. */
enum err watch_own(struct turn *t, struct cli *c) MUST_USE;

#endif
