#include "riskd/runtime/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace riskd::runtime {
namespace {

int open_file(const std::string& path, int flags, FileHandle& file) {
    do {
        file.descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
    } while (file.descriptor < 0 && errno == EINTR);
    return file.is_open() ? 0 : errno;
}

}  // namespace

int DiskFiles::make_directories(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    return error.value();
}

int DiskFiles::list(const std::string& directory, std::vector<std::string>& names) {
    names.clear();
    std::error_code error;
    std::filesystem::directory_iterator at(directory, error);
    for (; !error && at != std::filesystem::directory_iterator{}; at.increment(error)) {
        names.push_back(at->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return error.value();
}

int DiskFiles::open_to_read(const std::string& path, FileHandle& file) {
    return open_file(path, O_RDONLY, file);
}

int DiskFiles::open_to_write(const std::string& path, FileHandle& file) {
    return open_file(path, O_RDWR, file);
}

int DiskFiles::create(const std::string& path, FileHandle& file) {
    return open_file(path, O_RDWR | O_CREAT | O_EXCL, file);
}

void DiskFiles::close(FileHandle& file) noexcept {
    if (file.is_open()) ::close(file.descriptor);
    file.descriptor = -1;
}

int DiskFiles::remove(const std::string& path) noexcept {
    return ::unlink(path.c_str()) == 0 ? 0 : errno;
}

int DiskFiles::size_of(FileHandle file, std::uint64_t& bytes) {
    struct stat status {};
    if (::fstat(file.descriptor, &status) != 0) return errno;
    bytes = static_cast<std::uint64_t>(status.st_size);
    return 0;
}

Transferred DiskFiles::read_at(FileHandle file, std::uint64_t offset, std::span<std::byte> into) {
    while (true) {
        const ssize_t count =
            ::pread(file.descriptor, into.data(), into.size(), static_cast<off_t>(offset));
        if (count >= 0) return {.bytes = static_cast<std::size_t>(count)};
        if (errno != EINTR) return {.error = errno};
    }
}

Transferred DiskFiles::write_at(FileHandle file, std::uint64_t offset,
                                std::span<const std::byte> bytes) {
    while (true) {
        const ssize_t count =
            ::pwrite(file.descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count >= 0) return {.bytes = static_cast<std::size_t>(count)};
        if (errno != EINTR) return {.error = errno};
    }
}

int DiskFiles::sync_contents(FileHandle file) {
    return ::fdatasync(file.descriptor) == 0 ? 0 : errno;
}

int DiskFiles::sync_directory(const std::string& path) {
    FileHandle directory;
    if (const int error = open_file(path, O_RDONLY | O_DIRECTORY, directory)) return error;
    const int error = ::fsync(directory.descriptor) == 0 ? 0 : errno;
    close(directory);
    return error;
}

int DiskFiles::truncate(FileHandle file, std::uint64_t size) {
    return ::ftruncate(file.descriptor, static_cast<off_t>(size)) == 0 ? 0 : errno;
}

int DiskFiles::lock(const std::string& path, FileHandle& file) {
    if (const int error = open_file(path, O_RDWR | O_CREAT, file)) return error;
    if (::flock(file.descriptor, LOCK_EX | LOCK_NB) == 0) return 0;
    const int error = errno;
    close(file);
    return error;
}

std::string error_text(int error) {
    return std::generic_category().message(error);
}

}  // namespace riskd::runtime
