// Reads config/riskd.yaml and the files it names into Settings, and reports every fault at once:
// unknown keys with the nearest right name, wrong types, values out of range, names written twice,
// references to what is not there. With any fault the settings are not to be used.
// Before start only; nothing is thrown. Reads files and environment variables, writes nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace riskd::config {

struct LoadResult {
    Settings settings;
    std::vector<Fault> faults;  // by file in the order read, then by line and column

    bool ok() const noexcept { return faults.empty(); }
};

LoadResult load(const std::string& path);

// As load(), with `text` in place of the main file; `path` is what faults say and what the files
// it names are relative to.
LoadResult load_text(std::string_view text, const std::string& path);

// file:line:column: message; without a line, file: message.
std::string render(const Fault& fault);
// One fault a line.
std::string render(std::span<const Fault> faults);

// Every key the loader knows, as "nats.url" or "instruments.*.tick", where * is a name.
std::vector<std::string> known_keys();

// An environment variable that takes the place of one key, whatever the files say.
struct Override {
    std::string_view variable;  // "RISKD_NATS_URL"
    std::string_view section;   // "nats"
    std::string_view key;       // "url"
};
std::span<const Override> overrides() noexcept;

}  // namespace riskd::config
