// Events and outputs as text, and the comparison of two outputs by that text: every field is in it.
#include <algorithm>
#include <sstream>

#include "tests/model/comparison.hpp"

namespace riskd::model {

namespace {

class Line {
public:
    explicit Line(std::string_view head) { out_ << head; }
    template <typename Value>
    Line& field(std::string_view name, const Value& value) {
        out_ << ' ' << name << ' ' << value;
        return *this;
    }
    template <typename Tag, typename Raw>
    Line& field(std::string_view name, Strong<Tag, Raw> value) {
        if (value.raw == static_cast<Raw>(none_raw)) {
            out_ << ' ' << name << " none";
        } else {
            out_ << ' ' << name << ' ' << value.raw;
        }
        return *this;
    }
    template <std::size_t capacity>
    Line& field(std::string_view name, const Text<capacity>& value) {
        out_ << ' ' << name << " '" << value.view() << "'";
        return *this;
    }
    Line& field(std::string_view name, Decimal value) {
        out_ << ' ' << name << ' ' << DecimalText{value}.view();
        return *this;
    }
    Line& field(std::string_view name, const AccountMargin& value) {
        out_ << ' ' << name << " (equity " << value.equity.raw << " initial "
             << value.initial_margin.raw << " maintenance " << value.maintenance_margin.raw
             << " owed " << value.owed.raw << (value.complete ? ")" : " incomplete)");
        return *this;
    }
    std::string text() const { return out_.str(); }

private:
    std::ostringstream out_;
};

std::string describe_body(const OrderRequest& body) {
    return Line{"order"}
        .field("id", body.order)
        .field("account", body.account)
        .field("side", name(body.side))
        .field("position_side", name(body.position_side))
        .field("quantity", body.quantity)
        .field("instrument", body.instrument)
        .field("price", body.price)
        .field("type", name(body.type))
        .field("tif", name(body.time_in_force))
        .field("reduce_only", body.reduce_only)
        .field("post_only", body.post_only)
        .field("trigger", body.trigger_price)
        .field("replaces", body.replaces)
        .text();
}

std::string describe_body(const OrderUpdate& body) {
    return Line{"update"}
        .field("order", body.order)
        .field("account", body.account)
        .field("event", name(body.event))
        .field("has_remaining", body.has_remaining)
        .field("remaining", body.remaining)
        .text();
}

std::string describe_body(const Fill& body) {
    return Line{"fill"}
        .field("id", body.fill)
        .field("order", body.order)
        .field("account", body.account)
        .field("side", name(body.side))
        .field("position_side", name(body.position_side))
        .field("quantity", body.quantity)
        .field("instrument", body.instrument)
        .field("price", body.price)
        .field("fee", body.fee)
        .field("fee_asset", body.fee_asset)
        .text();
}

std::string describe_body(const BalanceChange& body) {
    return Line{"balance"}
        .field("account", body.account)
        .field("id", body.id)
        .field("asset", body.asset)
        .field("amount", body.amount)
        .field("kind", name(body.kind))
        .text();
}

std::string describe_body(const Transfer& body) {
    return Line{"transfer"}
        .field("id", body.id)
        .field("from", body.from)
        .field("to", body.to)
        .field("asset", body.asset)
        .field("amount", body.amount)
        .text();
}

std::string describe_body(const PriceUpdate& body) {
    return Line{"price"}
        .field("instrument", body.instrument)
        .field("mark", body.mark)
        .field("index", body.index)
        .field("bid", body.bid)
        .field("ask", body.ask)
        .field("faults", +body.faults.bits)
        .field("volatility", body.implied_volatility)
        .field("confidence", body.confidence)
        .field("interest", body.has_interest_rate ? body.interest_rate : 0)
        .field("as_of", body.as_of.ns)
        .text();
}

std::string describe_body(const Funding& body) {
    return Line{"funding"}
        .field("instrument", body.instrument)
        .field("id", body.id)
        .field("rate", body.rate)
        .field("period", body.period.ns)
        .field("price", body.price)
        .text();
}

std::string describe_body(const FundingIndex& body) {
    return Line{"funding_index"}
        .field("instrument", body.instrument)
        .field("id", body.id)
        .field("index", body.index)
        .field("is_paid", body.is_paid)
        .text();
}

std::string describe_body(const Settlement& body) {
    return Line{"settlement"}
        .field("instrument", body.instrument)
        .field("id", body.id)
        .field("price", body.price)
        .text();
}

std::string describe_body(const LeverageChange& body) {
    return Line{"leverage"}
        .field("account", body.account)
        .field("instrument", body.instrument)
        .field("id", body.id)
        .field("position_side", name(body.position_side))
        .field("leverage", body.leverage)
        .text();
}

std::string describe_body(const MarginChange& body) {
    return Line{"margin"}
        .field("account", body.account)
        .field("instrument", body.instrument)
        .field("id", body.id)
        .field("position_side", name(body.position_side))
        .field("mode", body.has_mode ? name(body.mode) : "none")
        .field("amount", body.amount)
        .text();
}

std::string describe_body(const AssetDefinition& body) {
    return Line{"asset"}
        .field("name", body.name)
        .field("decimals", +body.decimals)
        .field("priced_by", body.priced_by)
        .text();
}

std::string describe_body(const InstrumentDefinition& body) {
    return Line{"instrument"}
        .field("name", body.name)
        .field("kind", name(body.kind))
        .field("leverage_max", body.leverage_max)
        .field("taker_fee_rate", body.taker_fee_rate)
        .field("mark_age_max", body.mark_age_max.ns)
        .field("jump_max", body.jump_max)
        .field("confirmations", body.confirmations)
        .field("divergence_max", body.divergence_max)
        .field("quote", body.quote)
        .text();
}

std::string describe_body(const GroupDefinition& body) {
    return Line{"group"}.field("name", body.name).field("parent", body.parent).text();
}

std::string describe_body(const AccountDefinition& body) {
    return Line{"account"}
        .field("name", body.name)
        .field("group", body.group)
        .field("currency", body.currency)
        .field("leverage", body.leverage)
        .field("position_mode", name(body.position_mode))
        .field("borrow", body.borrow)
        .field("insurance_fund", body.insurance_fund)
        .field("margin", body.margin)
        .text();
}

std::string describe_body(const AccountControl& body) {
    return Line{"control"}.field("account", body.account).field("status", name(body.status)).text();
}

std::string describe_body(const InstrumentControl& body) {
    return Line{"control"}
        .field("instrument", body.instrument)
        .field("status", name(body.status))
        .text();
}

std::string describe_body(const RulesetActivation& body) {
    return Line{"activation"}.field("windows", +body.windows_count).text();
}
std::string describe_body(const CanaryChange& body) {
    return Line{"canary"}.field("hash", body.hash).field("share", body.share).text();
}
std::string describe_body(const TimePassed&) {
    return "time_passed";
}
std::string describe_body(const RefusedFact& body) {
    return Line{"refused_fact"}.field("subject", body.subject).text();
}

std::string describe_output(const Decision& output) {
    Line line{output.accepted ? "accept" : "reject"};
    line.field("account", output.account)
        .field("instrument", output.instrument)
        .field("order", output.order)
        .field("repeated", output.repeated)
        .field("currency", output.currency)
        .field("sequence", output.sequence)
        .field("time", output.time.ns);
    if (output.accepted) {
        line.field("hold", output.hold).field("hold_asset", output.hold_asset);
    } else {
        line.field("reason", name(output.reason))
            .field("rule", output.rule)
            .field("rule_name", output.rule_name)
            .field("group_name", output.group_name);
    }
    if (output.has_limit) {
        line.field("limit", output.limit)
            .field("used", output.used)
            .field("would_be", output.would_be)
            .field("headroom", output.headroom);
    }
    if (output.has_largest_quantity) line.field("largest", output.largest_quantity);
    if (output.has_margin) line.field("margin", output.margin);
    return line.text();
}

std::string describe_output(const StageChange& output) {
    Line line{"stage"};
    line.field("account", output.account)
        .field("isolated", output.instrument)
        .field("position_side", name(output.position_side))
        .field("episode", output.episode)
        .field("step", output.step)
        .field("next_step", output.next_step.ns)
        .field("before", name(output.before))
        .field("stage", name(output.stage))
        .field("margin", output.margin)
        .field("currency", output.currency)
        .field("sequence", output.sequence)
        .field("time", output.time.ns);
    for (const CloseLeg& leg : output.close) {
        line.field("close", name(leg.side))
            .field("quantity", leg.quantity)
            .field("instrument", leg.instrument)
            .field("position_side", name(leg.position_side))
            .field("bankruptcy", leg.has_bankruptcy_price ? leg.bankruptcy_price.raw : -1);
    }
    for (const PriceUsed& price : output.prices) {
        line.field("price", price.price).field("of", price.instrument);
    }
    return line.text();
}

std::string describe_output(const Handover& output) {
    return Line{"handover"}
        .field("kind", name(output.kind))
        .field("account", output.account)
        .field("of", output.of)
        .field("episode", output.episode)
        .field("instrument", output.instrument)
        .field("position_side", name(output.position_side))
        .field("of_side", name(output.of_side))
        .field("side", name(output.side))
        .field("quantity", output.quantity)
        .field("price", output.price)
        .field("rank", output.rank)
        .field("asset", output.asset)
        .field("amount", output.amount)
        .field("sequence", output.sequence)
        .field("time", output.time.ns)
        .text();
}

std::string describe_output(const Alert& output) {
    return Line{"alert"}
        .field("kind", name(output.kind))
        .field("severity", name(output.severity))
        .field("account", output.account)
        .field("instrument", output.instrument)
        .field("rule", output.rule)
        .field("fault", name(output.fault))
        .field("about", output.about)
        .field("detail", output.detail)
        .field("sequence", output.sequence)
        .field("time", output.time.ns)
        .text();
}

}  // namespace

std::string describe(const Event& event) {
    return "at " + std::to_string(event.time.ns) + " " +
           std::visit([](const auto& body) { return describe_body(body); }, event.body);
}

std::string describe(const Output& output) {
    return std::visit([](const auto& body) { return describe_output(body); }, output);
}

namespace {

// A fault met while an account was judged is reported whenever it is judged, and the slow engine
// judges all of them every time: only faults met by an order are compared.
std::vector<Output> compared(const Outcome& outcome) {
    const auto is_decision = [](const Output& output) {
        return std::holds_alternative<Decision>(output);
    };
    const bool decided = std::any_of(outcome.outputs.begin(), outcome.outputs.end(), is_decision);
    std::vector<Output> outputs;
    for (const Output& output : outcome.outputs) {
        const auto* alert = std::get_if<Alert>(&output);
        const bool is_fault = alert != nullptr && alert->kind == AlertKind::rule_fault;
        if (!is_fault || decided) outputs.push_back(output);
    }
    return outputs;
}

// Figures without a price they need are for nobody to go by, and are not compared.
void leave_out_incomplete(Output& fast, Output& slow) {
    auto* a = std::get_if<Decision>(&fast);
    auto* b = std::get_if<Decision>(&slow);
    if (a == nullptr || b == nullptr || (a->margin.complete && b->margin.complete)) return;
    a->has_margin = false;
    b->has_margin = false;
}

}  // namespace

std::string describe_answers(const std::vector<RuleAnswer>& answers) {
    std::string text;
    for (const RuleAnswer& answer : answers) {
        Line line{"rule"};
        line.field("id", answer.rule).field("group", answer.group);
        line.field("fault", name(answer.fault));
        line.field("used", decimal_from_double(answer.used));
        line.field("allowed", decimal_from_double(answer.allowed));
        text += line.text() + "; ";
    }
    return text;
}

std::string compare_outputs(const Outcome& fast_outcome, const Outcome& slow_outcome) {
    std::vector<Output> fast = compared(fast_outcome);
    std::vector<Output> slow = compared(slow_outcome);
    const std::size_t most = std::max(fast.size(), slow.size());
    for (std::size_t i = 0; i < most; ++i) {
        if (i < fast.size() && i < slow.size()) leave_out_incomplete(fast[i], slow[i]);
        const std::string a = i < fast.size() ? describe(fast[i]) : "nothing";
        const std::string b = i < slow.size() ? describe(slow[i]) : "nothing";
        if (a != b) return "output " + std::to_string(i) + "\n  fast " + a + "\n  slow " + b;
    }
    const std::string a = describe_answers(fast_outcome.answers);
    const std::string b = describe_answers(slow_outcome.answers);
    return a == b ? std::string{} : "answers of rules\n  fast " + a + "\n  slow " + b;
}

}  // namespace riskd::model
