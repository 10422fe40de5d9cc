// Decoding a check and encoding its answer, each call timed by itself, beside a floor that only
// touches the same bytes: a scan for the end of each text, and a copy of the finished answer.
//   codec_bench [rounds]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "feeds/codec_decode.hpp"
#include "feeds/codec_encode.hpp"
#include "tests/unit/feeds_codec_ledger.hpp"

namespace {

using namespace riskd;
using namespace riskd::feeds;

constexpr std::string_view check_text =
    R"({"order":"o-1234567","instrument":"BTC-PERP","side":"buy","type":"limit","price":"50000.5",)"
    R"("quantity":"0.1","time_in_force":"gtc","reduce_only":false,"post_only":false,)"
    R"("trader":"t7","strategy":"mm1","replaces":null,"time":1700000000000000000})";

std::int64_t now_ns() {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

template <typename Call>
void measure(const char* what, std::size_t rounds, Call&& call) {
    std::vector<std::int64_t> times;
    times.reserve(rounds);
    for (std::size_t i = 0; i < rounds / 10; ++i)
        call();
    for (std::size_t i = 0; i < rounds; ++i) {
        const std::int64_t began = now_ns();
        call();
        times.push_back(now_ns() - began);
    }
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) {
        return static_cast<long long>(
            times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))]);
    };
    std::printf("%-22s p50 %5lld  p99 %5lld  p99.9 %6lld  max %8lld ns\n", what, at(0.5), at(0.99),
                at(0.999), at(1));
}

Decision answer(CodecLedger& ledger) {
    Decision decision;
    decision.account = ledger.a1();
    decision.instrument = ledger.perp();
    decision.order = Id{"o-1234567"};
    decision.accepted = true;
    decision.hold_asset = ledger.usdt();
    decision.hold = Money{500'010'000};
    decision.has_margin = true;
    decision.currency = ledger.usdt();
    decision.margin.equity = Money{10'000'000'000};
    decision.margin.initial_margin = Money{2'500'010'000};
    decision.margin.maintenance_margin = Money{900'000'000};
    decision.sequence = Sequence{123'456'789};
    decision.time = Timestamp{1'700'000'000'000'000'000};
    return decision;
}

}  // namespace

int main(int count, char** arguments) {
    const auto rounds =
        static_cast<std::size_t>(count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 200'000);
    if (rounds == 0) return 2;
    CodecLedger ledger;
    Decoder decoder;
    OrderRequest request;
    const Decision decision = answer(ledger);
    const std::string hash(64, 'a');
    const EncodeScope scope{*ledger, hash};
    std::string text;
    text.reserve(4'096);
    encode_decision(scope, decision, "A1", text);
    const std::string finished = text;
    std::size_t quotes = 0;
    std::printf(
        "%zu calls each; a check of %zu bytes, an accept of %zu bytes; times hold one "
        "reading of the clock\n",
        rounds, check_text.size(), finished.size());
    measure("clock alone", rounds, [] {});
    measure("floor: scan", rounds, [&] {
        quotes += static_cast<std::size_t>(std::count(check_text.begin(), check_text.end(), '"'));
    });
    measure("decode a check", rounds, [&] {
        if (decoder.decode_order("A1", check_text, *ledger, request)) std::abort();
    });
    measure("floor: copy", rounds, [&] {
        text.clear();
        text += finished;
    });
    measure("encode an accept", rounds, [&] {
        text.clear();
        encode_decision(scope, decision, "A1", text);
    });
    measure("encode its record", rounds, [&] {
        text.clear();
        encode_decision_record(scope, {decision, request}, "A1", text);
    });
    return quotes == 0 ? 1 : 0;
}
