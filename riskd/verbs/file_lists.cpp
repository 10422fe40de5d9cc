#include "riskd/verbs/file_lists.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "dsl/completion.hpp"

namespace riskd::verbs {

namespace fs = std::filesystem;

std::vector<std::string> files_in(const std::vector<std::string>& paths, std::string_view ending) {
    std::vector<std::string> files;
    for (const std::string& path : paths) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            files.push_back(path);
            continue;
        }
        std::vector<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
            const std::string name = entry.path().string();
            if (name.ends_with(ending) && !name.ends_with(dsl::completion_ending)) {
                found.push_back(name);
            }
        }
        std::sort(found.begin(), found.end());
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

std::string text_of(const std::string& path, std::size_t bytes_max) {
    std::ifstream file(path, std::ios::binary);
    std::string text(bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

}  // namespace riskd::verbs
