#include "riskd/core/reference_fields.hpp"

#include <chrono>

#include "riskd/core/reference_build.hpp"

namespace riskd {

namespace {

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
    build.token("margin", false, made.margin);
    build.word("position_mode", false, position_mode_names, made.position_mode);
    build.word("insurance_fund", false, flag_names, made.insurance_fund);
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
