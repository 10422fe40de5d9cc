// Reads the fields of signed files and keeps the first fault; what is read after one is of no use.
// Every fault names its field. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "feeds/codec_client.hpp"

namespace riskd::rulesets {

class JsonReading {
public:
    using Tree = feeds::Tree;

    std::string take_fault() { return std::move(fault_); }
    bool well() const noexcept { return fault_.empty(); }
    void refuse(std::string_view what, std::string_view why);

    std::string text(const Tree& node, std::string_view key);
    std::string text_or_nothing(const Tree& node, std::string_view key);
    std::span<const Tree> list(const Tree& node, std::string_view key);
    double number(const Tree& node, std::string_view what);
    std::int64_t integer(const Tree& node, std::string_view key);
    config::ParameterSetting parameter(const Tree& node);

private:
    std::string fault_;
};

}  // namespace riskd::rulesets
