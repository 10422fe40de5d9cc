// Holds the rules of tree_rules.hpp against the tree as it stands on disk.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "tests/shape/tree_rules.hpp"

namespace riskd::shape {
namespace {

namespace fs = std::filesystem;

const fs::path& root() {
    static const fs::path path{RISKD_SOURCE_DIR};
    return path;
}

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The top-level names that .gitignore keeps out of the repository.
std::set<std::string> ignored_names() {
    std::set<std::string> names{".git"};
    for (std::string line : lines_of(read(root() / ".gitignore"))) {
        if (!line.empty() && line.front() == '/') line.erase(0, 1);
        if (!line.empty() && line.back() == '/') line.pop_back();
        names.insert(line);
    }
    return names;
}

bool is_text(const fs::path& path) {
    static const std::set<std::string> extensions{
        ".cpp",      ".hpp", ".lua", ".md", ".yaml", ".yml",  ".json",     ".txt",
        ".scenario", ".js",  ".mjs", "",    ".csv",  ".conf", ".gitignore"};
    return extensions.count(path.extension().string()) != 0;
}

const std::vector<SourceFile>& tree() {
    static const std::vector<SourceFile> files = [] {
        std::vector<SourceFile> found;
        const auto ignored = ignored_names();
        for (auto entry = fs::recursive_directory_iterator(root());
             entry != fs::recursive_directory_iterator(); ++entry) {
            if (ignored.count(entry->path().filename().string()) != 0) {
                if (entry->is_directory()) entry.disable_recursion_pending();
                continue;
            }
            if (!entry->is_regular_file() || entry->file_size() > 2'000'000) continue;
            const std::string path = fs::relative(entry->path(), root()).generic_string();
            const bool corpus = path.rfind("tests/fuzz/corpus", 0) == 0;
            if (path == "LICENSE" || corpus || !is_text(entry->path())) continue;
            found.push_back({path, read(entry->path())});
        }
        std::sort(found.begin(), found.end(),
                  [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
        return found;
    }();
    return files;
}

SourceFile file_at(const std::string& path) {
    return {path, read(root() / path)};
}

bool is_generated(const SourceFile& file) {
    return file.path.size() > 17 && file.path.find("package-lock.json") != std::string::npos;
}

std::string listed(const Breaches& breaches) {
    std::string text;
    for (const Breach& breach : breaches) {
        text += breach.path + ":" + std::to_string(breach.line) + ": " + breach.message + "\n";
    }
    return text;
}

// Every file that is for `wanted`, held against `rule`.
template <typename Wanted, typename Rule>
std::string breaches_of(Wanted wanted, Rule rule) {
    Breaches all;
    for (const SourceFile& file : tree()) {
        if (!wanted(file)) continue;
        for (Breach& breach : rule(file))
            all.push_back(std::move(breach));
    }
    return listed(all);
}

void expect_none(const std::string& breaches) {
    EXPECT_TRUE(breaches.empty()) << breaches;
}

bool is_cpp_file(const SourceFile& file) {
    return is_cpp(file.path);
}
bool is_any(const SourceFile&) {
    return true;
}
bool is_ours(const SourceFile& file) {
    return !is_generated(file);
}

TEST(ShapeTest, the_tree_was_found) {
    EXPECT_TRUE(fs::exists(root() / "CMakeLists.txt"));
    EXPECT_GT(tree().size(), 10U);
}

TEST(ShapeTest, includes_follow_the_rooms_and_packages_stay_in_theirs) {
    expect_none(breaches_of(is_cpp_file, check_includes));
}

TEST(ShapeTest, the_core_has_no_clock_no_io_no_randomness_no_exceptions_and_no_floating_money) {
    expect_none(breaches_of(is_cpp_file, check_core_words));
}

TEST(ShapeTest, lines_are_short_and_clean_and_nothing_is_left_for_later) {
    expect_none(breaches_of(is_ours, check_layout));
}

TEST(ShapeTest, every_header_says_what_it_is) {
    expect_none(breaches_of(is_cpp_file, check_header_comment));
}

TEST(ShapeTest, no_file_is_named_with_a_word_that_says_nothing) {
    expect_none(breaches_of(is_any, check_file_name));
}

TEST(ShapeTest, nothing_names_the_machine_it_was_written_on) {
    expect_none(breaches_of(is_ours, check_machine_paths));
}

TEST(ShapeTest, files_and_functions_are_short_or_on_the_ratchet) {
    const auto ratchet = parse_ratchet(file_at("tests/shape/ratchet.txt").text);
    expect_none(listed(check_sizes(tree(), ratchet)));
}

TEST(ShapeTest, the_top_level_is_the_fixed_one) {
    const auto ignored = ignored_names();
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(root())) {
        const std::string name = entry.path().filename().string();
        if (ignored.count(name) == 0) names.push_back(name);
    }
    expect_none(listed(check_top_level(names)));
}

TEST(ShapeTest, every_reject_reason_is_explained_in_the_protocol) {
    const auto names =
        array_of_strings(file_at("riskd/core/reasons.hpp").text, "reject_reason_names");
    ASSERT_GT(names.size(), 10U);
    expect_none(listed(check_documented(names, file_at("docs/PROTOCOL.md"))));
}

TEST(ShapeTest, every_metric_is_explained_in_the_operating_manual) {
    std::vector<SourceFile> sources;
    for (const SourceFile& file : tree()) {
        if (is_cpp(file.path) && room_of(file.path) == "runtime") sources.push_back(file);
    }
    const auto names = metric_names(sources);
    ASSERT_GT(names.size(), 10U);
    expect_none(listed(check_documented(names, file_at("docs/OPERATING.md"))));
}

}  // namespace
}  // namespace riskd::shape
