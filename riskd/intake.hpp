// Facts and prices on their way in: facts from their stream in its order, prices conflated per
// instrument. Core thread only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "feeds/codec_decode.hpp"
#include "feeds/fact_reader.hpp"
#include "feeds/nats_session.hpp"
#include "riskd/price_intake.hpp"
#include "riskd/station.hpp"

namespace riskd::verbs {

class Intake {
public:
    // REQUIRES: the loop has not started.
    Intake(Station& station, feeds::NatsSession& prices, feeds::FactReader& facts,
           feeds::Decoder& decoder);

    // Applies up to `most` facts. REQUIRES: the sequencer takes inputs.
    std::size_t apply_facts(std::size_t most);
    // Takes the prices that were read into the conflation.
    std::size_t take_prices();
    // Applies the newest price of each instrument. REQUIRES: the sequencer takes inputs.
    void apply_prices();

    std::uint64_t conflated() const noexcept { return newest_.conflated(); }
    // The server's time of the last fact applied; zero before the first.
    std::int64_t last_fact_ns() const noexcept { return last_fact_ns_; }

private:
    Station& station_;
    feeds::NatsSession& prices_;
    feeds::FactReader& facts_;
    feeds::Decoder& decoder_;
    std::size_t subscription_;
    PriceIntake newest_;
    EventBody body_;
    std::int64_t last_fact_ns_{};
};

}  // namespace riskd::verbs
