#include "feeds/codec_client.hpp"

#include <simdjson.h>

#include <cstdlib>

#include "feeds/json_writer.hpp"

namespace riskd::feeds {

void encode_fields(std::span<const FieldText> fields, std::string& into) {
    JsonWriter json{into};
    json.begin_object();
    for (const FieldText& field : fields) {
        if (field.text.empty()) continue;
        json.key(field.name);
        const bool literal = field.text == "true" || field.text == "false" ||
                             field.name == "time" || field.name == "expires";
        if (literal) {
            json.literal(field.text);
        } else {
            json.string(field.text);
        }
    }
    json.end_object();
}

struct Tree::Builder {
    static Tree build(simdjson::dom::element element) {
        namespace dom = simdjson::dom;
        Tree made;
        switch (element.type()) {
            case dom::element_type::ARRAY:
                made.kind_ = TreeKind::array;
                for (const dom::element child : dom::array(element)) {
                    made.children_.push_back(build(child));
                }
                break;
            case dom::element_type::OBJECT:
                made.kind_ = TreeKind::object;
                for (const auto& [key, child] : dom::object(element)) {
                    made.children_.push_back(build(child));
                    made.children_.back().key_ = key;
                }
                break;
            case dom::element_type::STRING:
                made.kind_ = TreeKind::string;
                made.text_ = std::string_view(element);
                break;
            case dom::element_type::NULL_VALUE: made.kind_ = TreeKind::null; break;
            case dom::element_type::BOOL:
                made.kind_ = TreeKind::boolean;
                made.text_ = bool(element) ? "true" : "false";
                break;
            default:
                made.kind_ = TreeKind::number;
                made.text_ = simdjson::minify(element);
                break;
        }
        return made;
    }
};

std::optional<Tree> Tree::parse(std::string_view text) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::element element;
    if (parser.parse(text.data(), text.size()).get(element) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return Builder::build(element);
}

const Tree& Tree::operator[](std::string_view member) const noexcept {
    static const Tree absent;
    for (const Tree& child : children_) {
        if (kind_ == TreeKind::object && child.key_ == member) return child;
    }
    return absent;
}

double Tree::number() const noexcept {
    return std::strtod(text_.c_str(), nullptr);
}

}  // namespace riskd::feeds
