// A verb run as from the command line, in a directory of its own with the shipped rules and
// configurations in it. What it prints is kept. One thread; the working directory is put back.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

class VerbRig : public testing::Test {
protected:
    struct Ended {
        int code{};
        std::string output;
        std::string errors;
    };

    void SetUp() override {
        before_ = std::filesystem::current_path();
        std::string pattern = testing::TempDir() + "riskd_verbs_XXXXXX";
        directory_ = mkdtemp(pattern.data());
        for (const char* folder : {"rules", "config"}) {
            std::filesystem::copy(std::filesystem::path{RISKD_SOURCE_DIR} / folder,
                                  directory_ / folder, std::filesystem::copy_options::recursive);
        }
        std::filesystem::current_path(directory_);
    }
    void TearDown() override {
        std::filesystem::current_path(before_);
        std::filesystem::remove_all(directory_);
    }

    // The words of a line; what stands behind `#` is for people.
    static Ended run(const std::string& line) {
        std::vector<std::string> words;
        std::istringstream text(line.substr(0, line.find('#')));
        for (std::string word; text >> word;)
            words.push_back(word);
        std::vector<const char*> arguments;
        for (const std::string& word : words)
            arguments.push_back(word.c_str());
        Ended ended;
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        ended.code = run_command_line(static_cast<int>(arguments.size()), arguments.data());
        ended.output = testing::internal::GetCapturedStdout();
        ended.errors = testing::internal::GetCapturedStderr();
        return ended;
    }
    static void write(const std::string& path, const std::string& text) {
        std::filesystem::create_directories(std::filesystem::absolute(path).parent_path());
        std::ofstream{path} << text;
    }
    static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static void replace(const std::string& path, const std::string& what, const std::string& with) {
        std::string text = read(path);
        const std::size_t at = text.find(what);
        ASSERT_NE(at, std::string::npos) << what;
        write(path, text.replace(at, what.size(), with));
    }

private:
    std::filesystem::path before_;
    std::filesystem::path directory_;
};

}  // namespace riskd::verbs
