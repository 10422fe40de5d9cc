// Every file in config/venues, as a user would start from it: `riskd check` has nothing to say, and
// a riskd that has read it asks for the margin that docs/VENUES.md says.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "riskd/station.hpp"
#include "riskd/verbs/check.hpp"
#include "tests/unit/runtime_random_record.hpp"

namespace riskd::verbs {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path{RISKD_SOURCE_DIR} / "config" / "venues";

std::vector<std::string> venue_files() {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(folder))
        files.push_back(entry.path().filename().string());
    return files;
}

// A position opened by an order, and what it then needs. Figures are worked by hand from the
// venue's formula and the tiers in the file, but for those that are the venue's own example.
struct Opened {
    std::string file;
    std::string margin;  // the account's margin rule; empty: the first one listed
    std::string currency;
    double deposit;
    std::string instrument;
    double price;
    double quantity;  // below zero: sold
    double initial;
    double maintenance;
    std::string priced_by;  // of the currency, when it is not the reference asset
    double value{};
};

void PrintTo(const Opened& opened, std::ostream* out) {
    *out << opened.file << ' ' << opened.margin << ' ' << opened.instrument;
}

const std::vector<Opened> positions{
    {"binance", "", "USDT", 100'000, "BTCUSDT", 50'000, 1, 500, 200, {}},
    {"binance", "", "USDT", 100'000, "ETHUSDT", 2'000, -50, 2'000, 635, {}},
    {"binance", "", "BTC", 20, "BTCUSD_PERP", 50'000, 25'000, 5, 0.695, "BTC-USDT-INDEX", 50'000},
    {"bybit", "", "USDT", 100'000, "BTCUSDT", 50'000, 1, 527.225, 277.225, {}},
    {"bybit", "", "USDT", 100'000, "BTCUSDT", 50'000, -1, 527.775, 277.775, {}},
    {"bybit", "entry_value", "USDT", 100'000, "BTCUSDT", 50'000, 1, 500, 277.5, {}},
    {"okx", "", "USDT", 100'000, "BTC-USDT-SWAP", 50'000, 100, 500, 275, {}},
    {"deribit", "", "BTC", 20, "BTC-PERPETUAL", 50'000, 500'000, 0.205, 0.105, "BTC_USDC", 50'000},
    {"deribit", "", "USDC", 100'000, "SOL_USDC-PERPETUAL", 200, 25, 200.625, 100.625, {}},
    {"deribit", "portfolio_margin", "BTC", 20, "BTC-PERPETUAL", 50'000, 450'000, 1.3, 1, "BTC_USDC",
     50'000},
    {"bitmex", "", "XBT", 5, "XBTUSD", 50'000, 9'000'000, 1.8, 1.035, "XBTUSDT", 50'000},
    {"bitmex", "", "XBT", 5, "ETHUSD", 500, 10'000, 0.1, 0.05375, "XBTUSDT", 50'000},
    {"hyperliquid", "", "USDC", 100'000, "BTC", 50'000, 1, 1'250, 625, {}},
    {"dydx", "", "USDC", 100'000, "BTC-USD", 50'000, 1, 2'500, 1'500, {}},
    {"dydx", "", "USDC", 100'000, "SOL-USD", 200, -10, 200, 100, {}},
    {"derive", "", "USDC", 100'000, "ETH-PERP", 2'000, 1, 130, 100, {}},
    {"derive", "portfolio_risk", "USDC", 100'000, "ETH-PERP", 2'000, 1, 400, 318, {}},
};

// A riskd that has just read the file.
class VenueWorld {
public:
    explicit VenueWorld(const std::string& file) {
        config::LoadResult loaded = config::load((folder / (file + ".yaml")).string());
        EXPECT_EQ(config::render(loaded.faults), "");
        loaded.settings.journal.directory = scratch_.path();
        loaded.settings.rules.directory = scratch_.path() + "/rulesets";
        loaded.settings.limits = {.accounts_max = 100,
                                  .instruments_max = 64,
                                  .open_orders_max = 1000,
                                  .orders_remembered_max = 1000,
                                  .ids_remembered_max = 1000};
        dsl::LoadResult rules = dsl::load_rules(loaded.settings.rules);
        EXPECT_EQ(rules.rendered, "");
        station_ =
            std::make_unique<Station>(std::move(loaded.settings), std::move(rules.rulebook), log_);
        EXPECT_EQ(station_->open_journal({}, nullptr), "");
        EXPECT_EQ(station_->apply_settings(), "");
    }

    const Ledger& ledger() const { return station_->engine.ledger(); }
    const Outcome& apply(const EventBody& body) { return station_->apply(body, ++sequence_); }
    static std::int64_t scaled(double value, int decimals) {
        return std::llround(value * std::pow(10, decimals));
    }
    Price price_of(InstrumentId instrument, double value) const {
        return Price{scaled(value, ledger().instrument(instrument).terms.price_decimals)};
    }
    void see_price(const std::string& name, double value) {
        const InstrumentId instrument = ledger().find_instrument(name);
        ASSERT_TRUE(is_known(instrument)) << name;
        apply(PriceUpdate{.instrument = instrument,
                          .mark = price_of(instrument, value),
                          .as_of = station_->clock.now()});
    }

private:
    test::ScratchDirectory scratch_;
    runtime::Log log_{"error"};
    std::unique_ptr<Station> station_;
    std::uint64_t sequence_{};
};

class VenuePosition : public testing::TestWithParam<Opened> {};

TEST_P(VenuePosition, needs_the_margin_of_its_venue) {
    const Opened& opened = GetParam();
    VenueWorld world{opened.file};
    world.apply(AccountDefinition{
        .name = Name{"A1"}, .currency = Name{opened.currency}, .margin = Name{opened.margin}});
    const AccountId account = world.ledger().find_account("A1");
    const AssetId currency = world.ledger().find_asset(opened.currency);
    const double unit = world.ledger().asset(currency).unit;
    world.apply(BalanceChange{.account = account,
                              .id = Id{"d-1"},
                              .asset = currency,
                              .amount = Money{std::llround(opened.deposit * unit)}});
    if (!opened.priced_by.empty()) world.see_price(opened.priced_by, opened.value);
    world.see_price(opened.instrument, opened.price);
    const InstrumentId instrument = world.ledger().find_instrument(opened.instrument);
    const int decimals = world.ledger().instrument(instrument).terms.quantity_decimals;
    const Quantity quantity{VenueWorld::scaled(std::abs(opened.quantity), decimals)};
    const Side side = opened.quantity < 0 ? Side::sell : Side::buy;
    const Price price = world.price_of(instrument, opened.price);
    const Outcome& answer = world.apply(OrderRequest{.account = account,
                                                     .instrument = instrument,
                                                     .order = Id{"o-1"},
                                                     .side = side,
                                                     .price = price,
                                                     .quantity = quantity});
    const auto decision = std::get<Decision>(answer.outputs.at(0));
    ASSERT_TRUE(decision.accepted) << name(decision.reason) << ' ' << decision.rule_name.view();
    world.apply(Fill{.account = account,
                     .instrument = instrument,
                     .fill = Id{"f-1"},
                     .order = Id{"o-1"},
                     .side = side,
                     .price = price,
                     .quantity = quantity});
    const AccountMargin& margin = world.ledger().account(account).last_margin;
    EXPECT_TRUE(margin.complete);
    const double tolerance = 2 / unit;
    EXPECT_NEAR(static_cast<double>(margin.initial_margin.raw) / unit, opened.initial, tolerance);
    EXPECT_NEAR(static_cast<double>(margin.maintenance_margin.raw) / unit, opened.maintenance,
                tolerance);
}

INSTANTIATE_TEST_SUITE_P(each, VenuePosition, testing::ValuesIn(positions));

TEST(Venues, riskd_check_has_nothing_to_say) {
    for (const std::string& file : venue_files()) {
        CLI::App app;
        const VerbBody body = declare_check(app);
        app.parse((folder / file).string());
        testing::internal::CaptureStdout();
        const int code = body();
        EXPECT_EQ(testing::internal::GetCapturedStdout(), "") << file;
        EXPECT_EQ(code, exit_well) << file;
    }
}

// Every preset is in the manual, and every scenario of its venue that the manual names is there.
TEST(Venues, are_what_the_manual_says) {
    std::ifstream manual{RISKD_SOURCE_DIR "/docs/VENUES.md"};
    std::set<std::string> named;
    std::size_t scenarios = 0;
    for (std::string line; std::getline(manual, line);) {
        const bool row = line.starts_with("| ") && line.find(".yaml`") != std::string::npos;
        for (std::size_t at = 0; row && (at = line.find('`', at)) != std::string::npos;) {
            const std::size_t end = line.find('`', at + 1);
            const std::string word = line.substr(at + 1, end - at - 1);
            at = end + 1;
            if (word.ends_with(".yaml")) {
                named.insert(word);
            } else {
                const fs::path rules = fs::path{RISKD_SOURCE_DIR} / "rules";
                const bool found = fs::exists(rules / (word + ".scenario")) ||
                                   fs::exists(rules / "venues" / (word + ".scenario"));
                EXPECT_TRUE(found) << word;
                ++scenarios;
            }
        }
    }
    const std::vector<std::string> files = venue_files();
    EXPECT_EQ(named, (std::set<std::string>{files.begin(), files.end()}));
    EXPECT_GE(scenarios, 30U);
}

TEST(Venues, have_each_a_position_above) {
    std::set<std::string> tried;
    for (const Opened& each : positions)
        tried.insert(each.file + ".yaml");
    const std::vector<std::string> files = venue_files();
    EXPECT_EQ(tried, (std::set<std::string>{files.begin(), files.end()}));
    EXPECT_EQ(files.size(), 8U);
}

}  // namespace
}  // namespace riskd::verbs
