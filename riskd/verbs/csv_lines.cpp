#include "riskd/verbs/csv_lines.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace riskd::verbs {

namespace {

constexpr std::size_t line_bytes_max = 64 * 1024;

}  // namespace

bool CsvLines::open(const std::string& path, std::string& error) {
    std::error_code fault;
    bytes_total_ = std::filesystem::file_size(path, fault);
    file_.reset(gzopen(path.c_str(), "rb"));
    if (fault || !file_) {
        error = path + ": " + (fault ? fault.message() : std::strerror(errno));
        return false;
    }
    gzbuffer(file_.get(), 256 * 1024);
    return true;
}

bool CsvLines::read_line() {
    text_.clear();
    std::array<char, 4096> part;
    while (gzgets(file_.get(), part.data(), part.size()) != nullptr) {
        text_ += part.data();
        if (text_.back() == '\n') break;
        if (text_.size() > line_bytes_max) {
            error_ = "a line of more than 65536 bytes";
            return false;
        }
    }
    int code = Z_OK;
    const char* fault = gzerror(file_.get(), &code);
    if (code != Z_OK && code != Z_STREAM_END) {
        error_ = fault;
        return false;
    }
    if (text_.empty()) return false;
    ++line_;
    while (!text_.empty() && (text_.back() == '\n' || text_.back() == '\r'))
        text_.pop_back();
    return true;
}

// Fields may be quoted; a quoted field holds no quote.
bool CsvLines::split() {
    fields_.clear();
    std::string_view rest{text_};
    for (;;) {
        const bool quoted = !rest.empty() && rest.front() == '"';
        if (quoted) rest.remove_prefix(1);
        const std::size_t end = rest.find(quoted ? '"' : ',');
        if (quoted && end == std::string_view::npos) {
            error_ = "a quote that does not end";
            return false;
        }
        fields_.push_back(rest.substr(0, end));
        if (end == std::string_view::npos) return true;
        rest.remove_prefix(end + (quoted ? 1 : 0));
        if (rest.empty()) return true;
        if (rest.front() != ',') {
            error_ = "something follows a quoted field";
            return false;
        }
        rest.remove_prefix(1);
    }
}

bool CsvLines::next() {
    while (error_.empty() && read_line()) {
        if (text_.empty()) continue;
        return split();
    }
    return false;
}

double CsvLines::share_read() const noexcept {
    if (bytes_total_ == 0) return 1;
    const auto at = static_cast<double>(gzoffset(file_.get()));
    return std::min(1.0, at / static_cast<double>(bytes_total_));
}

}  // namespace riskd::verbs
