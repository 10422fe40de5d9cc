#include "tests/integration/episodes_log.hpp"

#include <algorithm>

#include "tests/integration/episodes_market.hpp"

namespace riskd::tests {
namespace {

constexpr std::string_view liquidation_subject = "risk.out.liquidation.";

bool closes(std::string_view stage) {
    return stage == "reduce" || stage == "liquidate" || stage == "take_over";
}

}  // namespace

std::string text(const SaidMessage& message) {
    return std::to_string(message.sequence) + "-" + std::to_string(message.number) + " " +
           message.subject + " " + message.payload;
}

void EpisodeLog::fault(const std::string& what) {
    if (faults_.size() > 4'000) return;
    faults_ += what + "\n    " + text(messages_.back()) + '\n';
}

std::optional<Json> EpisodeLog::take(const SaidOutput& output, const RawMessage& message) {
    const std::pair<std::uint64_t, std::uint32_t> id{output.sequence, output.number};
    const bool follows =
        messages_.empty() || id > std::pair{messages_.back().sequence, messages_.back().number};
    messages_.push_back({.sequence = output.sequence,
                         .number = output.number,
                         .subject = std::string(message.subject),
                         .payload = std::string(message.payload)});
    if (!follows) fault("said twice, or out of order");
    if (!message.subject.starts_with(liquidation_subject)) return std::nullopt;
    auto read = Json::parse(message.payload);
    if (!read || (*read)["sequence"].integer() != output.sequence ||
        (*read)["account"].text() != message.subject.substr(liquidation_subject.size())) {
        fault("cannot be read, or is not what its subject and id say");
        return std::nullopt;
    }
    if ((*read)["handover"]) {
        take_handover(*read);
    } else {
        take_stage(*read);
    }
    return read;
}

void EpisodeLog::take_stage(const Json& message) {
    const std::string& account = message["account"].text();
    const std::string& stage = message["stage"].text();
    Standing& standing = standings_[{account, message["instrument"].text()}];
    std::uint64_t& newest = episodes_[account];
    if (standing.stage == "closed") {
        ++tally_.opened;
        standing.episode = ++newest;
        standing.step = 0;
    }
    if (message["before"].text() != standing.stage) {
        fault("but it stood at " + standing.stage + " since " + std::to_string(standing.sequence));
    }
    if (message["episode"].text() != account + "-" + std::to_string(standing.episode)) {
        fault("but its episode is the " + std::to_string(standing.episode) + "th");
    }
    check_step(standing, message);
    ++tally_.stages[stage];
    if (stage == "closed") ++tally_.closed;
    if (message["instrument"]) ++tally_.isolated;
    standing.stage = stage;
    if (closes(stage)) standing.step = message["step"].integer();
    standing.next_step = message["next_step"].integer();
    standing.sequence = message["sequence"].integer();
    tally_.steps_max = std::max(tally_.steps_max, standing.step);
}

void EpisodeLog::check_step(const Standing& before, const Json& message) {
    const std::string& stage = message["stage"].text();
    const std::uint64_t step = message["step"].integer();
    if (!closes(stage)) {
        if (message["step"] || message["close"].items().size() != 0) fault("a step that is none");
        if (stage == before.stage) fault("a stage entered from itself");
        return;
    }
    if (step != before.step + 1) {
        fault("but the step before was the " + std::to_string(before.step) + "th");
    }
    if (stage != before.stage) return;
    ++tally_.further_steps;
    if (before.next_step == 0 || message["time"].integer() < before.next_step) {
        fault("before its time, " + std::to_string(before.next_step));
    }
}

void EpisodeLog::take_handover(const Json& message) {
    const std::string& of = message["of"].text();
    ++tally_.handovers[message["handover"].text()];
    const std::uint64_t sequence = message["sequence"].integer();
    // What the fund lacks is shared at once, whatever its stage.
    if (of == episode_fund && message["handover"].text() == "loss_share") return;
    // It was taken over, or had just closed with nothing left, in the same event.
    const bool is_due = std::any_of(standings_.begin(), standings_.end(), [&](const auto& row) {
        const auto& [ladder, standing] = row;
        return ladder.first == of && standing.sequence == sequence &&
               (standing.stage == "take_over" || standing.stage == "closed") &&
               message["episode"].text() == of + "-" + std::to_string(standing.episode);
    });
    if (!is_due) fault("a handover of an account that was not taken over");
}

std::size_t EpisodeLog::open() const {
    return static_cast<std::size_t>(
        std::count_if(standings_.begin(), standings_.end(),
                      [](const auto& row) { return row.second.stage != "closed"; }));
}

std::size_t EpisodeLog::in_steps() const {
    return static_cast<std::size_t>(std::count_if(
        standings_.begin(), standings_.end(),
        [](const auto& row) { return row.second.stage != "closed" && row.second.step > 0; }));
}

bool EpisodeLog::is_open(const std::string& account) const {
    const auto first = standings_.lower_bound({account, ""});
    for (auto row = first; row != standings_.end() && row->first.first == account; ++row) {
        if (row->second.stage != "closed") return true;
    }
    return false;
}

}  // namespace riskd::tests
