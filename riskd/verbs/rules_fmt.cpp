#include "riskd/verbs/rules_fmt.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "dsl/format.hpp"
#include "dsl/lexer.hpp"
#include "riskd/verbs/file_lists.hpp"

namespace riskd::verbs {
namespace {

namespace fs = std::filesystem;

struct FmtOptions {
    std::vector<std::string> paths;
    bool check{};
};

enum class Found { formatted, otherwise, faulty };

// Beside it first, so that a full disk leaves what was there.
bool replace_file(const std::string& path, const std::string& text) {
    const std::string beside = path + ".formatted";
    std::error_code error;
    {
        std::ofstream file{beside, std::ios::binary | std::ios::trunc};
        file << text;
        file.close();
        if (!file) {
            fs::remove(beside, error);
            return false;
        }
    }
    fs::permissions(beside, fs::status(path, error).permissions(), error);
    fs::rename(beside, path, error);
    return !error;
}

Found format_file(const std::string& path, bool write) {
    const dsl::RuleText source{path, text_of(path, dsl::source_bytes_max)};
    if (source.text.empty()) {
        std::fprintf(stderr, "%s: this rule file cannot be read\n", path.c_str());
        return Found::faulty;
    }
    dsl::Diagnostics diagnostics;
    const auto made = dsl::format(source.text, diagnostics);
    if (!made) {
        for (const dsl::Diagnostic& each : diagnostics.list())
            std::fputs(dsl::render(source, each).c_str(), stderr);
        return Found::faulty;
    }
    if (*made == source.text) return Found::formatted;
    if (write && !replace_file(path, *made)) {
        std::fprintf(stderr, "%s: cannot be written\n", path.c_str());
        return Found::faulty;
    }
    std::printf("%s\n", path.c_str());
    return Found::otherwise;
}

int format_files(const FmtOptions& options) {
    const std::vector<std::string> files = files_in(options.paths, ".lua");
    if (files.empty()) {
        std::fputs("riskd: no rule files there\n", stderr);
        return exit_bad_start;
    }
    bool faulty = false;
    bool otherwise = false;
    for (const std::string& file : files) {
        const Found found = format_file(file, !options.check);
        faulty = faulty || found == Found::faulty;
        otherwise = otherwise || found == Found::otherwise;
    }
    if (faulty) return exit_bad_start;
    return options.check && otherwise ? exit_failed : exit_well;
}

}  // namespace

VerbBody declare_rules_fmt(CLI::App& command) {
    auto options = std::make_shared<FmtOptions>();
    command.add_option("files", options->paths, "rule files, or directories of them")
        ->required()
        ->check(CLI::ExistingPath);
    command.add_flag("--check", options->check, "change nothing; say which are not so");
    return [options] { return format_files(*options); };
}

}  // namespace riskd::verbs
