#include "feeds/subjects.hpp"

#include <cstring>

#include "riskd/core/check.hpp"
#include "riskd/core/reference_fields.hpp"

namespace riskd::feeds {

namespace {

std::optional<Subject> parse_shape(std::size_t index, std::string_view rest) noexcept {
    const TopicShape& shape = topic_shapes[index];
    if (!rest.starts_with(shape.words)) return std::nullopt;
    const auto topic = static_cast<Topic>(index);
    rest.remove_prefix(shape.words.size());
    if (rest.empty()) {
        if (shape.token == TokenRule::required) return std::nullopt;
        return Subject{.topic = topic, .token = {}};
    }
    if (shape.token == TokenRule::none || rest.front() != '.') return std::nullopt;
    rest.remove_prefix(1);
    if (!is_token(rest)) return std::nullopt;
    return Subject{.topic = topic, .token = rest};
}

}  // namespace

Subjects::Subjects(std::string_view prefix) : prefix_(prefix) {
    RISKD_CHECK(is_prefix(prefix));
    prefix_ += '.';
}

bool Subjects::is_prefix(std::string_view prefix) noexcept {
    if (prefix.size() > prefix_max) return false;
    for (;;) {
        const auto point = prefix.find('.');
        if (!is_token(prefix.substr(0, point))) return false;
        if (point == std::string_view::npos) return true;
        prefix.remove_prefix(point + 1);
    }
}

std::optional<Subject> Subjects::parse(std::string_view subject) const noexcept {
    if (!subject.starts_with(prefix_)) return std::nullopt;
    subject.remove_prefix(prefix_.size());
    for (std::size_t i = 0; i < topic_shapes.size(); ++i) {
        if (auto found = parse_shape(i, subject)) return found;
    }
    return std::nullopt;
}

std::string_view Subjects::format(Topic topic, std::string_view token,
                                  SubjectBuffer& buffer) const noexcept {
    const TopicShape& shape = topic_shapes[static_cast<std::size_t>(topic)];
    RISKD_CHECK(token.size() <= token_max);
    RISKD_CHECK(shape.token == TokenRule::optional ||
                token.empty() == (shape.token == TokenRule::none));
    char* at = buffer.data();
    const auto put = [&at](std::string_view text) {
        std::memcpy(at, text.data(), text.size());
        at += text.size();
    };
    put(prefix_);
    put(shape.words);
    if (!token.empty()) {
        *at++ = '.';
        put(token);
    }
    return {buffer.data(), static_cast<std::size_t>(at - buffer.data())};
}

std::string Subjects::pattern(Topic topic) const {
    const TopicShape& shape = topic_shapes[static_cast<std::size_t>(topic)];
    std::string made = prefix_ + std::string{shape.words};
    if (shape.token == TokenRule::required) made += ".*";
    if (shape.token == TokenRule::optional) made += ".>";
    return made;
}

std::string Subjects::family(std::string_view word) const {
    return prefix_ + std::string{word} + ".>";
}

}  // namespace riskd::feeds
