#include "tests/integration/oms_model_json.hpp"

#include <charconv>

namespace riskd::tests {

class JsonParser {
public:
    explicit JsonParser(std::string_view text) : rest_(text) {}

    bool value(Json& into) {
        blanks();
        if (rest_.empty()) return false;
        switch (rest_.front()) {
            case '{': return object(into);
            case '[': return array(into);
            case '"': into.kind_ = Json::Kind::text; return string(into.text_);
            default: return word(into);
        }
    }
    bool ends() {
        blanks();
        return rest_.empty();
    }

private:
    void blanks() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n'))
            rest_.remove_prefix(1);
    }
    bool take(char wanted) {
        blanks();
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool string(std::string& into) {
        if (!take('"')) return false;
        while (!rest_.empty()) {
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return true;
            if (c == '\\') {
                if (rest_.empty() || rest_.front() == 'u') return false;  // riskd sends none
                c = rest_.front();
                rest_.remove_prefix(1);
            }
            into += c;
        }
        return false;
    }
    bool word(Json& into) {
        const std::size_t end = rest_.find_first_of(",]} \n");
        into.text_ = rest_.substr(0, end);
        rest_.remove_prefix(into.text_.size());
        if (into.text_ == "null") {
            into.kind_ = Json::Kind::null;
        } else if (into.text_ == "true" || into.text_ == "false") {
            into.kind_ = Json::Kind::boolean;
        } else {
            into.kind_ = Json::Kind::number;
            return read_decimal(into.text_, 12).has_value() || into.integer() != 0;
        }
        return true;
    }
    bool array(Json& into) {
        into.kind_ = Json::Kind::array;
        if (!take('[')) return false;
        if (take(']')) return true;
        do {
            if (!value(into.items_.emplace_back())) return false;
        } while (take(','));
        return take(']');
    }
    bool object(Json& into) {
        into.kind_ = Json::Kind::object;
        if (!take('{')) return false;
        if (take('}')) return true;
        do {
            auto& [name, member] = into.members_.emplace_back();
            blanks();
            if (!string(name) || !take(':') || !value(member)) return false;
        } while (take(','));
        return take('}');
    }

    std::string_view rest_;
};

std::optional<Json> Json::parse(std::string_view text) {
    Json made;
    JsonParser parser{text};
    if (!parser.value(made) || !parser.ends()) return std::nullopt;
    return made;
}

const Json& Json::operator[](std::string_view name) const noexcept {
    static const Json none;
    for (const auto& [key, member] : members_) {
        if (key == name) return member;
    }
    return none;
}

std::uint64_t Json::integer() const noexcept {
    std::uint64_t value = 0;
    std::from_chars(text_.data(), text_.data() + text_.size(), value);
    return value;
}

std::optional<std::int64_t> read_decimal(std::string_view text, int decimals) {
    if (const std::size_t e = text.find('e'); e != std::string_view::npos) {
        int exponent = 0;
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + e + 1, end, exponent);
        if (read.ec != std::errc{} || read.ptr != end || exponent < -99 || exponent > 99) {
            return std::nullopt;
        }
        return read_decimal(text.substr(0, e), decimals + exponent);
    }
    if (decimals < 0) return std::nullopt;
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    std::int64_t raw = 0;
    int after_point = -1;
    for (const char c : text) {
        if (c == '.' && after_point < 0) {
            after_point = 0;
            continue;
        }
        if (c < '0' || c > '9') return std::nullopt;
        if (after_point >= 0 && ++after_point > decimals) return std::nullopt;
        if (__builtin_mul_overflow(raw, std::int64_t{10}, &raw)) return std::nullopt;
        raw += c - '0';
    }
    for (int i = after_point < 0 ? 0 : after_point; i < decimals; ++i) {
        if (__builtin_mul_overflow(raw, std::int64_t{10}, &raw)) return std::nullopt;
    }
    return negative ? -raw : raw;
}

std::string decimal_text(std::int64_t raw, int decimals) {
    std::string figures = std::to_string(raw < 0 ? -raw : raw);
    const auto places = static_cast<std::size_t>(decimals);
    if (figures.size() <= places) figures.insert(0, places + 1 - figures.size(), '0');
    if (places > 0) {
        figures.insert(figures.size() - places, 1, '.');
        while (figures.back() == '0')
            figures.pop_back();
        if (figures.back() == '.') figures.pop_back();
    }
    return (raw < 0 ? "-" : "") + figures;
}

}  // namespace riskd::tests
