// docs/PROTOCOL.md against the codec: every example that comes in is decoded, every example that
// goes out has exactly the members the encoder writes, and the table of reasons is the enumeration.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "feeds/codec_answers.hpp"
#include "feeds/codec_client.hpp"
#include "feeds/codec_decode.hpp"
#include "feeds/codec_encode.hpp"
#include "tests/unit/core_world.hpp"
#include "tests/unit/feeds_codec_ledger.hpp"

namespace riskd::feeds {
namespace {

struct Example {
    std::string label;  // what stands behind ```json
    std::string text;
    int line{};
};

std::string document() {
    std::ifstream file(RISKD_SOURCE_DIR "/docs/PROTOCOL.md");
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Example> examples() {
    std::istringstream lines(document());
    std::vector<Example> found;
    bool inside = false;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.rfind("```json", 0) == 0) {
            inside = true;
            found.push_back({line.size() > 8 ? line.substr(8) : "", "", number});
        } else if (line.rfind("```", 0) == 0) {
            inside = false;
        } else if (inside) {
            found.back().text += line + "\n";
        }
    }
    return found;
}

// Members by their path; the elements of an array share one.
void collect(const Tree& tree, const std::string& path, std::set<std::string>& paths) {
    for (const Tree& child : tree.elements()) {
        const std::string below =
            tree.kind() == TreeKind::object ? path + "." + std::string{child.key()} : path + "[]";
        paths.insert(below);
        collect(child, below, paths);
    }
}

std::set<std::string> paths_of(const std::string& text) {
    std::set<std::string> paths;
    const auto tree = Tree::parse(text);
    EXPECT_TRUE(tree.has_value()) << text;
    if (tree) collect(*tree, "", paths);
    return paths;
}

// What the encoders write when there is as much to say as in the document.
class Written {
public:
    Written() {
        world_.price("BTC-PERP", 49'000);
        world_.apply(PriceUpdate{.instrument = world_.engine.ledger().find_instrument("BTC-PERP"),
                                 .index = Price{490'010},
                                 .bid = Price{489'990},
                                 .ask = Price{490'010}});
        world_.deposit("alice", "USDT", 10'000);
        world_.check(world_.order("alice", "o-1", Side::buy, 1'000, "BTC-PERP", 49'100));
        world_.fill("alice", "o-1", Side::buy, 1'000, "BTC-PERP", 49'100);
        request_ = world_.order("alice", "o-7", Side::buy, 100, "BTC-PERP", 48'000);
        accept_ = world_.check(request_);
        auto large = world_.order("alice", "o-8", Side::buy, 100'000, "BTC-PERP", 48'000);
        reject_ = world_.check(large);
        reject_.rule_name = Text<64>{"margin/tiered"};
        request_.trigger_price = request_.price;
        request_.trader = request_.strategy = Name{"t"};
        request_.replaces = Id{"o-0"};
        request_.expires = Timestamp{1};
        texts_["accept"] = [this](std::string& text) {
            encode_decision(scope(), accept_, "alice", text);
        };
        texts_["reject"] = [this](std::string& text) {
            encode_decision(scope(), reject_, "alice", text);
        };
        texts_["malformed"] = [](std::string& text) { encode_malformed({"a", "b"}, text); };
        texts_["refusal"] = [](std::string& text) {
            encode_refusal({RejectReason::overloaded, "A1", "o-1", Timestamp{1}}, text);
        };
        texts_["record"] = [this](std::string& text) {
            encode_decision_record(scope(), {accept_, request_, answers_}, "alice", text);
        };
        texts_["unknown"] = [](std::string& text) {
            encode_unknown(RejectReason::unknown_account, "A9", text);
        };
        add_state();
        add_published();
    }

    bool has(const std::string& label) const { return texts_.count(label) != 0; }
    std::string text(const std::string& label) {
        std::string made;
        texts_.at(label)(made);
        return made;
    }

private:
    EncodeScope scope() const { return {world_.engine.ledger(), "9f3c", names_}; }

    void add_state() {
        texts_["account"] = [this](std::string& text) {
            encode_account(scope(), world_.engine,
                           {.account = world_.id("alice"),
                            .now = world_.time,
                            .queue = &queue_,
                            .queued_at = world_.time},
                           text);
        };
        texts_["exposure"] = [this](std::string& text) {
            const std::array<AccountStanding, 1> found{
                {*world_.engine.standing(world_.id("alice"), world_.time)}};
            encode_exposure(scope(), {.nearest = found, .now = world_.time}, text);
        };
        texts_["status"] = [this](std::string& text) {
            world_.apply(RefusedFact{});
            encode_status(scope(), world_.engine, {.version = "0.1.0", .ready = true}, text);
        };
        texts_["preview"] = [this](std::string& text) {
            Preview preview{
                .decision = accept_, .margin_after = accept_.margin, .fee_asset = accept_.currency};
            preview.limits = answers_;
            encode_preview(scope(), preview, "alice", Price{431'005}, text);
        };
    }

    void add_published() {
        texts_["liquidation"] = [this](std::string& text) {
            StageChange change{.account = world_.id("alice"),
                               .episode = 17,
                               .step = 1,
                               .next_step = {1},
                               .before = Stage::margin_call,
                               .stage = Stage::liquidate,
                               .currency = accept_.currency};
            change.close = {{.instrument = accept_.instrument, .has_bankruptcy_price = true}};
            change.prices = {{.instrument = accept_.instrument, .price = Price{420'000}}};
            encode_liquidation(scope(), change, text);
        };
        texts_["handover"] = [this](std::string& text) {
            encode_handover(scope(),
                            {.kind = HandoverKind::deleverage,
                             .account = world_.id("bob"),
                             .of = world_.id("alice"),
                             .episode = 17,
                             .instrument = accept_.instrument,
                             .quantity = Quantity{500},
                             .price = Price{415'000},
                             .rank = 1},
                            text);
        };
        texts_["alert"] = [this](std::string& text) {
            encode_alert(scope(),
                         {.severity = Severity::warning,
                          .account = world_.id("alice"),
                          .instrument = accept_.instrument,
                          .rule = RuleId{0},
                          .fault = RuleFault::raised,
                          .about = Text<64>{"o"},
                          .detail = Text<64>{"d"}},
                         text);
        };
    }

    test::World world_;
    DeleverageQueue queue_;
    std::array<Name, 1> names_{Name{"check/one"}};
    std::vector<RuleAnswer> answers_{{.rule = RuleId{0}}};
    OrderRequest request_;
    Decision accept_;
    Decision reject_;
    std::map<std::string, std::function<void(std::string&)>> texts_;
};

// Members whose names are those of instruments, reasons and the like, or that only a fault has.
std::set<std::string> fixed(std::set<std::string> paths) {
    std::set<std::string> kept;
    for (const std::string& path : paths) {
        bool open_ended = path == ".limits[].fault";
        for (const char* start :
             {".prices.", ".counters.rejected.", ".counters.stages.", ".counters.alerts."}) {
            open_ended = open_ended || path.rfind(start, 0) == 0;
        }
        if (!open_ended) kept.insert(path);
    }
    return kept;
}

std::optional<DecodeError> decode(CodecLedger& ledger, Decoder& decoder, const std::string& subject,
                                  const std::string& text) {
    const Subjects subjects{"risk"};
    const auto parsed = subjects.parse(subject);
    if (!parsed) return DecodeError{"subject", "not one of ours"};
    const std::uint64_t unknown = decoder.unknown_fields();
    std::optional<DecodeError> fault;
    EventBody body;
    if (parsed->topic == Topic::check || parsed->topic == Topic::preview) {
        OrderRequest request;
        fault = decoder.decode_order(parsed->token, text, *ledger, request);
        if (!fault && !is_known(request.instrument)) fault = DecodeError{"instrument", "unknown"};
    } else if (parsed->topic == Topic::in_price) {
        PriceUpdate price;
        fault = decoder.decode_price(parsed->token, text, *ledger, Timestamp{1}, price);
    } else if (parsed->topic == Topic::admin) {
        fault = decoder.decode_control(parsed->token, text, *ledger, body);
    } else {
        decoder.decode_fact(subject, parsed, text, *ledger, body);
        if (std::holds_alternative<RefusedFact>(body)) fault = DecodeError{"fact", "refused"};
    }
    if (decoder.unknown_fields() != unknown) return DecodeError{"message", "an unknown field"};
    return fault;
}

TEST(ProtocolDocTest, every_example_runs_through_the_codec) {
    CodecLedger ledger;
    Decoder decoder;
    Written written;
    std::set<std::string> labels;
    for (const Example& example : examples()) {
        labels.insert(example.label);
        if (example.label.rfind("risk.", 0) == 0) {
            const auto fault = decode(ledger, decoder, example.label, example.text);
            EXPECT_FALSE(fault.has_value())
                << "PROTOCOL.md:" << example.line << ": " << (fault ? fault->field : "") << ' '
                << (fault ? fault->error : "");
        } else {
            ASSERT_TRUE(written.has(example.label))
                << "PROTOCOL.md:" << example.line << ": ```json " << example.label;
            EXPECT_EQ(fixed(paths_of(example.text)), fixed(paths_of(written.text(example.label))))
                << "PROTOCOL.md:" << example.line;
        }
    }
    EXPECT_GE(labels.size(), 25U);
    for (const char* needed : {"accept", "reject", "malformed", "refusal", "preview", "account",
                               "unknown", "exposure", "status", "record", "liquidation", "alert"}) {
        EXPECT_EQ(labels.count(needed), 1U) << needed;
    }
}

TEST(ProtocolDocTest, the_table_of_reasons_is_the_enumeration_in_its_order) {
    std::istringstream lines(document());
    std::size_t at = 0;
    for (std::string line; std::getline(lines, line);) {
        if (at == reject_reason_names.size()) break;
        const std::string start = "| `" + std::string{reject_reason_names[at]} + "` | " +
                                  std::to_string(reject_reason_fix[at]) + " | ";
        if (line.rfind(start, 0) == 0 && line.size() > start.size() + 5) ++at;
    }
    ASSERT_EQ(at, reject_reason_names.size())
        << "missing or out of order: " << reject_reason_names[at];
}

TEST(ProtocolDocTest, every_topic_and_every_kind_of_alert_is_described) {
    const std::string text = document();
    for (const TopicShape& shape : topic_shapes) {
        EXPECT_NE(text.find("risk." + std::string{shape.words}), std::string::npos) << shape.words;
    }
    for (const std::string_view name : alert_kind_names) {
        EXPECT_NE(text.find("| `" + std::string{name} + "` |"), std::string::npos) << name;
    }
}

}  // namespace
}  // namespace riskd::feeds
