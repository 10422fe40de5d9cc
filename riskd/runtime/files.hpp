// The few file operations the journal needs, as a port, so that a test can make any of them fail.
// Each returns an errno value, zero for success; a write may be short. Core thread, and the
// starting thread before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace riskd::runtime {

struct FileHandle {
    int descriptor{-1};
    bool is_open() const noexcept { return descriptor >= 0; }
};

struct Transferred {
    std::size_t bytes{};
    int error{};
};

class Files {
public:
    virtual ~Files() = default;

    virtual int make_directories(const std::string& path) = 0;
    // Names, not paths, in ascending order.
    virtual int list(const std::string& directory, std::vector<std::string>& names) = 0;
    virtual int open_to_read(const std::string& path, FileHandle& file) = 0;
    virtual int open_to_write(const std::string& path, FileHandle& file) = 0;
    virtual int create(const std::string& path, FileHandle& file) = 0;  // must not exist
    virtual void close(FileHandle& file) noexcept = 0;
    virtual int remove(const std::string& path) noexcept = 0;
    virtual int size_of(FileHandle file, std::uint64_t& bytes) = 0;
    // bytes == 0 without an error: the end of the file.
    virtual Transferred read_at(FileHandle file, std::uint64_t offset,
                                std::span<std::byte> into) = 0;
    virtual Transferred write_at(FileHandle file, std::uint64_t offset,
                                 std::span<const std::byte> bytes) = 0;
    virtual int sync_contents(FileHandle file) = 0;  // fdatasync
    virtual int sync_directory(const std::string& path) = 0;
    virtual int truncate(FileHandle file, std::uint64_t size) = 0;
    // EWOULDBLOCK: another process has it. Held until the handle is closed.
    virtual int lock(const std::string& path, FileHandle& file) = 0;

protected:
    Files() = default;
    Files(const Files&) = default;
    Files& operator=(const Files&) = default;
};

// The operating system's.
class DiskFiles : public Files {
public:
    int make_directories(const std::string& path) override;
    int list(const std::string& directory, std::vector<std::string>& names) override;
    int open_to_read(const std::string& path, FileHandle& file) override;
    int open_to_write(const std::string& path, FileHandle& file) override;
    int create(const std::string& path, FileHandle& file) override;
    void close(FileHandle& file) noexcept override;
    int remove(const std::string& path) noexcept override;
    int size_of(FileHandle file, std::uint64_t& bytes) override;
    Transferred read_at(FileHandle file, std::uint64_t offset, std::span<std::byte> into) override;
    Transferred write_at(FileHandle file, std::uint64_t offset,
                         std::span<const std::byte> bytes) override;
    int sync_contents(FileHandle file) override;
    int sync_directory(const std::string& path) override;
    int truncate(FileHandle file, std::uint64_t size) override;
    int lock(const std::string& path, FileHandle& file) override;
};

// Text of an errno value.
std::string error_text(int error);

}  // namespace riskd::runtime
