#include "tests/lifecycle/records.hpp"

#include <zlib.h>

#include <array>

namespace riskd::lifecycle {

std::vector<std::string> read_lines(const std::filesystem::path& file) {
    std::vector<std::string> lines;
    gzFile opened = gzopen(file.c_str(), "rb");  // reads plain files too
    if (opened == nullptr) {
        ADD_FAILURE() << file.filename().string() << " cannot be opened";
        return lines;
    }
    std::string text;
    std::array<char, 1 << 16> part;
    for (int got = 1; got > 0;) {
        got = gzread(opened, part.data(), part.size());
        if (got > 0) text.append(part.data(), static_cast<std::size_t>(got));
    }
    EXPECT_TRUE(gzeof(opened)) << file.filename().string() << " ends too early";
    gzclose(opened);
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        if (end > from) lines.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    EXPECT_FALSE(lines.empty()) << file.filename().string() << " is empty";
    return lines;
}

std::vector<Json> read_json_lines(const std::filesystem::path& file) {
    std::vector<Json> records;
    for (const std::string& line : read_lines(file)) {
        auto record = Json::parse(line);
        EXPECT_TRUE(record) << line;
        if (record) records.push_back(std::move(*record));
    }
    return records;
}

std::vector<std::string_view> split_fields(std::string_view line) {
    std::vector<std::string_view> fields;
    for (;;) {
        const std::size_t comma = line.find(',');
        fields.push_back(line.substr(0, comma));
        if (comma == std::string_view::npos) return fields;
        line.remove_prefix(comma + 1);
    }
}

std::int64_t exact(std::string_view text, int decimals) {
    std::string_view figures = text;
    if (text.find('.') != std::string_view::npos && text.find('e') == std::string_view::npos) {
        while (figures.back() == '0')
            figures.remove_suffix(1);
        if (figures.back() == '.') figures.remove_suffix(1);
    }
    const auto raw = tests::read_decimal(figures, decimals);
    EXPECT_TRUE(raw) << '\'' << text << "' has not " << decimals << " decimals";
    return raw.value_or(0);
}

std::int64_t exact(const Json& figure, int decimals) {
    return exact(figure.text(), decimals);
}

}  // namespace riskd::lifecycle
