#include "riskd/verbs/board.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <vector>

#include "riskd/verbs/progress.hpp"

namespace riskd::verbs {

namespace {

using feeds::Tree;

constexpr std::size_t triggers_kept = 50;
constexpr std::uint64_t exposure_number = BoardFeed::number_bit | 1;
constexpr std::uint64_t status_number = BoardFeed::number_bit | 2;

std::string cut(std::string_view text, std::size_t size) {
    return std::string{text.substr(0, size)};
}

// Money for eyes: no more than two figures after the point.
std::string money(const Tree& value) {
    if (value.text().empty()) return "-";
    char text[64];
    std::snprintf(text, sizeof text, "%.2f", value.number());
    return text;
}

// Maintenance over equity, for eyes; without equity there is no ratio.
std::string ratio(const Tree& account) {
    if (account["equity"].number() <= 0) return "no equity";
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", account["margin_ratio"].number());
    return text;
}

double gross(const Tree& instrument) {
    return instrument["long_notional"].number() + instrument["short_notional"].number();
}

std::string_view shown(const Tree& value) {
    return value.text().empty() ? std::string_view{"-"} : value.text();
}

}  // namespace

// Collects lines that fit. Colours are by the stage or state a line is about.
class Board::Page {
public:
    explicit Page(const BoardShape& shape) : shape_(shape) {}

    __attribute__((format(printf, 3, 4))) void add(const char* colour, const char* format, ...) {
        if (lines_ == shape_.lines) return;
        std::va_list arguments;
        va_start(arguments, format);
        char text[512];
        std::vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        const bool coloured = shape_.colour && *colour != '\0';
        if (coloured) text_ += colour;
        text_ += cut(text, shape_.columns);
        if (coloured) text_ += "\x1b[0m";
        text_ += '\n';
        ++lines_;
    }
    void blank() { add("", "%s", ""); }
    std::size_t left() const noexcept { return shape_.lines - lines_; }
    std::string take() { return std::move(text_); }

private:
    const BoardShape& shape_;
    std::string text_;
    std::size_t lines_{};
};

namespace {

constexpr const char* plain = "";
constexpr const char* bold = "\x1b[1m";
constexpr const char* heading = "\x1b[1;36m";
constexpr const char* red = "\x1b[1;31m";
constexpr const char* yellow = "\x1b[33m";
constexpr const char* green = "\x1b[32m";

const char* colour_of(std::string_view stage) {
    if (stage == "liquidate" || stage == "reduce") return red;
    if (stage == "cancel_orders" || stage == "margin_call") return yellow;
    if (stage == "closed") return green;
    return plain;
}

}  // namespace

void Board::Rate::take(double now_total, double seconds) noexcept {
    if (seconds > 0) per_second = std::max(0.0, (now_total - total) / seconds);
    total = now_total;
}

void Board::take_status(Tree tree, std::int64_t now_ns) {
    const bool first = !status_ || (*status_)["started"].text() != tree["started"].text();
    const double seconds = first ? 0 : static_cast<double>(now_ns - status_ns_) / 1e9;
    const Tree& counters = tree["counters"];
    events_.take(counters["events"].number(), seconds);
    accepted_.take(counters["accepted"].number(), seconds);
    malformed_.take(counters["malformed"].number(), seconds);
    double rejected = 0;
    for (const Tree& reason : counters["rejected"].elements()) {
        rejected += reason.number();
        reasons_[std::string{reason.key()}].take(reason.number(), seconds);
    }
    rejected_.take(rejected, seconds);
    status_ = std::move(tree);
    status_ns_ = now_ns;
}

void Board::take_trigger(const Tree& trigger, std::string_view account) {
    ++trigger_counts_[std::string{trigger["stage"].text()}];
    std::string text{trigger["stage"].text()};
    text.resize(std::max<std::size_t>(text.size(), 14), ' ');
    text += cut(account, 20) + "  equity " + money(trigger["equity"]) + "  maintenance " +
            money(trigger["maintenance_margin"]);
    for (const Tree& leg : trigger["close"].elements()) {
        text += "  " + std::string{leg["side"].text()} + ' ' + std::string{leg["quantity"].text()} +
                ' ' + std::string{leg["instrument"].text()};
        if (!leg["position_side"].text().empty()) {
            text += '/' + std::string{leg["position_side"].text()};
        }
    }
    triggers_.push_front(std::move(text));
    if (triggers_.size() > triggers_kept) triggers_.pop_back();
}

std::uint64_t Board::triggers(std::string_view stage) const {
    const auto found = trigger_counts_.find(stage);
    return found == trigger_counts_.end() ? 0 : found->second;
}

// Sorted here: the list is as old as the daemon's last look, its figures are of now.
std::vector<const Tree*> Board::nearest_first(std::size_t count) const {
    std::vector<const Tree*> rows;
    if (!exposure_) return rows;
    for (const Tree& account : (*exposure_)["nearest"].elements())
        rows.push_back(&account);
    std::stable_sort(rows.begin(), rows.end(), [](const Tree* a, const Tree* b) {
        return (*a)["margin_ratio"].number() > (*b)["margin_ratio"].number();
    });
    rows.resize(std::min(count, rows.size()));
    return rows;
}

// All in the order they were defined when there is room for them.
std::vector<const Tree*> Board::largest_first(std::size_t count) const {
    std::vector<const Tree*> rows;
    for (const Tree& row : (*exposure_)["instruments"].elements())
        rows.push_back(&row);
    if (rows.size() <= count) return rows;
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Tree* a, const Tree* b) { return gross(*a) > gross(*b); });
    rows.resize(count);
    return rows;
}

void Board::page_header(Page& page, std::string_view title) const {
    page.add(bold, "%s", std::string{title}.c_str());
    if (!status_) return page.add(red, "riskd does not answer");
    const Tree& status = *status_;
    const bool ready = status["ready"].text() == "true";
    page.add(ready ? green : red, "riskd %s  %s%s%s  %s  ruleset %.8s  sequence %s  lag %s facts",
             cut(status["version"].text(), 16).c_str(), ready ? "ready" : "NOT READY",
             ready ? "" : ": ", ready ? "" : cut(status["not_ready_because"].text(), 60).c_str(),
             cut(status["role"].text(), 12).c_str(), std::string{status["ruleset"].text()}.c_str(),
             cut(status["sequence"].text(), 20).c_str(), cut(status["lag"].text(), 20).c_str());
    page.add(plain, "%s accounts  %s open orders  %.0f events/s",
             cut(status["accounts"].text(), 12).c_str(),
             cut(status["open_orders"].text(), 12).c_str(), events_.per_second);
    if (status["overrides"].number() > 0) {
        const double left = (status["override_ends"].number() - status["time"].number()) / 1e9;
        page.add(heading, "%s limits of single accounts overridden, the next for %.0f min more",
                 cut(status["overrides"].text(), 6).c_str(), std::max(left, 0.0) / 60);
    }
}

void Board::page_decisions(Page& page) const {
    page.blank();
    page.add(heading, "DECISIONS A SECOND  accept %.1f  reject %.1f  malformed %.1f",
             accepted_.per_second, rejected_.per_second, malformed_.per_second);
    std::vector<std::pair<std::string_view, Rate>> reasons(reasons_.begin(), reasons_.end());
    std::stable_sort(reasons.begin(), reasons.end(),
                     [](const auto& a, const auto& b) { return a.second.total > b.second.total; });
    const std::size_t shown_count = std::min<std::size_t>(reasons.size(), 6);
    for (std::size_t i = 0; i < shown_count; ++i) {
        const auto& [reason, rate] = reasons[i];
        page.add(plain, "  %-36s %8.1f/s  %10.0f in all", std::string{reason}.c_str(),
                 rate.per_second, rate.total);
    }
}

void Board::page_nearest(Page& page) const {
    page.blank();
    page.add(heading,
             "NEAREST THE EDGE      ratio         equity    maintenance       headroom  stage");
    if (!exposure_) return;
    const std::size_t instruments = (*exposure_)["instruments"].elements().size();
    const std::size_t others = std::min<std::size_t>(instruments, page.left() / 3) + 8;
    const std::size_t rows = page.left() > others + 3 ? (page.left() - others) * 2 / 3 : 3;
    for (const Tree* row : nearest_first(rows)) {
        const Tree& account = *row;
        const std::string_view stage = account["stage"].text();
        page.add(colour_of(stage), "  %-16s %9s %14s %14s %14s  %s",
                 cut(account["account"].text(), 16).c_str(), ratio(account).c_str(),
                 money(account["equity"]).c_str(), money(account["maintenance_margin"]).c_str(),
                 money(account["headroom"]).c_str(), std::string{stage}.c_str());
    }
    page.add(plain, "  ratio = maintenance margin / equity; 1 is the edge");
}

void Board::page_exposure(Page& page) const {
    page.blank();
    page.add(
        heading,
        "EXPOSURE                  mark           long          short            net notional");
    if (!exposure_) return;
    for (const Tree* row : largest_first(std::max<std::size_t>(page.left() / 2, 3))) {
        const Tree& instrument = *row;
        const bool fresh = instrument["mark_fresh"].text() == "true";
        page.add(fresh ? plain : yellow, "  %-14s %14s %14s %14s %18s %s%s",
                 cut(instrument["instrument"].text(), 14).c_str(),
                 cut(shown(instrument["mark_price"]), 14).c_str(),
                 cut(instrument["long_quantity"].text(), 14).c_str(),
                 cut(instrument["short_quantity"].text(), 14).c_str(),
                 money(instrument["net_notional"]).c_str(),
                 cut(instrument["settle"].text(), 8).c_str(), fresh ? "" : "  STALE");
    }
}

void Board::page_triggers(Page& page) const {
    page.blank();
    page.add(heading, "LIQUIDATION  margin_call %s  reduce %s  liquidate %s  closed %s",
             grouped(triggers("margin_call")).c_str(), grouped(triggers("reduce")).c_str(),
             grouped(triggers("liquidate")).c_str(), grouped(triggers("closed")).c_str());
    for (const std::string& trigger : triggers_) {
        if (page.left() == 0) break;
        page.add(colour_of(std::string_view{trigger}.substr(0, trigger.find(' '))), "  %s",
                 trigger.c_str());
    }
}

std::string Board::render(std::string_view title, const BoardShape& shape) const {
    Page page{shape};
    page_header(page, title);
    page_decisions(page);
    page_nearest(page);
    page_exposure(page);
    page_triggers(page);
    return page.take();
}

std::string Board::line() const {
    const auto first = nearest_first(1);
    const std::string nearest =
        first.empty() ? "-" : cut((*first[0])["account"].text(), 20) + " " + ratio(*first[0]);
    char text[256];
    std::snprintf(text, sizeof text,
                  "accept %6.1f/s  reject %6.1f/s  margin_call %llu  reduce %llu  liquidate %llu  "
                  "closed %llu  nearest %s",
                  accepted_.per_second, rejected_.per_second,
                  static_cast<unsigned long long>(triggers("margin_call")),
                  static_cast<unsigned long long>(triggers("reduce")),
                  static_cast<unsigned long long>(triggers("liquidate")),
                  static_cast<unsigned long long>(triggers("closed")), nearest.c_str());
    return text;
}

BoardFeed::BoardFeed(feeds::WireClient& client, Board& board, std::int64_t interval_ns)
    : client_(client),
      board_(board),
      interval_ns_(interval_ns),
      triggers_(client.subscribe(client.subjects().pattern(feeds::Topic::out_liquidation))) {}

void BoardFeed::tick(std::int64_t now_ns) {
    if (asked_ns_ != 0 && now_ns - asked_ns_ < interval_ns_) return;
    asked_ns_ = now_ns;
    feeds::SubjectBuffer buffer;
    const feeds::Subjects& subjects = client_.subjects();
    client_.request(subjects.format(feeds::Topic::query_exposure, {}, buffer), "{}",
                    exposure_number);
    client_.request(subjects.format(feeds::Topic::query_status, {}, buffer), "{}", status_number);
}

bool BoardFeed::take(const feeds::Arrival& arrival, std::int64_t now_ns) {
    using Kind = feeds::Arrival::Kind;
    if (arrival.kind == Kind::message) {
        if (arrival.subscription != triggers_) return false;
        const auto subject = client_.subjects().parse(arrival.subject);
        if (const auto tree = Tree::parse(arrival.payload); tree && subject) {
            board_.take_trigger(*tree, subject->token);
        }
        return false;  // others may want it too
    }
    if ((arrival.number & number_bit) == 0) return false;
    nobody_answers_ = arrival.kind == Kind::nobody_answers;
    auto tree = nobody_answers_ ? std::nullopt : Tree::parse(arrival.payload);
    if (!tree) return true;
    if (arrival.number == exposure_number) {
        board_.take_exposure(std::move(*tree));
    } else {
        board_.take_status(std::move(*tree), now_ns);
    }
    return true;
}

}  // namespace riskd::verbs
