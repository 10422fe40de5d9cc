// The single values of Settings by section and key: what the loader, the environment overrides and
// the test of the reference file read. Any thread; pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace riskd::config {

struct SettingKey {
    std::string_view section;  // "nats"
    std::string_view key;      // "url"
    // Stores the text; answers what is wrong with it, or nothing.
    std::string (*store)(Settings& settings, std::string_view text);
};

std::span<const SettingKey> setting_keys() noexcept;
const SettingKey* find_setting_key(std::string_view section, std::string_view key) noexcept;

}  // namespace riskd::config
