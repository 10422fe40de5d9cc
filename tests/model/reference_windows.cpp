#include "tests/model/reference_windows.hpp"

#include <set>
#include <string>

#include "tests/model/reference_engine.hpp"

#include <algorithm>

#include "tests/model/reference_figures.hpp"

namespace riskd::model {

Exact net_pnl_by_marks(const ReferenceState& state, std::uint32_t account) {
    const ReferenceAccount& row = state.accounts[account];
    const std::uint32_t currency = row.currency;
    // A moment is recorded with the marks that stand then, whatever their age.
    ReferenceState then = state;
    for (ReferenceInstrument& instrument : then.instruments) {
        instrument.terms.mark_age_max = Duration{raw_max};
        instrument.prices.as_of = state.time;
        instrument.waiting.clear();
        instrument.index_differs = false;
    }
    Exact sum = -row.net_deposits;
    const auto add = [&](const Exact& amount, std::uint32_t asset) {
        const auto made = then.convert(amount, asset, currency, false, state.time);
        if (made && fit(sum + *made)) sum += *made;
    };
    for (const auto& [asset, amount] : row.balances)
        add(amount, asset);
    for (const auto& [place, position] : row.positions) {
        const std::uint32_t id = place.instrument;
        if (position.quantity == 0 || !then.is_fresh(id, state.time)) continue;
        const auto worth = then.value(id, position.quantity, then.instruments[id].prices.mark.raw);
        const Exact rounded = floor_of(worth.dividend, worth.divisor);
        const auto added = then.added(id, position, rounded);
        if (added) add(*added, then.instruments[id].settle);
    }
    return sum;
}

namespace {

std::int64_t period_of(const WindowSpec& spec, Timestamp now) {
    const std::int64_t length =
        spec.calendar ? spec.span.ns : std::max<std::int64_t>(spec.span.ns / 16, 1);
    return static_cast<std::int64_t>(floor_of(now.ns - spec.offset.ns, length));
}

void remember_start(ReferenceState& state, ReferenceWindow& window, Timestamp now) {
    const std::int64_t period = period_of(window.spec, now);
    if (!window.spec.calendar || window.period == period) return;
    window.period = period;
    window.at_start.clear();
    for (std::uint32_t i = 0; i < state.accounts.size(); ++i) {
        window.at_start[i] = net_pnl_by_marks(state, i);
    }
}

}  // namespace

void activate_windows(ReferenceState& state, const RulesetActivation& activation) {
    std::vector<ReferenceWindow> next;
    for (std::size_t w = 0; w < activation.windows_count; ++w) {
        const WindowSpec spec{.measure = static_cast<WindowMeasure>(activation.window_measures[w]),
                              .calendar = activation.window_calendar[w] != 0,
                              .span = activation.window_spans[w],
                              .offset = activation.window_offsets[w]};
        const auto same =
            std::find_if(state.windows.begin(), state.windows.end(),
                         [&](const ReferenceWindow& row) { return row.spec == spec; });
        next.push_back(same != state.windows.end()
                           ? *same
                           : ReferenceWindow{.spec = spec, .since = state.sequence});
    }
    state.windows = std::move(next);
    for (ReferenceWindow& window : state.windows)
        remember_start(state, window, state.time);
}

void pass_windows(ReferenceState& state, Timestamp now) {
    for (ReferenceWindow& window : state.windows)
        remember_start(state, window, now);
}

void count_happening(ReferenceState& state, std::uint32_t account, WindowMeasure measure,
                     std::int64_t amount) {
    auto& rows = state.happenings[{account, measure}];
    rows.push_back({.amount = amount, .time = state.time, .sequence = state.sequence});
    // Nothing is asked about the day before yesterday.
    constexpr std::int64_t kept_ns = 2 * 86'400'000'000'000;
    while (rows.front().time.ns < state.time.ns - kept_ns)
        rows.pop_front();
}

void view_windows(const ReferenceState& state, std::uint32_t account, const Exact& net_pnl,
                  Timestamp now, std::span<WindowView> views) {
    const double unit = state.asset_unit(state.accounts[account].currency);
    for (std::size_t w = 0; w < state.windows.size(); ++w) {
        const ReferenceWindow& window = state.windows[w];
        const std::int64_t period = period_of(window.spec, now);
        views[w] = {};
        if (window.spec.measure == WindowMeasure::net_pnl) {
            const auto start = window.at_start.find(account);
            const Exact before = start == window.at_start.end() ? Exact{0} : start->second;
            views[w].change = static_cast<double>(Exact{net_pnl - before}) / unit;
            continue;
        }
        Exact sum = 0;
        const auto rows = state.happenings.find({account, window.spec.measure});
        if (rows != state.happenings.end()) {
            for (auto row = rows->second.rbegin(); row != rows->second.rend(); ++row) {
                const std::int64_t parts_ago = period - period_of(window.spec, row->time);
                const bool inside = parts_ago < (window.spec.calendar ? 1 : 16);
                if (!inside || row->sequence <= window.since) break;
                sum += row->amount;
            }
        }
        const double total = static_cast<double>(sum);
        if (window.spec.measure == WindowMeasure::traded_notional) {
            views[w].change = total / unit;
        } else {
            views[w].count = total;
        }
    }
}

void ReferenceEngine::apply(const RulesetActivation& activation) {
    state_.ruleset = activation;
    activate_windows(state_, activation);
    state_.accounts_at_activation = static_cast<std::uint32_t>(state_.accounts.size());
    state_.judged_by_rules = 0;
    std::set<std::string> unknown;
    for (const ReferenceAccount& account : state_.accounts) {
        if (!model_of(rules_, account)) unknown.insert(std::string{account.terms.margin.view()});
    }
    std::size_t said = 0;
    for (const std::string& margin : unknown) {
        if (said++ < 8) alert_unknown_margin(Name{margin});
    }
}

// Both rulesets are the same here; that everyone is judged again is what can be seen.
void ReferenceEngine::apply(const CanaryChange&) {
    state_.accounts_at_activation = static_cast<std::uint32_t>(state_.accounts.size());
    state_.judged_by_rules = 0;
}

void ReferenceEngine::alert_unknown_margin(const Name& about) {
    refuse(AlertKind::unknown_name, about, "no such margin rule: what adds risk is refused",
           no_account, Severity::critical);
}

}  // namespace riskd::model
