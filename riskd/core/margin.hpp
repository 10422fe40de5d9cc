// What an account is worth and what it must keep, computed from the ledger and the rules each time
// it is asked: nothing derived is stored, so nothing can be out of date. Core thread only; scratch
// space is reused, so a warm evaluator does not allocate.
//
// In the account's currency, each figure rounded against the customer by less than one quantum:
//   unrealized_pnl(position) = value(quantity, mark) - entry_value + accrued funding
//   amount(asset)      = balance + unrealized_pnl of positions settled in the asset; of options,
//                        paid for when they were bought, value(quantity, mark) + accrued funding;
//                        isolated positions (isolated.hpp) and their margins are left out
//   equity             = sum over assets of collateral(amount)  (collateral rule; own currency: 1)
//   maintenance_margin = sum over positions of maintenance(notional)            (margin rule)
//   if filled          = |value + open buys| and |value - open sells| in one instrument, without a
//                        side whose orders together can only reduce the position
//   initial_margin     = sum over instruments of the larger of initial(position) and initial(if
//                        filled) of either side + the larger taker fees of the sides so counted
//                        + what spot holds take out of the collateral
//                        + the premium of open buys of options, whose initial(if filled) is less
//                        by what they are then worth; sells are credited nothing
//   of an account whose margin rule is about books (portfolio.hpp) initial and maintenance are
//                        instead sums over its books, orders and fees included as the rule says;
//                        when it is about whole accounts there is one book, balances and all,
//                        and when such a rule looks at orders, it answers for those for spot too
//   of an isolated position only what its orders would add is counted: initial(if filled) less
//                        initial(position), and no less than what their fills move to its margin
//   available_margin   = equity - initial_margin;  headroom = equity - maintenance_margin
//   owed               = of an account that may borrow, what counts below zero in the equity,
//                        without its sign: a requirement that is already taken off
// Example: 10,000 USDT, long 1 BTC-PERP from 50,000, mark 49,000, initial 10 %, maintenance 5 %:
// equity 9,000, initial 4,900, maintenance 2,450, available 4,100, headroom 6,550. An open buy of 1
// at 48,000 makes the worst notional 97,000 and initial_margin 9,700. MarginTest repeats this.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/conversion.hpp"
#include "riskd/core/figure_moves.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/margin_anchor.hpp"
#include "riskd/core/margin_claims.hpp"
#include "riskd/core/portfolio.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd {

struct AccountFigures {
    AccountMargin margin;
    Money net_pnl;         // value of balances without haircut + what positions add - net deposits
    Money gross_exposure;  // of positions at mark
    Money net_exposure;
    Money gross_exposure_after;  // with the worse side of open orders in each instrument
    RuleFault fault{};           // of a margin or collateral rule; then `margin` is not usable
    RuleId rule{no_rule};
};

// An order that is not in the ledger: what the account would need with it. `replaced` is an order
// of the account to leave out.
struct OrderDelta {
    InstrumentId instrument{no_instrument};
    PositionSide position_side{};
    Side side{};
    Quantity quantity{};  // zero: nothing is added
    OrderAmounts amounts;
    AssetId hold_asset{no_asset};
    const OpenOrder* replaced{};

    bool is_for(const Position& position) const noexcept {
        return instrument == position.instrument && position_side == position.side;
    }
    // Whether it changes what the position may come to.
    bool touches(const Position& position) const noexcept {
        return is_for(position) ||
               (replaced != nullptr && is_on(*replaced, position.instrument, position.side));
    }
};

// The open orders of one position, by side, with the position's signed value at mark.
struct InstrumentExposure {
    Quantity quantity;
    Money value;  // as exposure_of()
    Money entry;  // absolute, of the position at its entry price
    Quantity open_buy;
    Quantity open_sell;
    Money open_buy_notional;
    Money open_sell_notional;
    Money open_buy_fee;
    Money open_sell_fee;
};
InstrumentExposure exposure_with(const Position* position, Money value,
                                 const OrderDelta* delta) noexcept;

// What all working orders of one side would leave. A side that can only reduce the position, all of
// it filled, is not asked, whatever its prices are; nor is one without orders.
struct SideFilled {
    Money notional;
    Quantity quantity;  // signed
    bool is_asked{};
    Money entry;  // absolute; what it cost, the orders at the price each is held at
};
// The side whose fills would leave the larger notional; buys when equal. A margin rule is asked of
// both sides, since its rates may differ by side.
struct WorstCase {
    Money notional;
    Quantity quantity;  // signed
    Money fee;          // the larger of the two sides
    SideFilled bought;
    SideFilled sold;
};
WorstCase worst_case(const InstrumentExposure& exposure) noexcept;

// What the client chose for the instrument, else for the account, else the instrument's highest;
// never above that. `position` is null where there never was one.
std::uint32_t leverage_of(const Account& account, const Position* position,
                          const Instrument& instrument) noexcept;

// A number from a rule as Money: snapped to the nearest quantum when within double rounding of it,
// else rounded as said. Nothing when it is not finite or does not fit. The one place it happens.
std::optional<Money> money_from_rule(double value, double unit, Rounding rounding) noexcept;

// The margin rule that an account names, or the first one when it names none. Not known: the
// ruleset has no such rule, and whatever needs it fails.
struct AccountModel {
    RuleId rule{no_rule};
    bool of_books{};
    bool of_accounts{};
    bool of_orders{};
    bool of_time{};
    std::int64_t slope_max{};  // in rate_decimals; zero: nothing is claimed
    std::int64_t slope_min{};
    bool known{true};
    // What spot orders hold is then no requirement besides.
    bool answers_for_spot() const noexcept { return of_accounts && of_orders; }
};
AccountModel margin_model(const Rulebook& rulebook, const Name& wanted) noexcept;

// A position as it might be, and what coming to it would add to the balance.
struct AssumedPosition {
    Position position;
    Money realized;  // in the settlement asset
};

// An account as it might be: one instrument at another mark or with another position, or less of
// one asset.
struct Assumption {
    InstrumentId instrument{no_instrument};
    std::optional<Price> mark;
    const Position* position{};  // null: as it is
    Money realized;              // what coming to that position would add to the balance
    AssetId asset{no_asset};
    Money withdrawn;  // of the asset
    // Empty, or all of them, in the order of Account::positions.
    std::span<const AssumedPosition> positions;
};

class MarginEvaluator {
public:
    MarginEvaluator(const Ledger& ledger, Rulebook& rulebook) noexcept;

    AccountFigures figures(AccountId account, Timestamp now) noexcept;
    // The same as it would be if something were otherwise.
    AccountFigures figures_if(AccountId account, Timestamp now,
                              const Assumption& assumption) noexcept;
    // Without and with an order, in one rule call.
    struct BeforeAfter {
        AccountFigures before;
        AccountFigures after;
    };
    BeforeAfter figures_with(AccountId account, Timestamp now, const OrderDelta& delta) noexcept;
    // Many accounts in few rule calls. REQUIRES: as many results as accounts.
    void figures_of(std::span<const AccountId> accounts, Timestamp now,
                    std::span<AccountFigures> results) noexcept;

    // Initial and maintenance margin of one position alone, in the settlement asset.
    struct PositionMargin {
        Money initial;
        Money maintenance;
        RuleFault fault{};
        bool complete{true};  // else a price is missing
    };
    PositionMargin position_margin(AccountId account, const Position& position, Price mark,
                                   Timestamp now) noexcept;
    // The same when that were the mark.
    PositionMargin position_margin_if(AccountId account, const Position& position, Price mark,
                                      Timestamp now) noexcept;

    // From now on marks count whatever their age or doubt: for what is proved of prices.
    void count_any_age(bool on) noexcept { any_age_ = on; }
    // How far the i-th figures of the latest figures_of() can move; nothing when no bound is known:
    // a rule claims none, books, options in coin or binary ones. See margin_reach.hpp.
    std::optional<FigureMoves> moves_of(std::size_t i) const noexcept;
    // Its anchor, with `sources` appended, but for what the ladder says; nothing when it is none of
    // those that margin_anchor.hpp is about. `margin`: that of the i-th figures.
    std::optional<Anchor> anchor_of(std::size_t i, const AccountMargin& margin,
                                    std::vector<AnchorSource>& sources) const;
    // What was asked there for each position, appended. Another `turn` makes other terms.
    void asked_margins(std::size_t i, std::uint32_t turn, std::vector<PositionAsked>& asked) const;

    AccountModel model_of(AccountId account) const noexcept {
        return margin_model(rulebook_, ledger_.account(account).terms.margin);
    }

private:
    // What one position asks of an account, without or with the order in question.
    struct Need {
        Money notional;  // of the worst case
        Money fee;
        std::uint32_t bought{none_raw};  // answers about each side filled; none_raw: not asked
        std::uint32_t sold{none_raw};
        Money premium;  // of open buys of options
        Money gained;   // what those are worth at mark
        Money top_up;   // of an isolated position, by the orders of its worse side
    };
    // One position of an account: where its answers are, and what needs no rule.
    struct Line {
        InstrumentId instrument;
        std::uint32_t slot{none_raw};  // of Account::positions
        bool changed{};                // the order in question is in this instrument
        bool isolated{};
        double leverage{};             // as leverage_of()
        Quantity quantity;             // of the position
        Money value;                   // exposure, in the settlement asset
        std::uint32_t held{none_raw};  // answer about the position
        Need before;
        Need after;  // when changed
    };
    // One asset of an account. The answers are about the whole, and about what no order holds.
    struct Amount {
        AssetId asset;
        Money balance;   // but for isolated margins
        Money total;     // balance and what positions add
        Money isolated;  // margins of isolated positions, and what those add
        Money hold;
        Money hold_after;
        std::uint32_t whole{none_raw};
        std::uint32_t free{none_raw};
        std::uint32_t free_after{none_raw};
    };
    // What an account has on one underlying: its questions, without and with the order.
    struct Book {
        bool changed{};
        std::uint32_t before{none_raw};
        std::uint32_t after{none_raw};  // when changed
    };
    // An account's share of a batch.
    struct Part {
        AccountId account;
        AccountModel model;
        std::uint32_t lines_begin{};
        std::uint32_t lines_end{};
        std::uint32_t amounts_begin{};
        std::uint32_t amounts_end{};
        std::uint32_t books_begin{};
        std::uint32_t books_end{};
        bool complete{true};
        bool complete_after{true};  // with the order
    };

    void clear() noexcept;
    void gather(AccountId account, Timestamp now, const OrderDelta* delta);
    void realize(Part& part, AssetId asset, Money realized);
    void assume(Part& part);
    // `position` is null where there never was one: of the order in question.
    void gather_line(Part& part, const Position* position, InstrumentId instrument, Timestamp now,
                     const OrderDelta* delta);
    Need need(const Line& line, const InstrumentExposure& exposure, const Part& part,
              const Instrument& instrument);
    struct Exposures {
        InstrumentExposure before;
        InstrumentExposure after;
    };
    struct LineWorth {
        Money worth;  // at mark
        Money added;  // to the equity
    };
    void gather_book_line(const Line& line, const LineWorth& worth, const Exposures& exposures);
    Money top_up(const InstrumentExposure& exposure, const Position& position,
                 const Account& account) const noexcept;
    void join_book_lines(Part& part);
    void gather_books(Part& part, Timestamp now, const OrderDelta* delta);
    // Where what belongs to a question begins.
    struct BookBegin {
        std::size_t position{};
        std::size_t balance{};
        std::size_t order{};
    };
    void drop_book(const BookBegin& begin);
    // The question, or none when there is nothing to ask about; not complete when it cannot be put.
    struct BookOf {
        std::span<const BookLine> lines;
        bool with_balances{};
        bool after{};
        bool alone{};  // one position and nothing else
        const OrderDelta* delta{};
    };
    // Of an account, for a rule about whole accounts. Each says whether the prices were there.
    bool push_balance(const Amount& amount, const Part& part, const BookOf& of, std::size_t begin);
    void push_balances(const BookOf& of, const Part& part, bool& complete);
    void push_orders(const BookOf& of, const Part& part, bool& complete);
    template <typename See>
    void for_each_order(const BookOf& of, const Part& part, See see) const;
    std::uint32_t push_book(const BookOf& of, const Part& part, Timestamp now, bool& complete);
    PositionMargin alone_in_book(const Part& part, const BookLine& line, Timestamp now);
    void gather_holds(Part& part, const OrderDelta& delta);
    void gather_collateral(Part& part, Timestamp now);
    Amount& amount_of(Part& part, AssetId asset);
    std::uint32_t push_question(const Part& part, const Instrument& instrument, double leverage,
                                const SideFilled& asked);
    void view_option(const Instrument& instrument, MarginView& view) const noexcept;
    bool has_underlying_price(Part& part, const Instrument& instrument) const noexcept;
    void ask() noexcept;
    Price mark_of(InstrumentId id, const Instrument& instrument) const noexcept;
    bool is_fresh(const Instrument& instrument, Timestamp now) const noexcept {
        return (any_age_ ? known_mark(instrument) : fresh_mark(instrument, now)).has_value();
    }
    Marks marks_at(Timestamp now) const noexcept;
    AccountFigures sum(const Part& part, Timestamp now) noexcept;
    AccountFigures sum_after(const Part& part, Timestamp now,
                             const AccountFigures& before) noexcept;
    AccountFigures with_least_need(const Part& part, AccountFigures figures) const noexcept;
    bool add_line_moves(const Line& line, const Part& part, const Marks& marks,
                        FigureMoves& moves) const noexcept;
    bool add_amount_moves(const Amount& amount, const Part& part, const Marks& marks,
                          FigureMoves& moves) const noexcept;
    struct LineSum {
        Money initial;
        Money maintenance;
        Money gross_after;
    };
    LineSum sum_line(const Line& line, const Need& need, const Part& part, const Marks& marks,
                     AccountFigures& figures) noexcept;
    void sum_books(const Part& part, AccountFigures& figures) noexcept;
    void sum_books_after(const Part& part, AccountFigures& after) noexcept;
    Money sum_hold(const Amount& amount, Money hold, std::uint32_t free, double unit,
                   AccountFigures& figures) noexcept;
    std::optional<Money> collateral_worth(std::uint32_t answer, double unit,
                                          AccountFigures& figures) noexcept;

    const Ledger& ledger_;
    Rulebook& rulebook_;
    std::vector<MarginQuestion> margin_questions_;
    std::vector<MarginAnswer> margin_answers_;
    std::vector<CollateralQuestion> collateral_questions_;
    std::vector<CollateralAnswer> collateral_answers_;
    BookValuer book_valuer_;
    std::vector<BookQuestion> book_questions_;
    std::vector<MarginAnswer> book_answers_;
    std::vector<BookBegin> book_begins_;  // of each question
    std::vector<PositionView> book_positions_;
    std::vector<InstrumentId> book_instruments_;  // of each position
    std::vector<BalanceView> book_balances_;
    std::vector<AssetId> book_assets_;  // of each balance
    std::vector<BookOrderView> book_orders_;
    std::vector<InstrumentId> book_orders_instruments_;
    std::vector<BookLine> book_lines_;  // of the account being gathered
    std::vector<Book> books_;
    std::vector<Line> lines_;
    std::vector<Amount> amounts_;
    std::vector<Part> parts_;
    Assumption assumption_;  // none while its instrument is not set
    Timestamp now_;          // of the question being gathered
    bool any_age_{};
};

// What rules see of an account.
AccountView account_view(const Ledger& ledger, const Account& account,
                         const AccountFigures& figures) noexcept;

// Overwrites what a monotone ladder sees (rulebook.hpp).
void show_figures(AccountView& view, const AccountMargin& margin, Money gross_exposure,
                  const Asset& currency) noexcept;

// (maintenance + owed) / (equity + owed) as a rule sees it: 1 or more exactly when equity is below
// maintenance; 0 when there is nothing to maintain or to pay back.
double margin_ratio(const AccountMargin& margin) noexcept;
// It is never above this, so that a rule never meets an infinity.
inline constexpr double margin_ratio_max = 1e9;

// Whether an account is nearer the edge than another, or farther beyond it: by equity over the
// maintenance margin, compared exactly; of equals the one that must keep more, then the poorer.
// After dYdX v4 (lib/margin, Risk.Cmp); an order of all accounts but for equals.
bool is_riskier(const AccountMargin& one, const AccountMargin& other) noexcept;
// The same where one of them may have nothing to maintain: that one is never nearer.
bool is_nearer(const AccountMargin& one, const AccountMargin& other) noexcept;

// For boards, of the latest evaluation: that of the account, or of its isolated position when that
// is nearer the edge.
const AccountMargin& nearest_margin(const Account& account) noexcept;

constexpr Money available_margin(const AccountMargin& margin) noexcept {
    return margin.equity - margin.initial_margin;
}
constexpr Money headroom(const AccountMargin& margin) noexcept {
    return margin.equity - margin.maintenance_margin;
}

}  // namespace riskd
