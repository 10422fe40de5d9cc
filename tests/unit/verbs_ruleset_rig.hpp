// A riskd that two people may sign rulesets for, and the shipped rules as a bundle. One thread.
// Nothing is signed that a test does not sign.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "riskd/rulesets/admission.hpp"
#include "riskd/rulesets/keys.hpp"
#include "tests/unit/verbs_station_rig.hpp"

namespace riskd::rulesets {

// Of one day long ago.
inline constexpr Timestamp morning{1'000'000'000};
inline constexpr Timestamp noon{2'000'000'000};
inline constexpr Timestamp evening{3'000'000'000};

class RulesetRig : public verbs::StationRig {
protected:
    RulesetRig() {
        anna = *make_keys();
        bert = *make_keys();
        edit = [this](config::Settings& settings) {
            settings.rules.signers = {{"anna", anna.public_text}, {"bert", bert.public_text}};
        };
    }

    static config::RulesSettings shipped() {
        config::LoadResult loaded = config::load(RISKD_SOURCE_DIR "/config/demo.yaml");
        EXPECT_EQ(config::render(loaded.faults), "");
        return loaded.settings.rules;
    }
    // The shipped rules with another limit of open orders.
    static Bundle bundle(double open_orders_max) {
        config::RulesSettings settings = shipped();
        for (auto& setting : settings.parameters) {
            if (setting.rule != "open_orders" || !setting.group.empty()) continue;
            setting.value.number = open_orders_max;
            setting.value.text.clear();
        }
        const dsl::LoadResult loaded = dsl::load_rules(settings);
        EXPECT_EQ(loaded.rendered, "");
        Bundle made = bundle_of(settings, *loaded.rulebook);
        made.note = "fewer \"open\" orders\nfrom tomorrow";
        made.expires = Timestamp{4'000'000'000'000'000'000};
        return made;
    }
    void sign_it(Bundle& made, bool by_both = true) const {
        made.signatures = {{"anna", *sign(anna.private_pem, statement(made))}};
        if (by_both) made.signatures.push_back({"bert", *sign(bert.private_pem, statement(made))});
    }
    config::RulesSettings here() const {
        config::RulesSettings settings;
        settings.signers = {{"anna", anna.public_text}, {"bert", bert.public_text}};
        return settings;
    }
    std::string fault_of(const Bundle& made) const { return admit(write(made), here()).fault; }

    // One account may have so many open orders until then.
    static Override more_orders(const verbs::Station& station, const std::string& orders_max,
                                Timestamp until) {
        Override made;
        made.setting.account = "A1";
        EXPECT_EQ(set_parameter("open_orders.orders_max", made.setting), "");
        EXPECT_EQ(set_value(orders_max, made.setting), "");
        made.reason = "an \"auction\" until noon";
        made.until = until;
        made.base = decides(station);
        return made;
    }
    void sign_it(Override& made, bool by_both = true) const {
        made.signatures = {{"anna", *sign(anna.private_pem, statement(made))}};
        if (by_both) made.signatures.push_back({"bert", *sign(bert.private_pem, statement(made))});
    }

    // Empty, or why it is no candidate.
    template <typename Staged>
    static std::string stage(verbs::Station& station, const Staged& made) {
        std::string fault = station.rulesets.stage(write(made), station.engine.ledger());
        while (fault.empty() && station.rulesets.is_staging()) {
            if (auto came = station.rulesets.turn(station.engine)) return *came;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return fault;
    }
    static std::string why_not(verbs::Station& station, const Bundle& made) {
        return station.rulesets.why_not_activate(made.hash, station.clock.now());
    }
    static std::string decides(const verbs::Station& station) {
        return std::string{station.engine.ruleset().hash.view()};
    }

    KeyPair anna;
    KeyPair bert;
};

}  // namespace riskd::rulesets
