#include "config/report.hpp"

#include "config/nearest.hpp"

namespace riskd::config {

std::string render(const Place& place) {
    return place.file + ':' + std::to_string(place.line);
}

bool Report::expect(const YamlNode& node, YamlNode::Kind kind, std::string_view what) {
    if (node.kind == kind) return true;
    std::string message = "`" + std::string{what} + "` ";
    if (node.kind == YamlNode::Kind::nothing) {
        message += "has no value";
    } else {
        message += "must be " + std::string{name(kind)} + ", not " + std::string{name(node.kind)};
    }
    fault(node.place, std::move(message));
    return false;
}

const std::string* Report::text(const YamlNode& node, std::string_view what) {
    return expect(node, YamlNode::Kind::text, what) ? &node.text : nullptr;
}

std::vector<const YamlNode::Entry*> Report::entries(const YamlNode& node, std::string_view what) {
    std::vector<const YamlNode::Entry*> found;
    if (node.kind == YamlNode::Kind::nothing) return found;
    if (!expect(node, YamlNode::Kind::map, what)) return found;
    std::map<std::string_view, const Place*> seen;
    for (const YamlNode::Entry& entry : node.entries) {
        const auto [first, is_new] = seen.emplace(entry.key, &entry.place);
        if (is_new) {
            found.push_back(&entry);
        } else {
            fault(entry.place,
                  "`" + entry.key + "` is written twice; first at " + render(*first->second));
        }
    }
    return found;
}

std::span<const YamlNode> Report::items(const YamlNode& node, std::string_view what) {
    if (node.kind == YamlNode::Kind::nothing) return {};
    if (!expect(node, YamlNode::Kind::list, what)) return {};
    return node.items;
}

void Report::unknown_key(const YamlNode::Entry& entry, std::string_view owner,
                         std::span<const std::string_view> known) {
    fault(entry.place,
          std::string{owner} + " has no key `" + entry.key + "`" + suggestion(entry.key, known));
}

bool Report::set_once(const std::string& path, const Place& place) {
    const auto [first, is_new] = set_.emplace(path, place);
    if (!is_new) {
        fault(place, "`" + path + "` is set twice; first at " + render(first->second));
    }
    return is_new;
}

Place Report::place_of(const std::string& path, const std::string& file) const {
    const auto found = set_.find(path);
    return found == set_.end() ? Place{file, 0, 0} : found->second;
}

}  // namespace riskd::config
