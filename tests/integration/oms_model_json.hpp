// JSON as the order management system of the tests reads it: a tree of texts, parsed without any
// code of riskd. Numbers keep their text, so that amounts stay exact. Any thread; values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace riskd::tests {

class Json {
public:
    enum class Kind { absent, null, text, number, boolean, array, object };

    // Nothing when it is not exactly one JSON value.
    static std::optional<Json> parse(std::string_view text);

    Kind kind() const noexcept { return kind_; }
    explicit operator bool() const noexcept { return kind_ > Kind::null; }
    // A member; absent when there is none.
    const Json& operator[](std::string_view name) const noexcept;
    const std::vector<Json>& items() const noexcept { return items_; }
    const std::vector<std::pair<std::string, Json>>& members() const noexcept { return members_; }
    // Of a text, a number or a boolean, as it was written.
    const std::string& text() const noexcept { return text_; }
    bool is_true() const noexcept { return kind_ == Kind::boolean && text_ == "true"; }
    std::uint64_t integer() const noexcept;

private:
    friend class JsonParser;
    Kind kind_{Kind::absent};
    std::string text_;
    std::vector<Json> items_;
    std::vector<std::pair<std::string, Json>> members_;
};

// A decimal text, "1.5" or "1.5e-05", in units of its last decimal; nothing when it is none or
// has more decimals.
std::optional<std::int64_t> read_decimal(std::string_view text, int decimals);
// The shortest text of it, without trailing zeros.
std::string decimal_text(std::int64_t raw, int decimals);

}  // namespace riskd::tests
