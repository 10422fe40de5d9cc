// The liquidation price is right by definition: at it, as a real mark, the account is not
// liquidated; one raw step beyond it is; one step before it, and between it and the mark, is not.
// Where the engine says there is none, no mark on either side liquidates, from one step up to 1,024
// times the present one. And where a formula gives it (linear contracts, one rate), the two are
// within a step. Where a step is worth less than a quantum, rounding may put a price on either side
// of the edge: those are counted, and must be within what is rounded.
//   liquidation_price_proof [--accounts N] [--seed S] [--only I]
// Random accounts of futures, perpetuals and options, a third of them in hedge mode, and every
// shipped margin rule, those of books too. A price is assumed of one instrument: an option's own,
// or of what options are on. Prints the seed first. 100,000 accounts are the proof; ctest runs it
// whole in a release build only.
#include <boost/multiprecision/cpp_int.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/conversion.hpp"
#include "tests/number_options.hpp"
#include "tests/proofs/proof_account.hpp"

namespace riskd::proofs {
namespace {

using Rational = boost::multiprecision::cpp_rational;

struct Options {
    std::uint64_t accounts{10'000};
    std::uint64_t seed{1};
    std::uint64_t only{tests::not_given};
};

struct Counts {
    std::uint64_t edges{};
    std::uint64_t by_gains{};
    std::uint64_t by_rounding{};  // liquidated nearer than said, by less than what is rounded
    std::uint64_t none{};
    std::uint64_t below_already{};
    std::uint64_t formulas{};
    std::uint64_t events{};
};

class Proof {
public:
    Proof(ProofWorld& world, const RandomAccount& drawn, bool of_books, model::RandomSource& random,
          Counts& counts)
        : world_{world}, drawn_{drawn}, of_books_{of_books}, random_{random}, counts_{counts} {}

    // Nothing when all is as it should be.
    std::string run(const MarginRule& rule) {
        for (const Holding& holding : drawn_.holdings) {
            std::string fault = prove(holding);
            if (fault.empty() && rule.rate_denominator != 0) fault = compare(holding, rule);
            if (!fault.empty()) {
                return "instrument " + std::to_string(holding.instrument.raw) + ": " + fault;
            }
        }
        return {};
    }

private:
    std::int64_t level(InstrumentId instrument) const { return drawn_.levels[index(instrument)]; }
    // As an event; the ladder judges.
    bool liquidates(InstrumentId instrument, std::int64_t price) {
        world_.mark(instrument, Price{price});
        ++counts_.events;
        return world_.is_liquidated();
    }
    // The same, but for what rounding alone can do: each value of a position is rounded by less
    // than a quantum of its settlement asset, each figure made of it by less than one of its own.
    // In a book each scenario's price besides, to the price's decimals.
    bool liquidates_for_good(InstrumentId instrument, std::int64_t price) {
        if (!liquidates(instrument, price)) return false;
        const Ledger& ledger = world_.engine.ledger();
        const Account& account = ledger.account(world_.account());
        std::int64_t quanta = 2 * static_cast<std::int64_t>(account.balances.size());
        for (const Position& position : account.positions) {
            const auto worth = convert(Marks{ledger, world_.now}, Money{1},
                                       {.from = ledger.instrument(position.instrument).settle,
                                        .to = account.currency,
                                        .rounding = Rounding::toward_plus});
            quanta += 2 * (worth.value_or(Money{}).raw + 1);
            if (of_books_) quanta += 2 * worth_of_a_step(ledger, account, position);
        }
        const bool by_rounding = -headroom(world_.figures().margin).raw <= quanta;
        if (by_rounding) ++counts_.by_rounding;
        return !by_rounding;
    }
    // In quanta of the account's currency: what a step of its price, or of the price it is on,
    // makes at most. Every price is in USD, but those of options in coin.
    std::int64_t worth_of_a_step(const Ledger& ledger, const Account& account,
                                 const Position& position) const {
        const Instrument& instrument = ledger.instrument(position.instrument);
        const bool option = is_option(instrument.terms.kind);
        const Instrument& priced = option ? ledger.instrument(instrument.underlying) : instrument;
        const double level = static_cast<double>(priced.prices.mark.raw);
        double worth = std::abs(static_cast<double>(position.quantity.raw)) *
                       static_cast<double>(instrument.terms.contract_size) /
                       static_cast<double>(power_of_ten(instrument.terms.quantity_decimals)) /
                       static_cast<double>(power_of_ten(instrument.terms.contract_size_decimals));
        const AssetId usd = ledger.instrument(InstrumentId{0}).settle;
        AssetId asset = option ? usd : instrument.settle;
        if (is_inverse(instrument.terms.kind) && !option) {
            worth *= priced.price_unit / level / level;
        } else {
            worth /= priced.price_unit;
        }
        const auto raw = static_cast<std::int64_t>(worth * ledger.asset(asset).unit) + 1;
        const auto own =
            convert(Marks{ledger, world_.now}, Money{raw},
                    {.from = asset, .to = account.currency, .rounding = Rounding::toward_plus});
        return own.value_or(Money{}).raw + 1;
    }
    std::string back(InstrumentId instrument) {
        return liquidates(instrument, level(instrument)) ? "the account does not come back"
                                                         : std::string{};
    }

    std::string prove(const Holding& holding) {
        const InstrumentId id = holding.instrument;
        const std::int64_t now = level(id);
        const auto price = world_.liquidation_price(holding);
        if (world_.is_liquidated()) {
            ++counts_.below_already;
            const bool is_mark = price && price->raw == now;
            return is_mark ? std::string{} : "below the edge already, and not said so";
        }
        return price ? prove_edge(holding, price->raw) : prove_none(holding);
    }

    std::string prove_edge(const Holding& holding, std::int64_t edge) {
        ++counts_.edges;
        const InstrumentId id = holding.instrument;
        const std::int64_t now = level(id);
        const std::string said = "the price said is " + std::to_string(edge);
        if (edge <= 0 || edge > now * 1'024) return said + ", which is none";
        // Prices fall against a long and rise against a short; but what is gained may be less than
        // what it must keep.
        bool falls = edge == now ? holding.quantity.raw > 0 : edge < now;
        if (edge == now && !liquidates(id, edge + (falls ? -1 : 1))) falls = !falls;
        if (falls != (holding.quantity.raw > 0)) ++counts_.by_gains;
        const std::int64_t adverse = falls ? -1 : 1;
        if (liquidates(id, edge)) return said + ", and liquidates";
        if (edge != now && liquidates_for_good(id, edge - adverse)) {
            return said + ", and a step before it liquidates";
        }
        for (int sample = 0; sample < 4 && edge != now; ++sample) {
            const std::int64_t between =
                falls ? random_.between(edge, now) : random_.between(now, edge);
            if (liquidates_for_good(id, between)) {
                return said + ", and " + std::to_string(between) + " before it liquidates";
            }
        }
        if (edge + adverse > 0 && !liquidates(id, edge + adverse)) {
            return said + ", and a step beyond it does not liquidate";
        }
        return back(id);
    }

    std::string prove_none(const Holding& holding) {
        ++counts_.none;
        const InstrumentId id = holding.instrument;
        const std::int64_t now = level(id);
        const auto refute = [&](std::int64_t price) {
            return liquidates_for_good(id, price)
                       ? "none is said, and " + std::to_string(price) + " liquidates"
                       : std::string{};
        };
        const std::int64_t highest = now * 1'024;
        for (const std::int64_t price :
             {std::int64_t{1}, std::int64_t{2}, now / 2, now * 2, highest}) {
            std::string fault = refute(price);
            if (!fault.empty()) return fault;
        }
        for (int sample = 0; sample < 8; ++sample) {
            const bool down = random_.one_in(2);
            std::string fault =
                refute(down ? random_.between(1, now) : random_.between(now, highest));
            if (!fault.empty()) return fault;
        }
        return back(id);
    }

    // Of linear contracts settled in the account's currency, all with one maintenance rate m:
    // wallet + pnl of the others + q x P - entry = m x (notional of the others + |q| x P).
    std::string compare(const Holding& holding, const MarginRule& rule) {
        const Ledger& ledger = world_.engine.ledger();
        const Account& account = ledger.account(world_.account());
        const Rational rate{rule.rate_numerator, rule.rate_denominator};
        Rational constant = 0;  // headroom without this position's value
        for (const Balance& balance : account.balances) {
            if (balance.asset != account.currency) return {};
            constant += balance.amount.raw;
        }
        // Headroom by one raw step of the price: of both sides of a hedge, each with its margin.
        Rational slope = 0;
        for (const Position& position : account.positions) {
            const Instrument& instrument = ledger.instrument(position.instrument);
            const bool linear = instrument.terms.kind == ContractKind::linear_perpetual ||
                                instrument.terms.kind == ContractKind::linear_future;
            if (!linear || instrument.settle != account.currency) return {};
            const Rational scale{instrument.value_scale.numerator,
                                 instrument.value_scale.denominator};
            const Rational each = scale * position.quantity.raw;
            constant -= position.entry_value.raw;
            if (position.instrument == holding.instrument) {
                slope += each - rate * abs(each);
            } else {
                const Rational value = each * instrument.prices.mark.raw;
                constant += value - rate * abs(value);
            }
        }
        if (slope == 0) return {};
        const Rational exact = -constant / slope;
        const auto said = world_.liquidation_price(holding);
        if (!said) {
            return exact >= 1 && exact <= level(holding.instrument) * 1'024
                       ? "none is said, and the formula gives " + exact.str()
                       : std::string{};
        }
        if (world_.is_liquidated()) return {};
        ++counts_.formulas;
        // Each figure is rounded by less than a quantum; what they come to is part of a step.
        const auto figures = static_cast<std::int64_t>(2 * account.positions.size());
        const Rational allowed = 1 + figures / abs(slope);
        const Rational apart = abs(exact - said->raw);
        return apart <= allowed ? std::string{}
                                : "said " + std::to_string(said->raw) + ", the formula gives " +
                                      std::to_string(exact.convert_to<double>());
    }

    ProofWorld& world_;
    const RandomAccount& drawn_;
    bool of_books_;
    model::RandomSource& random_;
    Counts& counts_;
};

int run(const Options& options) {
    std::printf("seed %llu, %llu accounts\n", static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(options.accounts));
    std::fflush(stdout);
    std::vector<std::unique_ptr<dsl::LuaRulebook>> rulebooks;
    std::vector<MarginRule> rules = margin_rules();
    rules.insert(rules.end(), book_rules().begin(), book_rules().end());
    for (const MarginRule& rule : rules)
        rulebooks.push_back(load(rule));
    Counts counts;
    for (std::uint64_t number = 0; number < options.accounts; ++number) {
        if (options.only != tests::not_given && number != options.only) continue;
        model::RandomSource random{options.seed * 0x9e3779b97f4a7c15ULL + number};
        const std::size_t at = number % rulebooks.size();
        const MarginRule& rule = rules[at];
        const bool only_linear =
            rule.only_linear || (rule.rate_denominator != 0 && random.one_in(2));
        const RandomAccount drawn =
            draw_account(random, {.only_linear = only_linear,
                                  .options = rule.knows_options && !random.one_in(4),
                                  .may_hedge = true});
        ProofWorld world{*rulebooks[at]};
        build(world, drawn);
        const std::string fault =
            Proof{world, drawn, at >= margin_rules().size(), random, counts}.run(rule);
        if (fault.empty()) continue;
        std::printf("FAILED: seed %llu, account %llu, %s\n  %s\n%s",
                    static_cast<unsigned long long>(options.seed),
                    static_cast<unsigned long long>(number), rule.file.c_str(), fault.c_str(),
                    described(world).c_str());
        return 1;
    }
    std::printf(
        "%llu edges (%llu by gains, %llu marks within rounding), %llu without one, %llu below "
        "already, "
        "%llu formulas, %llu marks\n",
        static_cast<unsigned long long>(counts.edges),
        static_cast<unsigned long long>(counts.by_gains),
        static_cast<unsigned long long>(counts.by_rounding),
        static_cast<unsigned long long>(counts.none),
        static_cast<unsigned long long>(counts.below_already),
        static_cast<unsigned long long>(counts.formulas),
        static_cast<unsigned long long>(counts.events));
    const bool saw_all = counts.edges > 0 && counts.none > 0 && counts.formulas > 0;
    return saw_all || options.only != tests::not_given || options.accounts < 1'000 ? 0 : 1;
}

}  // namespace
}  // namespace riskd::proofs

int main(int count, char** arguments) {
    riskd::proofs::Options options;
    const std::array<riskd::tests::NumberOption, 3> known{{
        {"--accounts", &options.accounts},
        {"--seed", &options.seed},
        {"--only", &options.only},
    }};
    riskd::tests::read_options({arguments, static_cast<std::size_t>(count)}, known);
    return riskd::proofs::run(options);
}
