// Any bytes as a configuration file: never an exception, a crash or a hang; every fault has a
// message, and a file without faults keeps what the rest of riskd relies on.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/load.hpp"
#include "riskd/core/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    const std::string_view text{reinterpret_cast<const char*>(bytes), count};
    const riskd::config::LoadResult loaded = riskd::config::load_text(text, "fuzz/riskd.yaml");
    for (const riskd::config::Fault& fault : loaded.faults) {
        RISKD_CHECK(!fault.message.empty());
        RISKD_CHECK(fault.place.line >= 0);
        RISKD_CHECK(!riskd::config::render(fault).empty());
    }
    if (!loaded.ok()) return 0;
    for (const auto& instrument : loaded.settings.reference.instruments) {
        RISKD_CHECK(!instrument.name.empty());
        RISKD_CHECK(instrument.price_decimals <= riskd::decimals_max);
        RISKD_CHECK(instrument.quantity_decimals <= riskd::decimals_max);
        RISKD_CHECK(instrument.tick > riskd::Price{0});
        RISKD_CHECK(instrument.lot > riskd::Quantity{0});
        RISKD_CHECK(instrument.quantity_min.raw % instrument.lot.raw == 0);
        RISKD_CHECK(instrument.quantity_max >= instrument.quantity_min);
        RISKD_CHECK(instrument.contract_size > 0);
        RISKD_CHECK(instrument.leverage_max >= 1);
        RISKD_CHECK(instrument.mark_age_max > riskd::Duration{0});
    }
    for (const auto& setting : loaded.settings.rules.parameters) {
        const auto& value = setting.value;
        RISKD_CHECK(value.number || !value.rows.empty() || value.text == "true" ||
                    value.text == "false");
    }
    return 0;
}
