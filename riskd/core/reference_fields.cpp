#include "riskd/core/reference_fields.hpp"

#include <chrono>

namespace riskd {

namespace {

constexpr DecimalRead failed(DecimalFault fault) noexcept {
    return {.fault = fault};
}

struct DurationUnit {
    std::string_view suffix;
    std::int64_t ns;
};

// A suffix that ends in another one comes before it: "ms" before "s".
constexpr std::array<DurationUnit, 7> duration_units{{
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
    {"d", 86'400'000'000'000},
}};

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// The whole of `text` as a number; -1 when it is not `count` digits.
constexpr int digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
    if (text.size() < at + count) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (!is_digit(text[i])) return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

DecimalRead parse_calendar(std::string_view text) noexcept {
    const int year = digits(text, 0, 4);
    const int month = digits(text, 5, 2);
    const int day = digits(text, 8, 2);
    if (year < 0 || month < 0 || day < 0 || text[4] != '-' || text[7] != '-') {
        return failed(DecimalFault::not_a_decimal);
    }
    int seconds = 0;
    if (text.size() != 10) {
        const int hour = digits(text, 11, 2);
        const int minute = digits(text, 14, 2);
        const int second = digits(text, 17, 2);
        const bool shaped = text.size() == 20 && text[10] == 'T' && text[13] == ':' &&
                            text[16] == ':' && text[19] == 'Z';
        if (!shaped || hour < 0 || minute < 0 || second < 0) {
            return failed(DecimalFault::not_a_decimal);
        }
        if (hour > 23 || minute > 59 || second > 59) return failed(DecimalFault::out_of_range);
        seconds = (hour * 60 + minute) * 60 + second;
    }
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || year < 1970 || year > 2100) return failed(DecimalFault::out_of_range);
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    return {.raw = (days * 86'400 + seconds) * 1'000'000'000};
}

// Reads the fields of one entry. A field that fails is reported and leaves the value as it was.
template <typename Texts>
class Build {
public:
    Build(const Texts& texts, FieldFaults& faults) noexcept : texts_(texts), faults_(faults) {}

    template <typename Store>
    void each(std::string_view field, bool required, Store&& store) noexcept {
        const auto text = texts_.find(field);
        if (!text) {
            if (required) faults_.add(field, "is missing");
            return;
        }
        store(*text);
    }

    void token(std::string_view field, bool required, Name& into) noexcept {
        each(field, required, [&](std::string_view text) {
            if (text.empty() && !required) return;
            if (!is_token(text)) return faults_.add(field, "not a name (A-Z a-z 0-9 _ : -)");
            into = Name{text};
        });
    }

    template <typename Enumeration, std::size_t count>
    void word(std::string_view field, bool required,
              const std::array<std::string_view, count>& words, Enumeration& into) noexcept {
        each(field, required, [&](std::string_view text) {
            const auto found = find_enumerator<Enumeration>(words, text);
            if (!found) return faults_.add(field, "not a word it may be");
            into = *found;
        });
    }

    struct Range {
        std::int64_t at_least;
        std::int64_t at_most;
        std::string_view error;
        std::string_view shape{name(DecimalFault::not_a_decimal)};  // when it cannot be read
    };

    void number(std::string_view field, bool required, DecimalRead (*parse)(std::string_view),
                Range range, std::int64_t& into) noexcept {
        each(field, required,
             [&](std::string_view text) { store(field, parse(text), range, into); });
    }

    void decimal(std::string_view field, bool required, int decimals, Range range,
                 std::int64_t& into) noexcept {
        each(field, required, [&](std::string_view text) {
            store(field, parse_decimal(text, decimals), range, into);
        });
    }

    void store(std::string_view field, DecimalRead read, Range range, std::int64_t& into) noexcept {
        if (read.fault == DecimalFault::not_a_decimal) return faults_.add(field, range.shape);
        if (read.fault != DecimalFault::none) return faults_.add(field, name(read.fault));
        if (read.raw < range.at_least || read.raw > range.at_most) {
            return faults_.add(field, range.error);
        }
        into = read.raw;
    }

private:
    const Texts& texts_;
    FieldFaults& faults_;
};

constexpr std::string_view not_whole = "not a whole number";
constexpr std::string_view not_a_rate = "not a share such as 0.05% or 5bp";

DecimalRead parse_whole(std::string_view text) noexcept {
    const DecimalRead read = parse_decimal(text, 0);
    const bool fraction = read.fault == DecimalFault::too_many_decimals;
    return fraction ? failed(DecimalFault::not_a_decimal) : read;
}

void check_name(std::string_view name, Name& into, FieldFaults& faults) noexcept {
    if (!is_token(name)) {
        faults.add("name", "not a name (A-Z a-z 0-9 _ : -, at most 64)");
        return;
    }
    into = Name{name};
}

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

// The decimals of a contract size are those it is written with, trailing zeros aside.
void build_contract_size(InstrumentBuild& build, FieldFaults& faults,
                         InstrumentDefinition& made) noexcept {
    build.each("contract_size", false, [&](std::string_view text) {
        const DecimalRead read = parse_decimal(text, decimals_max);
        if (read.fault != DecimalFault::none) {
            return faults.add("contract_size", name(read.fault));
        }
        if (read.raw <= 0) return faults.add("contract_size", "must be positive");
        made.contract_size = read.raw;
        made.contract_size_decimals = decimals_max;
        while (made.contract_size_decimals > 0 && made.contract_size % 10 == 0) {
            made.contract_size /= 10;
            --made.contract_size_decimals;
        }
    });
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
            if (made.settle == made.quote || faults.about("quote")) return;
            return faults.add("settle", "must be the quote asset for this kind");
        case ContractKind::inverse_future:
        case ContractKind::inverse_perpetual:
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
    if (well("base", "quote") && made.base == made.quote) {
        faults.add("base", "must not be the quote asset");
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

DecimalRead parse_rate(std::string_view text) noexcept {
    int decimals = rate_decimals;
    if (text.ends_with("bp")) {
        text.remove_suffix(2);
        decimals -= 4;
    } else if (text.ends_with("%")) {
        text.remove_suffix(1);
        decimals -= 2;
    }
    return parse_decimal(text, decimals);
}

DecimalRead parse_duration(std::string_view text) noexcept {
    for (const DurationUnit& unit : duration_units) {
        if (!text.ends_with(unit.suffix)) continue;
        text.remove_suffix(unit.suffix.size());
        constexpr int decimals = 6;
        const DecimalRead read = parse_decimal(text, decimals);
        if (read.fault != DecimalFault::none) return read;
        const Wide scaled = Wide{read.raw} * unit.ns;
        const auto ns = narrow(scaled / power_of_ten(decimals));
        if (!ns || *ns < 0) return failed(DecimalFault::out_of_range);
        if (scaled % power_of_ten(decimals) != 0) return failed(DecimalFault::too_many_decimals);
        return {.raw = *ns};
    }
    return failed(DecimalFault::not_a_decimal);
}

DecimalRead parse_time(std::string_view text) noexcept {
    if (text.find('-', 1) != std::string_view::npos) return parse_calendar(text);
    return parse_whole(text);
}

void FieldFaults::add(std::string_view field, std::string_view error) noexcept {
    if (about(field)) return;
    RISKD_CHECK(count_ < items_.size());
    items_[count_++] = {field, error};
}

bool FieldFaults::about(std::string_view field) const noexcept {
    for (const FieldFault& fault : items()) {
        if (fault.field == field) return true;
    }
    return false;
}

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
    build_contract_size(build, faults, made);
    build_terms(build, made);
    check_instrument(made, faults);
    return made;
}

GroupDefinition build_group(std::string_view name, const GroupTexts& texts,
                            FieldFaults& faults) noexcept {
    GroupDefinition made;
    Build<GroupTexts> build{texts, faults};
    check_name(name, made.name, faults);
    build.token("parent", false, made.parent);
    return made;
}

AccountDefinition build_account(std::string_view name, const AccountTexts& texts,
                                FieldFaults& faults) noexcept {
    AccountDefinition made;
    Build<AccountTexts> build{texts, faults};
    check_name(name, made.name, faults);
    build.token("group", false, made.group);
    build.token("currency", true, made.currency);
    build.word("status", false, account_status_names, made.status);
    std::int64_t leverage = 0;
    build.number("leverage", false, parse_whole,
                 {0, leverage_limit, "must be 0 to 1000", not_whole}, leverage);
    made.leverage = static_cast<std::uint32_t>(leverage);
    build.word("borrow", false, flag_names, made.borrow);
    return made;
}

AssetDefinition build_asset(std::string_view name, const AssetTexts& texts,
                            FieldFaults& faults) noexcept {
    AssetDefinition made;
    Build<AssetTexts> build{texts, faults};
    check_name(name, made.name, faults);
    std::int64_t decimals = made.decimals;
    build.number("decimals", true, parse_whole, {0, decimals_max, "must be 0 to 12", not_whole},
                 decimals);
    made.decimals = static_cast<std::uint8_t>(decimals);
    build.token("priced_by", false, made.priced_by);
    return made;
}

}  // namespace riskd
