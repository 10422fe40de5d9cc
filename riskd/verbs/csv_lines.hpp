// The lines of a CSV file, plain or gzipped, split into fields. One thread.
// One line is held at a time, so a file of any length takes the same memory.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::verbs {

class CsvLines {
public:
    // False: `error` says why.
    bool open(const std::string& path, std::string& error);

    // The fields of the next line that is not blank; views into this, valid until the next call.
    // False at the end, and when the file is broken (see error()).
    bool next();
    const std::vector<std::string_view>& fields() const noexcept { return fields_; }
    std::uint64_t line() const noexcept { return line_; }
    const std::string& error() const noexcept { return error_; }

    // How much of the file was read, 0 to 1.
    double share_read() const noexcept;

private:
    struct Closer {
        void operator()(gzFile_s* file) const noexcept { gzclose(file); }
    };
    bool read_line();
    bool split();

    std::unique_ptr<gzFile_s, Closer> file_;
    std::uint64_t bytes_total_{};
    std::uint64_t line_{};
    std::string text_;
    std::vector<std::string_view> fields_;
    std::string error_;
};

}  // namespace riskd::verbs
