// Reads one flat JSON object into the values of the fields we know, distrusting all of it: the
// bytes must be one well-formed object in UTF-8 of bounded size and depth, and no known field may
// be given twice. Fields we do not know are checked for form, counted and dropped. Numbers stay the
// text they were written as. No allocation after construction; one reader per thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace riskd::feeds {

inline constexpr std::size_t message_bytes_max = 64 * 1024;
inline constexpr int json_depth_max = 16;

// What was wrong with a message. Both texts live for ever; `field` is "message" when the whole
// cannot be read.
struct DecodeError {
    std::string_view field;
    std::string_view error;
    friend bool operator==(const DecodeError&, const DecodeError&) = default;
};

enum class JsonKind : std::uint8_t { absent, null, boolean, number, string, nested };

// Text: of a string with escapes resolved, of a number or boolean as written. Points into the
// reader; valid until its next read().
struct JsonValue {
    JsonKind kind{JsonKind::absent};
    std::string_view text;
};

class JsonReader {
public:
    JsonReader();
    ~JsonReader();
    JsonReader(const JsonReader&) = delete;
    JsonReader& operator=(const JsonReader&) = delete;

    // REQUIRES: as many values as names; the names live for ever.
    std::optional<DecodeError> read(std::string_view message,
                                    std::span<const std::string_view> names,
                                    std::span<JsonValue> values) noexcept;

    // Fields that were given and that we do not know, in all messages read so far.
    std::uint64_t unknown_fields() const noexcept;

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace riskd::feeds
