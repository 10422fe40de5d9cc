#include "tests/shape/tree_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <sstream>
#include <utility>

namespace riskd::shape {
namespace {

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

bool ends_with(std::string_view text, std::string_view suffix) {
    return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

// design, section 3: what each room may include of ours.
bool may_include(std::string_view room, std::string_view included) {
    const std::string_view target = room_of(included);
    if (room == "tests") return true;
    if (target == "tests") return false;
    if (room == "verbs" || target == room) return true;
    if (target == "verbs" || room == "core") return false;
    if (target == "core") return true;
    if (target == "config") return included == "config/settings.hpp";
    return room == "feeds" && target == "runtime";
}

struct PackageRoom {
    std::string_view header;  // how the include begins
    std::string_view room;
};

constexpr std::array<PackageRoom, 15> package_rooms{{
    {"boost/", "core"},
    {"lua.h", "dsl"},
    {"lualib.h", "dsl"},
    {"lauxlib.h", "dsl"},
    {"luajit", "dsl"},
    {"nats.h", "feeds"},
    {"nats/", "feeds"},
    {"yaml-cpp/", "config"},
    {"prometheus/", "runtime"},
    {"simdjson", "feeds"},
    {"CLI/", "verbs"},
    {"spdlog/", "runtime"},
    {"httplib.h", "runtime"},
    {"gtest/", "tests"},
    {"gmock/", "tests"},
}};

void check_own_include(const SourceFile& file, std::size_t line, std::string_view included,
                       Breaches& breaches) {
    const std::string_view room = room_of(file.path);
    if (room_of(included).empty()) {
        breaches.push_back({file.path, line,
                            "write the include from the root: \"" + std::string(included) + "\""});
    } else if (!may_include(room, included)) {
        breaches.push_back(
            {file.path, line, std::string(room) + " may not include " + std::string(included)});
    }
}

void check_package_include(const SourceFile& file, std::size_t line, std::string_view included,
                           Breaches& breaches) {
    const std::string_view room = room_of(file.path);
    if (room == "tests") return;
    const auto wrong = [&](std::string_view why) {
        breaches.push_back(
            {file.path, line, "<" + std::string(included) + "> " + std::string(why)});
    };
    for (const PackageRoom& package : package_rooms) {
        if (starts_with(included, package.header) && room != package.room) {
            return wrong("belongs to " + std::string(package.room));
        }
    }
    const bool outside_standard = included.find_first_of("./") != std::string_view::npos;
    if (room == "core" && outside_standard && !starts_with(included, "boost/multi_index")) {
        wrong("is neither the standard library nor Boost.MultiIndex");
    }
}

struct CoreWord {
    std::string_view word;
    std::string_view instead;
};

constexpr std::array<CoreWord, 21> core_words{{
    {"now(", "time is a field of the event"},
    {"rand", "the core is deterministic"},
    {"srand", "the core is deterministic"},
    {"random_device", "the core is deterministic"},
    {"mt19937", "the core is deterministic"},
    {"mt19937_64", "the core is deterministic"},
    {"throw", "errors are values"},
    {"std::cout", "no I/O"},
    {"std::cerr", "no I/O"},
    {"std::clog", "no I/O"},
    {"printf", "no I/O"},
    {"fprintf", "no I/O"},
    {"snprintf", "no I/O"},
    {"std::to_string", "use the decimal writer"},
    {"new", "no allocation by hand"},
    {"delete", "no allocation by hand"},
    {"std::function", "one calling shape, no hidden allocation"},
    {"std::shared_ptr", "ownership is plain"},
    {"std::make_shared", "ownership is plain"},
    {"float", "money is integers"},
    {"double", "money is integers"},
}};

// Files of the core whose business is doubles: contract valuation, the rulebook port and the views
// it is handed, the units those views are scaled with, and the one way back from a rule's number.
constexpr std::array<std::string_view, 13> double_prefixes{
    "riskd/core/contracts/",    "riskd/core/rulebook",       "riskd/core/margin",
    "riskd/core/order_groups.", "riskd/core/order_views.",   "riskd/core/windows.",
    "riskd/core/liquidation.",  "riskd/core/instrument.hpp", "riskd/core/ledger.cpp",
    "riskd/core/conversion.",   "riskd/core/decimal.",       "riskd/core/portfolio_views.",
    "riskd/core/close_search."};

// The last words of a process that stops itself are written here and nowhere else.
constexpr std::string_view last_words_file = "riskd/core/check.cpp";

bool word_is_allowed(std::string_view path, std::string_view word) {
    if (word == "double") {
        return std::any_of(double_prefixes.begin(), double_prefixes.end(),
                           [&](std::string_view prefix) { return starts_with(path, prefix); });
    }
    return path == last_words_file && word == "fprintf";
}

// `= delete` is a declaration, not the operator.
std::string without_deleted(std::string line) {
    const std::size_t at = line.find("= delete");
    if (at != std::string::npos) line.replace(at, 8, 8, ' ');
    return line;
}

std::size_t columns(std::string_view line) {
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

bool is_limited_in_columns(std::string_view path) {
    return is_cpp(path) || ends_with(path, ".lua") || ends_with(path, ".scenario") ||
           ends_with(path, "CMakeLists.txt");
}

}  // namespace

std::string_view room_of(std::string_view path) {
    if (starts_with(path, "riskd/core/")) return "core";
    if (starts_with(path, "riskd/runtime/")) return "runtime";
    if (starts_with(path, "riskd/")) return "verbs";
    for (const std::string_view room : {"config", "dsl", "feeds", "tests"}) {
        if (starts_with(path, room) && path.substr(room.size(), 1) == "/") return room;
    }
    return {};
}

bool is_cpp(std::string_view path) {
    return ends_with(path, ".cpp") || ends_with(path, ".hpp");
}

Breaches check_includes(const SourceFile& file) {
    Breaches breaches;
    const auto lines = lines_of(without_comments(file.text));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::istringstream words(lines[i]);
        std::string directive;
        std::string target;
        words >> directive >> target;
        if (directive == "#") {
            directive += target;
            words >> target;
        }
        if (directive != "#include" || target.size() < 3) continue;
        const std::string_view included = std::string_view(target).substr(1, target.size() - 2);
        if (target.front() == '"') check_own_include(file, i + 1, included, breaches);
        if (target.front() == '<') check_package_include(file, i + 1, included, breaches);
    }
    return breaches;
}

Breaches check_core_words(const SourceFile& file) {
    Breaches breaches;
    if (room_of(file.path) != "core") return breaches;
    const auto lines = lines_of(plain_code(file.text));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string line = without_deleted(lines[i]);
        for (const CoreWord& banned : core_words) {
            if (has_word(line, banned.word) && !word_is_allowed(file.path, banned.word)) {
                breaches.push_back(
                    {file.path, i + 1,
                     std::string(banned.word) + " in the core: " + std::string(banned.instead)});
            }
        }
    }
    return breaches;
}

Breaches check_layout(const SourceFile& file) {
    Breaches breaches;
    const auto lines = lines_of(file.text);
    const bool makefile = file_name(file.path) == "Makefile";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string& line = lines[i];
        const auto wrong = [&](std::string message) {
            breaches.push_back({file.path, i + 1, std::move(message)});
        };
        if (is_limited_in_columns(file.path) && columns(line) > columns_max) {
            wrong(std::to_string(columns(line)) + " columns");
        }
        if (!makefile && line.find('\t') != std::string::npos) wrong("a tab");
        if (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) {
            wrong("trailing space");
        }
        for (const char* word : {"FIX"
                                 "ME",
                                 "TO"
                                 "DO",
                                 "XX"
                                 "X",
                                 "HA"
                                 "CK"}) {
            if (has_word(line, word)) wrong(std::string(word) + " left behind");
        }
    }
    if (!file.text.empty() && file.text.back() != '\n') {
        breaches.push_back({file.path, lines.size(), "no newline at the end"});
    }
    return breaches;
}

Breaches check_header_comment(const SourceFile& file) {
    if (!ends_with(file.path, ".hpp")) return {};
    std::size_t count = 0;
    for (const std::string& line : lines_of(file.text)) {
        if (!starts_with(line, "// ")) break;
        ++count;
    }
    if (count >= 2 && count <= 6) return {};
    return {{file.path, 1,
             "a header opens with 2 to 6 lines of comment, here " + std::to_string(count)}};
}

Breaches check_file_name(const SourceFile& file) {
    static const std::set<std::string, std::less<>> banned{
        "manager", "managers", "handler", "handlers", "helper", "helpers", "util",
        "utils",   "common",   "misc",    "process",  "data",   "info"};
    std::string word;
    for (const char c : std::string(file_name(file.path)) + ".") {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            continue;
        }
        if (banned.count(word) != 0) return {{file.path, 0, "the name says " + word}};
        word.clear();
    }
    return {};
}

Breaches check_machine_paths(const SourceFile& file) {
    Breaches breaches;
    // Written in two halves, so that this file does not name them itself.
    static const std::array<std::string, 6> banned{
        "/wo"
        "rk/",
        "/fa"
        "rm/",
        "/t"
        "mp/",
        "suba"
        "gent",
        ".libr"
        "ary",
        "far"
        "m-"};
    const auto lines = lines_of(file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        for (const std::string& word : banned) {
            const std::size_t at = lines[i].find(word);
            if (at == std::string::npos) continue;
            const bool inside_path =
                at > 0 && word.front() == '/' &&
                (std::isalnum(static_cast<unsigned char>(lines[i][at - 1])) != 0 ||
                 lines[i][at - 1] == '.' || lines[i][at - 1] == '}');
            if (!inside_path) breaches.push_back({file.path, i + 1, "names " + word});
        }
    }
    return breaches;
}

Breaches check_top_level(const std::vector<std::string>& names) {
    static const std::set<std::string, std::less<>> fixed{"CMakeLists.txt",
                                                          "riskd",
                                                          "rules",
                                                          "dsl",
                                                          "feeds",
                                                          "config",
                                                          "dashboards",
                                                          "tests",
                                                          "docs",
                                                          "README.md",
                                                          "LICENSE",
                                                          "CHANGELOG.md",
                                                          "Makefile",
                                                          "CMakePresets.json",
                                                          ".clang-format",
                                                          ".clang-tidy",
                                                          ".gitignore",
                                                          ".gitattributes",
                                                          ".ci"};
    Breaches breaches;
    for (const std::string& name : names) {
        if (fixed.count(name) == 0) breaches.push_back({name, 0, "not in the fixed top level"});
    }
    return breaches;
}

}  // namespace riskd::shape
