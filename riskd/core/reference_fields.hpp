// The fields of reference data by name and text: one list for the YAML files and for the messages
// risk.in.instrument, risk.in.group and risk.in.account, so that they cannot drift. A reader sets
// each field it finds, then builds; building reports every fault. Any thread; no allocation, and
// nothing is thrown.
// Texts are views: the caller keeps what they point to until build_ has returned.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "riskd/core/decimal.hpp"
#include "riskd/core/definitions.hpp"
#include "riskd/core/words.hpp"

namespace riskd {

// A share such as "0.05%", "5bp" or "0.0005", in rate_decimals.
DecimalRead parse_rate(std::string_view text) noexcept;

// A span such as "250ms", "60s", "1.5h" or "7d" (ns us ms s m h d), in nanoseconds; never negative.
DecimalRead parse_duration(std::string_view text) noexcept;

// A moment such as "2027-12-31T08:00:00Z", "2027-12-31" (00:00 UTC) or whole nanoseconds since the
// epoch, in nanoseconds.
DecimalRead parse_time(std::string_view text) noexcept;

// Names of accounts, instruments, assets and groups are tokens of subjects: ids without a point.
constexpr bool is_token(std::string_view text) noexcept {
    return is_id(text) && text.find('.') == std::string_view::npos;
}

struct Field {
    std::string_view name;
    bool required{};
    std::span<const std::string_view> words{};  // the words it may be; empty: not an enumeration
};

inline constexpr std::array<Field, 26> instrument_fields{{
    {"kind", true, contract_kind_names},
    {"status", false, instrument_status_names},  // open
    {"base", true},
    {"quote", true},
    {"settle", false},  // the quote
    {"price_decimals", true},
    {"quantity_decimals", true},
    {"tick", true},
    {"lot", true},
    {"quantity_min", false},  // the lot
    {"quantity_max", true},
    {"contract_size", false},  // 1
    {"maker_fee_rate", true},
    {"taker_fee_rate", true},
    {"market_price_band", true},
    {"leverage_max", false},  // 1
    {"mark_age_max", true},
    {"jump_max", false},        // 0: a mark may jump as far as it likes
    {"confirmations", false},   // 2
    {"divergence_max", false},  // 0: mark and index may differ
    {"expiry", false},          // required when the kind has one
    // Options: required when the kind has them, and refused when it does not.
    {"underlying", false},
    {"right", false, option_right_names},
    {"strike", false},
    {"payout", false},
    {"funding_interval", false},
}};

inline constexpr std::array<Field, 8> account_fields{{
    {"group", false},  // none
    {"currency", true},
    {"status", false, account_status_names},        // active
    {"leverage", false},                            // 0: the instrument's highest
    {"borrow", false, flag_names},                  // false
    {"margin", false},                              // the first margin rule listed
    {"position_mode", false, position_mode_names},  // one_way
    {"insurance_fund", false, flag_names},          // false
}};

inline constexpr std::array<Field, 1> group_fields{{
    {"parent", false},  // none: at the top
}};

inline constexpr std::array<Field, 2> asset_fields{{
    {"decimals", true}, {"priced_by", false},  // none: the reference asset
}};

inline constexpr std::int64_t leverage_limit = 1000;

// The texts of one message or YAML entry. A field set twice keeps the later text.
template <const auto& fields>
class FieldTexts {
public:
    // False when there is no such field.
    bool set(std::string_view field, std::string_view text) noexcept {
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (fields[i].name != field) continue;
            texts_[i] = text;
            return true;
        }
        return false;
    }
    // Whether true and false, without quotes, are what it may be.
    static bool is_flag(std::string_view field) noexcept {
        for (const Field& known : fields) {
            if (known.name == field) return known.words.data() == flag_names.data();
        }
        return false;
    }
    // REQUIRES: the field exists.
    std::optional<std::string_view> find(std::string_view field) const noexcept {
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (fields[i].name == field) return texts_[i];
        }
        RISKD_CHECK(false);
        return std::nullopt;
    }

private:
    std::array<std::optional<std::string_view>, fields.size()> texts_{};
};

using InstrumentTexts = FieldTexts<instrument_fields>;
using GroupTexts = FieldTexts<group_fields>;
using AccountTexts = FieldTexts<account_fields>;
using AssetTexts = FieldTexts<asset_fields>;

struct FieldFault {
    std::string_view field;  // "name" for the name itself
    std::string_view error;  // "not a decimal"
};

// Every fault of one entry, the first one first; at most one for each field.
class FieldFaults {
public:
    void add(std::string_view field, std::string_view error) noexcept;
    bool none() const noexcept { return count_ == 0; }
    bool about(std::string_view field) const noexcept;
    std::span<const FieldFault> items() const noexcept { return {items_.data(), count_}; }

private:
    std::array<FieldFault, instrument_fields.size() + 1> items_{};
    std::size_t count_{};
};

// The definition is of use only when no fault was added. Whether the assets, group or instrument it
// names exist is for the reader of the whole to say.
InstrumentDefinition build_instrument(std::string_view name, const InstrumentTexts& texts,
                                      FieldFaults& faults) noexcept;
GroupDefinition build_group(std::string_view name, const GroupTexts& texts,
                            FieldFaults& faults) noexcept;
AccountDefinition build_account(std::string_view name, const AccountTexts& texts,
                                FieldFaults& faults) noexcept;
AssetDefinition build_asset(std::string_view name, const AssetTexts& texts,
                            FieldFaults& faults) noexcept;

}  // namespace riskd
