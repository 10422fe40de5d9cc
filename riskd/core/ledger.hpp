// The ledger: every table of business state, and the only functions that write it. Double entry:
// what an account gains, a house account loses, so each asset sums to zero over all of them. A
// change whose result would not fit is refused before anything is written. Core thread only.
//
// Tables are Boost.MultiIndex where rows are found by more than one key: orders by id and by
// account, decisions by order and by age. Rows that are read together lie together: accounts and
// instruments in arrays by dense id, the positions of an account in one block, and for each
// instrument the list of who holds it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "riskd/core/account.hpp"
#include "riskd/core/event.hpp"
#include "riskd/core/group.hpp"
#include "riskd/core/holders.hpp"
#include "riskd/core/instrument.hpp"
#include "riskd/core/tables.hpp"

namespace riskd {

struct IsolatedFill;
struct IsolatedMove;

// The room is taken at the start; the daemon's figures are in config/settings.hpp.
struct LedgerLimits {
    std::uint32_t accounts_max{20'000};
    std::uint32_t instruments_max{4'096};
    std::uint32_t open_orders_max{50'000};
    std::uint32_t open_orders_per_account_max{1'000};
    std::uint32_t orders_remembered_max{100'000};
    std::uint32_t ids_remembered_max{200'000};
};

// The other side of every posting, per asset. Sums are kept in 128 bits: they never overflow.
struct House {
    Wide external{};      // deposits, withdrawals, adjustments, interest, rebates
    Wide counterparty{};  // the other side of fills and of realized pnl
    Wide fees{};
    Wide funding{};
    Wide insurance{};  // deficits that no insurance fund could pay
};

// Where a position lies: index `slot` of Account::positions.
struct PositionSlot {
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};
    PositionSide side{};
    std::uint32_t slot{};
};

// All positions in an instrument, for a range-for.
class PositionsIn {
public:
    class Iterator {
    public:
        Iterator(const HolderList& list, InstrumentId instrument) noexcept
            : row_{list}, instrument_{instrument} {}
        PositionSlot operator*() const noexcept {
            const Holder holder = *row_;
            return {.account = holder.account,
                    .instrument = instrument_,
                    .side = holder.side,
                    .slot = holder.slot};
        }
        Iterator& operator++() noexcept {
            ++row_;
            return *this;
        }
        bool operator==(std::default_sentinel_t end) const noexcept { return row_ == end; }

    private:
        HolderList::Iterator row_;
        InstrumentId instrument_;
    };

    PositionsIn(const HolderList& list, InstrumentId instrument) noexcept
        : list_{list}, instrument_{instrument} {}
    Iterator begin() const noexcept { return {list_, instrument_}; }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    const HolderList& list_;
    InstrumentId instrument_;
};

class Ledger {
public:
    explicit Ledger(const LedgerLimits& limits);

    // Reading. An id that find_ returned is valid for ever.
    AccountId find_account(std::string_view name) const noexcept;
    InstrumentId find_instrument(std::string_view name) const noexcept;
    AssetId find_asset(std::string_view name) const noexcept;
    GroupId find_group(std::string_view name) const noexcept;
    const Account& account(AccountId id) const noexcept {
        RISKD_CHECK(index(id) < accounts_.size());
        return accounts_[index(id)];
    }
    const Instrument& instrument(InstrumentId id) const noexcept {
        RISKD_CHECK(index(id) < instruments_.size());
        return instruments_[index(id)];
    }
    const Asset& asset(AssetId id) const noexcept {
        RISKD_CHECK(index(id) < assets_.size());
        return assets_[index(id)];
    }
    const Group& group(GroupId id) const noexcept {
        RISKD_CHECK(index(id) < groups_.size());
        return groups_[index(id)];
    }
    std::string_view group_name(GroupId id) const noexcept;
    std::size_t account_count() const noexcept { return accounts_.size(); }
    std::size_t instrument_count() const noexcept { return instruments_.size(); }
    std::size_t asset_count() const noexcept { return assets_.size(); }
    std::size_t group_count() const noexcept { return groups_.size(); }
    const House& house(AssetId id) const noexcept;
    const OpenOrder* find_order(AccountId account, const Id& order) const noexcept;
    const Decision* find_decision(AccountId account, const Id& order) const noexcept;
    const Position* find_position(AccountId account, InstrumentId instrument,
                                  PositionSide side = PositionSide::net) const noexcept;
    const Balance* find_balance(AccountId account, AssetId asset) const noexcept;
    const OrderTable& orders() const noexcept { return orders_; }
    // In order of account. What comes in while one walks is seen when it comes behind.
    PositionsIn positions_in(InstrumentId instrument) const noexcept {
        RISKD_CHECK(index(instrument) < positions_in_.size());
        return {positions_in_[index(instrument)], instrument};
    }
    const HolderList& holders_of(AssetId asset) const noexcept {
        RISKD_CHECK(index(asset) < holders_of_.size());
        return holders_of_[index(asset)];
    }
    // The margin rules that accounts name, or named, by how many accounts do.
    const std::map<std::string, std::uint32_t>& margins_named() const noexcept {
        return margins_named_;
    }
    const LedgerLimits& limits() const noexcept { return limits_; }
    // Of episodes from `reduce` on; no step when there is none.
    LadderStep step_of(const LadderKey& key) const noexcept;
    const std::map<LadderKey, LadderStep>& steps() const noexcept { return steps_; }
    // By when their next step is due.
    using DueSteps = std::set<std::pair<Timestamp, LadderKey>>;
    const DueSteps& due_steps() const noexcept { return due_steps_; }
    AccountId insurance_fund() const noexcept { return insurance_fund_; }  // if there is one
    // Of the accounts of a group and of every group below it, in one instrument.
    GroupExposure group_exposure(GroupId group, InstrumentId instrument) const noexcept;
    // The group itself, or below it.
    bool is_within(GroupId group, GroupId above) const noexcept;
    // Why a group cannot be defined so; nothing when it can.
    std::optional<std::string_view> group_fault(const GroupDefinition& definition) const noexcept;
    // Sum over all accounts and house accounts; zero, or we have a bug.
    Wide conservation(AssetId asset) const noexcept;
    std::uint64_t remembered_digest() const noexcept { return remembered_digest_; }
    // Of the rows that lie in blocks: all that grows with accounts but the array of accounts itself
    // and the lists of holders.
    std::size_t bytes_in_blocks() const noexcept { return store_.bytes_held(); }

    // Definitions. nullopt: a table is full or a name it needs is unknown; nothing changed.
    std::optional<AssetId> apply_asset(const AssetDefinition& definition);
    std::optional<InstrumentId> apply_instrument(const InstrumentDefinition& definition);
    std::optional<GroupId> apply_group(const GroupDefinition& definition);
    // Why the position mode of an account cannot be changed so; nothing when it can.
    std::optional<std::string_view> position_mode_fault(
        const AccountDefinition& definition) const noexcept;
    // Why an account cannot be the insurance fund; nothing when it can, or need not.
    std::optional<std::string_view> insurance_fund_fault(
        const AccountDefinition& definition) const noexcept;
    // REQUIRES: there is no such fault.
    std::optional<AccountId> apply_account(const AccountDefinition& definition);

    // Facts. false: an amount would not fit; nothing changed.
    [[nodiscard]] bool apply_fill(const Fill& fill);
    [[nodiscard]] bool apply_balance_change(const BalanceChange& change, Money value);
    [[nodiscard]] bool apply_transfer(const Transfer& transfer, Money value_from, Money value_to);
    [[nodiscard]] bool apply_funding(const PositionSlot& row, Money payment);
    // `price` in the instrument's final_price_decimals.
    [[nodiscard]] bool apply_settlement(const PositionSlot& row, Price price);
    // The first index of an instrument is also that of the positions there are.
    void apply_funding_index(InstrumentId instrument, std::int64_t index_now);
    [[nodiscard]] bool pay_funding(const PositionSlot& row);
    void apply_leverage(const LeverageChange& change);
    // Whether both sides of it fit, with room to spare.
    bool handover_fits(const Handover& handover) const noexcept;
    // REQUIRES: it fits.
    void apply_handover(const Handover& handover);
    // Why an account has no such position: its mode and the side do not agree; nothing when it may.
    std::optional<std::string_view> position_side_fault(AccountId account, InstrumentId instrument,
                                                        PositionSide side) const noexcept;
    // Why the margin of a position cannot be changed so; nothing when it can.
    std::optional<std::string_view> margin_fault(const MarginChange& change) const noexcept;
    // REQUIRES: there is no such fault.
    void apply_margin(const MarginChange& change);
    void apply_prices(InstrumentId instrument, const Prices& prices) noexcept;
    void apply_status(AccountId account, AccountStatus status) noexcept;
    void apply_status(InstrumentId instrument, InstrumentStatus status) noexcept;
    void report_stale(InstrumentId instrument, bool reported) noexcept;

    // Orders. place_: REQUIRES room, and a spot hold that the free balance covers, or that fits
    // when the account may borrow.
    void place_order(const OpenOrder& order);
    void shrink_order(const OpenOrder& order, Quantity remaining) noexcept;
    void release_order(AccountId account, const Id& order) noexcept;
    bool has_room_for_order(AccountId account) const noexcept;
    void remember(const Decision& decision);
    // True when this id was new; false when it was seen before (within ids_remembered_max).
    bool remember_id(char kind, AccountId account, const Id& id);

    // Stages, windows, boards.
    void apply_stage(AccountId account, Stage stage, std::uint32_t episode) noexcept;
    void apply_isolated_stage(const StageChange& change) noexcept;
    void apply_step(const StageChange& change);
    void store_margin(AccountId account, const AccountMargin& margin) noexcept;
    void store_isolated(AccountId account, const AccountMargin& margin) noexcept;
    void store_asked(AccountId account, std::uint32_t slot, const AskedMargin& asked) noexcept;
    std::span<WindowState> windows_of(AccountId account) noexcept;
    // What they counted stays with those that are among `windows` again.
    void set_windows(AccountId account, std::span<const WindowState> windows, std::uint32_t list);
    WindowBuckets* take_buckets();

private:
    Position& position_of(AccountId account, InstrumentId instrument, PositionSide side);
    Position& position_at(const PositionSlot& row) noexcept {
        return accounts_[index(row.account)].positions[row.slot];
    }
    Balance& balance_of(AccountId account, AssetId asset);
    bool post(AccountId account, AssetId asset, Money amount, Wide House::*house);
    std::optional<IsolatedMove> isolated_move(AccountId account, const Position& position,
                                              IsolatedFill fill) noexcept;
    std::optional<Money> isolated_sum(AccountId account, const Position& position,
                                      Money margin) noexcept;
    void set_isolated_margin(AccountId account, Position& position, Money margin) noexcept;
    bool apply_spot_fill(const Fill& fill);
    void pay_deficit(AccountId account, AssetId asset, Money deficit);
    bool is_roomy(AccountId account, InstrumentId instrument, PositionSide side) const noexcept;
    bool apply_derivative_fill(const Fill& fill);
    bool apply_position_fill(const Fill& fill, Money cost);
    void track_open_interest(Instrument& instrument, Quantity before, Quantity after) noexcept;
    std::size_t group_level(GroupId group) const noexcept;  // 1: at the top; 0: no group
    std::size_t group_height(GroupId top) const noexcept;
    void track_groups(GroupId group, const GroupExposure& before, const GroupExposure& after);
    void move_to_group(Account& account, GroupId group);
    std::optional<InstrumentId> underlying_of(
        const InstrumentDefinition& definition) const noexcept;
    void resolve(Instrument& instrument) noexcept;

    const Name& shared_name(const Name& name);

    LedgerLimits limits_;
    BlockStore store_;  // of the rows of accounts, of names, and of the tables below
    std::vector<Account> accounts_;
    std::vector<Instrument> instruments_;
    std::vector<Asset> assets_;
    std::vector<Group> groups_;
    std::vector<House> houses_;
    std::map<std::string, std::uint32_t> margins_named_;
    std::map<std::string, Name> shared_names_;
    NameTable<AccountId> account_names_{NameTable<AccountId>::allocator_type{store_}};
    NameTable<InstrumentId> instrument_names_{NameTable<InstrumentId>::allocator_type{store_}};
    NameTable<AssetId> asset_names_{NameTable<AssetId>::allocator_type{store_}};
    NameTable<GroupId> group_names_{NameTable<GroupId>::allocator_type{store_}};
    std::vector<HolderList> positions_in_;  // by instrument
    std::vector<HolderList> holders_of_;    // by asset
    OrderTable orders_{OrderTable::allocator_type{store_}};
    DecisionTable decisions_{DecisionTable::allocator_type{store_}};
    SeenTable seen_{SeenTable::allocator_type{store_}};
    std::uint64_t remembered_digest_{};
    AccountId insurance_fund_{no_account};
    std::map<LadderKey, LadderStep> steps_;
    DueSteps due_steps_;
};

}  // namespace riskd
