// Hyperliquid fills: the position before every fill, and the profit of every closing one.
//
// Hyperliquid's closedPnl is that of an entry price kept to 6 - szDecimals decimals (4 for HYPE, 5
// for TRUMP, 6 for LIT): in all 209 closing fills px -+ closedPnl / sz ends there. riskd keeps what
// the position cost, which is exact; where the average does not end there (chain 5, bought at eight
// prices) closedPnl must be what riskd's own entry value gives when rounded so.
//
// A chain is the fills of one account in one coin; none of the 152 begins flat, so what the first
// position cost is not in the data. It is taken from the first closing fill of the chain, whose
// own profit is then no comparison; the 72 chains that never close have no profit to compare.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>

#include "tests/lifecycle/replay.hpp"

namespace riskd::lifecycle::hyperliquid {
namespace {

constexpr int money_decimals = 6;
constexpr std::size_t chains_without_their_beginning = 152;

// szDecimals of the exchange's own table; prices have the rest of six.
int quantity_decimals(const std::string& coin) {
    static const std::map<std::string, int> known{{"HYPE", 2}, {"TRUMP", 1}, {"LIT", 0}};
    const auto found = known.find(coin);
    EXPECT_TRUE(found != known.end()) << coin;
    return found == known.end() ? 0 : found->second;
}

struct HyperliquidFill {
    std::string tid;
    std::int64_t time_ms{};
    Quantity start;  // position before it
    Quantity fill;   // signed
    std::int64_t price{};
    std::int64_t closed_pnl{};
    std::int64_t fee{};

    std::int64_t quantity() const { return std::abs(fill.raw); }
    bool closes() const { return start.raw != 0 && (start.raw > 0) != (fill.raw > 0); }
    // What it costs; quantity and price decimals add up to those of money.
    std::int64_t cost() const { return fill.raw * price; }
};

struct Chain {
    std::string coin;
    std::vector<HyperliquidFill> fills;
};

std::map<std::int64_t, Chain> read_chains(const std::filesystem::path& file) {
    std::map<std::int64_t, Chain> chains;
    for (const Json& record : read_json_lines(file)) {
        Chain& chain = chains[static_cast<std::int64_t>(record["chain"].integer())];
        chain.coin = record["coin"].text();
        const int decimals = quantity_decimals(chain.coin);
        const std::int64_t size = exact(record["sz"], decimals);
        chain.fills.push_back({.tid = record["tid"].text(),
                               .time_ms = static_cast<std::int64_t>(record["time"].integer()),
                               .start = Quantity{exact(record["startPosition"], decimals)},
                               .fill = Quantity{record["side"].text() == "B" ? size : -size},
                               .price = exact(record["px"], money_decimals - decimals),
                               .closed_pnl = exact(record["closedPnl"], money_decimals),
                               .fee = exact(record["fee"], money_decimals)});
    }
    return chains;
}

// What the position before the first fill cost, as the first closing fill implies. Without one:
// as if it was bought at the price of the first fill.
std::int64_t opening_value(const Chain& chain) {
    std::int64_t bought{};
    for (const HyperliquidFill& fill : chain.fills) {
        if (!fill.closes()) {
            bought += fill.cost();
            continue;
        }
        // closed_pnl = -(cost + entry_price * fill): exact, see above.
        const std::int64_t entry_of_closed = -fill.closed_pnl - fill.cost();
        EXPECT_EQ(entry_of_closed % fill.quantity(), 0) << fill.tid;
        return entry_of_closed / fill.quantity() * std::abs(fill.start.raw) - bought;
    }
    return chain.fills.front().start.raw * chain.fills.front().price;
}

// The profit as Hyperliquid computes it from what riskd says the position cost.
std::int64_t hyperliquid_profit(const Position& before, const HyperliquidFill& fill) {
    const std::int64_t entry_price = nearest(before.entry_value.raw, before.quantity.raw);
    return -(fill.price - entry_price) * fill.fill.raw;
}

// One chain as it goes on.
class ChainReplay {
public:
    ChainReplay(Replay& replay, std::int64_t number, const Chain& chain);
    void apply(const HyperliquidFill& fill);
    void finish();

private:
    Replay& replay_;
    std::string name_;
    AssetId usdc_{no_asset};
    InstrumentId instrument_{no_instrument};
    AccountId account_{no_account};
    bool begins_{true};
    bool has_entry_{};
    std::int64_t paid_{};        // closed profit minus fees, as the exchange says
    std::int64_t difference_{};  // closed profit of the exchange minus riskd's
};

ChainReplay::ChainReplay(Replay& replay, std::int64_t number, const Chain& chain)
    : replay_(replay), name_("chain " + std::to_string(number)) {
    const int decimals = quantity_decimals(chain.coin);
    usdc_ = replay_.asset("USDC", money_decimals);
    instrument_ = replay_.linear({chain.coin, "USDC", money_decimals - decimals, decimals});
    account_ = replay_.account("chain." + std::to_string(number), "USDC");
    const Quantity start = chain.fills.front().start;
    EXPECT_NE(start.raw, 0) << name_ << " begins flat";
    replay_.tally.count_incomplete("what the position before the first fill of a chain cost");
    replay_.fill_of_value({.account = account_,
                           .instrument = instrument_,
                           .side = start.raw > 0 ? Side::buy : Side::sell,
                           .quantity = std::abs(start.raw)},
                          std::abs(opening_value(chain)));
}

void ChainReplay::apply(const HyperliquidFill& fill) {
    replay_.tally.read_record();
    replay_.at(from_ms(fill.time_ms));
    const std::string record = name_ + ", tid " + fill.tid;
    const Position before = replay_.position(account_, instrument_);
    if (!begins_) {
        replay_.tally.compare({record, "position", fill.start.raw, before.quantity.raw});
    }
    begins_ = false;
    replay_.fill({.account = account_,
                  .instrument = instrument_,
                  .side = fill.fill.raw > 0 ? Side::buy : Side::sell,
                  .price = fill.price,
                  .quantity = fill.quantity(),
                  .fee = fill.fee});
    const std::int64_t realized =
        replay_.position(account_, instrument_).realized_pnl.raw - before.realized_pnl.raw;
    if (fill.closes() && !has_entry_) {
        has_entry_ = true;
        EXPECT_EQ(fill.closed_pnl, realized) << record;
        replay_.tally.count_incomplete("profit of the first closing fill of a chain");
    } else {
        replay_.tally.compare_rounded({record, "realized profit", fill.closed_pnl, realized},
                                      fill.closes() ? hyperliquid_profit(before, fill) : 0);
    }
    paid_ += fill.closed_pnl - fill.fee;
    difference_ += fill.closed_pnl - realized;
}

void ChainReplay::finish() {
    const std::int64_t balance = replay_.balance(account_, usdc_);
    replay_.tally.compare_rounded({name_, "profits less fees", paid_, balance},
                                  balance + difference_);
}

class HyperliquidLifecycle : public RecordedAccounts {};

TEST_F(HyperliquidLifecycle, fills_of_152_accounts_agree) {
    const std::string file = "hyperliquid_fills_2026-06-10_2026-06-14.jsonl";
    const auto chains = read_chains(*folder / file);
    EXPECT_EQ(chains.size(), chains_without_their_beginning);
    Replay replay{file, {}};
    struct Step {
        ChainReplay* chain{};
        const HyperliquidFill* fill{};
    };
    std::deque<ChainReplay> accounts;
    std::vector<Step> steps;
    for (const auto& [number, chain] : chains) {
        accounts.emplace_back(replay, number, chain);
        for (const HyperliquidFill& fill : chain.fills)
            steps.push_back({&accounts.back(), &fill});
    }
    std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
        return a.fill->time_ms < b.fill->time_ms;
    });
    for (const Step& step : steps)
        step.chain->apply(*step.fill);
    for (ChainReplay& account : accounts)
        account.finish();
    replay.finish({.equal = 679, .rounded = 5, .incomplete = 232});
}

}  // namespace
}  // namespace riskd::lifecycle::hyperliquid
