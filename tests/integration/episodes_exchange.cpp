#include "tests/integration/episodes_exchange.hpp"

#include <algorithm>
#include <cmath>

namespace riskd::tests {
namespace {

constexpr std::size_t isolated_every = 8;  // of the accounts, has isolated margin
constexpr std::chrono::milliseconds price_interval{10};
constexpr int usdt_decimals = 8;

double to_number(std::int64_t raw, int decimals) {
    return static_cast<double>(raw) / std::pow(10.0, decimals);
}
std::int64_t to_raw(double value, int decimals) {
    return std::llround(value * std::pow(10.0, decimals));
}
std::int64_t signed_quantity(const Json& leg) {
    const EpisodeListing& listing =
        episode_listings.at(episode_listing_of(leg["instrument"].text()));
    const auto raw = read_decimal(leg["quantity"].text(), listing.quantity_decimals);
    return leg["side"].text() == "buy" ? raw.value_or(0) : -raw.value_or(0);
}

}  // namespace

EpisodeExchange::EpisodeExchange(int nats_port, std::uint64_t seed, const EpisodeLog& log)
    : nats_{nats_port}, random_{seed}, log_{log}, prices_{seed + 1} {
    nats_.subscribe("exch.>");
    nats_.ping();
}

double EpisodeExchange::spread(double least, double most) {
    return std::exp(
        std::uniform_real_distribution<double>(std::log(least), std::log(most))(random_));
}

std::optional<std::size_t> EpisodeExchange::account_of(std::string_view name) {
    if (!name.starts_with('E')) return std::nullopt;
    std::size_t number = 0;
    std::from_chars(name.data() + 1, name.data() + name.size(), number);
    return number;
}

bool EpisodeExchange::is_isolated(Place place) const {
    return place.account % isolated_every == 0;
}

double EpisodeExchange::mark(std::size_t listing) const {
    return to_number(prices_.mark(listing), episode_listings[listing].price_decimals);
}

void EpisodeExchange::open(std::size_t accounts) {
    accounts_ = accounts;
    const std::string fund{episode_fund};
    publish("risk.in.account." + fund, R"({"currency":"USDT","insurance_fund":true})");
    deposit(fund, 5'000);
    for (std::size_t i = 0; i < accounts; ++i)
        open_account(i);
}

void EpisodeExchange::open_account(std::size_t account) {
    publish("risk.in.account." + name(account),
            R"({"currency":"USDT","group":"retail","leverage":"9"})");
    for (std::size_t i = 0; i < episode_listings.size() && account % isolated_every == 0; ++i) {
        publish("risk.in.margin." + name(account),
                R"({"id":"m)" + std::to_string(++numbered_) + R"(","instrument":")" +
                    std::string(episode_listings[i].name) + R"(","mode":"isolated"})");
    }
    open_positions(account);
}

// With money for a fourteenth to a sixth of what it opens.
void EpisodeExchange::open_positions(std::size_t account) {
    const double notional = spread(1'000, 60'000);
    const bool is_isolated_account = account % isolated_every == 0;
    deposit(name(account), notional / (is_isolated_account ? 6 : spread(7, 14)));
    const auto first = static_cast<std::size_t>(pick(0, 2));
    const auto count = static_cast<std::size_t>(pick(1, 2));
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = (first + i) % episode_listings.size();
        const EpisodeListing& listing = episode_listings[at];
        const double quantity = notional / static_cast<double>(count) / mark(at);
        const std::int64_t raw =
            std::max<std::int64_t>(to_raw(quantity, listing.quantity_decimals), 1);
        fill({.place = {account, at},
              .quantity = chance(listing.long_share) ? raw : -raw,
              .price = prices_.mark(at)});
        ++counters_.opened;
        if (chance(0.6)) place_order(account, at, notional / 20);
    }
}

// A bid below the market, so that it rests.
void EpisodeExchange::place_order(std::size_t account, std::size_t listing, double notional) {
    const EpisodeListing& terms = episode_listings[listing];
    const std::int64_t price = prices_.mark(listing) * pick(96, 99) / 100;
    const double quantity = notional / mark(listing);
    const std::int64_t raw = std::max<std::int64_t>(to_raw(quantity, terms.quantity_decimals), 1);
    const std::string id = "o" + std::to_string(++numbered_);
    orders_[id] = {.account = account,
                   .listing = listing,
                   .question = R"({"order":")" + id + R"(","instrument":")" +
                               std::string(terms.name) +
                               R"(","side":"buy","type":"limit","price":")" +
                               decimal_text(price, terms.price_decimals) + R"(","quantity":")" +
                               decimal_text(raw, terms.quantity_decimals) + "\"}",
                   .asked = {}};
}

void EpisodeExchange::deposit(const std::string& account, double amount) {
    publish("risk.in.balance." + account,
            R"({"id":"d)" + std::to_string(++numbered_) + R"(","asset":"USDT","amount":")" +
                decimal_text(to_raw(amount, usdt_decimals), usdt_decimals) +
                R"(","kind":"deposit"})");
}

void EpisodeExchange::fill(const Traded& traded) {
    const auto& [place, quantity, price] = traded;
    const EpisodeListing& listing = episode_listings[place.listing];
    const double worth = to_number(std::abs(quantity), listing.quantity_decimals) *
                         to_number(price, listing.price_decimals);
    const std::string number = std::to_string(++numbered_);
    publish("risk.in.fill." + name(place.account),
            R"({"fill":"f)" + number + R"(","order":"x)" + number + R"(","instrument":")" +
                std::string(listing.name) + R"(","side":")" + (quantity > 0 ? "buy" : "sell") +
                R"(","price":")" + decimal_text(price, listing.price_decimals) +
                R"(","quantity":")" + decimal_text(std::abs(quantity), listing.quantity_decimals) +
                R"(","fee":")" + decimal_text(to_raw(worth * 0.0005, 8), 8) +
                R"(","fee_asset":"USDT","liquidity":"taker"})");
    positions_[place] += quantity;
}

void EpisodeExchange::take(const Json& said) {
    if (said["handover"]) {
        take_handover(said);
    } else {
        follow_stage(said);
    }
}

// Of a position: what one does, the other has undone.
void EpisodeExchange::take_handover(const Json& said) {
    if (!said["instrument"]) return;
    const std::size_t listing = episode_listing_of(said["instrument"].text());
    const std::int64_t quantity = signed_quantity(said);
    const auto move = [&](const std::string& account, std::int64_t moved) {
        if (const auto number = account_of(account)) {
            positions_[{*number, listing}] += moved;
        } else {
            fund_positions_[said["instrument"].text()] += moved;
        }
    };
    move(said["account"].text(), quantity);
    move(said["of"].text(), -quantity);
}

// A trigger takes the place of the one before it on the same ladder.
void EpisodeExchange::follow_stage(const Json& said) {
    const auto account = account_of(said["account"].text());
    if (!account) return;
    const bool isolated = static_cast<bool>(said["instrument"]);
    std::optional<std::size_t> listing;
    if (isolated) listing = episode_listing_of(said["instrument"].text());
    std::erase_if(wants_, [&](const auto& row) {
        const Place& place = row.first;
        return place.account == *account && is_isolated(place) == isolated &&
               (!listing || place.listing == *listing);
    });
    const std::string& stage = said["stage"].text();
    if (stage == "closed" || stage == "margin_call") return;
    note_cancels(*account, listing);
    if (stage == "take_over") return;  // riskd has done it
    for (const Json& leg : said["close"].items()) {
        const std::int64_t quantity = signed_quantity(leg);
        wants_[{*account, episode_listing_of(leg["instrument"].text())}] = {
            .is_buy = quantity > 0, .left = std::abs(quantity), .due = in(5, 900)};
    }
}

void EpisodeExchange::note_cancels(std::size_t account, std::optional<std::size_t> listing) {
    for (const auto& [id, order] : orders_) {
        const bool works = order.account == account && order.accepted && !order.ended;
        if (works && (!listing || order.listing == *listing)) cancels_.try_emplace(id, in(0, 400));
    }
}

void EpisodeExchange::close_wanted() {
    for (auto row = wants_.begin(); row != wants_.end();) {
        auto& [place, want] = *row;
        if (want.due > Clock::now()) {
            ++row;
            continue;
        }
        const std::int64_t held = positions_[place];
        const std::int64_t most = want.is_buy ? -held : held;
        want.left = std::min(want.left, most);
        const std::int64_t part = chance(0.5) ? want.left : want.left - want.left / 2;
        if (part > 0) {
            const std::int64_t price = prices_.mark(place.listing);
            fill({.place = place,
                  .quantity = want.is_buy ? part : -part,
                  .price =
                      std::max<std::int64_t>(price + (want.is_buy ? 1 : -1) * price / 2'000, 1)});
            ++counters_.closing_fills;
            want.left -= part;
        }
        want.due = in(5, 400);
        row = want.left > 0 ? std::next(row) : wants_.erase(row);
    }
}

void EpisodeExchange::cancel_wanted() {
    for (auto row = cancels_.begin(); row != cancels_.end();) {
        if (row->second > Clock::now()) {
            ++row;
            continue;
        }
        Order& order = orders_.at(row->first);
        order.ended = true;
        ++counters_.orders_cancelled;
        publish("risk.in.order." + name(order.account),
                R"({"id":"u)" + std::to_string(++numbered_) + R"(","order":")" + row->first +
                    R"(","event":"cancelled"})");
        row = cancels_.erase(row);
    }
}

// Somebody who has nothing left begins again; the fund gets something now and then.
void EpisodeExchange::reopen_somebody() {
    const auto account =
        static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(accounts_) - 1));
    const bool is_flat =
        std::all_of(positions_.lower_bound({account, 0}), positions_.lower_bound({account + 1, 0}),
                    [](const auto& row) { return row.second == 0; });
    if (is_flat && !log_.is_open(name(account))) open_positions(account);
    if (chance(0.01)) deposit(std::string(episode_fund), 2'000);
    // A customer who answers his margin call.
    if (!is_flat && chance(0.1) && log_.is_open(name(account))) {
        deposit(name(account), spread(100, 3'000));
    }
}

void EpisodeExchange::cure() {
    for (const auto& [ladder, standing] : log_.standings()) {
        if (standing.stage == "closed") continue;
        deposit(ladder.first, 50'000);
        if (ladder.second.empty()) continue;
        publish("risk.in.margin." + ladder.first, R"({"id":"m)" + std::to_string(++numbered_) +
                                                      R"(","instrument":")" + ladder.second +
                                                      R"(","amount":"40000"})");
    }
}

void EpisodeExchange::turn() {
    if (Clock::now() - priced_ >= price_interval) {
        priced_ = Clock::now();
        if (!rests_) prices_.move();
        send_prices();
        if (!rests_) reopen_somebody();
    }
    close_wanted();
    cancel_wanted();
    ask_again();
    publish_again();
    pump(1);
}

}  // namespace riskd::tests
