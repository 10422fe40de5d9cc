// The bundles a riskd has seen, each in a file named by its content hash: what it goes back to, and
// what it finds its active ruleset in after a restart. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace riskd::rulesets {

class Folder {
public:
    explicit Folder(std::string path) : path_{std::move(path)} {}

    // On the disk when it returns. Empty: well. REQUIRES: the hash is one.
    std::string keep(std::string_view hash, std::string_view text) const;
    std::optional<std::string> find(std::string_view hash) const;

private:
    std::string file_of(std::string_view hash) const;

    std::string path_;
};

}  // namespace riskd::rulesets
