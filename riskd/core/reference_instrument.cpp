// An instrument from the texts of its fields, and every fault of it.
#include <algorithm>

#include "riskd/core/reference_build.hpp"

namespace riskd {

namespace {

using InstrumentBuild = Build<InstrumentTexts>;

// A price or quantity whose decimals are wrong themselves: only what is plain without them is said.
void build_without_decimals(InstrumentBuild& build, FieldFaults& faults, std::string_view field,
                            bool required) noexcept {
    build.each(field, required, [&](std::string_view text) {
        const DecimalFault fault = parse_decimal(text, decimals_max).fault;
        if (fault == DecimalFault::not_a_decimal) faults.add(field, name(fault));
    });
}

// Prices and quantities are read in the instrument's own decimals, so those come first.
void build_grid(InstrumentBuild& build, FieldFaults& faults, InstrumentDefinition& made) noexcept {
    std::int64_t price_decimals = 0;
    std::int64_t quantity_decimals = 0;
    constexpr InstrumentBuild::Range decimals_range{0, decimals_max, "must be 0 to 12", not_whole};
    constexpr InstrumentBuild::Range positive{1, raw_max, "must be positive"};
    build.number("price_decimals", true, parse_whole, decimals_range, price_decimals);
    build.number("quantity_decimals", true, parse_whole, decimals_range, quantity_decimals);
    made.price_decimals = static_cast<std::uint8_t>(price_decimals);
    made.quantity_decimals = static_cast<std::uint8_t>(quantity_decimals);
    if (faults.about("price_decimals")) {
        build_without_decimals(build, faults, "tick", true);
    } else {
        build.decimal("tick", true, made.price_decimals, positive, made.tick.raw);
    }
    if (faults.about("quantity_decimals")) {
        build_without_decimals(build, faults, "lot", true);
        build_without_decimals(build, faults, "quantity_min", false);
        build_without_decimals(build, faults, "quantity_max", true);
        return;
    }
    build.decimal("lot", true, made.quantity_decimals, positive, made.lot.raw);
    made.quantity_min = made.lot;
    build.decimal("quantity_min", false, made.quantity_decimals, positive, made.quantity_min.raw);
    build.decimal("quantity_max", true, made.quantity_decimals, positive, made.quantity_max.raw);
}

// A positive figure in the decimals that it is written with, trailing zeros aside.
void build_as_written(InstrumentBuild& build, FieldFaults& faults, std::string_view field,
                      std::int64_t& raw, std::uint8_t& decimals, bool required) noexcept {
    build.each(field, required, [&](std::string_view text) {
        const std::size_t point = std::min(text.find('.'), text.size() - 1);
        const auto written = std::min<std::size_t>(text.size() - 1 - point, decimals_max);
        const DecimalRead read = parse_decimal(text, static_cast<int>(written));
        if (read.fault != DecimalFault::none) return faults.add(field, name(read.fault));
        if (read.raw <= 0) return faults.add(field, "must be positive");
        raw = read.raw;
        decimals = static_cast<std::uint8_t>(written);
        while (decimals > 0 && raw % 10 == 0) {
            raw /= 10;
            --decimals;
        }
    });
}

// What only options have, each where the kind has it and nowhere else.
void build_option(InstrumentBuild& build, const InstrumentTexts& texts, FieldFaults& faults,
                  InstrumentDefinition& made) noexcept {
    const bool kind_known = !faults.about("kind");
    const auto has = [&](std::string_view field, bool wanted) {
        const bool given = texts.find(field).has_value();
        if (!kind_known) return given;
        if (!wanted && given) faults.add(field, "this kind has none");
        return wanted;
    };
    const bool option = is_option(made.kind);
    if (has("underlying", option)) build.token("underlying", true, made.underlying);
    if (has("right", option)) build.word("right", true, option_right_names, made.right);
    if (has("strike", option)) {
        build_as_written(build, faults, "strike", made.strike, made.strike_decimals, true);
    }
    constexpr InstrumentBuild::Range positive{1, raw_max, "must be positive"};
    if (has("payout", made.kind == ContractKind::binary_option)) {
        if (faults.about("price_decimals")) {
            build_without_decimals(build, faults, "payout", true);
        } else {
            build.decimal("payout", true, made.price_decimals, positive, made.payout.raw);
        }
    }
    if (has("funding_interval", made.kind == ContractKind::perpetual_option)) {
        build.number("funding_interval", true, parse_duration,
                     {1, raw_max, "must be positive", "not a duration such as 8h or 1d"},
                     made.funding_interval.ns);
    }
}

void build_terms(InstrumentBuild& build, InstrumentDefinition& made) noexcept {
    constexpr std::int64_t one = power_of_ten(rate_decimals);
    build.number("maker_fee_rate", true, parse_rate,
                 {-one, one, "must be -100% to 100%", not_a_rate}, made.maker_fee_rate);
    build.number("taker_fee_rate", true, parse_rate, {0, one, "must be 0% to 100%", not_a_rate},
                 made.taker_fee_rate);
    build.number("market_price_band", true, parse_rate,
                 {0, one - 1, "must be 0% to below 100%", not_a_rate}, made.market_price_band);
    std::int64_t leverage = made.leverage_max;
    build.number("leverage_max", false, parse_whole,
                 {1, leverage_limit, "must be 1 to 1000", not_whole}, leverage);
    made.leverage_max = static_cast<std::uint32_t>(leverage);
    build.number("mark_age_max", true, parse_duration,
                 {1, raw_max, "must be positive", "not a duration such as 60s or 1d"},
                 made.mark_age_max.ns);
    constexpr InstrumentBuild::Range distance{0, 100 * one, "must be 0% to 10000%", not_a_rate};
    build.number("jump_max", false, parse_rate, distance, made.jump_max);
    build.number("divergence_max", false, parse_rate, distance, made.divergence_max);
    std::int64_t confirmations = made.confirmations;
    build.number("confirmations", false, parse_whole, {1, 100, "must be 1 to 100", not_whole},
                 confirmations);
    made.confirmations = static_cast<std::uint32_t>(confirmations);
    build.number(
        "expiry", false, parse_time,
        {0, raw_max, "must be between 1970 and 2100", "not a time such as 2027-12-31T08:00:00Z"},
        made.expiry.ns);
}

void check_settle(const InstrumentDefinition& made, FieldFaults& faults) noexcept {
    if (faults.about("settle")) return;
    switch (made.kind) {
        case ContractKind::spot:
        case ContractKind::linear_future:
        case ContractKind::linear_perpetual:
        case ContractKind::linear_option:
        case ContractKind::perpetual_option:
        case ContractKind::binary_option:
            if (made.settle == made.quote || faults.about("quote")) return;
            return faults.add("settle", "must be the quote asset for this kind");
        case ContractKind::inverse_future:
        case ContractKind::inverse_perpetual:
        case ContractKind::inverse_option:
            if (made.settle == made.base || faults.about("base")) return;
            return faults.add("settle", "must be the base asset for this kind");
        case ContractKind::quanto_future:
        case ContractKind::quanto_perpetual: return;
    }
}

// What no field can say alone. Asked only of fields that were well by themselves.
void check_instrument(const InstrumentDefinition& made, FieldFaults& faults) noexcept {
    const auto well = [&](std::string_view a, std::string_view b) {
        return !faults.about(a) && !faults.about(b);
    };
    const bool in_the_coin = made.kind == ContractKind::inverse_option && !faults.about("kind");
    if (well("base", "quote") && (made.base == made.quote) != in_the_coin) {
        if (in_the_coin) faults.add("quote", "must be the base asset for this kind");
        if (!in_the_coin) faults.add("base", "must not be the quote asset");
    }
    if (!faults.about("kind")) check_settle(made, faults);
    const bool quantities = !faults.about("quantity_decimals");
    if (quantities && well("quantity_min", "lot") && made.quantity_min.raw % made.lot.raw != 0) {
        faults.add("quantity_min", "must be a multiple of lot");
    }
    if (quantities && well("quantity_max", "quantity_min") &&
        made.quantity_max < made.quantity_min) {
        faults.add("quantity_max", "must not be below quantity_min");
    }
    if (faults.about("kind")) return;
    const bool expires = is_dated(made.kind);
    if (expires && made.expiry.ns == 0) faults.add("expiry", "is missing");
    if (!expires && made.expiry.ns != 0) faults.add("expiry", "this kind has none");
    const bool unit_size = made.contract_size == 1 && made.contract_size_decimals == 0;
    if (made.kind == ContractKind::spot && !unit_size) {
        faults.add("contract_size", "must be 1 for spot");
    }
}

}  // namespace

InstrumentDefinition build_instrument(std::string_view name, const InstrumentTexts& texts,
                                      FieldFaults& faults) noexcept {
    InstrumentDefinition made;
    InstrumentBuild build{texts, faults};
    check_name(name, made.name, faults);
    build.word("kind", true, contract_kind_names, made.kind);
    build.word("status", false, instrument_status_names, made.status);
    build.token("base", true, made.base);
    build.token("quote", true, made.quote);
    made.settle = is_inverse(made.kind) ? made.base : made.quote;
    build.token("settle", is_quanto(made.kind), made.settle);
    build_grid(build, faults, made);
    build_as_written(build, faults, "contract_size", made.contract_size,
                     made.contract_size_decimals, false);
    build_terms(build, made);
    build_option(build, texts, faults, made);
    check_instrument(made, faults);
    return made;
}

}  // namespace riskd
