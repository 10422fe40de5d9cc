#include "riskd/rulesets/folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace riskd::rulesets {
namespace {

std::string fault_of(const std::string& file) {
    return file + ": " + std::strerror(errno);
}

bool write_whole(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file) == 0;
}

bool sync_folder(const std::string& path) {
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return false;
    const bool well = ::fsync(folder) == 0;
    ::close(folder);
    return well;
}

}  // namespace

std::string Folder::file_of(std::string_view hash) const {
    return path_ + "/" + std::string{hash} + ".json";
}

std::string Folder::staged_file_of(std::string_view hash) const {
    return path_ + "/" + std::string{hash} + ".staged.json";
}

std::string Folder::keep(std::string_view hash, std::string_view text) const {
    return keep_in(file_of(hash), text);
}

std::string Folder::keep_staged(std::string_view hash, std::string_view text) const {
    return keep_in(staged_file_of(hash), text);
}

// Without a sync, which would keep every order waiting: the text is on the disk under either name.
std::string Folder::promote(std::string_view hash) const {
    const std::string from = staged_file_of(hash);
    if (std::rename(from.c_str(), file_of(hash).c_str()) == 0) return {};
    std::error_code error;
    const bool is_there = errno == ENOENT && std::filesystem::exists(file_of(hash), error);
    return is_there ? std::string{} : fault_of(from);  // a canary had it before
}

// Under another name first, so that a file with the right name is whole.
std::string Folder::keep_in(const std::string& name, std::string_view text) const {
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error) return path_ + ": " + error.message();
    const std::string part = name + ".part";
    const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return fault_of(part);
    const bool written = write_whole(file, text);
    std::string fault = written ? std::string{} : fault_of(part);
    ::close(file);
    if (!written) return fault;
    if (std::rename(part.c_str(), name.c_str()) != 0) return fault_of(part);
    return sync_folder(path_) ? std::string{} : fault_of(path_);
}

std::optional<std::string> Folder::find(std::string_view hash) const {
    std::ifstream file(file_of(hash), std::ios::binary);
    if (!file.is_open()) file.open(staged_file_of(hash), std::ios::binary);
    if (!file.is_open()) return std::nullopt;
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    return file.bad() ? std::nullopt : std::optional<std::string>{std::move(text)};
}

}  // namespace riskd::rulesets
