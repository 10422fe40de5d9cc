// The bundles that decided, each in a file named by its content hash: what riskd goes back to, and
// what it finds its active ruleset in after a restart. One that is only staged lies beside them:
// the same hash may be of other overrides, and what nobody signed must not come in their place.
// Any thread.
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
    // The same of one that does not decide yet; promote() makes it one that does.
    std::string keep_staged(std::string_view hash, std::string_view text) const;
    std::string promote(std::string_view hash) const;
    // One that decided; a staged one only where the power went while it was promoted.
    std::optional<std::string> find(std::string_view hash) const;

private:
    std::string keep_in(const std::string& file, std::string_view text) const;
    std::string file_of(std::string_view hash) const;
    std::string staged_file_of(std::string_view hash) const;

    std::string path_;
};

}  // namespace riskd::rulesets
