// A real engine that exchange records are played into: definitions as they are first needed, then
// fills, balance changes and transfers in the order of the records. A fact that the engine refuses
// fails the test. Test thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "riskd/core/engine.hpp"
#include "tests/lifecycle/records.hpp"
#include "tests/lifecycle/tally.hpp"
#include "tests/model/native_rulebook.hpp"

namespace riskd::lifecycle {

// A derivative whose value is quantity x price without a remainder: price_decimals and
// quantity_decimals add up to the decimals of the settlement asset, so the ledger is exact.
struct LinearTerms {
    std::string_view name;
    std::string_view settle;
    int price_decimals{};
    int quantity_decimals{};
};

struct FillRecord {
    AccountId account;
    InstrumentId instrument;
    Side side{};
    PositionSide position_side{};
    std::int64_t price{};
    std::int64_t quantity{};
    std::int64_t fee{};
};

// Fills of a total quantity and value at two neighbouring prices: what stands for the fills of an
// order of which only the sums are in the data. The second one may be nothing.
struct SplitFills {
    std::int64_t price{};
    std::int64_t quantity{};
    std::int64_t quantity_above{};  // at price + 1
};
SplitFills split_value(std::int64_t quantity, std::int64_t value);

class Replay {
public:
    Replay(std::string_view file, std::span<const Incomplete> incomplete)
        : tally(file, incomplete),
          rules_(model::NativeParameters{.haircut = 0}),
          engine_({}, rules_) {}

    // Found, or defined.
    AssetId asset(std::string_view name, int decimals);
    InstrumentId instrument(InstrumentDefinition definition);
    InstrumentId linear(const LinearTerms& terms);
    AccountId account(std::string_view name, std::string_view currency,
                      PositionMode mode = PositionMode::one_way);

    // Time never runs backwards: records of one batch may be a little out of order.
    void at(Timestamp time);
    void fill(const FillRecord& record);
    // Two neighbouring prices whose fills add up to the value; the fee goes with the first.
    void fill_of_value(const FillRecord& record, std::int64_t value);
    void change(AccountId account, AssetId asset, std::int64_t amount, BalanceKind kind);
    void transfer(const Transfer& transfer);
    void mark(InstrumentId instrument, std::int64_t price);

    std::int64_t balance(AccountId account, AssetId asset) const;
    Position position(AccountId account, InstrumentId instrument,
                      PositionSide side = PositionSide::net) const;
    std::int64_t unrealized_pnl(AccountId account, AssetId asset);
    // Every asset sums to zero over accounts and house; and Tally::finish.
    void finish(const Tally::Sums& expected);

    Tally tally;

private:
    void apply(EventBody body);
    Id next_id() { return Id{"r" + std::to_string(++ids_)}; }

    model::NativeRulebook rules_;
    Engine engine_;
    Outcome outcome_;
    Sequence sequence_{};
    Timestamp time_{1'500'000'000'000'000'000};
    std::uint64_t ids_{};
};

}  // namespace riskd::lifecycle
