// Recorded prices, accounts and published cases, which the repository does not hold: they lie in
// $RISKD_SHARED, or in `shared` beside the source. Without them a test says that it was skipped.
// Test thread; values.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace riskd::tests {

inline constexpr const char* no_shared_data = "skipped: no shared data";

// With every access watched, work costs many times as much: there is less of it then.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_watched = true;
#else
inline constexpr bool is_watched = false;
#endif

// Of a file or folder by its path within; nothing when it is not there.
inline std::optional<std::filesystem::path> shared_data(const std::filesystem::path& within) {
    const char* named = std::getenv("RISKD_SHARED");
    const std::filesystem::path shared =
        named != nullptr ? std::filesystem::path{named}
                         : std::filesystem::path{RISKD_SOURCE_DIR}.parent_path() / "shared";
    std::error_code ignored;
    if (!std::filesystem::exists(shared / within, ignored)) return std::nullopt;
    return shared / within;
}

}  // namespace riskd::tests
