#include "riskd/core/windows.hpp"

#include <algorithm>

#include "riskd/core/conversion.hpp"

namespace riskd {

namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
    return a / b - (a % b < 0 ? 1 : 0);
}

std::int64_t period_of(const WindowSpec& spec, Timestamp now) noexcept {
    const std::int64_t length =
        spec.calendar ? spec.span.ns
                      : std::max<std::int64_t>(spec.span.ns / std::int64_t{window_buckets}, 1);
    return floor_divide(now.ns - spec.offset.ns, length);
}

// Forgets the parts of a rolling window that have passed.
void advance(WindowState& state, std::int64_t period) noexcept {
    const std::int64_t passed = period - state.period;
    if (passed <= 0) return;
    const std::int64_t from = std::max(state.period, period - std::int64_t{window_buckets});
    for (std::int64_t p = from + 1; p <= period && state.counted != nullptr; ++p)
        (*state.counted)[static_cast<std::size_t>(p) % window_buckets] = 0;
    state.period = period;
}

}  // namespace

void WindowBook::activate(std::span<const WindowSpec> specs, const Ledger& ledger, Timestamp now) {
    RISKD_CHECK(specs.size() <= windows_max);
    if (std::equal(specs.begin(), specs.end(), specs_.begin(), specs_.end())) return;
    const std::vector<WindowSpec> before = specs_;
    const std::vector<PeriodStart> starts_before = starts_;
    specs_.assign(specs.begin(), specs.end());
    starts_.assign(specs.size(), {});
    Origins& origins = lists_.emplace_back();
    origins.fill(is_new);
    for (std::size_t w = 0; w < specs.size(); ++w) {
        const auto same = std::find(before.begin(), before.end(), specs[w]);
        if (same == before.end()) continue;
        origins[w] = static_cast<std::size_t>(same - before.begin());
        starts_[w] = starts_before[origins[w]];
    }
    pass_time(ledger, now);
}

// Where a window of today was in the list an account has followed up to; is_new: nowhere.
std::size_t WindowBook::origin_of(std::size_t window, std::uint32_t list) const noexcept {
    for (std::size_t l = lists_.size(); l > list && window != is_new; --l)
        window = lists_[l - 1][window];
    return window;
}

void WindowBook::follow(Ledger& ledger, AccountId id) const {
    const Account& account = ledger.account(id);
    const bool follows =
        account.windows_list == lists_.size() && account.windows.size() == specs_.size();
    if (follows) return;
    std::array<WindowState, windows_max> next;
    for (std::size_t w = 0; w < specs_.size(); ++w) {
        const std::size_t was = origin_of(w, account.windows_list);
        if (was < account.windows.size()) next[w] = account.windows[was];
    }
    ledger.set_windows(id, std::span{next}.first(specs_.size()),
                       static_cast<std::uint32_t>(lists_.size()));
}

void WindowBook::pass_time(const Ledger& ledger, Timestamp now) {
    for (std::size_t w = 0; w < specs_.size(); ++w) {
        if (!specs_[w].calendar) continue;
        const std::int64_t period = period_of(specs_[w], now);
        PeriodStart& start = starts_[w];
        if (start.period == period) continue;
        start.period = period;
        start.marks.resize(ledger.instrument_count());
        for (std::uint32_t i = 0; i < ledger.instrument_count(); ++i) {
            start.marks[i] = ledger.instrument(InstrumentId{i}).prices.mark;
        }
    }
}

void WindowBook::roll(Ledger& ledger, AccountId account, Timestamp now) {
    if (specs_.empty()) return;
    follow(ledger, account);
    const std::span<WindowState> windows = ledger.windows_of(account);
    for (std::size_t w = 0; w < specs_.size(); ++w) {
        WindowState& state = windows[w];
        if (!specs_[w].calendar) {
            advance(state, period_of(specs_[w], now));
        } else if (state.period != starts_[w].period) {
            state.period = starts_[w].period;
            if (state.counted != nullptr) state.counted->fill(0);
            if (specs_[w].measure == WindowMeasure::net_pnl) {
                state.anchor = net_pnl(Marks{ledger, starts_[w].marks}, ledger.account(account));
            }
        }
    }
}

void WindowBook::count(Ledger& ledger, AccountId account, WindowMeasure measure,
                       std::int64_t amount, Timestamp now) {
    roll(ledger, account, now);
    const std::span<WindowState> windows = ledger.windows_of(account);
    for (std::size_t w = 0; w < specs_.size(); ++w) {
        if (specs_[w].measure != measure) continue;
        const std::size_t bucket =
            specs_[w].calendar ? 0 : static_cast<std::size_t>(windows[w].period) % window_buckets;
        if (windows[w].counted == nullptr) windows[w].counted = ledger.take_buckets();
        std::int64_t& counted = (*windows[w].counted)[bucket];
        counted = narrow(Wide{counted} + Wide{amount}).value_or(raw_max);
    }
}

void WindowBook::view(const Ledger& ledger, const Account& account, Money net_pnl_now,
                      Timestamp now, std::span<WindowView> views) const noexcept {
    RISKD_CHECK(views.size() >= specs_.size());
    const double unit = ledger.asset(account.currency).unit;
    for (std::size_t w = 0; w < specs_.size(); ++w) {
        const WindowSpec& spec = specs_[w];
        const std::size_t was = origin_of(w, account.windows_list);
        WindowState state = was < account.windows.size() ? account.windows[was] : WindowState{};
        WindowBuckets buckets = buckets_of(state);
        state.counted = &buckets;
        if (!spec.calendar) {
            advance(state, period_of(spec, now));
        } else if (state.period != starts_[w].period) {
            buckets.fill(0);
            if (spec.measure == WindowMeasure::net_pnl) {
                state.anchor = net_pnl(Marks{ledger, starts_[w].marks}, account);
            }
        }
        std::int64_t sum = 0;
        for (const std::int64_t bucket : buckets)
            sum = std::min(sum + bucket, raw_max);
        WindowView& view = views[w];
        view = {};
        switch (spec.measure) {
            case WindowMeasure::net_pnl:
                view.change = static_cast<double>(net_pnl_now.raw - state.anchor.raw) / unit;
                break;
            case WindowMeasure::traded_notional:
                view.change = static_cast<double>(sum) / unit;
                break;
            case WindowMeasure::orders:
            case WindowMeasure::fills: view.count = static_cast<double>(sum); break;
        }
    }
}

}  // namespace riskd
