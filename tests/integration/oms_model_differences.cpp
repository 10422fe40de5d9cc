// The books beside riskd's answer about one account.
#include <sstream>

#include "tests/integration/oms_model_books.hpp"

namespace riskd::tests {
namespace {

__extension__ using Int128 = __int128;

class Differences {
public:
    explicit Differences(std::string account) : account_(std::move(account)) {}
    void expect(const std::string& what, const std::string& booked, const std::string& answered) {
        if (booked == answered) return;
        text_ << account_ << ": " << what << ": the books say " << booked << ", riskd says "
              << answered << '\n';
    }
    void money(const std::string& what, std::int64_t booked, const Json& answered) {
        expect(what, decimal_text(booked, money_decimals), answered.text());
    }
    std::string text() const { return text_.str(); }

private:
    std::string account_;
    std::ostringstream text_;
};

std::map<std::string, std::int64_t> spot_holds(const BookedAccount& booked) {
    std::map<std::string, std::int64_t> holds;
    for (const auto& [id, order] : booked.working) {
        const Listing& listing = listings[order.accepted.listing];
        if (!listing.spot) continue;
        if (order.accepted.buys) {
            const std::int64_t quote = order.remaining * order.accepted.price * listing.value_scale;
            const Int128 fee = Int128{quote} * spot_fee_rate_e8;
            holds["USDT"] += quote + static_cast<std::int64_t>((fee + 99'999'999) / 100'000'000);
        } else {
            holds[std::string(listing.base)] += order.remaining * base_scale;
        }
    }
    return holds;
}

void compare_balances(const BookedAccount& booked, const Json& answer, bool with_holds,
                      Differences& differences) {
    auto amounts = booked.balances;
    auto holds = spot_holds(booked);
    for (const Json& balance : answer["balances"].items()) {
        const std::string& asset = balance["asset"].text();
        differences.money("balance of " + asset, amounts[asset], balance["amount"]);
        if (with_holds) differences.money("hold of " + asset, holds[asset], balance["hold"]);
        amounts.erase(asset);
        holds.erase(asset);
    }
    for (const auto& [asset, amount] : amounts)
        differences.expect("balance of " + asset, decimal_text(amount, money_decimals), "0");
    for (const auto& [asset, hold] : holds) {
        if (!with_holds) continue;
        differences.expect("hold of " + asset, decimal_text(hold, money_decimals), "0");
    }
}

void compare_position(const Listing& listing, const BookedPosition& booked, const Json& answer,
                      Differences& differences) {
    const std::string name = std::string(listing.name);
    differences.expect("quantity of " + name,
                       decimal_text(booked.quantity, listing.quantity_decimals),
                       answer["quantity"].text());
    differences.money("realized_pnl of " + name, booked.realized, answer["realized_pnl"]);
    const Json& mark = answer["mark_price"];
    if (booked.quantity == 0 || mark.kind() != Json::Kind::text) return;
    const std::int64_t price = read_decimal(mark.text(), listing.price_decimals).value_or(0);
    const std::int64_t worth = booked.quantity * price * listing.value_scale;
    differences.money("unrealized_pnl of " + name, worth - booked.entry_value,
                      answer["unrealized_pnl"]);
    differences.money("notional of " + name, std::abs(worth), answer["notional"]);
}

void compare_positions(const BookedAccount& booked, const Json& answer, Differences& differences) {
    for (std::size_t i = 0; i < listings.size(); ++i) {
        const Json* answered = nullptr;
        for (const Json& position : answer["positions"].items()) {
            if (position["instrument"].text() == listings[i].name) answered = &position;
        }
        const auto row = booked.positions.find(i);
        const BookedPosition position =
            row == booked.positions.end() ? BookedPosition{} : row->second;
        if (answered != nullptr) {
            compare_position(listings[i], position, *answered, differences);
        } else if (position.quantity != 0 || position.realized != 0) {
            differences.expect("position in " + std::string(listings[i].name), "there is one",
                               "there is none");
        }
    }
}

void compare_orders(const BookedAccount& booked, const Json& answer, Differences& differences) {
    auto missing = booked.working;
    for (const Json& order : answer["open_orders"].items()) {
        const std::string& id = order["order"].text();
        const auto row = missing.find(id);
        if (row == missing.end()) {
            differences.expect("order " + id, "it has ended or was never accepted", "it is open");
            continue;
        }
        const AcceptedOrder& accepted = row->second.accepted;
        const Listing& listing = listings[accepted.listing];
        const auto quantity = [&](std::int64_t raw) {
            return decimal_text(raw, listing.quantity_decimals);
        };
        const std::string name = "order " + id;
        differences.expect(name, std::string(listing.name), order["instrument"].text());
        differences.expect(name, accepted.buys ? "buy" : "sell", order["side"].text());
        differences.expect(name + " quantity", quantity(accepted.quantity),
                           order["quantity"].text());
        differences.expect(name + " remaining", quantity(row->second.remaining),
                           order["remaining"].text());
        differences.expect(name + " hold", accepted.hold, order["hold"]["amount"].text());
        differences.expect(name + " hold asset", accepted.hold_asset,
                           order["hold"]["asset"].text());
        differences.expect(name + " sequence", std::to_string(accepted.sequence),
                           order["sequence"].text());
        missing.erase(row);
    }
    for (const auto& [id, order] : missing)
        differences.expect("order " + id, "it is open", "it is not there");
    differences.expect("open_order_count", std::to_string(booked.working.size()),
                       answer["open_order_count"].text());
}

}  // namespace

std::string Books::differences(const std::string& account, const Json& answer,
                               Compared compared) const {
    Differences differences(account);
    const auto row = accounts_.find(account);
    if (row == accounts_.end()) return account + ": is not in the books\n";
    differences.expect("account", account, answer["account"].text());
    const bool everything = compared == Compared::everything;
    compare_balances(row->second, answer, everything, differences);
    compare_positions(row->second, answer, differences);
    if (everything) compare_orders(row->second, answer, differences);
    return differences.text();
}

}  // namespace riskd::tests
