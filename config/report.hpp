// Collects the faults of all files while they are read, and asks of a YAML node what a reader wants
// to know; a node that is something else becomes a fault and the reader goes on.
// Before start only; one thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "config/yaml.hpp"

namespace riskd::config {

// "config/riskd.yaml:12"
std::string render(const Place& place);

class Report {
public:
    explicit Report(std::vector<Fault>& faults) : faults_(faults) {}

    void fault(const Place& place, std::string message) {
        faults_.push_back({place, std::move(message)});
    }

    // The text of a node, or nullptr and a fault that names it `what`.
    const std::string* text(const YamlNode& node, std::string_view what);

    // The keys of a map, each once; a key written again is a fault and left out. Nothing at all is
    // an empty map, so that every key of a section can be commented out.
    std::vector<const YamlNode::Entry*> entries(const YamlNode& node, std::string_view what);
    std::span<const YamlNode> items(const YamlNode& node, std::string_view what);

    void unknown_key(const YamlNode::Entry& entry, std::string_view owner,
                     std::span<const std::string_view> known);

    // Remembers where `path` was set. False and a fault when it was set before, in whatever file.
    bool set_once(const std::string& path, const Place& place);
    // Where `path` was set, or the place of a default: `file` without a line.
    Place place_of(const std::string& path, const std::string& file) const;

private:
    bool expect(const YamlNode& node, YamlNode::Kind kind, std::string_view what);

    std::vector<Fault>& faults_;
    std::map<std::string, Place, std::less<>> set_;
};

}  // namespace riskd::config
