// A YAML file as a plain tree with the place of every key and value. yaml-cpp and its exceptions
// stay in yaml.cpp; a syntax error is a fault like any other. Anchors, aliases and several
// documents are refused: they hide where a value was written. Before start only; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace riskd::config {

struct YamlNode {
    enum class Kind : std::uint8_t { nothing, text, list, map };
    struct Entry;

    Kind kind{Kind::nothing};
    Place place;
    std::string text;             // of a text
    bool quoted{};                // the text stood in quotes
    std::vector<YamlNode> items;  // of a list
    std::vector<Entry> entries;   // of a map, in the order written; keys may repeat

    const YamlNode* find(std::string_view key) const noexcept;
};

struct YamlNode::Entry {
    std::string key;
    Place place;
    YamlNode value;
};

// What a node is, in words for a message: "a list".
std::string_view name(YamlNode::Kind kind) noexcept;

// The tree of `text`; `file` is what its places say. After a syntax error the tree is empty.
YamlNode parse_yaml(std::string_view text, const std::string& file, std::vector<Fault>& faults);

// The same of a file. A file that cannot be read is a fault without a line.
YamlNode load_yaml(const std::string& file, std::vector<Fault>& faults);

}  // namespace riskd::config
