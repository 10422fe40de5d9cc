#include "riskd/core/ledger.hpp"

#include <algorithm>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/hedge.hpp"

namespace riskd {

namespace {

template <typename IdType>
IdType find_name(const NameTable<IdType>& table, std::string_view text) noexcept {
    if (text.size() > sizeof(Name)) return IdType{none_raw};
    const auto& rows = table.template get<by_name>();
    const auto row = rows.find(text);
    return row == rows.end() ? IdType{none_raw} : row->id;
}

// REQUIRES: the last position is new.
void keep_place(BlockStore& store, Account& account) {
    const std::size_t count = account.positions.size();
    if (count <= PlacesInOrder::scanned_max) return;
    Block<PositionPlace>& places = account.places;
    for (std::size_t slot = places.empty() ? 0 : count - 1; slot < count; ++slot) {
        const Position& position = account.positions[slot];
        const PositionPlace place{position.instrument, position.side,
                                  static_cast<std::uint32_t>(slot)};
        const auto* behind = std::lower_bound(places.begin(), places.end(), place, comes_before);
        places.insert(store, static_cast<std::size_t>(behind - places.begin()), place);
    }
}

// Figures that an amount of the settlement asset has beyond those of the product that values it.
int figures_to_gain(const InstrumentDefinition& terms, int settle_decimals) noexcept {
    const int size_decimals = terms.quantity_decimals + terms.contract_size_decimals;
    return settle_decimals - size_decimals +
           (is_inverse(terms.kind) ? terms.price_decimals : -terms.price_decimals);
}

}  // namespace

// Tables that fill up in service have their room from the start: growing one would hold up every
// answer behind it for as long as it takes to move a million rows.
Ledger::Ledger(const LedgerLimits& limits) : limits_{limits} {
    accounts_.reserve(limits.accounts_max);
    account_names_.get<by_name>().reserve(limits.accounts_max);
    orders_.get<by_id>().reserve(limits.open_orders_max);
    decisions_.get<by_id>().reserve(limits.orders_remembered_max + 1U);
    seen_.get<by_id>().reserve(limits.ids_remembered_max + 1U);
}

AccountId Ledger::find_account(std::string_view text) const noexcept {
    return find_name(account_names_, text);
}
InstrumentId Ledger::find_instrument(std::string_view text) const noexcept {
    return find_name(instrument_names_, text);
}
AssetId Ledger::find_asset(std::string_view text) const noexcept {
    return find_name(asset_names_, text);
}
GroupId Ledger::find_group(std::string_view text) const noexcept {
    return find_name(group_names_, text);
}

const House& Ledger::house(AssetId id) const noexcept {
    RISKD_CHECK(index(id) < houses_.size());
    return houses_[index(id)];
}

const OpenOrder* Ledger::find_order(AccountId account, const Id& order) const noexcept {
    const auto& rows = orders_.get<by_id>();
    const auto row = rows.find(OrderKey{.account = account, .id = order});
    return row == rows.end() ? nullptr : &*row;
}

const Decision* Ledger::find_decision(AccountId account, const Id& order) const noexcept {
    const auto& rows = decisions_.get<by_id>();
    const auto row = rows.find(OrderKey{.account = account, .id = order});
    return row == rows.end() ? nullptr : &*row;
}

const Position* Ledger::find_position(AccountId account, InstrumentId instrument,
                                      PositionSide side) const noexcept {
    const auto& block = accounts_[index(account)].positions;
    if (block.size() <= PlacesInOrder::scanned_max) {
        for (const Position& position : block) {
            if (position.instrument == instrument && position.side == side) return &position;
        }
        return nullptr;
    }
    const auto& places = accounts_[index(account)].places;
    const auto place = std::lower_bound(places.begin(), places.end(),
                                        PositionPlace{instrument, side, 0}, comes_before);
    const bool found =
        place != places.end() && place->instrument == instrument && place->side == side;
    return found ? &block[place->slot] : nullptr;
}

const Balance* Ledger::find_balance(AccountId account, AssetId asset) const noexcept {
    for (const Balance& balance : accounts_[index(account)].balances) {
        if (balance.asset == asset) return &balance;
    }
    return nullptr;
}

Wide Ledger::conservation(AssetId asset) const noexcept {
    const House& house = houses_[index(asset)];
    Wide sum = house.external + house.counterparty + house.fees + house.funding + house.insurance;
    for (const Account& account : accounts_) {
        for (const Balance& balance : account.balances) {
            if (balance.asset == asset) sum += balance.amount.raw;
        }
    }
    return sum;
}

std::optional<AssetId> Ledger::apply_asset(const AssetDefinition& definition) {
    if (definition.name.empty() || definition.decimals > decimals_max) return std::nullopt;
    const AssetId known = find_asset(definition.name.view());
    const bool is_new = !is_known(known);
    if (!is_new && assets_[index(known)].terms.decimals != definition.decimals) {
        return std::nullopt;
    }
    const AssetId id = is_new ? AssetId{static_cast<std::uint32_t>(assets_.size())} : known;
    if (is_new) {
        assets_.emplace_back();
        houses_.emplace_back();
        holders_of_.emplace_back();
        asset_names_.insert({.name = {store_, definition.name.view()}, .id = id});
    }
    Asset& asset = assets_[index(id)];
    asset.terms = definition;
    asset.unit = static_cast<double>(power_of_ten(definition.decimals));
    asset.is_reference = definition.priced_by.empty();
    // The instrument may be defined later; apply_instrument resolves it then.
    asset.priced_by = find_instrument(definition.priced_by.view());
    return id;
}

void Ledger::resolve(Instrument& instrument) noexcept {
    const InstrumentDefinition& terms = instrument.terms;
    const int more = figures_to_gain(terms, assets_[index(instrument.settle)].terms.decimals);
    instrument.value_scale = {.numerator = terms.contract_size * power_of_ten(std::max(more, 0)),
                              .denominator = power_of_ten(std::max(-more, 0))};
    const int base_decimals = assets_[index(instrument.base)].terms.decimals;
    const int base_up = base_decimals - terms.quantity_decimals;
    instrument.base_scale = {.numerator = power_of_ten(base_up > 0 ? base_up : 0),
                             .denominator = power_of_ten(base_up < 0 ? -base_up : 0)};
    instrument.price_unit = static_cast<double>(power_of_ten(terms.price_decimals));
    instrument.quantity_unit = static_cast<double>(power_of_ten(terms.quantity_decimals));
    instrument.settle_unit = assets_[index(instrument.settle)].unit;
    instrument.contract_size = static_cast<double>(terms.contract_size) /
                               static_cast<double>(power_of_ten(terms.contract_size_decimals));
    instrument.final_price_decimals = terms.price_decimals;
    if (!is_known(instrument.underlying)) return;
    const int finer = instruments_[index(instrument.underlying)].terms.price_decimals + 4;
    instrument.final_price_decimals = static_cast<std::uint8_t>(std::min(finer, decimals_max));
}

namespace {

// What may not change once positions may have been valued with it.
bool same_scale(const InstrumentDefinition& a, const InstrumentDefinition& b) noexcept {
    return a.kind == b.kind && a.base == b.base && a.quote == b.quote && a.settle == b.settle &&
           a.price_decimals == b.price_decimals && a.quantity_decimals == b.quantity_decimals &&
           a.contract_size == b.contract_size &&
           a.contract_size_decimals == b.contract_size_decimals && a.underlying == b.underlying &&
           a.right == b.right && a.strike == b.strike && a.strike_decimals == b.strike_decimals &&
           a.payout == b.payout;
}

// Powers of ten and sizes whose product still fits, so that no scale can overflow.
bool scale_fits(const InstrumentDefinition& definition, int settle_decimals) noexcept {
    const int more = figures_to_gain(definition, settle_decimals);
    return more >= -18 && more <= 18 &&
           Wide{definition.contract_size} * power_of_ten(std::max(more, 0)) <= raw_max;
}

}  // namespace

// Of an option: nothing when it is not defined, is an option itself, or is of something else.
std::optional<InstrumentId> Ledger::underlying_of(
    const InstrumentDefinition& definition) const noexcept {
    if (!is_option(definition.kind)) return no_instrument;
    const InstrumentId id = find_instrument(definition.underlying.view());
    if (!is_known(id)) return std::nullopt;
    const InstrumentDefinition& terms = instruments_[index(id)].terms;
    if (is_option(terms.kind) || !(terms.base == definition.base)) return std::nullopt;
    return id;
}

std::optional<InstrumentId> Ledger::apply_instrument(const InstrumentDefinition& definition) {
    const AssetId base = find_asset(definition.base.view());
    const AssetId quote = find_asset(definition.quote.view());
    const AssetId settle = find_asset(definition.settle.view());
    if (definition.name.empty() || !is_known(base) || !is_known(quote) || !is_known(settle)) {
        return std::nullopt;
    }
    if (definition_fault(definition)) return std::nullopt;
    const auto underlying = underlying_of(definition);
    if (!underlying) return std::nullopt;
    if (!scale_fits(definition, assets_[index(settle)].terms.decimals)) return std::nullopt;
    const bool whole_base = assets_[index(base)].terms.decimals >= definition.quantity_decimals;
    if (definition.kind == ContractKind::spot && !whole_base) return std::nullopt;
    const InstrumentId known = find_instrument(definition.name.view());
    if (is_known(known) && !same_scale(instruments_[index(known)].terms, definition)) {
        return std::nullopt;
    }
    if (!is_known(known) && instruments_.size() >= limits_.instruments_max) return std::nullopt;
    const InstrumentId id =
        is_known(known) ? known : InstrumentId{static_cast<std::uint32_t>(instruments_.size())};
    if (!is_known(known)) {
        instruments_.emplace_back();
        positions_in_.emplace_back();
        instrument_names_.insert({.name = {store_, definition.name.view()}, .id = id});
        for (Asset& asset : assets_) {
            if (asset.terms.priced_by == definition.name) asset.priced_by = id;
        }
        if (quote != settle) assets_[index(quote)].quoted.push_back(id);
        if (is_known(*underlying)) {
            Instrument& of = instruments_[index(*underlying)];
            of.options.push_back(id);
            const bool other = of.quote != settle && of.quote != quote;
            if (other) assets_[index(of.quote)].quoted.push_back(id);
        }
    }
    Instrument& instrument = instruments_[index(id)];
    instrument.terms = definition;
    instrument.id = id;
    instrument.base = base;
    instrument.quote = quote;
    instrument.settle = settle;
    instrument.underlying = *underlying;
    resolve(instrument);
    return id;
}

std::optional<std::string_view> Ledger::position_mode_fault(
    const AccountDefinition& definition) const noexcept {
    const AccountId known = find_account(definition.name.view());
    if (!is_known(known)) return std::nullopt;
    const Account& account = accounts_[index(known)];
    if (account.terms.position_mode == definition.position_mode) return std::nullopt;
    for (const Position& position : account.positions) {
        if (!has_hedge_mode(instruments_[index(position.instrument)].terms.kind)) continue;
        if (position.quantity.raw != 0 || position.open_orders != 0) {
            return "position_mode refused: a position or an order is open";
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> Ledger::position_side_fault(AccountId account,
                                                            InstrumentId instrument,
                                                            PositionSide side) const noexcept {
    const PositionMode mode = accounts_[index(account)].terms.position_mode;
    if (has_side(mode, instruments_[index(instrument)].terms.kind, side)) return std::nullopt;
    if (side == PositionSide::net) return "position_side is missing: the account is in hedge mode";
    return "position_side: there is one position, without sides";
}

std::optional<std::string_view> Ledger::insurance_fund_fault(
    const AccountDefinition& definition) const noexcept {
    if (!definition.insurance_fund) return std::nullopt;
    const AccountId known = find_account(definition.name.view());
    if (is_known(insurance_fund_) && insurance_fund_ != known) {
        return "insurance_fund refused: there is one already";
    }
    if (definition.position_mode == PositionMode::hedge) {
        return "insurance_fund refused: it has no hedge mode";
    }
    if (!is_known(known)) return std::nullopt;
    const Account& account = accounts_[index(known)];
    if (account.isolated_positions != 0) return "insurance_fund refused: a position is isolated";
    if (account.stage != Stage::healthy) return "insurance_fund refused: an episode is open";
    return std::nullopt;
}

std::optional<AccountId> Ledger::apply_account(const AccountDefinition& definition) {
    const AssetId currency = find_asset(definition.currency.view());
    const GroupId group = find_group(definition.group.view());
    if (definition.name.empty() || !is_known(currency)) return std::nullopt;
    if (!definition.group.empty() && !is_known(group)) return std::nullopt;
    const AccountId known = find_account(definition.name.view());
    const bool is_new = !is_known(known);
    if (is_new && accounts_.size() >= limits_.accounts_max) return std::nullopt;
    if (!is_new && accounts_[index(known)].currency != currency) return std::nullopt;
    const AccountId id = is_new ? AccountId{static_cast<std::uint32_t>(accounts_.size())} : known;
    if (is_new) {
        const StoredText name{store_, definition.name.view()};
        accounts_.emplace_back().terms.name = name;
        account_names_.insert({.name = name, .id = id});
    }
    Account& account = accounts_[index(id)];
    move_to_group(account, group);
    if (!is_new) --margins_named_[std::string{account.terms.margin.view()}];
    ++margins_named_[std::string{definition.margin.view()}];
    account.terms = {.name = account.terms.name,
                     .margin = SharedName{shared_name(definition.margin)},
                     .leverage = definition.leverage,
                     .status = definition.status,
                     .borrow = definition.borrow,
                     .position_mode = definition.position_mode,
                     .insurance_fund = definition.insurance_fund};
    account.id = id;
    account.currency = currency;
    if (definition.insurance_fund) {
        insurance_fund_ = id;
    } else if (insurance_fund_ == id) {
        insurance_fund_ = no_account;
    }
    // Reference data may make an account stricter; only a control makes it looser again.
    account.status = is_new ? definition.status : std::max(account.status, definition.status);
    static_cast<void>(balance_of(id, currency));
    return id;
}

// Accounts name few margin rules, so each name is kept once.
const Name& Ledger::shared_name(const Name& name) {
    return shared_names_.try_emplace(std::string{name.view()}, name).first->second;
}

Balance& Ledger::balance_of(AccountId account, AssetId asset) {
    auto& block = accounts_[index(account)].balances;
    for (Balance& balance : block) {
        if (balance.asset == asset) return balance;
    }
    holders_of_[index(asset)].add(
        {.account = account, .slot = static_cast<std::uint32_t>(block.size())});
    return block.append(store_, {.asset = asset, .amount = {}, .hold = {}, .isolated = {}});
}

Position& Ledger::position_of(AccountId account, InstrumentId instrument, PositionSide side) {
    if (const Position* known = find_position(account, instrument, side)) {
        return const_cast<Position&>(
            *known);  // the rows are ours; find_ only promises not to write
    }
    auto& block = accounts_[index(account)].positions;
    positions_in_[index(instrument)].add(
        {.account = account, .side = side, .slot = static_cast<std::uint32_t>(block.size())});
    Position& made = block.append(store_, {});
    made.instrument = instrument;
    made.side = side;
    keep_place(store_, accounts_[index(account)]);
    // Its profit is settled here, so the row exists before the first profit does.
    static_cast<void>(balance_of(account, instruments_[index(instrument)].settle));
    return block.back();
}

}  // namespace riskd
