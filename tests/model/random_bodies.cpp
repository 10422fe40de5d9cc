// The bodies of random events: mostly sensible, sometimes at an edge, sometimes wrong.
#include <algorithm>
#include <array>

#include "tests/model/random_events.hpp"

namespace riskd::model {

namespace {

constexpr std::int64_t second = 1'000'000'000;

constexpr InstrumentId everlasting{13};

constexpr PositionMode other_mode(PositionMode mode) {
    return mode == PositionMode::hedge ? PositionMode::one_way : PositionMode::hedge;
}

// About this many thousandths of each asset are worth the same.
constexpr std::array<std::int64_t, 4> thousandths{1'000'000, 20, 330, 1'000'000};

}  // namespace

// Raw, up to `most` thousand units of the reference asset or as much of another.
std::int64_t RandomEvents::amount_of(AssetId asset, std::int64_t most) {
    const std::size_t at = is_known(asset) ? index(asset) % thousandths.size() : 0;
    const int decimals = is_known(asset) ? assets_[index(asset)].decimals : 0;
    return random_.between(1, power_of_ten(decimals) * thousandths[at] / 1'000 * most + 1);
}

EventBody RandomEvents::order() {
    if (!to_try_.empty() && random_.percent(60)) {
        const OrderRequest request = to_try_.back();
        to_try_.pop_back();
        return request;
    }
    if (to_try_.size() > 50) to_try_.clear();
    if (!asked_.empty() && random_.one_in(30)) {
        OrderRequest again = random_.pick(std::span<const OrderRequest>(asked_));
        if (random_.one_in(3)) again.quantity.raw += 1;  // the same id with other terms
        return again;
    }
    OrderRequest request = fresh_order();
    if (random_.one_in(12)) spoil(request);
    return request;
}

OrderRequest RandomEvents::fresh_order() {
    OrderRequest request;
    request.account = any_account();
    request.instrument = any_instrument();
    request.order = new_id('o');
    request.side = random_.one_in(2) ? Side::buy : Side::sell;
    request.position_side = any_side(request.account, request.instrument);
    const Traded& traded =
        instruments_[is_known(request.instrument) ? index(request.instrument) : 0];
    request.type = static_cast<OrderType>(random_.weighted({70, 20, 5, 5}));
    request.time_in_force = static_cast<TimeInForce>(random_.weighted({60, 20, 5, 5, 10}));
    if (request.time_in_force == TimeInForce::gtd) {
        request.expires.ns = time_.ns + random_.between(1, 3'600 * second);
    }
    const bool limited = request.type == OrderType::limit || request.type == OrderType::stop_limit;
    const bool stops =
        request.type == OrderType::stop_limit || request.type == OrderType::stop_market;
    if (limited) request.price = Price{price_near(traded, 300)};
    if (stops) request.trigger_price = Price{price_near(traded, 300)};
    request.reduce_only = random_.one_in(10);
    request.post_only = request.type == OrderType::limit && random_.one_in(10);
    request.quantity = Quantity{quantity_of(traded)};
    if (!working_.empty() && random_.one_in(8)) {
        const Working& old = random_.pick(std::span<const Working>(working_));
        request.replaces = old.request.order;
        if (!random_.one_in(10)) {
            request.account = old.request.account;
            request.position_side = any_side(request.account, request.instrument);
        }
        if (!random_.one_in(10)) {
            request.instrument = old.request.instrument;
            request.side = old.request.side;
            request.position_side = old.request.position_side;
            request.price = old.request.price;
            request.trigger_price = old.request.trigger_price;
            request.type = old.request.type;
        }
    }
    // An order or two that only just fits.
    if (extreme_ && random_.one_in(6)) {
        request.instrument = InstrumentId{4};
        request.quantity.raw =
            raw_max / 5'000'000 / static_cast<std::int64_t>(1 + random_.below(9));
    }
    if (extreme_ && limited && random_.one_in(8)) {
        const std::int64_t most = raw_max / request.quantity.raw;
        request.price.raw = most / power_of_ten(static_cast<int>(random_.below(9))) /
                            traded.terms.tick.raw * traded.terms.tick.raw;
    }
    request.trader = Name{"t1"};
    return request;
}

void RandomEvents::spoil(OrderRequest& request) {
    switch (random_.below(12)) {
        case 0: request.quantity.raw = 0; break;
        case 1: request.quantity.raw += 1; break;
        case 2: request.quantity.raw = random_.between(1, 5); break;
        case 3: request.quantity.raw = 1'000'000'001 + random_.between(0, 1'000'000); break;
        case 4: request.price.raw += 1; break;
        case 5: request.price.raw = 0; break;
        case 6: request.price.raw = -request.price.raw; break;
        case 7: request.trigger_price.raw = random_.between(0, 3); break;
        case 8: request.expires.ns = time_.ns - random_.between(0, second); break;
        case 9: request.post_only = true; break;
        case 10: request.replaces = Id{"nobody"}; break;
        default:
            request.quantity.raw = extreme_ ? raw_max - random_.between(0, 3) : 999'999'999;
            break;
    }
}

EventBody RandomEvents::order_update() {
    OrderUpdate update;
    update.id = new_id('u');
    update.event = static_cast<OrderEvent>(random_.weighted({15, 10, 45, 5, 10, 15}));
    if (working_.empty() || random_.one_in(20)) {
        update.account = any_account();
        update.order = Id{"unheard"};
        return update;
    }
    const Working& working = random_.pick(std::span<const Working>(working_));
    update.account = working.request.account;
    update.order = working.request.order;
    if (random_.one_in(4)) {
        update.has_remaining = true;
        update.remaining.raw = random_.between(0, working.remaining + 2);
    }
    return update;
}

EventBody RandomEvents::fill() {
    Fill fill;
    fill.fill = new_id('f');
    if (!working_.empty() && random_.percent(75)) {
        const Working& working = random_.pick(std::span<const Working>(working_));
        fill.account = working.request.account;
        fill.instrument = working.request.instrument;
        fill.order = working.request.order;
        fill.side = working.request.side;
        fill.position_side = working.request.position_side;
        const bool whole = random_.one_in(2);
        fill.quantity.raw = whole ? working.remaining : random_.between(1, working.remaining);
        if (random_.one_in(25)) fill.quantity.raw += random_.between(1, 50);
        if (random_.one_in(60)) {
            fill.position_side = any_side(fill.account, fill.instrument);
        }
        if (random_.one_in(60)) fill.side = fill.side == Side::buy ? Side::sell : Side::buy;
        if (random_.one_in(80)) fill.instrument = any_instrument();
    } else {
        fill.account = any_account();
        fill.instrument = any_instrument();
        fill.order = Id{"elsewhere"};
        fill.side = random_.one_in(2) ? Side::buy : Side::sell;
        fill.position_side = any_side(fill.account, fill.instrument);
        const Traded& traded = instruments_[is_known(fill.instrument) ? index(fill.instrument) : 0];
        fill.quantity.raw = std::max<std::int64_t>(quantity_of(traded) / 8, 1);
    }
    const Traded& traded = instruments_[is_known(fill.instrument) ? index(fill.instrument) : 0];
    fill.price = Price{price_near(traded, 150)};
    if (random_.one_in(50)) fill.price.raw += 1;
    fill.fee_asset = any_asset();
    if (random_.percent(60)) fill.fee.raw = random_.between(0, 5'000);
    if (random_.one_in(10)) fill.fee.raw = -random_.between(0, 500);
    if (random_.one_in(150)) fill.quantity.raw = 1;
    if (extreme_ && random_.one_in(40)) {
        fill.quantity.raw = raw_max - random_.between(0, 1);
        fill.price.raw = random_.between(1, 3);
    }
    if (extreme_ && random_.one_in(60)) fill.fee.raw = random_.between(0, 1) * raw_max;
    return fill;
}

EventBody RandomEvents::balance_change() {
    BalanceChange change;
    change.account = any_account();
    change.id = new_id('d');
    change.asset = any_asset();
    change.kind = static_cast<BalanceKind>(random_.weighted({40, 35, 10, 10, 5}));
    change.amount.raw = amount_of(change.asset, 3);
    const int decimals = is_known(change.asset) ? assets_[index(change.asset)].decimals : 0;
    const std::int64_t one = power_of_ten(decimals);
    if (random_.one_in(3) && change.amount.raw > one) change.amount.raw -= change.amount.raw % one;
    if (change.kind == BalanceKind::withdrawal) change.amount.raw = -change.amount.raw;
    if (change.kind == BalanceKind::adjustment && random_.one_in(2)) {
        change.amount.raw = -change.amount.raw;
    }
    if (extreme_ && random_.one_in(15)) {
        change.amount.raw = (random_.one_in(2) ? 1 : -1) * (raw_max - random_.between(0, 3));
    }
    return change;
}

EventBody RandomEvents::transfer() {
    Transfer transfer;
    transfer.id = new_id('t');
    transfer.from = any_account();
    transfer.to = any_account();
    transfer.asset = any_asset();
    transfer.amount.raw = amount_of(transfer.asset, 1);
    if (extreme_ && random_.one_in(15)) transfer.amount.raw = raw_max - random_.between(0, 3);
    return transfer;
}

EventBody RandomEvents::price() {
    PriceUpdate update;
    update.instrument = any_instrument();
    if (!is_known(update.instrument)) return update;
    Traded& traded = instruments_[index(update.instrument)];
    const std::int64_t basis_points = random_.one_in(60) ? 1'500 : 40;
    traded.level += traded.level / 10'000 * random_.between(-basis_points, basis_points) +
                    random_.between(-1, 1);
    traded.level = std::clamp<std::int64_t>(traded.level, 1'000, 50'000'000);
    update.mark.raw = traded.level;
    update.as_of = time_;
    if (random_.one_in(3)) {
        update.bid.raw = traded.level - 1;
        update.ask.raw = traded.level + 1;
        update.index.raw = traded.level + random_.between(-5, 5);
    }
    if (random_.one_in(2)) update.implied_volatility = random_.between(5, 200) * 10'000'000'000;
    if (random_.one_in(9)) update.confidence = random_.between(-1, 101) * 1'000'000;
    update.has_interest_rate = random_.one_in(30);
    if (update.has_interest_rate) update.interest_rate = random_.between(-5, 40) * 1'000'000;
    if (random_.one_in(25)) spoil(update, traded);
    if (random_.one_in(20)) update.as_of.ns -= random_.between(0, 90 * second);
    if (random_.one_in(60)) update.as_of.ns += random_.between(0, 2 * second);
    if (random_.one_in(120)) update.mark.raw = random_.between(-1, 0);
    if (extreme_ && random_.one_in(100)) update.mark.raw = raw_max - random_.between(0, 3);
    return update;
}

// In the decimals that settlement and funding are told: near the mark, of an option near that of
// its underlying, with four figures more.
std::int64_t RandomEvents::final_price(InstrumentId id) {
    const Traded& traded = instruments_[index(id)];
    for (const Traded& underlying : instruments_) {
        if (!(underlying.terms.name == traded.terms.underlying)) continue;
        const int more = std::min(4, decimals_max - underlying.terms.price_decimals);
        return price_near(underlying, 300) * power_of_ten(more) + random_.between(0, 9'999);
    }
    return price_near(traded, 20);
}

EventBody RandomEvents::funding() {
    Funding funding;
    funding.instrument = any_instrument();
    funding.id = new_id('p');
    funding.rate = random_.between(-200'000, 200'000);
    if (random_.one_in(4)) funding.instrument = everlasting;
    if (!is_known(funding.instrument)) return funding;
    funding.period.ns = random_.between(random_.one_in(20) ? -1 : 1, 100'000) * second;
    funding.price.raw = final_price(funding.instrument);
    if (random_.one_in(20)) funding.price.raw = random_.between(-1, 0);
    return funding;
}

// Mostly what a rate at the level adds, sometimes a jump.
EventBody RandomEvents::funding_index() {
    FundingIndex update;
    update.instrument = any_instrument();
    update.id = new_id('i');
    update.is_paid = random_.one_in(3);
    if (!is_known(update.instrument)) return update;
    Traded& traded = instruments_[index(update.instrument)];
    const std::int64_t rate = random_.between(-200'000, 200'000);
    const bool is_inverse = riskd::is_inverse(traded.terms.kind);
    traded.funding_index += is_inverse ? rate * 1'000'000'000 / traded.level : rate * traded.level;
    if (random_.one_in(100)) traded.funding_index = -traded.funding_index;
    update.index = traded.funding_index;
    if (extreme_ && random_.one_in(20)) update.index = raw_max - random_.between(0, 3);
    return update;
}

EventBody RandomEvents::settlement() {
    Settlement settlement;
    constexpr std::array<InstrumentId, 5> expiring{
        InstrumentId{6}, InstrumentId{10}, InstrumentId{11}, InstrumentId{12}, InstrumentId{14}};
    settlement.instrument = random_.one_in(4)
                                ? any_instrument()
                                : random_.pick(std::span<const InstrumentId>(expiring));
    settlement.id = new_id('s');
    if (!is_known(settlement.instrument)) return settlement;
    settlement.price.raw = final_price(settlement.instrument);
    return settlement;
}

Name RandomEvents::any_group() {
    constexpr std::array<std::string_view, 5> groups{"firm", "makers", "takers", "desk", "others"};
    return Name{groups[static_cast<std::size_t>(random_.below(groups.size()))]};
}

Name RandomEvents::any_margin() {
    return margins_.empty() ? Name{} : random_.pick(std::span<const Name>(margins_));
}

EventBody RandomEvents::definition() {
    switch (random_.below(6)) {
        case 0: {
            AccountDefinition account = random_.pick(std::span<const AccountDefinition>(accounts_));
            account.leverage = static_cast<std::uint32_t>(random_.between(0, 30));
            if (random_.one_in(2)) account.group = any_group();
            if (random_.one_in(6)) account.borrow = !account.borrow;
            if (random_.one_in(10)) account.currency = Name{"ETH"};
            if (random_.one_in(10)) account.group = Name{"nobody"};
            if (random_.one_in(3)) account.margin = any_margin();
            if (random_.one_in(15)) account.margin = Name{"nobody"};
            if (random_.one_in(8)) account.position_mode = other_mode(account.position_mode);
            return account;
        }
        case 1: {
            InstrumentDefinition terms = random_.pick(std::span<const Traded>(instruments_)).terms;
            terms.leverage_max = static_cast<std::uint32_t>(random_.between(1, 50));
            terms.taker_fee_rate = random_.between(-10, 100) * 1'000;
            if (random_.one_in(4)) terms.mark_age_max.ns = random_.between(20, 90) * second;
            if (random_.one_in(3)) guard(terms);
            if (random_.one_in(20)) terms.confirmations = 0;
            if (random_.one_in(20)) terms.jump_max = -1;
            if (random_.one_in(10)) terms.price_decimals ^= 1;
            if (random_.one_in(20)) terms.tick.raw = 0;
            return terms;
        }
        case 2: {
            AssetDefinition asset = random_.pick(std::span<const AssetDefinition>(assets_));
            if (random_.one_in(3)) asset.decimals ^= 1;
            // Priced by what is traded, and back again.
            if (asset.name == Name{"BTC"} && random_.one_in(2)) asset.priced_by = Name{"BTC-PERP"};
            return asset;
        }
        case 3: {
            // Chains that grow too long, parents below their groups, and parents nobody heard of.
            GroupDefinition group{.name = any_group()};
            if (random_.one_in(3)) group.name = Name{"team" + std::to_string(random_.below(8))};
            if (!random_.one_in(4)) group.parent = any_group();
            if (random_.one_in(3)) group.parent = Name{"team" + std::to_string(random_.below(8))};
            return group;
        }
        case 4: {
            AccountDefinition account = accounts_.front();
            account.name = Name{"late" + std::to_string(random_.below(6))};
            return account;
        }
        default: {
            InstrumentDefinition terms = instruments_.front().terms;
            terms.name = Name{"NEW" + std::to_string(random_.below(4))};
            if (random_.one_in(3)) terms.quote = Name{"unheard"};
            return terms;
        }
    }
}

EventBody RandomEvents::control() {
    if (random_.one_in(3)) {
        const auto status = static_cast<InstrumentStatus>(random_.weighted({900, 60, 39, 1}));
        return InstrumentControl{
            .instrument = any_instrument(), .status = status, .by = Name{"officer"}};
    }
    const auto status = static_cast<AccountStatus>(random_.weighted({85, 10, 5}));
    return AccountControl{.account = any_account(), .status = status, .by = Name{"officer"}};
}

}  // namespace riskd::model
