#include "riskd/runtime/metrics.hpp"

#include <prometheus/text_serializer.h>

#include "riskd/runtime/metric_families.hpp"

namespace riskd::runtime {
namespace {

double one_if(bool holds) {
    return holds ? 1.0 : 0.0;
}

template <std::size_t count>
void add_by_name(MetricFamilies& families, std::string_view label,
                 const std::array<std::string_view, count>& names,
                 const std::array<std::uint64_t, count>& values) {
    for (std::size_t i = 0; i < count; ++i)
        families.sample(values[i], {{label, names[i]}});
}

void add_health(MetricFamilies& out, const BoardSnapshot& board, std::string_view version) {
    out.gauge("riskd_info", "running version and active ruleset")
        .sample(1.0, {{"version", version}, {"ruleset", board.ruleset.view()}});
    out.gauge("riskd_ready", "1 when ready to accept new risk").sample(one_if(board.ready()));
    out.gauge("riskd_not_ready", "1 while this reason holds");
    for (std::size_t i = 0; i < not_ready_names.size(); ++i) {
        out.sample(one_if(board.not_ready[i]), {{"reason", not_ready_names[i]}});
    }
    out.counter("riskd_alerts_total", "alerts published");
    for (std::size_t kind = 0; kind < alert_kind_names.size(); ++kind) {
        for (std::size_t severity = 0; severity < severity_names.size(); ++severity) {
            out.sample(board.daemon.alerts[kind][severity],
                       {{"kind", alert_kind_names[kind]}, {"severity", severity_names[severity]}});
        }
    }
    out.counter("riskd_log_lines_lost_total", "log lines dropped because the log was too slow")
        .sample(board.daemon.log_lines_lost);
}

void add_decisions(MetricFamilies& out, const BoardSnapshot& board) {
    out.counter("riskd_decisions_total", "answers to checks")
        .sample(board.engine.orders_accepted, {{"decision", "accept"}, {"reason", "none"}});
    for (std::size_t i = 0; i < reject_reason_names.size(); ++i) {
        out.sample(board.engine.orders_rejected[i] + board.daemon.refusals[i],
                   {{"decision", "reject"}, {"reason", reject_reason_names[i]}});
    }
    out.counter("riskd_decisions_repeated_total", "the same answer given again")
        .sample(board.engine.orders_repeated);
    out.histogram("riskd_check_seconds",
                  "from the read of a check's bytes to the send of its answer")
        .sample(board.daemon.check);
    out.counter("riskd_requests_total", "requests by kind");
    add_by_name(out, "kind", request_kind_names, board.daemon.requests);
    out.counter("riskd_malformed_total", "messages refused as malformed");
    add_by_name(out, "kind", message_kind_names, board.daemon.malformed);
    out.counter("riskd_overloaded_total", "checks answered overloaded")
        .sample(board.daemon.refusals[static_cast<std::size_t>(RejectReason::overloaded)]);
    out.counter("riskd_unknown_fields_total", "fields that were ignored")
        .sample(board.daemon.unknown_fields);
}

void add_rules(MetricFamilies& out, const BoardSnapshot& board) {
    out.counter("riskd_rule_calls_total", "questions asked of the rule");
    for (const RuleFigures& rule : board.rules)
        out.sample(rule.calls, {{"rule", rule.rule.view()}});
    out.counter("riskd_rule_seconds_total", "time spent in the rule");
    for (const RuleFigures& rule : board.rules) {
        out.sample(static_cast<double>(rule.ns) / 1e9, {{"rule", rule.rule.view()}});
    }
    out.counter("riskd_rule_rejects_total", "orders the rule refused");
    for (const RuleFigures& rule : board.rules) {
        out.sample(rule.rejects, {{"rule", rule.rule.view()}});
    }
    out.counter("riskd_rule_faults_total", "answers that were no answer");
    for (const RuleFigures& rule : board.rules) {
        for (std::size_t fault = 1; fault < rule_fault_names.size(); ++fault) {
            out.sample(rule.faults[fault],
                       {{"rule", rule.rule.view()}, {"fault", rule_fault_names[fault]}});
        }
    }
}

void add_rulesets(MetricFamilies& out, const BoardSnapshot& board) {
    out.gauge("riskd_ruleset_overrides", "limits of single accounts in force for some time")
        .sample(std::uint64_t{board.overrides.size()});
    out.gauge("riskd_ruleset_overrides_overdue", "of these, that should have ended")
        .sample(board.overrides_overdue);
    out.gauge("riskd_ruleset_override_end_seconds", "when it ends");
    for (const OverrideFigures& each : board.overrides) {
        out.sample(each.end_seconds, {{"account", each.account},
                                      {"where", each.where},
                                      {"parameter", each.parameter},
                                      {"value", each.value},
                                      {"instead", each.instead}});
    }
    out.gauge("riskd_shadow_running", "1 while a candidate is asked beside what decides")
        .sample(one_if(board.shadow.running));
    out.counter("riskd_shadow_orders_total", "orders by what the candidate would have done");
    add_by_name(out, "outcome", shadow_outcome_names, board.shadow.orders);
    out.counter("riskd_shadow_faults_total", "rules of the candidate that failed")
        .sample(board.shadow.faults);
    out.gauge("riskd_shadow_accounts", "accounts that the candidate would put at another stage");
    add_by_name(out, "change", shadow_change_names, board.shadow.accounts);
    out.gauge("riskd_canary_running", "1 while a candidate decides for some accounts")
        .sample(one_if(board.canary.running));
    out.counter("riskd_canary_orders_total", "orders it decided, by what others would have done");
    add_by_name(out, "outcome", canary_outcome_names, board.canary.orders);
    out.counter("riskd_canary_faults_total", "rules that failed for accounts of the canary")
        .sample(board.canary.faults);
    out.counter("riskd_canary_liquidations_total", "accounts only the candidate would reduce")
        .sample(board.canary.liquidations);
    out.gauge("riskd_accounts_waiting", "accounts woken by new rules or a price, not judged yet")
        .sample(board.accounts_waiting);
    out.gauge("riskd_accounts_awake", "accounts judged at each price, as no band is known for them")
        .sample(board.accounts_awake);
    out.counter("riskd_handovers_total", "what passed from bankrupt accounts to others");
    add_by_name(out, "kind", handover_kind_names, board.engine.handovers);
}

void add_nearest(MetricFamilies& out, const std::vector<NearAccount>& nearest) {
    out.gauge("riskd_account_nearest",
              "rank among the accounts nearest the edge, 1 is the nearest");
    double rank = 0;
    for (const NearAccount& near : nearest) {
        out.sample(++rank, {{"account", near.account.view()},
                            {"group", near.group.view()},
                            {"currency", near.currency.view()},
                            {"stage", name(near.stage)},
                            {"instrument", near.instrument.view()}});
    }
    const auto add = [&](std::string_view family, std::string_view help,
                         double NearAccount::*figure) {
        out.gauge(family, help);
        for (const NearAccount& near : nearest) {
            out.sample(near.*figure, {{"account", near.account.view()}});
        }
    };
    add("riskd_account_margin_ratio", "maintenance_margin / equity", &NearAccount::margin_ratio);
    add("riskd_account_headroom", "equity - maintenance_margin", &NearAccount::headroom);
    add("riskd_account_equity", "in the account's currency", &NearAccount::equity);
    add("riskd_account_maintenance_margin", "in the account's currency",
        &NearAccount::maintenance_margin);
    add("riskd_account_gross_exposure", "in the account's currency", &NearAccount::gross_exposure);
    out.gauge("riskd_account_mark_stale", "1 where these figures are by a mark that is not fresh");
    for (const NearAccount& near : nearest)
        out.sample(one_if(near.stale), {{"account", near.account.view()}});
}

void add_exposure(MetricFamilies& out, const BoardSnapshot& board) {
    const ExposureFigures& figures = board.exposure;
    out.gauge("riskd_accounts", "accounts on each rung of the liquidation ladder");
    add_by_name(out, "stage", stage_names, figures.accounts_by_stage);
    out.counter("riskd_stage_changes_total", "accounts that entered the stage");
    add_by_name(out, "stage", stage_names, board.engine.stage_changes);
    add_nearest(out, figures.nearest);
    out.gauge("riskd_instrument_gross_exposure", "long plus short, in the reference asset");
    for (const auto& each : figures.instruments) {
        out.sample(each.gross_exposure, {{"instrument", each.instrument.view()}});
    }
    out.gauge("riskd_adl_positions", "positions in the queue of auto-deleveraging");
    for (const auto& each : figures.instruments) {
        out.sample(each.queued_longs, {{"instrument", each.instrument.view()}, {"side", "long"}});
        out.sample(each.queued_shorts, {{"instrument", each.instrument.view()}, {"side", "short"}});
    }
    out.gauge("riskd_instrument_net_exposure", "long minus short, in the reference asset");
    for (const auto& each : figures.instruments) {
        out.sample(each.net_exposure, {{"instrument", each.instrument.view()}});
    }
    out.gauge("riskd_group_gross_exposure", "long plus short, in the reference asset");
    for (const auto& each : figures.groups) {
        out.sample(each.gross_exposure, {{"group", each.group.view()}});
    }
    out.gauge("riskd_group_net_exposure", "long minus short, in the reference asset");
    for (const auto& each : figures.groups) {
        out.sample(each.net_exposure, {{"group", each.group.view()}});
    }
    out.gauge("riskd_asset_balance", "sum over all accounts, in the asset");
    for (const auto& each : figures.assets)
        out.sample(each.balance, {{"asset", each.asset.view()}});
    out.gauge("riskd_asset_exposure", "sum over all accounts, in the reference asset");
    for (const auto& each : figures.assets) {
        out.sample(each.exposure, {{"asset", each.asset.view()}});
    }
    out.gauge("riskd_open_orders", "orders that hold margin").sample(board.open_orders);
}

void add_prices(MetricFamilies& out, const BoardSnapshot& board) {
    const auto& instruments = board.exposure.instruments;
    out.gauge("riskd_mark_price", "the mark positions are valued with");
    for (const auto& each : instruments) {
        if (each.mark_price > 0) {
            out.sample(each.mark_price, {{"instrument", each.instrument.view()}});
        }
    }
    out.gauge("riskd_mark_price_age_seconds", "since the mark was made");
    for (const auto& each : instruments) {
        if (each.mark_price > 0) {
            out.sample(each.mark_age_seconds, {{"instrument", each.instrument.view()}});
        }
    }
    out.gauge("riskd_mark_price_stale", "1 when unknown or too old");
    for (const auto& each : instruments) {
        out.sample(one_if(each.stale), {{"instrument", each.instrument.view()}});
    }
    out.gauge("riskd_mark_price_in_doubt", "1 when it jumped, or is far from the index");
    for (const auto& each : instruments) {
        out.sample(one_if(each.in_doubt), {{"instrument", each.instrument.view()}});
    }
    out.counter("riskd_marks_held_total", "marks that jumped too far to be taken at once")
        .sample(board.engine.marks_held);
    out.counter("riskd_prices_refused_total", "fields of prices that were none, by field");
    add_by_name(out, "field", price_fault_names, board.engine.prices_refused);
    out.counter("riskd_prices_conflated_total", "prices replaced before they were applied")
        .sample(board.daemon.prices_conflated);
}

void add_journal(MetricFamilies& out, const BoardSnapshot& board) {
    out.gauge("riskd_sequence", "of the last event applied").sample(board.sequence.raw);
    out.counter("riskd_events_total", "events applied, by kind");
    add_by_name(out, "kind", event_names, board.daemon.events);
    out.counter("riskd_facts_repeated_total", "facts that came again and had no effect")
        .sample(board.engine.facts_repeated);
    out.counter("riskd_accounts_evaluated_total", "margin evaluations of an account")
        .sample(board.engine.accounts_evaluated);
    out.histogram("riskd_cycle_seconds", "length of a duty cycle that had work")
        .sample(board.daemon.cycle);
    out.gauge("riskd_cycle_max_seconds", "the longest since the last publication")
        .sample(static_cast<double>(board.daemon.cycle_max_ns) / 1e9);
    out.counter("riskd_journal_bytes_total", "written to the journal").sample(board.journal.bytes);
    out.counter("riskd_journal_records_total", "records written").sample(board.journal.records);
    out.histogram("riskd_journal_write_seconds", "one write per batch").sample(board.journal.write);
    out.histogram("riskd_journal_sync_seconds", "one sync per batch, promise disk only")
        .sample(board.journal.sync);
    out.counter("riskd_journal_errors_total", "writes that failed").sample(board.journal.errors);
    out.gauge("riskd_journal_pending_bytes", "records that wait for a failing journal")
        .sample(board.journal_pending_bytes);
}

void add_nats(MetricFamilies& out, const BoardSnapshot& board) {
    out.gauge("riskd_nats_connected", "1 while connected");
    for (const auto& each : board.connections) {
        out.sample(one_if(each.connected), {{"connection", each.connection.view()}});
    }
    out.counter("riskd_nats_reconnects_total", "times it came back");
    for (const auto& each : board.connections) {
        out.sample(each.reconnects, {{"connection", each.connection.view()}});
    }
    out.counter("riskd_nats_messages_total", "messages by direction");
    for (const auto& each : board.connections) {
        out.sample(each.messages_in, {{"connection", each.connection.view()}, {"direction", "in"}});
        out.sample(each.messages_out,
                   {{"connection", each.connection.view()}, {"direction", "out"}});
    }
    out.counter("riskd_nats_publish_failures_total", "messages that could not be sent");
    for (const auto& each : board.connections) {
        out.sample(each.publish_failures, {{"connection", each.connection.view()}});
    }
    out.gauge("riskd_outputs_waiting", "decisions and triggers the stream has not acknowledged")
        .sample(board.daemon.outputs_waiting);
    out.gauge("riskd_input_stream_sequence", "of the last fact applied")
        .sample(board.input_sequence);
    out.gauge("riskd_input_lag_messages", "facts in the stream not yet applied")
        .sample(board.input_lag_messages);
    out.gauge("riskd_input_lag_seconds", "age of the newest fact applied while some wait")
        .sample(board.input_lag_seconds);
    out.counter("riskd_input_missing_total", "facts gone from the stream before they were read")
        .sample(board.input_missing);
}

}  // namespace

std::string metrics_text(const BoardSnapshot& snapshot, std::string_view version) {
    MetricFamilies families;
    add_health(families, snapshot, version);
    add_process_metrics(families);
    add_decisions(families, snapshot);
    add_rules(families, snapshot);
    add_rulesets(families, snapshot);
    add_exposure(families, snapshot);
    add_prices(families, snapshot);
    add_journal(families, snapshot);
    add_nats(families, snapshot);
    return prometheus::TextSerializer{}.Serialize(families.all());
}

std::string ready_text(const BoardSnapshot& snapshot) {
    if (snapshot.ready()) return "{\"ready\":true,\"reasons\":[]}\n";
    std::string text = "{\"ready\":false,\"reasons\":[";
    bool first = true;
    for (std::size_t i = 0; i < not_ready_names.size(); ++i) {
        if (!snapshot.not_ready[i]) continue;
        text += first ? "\n\"" : ",\n\"";
        text += not_ready_names[i];
        text += '"';
        first = false;
    }
    return text + "\n]}\n";
}

}  // namespace riskd::runtime
