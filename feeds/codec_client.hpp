// The other side of the wire, for the verbs that play an OMS or a feed and for tests: messages from
// named texts, and answers read as a tree. Any thread; nothing here is on the daemon's path.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::feeds {

struct FieldText {
    std::string_view name;
    std::string_view text;
};

// One JSON object: `true` and `false` as booleans, `time` and `expires` as numbers, all else as
// text; fields with an empty text are left out.
void encode_fields(std::span<const FieldText> fields, std::string& into);

enum class TreeKind : std::uint8_t { absent, null, boolean, number, string, array, object };

// One value of an answer. A member or element that is not there is a value of kind absent, so a
// path of look-ups needs no checks on its way.
class Tree {
public:
    // Nothing when the text is not JSON.
    static std::optional<Tree> parse(std::string_view text);

    TreeKind kind() const noexcept { return kind_; }
    // Of a text, number or boolean as written; empty otherwise.
    std::string_view text() const noexcept { return text_; }
    const Tree& operator[](std::string_view member) const noexcept;
    std::span<const Tree> elements() const noexcept { return children_; }  // of an array or object
    std::string_view key() const noexcept { return key_; }                 // of a member
    // For boards only: zero when it is not a number.
    double number() const noexcept;

private:
    struct Builder;
    TreeKind kind_{TreeKind::absent};
    std::string key_;
    std::string text_;
    std::vector<Tree> children_;
};

}  // namespace riskd::feeds
