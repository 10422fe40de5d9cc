// The shipped rules by hand in C++: the floor that benchmarks stand beside, the oracle that the Lua
// rules are compared with bit for bit, and the rulebook of the reference engine. The order of rules
// is that of the sorted files under rules/. Any one thread.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "riskd/core/rulebook.hpp"

namespace riskd::model {

struct MarginTier {
    double notional{};  // applies from here up to the next one's
    double initial{};
    double maintenance{};
    double deduction{};
};

inline constexpr double no_limit = 1e15;  // of group_exposure

// The parameters of the shipped rules with their shipped defaults.
struct NativeParameters {
    double quote_borrowed_max{0};
    double base_borrowed_max{0};
    double daily_loss_max{100'000};
    double gross_exposure_max{no_limit};  // of a group
    double open_orders_max{200};
    double order_notional_max{1'000'000};
    double order_quantity_max{1'000'000};
    double order_rate_max{100};
    double position_notional_max{10'000'000};
    double position_quantity_max{10'000'000};
    double price_deviation_max{0.05};
    bool reduce_only{false};
    bool restricted{false};
    double haircut{1};
    double warn_at{0.70};
    double cancel_at{0.80};
    double reduce_at{0.90};
    double exit_at{0.75};
    double take_over_at{1'000'000};
    double step_max{1};
    double cool_down{10};
    double hysteresis{0.01};
    std::vector<MarginTier> tiers{
        {0, 0.10, 0.05, 0}, {1'000'000, 0.20, 0.10, 50'000}, {10'000'000, 0.50, 0.25, 1'550'000}};
};

inline constexpr double margin_rate_max = 1;

class NativeRulebook final : public Rulebook {
public:
    // Who is asked about decides the parameters; the asset is set for collateral questions only.
    using Resolve = std::function<const NativeParameters&(const RuleScope&, AssetId)>;

    explicit NativeRulebook(NativeParameters everyone = {});
    // REQUIRES: resolve does not throw.
    explicit NativeRulebook(Resolve resolve) : resolve_(std::move(resolve)) {}

    std::string_view hash() const noexcept override { return "native"; }
    std::span<const RuleInfo> rules() const noexcept override;
    std::span<const WindowSpec> windows() const noexcept override;
    RuleId margin_rule() const noexcept override;
    RuleId collateral_rule() const noexcept override;
    RuleId liquidation_rule() const noexcept override;
    std::span<const MarginModel> margin_models() const noexcept override;
    std::int64_t collateral_slope_max() const noexcept override;
    bool ladder_is_monotone() const noexcept override { return true; }
    bool ladder_reads_ratio_alone() const noexcept override { return true; }
    std::span<const RuleId> check_rules() const noexcept override;
    GroupReads group_reads() const noexcept override {
        return {.any = true, .gross_exposure_after = true};
    }

    void check(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept override;
    void margin(std::span<const MarginQuestion> questions,
                std::span<MarginAnswer> answers) noexcept override;
    void collateral(std::span<const CollateralQuestion> questions,
                    std::span<CollateralAnswer> answers) noexcept override;
    void stage(std::span<const StageQuestion> questions,
               std::span<StageAnswer> answers) noexcept override;

private:
    CheckAnswer group_exposure_answer(const CheckQuestion& question) const noexcept;
    const NativeParameters& parameters(const RuleScope& scope,
                                       AssetId asset = no_asset) const noexcept {
        return resolve_ ? resolve_(scope, asset) : everyone_;
    }

    NativeParameters everyone_;
    Resolve resolve_;
};

}  // namespace riskd::model
