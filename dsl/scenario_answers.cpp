#include "dsl/scenario_answers.hpp"

#include <algorithm>

#include "dsl/scenario_values.hpp"

namespace riskd::dsl {

namespace {

void say_margin(Clause& clause, const Ledger& ledger, AssetId currency,
                const AccountMargin& margin) {
    const auto figure = [&](std::string_view name, Money amount) {
        say(clause, name, {money_text(ledger, currency, amount)});
    };
    figure("equity", margin.equity);
    figure("initial_margin", margin.initial_margin);
    figure("maintenance_margin", margin.maintenance_margin);
}

ExpectedOutput answer_to(const Ledger& ledger, const Decision& decision) {
    ExpectedOutput output{.answer = decision.accepted ? Answer::accept : Answer::reject};
    Clause& clause = output.clause;
    clause.head.text = decision.accepted ? "accept" : "reject";
    if (decision.accepted) {
        say(clause, "hold",
            {money_text(ledger, decision.hold_asset, decision.hold),
             asset_name(ledger, decision.hold_asset)});
    } else {
        say(clause, "reason", {std::string{name(decision.reason)}});
        if (!decision.rule_name.empty()) {
            say(clause, "rule", {std::string{decision.rule_name.view()}});
        }
        if (!decision.group_name.empty()) {
            say(clause, "group", {std::string{decision.group_name.view()}});
        }
    }
    if (decision.has_limit) {
        const auto figure = [&](std::string_view what, Decimal number) {
            say(clause, what, {std::string{DecimalText{number}.view()}});
        };
        figure("used", decision.used);
        figure("limit", decision.limit);
        figure("would_be", decision.would_be);
        figure("headroom", decision.headroom);
    }
    if (decision.has_largest_quantity) {
        const int decimals = ledger.instrument(decision.instrument).terms.quantity_decimals;
        say(clause, "largest", {decimal_text(decision.largest_quantity.raw, decimals)});
    }
    if (decision.repeated) say(clause, "repeated");
    if (decision.has_margin) {
        say_margin(clause, ledger, decision.currency, decision.margin);
        const Money available = decision.margin.equity - decision.margin.initial_margin;
        say(clause, "available", {money_text(ledger, decision.currency, available)});
    }
    return output;
}

ExpectedOutput answer_to(const Ledger& ledger, const StageChange& change) {
    ExpectedOutput output{.answer = Answer::stage};
    Clause& clause = output.clause;
    clause.head.text = change.stage == Stage::healthy ? "closed" : std::string{name(change.stage)};
    say(clause, "account", {std::string{ledger.account(change.account).terms.name.view()}});
    if (is_known(change.instrument)) {
        say(clause, "instrument",
            {position_text(ledger.instrument(change.instrument).terms.name.view(),
                           change.position_side)});
    }
    if (change.margin.equity < change.margin.maintenance_margin) {
        say(clause, "maintenance_breach");
    }
    say(clause, "episode", {std::to_string(change.episode)});
    if (change.step != 0) say(clause, "step", {std::to_string(change.step)});
    say(clause, "before", {std::string{name(change.before)}});
    say_margin(clause, ledger, change.currency, change.margin);
    for (const CloseLeg& leg : change.close) {
        const InstrumentDefinition& terms = ledger.instrument(leg.instrument).terms;
        const std::string position = position_text(terms.name.view(), leg.position_side);
        say(clause, "close",
            {std::string{name(leg.side)}, decimal_text(leg.quantity.raw, terms.quantity_decimals),
             position});
        if (!leg.has_bankruptcy_price) continue;
        say(clause, "bankruptcy_price",
            {position, decimal_text(leg.bankruptcy_price.raw, terms.price_decimals)});
    }
    return output;
}

ExpectedOutput answer_to(const Ledger& ledger, const Handover& handover) {
    ExpectedOutput output{.answer = Answer::handover};
    Clause& clause = output.clause;
    clause.head.text = "handover";
    const auto name_of = [&](AccountId id) {
        return std::string{ledger.account(id).terms.name.view()};
    };
    say(clause, "account", {name_of(handover.account)});
    say(clause, "kind", {std::string{name(handover.kind)}});
    say(clause, "of", {name_of(handover.of)});
    say(clause, "episode", {std::to_string(handover.episode)});
    if (!is_of_position(handover.kind)) {
        say(clause, "amount",
            {money_text(ledger, handover.asset, handover.amount),
             asset_name(ledger, handover.asset)});
        return output;
    }
    const InstrumentDefinition& terms = ledger.instrument(handover.instrument).terms;
    say(clause, "quantity",
        {std::string{name(handover.side)},
         decimal_text(handover.quantity.raw, terms.quantity_decimals),
         position_text(terms.name.view(), handover.position_side)});
    say(clause, "price", {decimal_text(handover.price.raw, terms.price_decimals)});
    if (handover.rank != 0) say(clause, "rank", {std::to_string(handover.rank)});
    return output;
}

ExpectedOutput answer_to(const Ledger& ledger, const Alert& alert) {
    ExpectedOutput output{.answer = Answer::alert};
    Clause& clause = output.clause;
    clause.head.text = "alert";
    say(clause, "kind", {std::string{name(alert.kind)}});
    if (!alert.about.empty()) say(clause, "about", {std::string{alert.about.view()}});
    if (is_known(alert.account)) {
        say(clause, "account", {std::string{ledger.account(alert.account).terms.name.view()}});
    }
    if (is_known(alert.instrument)) {
        say(clause, "instrument",
            {std::string{ledger.instrument(alert.instrument).terms.name.view()}});
    }
    if (alert.fault != RuleFault::none) say(clause, "fault", {std::string{name(alert.fault)}});
    say(clause, "severity", {std::string{name(alert.severity)}});
    return output;
}

bool is_numeric(Kind kind) {
    return kind == Kind::number || kind == Kind::figure || kind == Kind::figure_or_unknown ||
           kind == Kind::share;
}

bool same_word(Kind kind, const std::string& expected, const std::string& actual) {
    if (is_numeric(kind)) return canonical_number(expected) == canonical_number(actual);
    return expected == actual;
}

// A money is two words; an asset that was not written is any.
bool same_part(const Slot& slot, const Part& expected, const Part& actual) {
    if (slot.count == 1 && slot.kinds[0] == Kind::money) {
        const bool same =
            canonical_number(expected.words[0].text) == canonical_number(actual.words[0].text);
        const std::string& asset = expected.words[1].text;
        return same && (asset.empty() || asset == actual.words[1].text);
    }
    for (std::size_t i = 0; i < slot.count; ++i) {
        if (!same_word(slot.kinds[i], expected.words[i].text, actual.words[i].text)) return false;
    }
    return true;
}

std::vector<const Part*> parts_of(const Clause& clause, std::string_view name) {
    std::vector<const Part*> parts;
    for (const Part& part : clause.parts) {
        if (part.name == name) parts.push_back(&part);
    }
    return parts;
}

bool same_slot(const Slot& slot, const Clause& expected, const Clause& actual) {
    const auto wanted = parts_of(expected, slot.name);
    if (wanted.empty()) return true;
    const auto given = parts_of(actual, slot.name);
    return wanted.size() == given.size() &&
           std::equal(wanted.begin(), wanted.end(), given.begin(),
                      [&](const Part* a, const Part* b) { return same_part(slot, *a, *b); });
}

}  // namespace

void say(Clause& clause, std::string_view name, std::vector<std::string> words) {
    Part part{.name = name, .words = {}};
    for (std::string& word : words)
        part.words.push_back({.text = std::move(word)});
    clause.parts.push_back(std::move(part));
}

std::string asset_name(const Ledger& ledger, AssetId asset) {
    return is_known(asset) ? std::string{ledger.asset(asset).terms.name.view()} : std::string{};
}

std::string decimal_text(std::int64_t raw, int decimals) {
    return std::string{DecimalText{raw, decimals}.view()};
}

std::string money_text(const Ledger& ledger, AssetId asset, Money amount) {
    return decimal_text(amount.raw, is_known(asset) ? ledger.asset(asset).terms.decimals : 0);
}

ExpectedOutput answer_of(const Ledger& ledger, const Output& output) {
    return std::visit([&](const auto& said) { return answer_to(ledger, said); }, output);
}

bool agrees(const Clause& expected, const Clause& actual, const Grammar& rules) {
    const auto same = [&](const Slot& slot) { return same_slot(slot, expected, actual); };
    return std::all_of(rules.places.begin(), rules.places.end(), same) &&
           std::all_of(rules.options.begin(), rules.options.end(), same);
}

bool agrees(const ExpectedOutput& expected, const ExpectedOutput& actual) {
    return expected.answer == actual.answer &&
           expected.clause.head.text == actual.clause.head.text &&
           agrees(expected.clause, actual.clause, grammar(expected.answer));
}

std::string text_of(const Clause& clause) {
    std::string text = clause.head.text;
    for (const Part& part : clause.parts) {
        // What is told by its place stands without its name.
        const bool named = part.name != "reason" &&
                           (part.name != "kind" || clause.head.text != "alert") &&
                           (part.name != "account" || clause.head.text == "alert") &&
                           !(part.name == "quantity" && clause.head.text == "position");
        if (named) text += " " + std::string{part.name};
        for (const Word& word : part.words) {
            if (!word.text.empty()) text += " " + word.text;
        }
    }
    return text;
}

std::string text_of(const ExpectedOutput& output) {
    return text_of(output.clause);
}

}  // namespace riskd::dsl
