// The live board as text: accounts nearest the edge, exposure by instrument, decisions a second by
// outcome and reason, the last liquidation triggers, the daemon itself. Fed by the answers of
// query.exposure and query.status and by risk.out.liquidation. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/codec_client.hpp"
#include "feeds/wire_client.hpp"

namespace riskd::verbs {

struct BoardShape {
    std::size_t columns{100};
    std::size_t lines{40};
    bool colour{false};
};

class Board {
public:
    void take_exposure(feeds::Tree tree) { exposure_ = std::move(tree); }
    // `now_ns` is of a steady clock; two answers make a rate.
    void take_status(feeds::Tree tree, std::int64_t now_ns);
    void take_trigger(const feeds::Tree& trigger, std::string_view account);

    bool has_status() const noexcept { return status_.has_value(); }
    const std::optional<feeds::Tree>& status() const noexcept { return status_; }
    std::uint64_t triggers(std::string_view stage) const;

    // Lines of at most `columns`, at most `lines` of them. `title` stands first.
    std::string render(std::string_view title, const BoardShape& shape) const;
    // The most important of it in one line.
    std::string line() const;

    // A second, over the last answers.
    double rate_accepted() const noexcept { return accepted_.per_second; }
    double rate_rejected() const noexcept { return rejected_.per_second; }

private:
    struct Rate {
        double total{};
        double per_second{};
        void take(double now_total, double seconds) noexcept;
    };
    class Page;
    std::vector<const feeds::Tree*> nearest_first(std::size_t count) const;
    std::vector<const feeds::Tree*> largest_first(std::size_t count) const;
    void page_header(Page& page, std::string_view title) const;
    void page_decisions(Page& page) const;
    void page_nearest(Page& page) const;
    void page_exposure(Page& page) const;
    void page_triggers(Page& page) const;

    std::optional<feeds::Tree> exposure_;
    std::optional<feeds::Tree> status_;
    std::int64_t status_ns_{};
    Rate events_;
    Rate accepted_;
    Rate rejected_;
    Rate malformed_;
    std::map<std::string, Rate, std::less<>> reasons_;
    std::deque<std::string> triggers_;  // newest first
    std::map<std::string, std::uint64_t, std::less<>> trigger_counts_;
};

// Keeps a board up to date over a connection: asks every interval, takes what comes.
class BoardFeed {
public:
    // REQUIRES: constructed before the client's first wait().
    BoardFeed(feeds::WireClient& client, Board& board, std::int64_t interval_ns);

    // Asks again when it is time.
    void tick(std::int64_t now_ns);
    // True when the arrival was for the board.
    bool take(const feeds::Arrival& arrival, std::int64_t now_ns);
    bool nobody_answers() const noexcept { return nobody_answers_; }

    // Requests of the board have this bit in their number.
    static constexpr std::uint64_t number_bit = std::uint64_t{1} << 62;

private:
    feeds::WireClient& client_;
    Board& board_;
    std::int64_t interval_ns_;
    std::int64_t asked_ns_{};
    std::size_t triggers_{};
    bool nobody_answers_{};
};

}  // namespace riskd::verbs
