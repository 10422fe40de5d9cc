// The order management system's own record: what it was answered and what the stream confirmed to
// it, and the accounts that must follow from both. Written from docs/PROTOCOL.md, not from riskd's
// code. Facts are booked in the order of the stream. Test thread only; integers throughout.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/oms_model_json.hpp"
#include "tests/integration/oms_model_market.hpp"

namespace riskd::tests {

enum class FactKind : std::uint8_t {
    account,
    balance,
    transfer,
    fill,
    order_ended,
    order_shrunk,
    funding,
};

struct Fact {
    FactKind kind{};
    std::string id;  // of the message; unique over all facts of one kind
    std::string account;
    std::string to;  // of a transfer
    std::string asset;
    std::string order;
    std::size_t listing{};
    bool buys{};
    std::int64_t amount{};    // money; of a fill its fee, of funding the rate in e-8
    std::int64_t price{};     // in price units
    std::int64_t quantity{};  // in quantity units; of order_shrunk what remains
    std::string subject;
    std::string payload;
    std::uint64_t stream_sequence{};  // of the first that was stored
};

// An order as riskd accepted it.
struct AcceptedOrder {
    std::string account;
    std::string id;
    std::string replaces;
    std::size_t listing{};
    bool buys{};
    std::int64_t price{};  // limit price; zero for a market order
    std::int64_t quantity{};
    std::string hold_asset;
    std::string hold;  // as answered
    std::uint64_t sequence{};
};

struct WorkingOrder {
    AcceptedOrder accepted;
    std::int64_t remaining{};
};

struct BookedPosition {
    std::int64_t quantity{};
    std::int64_t entry_value{};
    std::int64_t realized{};
};

struct BookedAccount {
    std::map<std::string, std::int64_t> balances;
    std::map<std::size_t, BookedPosition> positions;  // by listing
    std::map<std::string, WorkingOrder> working;
};

class Books {
public:
    // Books everything since the last time: orders first, then facts by stream sequence.
    void book(const std::vector<AcceptedOrder>& orders, std::vector<Fact> facts);
    void open(const std::string& account) { accounts_[account]; }

    // Differences between the books and riskd's answer to risk.query.account, one a line.
    enum class Compared { everything, facts_only };
    std::string differences(const std::string& account, const Json& answer,
                            Compared compared = Compared::everything) const;

    const std::map<std::string, BookedAccount>& accounts() const noexcept { return accounts_; }

private:
    void book_fact(const Fact& fact);
    void book_fill(const Fact& fact);
    void book_spot_fill(const Fact& fact);
    void book_funding(const Fact& fact);
    void shrink(const Fact& fact, std::int64_t remaining);

    std::map<std::string, BookedAccount> accounts_;
    std::set<std::string> seen_;
};

}  // namespace riskd::tests
