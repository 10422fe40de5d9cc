// The rules that a machine keeps: each function looks at text it is given and returns what is wrong
// with it. Nothing here reads the disk, so every rule is tested with a bad text. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/shape/source_text.hpp"

namespace riskd::shape {

inline constexpr std::size_t columns_max = 100;
inline constexpr std::size_t function_lines_max = 60;
inline constexpr std::size_t file_lines_max = 400;

// Which room a path belongs to: core, runtime, verbs, config, dsl, feeds, tests, or nothing.
std::string_view room_of(std::string_view path);
bool is_cpp(std::string_view path);

Breaches check_includes(const SourceFile& file);
Breaches check_core_words(const SourceFile& file);
Breaches check_layout(const SourceFile& file);
Breaches check_header_comment(const SourceFile& file);
Breaches check_file_name(const SourceFile& file);
Breaches check_machine_paths(const SourceFile& file);

// Names at the root of the repository that are not among the fixed ones.
Breaches check_top_level(const std::vector<std::string>& names);

// A file or function that is longer than it may be, listed so that it may only shrink.
struct RatchetEntry {
    std::string path;
    std::string function;  // empty: the file itself
    std::size_t lines{};
};
// Lines of `file <path> <lines>` or `function <path> <name> <lines>`; `#` begins a comment.
std::vector<RatchetEntry> parse_ratchet(std::string_view text);
Breaches check_sizes(const std::vector<SourceFile>& files,
                     const std::vector<RatchetEntry>& ratchet);

// The strings of the array called `array` in C++ text.
std::vector<std::string> array_of_strings(std::string_view text, std::string_view array);
// Each name must stand in the document as a word of its own.
Breaches check_documented(const std::vector<std::string>& names, const SourceFile& document);
// Every string literal that is the name of a metric: `riskd_` and snake_case to the end.
std::vector<std::string> metric_names(const std::vector<SourceFile>& sources);

}  // namespace riskd::shape
