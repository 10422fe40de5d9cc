// A small ledger for the tests of the codec: USDT and BTC, BTC-PERP, BTC-USDT and a perpetual
// option on it, accounts A1 and A2 with A1 in group retail. One thread.
#pragma once

#include "riskd/core/ledger.hpp"

namespace riskd::feeds {

class CodecLedger {
public:
    CodecLedger() : ledger_(limits()) {
        add_asset("USDT", 6, "");
        add_asset("BTC", 8, "BTC-USDT");
        add_instrument("BTC-PERP", ContractKind::linear_perpetual);
        add_instrument("BTC-USDT", ContractKind::spot);
        add_instrument("BTC-EVERLASTING", ContractKind::perpetual_option);
        GroupDefinition group;
        group.name = Name{"retail"};
        RISKD_CHECK(ledger_.apply_group(group).has_value());
        add_account("A1", "retail");
        add_account("A2", "");
    }
    Ledger& operator*() noexcept { return ledger_; }
    Ledger* operator->() noexcept { return &ledger_; }

    static LedgerLimits limits() {
        LedgerLimits small;
        small.accounts_max = 16;
        small.instruments_max = 16;
        small.open_orders_max = 64;
        small.orders_remembered_max = 64;
        small.ids_remembered_max = 64;
        return small;
    }

    AccountId a1() const { return ledger_.find_account("A1"); }
    InstrumentId perp() const { return ledger_.find_instrument("BTC-PERP"); }
    AssetId usdt() const { return ledger_.find_asset("USDT"); }

    // Prices have one figure after the point, quantities three, USDT six.
    void work(const char* order, std::int64_t remaining) {
        OpenOrder open;
        open.account = a1();
        open.instrument = perp();
        open.id = Id{order};
        open.quantity = Quantity{remaining};
        open.remaining = Quantity{remaining};
        open.price = Price{500'000};
        open.hold_price = open.price;
        open.hold_asset = usdt();
        open.sequence = Sequence{1};
        ledger_.place_order(open);
    }

private:
    void add_asset(const char* name, std::uint8_t decimals, const char* priced_by) {
        AssetDefinition asset;
        asset.name = Name{name};
        asset.decimals = decimals;
        asset.priced_by = Name{priced_by};
        RISKD_CHECK(ledger_.apply_asset(asset).has_value());
    }
    void add_instrument(const char* name, ContractKind kind) {
        InstrumentDefinition instrument;
        instrument.name = Name{name};
        instrument.kind = kind;
        instrument.base = Name{"BTC"};
        instrument.quote = Name{"USDT"};
        instrument.settle = Name{"USDT"};
        instrument.price_decimals = 1;
        instrument.quantity_decimals = 3;
        instrument.tick = Price{5};
        instrument.quantity_max = Quantity{1'000'000};
        instrument.leverage_max = 100;
        instrument.mark_age_max = Duration{60'000'000'000};
        if (is_option(kind)) {
            instrument.underlying = Name{"BTC-USDT"};
            instrument.strike = 50'000;
            instrument.funding_interval = Duration{86'400'000'000'000};
        }
        RISKD_CHECK(ledger_.apply_instrument(instrument).has_value());
    }
    void add_account(const char* name, const char* group) {
        AccountDefinition account;
        account.name = Name{name};
        account.group = Name{group};
        account.currency = Name{"USDT"};
        RISKD_CHECK(ledger_.apply_account(account).has_value());
    }

    Ledger ledger_;
};

}  // namespace riskd::feeds
