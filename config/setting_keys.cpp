#include "config/setting_keys.hpp"

#include <array>

#include "config/nearest.hpp"
#include "riskd/core/reference_fields.hpp"

namespace riskd::config {

namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t ms = million;
constexpr std::int64_t hour = 3'600'000 * ms;

struct Range {
    std::int64_t at_least;
    std::int64_t at_most;
};

std::string check_range(std::int64_t value, Range range) {
    if (value >= range.at_least && value <= range.at_most) return {};
    return "must be " + std::to_string(range.at_least) + " to " + std::to_string(range.at_most);
}

template <typename Number>
std::string store_number(Number& into, std::string_view text, Range range) {
    const DecimalRead read = parse_decimal(text, 0);
    if (read.fault == DecimalFault::out_of_range) return check_range(range.at_most + 1, range);
    if (read.fault != DecimalFault::none) return "must be a whole number";
    std::string wrong = check_range(read.raw, range);
    if (wrong.empty()) into = static_cast<Number>(read.raw);
    return wrong;
}

struct Span {
    std::string_view text;
    std::int64_t ns;
};

// A duration kept as a count of `unit_ns`; the bounds are written as they are said in the message.
template <typename Number>
std::string store_duration(Number& into, std::string_view text, std::int64_t unit_ns,
                           std::array<Span, 2> bounds) {
    const DecimalRead read = parse_duration(text);
    if (read.fault == DecimalFault::not_a_decimal) return "must be a duration such as 250ms or 7d";
    const bool outside = read.fault == DecimalFault::out_of_range || read.raw < bounds[0].ns ||
                         read.raw > bounds[1].ns;
    if (outside) {
        return "must be " + std::string{bounds[0].text} + " to " + std::string{bounds[1].text};
    }
    if (read.fault != DecimalFault::none || read.raw % unit_ns != 0) {
        return unit_ns == hour ? "must be whole hours" : "must be whole milliseconds";
    }
    into = static_cast<Number>(read.raw / unit_ns);
    return {};
}

std::string store_bytes(std::int64_t& into, std::string_view text, Range mebibytes) {
    std::int64_t unit = 1;
    if (text.ends_with("KiB")) unit = 1LL << 10;
    if (text.ends_with("MiB")) unit = 1LL << 20;
    if (text.ends_with("GiB")) unit = 1LL << 30;
    if (unit != 1) text.remove_suffix(3);
    const DecimalRead read = parse_decimal(text, 0);
    if (read.fault != DecimalFault::none && read.fault != DecimalFault::out_of_range) {
        return "must be bytes such as 268435456 or 256MiB";
    }
    const Wide bytes = Wide{read.raw} * unit;
    if (read.fault != DecimalFault::none || bytes < Wide{mebibytes.at_least} << 20 ||
        bytes > Wide{mebibytes.at_most} << 20) {
        return "must be " + std::to_string(mebibytes.at_least) + "MiB to " +
               std::to_string(mebibytes.at_most) + "MiB";
    }
    into = static_cast<std::int64_t>(bytes);
    return {};
}

std::string store_flag(bool& into, std::string_view text) {
    if (text != "true" && text != "false") return "must be true or false";
    into = text == "true";
    return {};
}

std::string store_text(std::string& into, std::string_view text) {
    into = text;
    return {};
}

std::string store_some_text(std::string& into, std::string_view text) {
    if (text.empty()) return "must not be empty";
    into = text;
    return {};
}

// One name, or several joined by points when `points` are allowed.
std::string store_subject(std::string& into, std::string_view text, bool points) {
    bool wrong = text.empty() || text.front() == '.' || text.back() == '.' ||
                 text.find("..") != std::string_view::npos;
    for (const char c : text) {
        wrong = wrong || !is_id({&c, 1}) || c == ':' || (c == '.' && !points);
    }
    if (wrong)
        return points ? "must be subject tokens (A-Z a-z 0-9 _ - and points between)"
                      : "must be a stream name (A-Z a-z 0-9 _ -)";
    into = text;
    return {};
}

std::string store_url(std::string& into, std::string_view text) {
    std::string_view left = text;
    while (true) {
        const std::size_t comma = left.find(',');
        const std::string_view url = left.substr(0, comma);
        const bool scheme = url.starts_with("nats://") || url.starts_with("tls://");
        if (!scheme || url.find("//") + 2 == url.size() ||
            url.find(' ') != std::string_view::npos) {
            return "must be nats://host:port or tls://host:port, several joined by commas";
        }
        if (comma == std::string_view::npos) break;
        left.remove_prefix(comma + 1);
    }
    into = text;
    return {};
}

std::string store_listen(std::string& into, std::string_view text) {
    if (!text.empty()) {
        const std::size_t colon = text.rfind(':');
        int port{};
        const bool split = colon != std::string_view::npos && colon > 0;
        if (!split || !store_number(port, text.substr(colon + 1), {0, 65'535}).empty()) {
            return "must be host:port, or empty for none";
        }
    }
    into = text;
    return {};
}

std::string not_a_word(std::string_view text, std::span<const std::string_view> words) {
    std::string wrong = "must be one of";
    for (const std::string_view word : words)
        wrong += " " + std::string{word};
    return wrong + suggestion(text, words);
}

constexpr std::array<std::string_view, 2> answer_promise_names{"os", "disk"};
constexpr std::array<std::string_view, 4> log_level_names{"debug", "info", "warning", "error"};

std::string store_promise(AnswerPromise& into, std::string_view text) {
    const auto found = find_enumerator<AnswerPromise>(answer_promise_names, text);
    if (!found) return not_a_word(text, answer_promise_names);
    into = *found;
    return {};
}

std::string store_level(std::string& into, std::string_view text) {
    for (const std::string_view word : log_level_names) {
        if (word == text) return store_text(into, text);
    }
    return not_a_word(text, log_level_names);
}

using Text = std::string_view;

constexpr std::array<SettingKey, 41> keys{{
    {"nats", "url", [](Settings& s, Text t) { return store_url(s.nats.url, t); }},
    {"nats", "credentials_file",
     [](Settings& s, Text t) { return store_text(s.nats.credentials_file, t); }},
    {"nats", "user", [](Settings& s, Text t) { return store_text(s.nats.user, t); }},
    {"nats", "password", [](Settings& s, Text t) { return store_text(s.nats.password, t); }},
    {"nats", "subject_prefix",
     [](Settings& s, Text t) { return store_subject(s.nats.subject_prefix, t, true); }},
    {"nats", "input_stream",
     [](Settings& s, Text t) { return store_subject(s.nats.input_stream, t, false); }},
    {"nats", "output_stream",
     [](Settings& s, Text t) { return store_subject(s.nats.output_stream, t, false); }},
    {"nats", "manage_streams",
     [](Settings& s, Text t) { return store_flag(s.nats.manage_streams, t); }},
    {"nats", "replicas",
     [](Settings& s, Text t) {
         return store_number(s.nats.replicas, t, {1, 5});
     }},
    {"nats", "input_max_age",
     [](Settings& s, Text t) {
         return store_duration(s.nats.input_max_age_hours, t, hour,
                               {{{"1h", hour}, {"3650d", 3650 * 24 * hour}}});
     }},
    {"nats", "output_max_age",
     [](Settings& s, Text t) {
         return store_duration(s.nats.output_max_age_hours, t, hour,
                               {{{"1h", hour}, {"3650d", 3650 * 24 * hour}}});
     }},
    {"nats", "reconnect_wait",
     [](Settings& s, Text t) {
         return store_duration(s.nats.reconnect_wait_ms, t, ms,
                               {{{"1ms", ms}, {"60s", 60'000 * ms}}});
     }},
    {"nats", "spin", [](Settings& s, Text t) { return store_flag(s.nats.spin, t); }},
    {"journal", "directory",
     [](Settings& s, Text t) { return store_some_text(s.journal.directory, t); }},
    {"journal", "segment_bytes",
     [](Settings& s, Text t) {
         return store_bytes(s.journal.segment_bytes, t, {1, 65'536});
     }},
    {"journal", "promise", [](Settings& s, Text t) { return store_promise(s.journal.promise, t); }},
    {"http", "listen", [](Settings& s, Text t) { return store_listen(s.http.listen, t); }},
    {"limits", "accounts_max",
     [](Settings& s, Text t) {
         return store_number(s.limits.accounts_max, t, {1, 16 * million});
     }},
    {"limits", "instruments_max",
     [](Settings& s, Text t) {
         return store_number(s.limits.instruments_max, t, {1, 65'536});
     }},
    {"limits", "open_orders_max",
     [](Settings& s, Text t) {
         return store_number(s.limits.open_orders_max, t, {1, 64 * million});
     }},
    {"limits", "open_orders_per_account_max",
     [](Settings& s, Text t) {
         return store_number(s.limits.open_orders_per_account_max, t, {1, million});
     }},
    {"limits", "orders_remembered_max",
     [](Settings& s, Text t) {
         return store_number(s.limits.orders_remembered_max, t, {1, 64 * million});
     }},
    {"limits", "ids_remembered_max",
     [](Settings& s, Text t) {
         return store_number(s.limits.ids_remembered_max, t, {1, 256 * million});
     }},
    {"limits", "checks_per_cycle_max",
     [](Settings& s, Text t) {
         return store_number(s.limits.checks_per_cycle_max, t, {1, 65'536});
     }},
    {"limits", "judged_at_once_max",
     [](Settings& s, Text t) {
         return store_number(s.limits.judged_at_once_max, t, {1, 64 * million});
     }},
    {"board", "nearest_accounts",
     [](Settings& s, Text t) {
         return store_number(s.board.nearest_accounts, t, {0, 1'000});
     }},
    {"board", "account_interval",
     [](Settings& s, Text t) {
         return store_duration(s.board.account_interval_ms, t, ms, {{{"1ms", ms}, {"1h", hour}}});
     }},
    {"board", "metrics_interval",
     [](Settings& s, Text t) {
         return store_duration(s.board.metrics_interval_ms, t, ms,
                               {{{"10ms", 10 * ms}, {"60s", 60'000 * ms}}});
     }},
    {"log", "level", [](Settings& s, Text t) { return store_level(s.log.level, t); }},
    {"rules", "steps_max",
     [](Settings& s, Text t) {
         return store_number(s.rules.steps_max, t, {100, 100 * million});
     }},
    {"rules", "memory_max_bytes",
     [](Settings& s, Text t) {
         return store_bytes(s.rules.memory_max_bytes, t, {1, 4'096});
     }},
    {"rules", "directory",
     [](Settings& s, Text t) { return store_some_text(s.rules.directory, t); }},
    {"rules", "faults_max",
     [](Settings& s, Text t) {
         return store_number(s.rules.faults_max, t, {0, 100 * million});
     }},
    {"rules", "faults_within",
     [](Settings& s, Text t) {
         return store_duration(s.rules.faults_within_ms, t, ms,
                               {{{"1s", 1'000 * ms}, {"1d", 24 * hour}}});
     }},
    {"canary", "faults_max",
     [](Settings& s, Text t) {
         return store_number(s.canary.faults_max, t, {0, 100 * million});
     }},
    {"canary", "liquidations_max",
     [](Settings& s, Text t) {
         return store_number(s.canary.liquidations_max, t, {0, 100 * million});
     }},
    {"canary", "orders_min",
     [](Settings& s, Text t) {
         return store_number(s.canary.orders_min, t, {1, 100 * million});
     }},
    {"canary", "differences_percent_max",
     [](Settings& s, Text t) {
         return store_number(s.canary.differences_percent_max, t, {0, 100});
     }},
    {"canary", "slow_percent_max",
     [](Settings& s, Text t) {
         return store_number(s.canary.slow_percent_max, t, {0, 100});
     }},
    {"canary", "slow_after",
     [](Settings& s, Text t) {
         return store_duration(s.canary.slow_after_ms, t, ms, {{{"1ms", ms}, {"1s", 1'000 * ms}}});
     }},
    {"reference_asset", "",
     [](Settings& s, Text t) {
         if (!is_token(t)) return std::string{"must be the name of an asset"};
         return store_text(s.reference.reference_asset, t);
     }},
}};

}  // namespace

std::span<const SettingKey> setting_keys() noexcept {
    return keys;
}

const SettingKey* find_setting_key(std::string_view section, std::string_view key) noexcept {
    for (const SettingKey& entry : keys) {
        if (entry.section == section && entry.key == key) return &entry;
    }
    return nullptr;
}

}  // namespace riskd::config
